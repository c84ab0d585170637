"""What the custodians' CSV exports have in common: padded rows, totals, quantity-price-value arithmetic."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.kinds import SecurityKind
from clients.custodians.reading import Columns, Reading, Row
from clients.custodians.rows import PositionRow
from clients.custodians.tables import Line, folded

ONE = Decimal(1)
CENT = Decimal("0.01")
PER_HUNDRED = Decimal("0.01")
OPTION_MULTIPLIER = Decimal(100)
_FACTORS = (ONE, OPTION_MULTIPLIER, PER_HUNDRED)

OPTION_HELD_OUT = "An option is never rebalanced; it only counts in the account's value."
SHORT_HELD_OUT = "A short position is never rebalanced."
BOND_HELD_OUT = "A bond quoted per hundred of face is not rebalanced."
NO_QUANTITY_HELD_OUT = "The file gives no quantity, so the holding is not rebalanced."


def doubled(aliases: Mapping[str, str]) -> Callable[[str], Sequence[str]]:
    """Names of a caption such as `Qty (Quantity)`: what stands before and inside the brackets, translated."""

    def names(caption: str) -> Sequence[str]:
        before, bracket, inside = caption.partition(" (")
        parts = [before, inside.rstrip(")")] if bracket and inside.endswith(")") else [caption]
        return tuple({aliases.get(part, part) for part in parts})

    return names


def fits_header(reading: Reading, columns: Columns, line: Line, account: str | None) -> bool:
    """Whether a row is as wide as its header, give or take the empty cell of a trailing comma.

    A row with one field too many or too few would shift every later cell under a wrong caption.
    """
    header_width = len(_unpadded(columns.header.cells))
    width = len(line.cells)
    if width == header_width or (width > header_width and not any(line.cells[header_width:])):
        return True
    reading.fault(
        f"The line has {width} cells where the header has {header_width}.",
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
    """Whether this line is the header: the captions are all there, in whatever order."""
    captions = {name for cell in line.cells for name in names(folded(cell))}
    return captions >= set(needed)


def factor_of(quantity: Decimal, price: Decimal, value: Decimal) -> Decimal | None:
    """The number that makes quantity times price the value: 1, 100 (options), 0.01 (bonds), or None.

    Prices are printed rounded, so half a unit of the price's last digit is allowed per share.
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
    """One holding of a custodian's positions export, with the value check. Faults are left on the row."""
    option = symbols.option(symbol_text)
    symbol = option.root if option else symbols.canonical(symbol_text)
    quantity, price = row.number(captions.quantity), row.number(captions.price)
    value = row.number(captions.value)
    factor: Decimal | None = OPTION_MULTIPLIER if option else ONE
    if quantity is not None and price is not None and value is not None and not row.bad:
        factor = factor_of(quantity, price, value)
        if factor is None or (option and value and factor != OPTION_MULTIPLIER):
            row.refuse(
                captions.value,
                "Quantity times price is not the value.",
                "Export the file again, without edits.",
            )
    elif value is None and not row.bad:
        row.refuse(captions.value, "The position has no value.", "Export the file with its value column.")
    return PositionRow(
        account=account,
        as_of=as_of,
        symbol=symbol,
        name=row.text(captions.name),
        kind=SecurityKind.OPTION if option else kind,
        cusip=symbol if symbols.looks_like_cusip(symbol) else None,
        quantity=quantity,
        price=price,
        value=value,
        basis_total=row.number(captions.basis),
        held_in=held_in,
        reinvest=reinvest,
        factor=factor or ONE,
        option=option,
        held_out=_held_out(option is not None, quantity, factor),
        origin=row.origin(),
    )


def _held_out(is_option: bool, quantity: Decimal | None, factor: Decimal | None) -> str | None:
    if is_option:
        return OPTION_HELD_OUT
    if quantity is None:
        return NO_QUANTITY_HELD_OUT
    if quantity < 0:
        return SHORT_HELD_OUT
    return BOND_HELD_OUT if factor == PER_HUNDRED else None


def reject_symbol(row: Row, caption: str) -> bool:
    """Whether the symbol cell cannot be read; leaves the fault."""
    raw = row.raw(caption)
    if symbols.option(raw):
        return False
    try:
        symbols.canonical(raw)
    except cells.CellRefused as refused:
        row.refuse(caption, refused.rule, refused.how_to_fix)
        return True
    return False


_SLASHED = re.compile(r"([0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4})")


def day_in(sentence: str) -> date | None:
    """The last slashed date of a title, in either order of its parts; None when there is none."""
    for found in reversed(_SLASHED.findall(sentence)):
        try:
            return cells.day(found)
        except cells.CellRefused:
            continue
    return None
