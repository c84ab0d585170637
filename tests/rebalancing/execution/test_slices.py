"""An order beyond the day's share of volume goes in slices over days, each passing the checks of its own day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clients.models import Price
from compliance.audit_trail import audit
from compliance.firm import order_figures
from compliance.people.actors import Actor
from compliance.rules.facts.thresholds import Thresholds
from rebalancing.execution import cancels, closing, participation
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Block, Order, Release
from rebalancing.portfolios import own_sales
from rebalancing.proposals import bindings, proposals
from tests.clock import MONDAY, TUESDAY_NOON, WEDNESDAY_NOON
from tests.factories import days, firm_settings, released
from tests.factories.trading import Floor, a_floor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
DESK = Actor.system("orders")
TUESDAY = TUESDAY_NOON.date()


@pytest.fixture
def floor() -> Floor:
    return a_floor(1)


def thin(floor: Floor, side: str, parts: str) -> Decimal:
    """The security of this side trades so little that the order takes so many days; the order's shares."""
    order = proposals.current(floor.proposals[0]).orders.get(side=side)
    volume = (order.quantity / Decimal(parts)).quantize(Decimal(1)) * 10
    type(order.security).objects.filter(pk=order.security_id).update(daily_volume=volume)
    return order.quantity


def blocks_of(release: Release, side: str) -> list[Block]:
    return list(release.blocks.filter(side=side).order_by("trade_on"))


def test_a_large_sale_is_cut_and_its_purchases_wait_for_all_of_it(floor: Floor) -> None:
    whole = thin(floor, "sell", "2.5")
    release = floor.release()

    sells, buys = blocks_of(release, "sell"), blocks_of(release, "buy")
    assert [one.trade_on for one in sells] == [date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)]
    assert [one.state for one in sells] == ["ready", "held", "held"]
    assert sum(one.quantity for one in sells) == whole
    assert sells[0].quantity == sells[1].quantity > sells[2].quantity
    assert [(one.slice, one.slices) for one in Order.objects.filter(side="sell").order_by("pk")] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]
    assert {one.state for one in buys} == {"held"}, "a sale of a later day pays for nothing today"
    assert list(bindings.faults()) == []
    assert audit.verify().is_intact


def test_each_slice_leaves_on_its_day(floor: Floor) -> None:
    thin(floor, "sell", "2.5")
    release = floor.release()
    first, second, third = blocks_of(release, "sell")
    price = str(first.orders.get().proposed.price)
    fills.take(released.told(first, Kind.FILL, "X1", str(first.quantity), price), at=TUESDAY_NOON)
    days.closed_on(MONDAY)

    gone = closing.leave_due(by=DESK, at=TUESDAY_NOON)
    second.refresh_from_db()
    assert (gone, second.held_reason) == (1, "")
    third.refresh_from_db()
    assert (second.state, third.state) == ("ready", "held")
    assert "S2" in release.files.filter(kind="orders").order_by("-version")[0].content
    assert closing.leave_due(by=DESK, at=TUESDAY_NOON) == 0
    days.closed_on(TUESDAY)
    assert closing.leave_due(by=DESK, at=WEDNESDAY_NOON) == 1


def test_a_price_that_moved_keeps_the_next_slice_until_a_trader_decides(floor: Floor) -> None:
    thin(floor, "buy", "1.5")
    release = floor.release()
    _, second = blocks_of(release, "buy")
    days.closed_on(MONDAY)
    Price.objects.filter(security=second.security_id).update(price=Decimal("500"))

    assert closing.leave_due(by=DESK, at=TUESDAY_NOON) == 0
    second.refresh_from_db()
    assert second.asked_at == TUESDAY_NOON
    cancels.cancel(second, reason="Too dear now.", by=floor.by_tom, at=TUESDAY_NOON, also_later=True)
    second.refresh_from_db()
    assert second.state == "canceled"


def test_the_rest_is_canceled_at_once(floor: Floor) -> None:
    thin(floor, "sell", "2.5")
    release = floor.release()
    first, second, third = blocks_of(release, "sell")
    cancels.cancel(second, reason="Enough.", by=floor.by_tom, at=TUESDAY_NOON, also_later=True)
    states = [Block.objects.get(pk=one.pk).state for one in (first, second, third)]
    assert states == ["ready", "canceled", "canceled"]
    assert audit.verify().is_intact


def test_what_would_take_too_many_days_is_for_a_block_desk(floor: Floor) -> None:
    firm_settings.decided(order_figures.SLICE_DAYS, 2)
    thin(floor, "sell", "2.5")
    row = floor.release().rows.get()
    assert (row.outcome, row.code) == ("refused", "participation")
    assert "Use a block desk" in row.sentence or "more than the firm sends in 2 market days" in row.sentence


def test_what_others_have_out_is_counted(floor: Floor) -> None:
    order = proposals.current(floor.proposals[0]).orders.get(side="sell")
    order.security.daily_volume = Decimal(1000)
    room = participation.Room(Thresholds(), 5)
    assert [
        one.quantity for one in room.cut(order.security, "sell", Decimal(60), first=date(2026, 11, 23))
    ] == [60]
    again = room.cut(order.security, "sell", Decimal(60), first=date(2026, 11, 23))
    assert [(one.trade_on.day, one.quantity) for one in again] == [(23, 40), (24, 20)]


def test_a_slice_that_was_canceled_counts_for_no_gain(floor: Floor) -> None:
    thin(floor, "sell", "2.5")
    floor.release()
    household = floor.proposals[0].household
    uses = own_sales.sent(household, since=date(2026, 1, 1), trade_on=date(2026, 11, 30))
    assert uses == [], "sales in an IRA have no gain of anybody's year"
