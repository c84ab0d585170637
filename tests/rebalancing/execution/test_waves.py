"""Purchases that wait for their account's sales: they go when these are filled, smaller where these brought less."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clients.models import CashBalance, Price, Security
from compliance.audit_trail import audit
from compliance.firm import order_figures
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed
from rebalancing.execution import blocks, cancels, closing, going, releases, waves
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Block, Order, Release
from rebalancing.proposals import bindings, proposals
from tests import cast
from tests.clock import MONDAY, MONDAY_NOON, SUNDAY_NOON, TUESDAY_NOON
from tests.factories import days, firm_settings, released
from tests.factories.trading import Floor, a_floor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
ZERO = Decimal(0)
DESK = Actor.system("orders")


@pytest.fixture
def floor() -> Floor:
    firm_settings.decided(order_figures.PURCHASES_WAIT, order_figures.ALWAYS)
    return a_floor(2)


def a_release(floor: Floor) -> tuple[Release, Block, Block]:
    release = floor.release()
    return release, release.blocks.get(side="sell"), release.blocks.get(side="buy")


def sold(block: Block, share: str = "1", *, price: str | None = None, end: Kind | None = None) -> None:
    """The broker filled so much of the sales at the approved price, or another one, and perhaps ended them."""
    quantity = (block.quantity * Decimal(share)).quantize(Decimal(1)) if share != "1" else block.quantity
    paid = price or str(block.orders.first().proposed.price)  # type: ignore[union-attr]
    if quantity:
        fills.take(released.told(block, Kind.FILL, "X1", str(quantity), paid), at=MONDAY_NOON)
    if end is not None:
        fills.take(released.told(block, end, "X2", minute=5), at=MONDAY_NOON)


def go(at: datetime = MONDAY_NOON) -> int:
    return closing.leave_due(by=DESK, at=at)


def test_purchases_are_held_until_the_sales_are_filled(floor: Floor) -> None:
    release, sells, buys = a_release(floor)

    assert (sells.state, buys.state, buys.wave) == ("ready", "held", 2)
    assert waves.WAITS in buys.held_reason
    assert go() == 0
    sold(sells)
    assert go() == 1

    buys.refresh_from_db()
    assert buys.state == "ready"
    for order in buys.orders.all():
        assert order.cleared_at == MONDAY_NOON
        assert (order.reduced_reason, order.state) == ("", "ready")
        assert order.quantity == order.proposed.quantity
    assert release.files.filter(kind="orders").count() == 2, "the second wave has a set of its own"
    assert list(bindings.faults()) == []
    assert audit.verify().is_intact


def test_a_purchase_paid_with_todays_sale_is_not_sold_before_that_has_settled(floor: Floor) -> None:
    _, sells, buys = a_release(floor)
    sold(sells)
    go()
    assert {one.clean_from for one in buys.orders.all()} == {sells.settles_on}


def test_half_of_the_sales_pays_for_what_they_brought(floor: Floor) -> None:
    _, sells, buys = a_release(floor)
    wished = {one.pk: one.quantity for one in buys.orders.all()}
    sold(sells, "0.5", end=Kind.DONE_FOR_DAY)
    go()

    buys.refresh_from_db()
    assert buys.state == "ready"
    for order in buys.orders.select_related("account__cash", "proposed"):
        assert ZERO < order.quantity < wished[order.pk]
        assert "shares could be paid for: the account’s sales brought" in order.reduced_reason
        sale = Order.objects.get(batch=order.batch, account=order.account, side="sell")
        have = order.account.cash.settled + sale.filled_quantity * (sale.average_price or ZERO)
        assert order.quantity * (buys.limit_price or order.proposed.price * Decimal("1.01")) <= have
    assert buys.quantity == sum(one.quantity for one in buys.orders.all())
    assert list(bindings.faults()) == []
    assert audit.verify().is_intact


def test_where_no_sale_traded_nothing_is_bought_that_is_not_paid_for(floor: Floor) -> None:
    _, sells, buys = a_release(floor)
    sold(sells, "0", end=Kind.REJECTED)
    go()

    buys.refresh_from_db()
    for order in buys.orders.select_related("account__cash"):
        if order.state == "canceled":
            assert order.end_reason.startswith("Not bought: the account’s sales brought $0.00 of the $")
        else:
            assert order.quantity * (buys.limit_price or ZERO) <= order.account.cash.settled
    assert audit.verify().is_intact


def test_a_second_run_clears_nothing_twice(floor: Floor) -> None:
    _, sells, buys = a_release(floor)
    sold(sells, "0.5", end=Kind.DONE_FOR_DAY)
    go()
    quantity = Block.objects.get(pk=buys.pk).quantity
    assert go() == 0
    assert Block.objects.get(pk=buys.pk).quantity == quantity


def test_one_silent_sale_does_not_keep_the_others_if_a_trader_says_so(floor: Floor) -> None:
    _, sells, buys = a_release(floor)
    first, second = sells.orders.order_by("pk")
    fills.take(
        released.told(
            sells, Kind.FILL, "X1", str(first.quantity), str(first.proposed.price),
            account=first.account.public_id,
        ),
        at=MONDAY_NOON,
    )  # fmt: skip
    assert go() == 0
    buys.refresh_from_db()
    assert "1 of 2 accounts still to come" in buys.held_reason

    going.say(buys, reason="The other sale hangs.", by=floor.by_tom, at=MONDAY_NOON)
    assert go() == 1
    states = {one.account_id: one.state for one in buys.orders.all()}
    assert states == {first.account_id: "ready", second.account_id: "canceled"}


def test_what_waited_past_its_session_goes_in_the_next_one(floor: Floor) -> None:
    _, sells, buys = a_release(floor)
    sold(sells)
    days.closed_on(MONDAY)
    go(TUESDAY_NOON)
    buys.refresh_from_db()
    assert buys.trade_on == TUESDAY_NOON.date()
    assert buys.settles_on > sells.settles_on
    assert buys.state == "ready"


def test_a_price_that_moved_is_asked_about_on_a_later_day(floor: Floor) -> None:
    _, sells, buys = a_release(floor)
    sold(sells)
    days.closed_on(MONDAY)
    Price.objects.filter(security=buys.security_id).update(price=Decimal("500"))
    go(TUESDAY_NOON)

    buys.refresh_from_db()
    assert (buys.state, buys.asked_at) == ("held", TUESDAY_NOON)
    assert "was approved at" in buys.held_reason
    assert go(TUESDAY_NOON + timedelta(minutes=1)) == 0
    with pytest.raises(NotAllowed, match="Only compliance may accept this"):
        going.say(buys, reason="Agreed with the advisor.", by=floor.by_tom, at=TUESDAY_NOON)
    cora = Actor.person(cast.cora())
    going.say(buys, reason="Agreed with the advisor.", by=cora, at=TUESDAY_NOON)
    assert go(TUESDAY_NOON + timedelta(minutes=2)) == 1
    assert audit.verify().is_intact


def test_a_block_that_was_ended_with_the_one_before_it_is_left_alone() -> None:
    """All purchases of an account are decided together: what that canceled must not be taken for held in the same run."""
    firm_settings.decided(order_figures.PURCHASES_WAIT, order_figures.ALWAYS)
    floor = a_floor(1)
    purchase = proposals.current(floor.proposals[0]).orders.get(side="buy")
    Security.objects.filter(pk=purchase.security_id).update(
        daily_volume=(purchase.quantity / Decimal("1.5")).quantize(Decimal(1)) * 10
    )
    release = floor.release()
    assert release.blocks.filter(side="buy", state="held").count() == 2, "one for each day"
    sold(release.blocks.get(side="sell"), "0", end=Kind.REJECTED)
    CashBalance.objects.update(settled=0, unsettled=0)

    assert go(TUESDAY_NOON) == 0
    assert {one.state for one in release.blocks.filter(side="buy")} == {"canceled"}
    assert audit.verify().is_intact


def test_a_release_in_trouble_keeps_no_other_waiting(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    one, another = (releases.start([chosen], by=floor.by_tom, at=SUNDAY_NOON) for chosen in floor.chosen)
    for release in (one, another):
        releases.carry_on(release, by=floor.by_tom, now=lambda: SUNDAY_NOON)
        sold(release.blocks.get(side="sell"))
    leave = closing._leave

    def troubled(release: Release, **given: Any) -> int:
        if release == one:
            raise RuntimeError("sealed")
        return leave(release, **given)

    monkeypatch.setattr(closing, "_leave", troubled)
    assert go() == 1
    assert (one.blocks.get(side="buy").state, another.blocks.get(side="buy").state) == ("held", "ready")


def test_what_waits_can_be_canceled(floor: Floor) -> None:
    _, _, buys = a_release(floor)
    cancels.cancel(buys, reason="Not today.", by=floor.by_tom, at=MONDAY_NOON)
    assert {one.state for one in buys.orders.all()} == {"canceled"}
    assert go() == 0
    with pytest.raises(Conflict):
        going.say(buys, reason="Still.", by=floor.by_tom, at=MONDAY_NOON)


def test_by_file_sales_and_purchases_go_together_unless_the_firm_says_otherwise() -> None:
    release = a_floor(1).release()
    assert {one.state for one in release.blocks.all()} == {"ready"}
    assert {one.wave for one in release.blocks.all()} == {1}
    assert blocks.SHARED in release.blocks.get(side="buy").allocation_statement
