"""What files tell of gifts and inheritances is what the engine and the pages count with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.models import TaxLot
from clients.pages import holdings
from rebalancing.engine import proposing
from rebalancing.engine.documents import household as document
from rebalancing.engine.evaluation.standing_lots import with_gifts
from rebalancing.engine.tax.holding_periods import Term, term
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db


def the_lot(**facts: object) -> TaxLot:
    """A lot of the Millers, as it came about."""
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    lot = TaxLot.objects.filter(account__household=household, account__number_last4="0001")[0]
    TaxLot.objects.filter(pk=lot.pk).update(**facts)
    lot.refresh_from_db()
    return lot


def in_the_document(lot: TaxLot) -> tuple[document.Household, document.Lot]:
    found = portfolios.load(lot.account.household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(found, portfolios.Portfolio), found
    return found.household, next(one for one in found.household.lots if one.id == lot.public_id)


def price_of(household: document.Household, lot: document.Lot) -> D:
    return next(one.price for one in household.securities if one.id == lot.security)


def test_a_gift_takes_its_two_bases_along() -> None:
    lot = the_lot(
        acquired_by="gift",
        donor_basis=D(30_000),
        donor_acquired_on=date(2019, 5, 1),
        gifted_on=date(2026, 6, 1),
        value_at_gift=D(25_000),
    )

    _, found = in_the_document(lot)

    assert found.gift == document.Gift(
        donor_basis=D(30_000),
        value_at_gift=D(25_000),
        given_on=date(2026, 6, 1),
        donor_acquired=date(2019, 5, 1),
    )


def test_a_gift_between_its_bases_is_no_loss_anywhere() -> None:
    lot = the_lot(acquired_by="gift", acquired_on=date(2026, 6, 1), adjusted_acquired_on=None)
    household, found = in_the_document(lot)
    value = lot.quantity * price_of(household, found)
    TaxLot.objects.filter(pk=lot.pk).update(
        basis=value * 2, donor_basis=value * 2, value_at_gift=value / 2, gifted_on=date(2026, 6, 1)
    )

    household, found = in_the_document(lot)
    plan = proposing.propose(household)

    sold = [sale for order in plan.orders for sale in order.lots if sale.lot == found.id]
    assert all(sale.gain == 0 for sale in sold)
    lot.refresh_from_db()
    assert holdings._gain(lot, value) == 0


def test_without_the_value_on_the_day_a_loss_is_not_known() -> None:
    lot = the_lot(acquired_by="gift", basis=D(900_000), donor_basis=None, value_at_gift=None)

    household, _ = in_the_document(lot)

    settled = next(one for one in with_gifts(household).lots if one.id == lot.public_id)
    assert (settled.basis, holdings._gain(lot, D(1000))) == (None, None)


def test_what_was_inherited_last_month_is_held_for_long() -> None:
    lot = the_lot(acquired_by="inheritance", acquired_on=date(2026, 10, 20), adjusted_acquired_on=None)

    _, found = in_the_document(lot)

    assert found.held_since is not None
    assert (term(found.held_since, MONDAY), found.basis) == (Term.LONG, lot.basis)
