"""What differs between our book and a custodian's file, as breaks to be opened: positions and cash, lots, fills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from clients import figures
from clients.models import Account, LotCorrection, Security, Transaction
from compliance.firm import firm_settings, reconciliation_figures
from rebalancing.engine.market.calendars import new_york
from rebalancing.fills.breaks import Found
from rebalancing.models import Block, Break, ExecutedLot, Order, OrderLot
from rebalancing.reconciliation import actions, books, comparing, file_fills, in_kind
from rebalancing.reconciliation.actions import Found as Acted
from rebalancing.reconciliation.books import Kept
from rebalancing.reconciliation.comparing import Book, Difference, Moved, ThreeWays, Tolerance
from rebalancing.reconciliation.file_fills import FromFiles

ZERO = Decimal(0)
Queue = Break.Queue
SETTLED_WITHIN_DAYS = 10
CAUSES = (
    *(str(one) for one in comparing.Cause),
    *("not_ordered", "shown_otherwise", "not_shown", "other_lots", in_kind.CAUSE),
)
"""The causes that are looked for here: an open break of one of them that is not found again is gone."""


def tolerance(*, on: date) -> Tolerance:
    """The firm's tolerances on a day."""
    figures = firm_settings.in_force(on=on)
    return Tolerance(
        shares=figures.of(reconciliation_figures.SHARES),
        cash=figures.of(reconciliation_figures.CASH),
        basis=figures.of(reconciliation_figures.BASIS),
    )


def positions_and_cash(
    account: Account,
    before: Book,
    now: Book,
    moved: list[Moved],
    *,
    since: date,
    on: date,
    knows_all: bool,
) -> list[Found]:
    limits = tolerance(on=on)
    shares = comparing.positions(
        before, now, moved, since=since, until=on, knows_all=knows_all, tolerance=limits.shares
    )
    money = (
        comparing.cash(before, now, moved, since=since, until=on, tolerance=limits.cash) if knows_all else []
    )
    securities = _securities(one.symbol for one in shares)
    return [
        Found(
            queue=Queue.POSITIONS,
            cause=str(one.cause),
            about=f"{account.public_id} {one.symbol}",
            sentence=f"{account.name}: {_plain(one.ours)} {one.symbol} were to be expected on {figures.day(on)} and the "
            f"custodian shows {_plain(one.theirs)}.",
            account=account,
            security=securities.get(one.symbol),
            ours=one.ours,
            theirs=one.theirs,
        )
        for one in shares
    ] + [
        Found(
            queue=Queue.CASH,
            cause=str(one.cause),
            about=account.public_id,
            sentence=f"{account.name}: cash of ${one.ours:,.2f} was to be expected on {figures.day(on)} and the custodian "
            f"shows ${one.theirs:,.2f}.",
            account=account,
            ours=one.ours,
            theirs=one.theirs,
        )
        for one in money
    ]


def booked(account: Account, acted: Acted, *, since: date, on: date, compared_at: datetime) -> list[Moved]:
    """What the custodian has booked, from before too where it settles only now, or was told only after the book of `since` had
    been compared: a trade that is allocated late is booked as of its day. Of a corporate action that is on record it is the
    cash alone: the shares follow from the action.
    """
    rows = Transaction.objects.filter(
        account=account, traded_on__gt=since - timedelta(days=SETTLED_WITHIN_DAYS), traded_on__lte=on
    ).select_related("security", "source_file")
    return [
        Moved(
            row.security.symbol if row.security else "",
            ZERO if actions.is_told(row, acted.shown) else row.quantity or ZERO,
            row.amount,
            row.traded_on,
            row.settles_on or _settles(row),
            is_ours=row.kind in file_fills.SIDES,
            is_late=_is_late(row, since=since, compared_at=compared_at),
        )
        for row in rows
    ]


def _is_late(row: Transaction, *, since: date, compared_at: datetime) -> bool:
    told_at = row.source_file.loaded_at if row.source_file else None
    return row.traded_on <= since and told_at is not None and told_at > compared_at


def _settles(row: Transaction) -> date:
    if row.kind not in file_fills.SIDES or row.security is None:
        return row.traded_on
    return new_york().add_settlement_days(row.traded_on, row.security.settlement_days)


def unbooked(found: FromFiles, *, since: date, on: date) -> list[Moved]:
    """Fills of ours that no movement confirms yet."""
    moved = []
    for order in found.orders.values():
        if order.block is None or not order.filled_quantity or not since < order.block.trade_on <= on:
            continue
        if found.shown(order.reference) > ZERO:
            continue
        sign = 1 if order.side == "buy" else -1
        moved.append(
            Moved(
                order.security.symbol,
                sign * order.filled_quantity,
                -sign * order.filled_quantity * (order.average_price or ZERO),
                order.block.trade_on,
                order.block.settles_on,
                is_ours=True,
            )
        )
    return moved


def lots(
    account: Account,
    was: Kept,
    now: Book,
    found: FromFiles,
    acted: Acted,
    moved: Iterable[Moved],
    *,
    on: date | None,
) -> list[Found]:
    """Lots that changed by themselves, and sales for which the custodian took other lots than we told it."""
    since, before = was.lots_on, was.book
    if since is None or on is None or on <= since:
        return []
    limits = tolerance(on=on)
    traded = {
        row.security.symbol
        for row in Transaction.objects.filter(account=account, traded_on__gt=since, traded_on__lte=on)
        .exclude(security=None)
        .select_related("security")
        if row.security
    }
    traded |= {one.security.symbol for one in found.orders.values() if one.filled_quantity}
    traded |= {one.symbol for one in moved if one.is_late}
    # What became of lots in a corporate action is on record with the action.
    traded |= acted.symbols(since=since)
    corrected = {
        books.key_of(row.lot.security.symbol, row.lot.key)
        for row in LotCorrection.objects.filter(lot__account=account).select_related("lot__security")
    }
    rows = comparing.lots(before, now, traded, tolerance=limits, corrected=corrected)
    securities = _securities(one.symbol for one in rows)
    return [
        *(
            Found(
                queue=Queue.LOTS,
                cause=str(one.cause),
                about=f"{account.public_id} {one.cause} {one.subject}",
                sentence=_lot_sentence(account, one, on=on),
                account=account,
                security=securities.get(one.symbol),
                ours=one.ours,
                theirs=one.theirs,
            )
            for one in rows
        ),
        *_other_lots(account, was, now, on=on, limits=limits),
    ]


def _lot_sentence(account: Account, one: Difference, *, on: date) -> str:
    if one.cause is comparing.Cause.LOT_BASIS:
        return f"{account.name}: the basis of lot {one.subject} was ${one.ours:,.2f}; the file of {figures.day(on)} says ${one.theirs:,.2f}."
    if one.cause is comparing.Cause.LOT_SHARES:
        return f"{account.name}: lot {one.subject} had {_plain(one.ours)} shares; the file of {figures.day(on)} says {_plain(one.theirs)}."
    return f"{account.name}: the lots of {one.symbol} add up to {_plain(one.ours)} shares and the position is {_plain(one.theirs)}."


def _other_lots(account: Account, was: Kept, now: Book, *, on: date, limits: Tolerance) -> Iterable[Found]:
    for order, ways in lots_three_ways(account, was, now, on=on, limits=limits):
        if ways.agrees:
            continue
        worth = (
            "what that is worth is not known: a basis is missing"
            if ways.gain_difference is None
            else f"the gain is ${ways.gain_difference:+,.2f} against what we told it".replace(
                "$+", "+$"
            ).replace("$-", "−$")
        )
        assert order.block is not None, "only orders of blocks are compared"
        yield Found(
            queue=Queue.LOTS,
            cause="other_lots",
            about=f"{order.reference} lots",
            sentence=f"{account.name}: the custodian relieved other lots of {order.security.symbol} than we told it; {worth}. "
            f"It can be corrected until {figures.day(order.block.settles_on)}.",
            account=account,
            security=order.security,
            block=order.block,
            order=order,
            ours=ZERO,
            theirs=ways.gain_difference,
        )


def lots_three_ways(
    account: Account, was: Kept, now: Book, *, on: date, limits: Tolerance
) -> list[tuple[Order, ThreeWays]]:
    """Each sale that we made in an account since its last lots, with intended, executed and relieved lots.

    Two sales of one security in that time are compared as one: the custodian's lots do not say which of them took what.
    """
    assert was.lots_on is not None, "lots without a day are not compared"
    first = min([was.lots_on, *was.since.values()])
    orders = list(
        Order.objects.filter(
            account=account,
            side="sell",
            filled_quantity__gt=0,
            block__trade_on__gt=first,
            block__trade_on__lte=on,
        )
        .select_related("block", "security")
        .order_by("pk")
    )
    by_security: dict[int, list[Order]] = {}
    for order in orders:
        assert order.block is not None, "only orders of blocks are asked for"
        if order.block.trade_on > was.since.get(order.security.symbol, was.lots_on):
            by_security.setdefault(order.security_id, []).append(order)
    found = []
    for same in by_security.values():
        symbol = same[0].security.symbol
        intended: dict[str, Decimal] = {}
        executed: dict[str, Decimal] = {}
        for use in OrderLot.objects.filter(order__in=same).select_related("lot"):
            key = books.key_of(symbol, use.lot.key)
            intended[key] = intended.get(key, ZERO) + use.quantity
        for key, shares in _executed(same):
            executed[key] = executed.get(key, ZERO) + shares
        if not intended:
            continue
        taken = comparing.relieved(was.book, now, symbol, tolerance=limits.shares)
        if not taken:
            continue  # The custodian's lots do not show the sale yet.
        ways = comparing.three_ways(
            intended,
            {key: shares for key, shares in executed.items() if shares},
            taken,
            was.book.lots,
            tolerance=limits.shares,
        )
        found.append((same[-1], ways))
    return found


def _executed(orders: list[Order]) -> Iterator[tuple[str, Decimal]]:
    """The shares of each lot that our sales took. A block has its entries once all of its accounts have been told of; until
    then what was filled of an order takes its lots as they were instructed, as the entries will.
    """
    for entry in ExecutedLot.objects.filter(order__in=orders).select_related("lot__security"):
        yield books.key_of(entry.lot.security.symbol, entry.lot.key) if entry.lot else "", entry.quantity
    for order in orders:
        assert order.block is not None, "only orders of blocks are asked for"
        if order.block.state in Block.ENDED:
            continue
        left = order.filled_quantity
        for use in order.lots.select_related("lot").order_by("pk"):
            part = min(left, use.quantity)
            left -= part
            yield books.key_of(order.security.symbol, use.lot.key), part


def fills(account: Account, found: FromFiles, *, is_told: set[date]) -> list[Found]:
    """Trades that we did not order, and orders that the custodian shows otherwise than its broker reported them."""
    told: list[Found] = []
    first = account.reconciled_days.order_by("as_of_on", "pk").values_list("as_of_on", flat=True).first()
    if not is_told or first is None:
        return told
    limits = tolerance(on=max(is_told))
    for one in found.matched.strangers:
        if one.traded_on <= max(first, found.since):
            continue  # From before we looked after the account, or long ago.
        row = found.movements[one.key]
        told.append(
            Found(
                queue=Queue.FILLS,
                cause="not_ordered",
                about=f"{account.public_id} movement {one.key}",
                sentence=f"{account.name}: the custodian booked a {one.side} of {_plain(one.shares)} {one.symbol} on "
                f"{figures.day(one.traded_on)} that no order of ours explains.",
                account=account,
                security=row.security,
                ours=ZERO,
                theirs=one.shares,
            )
        )
    for order in found.orders.values():
        if order.block is None or order.reference not in found.told or order.block.trade_on not in is_told:
            continue
        if order.block.trade_on <= found.since:
            continue
        shown = found.shown(order.reference)
        if order.state in Order.ENDED and abs(shown - order.filled_quantity) > limits.shares:
            cause = "shown_otherwise" if shown else "not_shown"
            teller = "a trader" if order.block.is_by_file else order.block.route
            told.append(
                Found(
                    queue=Queue.FILLS,
                    cause=cause,
                    about=f"{order.reference} shown",
                    sentence=f"{account.name}: {teller} reported {_plain(order.filled_quantity)} "
                    f"{order.security.symbol} filled and the custodian’s file shows {_plain(shown)}.",
                    account=account,
                    security=order.security,
                    block=order.block,
                    order=order,
                    ours=order.filled_quantity,
                    theirs=shown,
                )
            )
    return told


def _securities(symbols: Iterable[str]) -> dict[str, Security]:
    return {one.symbol: one for one in Security.objects.filter(symbol__in=set(symbols))}


def _plain(figure: Decimal | None) -> str:
    return "nothing" if figure is None else figures.quantity(figure)
