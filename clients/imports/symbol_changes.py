"""Securities whose symbol changed: recognized by CUSIP, or by the custodian's lot id in the same account.

The lot, its day, basis and locks are kept, and so are the trades of the wash-sale window: a sale
under the old symbol and a purchase under the new one are of one stock (IRC 1091).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clients.custodians import symbols
from clients.custodians.kinds import RowKind
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
    for symbol, cusip in fresh.items():
        same = by_cusip.get(cusip, []) if cusip else _by_lot(contents, symbol, accounts_by_key)
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


def _by_lot(contents: Contents, symbol: str, accounts_by_key: Mapping[str, Account]) -> list[Security]:
    """The security of the open lots with these rows' ids and days, in the same accounts."""
    found: dict[int, Security] = {}
    for seen in contents.parsed.accounts_seen:
        account = accounts_by_key.get(seen.key)
        rows = [row for row in contents.rows(RowKind.LOT, seen) if row.symbol == symbol and row.lot_id]
        if account is None or not rows:
            continue
        lots = TaxLot.objects.filter(
            account=account, closed_on=None, key__in=[row.lot_id for row in rows]
        ).select_related("security")
        days = {row.lot_id: row.acquired_on for row in rows}
        found |= {lot.security_id: lot.security for lot in lots if days[lot.key] == lot.acquired_on}
    return list(found.values())


def _plain(symbol: str) -> str:
    return "".join(letter for letter in symbol if letter.isalnum())
