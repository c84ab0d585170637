"""Column maps of order files: what is written under which caption. Pure: text in, text out.

A map is lines of `Caption = field`. A field may have its own words in brackets: `side (B, S)` for buy and sell,
`type (2, 1)` for market and limit. Text in quotation marks is written as it stands. `?` is what nobody has confirmed yet,
and is refused: the firm asks its custodian and fills it in.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.custodians.house.house_cells import escaped
from clients.custodians.symbols import spelled_for
from clients.custodians.writing import rounded_down, share_decimals

LINE = re.compile(
    r'^(?:(?P<caption>[^="]{0,60}?)\s*=\s*)?(?P<what>"[^"]{0,60}"|[a-z_]+)\s*(?:\((?P<words>[^()]*)\))?$'
)
COLUMNS_MAX = 60
MARKET = "market"
USUAL_DAY = "%m/%d/%Y"


class BadMap(ValueError):
    """A map that cannot be read; the sentence names the line."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What a file can say of one order of a block."""

    order_id: str
    block_id: str
    account: str
    side: str
    symbol: str
    cusip: str
    quantity: Decimal
    order_type: str
    limit: Decimal | None
    trade_on: date
    settles_on: date
    price: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its caption, the field or the text that is written, and the words of its own."""

    caption: str
    what: str
    words: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        return self.what.startswith('"')


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


FIELDS: Mapping[str, tuple[str, int]] = {
    "order_id": ("our id of the order", 0),
    "block_id": ("our id of the block", 0),
    "account": ("the whole account number", 0),
    "side": ("buy or sell, in two words of your own", 2),
    "symbol": ("the symbol as the custodian spells it", 0),
    "cusip": ("the CUSIP, where it is on record", 0),
    "quantity": (
        "shares, rounded down to what the custodian takes; of what was filled, the account’s share of it",
        0,
    ),
    "price": ("the average price of what was filled, in dollars; empty before", 0),
    "amount": ("dollars paid or received for what was filled; empty before", 0),
    "type": ("market or limit, in two words of your own", 2),
    "limit": ("dollars a share; empty for a market order", 0),
    "tif": ("good for the day, in a word of your own", 1),
    "trade_day": ("the session, as 11/23/2026 or in a form of your own", 1),
    "settlement_day": ("the day it settles, in the same way", 1),
}
"""Each field: what it says, and how many words of its own it takes."""
NUMBERS = frozenset({"quantity", "limit", "price", "amount"})


def read(text: str) -> tuple[Column, ...]:
    """The columns of a map. Raises `BadMap` with a sentence that names the line."""
    found: list[Column] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            found.append(_column(line.strip(), number))
    if not found:
        raise BadMap("A map needs at least one column.")
    if len(found) > COLUMNS_MAX:
        raise BadMap(f"A map has at most {COLUMNS_MAX} columns.")
    used = {one.what for one in found}
    for needed in ("account", "quantity"):
        if needed not in used:
            raise BadMap(
                f"No column holds the {needed}, so nobody could tell whose order it is and how large."
            )
    if not used & {"symbol", "cusip"}:
        raise BadMap("No column holds the security: its symbol or its CUSIP.")
    return tuple(found)


def _column(line: str, number: int) -> Column:
    if "?" in line:
        raise BadMap(
            f"Line {number} holds a question mark: ask the custodian for it, and write the answer there."
        )
    matched = LINE.match(line)
    if matched is None:
        raise BadMap(f"Line {number} is not `Caption = field`.")
    what, given = matched["what"], matched["words"]
    words = () if given is None else tuple(one.strip() for one in given.split(","))
    if what.startswith('"'):
        return Column(matched["caption"] or "", what)
    if what not in FIELDS:
        raise BadMap(f"Line {number}: there is no field {what}. There are {', '.join(FIELDS)}.")
    if words and len(words) != FIELDS[what][1]:
        wanted = FIELDS[what][1]
        raise BadMap(
            f"Line {number}: {what} takes {wanted or 'no'} word{'' if wanted == 1 else 's'} in brackets."
        )
    return Column(matched["caption"] or "", what, words)


def written(
    columns: Sequence[Column],
    rows: Sequence[OrderRow],
    *,
    custodian: str,
    has_captions: bool,
    delimiter: str,
) -> str:
    """The file. Text that a spreadsheet could run gets an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    if has_captions:
        writer.writerow([one.caption or one.what.strip('"') for one in columns])
    for row in rows:
        if rounded_down(row.quantity, share_decimals(custodian))[0]:
            writer.writerow([_cell(one, row, custodian) for one in columns])
    return out.getvalue()


def _cell(column: Column, row: OrderRow, custodian: str) -> str:
    if column.is_text:
        return column.what.strip('"')
    text = _value(column, row, custodian)
    return text if column.what in NUMBERS else escaped(text)


def _value(column: Column, row: OrderRow, custodian: str) -> str:
    words = column.words
    match column.what:
        case "side":
            return (words or ("BUY", "SELL"))[row.side != "buy"]
        case "type":
            return (words or ("MKT", "LMT"))[row.order_type != MARKET]
        case "tif":
            return (words or ("DAY",))[0]
        case "trade_day":
            return row.trade_on.strftime(words[0] if words else USUAL_DAY)
        case "settlement_day":
            return row.settles_on.strftime(words[0] if words else USUAL_DAY)
        case "symbol":
            return spelled_for(custodian, row.symbol)
        case "quantity":
            return _plain(rounded_down(row.quantity, share_decimals(custodian))[0])
        case "limit" | "price" | "amount":
            return _plain(getattr(row, column.what))
        case name:
            return str(getattr(row, name))
