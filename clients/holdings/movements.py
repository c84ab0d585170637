"""Movements: the only writer of the table. What is on record already is recognized, and left unchanged."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet

from clients.custodians.rows import TransactionRow
from clients.holdings import bulk
from clients.models import Account, CustodianFile, Security, Transaction
from clients.securities import securities as naming
from rebalancing.engine.money import cents

ZERO = Decimal(0)
MILLIONTH = Decimal("0.000001")


@dataclass(slots=True)
class Known:
    """An account's movements on record, as far as a file could repeat them."""

    keys: set[str] = field(default_factory=set)
    elsewhere: Counter[tuple[object, ...]] = field(default_factory=Counter)
    """Those that another layout brought under another key, by what tells them apart."""


def on_record(rows: Mapping[int, Mapping[str, TransactionRow]], *, layout: str) -> dict[int, Known]:
    """The movements on record around those of a file, by account; `rows` are the file's by account and key."""
    found: dict[int, Known] = {account: Known() for account in rows}
    days = [row.trade_on for keyed in rows.values() for row in keyed.values()]
    if not days:
        return found
    mine = Transaction.objects.filter(account__in=[one for one, keyed in rows.items() if keyed])
    _note(found, rows, mine.filter(traded_on__range=(min(days), max(days))), layout)
    # A custodian may restate the day of a movement under its id.
    strangers = {key for account, keyed in rows.items() for key in keyed.keys() - found[account].keys}
    if strangers:
        _note(found, rows, mine.filter(key__in=strangers), layout)
    return found


def fresh(
    by_key: Mapping[str, TransactionRow], known: Known, *, securities: Mapping[str, Security]
) -> dict[str, TransactionRow]:
    """The rows that are not on record, by key.

    A row is known by its key. Where another layout imported the same transaction under its own key (an OFX
    statement and a history export of one account), it is matched by day, kind, security, shares and dollars.
    """
    found: dict[str, TransactionRow] = {}
    left = Counter(known.elsewhere)
    for key, row in by_key.items():
        if key in known.keys:
            continue
        facts = _facts(row, securities) if left else ()
        if left[facts]:
            left[facts] -= 1
            continue
        found[key] = row
    return found


def unsaved(
    account: Account,
    rows: Mapping[str, TransactionRow],
    *,
    securities: Mapping[str, Security],
    source_file: CustodianFile | None,
) -> list[Transaction]:
    """The movements of these rows, by key, ready to be written."""
    return [
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
            source_file_id=source_file.pk if source_file is not None else None,
            source_line=row.origin.line or None,
        )
        for key, row in rows.items()
    ]


def write(new: Sequence[Transaction]) -> None:
    """Add movements of many accounts."""
    bulk.insert(Transaction, new)


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


def _note(
    found: Mapping[int, Known],
    rows: Mapping[int, Mapping[str, TransactionRow]],
    on_record: QuerySet[Transaction],
    layout: str,
) -> None:
    for account, key, before, *facts in on_record.values_list(
        "account_id", "key", "source_file__layout", "traded_on", "kind", "security_id", "quantity", "amount"
    ):
        known = found[account]
        if before not in {None, layout} and key not in rows[account] and key not in known.keys:
            known.elsewhere[tuple(facts)] += 1
        known.keys.add(key)


def _facts(row: TransactionRow, securities: Mapping[str, Security]) -> tuple[object, ...]:
    """The facts that identify a transaction where two layouts give it different keys."""
    security = securities.get(naming.symbol_named_by(row))
    quantity = None if row.quantity is None else row.quantity.quantize(MILLIONTH)
    amount = ZERO if row.amount is None else cents(row.amount)
    return (row.trade_on, str(row.kind), security.pk if security else None, quantity, amount)


def _plain(figure: Decimal | None) -> str:
    """A canonical form: a file that is saved again may write 20.00 for 20."""
    return "" if figure is None else f"{figure.normalize():f}"
