"""Whatever a broker says, in whatever order: no share and no cent is made or lost, and no state is one that cannot be."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Allocation, Block, ExecutedLot, Order
from tests.examples import WALKS
from tests.factories.released import IN_SESSION, blocks, told

pytestmark = pytest.mark.django_db
RECORD = "orders at the custodian"
IDS = st.sampled_from("abcde")
SAID = st.tuples(
    st.sampled_from([Kind.FILL, Kind.FILL, Kind.FILL, *Kind]),
    IDS,
    st.integers(-10, 1500),
    st.none() | st.integers(9000, 11000),
    st.just("") | IDS,
    st.integers(0, 6),
)


@settings(
    max_examples=WALKS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(side=st.sampled_from(["sell", "buy"]), walk=st.lists(SAID, min_size=1, max_size=8))
def test_no_walk_of_reports_makes_or_loses_anything(
    side: str, walk: list[tuple[Kind, str, int, int | None, str, int]]
) -> None:
    with transaction.atomic():
        block = blocks()[side]
        for kind, name, shares, cents, corrects, minute in walk:
            report = told(
                block,
                kind,
                name,
                str(shares),
                "" if cents is None else str(D(cents) / 100),
                corrects=corrects,
                transacted_at=IN_SESSION + timedelta(minutes=minute),
            )
            fills.take(report, at=IN_SESSION)
            adds_up(block)
        transaction.set_rollback(True)


def adds_up(block: Block) -> None:
    block.refresh_from_db()
    orders = list(Order.objects.filter(block=block))
    assert sum(one.filled_quantity for one in orders) == block.filled_quantity
    last = Allocation.objects.filter(block=block).order_by("-number").first()
    entries = ExecutedLot.objects.filter(order__in=orders)
    relieved = sum((one.quantity for one in entries), D(0))
    if block.state not in Block.ENDED:
        assert relieved == 0
        return
    assert all(one.state in Order.ENDED for one in orders)
    if last is None:
        assert block.filled_quantity == 0
        return
    parts = list(last.parts.all())
    assert sum(one.quantity for one in parts) + last.excess_quantity == last.quantity
    assert sum(one.amount for one in parts) + last.excess_amount == last.amount
    assert sum(one.cost for one in parts) <= last.cost
    if block.side == "sell":
        assert relieved == block.filled_quantity
        assert sum((one.proceeds for one in entries), D(0)) == sum(one.amount - one.cost for one in parts)
