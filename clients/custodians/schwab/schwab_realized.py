"""Schwab's realized gain and loss by lot. See docs/formats/schwab-realized.md.

It is not confirmed whether Gain/Loss ($) includes the disallowed part, so no gain is read: the record
computes proceeds less basis itself.
"""

from __future__ import annotations

import re
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.kinds import RowKind
from clients.custodians.layouts import Layout
from clients.custodians.reading import Columns, Reading, Row, Upload
from clients.custodians.rows import ClosedLotRow, ParsedFile
from clients.custodians.statements import fits_header, is_header, symbol_of
from clients.custodians.tables import TableRefused, folded, head_of, lines_of

SLUG = "schwab-realized"

_TITLE = re.compile(r"realized gain/loss - lot details for (?P<account>.*?)\s+as of ", re.IGNORECASE)
_NEEDED = ("symbol", "closed date", "opened date", "quantity", "proceeds", "cost basis (cb)", "wash sale?")
_TERMS = {"long term": "long", "short term": "short"}
_MASKED = re.compile(r"(?:(?P<label>.*?)\s*)?(?P<mask>\.{3}[0-9]{3,4})")


def reason_not(upload: Upload) -> str | None:
    """Why this is not a realized gain and loss file by lot; None when it is."""
    if _TITLE.match(head_of(upload.data).lstrip('" \r\n')):
        return None
    return 'it does not begin with "Realized Gain/Loss - Lot Details for"'


def parse(upload: Upload) -> ParsedFile:
    """Read the closed lots. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian="schwab", upload=upload)
    reading.covers.add(RowKind.CLOSED_LOT)
    try:
        _walk(reading)
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


def _named(reading: Reading, label: str) -> str:
    found = _MASKED.fullmatch(label.strip())
    if found:
        return reading.account(mask=found["mask"], label=(found["label"] or "").replace("_", " ") or None)
    return reading.account(label=label.replace("_", " ").strip() or None)


def _walk(reading: Reading) -> None:
    account: str | None = None
    columns: Columns | None = None
    for line in lines_of(reading.upload.data):
        if line.is_blank:
            continue
        filled = [cell for cell in line.cells if cell.strip()]
        if title := _TITLE.match(line.cells[0].strip()):
            if folded(title["account"]) not in {"all-accounts", "all accounts", "all_accounts"}:
                account = _named(reading, title["account"])
        elif is_header(line, *_NEEDED):
            columns = Columns.read(reading, line)
        elif len(filled) == 1:
            account, columns = _named(reading, filled[0]), None
        elif columns is None or account is None:
            raise TableRefused(
                "A row comes before the header or the account's name.",
                "Export the file again.",
                line=line.number,
            )
        elif folded(line.cells[0]) != "total" and fits_header(reading, columns, line, account):
            _closed(reading, Row(reading, columns, line, account))
    if columns is None:
        raise TableRefused("The file has no known header.", "Export Realized Gain/Loss with lot details.")


def _closed(reading: Reading, row: Row) -> None:
    option = symbols.option(row.raw("symbol"))
    found = ClosedLotRow(
        account=row.account or "",
        symbol=option.root
        if option
        else symbol_of(reading, row.raw("symbol"), account=row.account, name=row.text("name")),
        name=row.text("name"),
        quantity=abs(row.need("quantity", cells.number, Decimal(1))),
        opened_on=row.read("opened date", cells.day_acquired),
        closed_on=row.day("closed date"),
        proceeds=row.number("proceeds"),
        basis_total=row.number("cost basis (cb)"),
        gain_short=None,
        gain_long=None,
        wash_sale=row.flag("wash sale?"),
        loss_disallowed=_absolute(row.number("disallowed loss")),
        ordinal=1,
        origin=row.origin(),
        option=option,
        term=_TERMS.get(folded(row.raw("term"))),
        cusip=symbols.cusip_in(row.raw("symbol")),
    )
    if not row.bad:
        reading.closed_lots.append(found)


def _absolute(amount: Decimal | None) -> Decimal | None:
    """Samples disagree about the sign of a disallowed loss, which is always a loss."""
    return None if amount is None else abs(amount)


LAYOUT = Layout(
    slug=SLUG,
    name="Schwab realized gain and loss",
    custodian="schwab",
    confirmed="several independent readers' samples, to 2026",
    page="formats/schwab-realized.md",
    kinds=frozenset({RowKind.CLOSED_LOT}),
    reason_not=reason_not,
    parse=parse,
)
