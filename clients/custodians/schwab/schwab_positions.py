"""Schwab's positions export, one account or all. See docs/formats/schwab-positions.md."""

from __future__ import annotations

import re
from decimal import Decimal

from clients.custodians import cells
from clients.custodians.kinds import CashKind, HeldOut, RowKind, SecurityKind
from clients.custodians.layouts import Layout
from clients.custodians.reading import ZERO, Columns, Reading, Row, Upload
from clients.custodians.rows import CashRow, ParsedFile, PositionRow, Total
from clients.custodians.statements import (
    CENT,
    Holding,
    day_in,
    doubled,
    fits_header,
    is_header,
    position,
)
from clients.custodians.tables import Line, TableRefused, folded, head_of, lines_of

SLUG = "schwab-positions"

# Both generations of captions, mapped to the older names.
_ALIASES = {
    "qty": "quantity",
    "mkt val": "market value",
    "security type": "asset type",
    "reinvest dividends?": "reinvest?",
}
_NAMES = doubled(_ALIASES)
_CAPTIONS = Holding("symbol", "description", "quantity", "price", "market value", "cost basis")
_TITLE = re.compile(r"positions for (?:account )?(?P<label>.*?)\s*as of ", re.IGNORECASE)
_LABEL = re.compile(r"(?P<label>.*?)\s*(?P<mask>\.{3}[0-9]{3,4}|X{3,4}-?[0-9]{3,4})", re.IGNORECASE)
_TOTALS = frozenset({"positions total", "account total"})
_CASH = "cash & cash investments"
_FUTURES = frozenset({"futures cash", "futures positions market value"})
_KINDS = {
    "equity": SecurityKind.STOCK,
    "etfs & closed end funds": SecurityKind.ETF,
    "mutual fund": SecurityKind.MUTUAL_FUND,
    "cash and money market": SecurityKind.MONEY_MARKET,
    "fixed income": SecurityKind.BOND,
    "option": SecurityKind.OPTION,
}


def reason_not(upload: Upload) -> str | None:
    """Why this is not a Schwab positions export; None when it is."""
    head = head_of(upload.data)
    if not _TITLE.match(head.lstrip('" \r\n')):
        return 'it does not begin with "Positions for"'
    return None


def parse(upload: Upload) -> ParsedFile:
    """Read the export. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian="schwab", upload=upload)
    try:
        _Walk(reading).run()
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


class _Walk:
    """A state machine over the lines: title, then per account a label, a header, rows, a total."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.account: str | None = None
        self.columns: Columns | None = None
        self.header_line = 0
        self.sum = ZERO
        self.rows = 0

    def run(self) -> None:
        self.reading.covers |= {RowKind.POSITION, RowKind.CASH}
        for line in lines_of(self.reading.upload.data):
            if not line.is_blank:
                self._take(line)
        if self.columns:
            self._unfinished(self.header_line)
        if not self.reading.seen:
            self.reading.fault(
                "The file names no account.", "Export it again from the Positions page.", line=1
            )

    def _take(self, line: Line) -> None:
        first = line.cells[0].strip()
        if self.reading.as_of is None and (title := _TITLE.match(first)):
            self._title(line, title["label"])
        elif is_header(line, "symbol", "quantity", names=_NAMES):
            self._header(line)
        elif self.columns is None:
            # A label such as "Individual, Joint ...417" splits into two cells where it is not quoted.
            self._label(", ".join(cell.strip() for cell in line.cells if cell.strip()), line)
        else:
            self._row(line, self.columns)

    def _title(self, line: Line, label: str) -> None:
        self.reading.as_of = day_in(line.cells[0] if len(line.cells) == 1 else ",".join(line.cells))
        if self.reading.as_of is None:
            self.reading.fault(
                "The title holds no date.", "Export the file again.", line=line.number, value=line.cells[0]
            )
        self.reading.plausible_as_of(self.reading.as_of, line=line.number, column="title")
        if folded(label) not in {"all-accounts", "all accounts"}:
            self._label(label, line)

    def _label(self, label: str, line: Line) -> None:
        found = _LABEL.fullmatch(label.strip())
        if found is None:
            self.reading.fault(
                "This line is neither an account's name nor a header.",
                "Export the file again.",
                line=line.number,
                value=label,
            )
            return
        try:
            name = cells.text(found["label"])
        except cells.CellRefused as refused:
            self.reading.fault(refused.rule, refused.how_to_fix, line=line.number, value=label)
            return
        self.account = self.reading.account(mask=found["mask"], label=name)

    def _header(self, line: Line) -> None:
        if self.columns:
            self._unfinished(line.number)
        columns = Columns.read(self.reading, line, aliases=_NAMES)
        self.header_line, self.sum, self.rows = line.number, ZERO, 0
        self.columns = columns
        if self.account is None:
            self.reading.fault(
                "A header comes before any account's name.", "Export the file again.", line=line.number
            )
            self.account = self.reading.account()
        for missing in columns.missing("market value"):
            self.reading.fault(
                f"The export has no column {missing}.",
                "Show that column on the page, then export again.",
                line=line.number,
                column=missing,
                account=self.account,
            )

    def _unfinished(self, line: int) -> None:
        self.reading.fault(
            "The account's rows end without their total; the file was cut off.",
            "Export it again.",
            line=line,
            account=self.account,
        )
        self.columns = None

    def _row(self, line: Line, columns: Columns) -> None:
        reading, account = self.reading, self.account or ""
        row = Row(reading, columns, line, account)
        name = folded(row.raw("symbol"))
        if name in _TOTALS:
            stated = row.number("market value")
            if stated is not None:
                total = Total(account, row.raw("symbol").strip(), stated, self.sum, line.number)
                reading.total(total, within=CENT * self.rows)
            self.columns = self.account = None
            return
        if not fits_header(reading, columns, line, account):
            return
        self.rows += 1
        if name == _CASH:
            self._cash(row, account)
        elif name in _FUTURES:
            self._futures(row, account)
        else:
            kind = _KINDS.get(folded(row.raw("asset type")), SecurityKind.OTHER)
            found = position(
                row,
                _CAPTIONS,
                account=account,
                as_of=reading.as_of,
                symbol_text=row.raw("symbol"),
                kind=kind if "asset type" in columns else None,
                reinvest=None if folded(row.raw("reinvest?")) == "n/a" else row.flag("reinvest?"),
            )
            self.sum += found.value or ZERO
            if not row.bad:
                reading.positions.append(found)

    def _cash(self, row: Row, account: str) -> None:
        amount = row.need("market value", cells.number, ZERO)
        self.sum += amount
        kind = CashKind.MARGIN_DEBIT if amount < 0 else CashKind.SETTLED
        if not row.bad:
            self.reading.cash.append(
                CashRow(account, self.reading.as_of, kind, amount, None, None, row.origin())
            )

    def _futures(self, row: Row, account: str) -> None:
        value = row.need("market value", cells.number, ZERO)
        self.sum += value
        if not row.bad:
            self.reading.positions.append(
                PositionRow(
                    account=account,
                    as_of=self.reading.as_of,
                    symbol="FUTURES",
                    name=row.raw("symbol").strip(),
                    kind=SecurityKind.OTHER,
                    cusip=None,
                    quantity=None,
                    price=None,
                    value=value,
                    basis_total=None,
                    held_in=None,
                    reinvest=None,
                    factor=Decimal(1),
                    option=None,
                    held_out=HeldOut.FUTURES,
                    origin=row.origin(),
                )
            )


LAYOUT = Layout(
    slug=SLUG,
    name="Schwab positions",
    custodian="schwab",
    confirmed="several independent readers' samples, 2020 to 2026",
    page="formats/schwab-positions.md",
    kinds=frozenset({RowKind.POSITION, RowKind.CASH}),
    reason_not=reason_not,
    parse=parse,
)
