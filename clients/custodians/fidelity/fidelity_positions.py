"""Fidelity's Portfolio_Positions export. See docs/formats/fidelity-positions.md."""

from __future__ import annotations

import re
from datetime import date

from clients.custodians import cells
from clients.custodians.kinds import CashKind, RowKind
from clients.custodians.layouts import Layout
from clients.custodians.reading import ZERO, Columns, Reading, Row, Upload
from clients.custodians.rows import CashRow, ParsedFile
from clients.custodians.statements import Holding, fits_header, is_header, position
from clients.custodians.tables import Line, TableRefused, folded, lines_of

SLUG = "fidelity-positions"

_NEEDED = ("account number", "symbol", "description", "quantity", "last price", "current value")
# The captions of 2021 under the names of 2026.
_ALIASES = {"cost basis": "cost basis total", "cost basis per share": "average cost basis"}
_CAPTIONS = Holding("symbol", "description", "quantity", "last price", "current value", "cost basis total")
_DOWNLOADED = re.compile(
    r"date downloaded\s+(?P<day>[A-Za-z]{3}-[0-9]{1,2}-[0-9]{4}|[0-9/]{8,10})", re.IGNORECASE
)
_FILE_NAME = re.compile(r"Portfolio_Positions_(?P<day>[A-Za-z]{3}-[0-9]{1,2}-[0-9]{4})", re.IGNORECASE)


def _names(caption: str) -> tuple[str, ...]:
    return (_ALIASES.get(caption, caption),)


def reason_not(upload: Upload) -> str | None:
    """Why this is not a Fidelity positions export; None when it is."""
    try:
        first = next((line for line in lines_of(upload.data) if not line.is_blank), None)
    except TableRefused as refused:
        return refused.rule
    if first and is_header(first, *_NEEDED, names=_names):
        return None
    return "its first line is not a header with Account Number, Symbol, Last Price and Current Value"


def downloaded_on(sentence: str) -> date | None:
    """The day in the footer `Date downloaded …`, None in any other line."""
    found = _DOWNLOADED.search(sentence)
    return _day(found["day"]) if found else None


def _day(written: str) -> date | None:
    try:
        return cells.day(written)
    except cells.CellRefused:
        return None


def is_footer(line: Line) -> bool:
    """One filled cell, the first: a disclaimer paragraph or the download date.

    A spreadsheet that saves the file pads the line with commas to the width of the table.
    """
    return not line.is_blank and not any(cell.strip() for cell in line.cells[1:])


def parse(upload: Upload) -> ParsedFile:
    """Read the export. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian="fidelity", upload=upload)
    reading.covers |= {RowKind.POSITION, RowKind.CASH}
    if named := _FILE_NAME.search(upload.name):
        reading.as_of = _day(named["day"])
    try:
        lines = list(lines_of(upload.data))
        # The only date is in the footer, and every row needs it.
        for line in reversed(lines):
            if is_footer(line) and (footer := downloaded_on(line.cells[0])):
                reading.as_of = footer
                reading.plausible_as_of(footer, line=line.number, column="Date downloaded")
                break
        if reading.as_of is None:
            reading.fault(
                'The footer "Date downloaded" is missing; the file was cut off or edited.', "Export it again."
            )
        _walk(reading, lines)
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


def _walk(reading: Reading, lines: list[Line]) -> None:
    columns: Columns | None = None
    for line in lines:
        if line.is_blank:
            continue
        if columns is None:
            columns = Columns.read(reading, line, aliases=_names)
            if "cost basis total" not in columns:
                reading.caution("The view was exported without cost columns, so no basis is read.")
        elif not is_footer(line):
            _row(reading, columns, line)


def _row(reading: Reading, columns: Columns, line: Line) -> None:
    row = Row(reading, columns, line)
    number = row.need("account number", cells.identifier, "")
    if row.bad:
        return
    account = row.account = reading.account(number=number, label=row.text("account name"))
    if not fits_header(reading, columns, line, account):
        return
    symbol = row.raw("symbol").strip()
    if folded(symbol) == "pending activity":
        _cash(reading, row, CashKind.PENDING, None)
    elif symbol.endswith("**"):
        _cash(reading, row, CashKind.SETTLED, symbol.removesuffix("**").upper())
    else:
        held_in = folded(row.raw("type"))
        found = position(
            row,
            _CAPTIONS,
            account=account,
            as_of=reading.as_of,
            symbol_text=row.raw("symbol"),
            kind=None,
            held_in=held_in if held_in in {"cash", "margin", "short"} else None,
        )
        if not row.bad:
            reading.positions.append(found)


def _cash(reading: Reading, row: Row, kind: CashKind, sweep_symbol: str | None) -> None:
    amount = row.need("current value", cells.number, ZERO)
    if kind is CashKind.SETTLED and amount < 0:
        kind = CashKind.MARGIN_DEBIT
    if not row.bad:
        account = row.account or ""
        reading.cash.append(CashRow(account, reading.as_of, kind, amount, None, sweep_symbol, row.origin()))


LAYOUT = Layout(
    slug=SLUG,
    name="Fidelity positions",
    custodian="fidelity",
    confirmed="several independent readers' samples, 2021 to 2026",
    page="formats/fidelity-positions.md",
    kinds=frozenset({RowKind.POSITION, RowKind.CASH}),
    reason_not=reason_not,
    parse=parse,
)
