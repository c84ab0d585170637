"""A broker tells of a block whose file nobody is known to have taken."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from clients.models import Transaction
from compliance.audit_trail import audit
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Block, Break
from rebalancing.reconciliation import file_fills
from tests.clock import SUNDAY_NOON
from tests.factories.desk import on_record
from tests.factories.released import IN_SESSION, told

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def ready() -> Block:
    on_record().release()
    return Block.objects.select_related("security").filter(side="sell").order_by("pk")[0]


def test_a_block_that_is_ready_was_sent_when_it_is_told_of(ready: Block) -> None:
    assert (ready.state, ready.sent_at) == ("ready", None)

    fills.take(told(ready, Kind.FILL, "f1", "1", "99.50", minute=3), at=IN_SESSION)

    ready.refresh_from_db()
    assert (ready.state, ready.sent_at) == ("partly_filled", IN_SESSION + timedelta(minutes=3))
    assert {order.state for order in ready.orders.all()} == {"partly_filled"}
    assert not Break.objects.exists()
    assert audit.verify().is_intact


def test_what_traded_before_its_statement_was_written_is_asked_about(ready: Block) -> None:
    early = told(ready, Kind.FILL, "f1", "1", "99.50", transacted_at=SUNDAY_NOON - timedelta(hours=1))

    taken = fills.take(early, at=IN_SESSION)

    assert (taken.block, taken.fill.parked_because) == (None, fills.NOT_SENT)
    ready.refresh_from_db()
    assert ready.state == "ready"


def test_the_custodians_file_tells_of_a_block_whose_file_nobody_took(ready: Block) -> None:
    """It was carried to the custodian by another way: its trades are its fills, and no trades that nobody ordered."""
    order = ready.orders.select_related("account", "security").get()
    row = Transaction.objects.create(
        account=order.account,
        security=order.security,
        key="M1",
        kind=Transaction.Kind.SELL,
        traded_on=ready.trade_on,
        quantity=-order.quantity,
        price=Decimal("99.50"),
        amount=order.quantity * Decimal("99.50"),
    )

    found = file_fills.of(order.account, on=ready.trade_on)
    taken = file_fills.take(found, order.account, is_told={ready.trade_on}, at=IN_SESSION)

    assert (taken, found.matched.strangers) == (1, [])
    ready.refresh_from_db()
    assert (ready.state, ready.filled_quantity) == ("filled", -(row.quantity or 0))
    assert audit.verify().is_intact
