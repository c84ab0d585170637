"""A sale larger than the day's share of volume: three slices on three days, each with its checks, and one that is asked about."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from clients.households import holds
from clients.models import Hold, Price
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.execution import closing
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Block
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import MONDAY, MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON, set_clock
from tests.factories import days, released
from tests.factories.households import SET_UP
from tests.factories.trading import Floor, a_floor
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
DESK = Actor.system("orders")


def filled(block: Block, name: str, *, at: datetime) -> None:
    price = str(block.orders.get().proposed.price)
    fills.take(released.told(block, Kind.FILL, name, str(block.quantity), price), at=at)


def a_hold(floor: Floor, block: Block) -> Hold:
    on = WEDNESDAY_NOON.date()
    return holds.place(
        floor.proposals[0].household, account=block.orders.get().account, security=None, kind="advisor",
        reason="She is buying a house.", starts_on=on, expires_on=on, user_id=None, by=SET_UP, at=TUESDAY_NOON,
    )  # fmt: skip


def lifted(hold: Hold) -> None:
    holds.lift(hold, reason="She has bought it.", user_id=cast.ana().pk, by=SET_UP, at=WEDNESDAY_NOON)


def a_thin_market(floor: Floor) -> None:
    order = proposals.current(floor.proposals[0]).orders.get(side="sell")
    volume = (order.quantity / Decimal("2.5")).quantize(Decimal(1)) * 10
    type(order.security).objects.filter(pk=order.security_id).update(daily_volume=volume)


def test_a_large_sale_goes_over_three_days() -> None:
    floor = a_floor(1)
    a_thin_market(floor)
    release = floor.release()
    tom = Visitor(floor.tom)

    # Monday: today's slice is ready, the others are planned, and the purchase waits for all three.
    monday, tuesday, wednesday = release.blocks.filter(side="sell").order_by("trade_on")
    tom.opens("/blotter/").reads("It is for a later session, whose checks it has to pass.", "Slice 1 of 3")
    tom.reads("It waits for its accounts’ sales to be over: 1 of 1 account still to come.")
    filled(monday, "X1", at=MONDAY_NOON)
    days.closed_on(MONDAY)

    # Tuesday: the second slice passes its checks and goes by itself.
    assert closing.leave_due(by=DESK, at=TUESDAY_NOON) == 1
    tuesday.refresh_from_db()
    assert tuesday.state == "ready"
    filled(tuesday, "X2", at=TUESDAY_NOON)
    days.closed_on(TUESDAY_NOON.date())

    # Wednesday: its account is on hold, and the price has moved by more than a proposal may.
    hold = a_hold(floor, wednesday)
    price = monday.orders.get().proposed.price
    Price.objects.filter(security=wednesday.security_id).update(price=price * Decimal("0.95"))
    assert closing.leave_due(by=DESK, at=WEDNESDAY_NOON) == 0
    set_clock(WEDNESDAY_NOON)
    page = f"/blocks/{wednesday.public_id}/"
    tom.opens("/blotter/").reads(
        "She is buying a house.", "It goes once somebody lets it go, or it is canceled."
    )
    tom.opens(page).reads("She is buying a house.", "was approved at")

    # Nobody lets it go while the hold stands.
    tom.follows("Let it go").presses("Let it go", reason="The advisor agrees.")
    tom.reads("What it was held for", "has to be over", "compliance may accept it")
    tom.presses("Let it go", status=409).reads("This still speaks against it", "Let it go once that is over")

    # The hold is lifted. The price is for compliance to accept.
    lifted(hold)
    tom.opens(page).follows("Let it go").presses("Let it go", reason="She has bought it.")
    tom.presses("Let it go", status=403).reads("Only compliance may accept this")
    cora = Visitor(cast.cora())
    cora.opens(page).follows("Let it go").presses("Let it go", reason="The advisor agrees.")
    cora.reads("compliance may accept it").presses("Let it go")
    assert closing.leave_due(by=DESK, at=WEDNESDAY_NOON) == 1
    wednesday.refresh_from_db()
    assert wednesday.state == "ready"
    filled(wednesday, "X3", at=WEDNESDAY_NOON)

    # With the last slice filled, the purchase goes too.
    purchase = release.blocks.get(side="buy")
    closing.leave_due(by=DESK, at=WEDNESDAY_NOON)
    purchase.refresh_from_db()
    assert purchase.state in {"ready", "held"}
    assert audit.verify().is_intact
