"""What is true after every day, worked out again from the custodians' books, from movements and from fills, by other code than the product's."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal as D

from clients.models import Account, CashBalance, CustodianFile, Household, Position, TaxLot, Transaction
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.models import Review
from rebalancing.engine.market.calendars import new_york
from rebalancing.execution import untraded
from rebalancing.models import (
    Allocation,
    Block,
    Break,
    ExecutedLot,
    Fill,
    FixInbox,
    FixOutbox,
    Order,
    OrderBatch,
    Proposal,
    Reading,
    Release,
    ScanItem,
    ScanRun,
)
from rebalancing.models.blocks import FILE_ROUTE
from tests.simulation import securities
from tests.simulation.books import Book
from tests.simulation.days import World
from tests.simulation.market import CENT

ZERO = D(0)
WINDOW = timedelta(days=30)
HELD_MAX = 12
"""Sessions that a block is held at most: what waits for sales also waits while an issuer acts."""


def hold(world: World, day: date) -> None:
    """Everything below; all that is not true is told at once."""
    wrong = found(world, day)
    assert not wrong, "\n".join(wrong)


def found(world: World, day: date) -> list[str]:
    """What is not true after a day."""
    accounts = {one.number: one for one in Account.objects.select_related("household")}
    books = world.custodians.books.items()
    wrong = []
    for promise in (
        *(
            lambda number=number, book=book: the_record_is_what_the_custodian_told(
                world, accounts[number], book, day
            )
            for number, book in books
        ),
        *(
            lambda number=number, book=book: cash_is_never_negative(world, accounts[number], book, day)
            for number, book in books
        ),
        lambda: fills_are_what_was_executed(world),
        lots_add_up,
        lambda: no_wash_sale_is_ours(world),
        lambda: securities.actions_are_seen_through(world, day),
        lambda: securities.nobody_trades_into_an_action(world),
        lambda: securities.prices_are_right_or_in_dispute(world, day),
        lambda: securities.nothing_was_ordered_at_a_wrong_price(world, day),
        lambda: nothing_is_left_behind(world, day),
        lambda: every_household_was_read(day),
        the_trail_verifies,
    ):
        try:
            promise()
        except AssertionError as error:
            wrong.append(str(error))
    return wrong


def the_trail_verifies() -> None:
    verification = audit.verify()
    assert verification.is_intact, verification


# ── P1, P2: no share and no cent made or lost ───────────────────────────────────────────────────


def the_record_is_what_the_custodian_told(world: World, account: Account, book: Book, day: date) -> None:
    """Movements one by one, and holdings, lots and cash as they were added up from the opening by those that arrived. What an
    issuer did since then is in holdings and lots as soon as two people have agreed to it.
    """
    told = {one.key: (one.kind, one.traded_on, one.shares, one.dollars) for one in book.moves[: book.told]}
    rows = Transaction.objects.filter(account=account).values_list(
        "key", "kind", "traded_on", "quantity", "amount"
    )
    record = {key: (kind, on, count or ZERO, dollars) for key, kind, on, count, dollars in rows}
    assert record == told, (str(account), _differing(record, told))
    shares: dict[str, D] = defaultdict(lambda: ZERO, book.opening)
    for one in book.moves[: book.told]:
        if one.symbol:
            shares[one.symbol] += one.shares
    unseen = [event for event in world.issuers.events if (book.told_on or date.min) < event.on <= day]
    expected = {name: count for name, count in shares.items() if count}
    for event in unseen:
        row = world.desk.standing(event)
        if row is not None and hasattr(row, "agreement"):
            expected = event.after(expected)
    named = world.market.named
    positions = Position.objects.filter(account=account).values_list("security__symbol", "quantity")
    held = {named(symbol): count for symbol, count in positions}
    assert held == expected, (str(account), held, expected)
    lots: dict[str, D] = defaultdict(lambda: ZERO)
    basis: dict[str, D] = defaultdict(lambda: ZERO)
    rows = TaxLot.objects.filter(account=account, closed_on=None)
    for symbol, count, dollars in rows.values_list("security__symbol", "quantity", "basis"):
        lots[named(symbol)] += count
        basis[named(symbol)] += dollars
    assert dict(lots) == held, (str(account), dict(lots), held)
    if not unseen:
        told_basis: dict[str, D] = defaultdict(lambda: ZERO)
        for name, _, dollars in book.told_lots.values():
            told_basis[name] += dollars
        assert basis == told_basis, (str(account), dict(basis), dict(told_basis))
    cash = CashBalance.objects.get(account=account)
    dollars = book.opening_cash + sum((one.dollars for one in book.moves[: book.told]), ZERO)
    assert cash.settled + cash.unsettled == dollars, (str(account), cash.settled, cash.unsettled, dollars)


def fills_are_what_was_executed(world: World) -> None:
    """Order by order: what our fills add up to is what its custodian booked of it, or it is still in flight."""
    booked: dict[str, D] = defaultdict(lambda: ZERO)
    paid: dict[str, D] = defaultdict(lambda: ZERO)
    arrived: dict[str, bool] = {}
    for book in world.custodians.books.values():
        for place, one in enumerate(book.moves):
            if one.order:
                booked[one.order] += abs(one.shares)
                paid[one.order] += abs(one.dollars)
                arrived[one.order] = place < book.told
    executed = world.broker.executed()
    for block in Block.objects.prefetch_related("orders"):
        orders = list(block.orders.all())
        assert sum(one.filled_quantity for one in orders) == block.filled_quantity, block.reference
        if not block.is_by_file:
            _, done, dollars = executed.get(block.reference, (None, ZERO, ZERO))
            if world.broker.is_silent and not FixInbox.objects.filter(done_at=None).exists():
                assert min(done, block.quantity) == block.filled_quantity, (
                    block.reference,
                    done,
                    block.filled_quantity,
                )
        last = Allocation.objects.filter(block=block).order_by("-number").first()
        if block.state not in Block.ENDED or last is None:
            continue
        parts = {one.order.reference: one for one in last.parts.select_related("order")}
        assert sum(one.quantity for one in parts.values()) == block.filled_quantity, block.reference
        if not block.is_by_file and world.broker.is_silent:
            assert sum(one.amount for one in parts.values()) + last.excess_amount == dollars, (
                block.reference,
                dollars,
            )
        for name, one in parts.items():
            if arrived.get(name):
                assert one.quantity == booked[name], (name, one.quantity, booked[name])
                assert abs(one.amount - paid[name]) <= CENT, (name, one.amount, paid[name])
    known = {one.reference: one for one in Order.objects.all()}
    for name, shares in booked.items():
        if arrived[name]:
            assert known[name].filled_quantity == shares, (name, known[name].filled_quantity, shares)


def lots_add_up() -> None:
    """What ended sales relieved is what was filled of them and brought the dollars of their part; nothing else has entries."""
    entries: dict[int, list[ExecutedLot]] = defaultdict(list)
    for entry in ExecutedLot.objects.select_related("lot"):
        entries[entry.order_id].append(entry)
    for order in Order.objects.filter(side="sell", block__isnull=False).select_related("block"):
        assert order.block is not None
        shares = sum((one.quantity for one in entries[order.pk]), ZERO)
        dollars = sum((one.proceeds for one in entries[order.pk]), ZERO)
        if order.block.state not in Block.ENDED:
            assert (shares, dollars) == (ZERO, ZERO), (order.reference, shares, dollars)
            continue
        last = Allocation.objects.filter(block=order.block).order_by("-number").first()
        part = last.parts.get(order=order) if last else None
        assert shares == order.filled_quantity, (order.reference, shares, order.filled_quantity)
        assert dollars == (part.amount - part.cost if part else ZERO), (order.reference, dollars)
        by_lot: dict[int | None, D] = defaultdict(lambda: ZERO)
        for one in entries[order.pk]:
            by_lot[one.lot_id] += one.quantity
        assert all(count >= 0 for count in by_lot.values()), (order.reference, dict(by_lot))
    assert not [
        one
        for key, some in entries.items()
        for one in some
        if not Order.objects.filter(pk=key, side="sell").exists()
    ]


# ── P3: cash ────────────────────────────────────────────────────────────────────────────────────


def cash_is_never_negative(world: World, account: Account, book: Book, day: date) -> None:
    """Neither by what has settled, nor on any later day on which what was traded settles.

    As shipped both sides of an account go together in a file: there a sale that fell short may leave a purchase unpaid.
    """
    if not world.purchases_wait:
        sales = Order.objects.filter(account=account, side="sell", block__route=FILE_ROUTE)
        if sales.exclude(state="filled").exists():
            return
    settled = book.cash(settled_by=day)
    assert settled >= 0, (book.number, day, settled)
    for later, dollars in book.to_settle(day).items():
        settled += dollars
        assert settled >= 0, (book.number, later, settled)


# ── P4: wash sales ──────────────────────────────────────────────────────────────────────────────


def no_wash_sale_is_ours(world: World) -> None:
    """For each loss that we took, nobody of the household bought the same through us within thirty days, the IRAs included."""
    bought: dict[tuple[str, str], list[tuple[date, str, D]]] = defaultdict(list)
    for book in world.custodians.books.values():
        for one in book.moves:
            if one.order and one.shares > 0:
                bought[book.household, world.market.known[one.symbol].wash_group].append(
                    (one.traded_on, one.order, one.shares)
                )
    for book in world.custodians.books.values():
        if not book.is_taxable:
            continue
        for sold in book.closed:
            if not sold.order or sold.proceeds >= sold.basis:
                continue
            for on, order, shares in bought[book.household, world.market.known[sold.symbol].wash_group]:
                is_the_lot_itself = sold.acquired == on
                assert abs(on - sold.sold_on) > WINDOW or is_the_lot_itself, (
                    f"{book.household} sold {sold.shares} {sold.symbol} at a loss of {sold.basis - sold.proceeds} on "
                    f"{sold.sold_on} ({sold.order}) and bought {shares} on {on} ({order})"
                )


# ── No zombies ──────────────────────────────────────────────────────────────────────────────────


def nothing_is_left_behind(world: World, day: date) -> None:
    """Whatever is open is open for a reason that somebody can read; everything else has ended."""
    now = world.now
    found = {
        "releases that were never closed": Release.objects.exclude(state=Release.State.CLOSED),
        "orders of blocks that ended": Order.objects.exclude(state__in=Order.ENDED).filter(block__state__in=Block.ENDED),
        "ended orders of blocks that live": Order.objects.filter(
            state__in=(Order.State.FILLED, Order.State.PART_FILLED)
        ).exclude(block__state__in=(*Block.ENDED, Block.State.PARTLY_FILLED)),
        "batches without an open order": OrderBatch.objects.filter(state="released").exclude(
            orders__state__in=(*Order.UNSENT, *Order.WITH_THE_BROKER)
        ),
        "reviews past their end": Review.objects.filter(state__in=("open", "returned"), expires_at__lte=now),
        "approvals that nobody can use": Review.objects.filter(
            state="approved", used_at=None, expires_at__lte=now
        ),
        "proposals without a living review": Proposal.objects.filter(state__in=Proposal.OPEN_STATES).exclude(
            revisions__review__state__in=("open", "returned", "approved")
        ),
        "runs": ScanRun.objects.filter(state="running"),
        "households that wait": ScanItem.objects.filter(state__in=("waiting", "leased")),
        "households that failed": ScanItem.objects.filter(state="failed"),
        "messages that nobody took": FixInbox.objects.filter(done_at=None),
        "messages that never left": FixOutbox.objects.filter(sent_at=None, withheld_at=None),
        "files": CustodianFile.objects.filter(state="previewed"),
        "fills of nobody": Fill.objects.filter(block=None),
    }  # fmt: skip
    left = {what: [_told(one) for one in some] for what, some in found.items() if some.exists()}
    assert not left, left
    open_blocks = Block.objects.exclude(state__in=Block.ENDED).filter(trade_on__lte=day)
    nameless = [_told(block) for block in open_blocks if not _lives_for_a_reason(world, block, day)]
    assert not nameless, f"blocks of days gone by: {nameless}"
    unasked = [
        _told(row) for row in Break.objects.filter(ended_at=None) if not _is_known_to_differ(world, row)
    ]
    assert not unasked, f"breaks of nothing: {unasked}"


def _lives_for_a_reason(world: World, block: Block, day: date) -> bool:
    """Its broker has more to say, the custodian's file of its day has not come, or a trader is asked about it, for three days."""
    told_on = min(
        world.custodians.books[one.account.number].told_on or date.min
        for one in block.orders.select_related("account")
    )
    if told_on < block.trade_on or (not block.is_by_file and not world.broker.is_silent):
        return True
    age = len(new_york().sessions_between(block.trade_on, day)) - 1
    if block.state == Block.State.HELD:
        released_on = block.release.started_at.astimezone(EASTERN).date()
        return bool(block.held_reason) and len(new_york().sessions_between(released_on, day)) <= HELD_MAX
    has_word = block.reference in world.broker.silenced() or block.is_by_file
    is_asked = age == 0 or untraded.questions([block], at=world.now)
    return bool(block.state in Block.WITH_THE_BROKER and has_word and is_asked and age <= 3)


def _is_known_to_differ(world: World, row: Break) -> bool:
    """Whether the custodian did what the break says: everything else is a false alarm."""
    number = row.account.number if row.account else ""
    if row.cause == "lot_basis":
        return any(number == known and row.about.endswith(key) for known, key in world.custodians.restated)
    if row.cause == "other_lots":
        return row.order is not None and row.order.reference in world.custodians.other_lots
    return securities.is_not_agreed_to_yet(world, row)


def every_household_was_read(day: date) -> None:
    """By the day's scan, with a reason; what could not be measured says why."""
    read = {
        one.household.code: one
        for one in Reading.objects.filter(run__market_on=day).select_related("household").order_by("pk")
    }
    missing = set(Household.objects.filter(closed_on=None).values_list("code", flat=True)) - set(read)
    assert not missing, f"nobody read {missing} on {day}"
    assert all(one.reason for one in read.values()), [code for code, one in read.items() if not one.reason]


def _told(one: object) -> str:
    if isinstance(one, Block):
        return f"{one.reference} {one.side} {one.quantity} {one.security.symbol} {one.state} {one.route} of {one.trade_on}"
    if isinstance(one, Break):
        return f"{one.queue} {one.cause}: {one.sentence}"
    return str(one)


def _differing(ours: dict[str, object], theirs: dict[str, object]) -> dict[str, tuple[object, object]]:
    return {
        key: (ours.get(key), theirs.get(key))
        for key in ours.keys() | theirs.keys()
        if ours.get(key) != theirs.get(key)
    }
