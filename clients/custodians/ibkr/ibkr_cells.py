"""Reads the attributes of a Flex Query row and the security it is about."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.kinds import SecurityKind
from clients.custodians.reading import Row
from clients.custodians.statements import readable, symbol_of

KINDS = {
    "STK": SecurityKind.STOCK,
    "ETF": SecurityKind.ETF,
    "FUND": SecurityKind.MUTUAL_FUND,
    "BOND": SecurityKind.BOND,
    "BILL": SecurityKind.BOND,
    "OPT": SecurityKind.OPTION,
}
BONDS = frozenset({"BOND", "BILL"})
_OPTIONS = frozenset({"OPT", "FOP", "IOPT"})
_NONE = frozenset({"", "--", "MULTI", "-"})
_CONID = re.compile(r"[0-9]{1,12}")


def day_of(cell: str) -> date | None:
    """The date of `20261120;161500`, `2026-11-20, 16:15:00` and similar forms: the format is set per query."""
    if cell.strip() in _NONE:
        return None
    return cells.day(re.split(r"[;, T]", cell.strip(), maxsplit=1)[0])


def number_of(cell: str) -> Decimal | None:
    return None if cell.strip() in _NONE else cells.number(cell)


def is_option(row: Row) -> bool:
    return row.raw("assetCategory") in _OPTIONS or symbols.option(row.raw("symbol")) is not None


def is_foreign(row: Row) -> bool:
    return row.raw("currency") not in {"", "USD"}


def cusip_of(row: Row) -> str | None:
    """The CUSIP, from its own attribute or out of an American ISIN."""
    if found := symbols.cusip_in(row.raw("cusip")):
        return found
    isin = row.raw("isin").strip().upper()
    return symbols.cusip_in(isin[2:11]) if len(isin) == 12 and isin.startswith("US") else None


def conid_of(row: Row) -> str | None:
    conid = row.raw("conid").strip()
    return conid if _CONID.fullmatch(conid) else None


def security_of(row: Row) -> str:
    """Our symbol. A bond's symbol is its text, `T 4 1/4 11/15/34`: the CUSIP or contract number identifies
    it.
    """
    text = row.raw("symbol")
    if option := symbols.option(text):
        return option.root
    cusip, conid = cusip_of(row), conid_of(row)
    symbol = None if row.raw("assetCategory") in BONDS or not text.strip(" -") else readable(text)
    if symbol or cusip:
        return symbol or cusip or ""
    if conid:
        return symbols.of_conid(conid)
    name = row.text("description") or text.strip()
    return symbol_of(row.reading, "", account=row.account, name=name or None)


def key_of(row: Row) -> tuple[str, str]:
    """The key of a position within one file, shared by a security's summary and lots."""
    return (row.account or "", "|".join((row.raw("symbol"), row.raw("conid"), row.raw("cusip"))))
