"""What a lot costs, at the full law and at flat rates; what waiting is worth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import federal_tax, flat_rates, lot_taxes
from rebalancing.engine.tax.federal_tax import NO_GAINS, GainLedger, TaxChange, TaxProfile
from rebalancing.engine.tax.flat_rates import FlatRates, FlatTax
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.lot_taxes import LotTax
from rebalancing.engine.tax.tables import FilingStatus
from tests.spec.drawn import refused, rows

SINGLE = TaxProfile(2026, FilingStatus.SINGLE, wages=D(180_000), state_rate=D("0.05"))
RATES = FlatRates(short=D("0.40"), long=D("0.20"), loss_value=D("0.10"))

DO_NOT_RISE = "Flat rates need 0 <= state part <= long <= short < 1; write 23.8% as 0.238."


@pytest.mark.parametrize(
    "row",
    rows(
        """
        wages  | ytd   | carry | gain   | term  | federal | state | shelter
        180000 | 0     | 0     | 10000  | short | 2400    | 500   | 0
        180000 | 0     | 0     | 10000  | long  | 1500    | 500   | 0
        180000 | 0     | 40000 | 10000  | long  | 0       | 0     | 10000
        180000 | 0     | 12000 | 10000  | long  | 240     | 50    | 9000
        250000 | 30000 | 0     | -10000 | long  | -3810.25 | -500 | 0
        180000 | 0     | 0     | -10000 | short | -720    | -150  | -7000
        """
    ),
    ids=lambda row: " ".join(row.values()),
)
def test_a_lot_is_priced_on_top_of_the_year_so_far(row: dict[str, str]) -> None:
    price = lot_taxes.marginal_tax_of_lot(
        replace(SINGLE, wages=D(row["wages"])),
        GainLedger(short_term=D(row["ytd"]), long_term_carryover=D(row["carry"])),
        lot="a",
        gain=D(row["gain"]),
        term=Term(row["term"]),
        proceeds=D(20_000),
    )
    total = D(row["federal"]) + D(row["state"])

    assert price == LotTax(
        lot="a",
        federal=D(row["federal"]),
        state=D(row["state"]),
        effective_rate=total / D(row["gain"]),
        rate_on_proceeds=total / 20_000,
        shelter_used=D(row["shelter"]),
    )
    assert price.total == total


def test_a_lot_without_a_gain_has_no_rate() -> None:
    price = lot_taxes.marginal_tax_of_lot(SINGLE, NO_GAINS, lot="a", gain=D(0), term=Term.LONG)

    assert (price.total, price.effective_rate, price.rate_on_proceeds) == (0, None, None)


def test_a_free_lot_still_uses_up_shelter() -> None:
    ledger = GainLedger(long_term_carryover=D(40_000))
    price = lot_taxes.marginal_tax_of_lot(SINGLE, ledger, lot="a", gain=D(10_000), term=Term.LONG)

    assert (price.total, price.with_shadow(D("0.20"), D("0.9"))) == (0, 1800)


def priced(lot: str, total: str, on_proceeds: str | None) -> LotTax:
    return LotTax(lot, D(total), D(0), None, None if on_proceeds is None else D(on_proceeds), D(0))


def test_lots_are_ranked_by_tax_for_a_dollar_raised() -> None:
    small, large, free = (
        priced("small", "50", "0.05"),
        priced("large", "90", "0.01"),
        priced("free", "0", "0"),
    )

    assert lot_taxes.ranked([small, large, free]) == (free, large, small)
    assert lot_taxes.ranked([replace(large, rate_on_proceeds=None), small]) == (
        small,
        replace(large, rate_on_proceeds=None),
    )
    unpriced = priced("unpriced", "40", None)
    assert lot_taxes.ranked([small, unpriced]) == (unpriced, small)
    assert [price.lot for price in lot_taxes.ranked([replace(free, lot="b"), replace(free, lot="a")])] == [
        "a",
        "b",
    ]


def test_the_cheapest_is_one_lot_or_a_tie() -> None:
    one, other = priced("one", "50", None), priced("other", "90", None)

    assert lot_taxes.cheapest([other, one]) == one
    assert lot_taxes.cheapest([one, replace(one, lot="two"), other]) is None
    with refused("There is no cheapest lot without lots to choose from."):
        lot_taxes.cheapest([])


def test_marginal_rates_are_those_of_the_next_dollar() -> None:
    assert lot_taxes.marginal_rates(SINGLE, NO_GAINS) == {Term.SHORT: D("0.29"), Term.LONG: D("0.20")}
    over = replace(SINGLE, wages=D(300_000))
    assert lot_taxes.marginal_rates(over, NO_GAINS) == {Term.SHORT: D("0.438"), Term.LONG: D("0.238")}
    assert lot_taxes.marginal_rates(RATES, NO_GAINS) == {Term.SHORT: D("0.40"), Term.LONG: D("0.20")}
    assert lot_taxes.marginal_rates(SINGLE, NO_GAINS, step=D(1000)) == {
        Term.SHORT: D("0.29"),
        Term.LONG: D("0.20"),
    }
    assert lot_taxes.marginal_rates(SINGLE, NO_GAINS, step=D(100_000))[Term.LONG] > D("0.20")


@pytest.mark.parametrize(
    "row",
    rows(
        """
        short  | long   | carry_short | carry_long | taxed_short | taxed_long | deducted | tax   | next_short | next_long
        1000   | 2000   | 0           | 0          | 1000        | 2000       | 0        | 800   | 0          | 0
        -1000  | 2000   | 0           | 0          | 0           | 1000       | 0        | 200   | 0          | 0
        2000   | -1000  | 0           | 0          | 1000        | 0          | 0        | 400   | 0          | 0
        -4000  | -6000  | 0           | 0          | 0           | 0          | 3000     | -1200 | 1000       | 6000
        -9000  | 5000   | 0           | 0          | 0           | 0          | 3000     | -1200 | 1000       | 0
        -2000  | -6000  | 0           | 0          | 0           | 0          | 3000     | -1200 | 0          | 5000
        0      | 5000   | 1000        | 1000       | 0           | 3000       | 0        | 600   | 0          | 0
        """
    ),
    ids=lambda row: " ".join(row.values()),
)
def test_flat_rates_net_first_and_tax_then(row: dict[str, str]) -> None:
    ledger = GainLedger(D(row["short"]), D(row["long"]), D(row["carry_short"]), D(row["carry_long"]))
    carried = D(row["next_short"]) + D(row["next_long"])

    assert flat_rates.compute(RATES, ledger) == FlatTax(
        taxed_short=D(row["taxed_short"]),
        taxed_long=D(row["taxed_long"]),
        loss_deducted=D(row["deducted"]),
        tax=D(row["tax"]),
        short_term_carryover=D(row["next_short"]),
        long_term_carryover=D(row["next_long"]),
        carryover_value=D("0.10") * carried,
    )


def test_the_state_part_of_flat_rates_is_shown_apart_and_the_total_stays() -> None:
    rates = replace(RATES, state_part=D("0.05"))
    change = lot_taxes.tax_of_change(rates, GainLedger(), GainLedger(D(1000), D(2000)))

    assert (change.federal, change.niit, change.state, change.total) == (650, 0, 150, 800)
    loss = lot_taxes.tax_of_change(rates, GainLedger(D(1000)), GainLedger(D(-5000)))
    assert loss == TaxChange(D(-1400), D(0), D(-200), D(2000), D(0))
    later = lot_taxes.tax_of_change(rates, GainLedger(), GainLedger(long_term=D(-5000)))
    assert later == TaxChange(D(-1050), D(0), D(-150), D(0), D(2000))
    more = lot_taxes.tax_of_change(rates, GainLedger(D(1000), D(2000)), GainLedger(D(1000), D(5000)))
    assert (more.federal, more.state, more.total) == (450, 150, 600)
    regained = lot_taxes.tax_of_change(rates, GainLedger(D(-5000)), GainLedger(D(-1000)))
    assert (regained.state, regained.total) == (100, 800)


def test_the_full_law_and_flat_rates_answer_the_same_question() -> None:
    after = GainLedger(long_term=D(10_000))

    assert lot_taxes.tax_of_change(SINGLE, NO_GAINS, after) == federal_tax.tax_of_change(
        SINGLE, NO_GAINS, after
    )
    assert lot_taxes.tax_of_change(RATES, NO_GAINS, after) == flat_rates.tax_of_change(RATES, NO_GAINS, after)


@pytest.mark.parametrize(
    ("short", "long", "loss_value", "state_part", "sentence"),
    [
        ("0.2", "0.4", "0", "0", DO_NOT_RISE),
        ("40", "20", "0", "0", DO_NOT_RISE),
        ("1", "0.2", "0", "0", DO_NOT_RISE),
        ("0.4", "0.2", "0", "0.3", DO_NOT_RISE),
        ("0.4", "-0.2", "0", "0", DO_NOT_RISE),
        ("0.4", "0.2", "0.5", "0", "The value of a carried loss lies between 0 and the short-term rate."),
        ("0.4", "0.2", "-0.1", "0", "The value of a carried loss lies between 0 and the short-term rate."),
    ],
)
def test_flat_rates_that_cannot_be_true_are_refused(
    short: str, long: str, loss_value: str, state_part: str, sentence: str
) -> None:
    with refused(sentence):
        FlatRates(short=D(short), long=D(long), loss_value=D(loss_value), state_part=D(state_part))


def test_paying_now_costs_less_than_the_tax_because_it_would_come_later_anyway() -> None:
    cost = lot_taxes.timing_cost(D("18.8"), tax_later=D("18.8"), years=D(10), after_tax_rate=D("0.05"))

    assert round(cost, 2) == D("7.26")


def test_a_holding_kept_until_death_would_never_have_been_taxed() -> None:
    cost = lot_taxes.timing_cost(
        D("18.8"), tax_later=D("18.8"), years=D(10), after_tax_rate=D("0.05"), is_forgiven=True
    )
    assert cost == D("18.8")


@pytest.mark.parametrize(("years", "rate"), [("-1", "0.05"), ("1", "-1")])
def test_a_deferral_lies_ahead(years: str, rate: str) -> None:
    with refused("A deferral needs zero or more years and a discount rate above -100%."):
        lot_taxes.timing_cost(D(1), tax_later=D(1), years=D(years), after_tax_rate=D(rate))


@pytest.mark.parametrize(("drift", "basis_points"), [("0.05", "1.3"), ("0.20", "21.3")])
def test_removing_drift_is_worth_little_by_itself(drift: str, basis_points: str) -> None:
    assert round(lot_taxes.drift_benefit(D(drift), D("0.163")) * 10_000, 1) == D(basis_points)


def test_the_worth_of_removing_drift_grows_with_time_and_caution() -> None:
    once = lot_taxes.drift_benefit(D("0.20"), D("0.15"), risk_aversion=D(2))

    assert once == D("0.0009")
    assert lot_taxes.drift_benefit(D("0.20"), D("0.15"), risk_aversion=D(2), years=D(3)) == 3 * once


def test_a_sale_put_off_by_no_time_costs_nothing() -> None:
    assert lot_taxes.timing_cost(D(10), tax_later=D(10), years=D(0), after_tax_rate=D("0.05")) == 0
    assert lot_taxes.timing_cost(D(10), tax_later=D(5), years=D(1), after_tax_rate=D("-0.5")) == 0


def test_the_limits_of_flat_rates_are_allowed() -> None:
    assert FlatRates(short=D(0), long=D(0)).loss_value == 0
    assert FlatRates(short=D("0.4"), long=D("0.4"), loss_value=D("0.4"), state_part=D("0.4")).long == D("0.4")
