"""Fills from custodians' files: the movements that are our orders' become reports, as if their broker had sent them.

An order that a FIX session or a trader's hand fills is not filled a second time by the file that confirms it: there the
two are compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from clients.models import Account, FileAccount, Transaction
from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york
from rebalancing.execution.reports import Kind, Report
from rebalancing.fills import by_hand, fills
from rebalancing.models import Block, Fill, Order
from rebalancing.reconciliation import matching
from rebalancing.reconciliation.matching import Booked, Matched, Sent

ZERO = Decimal(0)
PREFIX = "file:"
LOOKS_BACK_DAYS = 14
"""How long after its day a movement is still looked for: files can come late."""
MATCHES_BACK_DAYS = LOOKS_BACK_DAYS + 7
"""Movements and orders are matched a little further back, so that neither is judged at the edge without the other."""
SIDES = {str(Transaction.Kind.BUY): "buy", str(Transaction.Kind.SELL): "sell"}


@dataclass(frozen=True, slots=True)
class FromFiles:
    """What the files say of our orders in one account since a day. `shown` are the shares they show of each, by reference.

    `told` are the references of orders whose fills are known otherwise, from a FIX session or by a trader's hand: the
    files are compared with those.
    """

    matched: Matched
    orders: dict[str, Order]
    movements: dict[str, Transaction]
    since: date
    told: frozenset[str]

    def shown(self, reference: str) -> Decimal:
        return sum((one.shares for one in self.matched.by_order.get(reference, ())), ZERO)


def of(account: Account, *, on: date) -> FromFiles:
    """Movements of the last days against the orders that can have made them, changing nothing."""
    since, first = on - timedelta(days=LOOKS_BACK_DAYS), on - timedelta(days=MATCHES_BACK_DAYS)
    rows = list(
        Transaction.objects.filter(
            account=account, kind__in=SIDES, security__isnull=False, traded_on__gt=first, traded_on__lte=on
        )
        .exclude(quantity=None)
        .exclude(quantity=0)
        .select_related("security")
        .order_by("traded_on", "pk")
    )
    orders = {
        one.reference: one
        for one in Order.objects.filter(account=account)
        .filter(
            Q(block__trade_on__gt=first) | Q(block=None, batch__released_at__gte=market_days.opened_at(first))
        )
        .select_related("security", "block", "batch", "account")
        .defer("account__number")
        .order_by("pk")
        if one.block is None or one.block.sent_at is not None or one.block.state == Block.State.READY
    }
    by_exec = {exec_id_of(row): row for row in rows}
    known = {
        by_exec[exec_id].key: reference
        for exec_id, reference in Fill.objects.filter(
            account_ref=account.public_id, exec_id__in=by_exec, order__isnull=False
        ).values_list("exec_id", "order__reference")
    }
    by_traders = by_hand.entered({one.block.pk for one in orders.values() if one.block})
    return FromFiles(
        matched=matching.match(
            [_sent(one, account) for one in orders.values()],
            [_booked(row, account) for row in rows],
            known=known,
        ),
        orders=orders,
        movements={row.key: row for row in rows},
        since=since,
        told=frozenset(
            reference
            for reference, one in orders.items()
            if one.block and (not one.block.is_by_file or one.block.pk in by_traders)
        ),
    )


def take(found: FromFiles, account: Account, *, is_told: set[date], at: datetime) -> int:
    """Put the fills of orders that go by file on record, and end the day orders of which the file shows only a part.

    `is_told` are the days whose movements a file has brought. Returns how many reports were new.
    """
    count = 0
    for reference, movements in sorted(found.matched.by_order.items()):
        order = found.orders.get(reference)
        if order is None or order.block is None or reference in found.told:
            continue
        for one in movements:
            report = report_of(found.movements[one.key], order, account)
            count += fills.take(report, at=at).is_new
        if order.block.trade_on in is_told and found.shown(reference) < order.quantity:
            count += fills.take(_done(order, account), at=at).is_new
    return count


def days_told(account: Account, days: Iterable[date]) -> set[date]:
    """The days whose movements a loaded file has brought."""
    last = (
        FileAccount.objects.filter(
            account=account, state=FileAccount.State.LOADED, counts__has_key="transactions"
        )
        .exclude(file__as_of_on=None)
        .order_by("-file__as_of_on")
        .values_list("file__as_of_on", flat=True)
        .first()
    )
    return set() if last is None else {day for day in days if day <= last}


def report_of(row: Transaction, order: Order, account: Account) -> Report:
    """A movement as its broker would have reported it."""
    assert row.quantity is not None, "only movements of shares are matched"
    shares = abs(row.quantity)
    return Report(
        broker=account.custodian,
        reference=order.reference,
        exec_id=exec_id_of(row),
        kind=Kind.FILL,
        symbol=order.security.symbol,
        side=order.side,
        trade_on=row.traded_on,
        transacted_at=market_days.closed_at(row.traded_on),
        account=account.public_id,
        quantity=shares,
        price=price_of(row, shares),
        text="From the custodian’s file.",
    )


def price_of(row: Transaction, shares: Decimal) -> Decimal:
    """Dollars a share before costs: as the file states it, else what was paid without them."""
    if row.price:
        return row.price
    gross = abs(row.amount) + (row.fees if row.amount > ZERO else -row.fees)
    return (gross / shares).quantize(Decimal("0.000001"))


def exec_id_of(row: Transaction) -> str:
    return f"{PREFIX}{row.key}"[:120]


def _done(order: Order, account: Account) -> Report:
    assert order.block is not None, "only orders of blocks are filled by files"
    day = order.block.trade_on
    return Report(
        broker=account.custodian,
        reference=order.reference,
        exec_id=f"{PREFIX}{order.reference}:done",
        kind=Kind.DONE_FOR_DAY,
        symbol=order.security.symbol,
        side=order.side,
        trade_on=day,
        transacted_at=market_days.closed_at(day),
        account=account.public_id,
        text="The custodian’s file of the day shows no more of it.",
    )


def _sent(order: Order, account: Account) -> Sent:
    """When it can have traded: in its session, or in the next one for a fund that came after the cut-off."""
    day = order.block.trade_on if order.block else market_days.trade_day(order.batch.released_at)
    return Sent(
        order.reference,
        account.public_id,
        order.security.symbol,
        order.side,
        order.quantity,
        frozenset({day, new_york().session_after(day)}),
        order.filled_quantity if order.state in Order.ENDED else None,
    )


def _booked(row: Transaction, account: Account) -> Booked:
    assert row.security is not None, "only trades of a security are asked for"
    assert row.quantity is not None, "only trades of shares are asked for"
    return Booked(
        row.key,
        account.public_id,
        row.security.symbol,
        SIDES[row.kind],
        abs(row.quantity),
        row.traded_on,
    )
