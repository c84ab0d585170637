"""Fidelity's account history, of all its generations. See docs/formats/fidelity-history.md.

401(k) rows print the quantity under Price, and the row does not show which figure is meant. A row whose
arithmetic does not hold keeps its amount, and its shares and price are unknown.
"""

from __future__ import annotations

import re
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.fidelity.fidelity_actions import kind_of, parent_in
from clients.custodians.fidelity.fidelity_positions import downloaded_on, is_footer
from clients.custodians.kinds import RowKind
from clients.custodians.kinds import TransactionKind as Kind
from clients.custodians.layouts import Layout
from clients.custodians.reading import NO_DAY, Columns, Reading, Row, Upload
from clients.custodians.rows import ParsedFile, TransactionRow
from clients.custodians.statements import fits_header, is_header, readable, symbol_of
from clients.custodians.tables import Line, TableRefused, lines_of

SLUG = "fidelity-history"

_NEEDED = ("run date", "action", "symbol", "quantity", "price", "amount", "settlement date")
_IN_NAME = re.compile(r"History_for_Account_(?P<number>[0-9A-Z]{6,12})", re.IGNORECASE)
_AS_OF = re.compile(r" as of ([A-Za-z]{3}-[0-9]{1,2}-[0-9]{4})")
_LEADING_MAX = 8


def _names(caption: str) -> tuple[str, ...]:
    """Captions come with or without the currency: `Price ($)` is `price`."""
    return (caption.removesuffix(" ($)"),)


def reason_not(upload: Upload) -> str | None:
    """Why this is not a Fidelity history; None when it is."""
    try:
        for count, line in enumerate(lines_of(upload.data)):
            if is_header(line, *_NEEDED, names=_names):
                return None
            if count > _LEADING_MAX:
                break
    except TableRefused as refused:
        return refused.rule
    return "it has no header with Run Date, Action, Symbol, Quantity, Price, Amount and Settlement Date"


def parse(upload: Upload) -> ParsedFile:
    """Read the history. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian="fidelity", upload=upload)
    reading.covers.add(RowKind.TRANSACTION)
    try:
        _walk(reading)
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


def _walk(reading: Reading) -> None:
    named = _IN_NAME.search(reading.upload.name)
    alone = reading.account(number=named["number"].upper()) if named else None
    columns: Columns | None = None
    for line in lines_of(reading.upload.data):
        if line.is_blank:
            continue
        if columns is None:
            if is_header(line, *_NEEDED, names=_names):
                columns = Columns.read(reading, line, aliases=_names)
                if alone is None and "account number" not in columns:
                    raise TableRefused(
                        "Neither a column nor the file's name says which account this is.",
                        "Upload it under the name it was downloaded with, History_for_Account_X….csv.",
                        line=line.number,
                    )
        elif is_footer(line):
            if day := downloaded_on(line.cells[0]):
                reading.as_of = day
        else:
            _row(reading, columns, line, alone)
    if reading.as_of is None:
        reading.fault(
            'The footer "Date downloaded" is missing; the file was cut off or edited.', "Export it again."
        )


def _row(reading: Reading, columns: Columns, line: Line, alone: str | None) -> None:
    row = Row(reading, columns, line)
    if "account number" in columns:
        number = row.need("account number", cells.identifier, "")
        if row.bad:
            return
        row.account = reading.account(number=number, label=row.text("account"))
    else:
        row.account = alone
    if fits_header(reading, columns, line, row.account):
        _transaction(reading, row)


def _transaction(reading: Reading, row: Row) -> None:
    action = row.need("action", cells.text, "")
    quantity, price, amount = row.number("quantity"), row.number("price"), row.number("amount")
    kind = kind_of(action, quantity=quantity, amount=amount)
    if kind is None and not row.bad:
        reading.caution(
            f'"{cells.shown(action)}" is an unknown action; line {row.line.number} is imported as other.',
            line=row.line.number,
            account=row.account,
        )
    run_on = row.need("run date", cells.day, NO_DAY)
    effective = _AS_OF.search(action)
    trade_on = row.read("action", lambda _: cells.day(effective[1])) if effective else run_on
    reading.plausible_as_of(run_on, line=row.line.number, column="Run Date")
    raw_symbol = row.raw("symbol")
    option = symbols.option(raw_symbol)
    symbol = option.root if option else _symbol(reading, row)
    if kind in {Kind.BUY, Kind.SELL} and not option and not _fits(quantity, price, amount) and not row.bad:
        reading.caution(
            f"Quantity times price is not the amount of line {row.line.number}; shares and price are not read.",
            line=row.line.number,
            account=row.account,
        )
        quantity = price = None
    parent = parent_in(action) if kind is Kind.SPIN_OFF else None
    found = TransactionRow(
        account=row.account or "",
        kind=Kind.OPTION if option else kind or Kind.OTHER,
        trade_on=trade_on or run_on,
        settles_on=row.day("settlement date"),
        transaction_id=None,
        symbol=symbol,
        quantity=quantity or None,
        price=price,
        amount=amount,
        fees=_fees(row),
        lot_id=None,
        related_id=None,
        description=action,
        option=option,
        ordinal=1,
        origin=row.origin(),
        from_symbol=readable(parent) if parent else None,
        cusip=symbols.cusip_in(symbol or ""),
    )
    if not row.bad:
        reading.transactions.append(found)


def _fees(row: Row) -> Decimal | None:
    parts = [fee for fee in (row.number("commission"), row.number("fees")) if fee is not None]
    return sum(parts, Decimal(0)) if parts else None


def _symbol(reading: Reading, row: Row) -> str | None:
    """The row's security; None for cash, which the description shows."""
    text = row.raw("symbol").strip()
    return symbol_of(reading, text, account=row.account, name=row.text("description")) if text else None


def _fits(quantity: Decimal | None, price: Decimal | None, amount: Decimal | None) -> bool:
    """Whether a trade's quantity times price is its amount, but for fees; per hundred for bonds."""
    if quantity is None or price is None or amount is None:
        return True
    gross, net = abs(quantity * price), abs(amount)
    slack = max(Decimal(50), net / 50)
    return abs(gross - net) <= slack or abs(gross / 100 - net) <= slack


LAYOUT = Layout(
    slug=SLUG,
    name="Fidelity account history",
    custodian="fidelity",
    confirmed="several independent readers' samples, to 2026",
    page="formats/fidelity-history.md",
    kinds=frozenset({RowKind.TRANSACTION}),
    reason_not=reason_not,
    parse=parse,
)
