"""One order leaves its block, and the terms of a block that is out are changed with its broker: what then holds."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest

from clients import figures
from clients.models import Security
from compliance.audit_trail import audit
from compliance.firm import order_figures
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from rebalancing.execution import closing, orders, replacing, single_orders
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.fix.messages import Outgoing
from rebalancing.models import Block, BlockReplacement, Break, FixOutbox, Order
from rebalancing.proposals import bindings
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.factories import firm_settings, fix_messages, released
from tests.factories.trading import Floor, a_floor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
LATER = MONDAY_NOON + timedelta(minutes=10)


@pytest.fixture
def floor() -> Floor:
    return a_floor(3)


def out_by_fix(floor: Floor) -> Block:
    """The sales of three accounts, as one block that a FIX broker works."""
    fix_messages.session(made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON)
    firm_settings.decided(order_figures.PURCHASES_WAIT, order_figures.NEVER)
    release = floor.release()
    closing.leave_due(by=Actor.system("orders"), at=MONDAY_NOON)
    block = release.blocks.get(side="sell")
    assert block.state == "sent"
    FixOutbox.objects.filter(block_reference=block.reference).update(sent_at=MONDAY_NOON, epoch=1, number=2)
    fills.take(released.told(block, Kind.ACKNOWLEDGED, "A1"), at=MONDAY_NOON)
    block.refresh_from_db()
    return block


def told(block: Block, kind: Kind, exec_id: str, shares: str = "0", price: str = "", minute: int = 0) -> None:
    fills.take(released.told(block, kind, exec_id, shares, price, minute=minute), at=LATER)
    block.refresh_from_db()


def test_one_order_of_a_ready_block_leaves_and_the_statement_is_made_anew(floor: Floor) -> None:
    release = floor.release()
    block = release.blocks.get(side="sell")
    gone = block.orders.order_by("pk")[0]
    old = release.files.get(kind="orders")

    single_orders.cancel(gone, reason="The client called.", by=floor.by_tom, at=MONDAY_NOON)

    block.refresh_from_db()
    gone.refresh_from_db()
    assert (gone.state, gone.end_reason) == ("canceled", "The client called.")
    assert block.quantity == sum(one.quantity for one in block.orders.exclude(pk=gone.pk))
    assert gone.reference not in block.allocation_statement
    assert block.allocation_sha256 == hashlib.sha256(block.allocation_statement.encode()).hexdigest()
    assert block.allocation_written_at == MONDAY_NOON
    assert gone.reference not in release.files.get(kind="orders", version=2).content
    with pytest.raises(Conflict, match="no longer goes out"):
        orders.mark_exported(old, by=floor.by_tom, at=MONDAY_NOON)
    assert audit.verify().is_intact


def test_the_last_order_takes_its_block_along(floor: Floor) -> None:
    block = floor.release().blocks.get(side="buy")
    for order in block.orders.order_by("pk"):
        single_orders.cancel(order, reason="Not today.", by=floor.by_tom, at=MONDAY_NOON)
    block.refresh_from_db()
    assert block.state == "canceled"
    with pytest.raises(Conflict):
        single_orders.cancel(block.orders.first(), reason="Again.", by=floor.by_tom, at=MONDAY_NOON)  # type: ignore[arg-type]


def test_only_a_trader_takes_an_order_out(floor: Floor) -> None:
    order = floor.release().blocks.get(side="sell").orders.first()
    with pytest.raises(NotAllowed):
        single_orders.cancel(order, reason="No.", by=Actor.person(floor.rui), at=MONDAY_NOON)  # type: ignore[arg-type]


def test_a_broker_is_asked_for_less_and_the_allocation_follows(floor: Floor) -> None:
    block = out_by_fix(floor)
    gone = block.orders.order_by("pk")[0]
    whole = block.quantity

    single_orders.cancel(gone, reason="The client called.", by=floor.by_tom, at=MONDAY_NOON)

    block.refresh_from_db()
    asked = BlockReplacement.objects.get()
    assert (block.quantity, asked.quantity, asked.without) == (whole, whole - gone.quantity, gone)
    message = dict(Outgoing.of_text(FixOutbox.objects.get(kind="replace").message).fields)
    assert message[41] == block.reference
    assert message[11] == f"{block.reference}.R1"
    assert Decimal(str(message[38])) == asked.quantity
    with pytest.raises(Conflict, match="has not answered"):
        replacing.ask(
            block, quantity=Decimal(1), limit=block.limit_price, reason="x", by=floor.by_tom, at=MONDAY_NOON
        )

    told(block, Kind.REPLACED, "R1", minute=3)
    gone.refresh_from_db()
    assert (block.quantity, gone.state) == (whole - gone.quantity, "canceled")
    assert gone.reference not in block.allocation_statement
    told(block, Kind.FILL, "X1", str(block.quantity), "99.50", minute=5)
    assert block.state == "filled"
    parts = block.allocations.get().parts.all()
    assert {one.order_id: one.quantity for one in parts} == {
        one.pk: one.quantity for one in block.orders.exclude(pk=gone.pk)
    }
    assert audit.verify().is_intact


def test_what_was_filled_before_the_answer_belongs_to_everybody(floor: Floor) -> None:
    block = out_by_fix(floor)
    gone = block.orders.order_by("pk")[0]
    single_orders.cancel(gone, reason="The client called.", by=floor.by_tom, at=MONDAY_NOON)
    told(block, Kind.FILL, "X1", "3", "99.50", minute=2)
    told(block, Kind.REPLACED, "R1", minute=3)
    told(block, Kind.DONE_FOR_DAY, "D1", minute=9)

    gone.refresh_from_db()
    assert gone.state in {"part_filled", "expired"}
    assert sum(one.filled_quantity for one in block.orders.all()) == 3
    assert audit.verify().is_intact


def test_a_broker_that_says_no_changes_nothing(floor: Floor) -> None:
    block = out_by_fix(floor)
    before = (block.quantity, block.limit_price, block.allocation_sha256)
    replacing.ask(
        block,
        quantity=block.quantity - 1,
        limit=block.limit_price,
        reason="Less.",
        by=floor.by_tom,
        at=MONDAY_NOON,
    )
    told(block, Kind.CANCEL_REJECTED, "C1", minute=2)
    assert (block.quantity, block.limit_price, block.allocation_sha256) == before
    assert BlockReplacement.objects.get().state == "refused"
    replacing.ask(
        block,
        quantity=block.quantity - 1,
        limit=block.limit_price,
        reason="Again.",
        by=floor.by_tom,
        at=LATER,
    )


def test_all_that_is_still_ordered_can_be_filled_before_the_answer(floor: Floor) -> None:
    block = out_by_fix(floor)
    replacing.ask(
        block, quantity=Decimal(5), limit=block.limit_price, reason="Less.", by=floor.by_tom, at=MONDAY_NOON
    )
    told(block, Kind.FILL, "X1", "6", "99.50", minute=2)
    told(block, Kind.REPLACED, "R1", minute=3)
    assert (block.state, block.quantity, block.filled_quantity) == ("filled", 6, 6)
    assert {one.state for one in block.orders.all()} <= {"part_filled", "expired", "filled"}
    assert audit.verify().is_intact


@pytest.mark.parametrize(
    ("more", "price", "why"),
    [
        (1, None, "shares were approved"),
        (0, None, "Nothing is changed"),
        (Decimal("-0.5"), None, "steps of 1 share"),
        (0, "0.50", "another decision"),
    ],
)
def test_new_terms_never_go_beyond_what_was_approved(
    floor: Floor, more: Decimal, price: str | None, why: str
) -> None:
    block = out_by_fix(floor)
    limit = block.limit_price if price is None or block.limit_price is None else Decimal(price)
    if price is not None and block.limit_price is None:
        limit, why = Decimal(price), "kind of an order"
    with pytest.raises(BadInput, match=why):
        replacing.ask(
            block, quantity=block.quantity + more, limit=limit, reason="x", by=floor.by_tom, at=MONDAY_NOON
        )
    assert not BlockReplacement.objects.exists()
    assert not Order.objects.filter(state="canceled").exists()


def test_a_file_that_was_handed_out_cannot_be_changed(floor: Floor) -> None:
    release = floor.release()
    block = release.blocks.get(side="sell")
    orders.mark_exported(release.files.get(kind="orders"), by=floor.by_tom, at=MONDAY_NOON)
    block.refresh_from_db()
    assert (
        replacing.refusal(block)
        == "Its file was handed out, and a file cannot be changed. Change it at the custodian."
    )
    with pytest.raises(Conflict, match="a file cannot be called back"):
        single_orders.cancel(block.orders.first(), reason="No.", by=floor.by_tom, at=MONDAY_NOON)  # type: ignore[arg-type]


def asked_for_less(floor: Floor, block: Block, *, by: int = 4) -> BlockReplacement:
    return replacing.ask(
        block,
        quantity=block.quantity - by,
        limit=block.limit_price,
        reason="Less.",
        by=floor.by_tom,
        at=MONDAY_NOON,
    )


def accepts(block: Block, shares: Decimal, limit: Decimal | None = None, name: str = "R1") -> None:
    """The broker accepts, and states the terms on which it now has the order."""
    report = released.told(block, Kind.REPLACED, name, minute=3, ordered=shares, ordered_limit=limit)
    fills.take(report, at=LATER)
    block.refresh_from_db()


def questions(block: Block) -> list[str]:
    return [one.sentence for one in Break.objects.filter(block=block, cause="other_terms", ended_at=None)]


def test_a_broker_that_accepts_other_terms_has_those_and_a_person_is_asked(floor: Floor) -> None:
    block = out_by_fix(floor)
    whole, limit = block.quantity, block.limit_price
    asked = asked_for_less(floor, block)

    accepts(block, whole - 2, limit)

    asked.refresh_from_db()
    assert (block.quantity, block.limit_price) == (whole - 2, limit)
    assert (asked.state, asked.accepted_quantity, asked.quantity) == ("accepted", whole - 2, whole - 4)
    (said,) = questions(block)
    assert f"was asked for {figures.quantity(whole - 4)} shares" in said
    assert f"has accepted {figures.quantity(whole - 2)} shares" in said
    assert "Its terms count" in said
    assert block.allocation_sha256 == hashlib.sha256(block.allocation_statement.encode()).hexdigest()
    assert list(bindings.faults()) == []
    assert audit.verify().is_intact

    # Asked again, and accepted as asked: nothing is left to say.
    again = LATER + timedelta(minutes=1)
    replacing.ask(block, quantity=whole - 4, limit=limit, reason="Again.", by=floor.by_tom, at=again)
    fills.take(
        released.told(block, Kind.REPLACED, "R2", minute=9, ordered=whole - 4, ordered_limit=limit), at=again
    )
    block.refresh_from_db()
    assert (block.quantity, questions(block)) == (whole - 4, [])


def test_another_price_than_asked_is_the_blocks_limit_from_then_on(floor: Floor) -> None:
    Security.objects.update(half_spread=Decimal("0.004"))  # A wide spread: it goes with a limit (PTC-42).
    block = out_by_fix(floor)
    assert block.limit_price is not None
    stated = block.limit_price + Decimal("0.05")
    asked_for_less(floor, block)
    accepts(block, block.quantity - 4, stated)
    assert block.limit_price == stated
    assert f"${stated.normalize():f}" in questions(block)[0]


def test_an_order_stays_in_a_block_that_the_broker_kept_larger(floor: Floor) -> None:
    block = out_by_fix(floor)
    gone = block.orders.order_by("pk")[0]
    whole = block.quantity
    single_orders.cancel(gone, reason="The client called.", by=floor.by_tom, at=MONDAY_NOON)

    accepts(block, whole)

    gone.refresh_from_db()
    assert (block.quantity, gone.state) == (whole, "working")
    assert gone.reference in block.allocation_statement
    assert len(questions(block)) == 1
    told(block, Kind.FILL, "X1", str(whole), "99.50", minute=5)
    gone.refresh_from_db()
    assert (block.state, gone.state) == ("filled", "filled")
    assert audit.verify().is_intact


def test_never_more_than_was_approved_whatever_the_broker_states(floor: Floor) -> None:
    block = out_by_fix(floor)
    whole = block.quantity
    asked_for_less(floor, block)
    accepts(block, whole + 50)
    assert block.quantity == whole
    assert f"accepted {figures.quantity(whole + 50)} shares" in questions(block)[0]


def test_what_was_filled_before_the_answer_is_no_other_term(floor: Floor) -> None:
    block = out_by_fix(floor)
    asked_for_less(floor, block, by=int(block.quantity) - 5)
    told(block, Kind.FILL, "X1", "6", "99.50", minute=2)
    accepts(block, Decimal(6))
    assert (block.state, block.quantity, questions(block)) == ("filled", 6, [])


def test_terms_that_nobody_asked_for_are_asked_about_and_change_nothing(floor: Floor) -> None:
    block = out_by_fix(floor)
    whole = block.quantity
    accepts(block, whole - 1)
    assert block.quantity == whole
    assert "nobody asked for other terms" in questions(block)[0]
    accepts(block, whole - 1)
    assert len(questions(block)) == 1
