"""A broker is asked for fewer shares and accepts others: the block has the broker's terms, and the desk works the difference."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from compliance.audit_trail import audit
from compliance.firm import order_figures
from compliance.people.actors import Actor
from rebalancing.execution import closing
from rebalancing.fills import fills
from rebalancing.fix import inbox
from rebalancing.models import Block, FixOutbox, FixSession
from tests.clock import MONDAY_NOON, SUNDAY_NOON, set_clock
from tests.factories import firm_settings, fix_messages
from tests.factories.trading import Floor, a_floor
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
DESK = Actor.system("orders")
LATER = MONDAY_NOON + timedelta(minutes=5)


def sent(floor: Floor) -> tuple[FixSession, Block]:
    """A sale that a FIX broker has."""
    session = fix_messages.session(made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON)
    firm_settings.decided(order_figures.PURCHASES_WAIT, order_figures.NEVER)
    release = floor.release()
    closing.leave_due(by=DESK, at=MONDAY_NOON)
    block = release.blocks.get(side="sell")
    FixOutbox.objects.filter(block_reference=block.reference).update(sent_at=MONDAY_NOON, epoch=1, number=2)
    return session, block


def test_the_desk_is_told_that_its_broker_took_other_terms() -> None:
    floor = a_floor(2)
    session, block = sent(floor)
    whole = block.quantity
    set_clock(MONDAY_NOON)
    tom = Visitor(floor.tom)

    # Tom asks for twenty shares less.
    page = f"/blocks/{block.public_id}/"
    fewer = f"{(whole - 20).normalize():f}"
    tom.opens(page).follows("Change its terms with the broker")
    tom.presses("Ask the broker", quantity=fewer, reason="Less is needed.").presses("Ask the broker")
    tom.opens(page).reads("Other terms asked of the broker", "Asked of the broker", "Less is needed.")

    # The broker takes off ten: that is what it states, and what the block now is.
    set_clock(LATER)
    number = FixOutbox.objects.get(kind="replace").reference
    stated = f"{(whole - 10).normalize():f}"
    fix_messages.tell(
        session, block, 9, t11=number, t41=block.reference, t150="5", t39="5", t38=stated, t32="", t31="",
        t14="0", t151=stated, t6="",
    )  # fmt: skip
    assert inbox.take_waiting(fills.take, now=lambda: LATER) == 1
    block.refresh_from_db()
    assert block.quantity == whole - Decimal(10)
    tom.opens(page).reads("Accepted by the broker", f"It has {whole - 10:,.0f} shares.")

    # The difference is in the queue of fills, and is explained by whoever asked the broker.
    tom.opens("/breaks/").reads("was asked for", "Its terms count until others are asked for")
    assert audit.verify().is_intact
