"""Securities whose symbol changed: recognized by CUSIP, or by the custodian's lot id in the same account.

The lot, its day, basis and locks are kept, and so are the trades of the wash-sale window: a sale
under the old symbol and a purchase under the new one are of one stock (IRC 1091).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clients.custodians import symbols
from clients.custodians.kinds import RowKind
from clients.custodians.rows import LotRow
from clients.imports.file_contents import Contents
from clients.models import Account, CustodianFile, FormerSymbol, Position, Security, TaxLot
from clients.securities.securities import symbol_named_by
from compliance.audit_trail import audit
from compliance.people.actors import Actor


@dataclass(frozen=True, slots=True)
class Change:
    security: Security
    symbol: str

    @property
    def sentence(self) -> str:
        return f"{self.security.symbol} is now {self.symbol}: the same security, and its lots, basis and locks are kept. Discard the file if they are two different securities."


def find(contents: Contents, *, accounts_by_key: Mapping[str, Account]) -> list[Change]:
    """The securities that this file names by a new symbol.

    Never one that the file still names by the old symbol, and never for an alternative spelling or a CUSIP
    used as a symbol. By CUSIP only in the firm's own file, or where the old symbol is gone from an account
    that had it in this custodian's last file.
    """
    named = _cusips(contents)
    known = set(Security.objects.filter(symbol__in=named).values_list("symbol", flat=True))
    fresh = {
        symbol: cusip
        for symbol, cusip in named.items()
        if symbol not in known and not symbols.looks_like_cusip(symbol) and " " not in symbol
    }
    if not fresh:
        return []
    described = {row.symbol for row in contents.parsed.securities}
    found: dict[int, Change] = {}
    by_cusip: dict[str, list[Security]] = {}
    for one in Security.objects.filter(cusip__in={cusip for cusip in fresh.values() if cusip}):
        by_cusip.setdefault(one.cusip, []).append(one)
    by_lots = _by_lots(contents, {one for one, cusip in fresh.items() if not cusip}, accounts_by_key)
    for symbol, cusip in fresh.items():
        same = by_cusip.get(cusip, []) if cusip else by_lots.get(symbol, [])
        if len(same) != 1 or same[0].symbol in named or _plain(same[0].symbol) == _plain(symbol):
            continue
        security = same[0]
        if same[0].former_symbols.filter(symbol=symbol).exists():
            continue
        if symbol in described or not cusip or _is_gone(contents, security, symbol, accounts_by_key):
            found.setdefault(security.pk, Change(security, symbol))
    return list(found.values())


def rename(
    security: Security, symbol: str, *, on: date, source_file: CustodianFile, by: Actor, at: datetime
) -> None:
    """Give a security its new symbol and keep the old one in its history."""
    before = security.symbol
    FormerSymbol.objects.filter(security=security, symbol=symbol).delete()
    FormerSymbol.objects.update_or_create(
        security=security, symbol=before, defaults={"until_on": on, "source_file": source_file}
    )
    security.symbol = symbol
    security.save(update_fields=["symbol"])
    audit.record(
        audit.Action.SECURITY_RENAMED,
        about=security,
        by=by,
        at=at,
        symbol=symbol,
        symbol_before=before,
        file=source_file.public_id,
    )


def _cusips(contents: Contents) -> dict[str, str]:
    """Every symbol that the file names, with the CUSIP it gives, if any."""
    found: dict[str, str] = {}
    rows: Iterable[Any] = [
        *contents.parsed.securities,
        *contents.naming_securities(contents.parsed.accounts_seen),
    ]
    for row in rows:
        if symbol := symbol_named_by(row):
            found[symbol] = found.get(symbol) or getattr(row, "cusip", None) or ""
    return found


def _is_gone(
    contents: Contents, security: Security, symbol: str, accounts_by_key: Mapping[str, Account]
) -> bool:
    """Whether an account of the file held the old symbol in this custodian's last file, and now holds the new
    one.
    """
    holding = {
        seen.key
        for seen in contents.parsed.accounts_seen
        if any(row.symbol == symbol for row in contents.rows(RowKind.POSITION, seen))
    }
    accounts = [account.pk for key, account in accounts_by_key.items() if key in holding]
    held = Position.objects.filter(account__in=accounts, security=security)
    return held.filter(source_file__layout=contents.parsed.layout).exists()


def _by_lots(
    contents: Contents, wanted: Collection[str], accounts_by_key: Mapping[str, Account]
) -> dict[str, list[Security]]:
    """The securities of the open lots with the ids and days of these symbols' rows, in the same accounts."""
    said: dict[tuple[int, str], list[LotRow]] = defaultdict(list)
    for seen in contents.parsed.accounts_seen:
        if (account := accounts_by_key.get(seen.key)) is None:
            continue
        for row in contents.rows(RowKind.LOT, seen):
            if row.lot_id and row.symbol in wanted:
                said[account.pk, row.lot_id].append(row)
    if not said:
        return {}
    found: dict[str, set[int]] = defaultdict(set)
    lots = TaxLot.objects.filter(account__in={account for account, _ in said}, closed_on=None)
    for account_pk, key, day, security in lots.values_list("account", "key", "acquired_on", "security"):
        for row in said.get((account_pk, key), ()):
            if row.acquired_on == day:
                found[row.symbol].add(security)
    named = Security.objects.in_bulk({key for keys in found.values() for key in keys})
    return {symbol: [named[key] for key in sorted(keys)] for symbol, keys in found.items()}


def _plain(symbol: str) -> str:
    return "".join(letter for letter in symbol if letter.isalnum())
