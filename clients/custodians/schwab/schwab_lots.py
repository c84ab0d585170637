"""Schwab's Lot Details, one file per symbol. See docs/formats/schwab-lots.md.

The columns headed "Transaction …" of the long form are not confirmed and are not read; neither is a
variant with all symbols in one file.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.kinds import RowKind
from clients.custodians.layouts import Layout
from clients.custodians.reading import ZERO, Columns, Reading, Row, Upload
from clients.custodians.rows import LotRow, ParsedFile, Total
from clients.custodians.statements import CENT, day_in, fits_header, is_header
from clients.custodians.tables import Line, TableRefused, folded, head_of, lines_of

SLUG = "schwab-lots"

_TITLE = re.compile(
    r"(?!realized )(?P<symbol>\S[\S ]{0,30}?) lot details for (?P<account>.*?)\s*as of ", re.IGNORECASE
)
_ACCOUNT = re.compile(r"(?:(?P<label>.*?)\s*)?(?P<mask>\.{3}[0-9]{3,4}|X{3,4}-?[0-9]{3,4})", re.IGNORECASE)
_NEEDED = ("open date", "quantity", "cost basis")


def reason_not(upload: Upload) -> str | None:
    """Why this is not a Lot Details file; None when it is."""
    head = head_of(upload.data).lstrip('" \r\n')
    if _TITLE.match(head.split("\n")[0]):
        return None
    return 'its first line is not "<symbol> Lot Details for <account> as of …"'


def parse(upload: Upload) -> ParsedFile:
    """Read the lots. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian="schwab", upload=upload)
    try:
        _walk(reading)
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


def _walk(reading: Reading) -> None:
    reading.covers.add(RowKind.LOT)
    account = symbol = ""
    columns: Columns | None = None
    ended = False
    for line in lines_of(reading.upload.data):
        if line.is_blank:
            continue
        if not symbol:
            account, symbol = _title(reading, line)
        elif columns is None:
            columns = _header(reading, line, account)
            if columns is None:
                return
        elif ended:
            reading.fault(
                "There is a line after the total.",
                "Export the file again.",
                line=line.number,
                account=account,
            )
        elif folded(line.cells[0]) == "total":
            ended = True
            _total(reading, Row(reading, columns, line, account))
        elif fits_header(reading, columns, line, account):
            _lot(reading, Row(reading, columns, line, account), symbol)
    if not ended:
        reading.fault(
            "The lots end without their total; the file was cut off.",
            "Export it again.",
            account=account or None,
        )


def _title(reading: Reading, line: Line) -> tuple[str, str]:
    sentence = ",".join(line.cells)
    title = _TITLE.match(sentence)
    whose = title and _ACCOUNT.fullmatch(title["account"].strip())
    if title is None or whose is None:
        raise TableRefused(
            "The title does not name a symbol and an account.",
            "Export the file again.",
            line=line.number,
            value=sentence,
        )
    try:
        symbol = symbols.canonical(title["symbol"])
    except cells.CellRefused as refused:
        raise TableRefused(
            refused.rule, refused.how_to_fix, line=line.number, column="title", value=title["symbol"]
        ) from None
    reading.as_of = day_in(sentence)
    if reading.as_of is None:
        raise TableRefused("The title holds no date.", "Export the file again.", line=line.number)
    reading.plausible_as_of(reading.as_of, line=line.number, column="title")
    return reading.account(mask=whose["mask"], label=whose["label"] or None), symbol


def _header(reading: Reading, line: Line, account: str) -> Columns | None:
    if not is_header(line, *_NEEDED):
        reading.fault(
            "This header is not the confirmed one: it needs Open Date, Quantity and Cost Basis, "
            "and the symbol is in the title.",
            "Export the lots of one symbol from the cost basis link.",
            line=line.number,
            account=account,
        )
        return None
    columns = Columns.read(reading, line)
    if "disallowed loss" in columns:
        reading.caution(
            "The file has wash-sale columns whose meaning is not confirmed. Cost Basis is read, "
            "the Transaction columns are not.",
            line=line.number,
            account=account,
        )
    return columns


def _opened(cell: str) -> date | None:
    """The date of `MM/DD/YYYY hh:mm:ss`; the time is often midnight and has no meaning."""
    return cells.day_acquired(cell.strip().partition(" ")[0])


def _lot(reading: Reading, row: Row, symbol: str) -> None:
    quantity = row.need("quantity", cells.number, Decimal(1))
    if quantity <= 0:
        row.refuse("quantity", "A lot's quantity must be more than zero.", "Short lots are not read.")
    term = folded(row.raw("holding period")).partition(" ")[0]
    opened_on = row.read("open date", _opened)
    if opened_on and reading.as_of and opened_on > reading.as_of:
        row.refuse("open date", "The lot was opened after the file's date.", "Export the file again.")
    found = LotRow(
        account=row.account or "",
        as_of=reading.as_of,
        symbol=symbol,
        lot_id=None,
        acquired_on=opened_on,
        acquired_adjusted_on=None,
        quantity=quantity,
        unit_cost=row.number("cost/share"),
        basis_total=row.number("cost basis"),
        basis_status=None,
        basis_wash_adjusted=None,
        average_cost=None,
        acquired_by=None,
        donor_acquired_on=None,
        donor_basis=None,
        gift_on=None,
        gift_value=None,
        term=term if term in {"short", "long"} else None,
        ordinal=1,
        origin=row.origin(),
    )
    if not row.bad:
        reading.lots.append(found)


def _total(reading: Reading, row: Row) -> None:
    lots = reading.lots
    account = row.account or ""
    if (quantity := row.number("quantity")) is not None:
        summed = sum((lot.quantity for lot in lots), ZERO)
        reading.total(Total(account, "Total Quantity", quantity, summed, row.line.number))
    basis = row.number("cost basis")
    known = [lot.basis_total for lot in lots if lot.basis_total is not None]
    if basis is not None and len(known) == len(lots):
        total = Total(account, "Total Cost Basis", basis, sum(known, ZERO), row.line.number)
        reading.total(total, within=CENT * len(lots))


LAYOUT = Layout(
    slug=SLUG,
    name="Schwab lot details",
    custodian="schwab",
    confirmed="one reader's samples, 2020 to 2022",
    page="formats/schwab-lots.md",
    kinds=frozenset({RowKind.LOT}),
    reason_not=reason_not,
    parse=parse,
)
