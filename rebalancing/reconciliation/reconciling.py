"""The next morning: each account whose file is new is compared with our book, and what differs becomes a break.

Fills are read from the file first, so that what it confirms is no difference. Then positions, cash, lots and fills are
compared, and the account as the custodian shows it is kept as the start of the next day. Running it again on the same
file finds the same; killed at any point, it starts over with the account it was at.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from clients.corporate_actions import applying
from clients.models import Account, FileAccount
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.fills import breaks, fills
from rebalancing.fills.breaks import Found
from rebalancing.models import Break, Reconciled
from rebalancing.reconciliation import actions, books, comparing, file_fills, finding, in_kind
from rebalancing.reconciliation.books import Kept
from rebalancing.reconciliation.comparing import Book, Moved
from rebalancing.reconciliation.file_fills import FromFiles

DESK = Actor.system("reconciliation")
Queue = Break.Queue


def due(accounts: Collection[int] | None = None) -> list[int]:
    """The accounts with a file that has not been compared yet."""
    known = Account.objects.filter(closed_on=None)
    if accounts is not None:
        known = known.filter(pk__in=accounts)
    keys = set(known.values_list("pk", flat=True))
    days = books.days(keys)
    last = {
        account: (day, at)
        for account, day, at in Reconciled.objects.filter(account__in=keys)
        .order_by()
        .values_list("account")
        .annotate(day=Max("as_of_on"), at=Max("reconciled_at"))
    }
    loaded = dict(
        FileAccount.objects.filter(account__in=keys, state=FileAccount.State.LOADED)
        .order_by()
        .values_list("account")
        .annotate(at=Max("file__loaded_at"))
    )
    found = []
    for account, day in days.items():
        was = last.get(account)
        at = loaded.get(account)
        if was is None or day > was[0] or (at is not None and at > was[1]):
            found.append(account)
    return sorted(found)


def run(*, at: datetime, accounts: Collection[int] | None = None, by: Actor = DESK) -> int:
    """Compare every account that has a new file. Returns how many breaks are open in them."""
    fills.retry_parked(at=at)
    # What issuers did to their securities is on the record before it is compared.
    applying.run(at=at, accounts=accounts)
    count = 0
    for key in due(accounts):
        count += account_day(key, at=at, by=by)
    return count


def account_day(key: int, *, at: datetime, by: Actor = DESK) -> int:
    """Compare one account with its file, in a transaction of its own; how many breaks were found."""
    account = Account.objects.select_related("cash", "household").defer("number").get(pk=key)
    on = books.days([key])[key]
    found = file_fills.of(account, on=on)
    days = {one.block.trade_on for one in found.orders.values() if one.block} | {on}
    is_told = file_fills.days_told(account, days)
    file_fills.take(found, account, is_told=is_told, at=at)
    with transaction.atomic(), audit.lines_last():
        account = (
            Account.objects.select_for_update(of=("self",))
            .select_related("cash", "household")
            .defer("number")
            .get(pk=key)
        )
        found = file_fills.of(account, on=on)
        return _compare(account, found, on=on, knows_all=on in is_told, is_told=is_told, at=at, by=by)


def _compare(
    account: Account,
    found: FromFiles,
    *,
    on: date,
    knows_all: bool,
    is_told: set[date],
    at: datetime,
    by: Actor,
) -> int:
    last = account.reconciled_days.filter(as_of_on__lt=on).exclude(book={}).first()
    actions.settle(account, books.read(last.book) if last else None, on=last.as_of_on if last else on, at=at)
    acted = actions.of(account, on=on)
    now, lots_on = books.of(account, on=on)
    if last is None:
        fresh: list[Break] = []
        kept = Kept(now, lots_on, actions=acted.names)
    else:
        was = books.read(last.book)
        moved = [
            *finding.booked(account, acted, since=last.as_of_on, on=on, compared_at=last.reconciled_at),
            *finding.unbooked(found, since=last.as_of_on, on=on),
            *in_kind.shown(account, since=last.as_of_on, on=on),
        ]
        in_book = actions.booked_before(
            account, acted, was, since=last.as_of_on, compared_at=last.reconciled_at
        )
        moved += actions.moved(acted, was, now, moved, in_book=in_book, since=last.as_of_on, on=on)
        differences = [
            *finding.positions_and_cash(
                account, was.book, now, moved, since=last.as_of_on, on=on, knows_all=knows_all
            ),
            *finding.lots(account, was, now, found, acted, moved, on=lots_on),
            *finding.fills(account, found, is_told=is_told),
            *in_kind.unexplained(account, since=last.as_of_on, on=on),
        ]
        fresh = breaks.settle(differences, among=_among(account, found), on=on, at=at, by=by)
        carried = _carried(was, now, lots_on, moved, fresh, differences, since=last.as_of_on, on=on)
        kept = replace(carried, actions=acted.names)
        account.reconciled_days.filter(as_of_on__lt=last.as_of_on).exclude(book={}).update(book={})
    Reconciled.objects.create(
        account=account, as_of_on=on, book=books.stored(kept), breaks=len(fresh), reconciled_at=at
    )
    return len(fresh)


def _among(account: Account, found: FromFiles) -> list[Break]:
    """The open breaks that were looked for: those of what the files of these days no longer tell of stay."""
    rows = Break.objects.filter(account=account, ended_at=None, cause__in=finding.CAUSES).select_related(
        "parent", "order"
    )
    keys = {
        f"{account.public_id} movement {key}"[:160]
        for key, row in found.movements.items()
        if row.traded_on > found.since
    }
    looked_at = {
        key for key, order in found.orders.items() if order.block and order.block.trade_on > found.since
    }
    return [
        row
        for row in rows
        if not (row.cause == "not_ordered" and row.about not in keys)
        and not (
            row.cause in ("shown_otherwise", "not_shown")
            and row.order
            and row.order.reference not in looked_at
        )
    ]


def _carried(
    was: Kept,
    now: Book,
    lots_on: date | None,
    moved: list[Moved],
    fresh: list[Break],
    differences: list[Found],
    *,
    since: date,
    on: date,
) -> Kept:
    """The book from which the next day is expected: the custodian's, but ours where a difference is still open."""
    is_open = {(row.queue, row.security_id) for row in fresh}
    shares = dict(now.shares)
    for one in differences:
        if one.queue == Queue.POSITIONS and one.security and (one.queue, one.security.pk) in is_open:
            assert one.ours is not None, "what was expected is known"
            shares[one.security.symbol] = one.ours
    settled, cash = now.settled, now.cash
    if any(row.queue == Queue.CASH for row in fresh) or now.cash is None:
        settled, cash = comparing.expected_cash(was.book, moved, since=since, until=on)
    if lots_on is None:
        return Kept(Book(shares, settled, cash, was.book.lots), was.lots_on, was.since)
    asked = {row.security.symbol for row in fresh if row.queue == Queue.LOTS and row.security}
    lots = {key: lot for key, lot in now.lots.items() if lot.symbol not in asked}
    lots |= {key: lot for key, lot in was.book.lots.items() if lot.symbol in asked}
    before = was.lots_on or lots_on
    return Kept(
        Book(shares, settled, cash, lots),
        lots_on,
        {symbol: was.since.get(symbol, before) for symbol in asked},
    )
