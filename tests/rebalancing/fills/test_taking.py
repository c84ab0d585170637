"""A report taken: repeatable, in any order, with the states, the allocation and the lots that come of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal as D

import pytest
from django.db import transaction

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Refusal
from rebalancing.execution.reports import Kind, Report
from rebalancing.fills import allocating, breaks, fills
from rebalancing.models import Allocation, Block, Break, ExecutedLot, Fill, Order, OrderBatch
from tests import cast
from tests.examples import DEPTH
from tests.factories.released import IN_SESSION, blocks, told

pytestmark = pytest.mark.django_db
RECORD = "orders at the custodian"
AT = IN_SESSION


def take(*reports: Report) -> None:
    for report in reports:
        fills.take(report, at=AT)


@pytest.fixture
def sale() -> Block:
    return blocks()["sell"]


def now(block: Block) -> tuple[str, D, D | None]:
    block.refresh_from_db()
    return block.state, block.filled_quantity, block.average_price


def test_a_kind_of_report_is_a_kind_of_fill() -> None:
    assert set(Fill.Kind.values) == {str(kind) for kind in Kind}


def test_a_block_works_fills_and_ends(sale: Block) -> None:
    take(told(sale, Kind.ACKNOWLEDGED, "a"))
    assert now(sale) == ("working", D(0), None)

    take(told(sale, Kind.FILL, "f1", "100", "99.50"))
    assert now(sale) == ("partly_filled", D(100), D("99.50"))
    assert not ExecutedLot.objects.exists()

    take(told(sale, Kind.DONE_FOR_DAY, "d", minute=300, text="Closed"))
    assert now(sale) == ("part_filled", D(100), D("99.50"))
    assert (sale.ended_at, sale.end_reason) == (AT, "Closed")
    order = sale.orders.get()
    assert (order.state, order.filled_quantity, order.average_price) == ("part_filled", D(100), D("99.50"))
    (lot,) = ExecutedLot.objects.filter(order=order)
    assert (lot.quantity, lot.proceeds, lot.traded_on) == (D(100), D("9950.00"), sale.trade_on)
    assert not Break.objects.exists()
    assert audit.verify().is_intact


def test_the_same_report_again_changes_nothing(sale: Block) -> None:
    report = told(sale, Kind.FILL, "f1", "100", "99.50")
    first = fills.take(report, at=AT)
    again = fills.take(report, at=AT)
    assert (first.is_new, again.is_new, again.fill) == (True, False, first.fill)
    assert now(sale) == ("partly_filled", D(100), D("99.50"))


SIX = (
    (Kind.ACKNOWLEDGED, "a", "0", "", {}),
    (Kind.FILL, "f1", "100", "99.50", {"minute": 1}),
    (Kind.FILL, "f2", "50", "99.60", {"minute": 2}),
    (Kind.CORRECTED, "c1", "100", "99.40", {"minute": 3, "corrects": "f1"}),
    (Kind.BUSTED, "b1", "0", "", {"minute": 4, "corrects": "f2"}),
    (Kind.DONE_FOR_DAY, "d", "0", "", {"minute": 5}),
)


def tried(block: Block, reports: Iterable[Report]) -> tuple[object, ...]:
    """How it ends when these are taken in turn; nothing of it stays."""
    with transaction.atomic():
        take(*reports)
        found = ending(block)
        transaction.set_rollback(True)
    return found


@pytest.mark.thorough
def test_six_messages_in_any_order_end_alike(sale: Block) -> None:
    """All 720 orders with `--all`; every seventh otherwise, which begins and ends with each message."""
    reports = [told(sale, *what, **more) for *what, more in SIX]  # type: ignore[arg-type]
    orders = list(itertools.permutations(range(6)))[:: 1 if DEPTH == "all" else 7]
    assert {some[0] for some in orders} == {some[-1] for some in orders} == set(range(6))
    ends = set()
    for some in orders:
        ends.add(tried(sale, [reports[place] for place in some]))
    assert ends == {(("part_filled", D(100), D("99.40")), "part_filled", D(100), D("9940.00"), D(100), 0)}


def test_messages_in_turn_and_reversed_end_alike(sale: Block) -> None:
    reports = [told(sale, *what, **more) for *what, more in SIX]  # type: ignore[arg-type]
    ends = set()
    for some in (reports, reports[::-1], reports[3:] + reports[:3]):
        ends.add(tried(sale, some))
    assert ends == {(("part_filled", D(100), D("99.40")), "part_filled", D(100), D("9940.00"), D(100), 0)}


def ending(block: Block) -> tuple[object, ...]:
    standing = now(block)
    order = block.orders.get()
    entries = ExecutedLot.objects.filter(order=order)
    return (
        standing,
        order.state,
        order.filled_quantity,
        sum((one.proceeds for one in entries), D(0)),
        sum((one.quantity for one in entries), D(0)),
        Break.objects.filter(ended_at=None).count(),
    )


def test_a_bust_takes_the_lots_back_by_entries(sale: Block) -> None:
    take(told(sale, Kind.FILL, "f1", str(sale.quantity), "99.50"))
    assert now(sale)[0] == "filled"
    assert Allocation.objects.get(block=sale).number == 1

    take(told(sale, Kind.BUSTED, "b1", corrects="f1", minute=9))

    assert now(sale) == ("working", D(0), None)
    assert sale.ended_at is None
    order = sale.orders.get()
    assert (order.state, order.filled_quantity, order.average_price) == ("working", D(0), None)
    entries = ExecutedLot.objects.filter(order=order)
    assert entries.exists()
    assert sum(one.quantity for one in entries) == 0
    assert sum(one.proceeds for one in entries) == 0
    assert audit.verify().is_intact


def test_more_than_ordered_is_a_break_and_the_excess_stays_apart(sale: Block) -> None:
    take(told(sale, Kind.FILL, "f1", str(sale.quantity), "99.50"), told(sale, Kind.FILL, "f2", "10", "99.50"))
    assert now(sale) == ("filled", sale.quantity, D("99.50"))
    last = sale.allocations.order_by("-number").first()
    assert last is not None
    assert (last.excess_quantity, last.excess_amount) == (D(10), D("995.00"))
    assert [one.cause for one in Break.objects.filter(ended_at=None)] == ["over_filled"]


@pytest.mark.parametrize(
    ("more", "because"),
    [
        ({"reference": "NOBODY"}, fills.NOT_OURS),
        ({"reference": ""}, fills.NOT_OURS),
        ({"account": "ac_nobody"}, fills.OTHER_ACCOUNT),
        ({"exec_id": ""}, fills.NO_ID),
        ({"quantity": D("1e30")}, fills.TOO_LARGE),
        ({"quantity": D("NaN")}, fills.TOO_LARGE),
    ],
)
def test_what_nobody_can_place_is_parked_and_asked_about(
    sale: Block, more: dict[str, object], because: str
) -> None:
    taken = fills.take(replace(told(sale, Kind.FILL, "f1", "100", "99.50"), **more), at=AT)  # type: ignore[arg-type]
    assert (taken.block, taken.fill.parked_because) == (None, because)
    assert [one.cause for one in Break.objects.filter(ended_at=None)] == ["unknown_order"]
    assert now(sale)[1] == 0


def test_a_parked_report_is_matched_by_a_person(sale: Block) -> None:
    parked = fills.take(told(sale, Kind.FILL, "f1", "100", "99.50", reference="B1"), at=AT).fill
    tom = cast.tom()
    with pytest.raises(Refusal, match="No order"):
        fills.match(parked, "B2", user_id=tom.pk, by=Actor.person(tom), at=AT)

    fills.match(parked, sale.reference, user_id=tom.pk, by=Actor.person(tom), at=AT)

    assert now(sale) == ("partly_filled", D(100), D("99.50"))
    assert [one.ending for one in Break.objects.all()] == ["matched"]
    assert audit.verify().is_intact


def test_what_is_still_unknown_stays_parked(sale: Block) -> None:
    fills.take(told(sale, Kind.FILL, "f1", "100", "99.50", reference="LATER"), at=AT)
    assert fills.retry_parked(at=AT) == 0
    assert now(sale)[1] == 0


def test_a_fill_is_reversed_by_hand_once_though_the_broker_busts_it_too(sale: Block) -> None:
    taken = fills.take(told(sale, Kind.FILL, "f1", "100", "99.50"), at=AT)
    tom = cast.tom()
    fills.reverse(taken.fill, reason="Told by telephone", user_id=tom.pk, by=Actor.person(tom), at=AT)
    assert now(sale) == ("working", D(0), None)

    take(told(sale, Kind.BUSTED, "b1", corrects="f1", minute=60))

    assert now(sale) == ("working", D(0), None)
    assert Fill.objects.count() == 3


def test_a_fill_after_a_cancel_counts_and_is_a_break(sale: Block) -> None:
    take(told(sale, Kind.CANCELED, "c"), told(sale, Kind.FILL, "f1", "100", "99.50", minute=1))
    assert now(sale) == ("part_filled", D(100), D("99.50"))
    assert [one.cause for one in Break.objects.filter(ended_at=None)] == ["after_its_end"]


def test_a_broker_that_knows_accounts_fills_orders_one_by_one(sale: Block) -> None:
    order = sale.orders.select_related("account").get()
    report = told(
        sale, Kind.FILL, "f1", "100", "99.5", reference=order.reference, account=order.account.public_id
    )
    take(report, told(sale, Kind.DONE_FOR_DAY, "d", reference=order.reference, minute=9))
    assert now(sale) == ("part_filled", D(100), D("99.50"))
    order.refresh_from_db()
    assert (order.state, order.filled_quantity) == ("part_filled", D(100))


def test_a_smallest_allocation_needs_its_reason(sale: Block) -> None:
    tom = cast.tom()
    with pytest.raises(Refusal, match="ended with a fill"):
        allocating.with_minimum(sale, minimum=D(5), reason="x", user_id=tom.pk, by=Actor.person(tom), at=AT)
    take(told(sale, Kind.FILL, "f1", "100", "99.50"), told(sale, Kind.DONE_FOR_DAY, "d", minute=9))
    with pytest.raises(Refusal, match="needs its reason"):
        allocating.with_minimum(sale, minimum=D(5), reason=" ", user_id=tom.pk, by=Actor.person(tom), at=AT)
    made = allocating.with_minimum(
        sale, minimum=D(5), reason="Too few to be worth a ticket", user_id=tom.pk, by=Actor.person(tom), at=AT
    )
    assert (made.number, made.minimum, made.made_by) == (2, D(5), tom)
    assert audit.verify().is_intact


def test_a_difference_is_split_in_two_that_add_up(sale: Block) -> None:
    parked = fills.take(told(sale, Kind.FILL, "f1", "100", "99.50", reference="B1"), at=AT).fill
    row, tom = Break.objects.get(fill=parked), cast.tom()
    with pytest.raises(Refusal, match="between zero and the whole"):
        breaks.split(row, part=D(100), reason="x", user_id=tom.pk, by=Actor.person(tom), at=AT)
    parts = breaks.split(row, part=D(40), reason="Two trades", user_id=tom.pk, by=Actor.person(tom), at=AT)
    assert [breaks.difference(one) for one in parts] == [D(40), D(60)]
    assert audit.verify().is_intact


def test_orders_of_a_block_keep_their_states_without_news() -> None:
    assert set(Order.objects.values_list("state", flat=True)) == {"exported"}


def test_a_batch_ends_as_its_orders_did() -> None:
    batch = OrderBatch.objects.get()
    both = blocks()
    for name, kind, state in (
        ("sell", Kind.FILL, "released"),
        ("buy", Kind.REJECTED, "partly_done"),
    ):
        block = both[name]
        shares, price = (str(block.quantity), "99.50") if kind is Kind.FILL else ("0", "")
        take(told(block, kind, f"x-{name}", shares, price))
        batch.refresh_from_db()
        assert batch.state == state
