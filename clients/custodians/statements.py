"""Shared by the custodians' CSV exports: padded rows, totals, quantity-price-value arithmetic."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.kinds import HeldOut, SecurityKind
from clients.custodians.reading import Columns, Reading, Row
from clients.custodians.rows import PositionRow
from clients.custodians.tables import Line, folded

ONE = Decimal(1)
CENT = Decimal("0.01")
PER_HUNDRED = Decimal("0.01")
OPTION_MULTIPLIER = Decimal(100)
_FACTORS = (ONE, OPTION_MULTIPLIER, PER_HUNDRED)

# Placeholders that custodians print where a holding has no symbol.
_NO_SYMBOL = frozenset({"", "-", "--", "n/a", "null", "undefined", "none"})
# Cautions shown before loading; options, shorts and bonds need none.
_TOLD = frozenset({HeldOut.NO_VALUE, HeldOut.NO_SYMBOL, HeldOut.NO_FIT, HeldOut.FOREIGN, HeldOut.DERIVATIVE})


def doubled(aliases: Mapping[str, str]) -> Callable[[str], Sequence[str]]:
    """Names of a caption such as `Qty (Quantity)`: the parts before and inside the parentheses, translated."""

    def names(caption: str) -> Sequence[str]:
        before, bracket, inside = caption.partition(" (")
        parts = [before, inside.rstrip(")")] if bracket and inside.endswith(")") else [caption]
        return tuple({aliases.get(part, part) for part in parts})

    return names


def fits_header(reading: Reading, columns: Columns, line: Line, account: str | None) -> bool:
    """Whether a row is as wide as its header, apart from the empty cell of a trailing comma.

    A row with one field too many or too few would shift every later cell to the wrong caption.
    """
    header_width = len(_unpadded(columns.header.cells))
    width = len(line.cells)
    if width == header_width or (width > header_width and not any(line.cells[header_width:])):
        return True
    reading.fault(
        f"The line has {width} cells, but the header has {header_width}.",
        "Export the file again; do not edit it by hand.",
        line=line.number,
        column=f"{min(width, header_width) + 1}",
        account=account,
    )
    return False


def _unpadded(header: tuple[str, ...]) -> tuple[str, ...]:
    while header and not header[-1].strip():
        header = header[:-1]
    return header


def is_header(line: Line, *needed: str, names: Callable[[str], Sequence[str]] = lambda c: (c,)) -> bool:
    """Whether this line is the header: it has all the captions, in any order."""
    captions = {name for cell in line.cells for name in names(folded(cell))}
    return captions >= set(needed)


def factor_of(quantity: Decimal, price: Decimal, value: Decimal) -> Decimal | None:
    """The number that makes quantity times price the value: 1, 100 (options), 0.01 (bonds), or None.

    Printed prices are rounded, so half a unit of the price's last digit is allowed per share.
    """
    exponent = price.as_tuple().exponent
    half_unit = Decimal(5).scaleb(min(exponent if isinstance(exponent, int) else 0, -2) - 1)
    for factor in _FACTORS:
        if abs(quantity * price * factor - value) <= abs(quantity) * factor * half_unit + CENT:
            return factor
    return None


@dataclass(frozen=True, slots=True)
class Holding:
    """The captions under which one layout prints a position."""

    symbol: str
    name: str
    quantity: str
    price: str
    value: str
    basis: str


def position(
    row: Row,
    captions: Holding,
    *,
    account: str,
    as_of: date | None,
    symbol_text: str,
    kind: SecurityKind | None,
    held_in: str | None = None,
    reinvest: bool | None = None,
) -> PositionRow:
    """One holding of a custodian's positions export, with the value check.

    An irregular holding is kept and held out with its reason; only an unreadable cell is a fault.
    """
    option = symbols.option(symbol_text)
    name = row.text(captions.name)
    symbol = option.root if option else symbol_of(row.reading, symbol_text, account=account, name=name)
    quantity, price = row.number(captions.quantity), row.number(captions.price)
    value = row.number(captions.value)
    factor: Decimal | None = OPTION_MULTIPLIER if option else ONE
    if quantity is not None and price is not None and value is not None and not row.bad:
        factor = factor_of(quantity, price, value)
        if option and value and factor != OPTION_MULTIPLIER:
            factor = None
    held_out = why_held_out(
        symbol, is_option=option is not None, quantity=quantity, value=value, factor=factor
    )
    if not row.bad:
        add_held_out_caution(row, held_out, name or symbol)
    return PositionRow(
        account=account,
        as_of=as_of,
        symbol=symbol,
        name=name,
        kind=SecurityKind.OPTION if option else kind,
        cusip=symbols.cusip_in(symbol),
        quantity=quantity,
        # A price that does not give the value must not be used for valuation.
        price=None if factor is None else price,
        value=value,
        basis_total=row.number(captions.basis),
        held_in=held_in,
        reinvest=reinvest,
        factor=factor or ONE,
        option=option,
        held_out=held_out,
        origin=row.origin(),
    )


def why_held_out(
    symbol: str, *, is_option: bool, quantity: Decimal | None, value: Decimal | None, factor: Decimal | None
) -> HeldOut | None:
    """The first reason to hold a holding out. A factor of None means that the figures are inconsistent."""
    if value is None:
        return HeldOut.NO_VALUE
    if is_option:
        return HeldOut.OPTION
    if factor is None:
        return HeldOut.NO_FIT
    if quantity is None:
        return HeldOut.NO_QUANTITY
    if quantity < 0:
        return HeldOut.SHORT
    if factor == PER_HUNDRED:
        return HeldOut.BOND
    return HeldOut.NO_SYMBOL if symbol.startswith(symbols.UNLISTED) else None


def add_held_out_caution(row: Row, held_out: HeldOut | None, name: str) -> None:
    """Add a caution that says why a row is held out."""
    if held_out in _TOLD:
        row.reading.caution(f"{name}: {held_out}", line=row.line.number, account=row.account)


def symbol_of(reading: Reading, text: str, *, account: str | None, name: str | None) -> str:
    """Our symbol for a cell. Anything that is not a symbol is identified by its name in this account."""
    symbol = None if folded(text) in _NO_SYMBOL else readable(text)
    if symbol is not None:
        return symbol
    seen = reading.seen.get(account or "")
    return symbols.unlisted(name or text.strip() or "unnamed", tail=seen.tail if seen else "")


def readable(text: str) -> str | None:
    """The symbol in a cell, None where it is not one."""
    try:
        return symbols.canonical(text)
    except cells.CellRefused:
        return None


_SLASHED = re.compile(r"([0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4})")


def day_in(sentence: str) -> date | None:
    """The last slashed date of a title, in either order of its parts; None when there is none."""
    for found in reversed(_SLASHED.findall(sentence)):
        try:
            return cells.day(found)
        except cells.CellRefused:
            continue
    return None
