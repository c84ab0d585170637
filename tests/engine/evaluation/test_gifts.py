"""Gifts have two bases (IRC 1015(a)): the plan, its bound and the verifier use the one that counts at the price."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from rebalancing.engine import proposing, transitions
from rebalancing.engine.documents import serializing, validation
from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    ClassWeight,
    Gift,
    Household,
    Lot,
    LotMethod,
    Member,
    Policy,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import LotSale, Plan
from rebalancing.engine.documents.tax_units import FlatRates, TaxUnit
from rebalancing.engine.evaluation.standing_lots import with_gifts
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.verifier import verification
from tests.spec.drawn import rows

TRADED = date(2026, 11, 23)
GIVEN, BOUGHT = date(2026, 6, 1), date(2019, 5, 1)


def given_shares(
    price: str, *, gift: Gift | None, asked: str | None = None, half_spread: str = "0.0002"
) -> Household:
    """A hundred shares worth a fifth more than their place in the policy, given on June 1."""
    stocks, bonds = (
        Security(id=one, price=D(p), price_on=TRADED, weights=(ClassWeight(asset_class=one, weight=D(1)),),
                 half_spread=D(half_spread))
        for one, p in (("STOCKS", price), ("BONDS", "50"))
    )  # fmt: skip
    lot = Lot(
        id="given",
        account="A",
        security="STOCKS",
        quantity=D(100),
        basis=D(30_000),
        acquired=GIVEN,
        gift=gift,
    )
    edit = Edit(id="e", kind=EditKind.SELL_LOT, account="A", lot="given", shares=D(asked)) if asked else None
    return Household(
        id="H",
        as_of=TRADED,
        trade_on=TRADED,
        tax_units=(TaxUnit(id="U", flat=FlatRates(short=D("0.35"), long=D("0.15"))),),
        accounts=(Account(id="A", tax_treatment=TaxTreatment.TAXABLE, tax_unit="U", cash_settled=D(0)),),
        securities=(stocks, bonds),
        lots=(lot,),
        policy=Policy(
            classes=(
                ClassPolicy(id="STOCKS", target=D("0.95"), lower=D("0.90"), upper=D(1)),
                ClassPolicy(id="BONDS", target=D("0.05"), lower=D(0), upper=D("0.10")),
            ),
            sleeves=tuple(
                Sleeve(id=one, asset_class=one, members=(Member(security=one, rank=1),))
                for one in ("STOCKS", "BONDS")
            ),
        ),
        edits=(edit,) if edit else (),
    )


def gift(value: str | None, *, donor_basis: str = "30000", donor_acquired: date | None = BOUGHT) -> Gift:
    return Gift(
        donor_basis=D(donor_basis),
        value_at_gift=None if value is None else D(value),
        given_on=GIVEN,
        donor_acquired=donor_acquired,
    )


def sale_of(plan: Plan) -> LotSale:
    (sale,) = (sale for order in plan.orders for sale in order.lots if sale.lot == "given")
    return sale


@pytest.mark.parametrize(
    "row",
    rows(
        """
        price  | donor | value | sold | basis    | gain     | term  | why
        320.00 | 30000 | 25000 | 100  | 30000    | 2000.00  | long  | above both: the donor's basis and days
        268.40 | 30000 | 25000 | 100  | 26840.00 | 0.00     | short | between the two: neither gain nor loss
        268.40 | 30000 | 25000 | 37   | 9930.80  | 0.00     | short | and so for a part of it
        240.00 | 30000 | 25000 | 100  | 25000    | -1000.00 | short | below both: the value on the day it was given
        240.00 | 30000 | 40000 | 100  | 30000    | -6000.00 | long  | worth more when given: the donor's in any case
        300.00 | 30000 | 25000 | 100  | 30000    | 0.00     | long  | the donor's basis to the cent
        250.00 | 30000 | 25000 | 100  | 25000.00 | 0.00     | short | the lower basis to the cent
        """
    ),
    ids=lambda row: row["why"],
)
def test_the_basis_that_counts_at_the_price(row: dict[str, str]) -> None:
    household = given_shares(
        row["price"], gift=gift(row["value"], donor_basis=row["donor"]), asked=row["sold"], half_spread="0"
    )

    plan = proposing.propose(household)
    sale = sale_of(plan)

    assert (sale.basis, sale.gain, sale.term, sale.disallowed) == (
        D(row["basis"]),
        D(row["gain"]),
        Term(row["term"]),
        0,
    )
    assert verification.verify(household, plan).faults == ()


def test_there_is_no_loss_to_harvest_between_the_two() -> None:
    household = given_shares("268.40", gift=gift("25000"))

    plan = proposing.propose(household)

    assert (plan.tax_change, [row.short + row.long for row in plan.tax]) == (0, [0])
    assert verification.verify(household, plan).faults == ()


def test_what_was_paid_alone_would_be_harvested() -> None:
    assert proposing.propose(given_shares("268.40", gift=None)).tax[0].short < 0


def test_a_loss_from_an_unknown_value_is_not_known() -> None:
    plan = proposing.propose(given_shares("268.40", gift=gift(None), asked="100"))

    assert sale_of(plan).basis is None
    assert sale_of(proposing.propose(given_shares("320.00", gift=gift(None), asked="100"))).basis == 30_000


def test_the_verifier_finds_a_loss_that_does_not_exist() -> None:
    household = given_shares("268.40", gift=gift("25000"), asked="100")
    forged = proposing.propose(replace(household, lots=(replace(household.lots[0], gift=None),)))
    forged = replace(forged, input_digest=serializing.digest(household))

    assert any("basis" in str(fault) for fault in verification.verify(household, forged).faults)


def test_what_is_left_of_a_gift_keeps_both_bases() -> None:
    household = given_shares("268.40", gift=gift("25000"), asked="40")

    after = transitions.carry_out(household, proposing.propose(household))

    (left,) = (lot for lot in after.lots if lot.id == "given")
    assert left.gift == gift("15000.00", donor_basis="18000.00")
    assert (left.quantity, left.basis) == (60, D("18000.00"))


def test_a_household_without_gifts_is_left_as_it_is() -> None:
    household = given_shares("268.40", gift=None)

    assert with_gifts(household) is household


def test_a_document_is_told_what_is_wrong_with_a_gift() -> None:
    household = given_shares("268.40", gift=gift("25000", donor_acquired=TRADED))
    averaged = replace(
        household, lots=(replace(household.lots[0], method=LotMethod.AVERAGE, gift=gift("-1")),)
    )

    assert [fault.pointer for fault in validation.faults_in(household)] == ["/lots/0/gift/donor_acquired"]
    assert [fault.pointer for fault in validation.faults_in(averaged)] == [
        "/lots/0/gift/value_at_gift",
        "/lots/0/gift",
    ]
