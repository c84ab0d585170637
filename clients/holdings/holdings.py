"""Imports positions, cash and transactions, and reconciles lots with positions."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, Sum

from clients.custodians import symbols
from clients.custodians.kinds import CashKind, SecurityKind
from clients.custodians.rows import CashRow, PositionRow, TransactionRow
from clients.holdings.account_changes import SharesChange
from clients.models import Account, CashBalance, CustodianFile, Position, Security, TaxLot, Transaction
from clients.securities import securities as naming
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.engine.money import cents

ZERO, ONE = Decimal(0), Decimal(1)
MILLIONTH = Decimal("0.000001")
# Custodians round fractional shares; anything larger than this is a difference.
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
    account: Account, rows: Sequence[PositionRow], securities: Mapping[str, Security]
) -> PositionChanges:
    """Compare a file's positions with those on record, without changing anything."""
    on_record = {row.security_id: row.quantity for row in account.positions.all()}
    fresh = {key: _quantity(same) for key, same in _by_security(rows, securities).items()}
    shared = fresh.keys() & on_record.keys()
    changed = sum(1 for key in shared if fresh[key] != on_record[key])
    return PositionChanges(
        new=len(fresh.keys() - on_record.keys()),
        changed=changed,
        unchanged=len(shared) - changed,
        disappeared=len(on_record.keys() - fresh.keys()),
    )


def shares_changed(
    account: Account, rows: Sequence[PositionRow], securities: Mapping[str, Security]
) -> list[SharesChange]:
    """The positions whose shares a file changes, in order of their securities."""
    before = {row.security_id: row.quantity for row in account.positions.all()}
    after = {key: _quantity(same) for key, same in _by_security(rows, securities).items()}
    return [
        SharesChange(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def positions_differ(
    account: Account, rows: Sequence[PositionRow], securities: Mapping[str, Security]
) -> bool:
    """Whether a file's positions differ from the record in shares, values or reasons."""
    on_record = {
        row.security_id: (row.quantity, row.market_value, row.held_out, row.reinvests_dividends)
        for row in account.positions.all()
    }
    fresh = {
        key: (
            _quantity(same),
            _total([row.value for row in same]),
            next((held_out for row in same if (held_out := _held_out(row))), ""),
            next((row.reinvest for row in same if row.reinvest is not None), None),
        )
        for key, same in _by_security(rows, securities).items()
    }
    return fresh != on_record


def cash_of(rows: Sequence[CashRow]) -> tuple[Decimal, Decimal]:
    """Settled cash (a margin debit counts against it) and pending cash of a file's rows."""
    pending = [row.amount for row in rows if row.kind is CashKind.PENDING]
    settled = [row.amount for row in rows if row.kind is not CashKind.PENDING]
    return cents(sum(settled, ZERO)), cents(sum(pending, ZERO))


def cash_changes(account: Account, rows: Sequence[CashRow]) -> dict[str, int]:
    """Compare a file's cash with the balance on record, without changing anything."""
    before = account.cash if hasattr(account, "cash") else None
    if before is None:
        return {"new": 1, "changed": 0, "unchanged": 0}
    is_same = (before.settled, before.unsettled) == cash_of(rows)
    return {"new": 0, "changed": int(not is_same), "unchanged": int(is_same)}


def replace_positions(
    account: Account,
    rows: Sequence[PositionRow],
    *,
    securities: Mapping[str, Security],
    as_of_on: date,
    source_file: CustodianFile | None,
) -> None:
    """Restate an account's positions. The same symbol held in cash and in margin is one position.

    Options, shorts and other held-out positions are kept with the reason, since they count in the account's
    value; an option is a separate security.
    """
    account.positions.all().delete()
    Position.objects.bulk_create(
        Position(
            account=account,
            security_id=key,
            quantity=_quantity(same),
            market_value=_total([row.value for row in same]),
            held_out=next((held_out for row in same if (held_out := _held_out(row))), ""),
            reinvests_dividends=next((row.reinvest for row in same if row.reinvest is not None), None),
            as_of_on=same[0].as_of or as_of_on,
            source_file=source_file,
            source_line=same[0].origin.line or None,
        )
        for key, same in _by_security(rows, securities).items()
    )


def replace_cash(
    account: Account, rows: Sequence[CashRow], *, as_of_on: date, source_file: CustodianFile | None
) -> None:
    """Restate an account's cash: settled (a margin debit counts against it) and pending."""
    pending = [row for row in rows if row.kind is CashKind.PENDING]
    settle_days = [row.settles_on for row in pending if row.settles_on]
    balance = account.cash if hasattr(account, "cash") else CashBalance(account=account)
    balance.settled, balance.unsettled = cash_of(rows)
    balance.unsettled_settles_on = max(settle_days, default=None)
    balance.as_of_on, balance.source_file = as_of_on, source_file
    balance.source_line = rows[0].origin.line or None if rows else None
    balance.save()


def transactions_not_on_record(
    account: Account,
    rows: Sequence[TransactionRow],
    *,
    securities: Mapping[str, Security],
    layout: str,
) -> dict[str, TransactionRow]:
    """The rows that are not on record, by key, without changing anything.

    A row is known by its key. Where another layout imported the same transaction under its own key (an OFX
    statement and a history export of one account), it is matched by day, kind, security, shares and dollars.
    """
    by_key = keyed(rows)
    known: set[str] = set()
    elsewhere: Counter[tuple[object, ...]] = Counter()
    days = [row.trade_on for row in rows]
    if days:
        on_record = account.transactions.filter(
            Q(traded_on__range=(min(days), max(days))) | Q(key__in=by_key.keys())
        ).values_list("key", "source_file__layout", "traded_on", "kind", "security_id", "quantity", "amount")
        for key, layout_before, *facts in on_record:
            known.add(key)
            if key not in by_key and layout_before not in {None, layout}:
                elsewhere[tuple(facts)] += 1
    fresh: dict[str, TransactionRow] = {}
    for key, row in by_key.items():
        if key in known:
            continue
        facts_now = _facts(row, securities)
        if elsewhere[facts_now]:
            elsewhere[facts_now] -= 1
            continue
        fresh[key] = row
    return fresh


def add_transactions(
    account: Account,
    rows: Sequence[TransactionRow],
    *,
    securities: Mapping[str, Security],
    layout: str,
    source_file: CustodianFile | None,
) -> list[Transaction]:
    """Add what is not on record yet and return it; a known transaction is left unchanged."""
    fresh = transactions_not_on_record(account, rows, securities=securities, layout=layout)
    return Transaction.objects.bulk_create(
        [
            Transaction(
                account=account,
                security=securities.get(naming.symbol_named_by(row)),
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


def keyed(rows: Sequence[TransactionRow]) -> dict[str, TransactionRow]:
    """The rows by the custodian's id, otherwise by a digest of their content and an ordinal among identical
    ones.
    """
    met: Counter[str] = Counter()
    found: dict[str, TransactionRow] = {}
    for row in rows:
        if row.transaction_id:
            found[row.transaction_id] = row
            continue
        figures = (_plain(row.quantity), _plain(row.price), _plain(row.amount))
        said = (
            str(row.kind),
            row.trade_on.isoformat(),
            naming.symbol_named_by(row),
            *figures,
            row.description,
        )
        digest = hashlib.sha256(repr(said).encode()).hexdigest()[:32]
        met[digest] += 1
        found[f"{digest}#{met[digest]}"] = row
    return found


def reconcile(account: Account, *, as_of_on: date, by: Actor, at: datetime) -> None:
    """Compare the sum of open lots with each position and record what differs.

    An account that differs is not traded: the note says where, so that a person can correct it. What is never
    traded needs no lots: money market sweeps, options, shorts, bonds and whatever is frozen are compared only
    where the custodian reports lots for them.
    """
    lots = dict(
        TaxLot.objects.filter(account=account, closed_on=None)
        .values_list("security__symbol")
        .annotate(total=Sum("quantity"))
    )
    positions = {
        position.security.symbol: position.quantity or ZERO
        for position in account.positions.select_related("security")
        if position.security.symbol in lots or not (needs_no_lots(position.security) or position.held_out)
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


def needs_no_lots(security: Security) -> bool:
    """Whether a security is never sold by lot, so that a missing lot is not a difference."""
    return (
        security.kind in {Security.Kind.MONEY_MARKET, Security.Kind.BOND}
        or security.trading == Security.Trading.FROZEN
    )


def _by_security(
    rows: Sequence[PositionRow], securities: Mapping[str, Security]
) -> dict[int, list[PositionRow]]:
    """The rows by security; those of a security that is not on record yet have separate keys."""
    found: dict[int, list[PositionRow]] = defaultdict(list)
    strangers: dict[str, int] = {}
    for row in rows:
        symbol = naming.symbol_named_by(row)
        security = securities.get(symbol)
        key = security.pk if security else strangers.setdefault(symbol, -1 - len(strangers))
        found[key].append(row)
    return found


def _quantity(same: Sequence[PositionRow]) -> Decimal | None:
    """Total shares, to a millionth; unknown if any row's are."""
    parts = [row.value if _is_cash_fund(row) and row.quantity is None else row.quantity for row in same]
    known = [part for part in parts if part is not None]
    return sum(known, ZERO).quantize(MILLIONTH) if len(known) == len(parts) else None


def _held_out(row: PositionRow) -> str:
    """Why a row is held out. A cash fund without a quantity is not: its value is its quantity."""
    if row.held_out and row.quantity is None and _is_cash_fund(row):
        return ""
    return row.held_out or ""


def _is_cash_fund(row: PositionRow) -> bool:
    is_fund = row.kind is SecurityKind.MONEY_MARKET or symbols.is_money_market(row.symbol)
    return is_fund and row.option is None and row.price in {None, ONE} and row.value is not None


def _facts(row: TransactionRow, securities: Mapping[str, Security]) -> tuple[object, ...]:
    """The facts that identify a transaction where two layouts give it different keys."""
    security = securities.get(naming.symbol_named_by(row))
    quantity = None if row.quantity is None else row.quantity.quantize(MILLIONTH)
    amount = ZERO if row.amount is None else cents(row.amount)
    return (row.trade_on, str(row.kind), security.pk if security else None, quantity, amount)


def _plain(figure: Decimal | None) -> str:
    """A canonical form: a file that is saved again may write 20.00 for 20."""
    return "" if figure is None else f"{figure.normalize():f}"


def _total(values: Sequence[Decimal | None]) -> Decimal | None:
    """A sum that is unknown if any part is."""
    known = [value for value in values if value is not None]
    return cents(sum(known, ZERO)) if known and len(known) == len(values) else None
