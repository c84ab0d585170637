"""Capital gains tax, drawn as tables; the golden file holds the common cases, here are the corners."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import federal_tax
from rebalancing.engine.tax.federal_tax import GainLedger, TaxProfile
from rebalancing.engine.tax.tables import FilingStatus
from tests.spec.drawn import rows

SINGLE = TaxProfile(2026, FilingStatus.SINGLE, wages=D(120_000))


@pytest.mark.parametrize(
    "row",
    rows(
        """
        short  | long   | carry_short | carry_long | deducted | next_short | next_long
        -4000  | -6000  | 0           | 0          | 3000     | 1000       | 6000
        -2000  | -6000  | 0           | 0          | 3000     | 0          | 5000
        0      | -7000  | 0           | 0          | 3000     | 0          | 4000
        5000   | -9000  | 0           | 0          | 3000     | 0          | 1000
        -9000  | 5000   | 0           | 0          | 3000     | 1000       | 0
        -1000  | -1000  | 0           | 0          | 2000     | 0          | 0
        0      | 0      | 8000        | 2000       | 3000     | 5000       | 2000
        10000  | 0      | 8000        | 9000       | 3000     | 0          | 4000
        10000  | 10000  | 8000        | 9000       | 0        | 0          | 0
        """
    ),
    ids=lambda row: " ".join(row.values()),
)
def test_losses_are_netted_deducted_and_carried_by_character(row: dict[str, str]) -> None:
    ledger = GainLedger(D(row["short"]), D(row["long"]), D(row["carry_short"]), D(row["carry_long"]))
    found = federal_tax.compute(SINGLE, ledger)

    assert (found.capital_loss_deduction, found.short_term_carryover, found.long_term_carryover) == (
        D(row["deducted"]),
        D(row["next_short"]),
        D(row["next_long"]),
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        status | wages | deduction | next_short | why
        single | 30000 | standard  | 2000       | income absorbs the whole 3,000
        single | 17100 | standard  | 4000       | 1,000 of income is left to absorb
        single | 10000 | standard  | 5000       | no income is left: all is carried
        trust  | 1050  | standard  | 3950       | the exemption is added back (IRC 1212(b)(2)(B))
        mfs    | 30000 | standard  | 3500       | half the limit
        single | 2500  | 0         | 2500       | no deduction at all
        """
    ),
    ids=lambda row: row["why"],
)
def test_a_deduction_that_income_cannot_absorb_is_carried(row: dict[str, str]) -> None:
    deduction = None if row["deduction"] == "standard" else D(row["deduction"])
    profile = TaxProfile(2026, FilingStatus(row["status"]), wages=D(row["wages"]), deduction=deduction)

    assert federal_tax.compute(profile, GainLedger(short_term=D(-5000))).short_term_carryover == D(
        row["next_short"]
    )


def test_distributions_are_long_term_gains() -> None:
    by_distribution = federal_tax.compute(SINGLE, GainLedger(distributions=D(5000)))

    assert by_distribution == federal_tax.compute(SINGLE, GainLedger(long_term=D(5000)))


def test_investment_income_tax_counts_interest_and_dividends_and_is_lowered_by_the_loss_deduction() -> None:
    profile = replace(
        SINGLE,
        wages=D(190_000),
        taxable_interest=D(20_000),
        qualified_dividends=D(5_000),
        nonqualified_dividends=D(1_000),
    )
    assert federal_tax.compute(profile, federal_tax.NO_GAINS).niit == D("0.038") * 16_000
    found = federal_tax.compute(replace(profile, wages=D(300_000)), GainLedger(short_term=D(-9000)))
    assert (found.net_investment_income, found.niit) == (23_000, D("0.038") * 23_000)


def test_pensions_raise_income_but_are_no_investment_income() -> None:
    profile = replace(SINGLE, wages=D(0), other_ordinary_income=D(240_000), taxable_interest=D(10_000))
    found = federal_tax.compute(profile, federal_tax.NO_GAINS)

    assert (found.agi, found.net_investment_income, found.niit) == (250_000, 10_000, 380)


def test_age_and_senior_deductions_are_added_and_phased_out() -> None:
    couple = TaxProfile(
        2026, FilingStatus.MARRIED_JOINTLY, wages=D(170_000), age_or_blind_conditions=2, seniors=2
    )
    # 32,200 + 2 × 1,650 + 2 × (6,000 − 6% of 20,000)
    assert federal_tax.compute(couple, federal_tax.NO_GAINS).deduction == 32_200 + 3_300 + 9_600
    rich = replace(couple, wages=D(250_001))
    assert federal_tax.compute(rich, federal_tax.NO_GAINS).deduction == 32_200 + 3_300
    itemizing = replace(couple, deduction=D(40_000))
    assert federal_tax.compute(itemizing, federal_tax.NO_GAINS).deduction == 40_000 + 9_600


@pytest.mark.parametrize(
    "row",
    rows(
        """
        wages  | long  | collectibles | real_estate | at_25 | at_28 | why
        300000 | 50000 | 10000        | 0           | 0     | 10000 | a collectible at its cap
        300000 | 50000 | 0            | 20000       | 20000 | 0     | depreciation at its cap
        300000 | 50000 | 10000        | 20000       | 20000 | 10000 | both
        50000  | 10000 | 10000        | 0           | 0     | 0     | ordinary rates are lower than 28%
        300000 | 5000  | 10000        | 0           | 0     | 5000  | no more than the net gain
        300000 | 5000  | 3000         | 10000       | 2000  | 3000  | nor both together
        """
    ),
    ids=lambda row: row["why"],
)
def test_collectibles_and_depreciation_have_their_caps(row: dict[str, str]) -> None:
    ledger = GainLedger(
        long_term=D(row["long"]), collectibles=D(row["collectibles"]), unrecaptured_1250=D(row["real_estate"])
    )
    found = federal_tax.compute(replace(SINGLE, wages=D(row["wages"])), ledger)

    assert (found.amount_at_25, found.amount_at_28) == (D(row["at_25"]), D(row["at_28"]))


def test_short_term_losses_meet_the_28_percent_group_first_and_then_the_25_percent_group() -> None:
    ledger = GainLedger(D(-12_000), D(50_000), collectibles=D(10_000), unrecaptured_1250=D(20_000))
    found = federal_tax.compute(replace(SINGLE, wages=D(300_000)), ledger)

    assert (found.amount_at_28, found.amount_at_25, found.amount_at_15) == (0, 18_000, 20_000)
    assert (
        found.income_tax
        - federal_tax.compute(replace(SINGLE, wages=D(300_000)), federal_tax.NO_GAINS).income_tax
        == D("0.25") * 18_000 + D("0.15") * 20_000
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        short  | long   | share | limit | state | why
        10000  | 20000  | 1     |       | 1500  | all gains as ordinary income
        10000  | 20000  | 0.5   |       | 1000  | half of the long-term gain
        -5000  | 20000  | 0.5   |       | 375   | half of what is left of it
        20000  | -5000  | 0.5   |       | 750   | a short-term remainder is taxed in full
        -9000  | 0      | 1     |       | -150  | the federal loss limit
        -9000  | 0      | 1     | 0     | 0     | a state that deducts no net loss
        -9000  | 0      | 1     | 1000  | -50   | a limit of its own
        0      | 0.50   | 0.5   |       | 0.0125 | half of half a dollar
        """
    ),
    ids=lambda row: row["why"],
)
def test_state_tax_is_flat_with_flags(row: dict[str, str]) -> None:
    profile = replace(
        SINGLE,
        state_rate=D("0.05"),
        state_long_term_share=D(row["share"]),
        state_loss_limit=D(row["limit"]) if row["limit"] else None,
    )
    assert federal_tax.compute(profile, GainLedger(D(row["short"]), D(row["long"]))).state == D(row["state"])


def test_tax_on_a_gain_leaves_dividends_where_they_are() -> None:
    profile = TaxProfile(2026, FilingStatus.MARRIED_JOINTLY, wages=D(105_000), qualified_dividends=D(20_000))

    with_gain = federal_tax.compute(profile, GainLedger(long_term=D(15_000)))
    assert with_gain.federal - federal_tax.compute(profile, federal_tax.NO_GAINS).federal == 1335


def test_carryovers_and_distributions_land_on_their_own_side() -> None:
    ledger = GainLedger(D(1), D(2), D(3), D(4), D(5))

    assert (ledger.net_short_term, ledger.net_long_term) == (-2, 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("wages", "-1"),
        ("taxable_interest", "-1"),
        ("qualified_dividends", "-1"),
        ("nonqualified_dividends", "-1"),
        ("deduction", "-1"),
        ("state_rate", "5"),
        ("state_rate", "1"),
        ("state_rate", "-0.01"),
    ],
)
def test_an_impossible_profile_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"TaxProfile.{field} is {value}"):
        replace(SINGLE, **{field: D(value)})


@pytest.mark.parametrize(
    "field", ["short_term_carryover", "long_term_carryover", "distributions", "unrecaptured_1250"]
)
def test_a_carryover_is_written_as_a_positive_loss(field: str) -> None:
    with pytest.raises(ValueError, match=f"GainLedger.{field} is -1"):
        GainLedger(**{field: D(-1)})


def test_totals_are_sums_of_their_parts() -> None:
    found = federal_tax.compute(
        replace(SINGLE, wages=D(250_000), state_rate=D("0.05")), GainLedger(long_term=D(50_000))
    )

    assert (found.income_tax, found.niit, found.state) == (58_804, 1_900, 2_500)
    assert (found.federal, found.total) == (60_704, 63_204)


def test_what_is_left_out_is_said() -> None:
    assert any("Social Security" in part for part in federal_tax.NOT_MODELED)
