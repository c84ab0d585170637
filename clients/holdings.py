"""Positions, cash and transactions as files bring them in, and whether lots add up to positions."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from clients.custodians.rows import CashKind, CashRow, PositionRow, TransactionRow
from clients.models import Account, CashBalance, CustodianFile, Position, Security, TaxLot, Transaction
from compliance import audit
from compliance.actors import Actor
from rebalancing.engine.money import cents

ZERO = Decimal(0)
# Custodians round fractions of shares; anything larger than this is a difference.
SHARES_TOLERANCE = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class PositionChanges:
    """Counts for the preview: symbols that are new, changed, the same, and no longer there."""

    new: int
    changed: int
    unchanged: int
    disappeared: int

    @property
    def counts(self) -> dict[str, int]:
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "disappeared": self.disappeared,
        }


def position_changes(
    account: Account, rows: Sequence[PositionRow], securities: dict[str, Security]
) -> PositionChanges:
    """Compare a file's positions with those on record, changing nothing."""
    on_record = {row.security_id: row.quantity for row in account.positions.all()}
    fresh = {securities[symbol].pk: quantity for symbol, quantity in _quantities(rows).items()}
    shared = fresh.keys() & on_record.keys()
    changed = sum(1 for key in shared if fresh[key] != on_record[key])
    return PositionChanges(
        new=len(fresh.keys() - on_record.keys()),
        changed=changed,
        unchanged=len(shared) - changed,
        disappeared=len(on_record.keys() - fresh.keys()),
    )


def replace_positions(
    account: Account,
    rows: Sequence[PositionRow],
    *,
    securities: dict[str, Security],
    as_of_on: date,
    source_file: CustodianFile | None,
) -> None:
    """Restate an account's positions. The same symbol held in cash and in margin is one position."""
    merged: dict[str, list[PositionRow]] = defaultdict(list)
    for row in rows:
        if row.quantity is not None:
            merged[row.symbol].append(row)
    account.positions.all().delete()
    Position.objects.bulk_create(
        Position(
            account=account,
            security=securities[symbol],
            quantity=sum((row.quantity or ZERO for row in same), ZERO),
            market_value=_total([row.value for row in same]),
            reinvests_dividends=next((row.reinvest for row in same if row.reinvest is not None), None),
            as_of_on=same[0].as_of or as_of_on,
            source_file=source_file,
            source_line=same[0].origin.line or None,
        )
        for symbol, same in merged.items()
    )


def replace_cash(
    account: Account, rows: Sequence[CashRow], *, as_of_on: date, source_file: CustodianFile | None
) -> None:
    """Restate an account's cash: settled (a margin debit counts against it) and pending."""
    pending = [row for row in rows if row.kind is CashKind.PENDING]
    settle_days = [row.settles_on for row in pending if row.settles_on]
    CashBalance.objects.update_or_create(
        account=account,
        defaults={
            "settled": cents(sum((row.amount for row in rows if row.kind is not CashKind.PENDING), ZERO)),
            "unsettled": cents(sum((row.amount for row in pending), ZERO)),
            "unsettled_settles_on": max(settle_days, default=None),
            "as_of_on": as_of_on,
            "source_file": source_file,
            "source_line": rows[0].origin.line or None if rows else None,
        },
    )


def add_transactions(
    account: Account,
    rows: Sequence[TransactionRow],
    *,
    securities: dict[str, Security],
    source_file: CustodianFile | None,
) -> int:
    """Add what is not on record yet and return how many there were; a known key is left as it is."""
    known = set(account.transactions.values_list("key", flat=True))
    fresh = {key: row for row in rows if (key := transaction_key(row)) not in known}
    Transaction.objects.bulk_create(
        [
            Transaction(
                account=account,
                security=securities[row.symbol] if row.symbol else None,
                key=key,
                kind=str(row.kind),
                traded_on=row.trade_on,
                settles_on=row.settles_on,
                quantity=row.quantity,
                price=row.price,
                amount=cents(row.amount) if row.amount is not None else ZERO,
                fees=cents(row.fees) if row.fees is not None else ZERO,
                lot_key=row.lot_id or "",
                description=(row.description or "")[:200],
                source_file=source_file,
                source_line=row.origin.line or None,
            )
            for key, row in fresh.items()
        ],
        batch_size=2_000,
    )
    return len(fresh)


def transaction_key(row: TransactionRow) -> str:
    """The custodian's id, else a digest of what the row says and its ordinal among identical rows."""
    if row.transaction_id:
        return row.transaction_id
    said = (row.kind, row.trade_on, row.symbol, row.quantity, row.price, row.amount, row.description)
    return f"{hashlib.sha256(repr(said).encode()).hexdigest()[:32]}#{row.ordinal}"


def reconcile(account: Account, *, as_of_on: date, by: Actor, at: datetime) -> None:
    """Compare the sum of open lots with each position and write down what differs.

    An account that differs is not traded: the note says where, so that a person can settle it. Money
    market sweeps carry no lots and are not compared.
    """
    lots = dict(
        TaxLot.objects.filter(account=account, closed_on=None)
        .values_list("security__symbol")
        .annotate(total=Sum("quantity"))
    )
    positions = {
        position.security.symbol: position.quantity
        for position in account.positions.select_related("security")
        if position.security.kind != Security.Kind.MONEY_MARKET or position.security.symbol in lots
    }
    differences = [
        f"{symbol}: lots {lots.get(symbol, ZERO).normalize():f}, position {positions.get(symbol, ZERO).normalize():f}"
        for symbol in sorted(lots.keys() | positions.keys())
        if abs(lots.get(symbol, ZERO) - positions.get(symbol, ZERO)) > SHARES_TOLERANCE
    ]
    before = account.reconciliation
    states = Account.Reconciliation
    account.reconciliation = states.BROKEN if differences else states.RECONCILED
    account.reconciled_on = as_of_on
    account.reconciliation_note = "; ".join(differences)
    account.save(update_fields=["reconciliation", "reconciled_on", "reconciliation_note"])
    if account.reconciliation != before and (differences or before == states.BROKEN):
        action = audit.Action.ACCOUNT_UNRECONCILED if differences else audit.Action.ACCOUNT_RECONCILED
        audit.record(action, about=account, by=by, at=at, as_of=as_of_on, differences=differences)


def _quantities(rows: Sequence[PositionRow]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.quantity is not None:
            totals[row.symbol] += row.quantity
    return totals


def _total(values: Sequence[Decimal | None]) -> Decimal | None:
    """A sum that is unknown as soon as one part is."""
    known = [value for value in values if value is not None]
    return cents(sum(known, ZERO)) if known and len(known) == len(values) else None
