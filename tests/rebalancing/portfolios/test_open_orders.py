"""What was sent and is not on record yet keeps the household from being traded again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from clients.models import Account, CashBalance, Price
from rebalancing.models import Order
from rebalancing.portfolios import open_orders
from rebalancing.portfolios.market import Market
from rebalancing.scans import deciding
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.desk import Desk, on_record

RECORD = "the desk"
pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def desk() -> Desk:
    """Orders released on Sunday, to be executed on Monday."""
    made = on_record()
    made.release()
    return made


def known_on(*, lots: date, cash: date) -> None:
    Account.objects.update(reconciled_on=lots)
    CashBalance.objects.update(as_of_on=cash)


@pytest.mark.parametrize(
    ("lots", "cash", "is_open"),
    [
        (LAST_FRIDAY, LAST_FRIDAY, True),
        (MONDAY, LAST_FRIDAY, True),
        (LAST_FRIDAY, MONDAY, True),
        (MONDAY, MONDAY, False),
        (TUESDAY, TUESDAY, False),
    ],
)
def test_an_order_is_open_until_lots_and_cash_are_of_its_session(
    desk: Desk, lots: date, cash: date, is_open: bool
) -> None:
    known_on(lots=lots, cash=cash)

    assert bool(open_orders.of(list(desk.household.accounts.all()))) is is_open


def test_an_order_that_is_held_stays_open_whatever_day_it_was_for(desk: Desk) -> None:
    purchase = Order.objects.filter(side="buy").order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rebalancing_order SET state = 'held' WHERE id = %s", [purchase.pk])
    known_on(lots=MONDAY + timedelta(days=20), cash=MONDAY + timedelta(days=20))

    (left,) = open_orders.of(list(desk.household.accounts.all()))

    assert (left.side, left.shares) == ("buy", purchase.quantity)


def test_newer_prices_alone_do_not_let_a_household_be_traded_twice(desk: Desk) -> None:
    Price.objects.update(as_of_on=MONDAY)

    before_the_files = deciding.decide_outcome(desk.household, market=Market(MONDAY), trade_on=TUESDAY)
    known_on(lots=MONDAY, cash=MONDAY)
    after_them = deciding.decide_outcome(desk.household, market=Market(MONDAY), trade_on=TUESDAY)

    assert before_the_files.outcome == "pending"
    assert before_the_files.reason.startswith("Orders were released on November 22")
    assert after_them.outcome != "pending"
