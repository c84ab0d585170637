"""Fills that a trader enters, where the custodian's files bring holdings and no trades."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D

import pytest
from django.urls import reverse

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from rebalancing.execution import orders, untraded
from rebalancing.fills import by_hand, fills
from rebalancing.models import BatchFile, Block, Break, Fill, Order
from rebalancing.reconciliation import reconciling
from tests import cast
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories.at_doors import acted
from tests.factories.next_files import PRICES, next_file
from tests.pages import as_

pytestmark = pytest.mark.django_db
RECORD = "orders at the custodian"
MONDAY_NOON = datetime.fromisoformat("2026-11-23T12:00:00-05:00")
TUESDAY = datetime.fromisoformat("2026-11-24T07:00:00-05:00")
WEDNESDAY = datetime.fromisoformat("2026-11-25T07:00:00-05:00")
TUESDAY_EVENING = datetime.fromisoformat("2026-11-24T18:00:00-05:00")


@pytest.fixture
def sale() -> Block:
    return Block.objects.get(side="sell")


def enter(
    block: Block, shares: D, *, price: str = "100.25", is_all: bool = True, at: datetime = MONDAY_NOON
) -> Block:
    return by_hand.enter(
        block, shares=shares, price=D(price), is_all=is_all, reason="Confirmation 4711.", by=Actor.person(cast.tom()), at=at
    )  # fmt: skip


def test_the_fill_of_the_whole_block_ends_it_and_relieves_the_lots(sale: Block) -> None:
    block = enter(sale, sale.quantity)

    assert (block.state, block.average_price) == ("filled", D("100.25"))
    order = block.orders.get()
    assert (order.state, order.filled_quantity) == ("filled", order.quantity)
    assert sum(one.proceeds for one in order.executed_lots.all()) == order.quantity * D("100.25")
    assert audit.verify().is_intact


def test_more_comes_until_somebody_says_that_nothing_does(sale: Block) -> None:
    assert enter(sale, D(2), is_all=False).state == "partly_filled"
    block = enter(sale, D(3), price="101", is_all=True)
    assert (block.state, block.filled_quantity, block.average_price) == ("part_filled", D(5), D("100.7"))


@pytest.mark.parametrize(
    ("shares", "price", "says"),
    [(D(0), "100", "shares are left"), (D(99_999), "100", "shares are left"), (D(1), "0", "more than zero")],
)
def test_what_cannot_be_is_refused(sale: Block, shares: D, price: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        enter(sale, shares, price=price)
    assert not Fill.objects.exists()


def test_only_a_trader_enters_and_only_where_nobody_else_tells(sale: Block) -> None:
    with pytest.raises(NotAllowed):
        by_hand.enter(
            sale,
            shares=D(1),
            price=D(1),
            is_all=True,
            reason="x",
            by=Actor.person(cast.ana()),
            at=MONDAY_NOON,
        )
    with pytest.raises(Conflict, match="market day has not begun"):
        enter(sale, D(1), at=SUNDAY_NOON)
    enter(sale, sale.quantity)
    with pytest.raises(Conflict, match="is filled"):
        enter(sale, D(1))
    other = Block.objects.filter(side="buy")[0]
    other.route = "Paper"
    assert "reports its fills itself" in (by_hand.refusal(other, at=MONDAY_NOON) or "")


def test_a_wrong_entry_is_taken_back_and_entered_anew(sale: Block) -> None:
    enter(sale, sale.quantity, price="10025")
    tom = cast.tom()
    fills.reverse(
        Fill.objects.get(),
        reason="A slip of the decimal point.",
        user_id=tom.pk,
        by=Actor.person(tom),
        at=MONDAY_NOON,
    )
    sale.refresh_from_db()
    assert by_hand.entered([sale.pk]) == frozenset()
    block = enter(sale, sale.quantity)
    assert (block.state, block.average_price) == ("filled", D("100.25"))


def test_the_next_files_are_compared_with_it_and_fill_nothing_twice(sale: Block) -> None:
    reconciling.run(at=SUNDAY_NOON)
    for block in Block.objects.all():
        enter(block, block.quantity, price=str(PRICES[block.security.symbol]))
    next_file("2026-11-23")
    reconciling.run(at=TUESDAY)

    assert not [str(one) for one in Break.objects.filter(ended_at=None) if one.queue == Break.Queue.FILLS]
    assert Fill.objects.filter(kind="fill").count() == Block.objects.count()
    assert set(Order.objects.values_list("state", flat=True)) == {"filled"}


def test_holdings_that_changed_without_a_trade_told_are_asked_about_until_the_fill_is_entered(
    sale: Block,
) -> None:
    reconciling.run(at=SUNDAY_NOON)
    for file in BatchFile.objects.filter(kind=BatchFile.Kind.ORDERS):
        orders.mark_exported(file, by=Actor.person(cast.tom()), at=SUNDAY_NOON)
    next_file("2026-11-23", tells_trades=False)
    reconciling.run(at=TUESDAY)
    asked = {one.block: one.sentence for one in untraded.questions(Block.objects.all(), at=TUESDAY_EVENING)}
    assert asked[sale].endswith("and no file tells its trades: enter what it was filled with.")

    for block in Block.objects.all():
        enter(block, block.quantity, price=str(PRICES[block.security.symbol]), at=TUESDAY_EVENING)
    assert untraded.questions(Block.objects.all(), at=TUESDAY_EVENING) == []

    next_file("2026-11-24", tells_trades=False)
    reconciling.run(at=WEDNESDAY)
    assert [(str(one.queue), one.sentence) for one in Break.objects.filter(ended_at=None)] == []


def test_the_page_says_what_each_account_gets(sale: Block) -> None:
    set_clock(TUESDAY)
    tom = cast.tom()
    url = reverse("rebalancing:block_filled", args=[sale.public_id])
    assert as_(cast.ana()).get(url).status_code == 404, "a block is of many households"
    answer = acted(tom, url, shares="5", price="100.25", is_all="on", reason="Confirmation 4711.")
    assert answer.status_code == 302, answer.content
    sale.refresh_from_db()
    assert sale.state == "part_filled"
    page = as_(tom).get(reverse("rebalancing:block", args=[sale.public_id])).content.decode()
    assert "at $100.25" in page
