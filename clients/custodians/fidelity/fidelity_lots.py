"""Fidelity's lots: closed lots of three generations, and the stock plan's open lots.

See docs/formats/fidelity-lots.md. An open-lot export of the retail site is not confirmed and is refused.
"""

from __future__ import annotations

import re
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.fidelity.fidelity_positions import is_footer
from clients.custodians.kinds import Acquisition, RowKind
from clients.custodians.layouts import Layout
from clients.custodians.reading import Columns, Reading, Row, Upload
from clients.custodians.rows import ClosedLotRow, LotRow, OptionTerms, ParsedFile
from clients.custodians.statements import fits_header, is_header, readable, symbol_of
from clients.custodians.tables import TableRefused, folded, lines_of

SLUG_CLOSED = "fidelity-closed-lots"
SLUG_OPEN = "fidelity-plan-lots"

_CLOSED = ("symbol(cusip)", "quantity", "date acquired", "date sold", "proceeds", "cost basis")
_OPEN = ("date acquired", "quantity", "cost basis", "cost basis/share")
_IN_NAME = re.compile(r"Account_(?P<number>[A-Z]?[0-9A-Z]{5,12})", re.IGNORECASE)
_SYMBOL = re.compile(r"(?P<symbol>[^()]*)\((?P<cusip>[0-9A-Z]{9})\)")
_FOOTER_OPEN = "the values are displayed in usd"
_PLAN_SYMBOL = re.compile(
    r"open lots[ _-]+(?P<symbol>[A-Z][A-Z0-9]{0,5}(?:\.[A-Z]{1,2})?)(?=\.csv$|[ _(-]|$)", re.IGNORECASE
)


def reason_not_closed(upload: Upload) -> str | None:
    """Why these are not Fidelity closed lots; None when they are."""
    return _reason(upload, _CLOSED, "it has no header with Symbol(CUSIP), Date Acquired and Date Sold")


def reason_not_open(upload: Upload) -> str | None:
    """Why these are not open lots from Fidelity's stock-plan site; None when they are."""
    reason = _reason(upload, _OPEN, "it has no header with Date acquired, Cost basis and Cost basis/share")
    if reason is None and _has_symbol(upload):
        return "it has a Symbol column, and an open-lot export of the retail site is not confirmed"
    return reason


def _reason(upload: Upload, needed: tuple[str, ...], sentence: str) -> str | None:
    try:
        for count, line in enumerate(lines_of(upload.data)):
            if is_header(line, *needed):
                return None
            if count > 5:
                break
    except TableRefused as refused:
        return refused.rule
    return sentence


def _has_symbol(upload: Upload) -> bool:
    header = next(line for line in lines_of(upload.data) if is_header(line, *_OPEN))
    return any("symbol" in folded(cell) for cell in header.cells)


def parse_closed(upload: Upload) -> ParsedFile:
    """Read closed lots. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG_CLOSED, custodian="fidelity", upload=upload)
    reading.covers.add(RowKind.CLOSED_LOT)
    try:
        found = _IN_NAME.search(upload.name)
        if found is None:
            raise TableRefused(
                "The file's name does not say which account this is.",
                "Upload it under the name it was downloaded with, Realized_Gain_Loss_Account_X….csv.",
            )
        account = reading.account(number=found["number"].upper())
        for row in _rows(reading, account, _CLOSED):
            _closed(reading, row)
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


def parse_open(upload: Upload) -> ParsedFile:
    """Read a stock plan's open lots. The file has no symbol: its name must carry one, or it is refused."""
    reading = Reading(layout=SLUG_OPEN, custodian="fidelity", upload=upload)
    reading.covers.add(RowKind.LOT)
    try:
        named = _PLAN_SYMBOL.search(upload.name)
        if named is None:
            raise TableRefused(
                "The file names no security: it has no symbol column.",
                "Add the symbol to the file's name, as in View open lots ZZCO.csv.",
            )
        account = reading.account(label="Stock plan")
        for row in _rows(reading, account, _OPEN):
            _open(reading, row, symbols.canonical(named["symbol"]))
    except TableRefused as refused:
        reading.refuse(refused)
    except cells.CellRefused as refused:
        reading.fault(refused.rule, refused.how_to_fix)
    return reading.finish()


def _rows(reading: Reading, account: str, needed: tuple[str, ...]) -> list[Row]:
    columns: Columns | None = None
    rows: list[Row] = []
    for line in lines_of(reading.upload.data):
        if line.is_blank:
            continue
        if columns is None:
            if is_header(line, *needed):
                columns = Columns.read(reading, line)
        elif folded(line.cells[0]) == _FOOTER_OPEN or is_footer(line):
            continue
        elif fits_header(reading, columns, line, account):
            rows.append(Row(reading, columns, line, account))
    if columns is None:
        raise TableRefused("The file has no known header.", "Export the file again.")
    return rows


def _identity(row: Row) -> tuple[str, str | None]:
    """Our symbol, from before the parentheses, and the CUSIP inside: a bond reads `undefined(3135G0ZZ9)`."""
    cell = row.need("symbol(cusip)", cells.text, "")
    if option := _contract(cell):
        return option.root, None
    found = _SYMBOL.fullmatch(cell.strip())
    if found is None:
        name = row.text("security description")
        return symbol_of(row.reading, cell, account=row.account, name=name), symbols.cusip_in(cell)
    cusip = symbols.cusip_in(found["cusip"])
    if folded(found["symbol"]) in {"", "undefined"}:
        return found["cusip"], cusip
    return readable(found["symbol"]) or found["cusip"], cusip


def _contract(cell: str) -> OptionTerms | None:
    """The option a cell names, with or without a CUSIP in parentheses after it."""
    found = _SYMBOL.fullmatch(cell.strip())
    return symbols.option(found["symbol"] if found else cell)


def _closed(reading: Reading, row: Row) -> None:
    short = "short-term gain/loss" if "short-term gain/loss" in row.columns else "short term gain/loss"
    long = "long-term gain/loss" if "long-term gain/loss" in row.columns else "long term gain/loss"
    symbol, cusip = _identity(row)
    gain_short, gain_long = row.number(short), row.number(long)
    found = ClosedLotRow(
        account=row.account or "",
        symbol=symbol,
        name=row.text("security description"),
        quantity=abs(row.need("quantity", cells.number, Decimal(1))),
        opened_on=row.read("date acquired", cells.day_acquired),
        closed_on=row.day("date sold"),
        proceeds=row.number("proceeds"),
        basis_total=row.number("cost basis"),
        gain_short=gain_short,
        gain_long=gain_long,
        wash_sale=None,
        loss_disallowed=None,
        ordinal=1,
        origin=row.origin(),
        option=_contract(row.raw("symbol(cusip)")),
        term=_term(gain_short, gain_long),
        cusip=cusip,
    )
    if not row.bad:
        reading.closed_lots.append(found)


def _term(gain_short: Decimal | None, gain_long: Decimal | None) -> str | None:
    """The term, from the only column with a gain; None where both or neither have one."""
    if (gain_short is None) == (gain_long is None):
        return None
    return "long" if gain_short is None else "short"


def _open(reading: Reading, row: Row, symbol: str) -> None:
    quantity = row.need("quantity", cells.number, Decimal(1))
    if quantity <= 0:
        row.refuse("quantity", "A lot's quantity must be more than zero.", "Export the open lots again.")
    found = LotRow(
        account=row.account or "",
        as_of=None,
        symbol=symbol,
        lot_id=None,
        acquired_on=row.read("date acquired", cells.day_acquired),
        acquired_adjusted_on=None,
        quantity=quantity,
        unit_cost=row.number("cost basis/share"),
        basis_total=row.number("cost basis"),
        basis_status=None,
        basis_wash_adjusted=None,
        average_cost=None,
        acquired_by=Acquisition.COMPENSATION,
        donor_acquired_on=None,
        donor_basis=None,
        gift_on=None,
        gift_value=None,
        term=None,
        ordinal=1,
        origin=row.origin(),
    )
    if not row.bad:
        reading.lots.append(found)


LAYOUT_CLOSED = Layout(
    slug=SLUG_CLOSED,
    name="Fidelity closed lots",
    custodian="fidelity",
    confirmed="three generations of samples, 2021 to 2026",
    page="formats/fidelity-lots.md",
    kinds=frozenset({RowKind.CLOSED_LOT}),
    reason_not=reason_not_closed,
    parse=parse_closed,
)


LAYOUT_OPEN = Layout(
    slug=SLUG_OPEN,
    name="Fidelity stock plan lots",
    custodian="fidelity",
    confirmed="two independent readers",
    page="formats/fidelity-lots.md",
    kinds=frozenset({RowKind.LOT}),
    reason_not=reason_not_open,
    parse=parse_open,
)
