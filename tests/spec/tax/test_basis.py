"""Where a basis comes from, drawn as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import basis
from rebalancing.engine.tax.basis import BasisOfSale
from rebalancing.engine.tax.holding_periods import Term, term
from rebalancing.engine.tax.lot_selection import Lot
from tests.spec.drawn import rows

BOUGHT = date(2019, 5, 1)
GIVEN = date(2026, 8, 1)
LOT = Lot("a", D(30), D(6000), BOUGHT, held_since=date(2018, 1, 2))


@pytest.mark.parametrize(
    "row",
    rows(
        """
        donor | value | tax | proceeds | basis | gain  | since | why
        10000 | 8000  | 0   | 12000    | 10000 | 2000  | donor | above both: the donor's basis
        10000 | 8000  | 0   | 10000    | 10000 | 0     | donor | at the donor's basis
        10000 | 8000  | 0   | 9000     |       | 0     | gift  | between: neither gain nor loss
        10000 | 8000  | 0   | 8000     |       | 0     | gift  | at the value: no loss yet
        10000 | 8000  | 0   | 7000     | 8000  | -1000 | gift  | below both: the value
        4000  | 9000  | 0   | 9500     | 4000  | 5500  | donor | an appreciated gift
        4000  | 9000  | 0   | 3000     | 4000  | -1000 | donor | its loss basis is the donor's too
        8000  | 8000  | 0   | 7000     | 8000  | -1000 | donor | worth what the donor had paid
        4000  | 9000  | 500 | 9500     | 4500  | 5000  | donor | gift tax on the appreciation is added
        4000  | 4300  | 500 | 9500     | 4300  | 5200  | donor | but not above the value
        10000 | 8000  | 500 | 12000    | 10000 | 2000  | donor | nor where nothing appreciated
        """
    ),
    ids=lambda row: row["why"],
)
def test_a_gift_has_one_basis_for_gains_and_one_for_losses(row: dict[str, str]) -> None:
    assert basis.gift(
        donor_basis=D(row["donor"]),
        value_at_gift=D(row["value"]),
        proceeds=D(row["proceeds"]),
        given_on=GIVEN,
        donor_since=BOUGHT,
        gift_tax_on_appreciation=D(row["tax"]),
    ) == BasisOfSale(
        basis=D(row["basis"]) if row["basis"] else None,
        gain=D(row["gain"]),
        held_since=BOUGHT if row["since"] == "donor" else GIVEN,
        is_tacked=row["since"] == "donor",
    )


@pytest.mark.parametrize(
    ("decedent", "at_death", "alternate", "is_income", "expected"),
    [
        (3000, 20_000, None, False, 20_000),
        (30_000, 20_000, None, False, 20_000),
        (3000, 20_000, 18_000, False, 18_000),
        (3000, 20_000, None, True, 3000),
    ],
)
def test_inherited_property_takes_the_value_at_death(
    decedent: int, at_death: int, alternate: int | None, is_income: bool, expected: int
) -> None:
    assert (
        basis.inherited(
            decedent_basis=D(decedent),
            value_at_death=D(at_death),
            value_on_alternate_date=None if alternate is None else D(alternate),
            is_income_of_decedent=is_income,
        )
        == expected
    )
    assert basis.inherited(decedent_basis=D(decedent), value_at_death=D(at_death)) == at_death


def test_what_was_inherited_is_long_term_from_the_first_day() -> None:
    sold_on = date(2026, 10, 15)

    for died_on in (date(2026, 10, 5), date(2025, 10, 15), sold_on):
        since = basis.inherited_since(died_on, on=sold_on)
        assert since == date(2024, 10, 15)
        assert term(since, sold_on) is Term.LONG
    assert basis.inherited_since(date(2025, 10, 14), on=sold_on) == date(2025, 10, 14)
    assert basis.inherited_since(date(2024, 2, 20), on=date(2024, 2, 29)) == date(2022, 2, 28)


@pytest.mark.parametrize(
    ("before", "value", "community", "after"),
    [
        (100_000, 300_000, False, 200_000),
        (100_000, 300_000, True, 300_000),
        (300_000, 100_000, False, 200_000),
    ],
)
def test_a_surviving_spouse_steps_up_half_or_all(
    before: int, value: int, community: bool, after: int
) -> None:
    found = basis.survivor_of_joint_account(
        basis=D(before), value_at_death=D(value), is_community_property=community
    )
    assert found == after


def test_shares_out_of_an_ira_start_anew() -> None:
    assert basis.distributed_from_ira(LOT, value=D(9000), on=GIVEN) == Lot("a", D(30), D(9000), GIVEN)


@pytest.mark.parametrize(("ratio", "shares"), [("4", "120"), ("0.1", "3.0"), ("1.05", "31.50")])
def test_a_split_changes_shares_and_nothing_else(ratio: str, shares: str) -> None:
    after = basis.split(LOT, D(ratio))

    assert after == replace(LOT, shares=D(shares))
    assert after.cost_per_share == 6000 / D(shares)


@pytest.mark.parametrize("ratio", ["0", "-2"])
def test_a_split_has_a_positive_ratio(ratio: str) -> None:
    with pytest.raises(ValueError, match="positive ratio"):
        basis.split(LOT, D(ratio))


def test_a_spin_off_divides_basis_by_value_and_keeps_dates() -> None:
    old, new = basis.spin_off(LOT, new_id="b", new_shares=D(15), share_of_value=D("0.25"))

    assert old == replace(LOT, basis=D(4500))
    assert new == replace(LOT, id="b", shares=D(15), basis=D(1500))
    unknown = replace(LOT, basis=None)
    assert basis.spin_off(unknown, new_id="b", new_shares=D(15), share_of_value=D("0.25")) == (
        unknown,
        replace(unknown, id="b", shares=D(15)),
    )
    for part in ("1.01", "-0.01"):
        with pytest.raises(ValueError, match="between 0 and 1"):
            basis.spin_off(LOT, new_id="b", new_shares=D(15), share_of_value=D(part))
    assert basis.spin_off(LOT, new_id="b", new_shares=D(15), share_of_value=D(1))[0].basis == 0
    assert basis.spin_off(LOT, new_id="b", new_shares=D(15), share_of_value=D(0))[1].basis == 0


@pytest.mark.parametrize(
    ("amount", "left", "gain"), [(1000, 5000, 0), (6000, 0, 0), (6500, 0, 500), (0, 6000, 0)]
)
def test_a_return_of_capital_uses_up_basis_and_then_is_gain(amount: int, left: int, gain: int) -> None:
    assert basis.return_of_capital(LOT, D(amount)) == (replace(LOT, basis=D(left)), gain)


def test_cash_in_lieu_is_a_sale_of_the_fraction() -> None:
    kept, gain, term = basis.cash_in_lieu(LOT, fraction=D("0.5"), cash=D(120), on=GIVEN)

    assert kept == replace(LOT, shares=D("29.5"), basis=D(5900))
    assert (gain, term) == (20, Term.LONG)
    assert basis.cash_in_lieu(LOT, fraction=D(30), cash=D(120), on=GIVEN)[0].basis == 0
    for fraction in ("0", "30.1"):
        with pytest.raises(ValueError, match="does not hold"):
            basis.cash_in_lieu(LOT, fraction=D(fraction), cash=D(1), on=GIVEN)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        value | boot | gain | basis | why
        9000  | 0    | 0    | 6000  | no boot, no gain
        9000  | 500  | 500  | 6000  | boot is gain
        5800  | 500  | 300  | 5800  | but no more than the gain
        4000  | 500  | 0    | 5500  | never a loss
        """
    ),
    ids=lambda row: row["why"],
)
def test_a_merger_carries_basis_and_taxes_boot(row: dict[str, str]) -> None:
    after, gain = basis.merger(LOT, new_id="n", new_shares=D(10), value=D(row["value"]), boot=D(row["boot"]))

    assert gain == D(row["gain"])
    assert after == replace(LOT, id="n", shares=D(10), basis=D(row["basis"]))


def test_actions_that_need_a_basis_say_so() -> None:
    unknown = replace(LOT, basis=None)
    with pytest.raises(ValueError, match="basis of lot 'a' is unknown"):
        basis.return_of_capital(unknown, D(1))
    with pytest.raises(ValueError, match="cannot be negative"):
        basis.return_of_capital(LOT, D(-1))


def test_a_worthless_security_counts_as_sold_on_the_last_day_of_the_year() -> None:
    assert basis.worthless_on(2026) == date(2026, 12, 31)
