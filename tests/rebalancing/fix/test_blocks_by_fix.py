"""A release whose blocks go by FIX: into the outbox with the release, back as fills, out again as allocations."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.firm import order_figures
from compliance.people.actors import Actor
from rebalancing.execution import trading_stops
from rebalancing.fix import allocations, outbox
from rebalancing.fix.messages import Outgoing
from rebalancing.models import Block, FixOutbox, FixSession
from tests.clock import SUNDAY_NOON
from tests.factories import firm_settings, fix_messages
from tests.factories.desk import Desk, on_record
from tests.factories.released import IN_SESSION

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def session() -> FixSession:
    return fix_messages.session(made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON)


@pytest.fixture
def desk(session: FixSession) -> Desk:
    firm_settings.decided(order_figures.WAITS_FOR_SESSION, False)
    found = on_record()
    found.release()
    return found


def test_every_block_of_the_release_is_in_the_outbox_once(desk: Desk, session: FixSession) -> None:
    blocks = list(Block.objects.order_by("reference"))

    rows = FixOutbox.objects.order_by("reference")
    assert [(row.kind, row.reference, row.trade_on) for row in rows] == [
        ("new", block.reference, block.trade_on) for block in blocks if block.state == Block.State.SENT
    ]
    assert rows
    assert {block.route for block in blocks} == {"Paper"}
    sent = dict(flat(rows[0]))
    first = next(block for block in blocks if block.reference == rows[0].reference)
    assert (sent[55], sent[54], sent[38]) == (
        first.security.symbol,
        "1" if first.side == "buy" else "2",
        f"{first.quantity.normalize():f}",
    )


def test_fills_end_the_block_and_its_allocation_goes_to_the_broker_once(
    desk: Desk, session: FixSession
) -> None:
    block = Block.objects.filter(state=Block.State.SENT).order_by("pk")[0]
    fix_messages.tell(session, block, 2, t150="0", t32="", t31="")
    fix_messages.tell(
        session, block, 3, t32=f"{block.quantity}", t31="99.5", t151="0", t14=f"{block.quantity}"
    )

    assert fix_messages.work() == 2
    block.refresh_from_db()
    assert (block.state, block.filled_quantity) == (Block.State.FILLED, block.quantity)

    assert (allocations.send(at=IN_SESSION), allocations.send(at=IN_SESSION)) == (1, 0)
    row = FixOutbox.objects.get(kind=FixOutbox.Kind.ALLOCATION)
    assert (row.reference, row.block_reference) == (f"{block.reference}.A1", block.reference)
    order = block.orders.get()
    message = Outgoing.of_text(row.message)
    assert dict(message.fields)[78] == (
        ((79, order.account.number), (467, order.reference), (80, f"{block.quantity.normalize():f}")),
    )


def test_an_order_canceled_before_it_left_is_never_sent_and_its_block_is_canceled(
    desk: Desk, session: FixSession
) -> None:
    block = Block.objects.filter(state=Block.State.SENT).order_by("pk")[0]

    row = outbox.put(block, FixOutbox.Kind.CANCEL, at=IN_SESSION)
    assert row.reference == block.reference
    assert row not in outbox.to_send(session, at=IN_SESSION)
    fix_messages.work()

    block.refresh_from_db()
    assert block.state == Block.State.CANCELED
    assert not FixOutbox.objects.filter(kind=FixOutbox.Kind.CANCEL).exists()


@pytest.mark.parametrize("scope", ["firm", "custodian", "account"])
def test_a_stop_holds_back_what_waits_in_the_outbox(desk: Desk, session: FixSession, scope: str) -> None:
    block = Block.objects.filter(state=Block.State.SENT).order_by("pk")[0]
    of_it = FixOutbox.objects.get(reference=block.reference)
    account = block.orders.get().account
    of_what: dict[str, dict[str, Any]] = {
        "firm": {}, "custodian": {"custodian": block.custodian}, "account": {"account": account},
    }  # fmt: skip
    by_tom = Actor.person(desk.tom)
    stop = trading_stops.place(scope, **of_what[scope], reason="A query.", by=by_tom, at=SUNDAY_NOON)

    assert of_it not in outbox.to_send(session, at=IN_SESSION)
    assert outbox.not_stopped([of_it]) == []

    trading_stops.lift(stop, reason="Answered.", by=Actor.person(desk.rui), at=SUNDAY_NOON)
    assert of_it in outbox.to_send(session, at=IN_SESSION)


def test_a_stop_lets_cancels_through(desk: Desk, session: FixSession) -> None:
    block = Block.objects.filter(state=Block.State.SENT).order_by("pk")[0]
    FixOutbox.objects.filter(reference=block.reference).update(sent_at=IN_SESSION, epoch=1, number=2)
    trading_stops.place("firm", reason="A query.", by=Actor.person(desk.tom), at=SUNDAY_NOON)

    cancel = outbox.put(block, FixOutbox.Kind.CANCEL, at=IN_SESSION)

    assert outbox.to_send(session, at=IN_SESSION) == [cancel]


def test_an_order_that_left_is_canceled_by_a_message_of_its_own(desk: Desk, session: FixSession) -> None:
    block = Block.objects.filter(state=Block.State.SENT).order_by("pk")[0]
    FixOutbox.objects.filter(reference=block.reference).update(sent_at=IN_SESSION, epoch=1, number=2)

    first = outbox.put(block, FixOutbox.Kind.CANCEL, at=IN_SESSION)
    second = outbox.put(block, FixOutbox.Kind.CANCEL, at=IN_SESSION)

    assert [row.reference for row in (first, second)] == [f"{block.reference}.C1", f"{block.reference}.C2"]


def flat(row: FixOutbox) -> list[tuple[int, Any]]:
    return list(Outgoing.of_text(row.message).fields)
