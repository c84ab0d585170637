"""Schwab's transaction export, CSV of three generations or JSON. See docs/formats/schwab-transactions.md.

The present files name the account only in the file's name; there are no transaction ids, and identical
rows can be true duplicates, so they are counted and kept.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.kinds import RowKind
from clients.custodians.kinds import TransactionKind as Kind
from clients.custodians.layouts import Layout
from clients.custodians.reading import NO_DAY, ZERO, Columns, Reading, Row, Upload
from clients.custodians.rows import ParsedFile, TransactionRow
from clients.custodians.schwab.schwab_actions import kind_of
from clients.custodians.statements import is_header, symbol_of
from clients.custodians.tables import BYTES_MAX, LINES_MAX, Line, TableRefused, encoding_of, folded, lines_of

SLUG = "schwab-transactions"

_CAPTIONS = ("date", "action", "symbol", "description", "quantity", "price", "fees & comm", "amount")
_TITLE = re.compile(r"transactions\s+for account (?P<account>.*?)(?:\s+as of .*)?", re.IGNORECASE)
_FILE_NAME = re.compile(r"(?:(?P<label>.+?)_)?(?P<mask>X{3}[0-9]{3,4})_Transactions_", re.IGNORECASE)
_IN_TITLE = re.compile(r"(?:(?P<label>.*?)\s*)?(?P<mask>\.{3}[0-9]{3,4}|X{3,4}-?[0-9]{3,4})", re.IGNORECASE)
_JSON_ROWS = "BrokerageTransactions"


def reason_not(upload: Upload) -> str | None:
    """Why this is not a Schwab transaction export; None when it is."""
    if upload.data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{":
        return (
            None if f'"{_JSON_ROWS}"'.encode() in upload.data else "the JSON holds no BrokerageTransactions"
        )
    try:
        for count, line in enumerate(lines_of(upload.data)):
            if is_header(line, *_CAPTIONS):
                return None
            if count > 3:
                break
    except TableRefused as refused:
        return refused.rule
    return "its header is not Date, Action, Symbol, Description, Quantity, Price, Fees & Comm, Amount"


def parse(upload: Upload) -> ParsedFile:
    """Read the transactions. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian="schwab", upload=upload)
    reading.covers.add(RowKind.TRANSACTION)
    try:
        if upload.data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{":
            _walk_json(reading)
        else:
            _walk_csv(reading)
    except TableRefused as refused:
        reading.refuse(refused)
    reading.transactions = _with_former_names(reading.transactions)
    return reading.finish()


def _with_former_names(rows: list[TransactionRow]) -> list[TransactionRow]:
    """A name change is two rows of one day: the old symbol's shares out and the new one's in."""
    gone: dict[tuple[str, date, Decimal], list[str]] = defaultdict(list)
    for row in rows:
        if row.kind is Kind.RENAME and row.symbol and row.quantity and row.quantity < 0:
            gone[row.account, row.trade_on, -row.quantity].append(row.symbol)
    out: list[TransactionRow] = []
    for row in rows:
        names = gone.get((row.account, row.trade_on, row.quantity or ZERO), [])
        # Two changes of one day and size cannot be distinguished, so neither is matched.
        if row.kind is Kind.RENAME and len(names) == 1:
            row = replace(row, from_symbol=names[0])
        out.append(row)
    return out


def _account_from_name(reading: Reading) -> str | None:
    found = _FILE_NAME.search(reading.upload.name.replace("\\", "/").rpartition("/")[2])
    if found is None:
        return None
    label = found["label"].replace("_", " ").strip() if found["label"] else None
    return reading.account(mask=found["mask"], label=label)


def _need_account(reading: Reading, account: str | None) -> str:
    if account is None:
        raise TableRefused(
            "Neither the file's name nor its title says which account this is.",
            "Upload it under the name it was downloaded with, such as Joint_XXX417_Transactions_….csv.",
        )
    return account


def _walk_csv(reading: Reading) -> None:
    account = _account_from_name(reading)
    columns: Columns | None = None
    for line in lines_of(reading.upload.data):
        if line.is_blank:
            continue
        if columns is None:
            if is_header(line, *_CAPTIONS):
                columns = Columns.read(reading, line)
                account = _need_account(reading, account)
            elif title := _TITLE.fullmatch(line.cells[0].strip()):
                account = _account_in_title(reading, title["account"]) or account
        elif folded(line.cells[0]) == "transactions total":
            continue
        else:
            _csv_row(reading, columns, line, account or "")


def _account_in_title(reading: Reading, whose: str) -> str | None:
    found = _IN_TITLE.fullmatch(whose.strip())
    return reading.account(mask=found["mask"], label=found["label"] or None) if found else None


def _csv_row(reading: Reading, columns: Columns, line: Line, account: str) -> None:
    width = len(_CAPTIONS)
    if len(line.cells) < width or any(line.cells[width:]):
        reading.fault(
            f"The line has {len(line.cells)} cells, but the header has {width}.",
            "Export the file again; do not edit it by hand.",
            line=line.number,
            column=f"{min(len(line.cells), width) + 1}",
            account=account,
        )
        return
    _transaction(reading, Row(reading, columns, line, account))


def _walk_json(reading: Reading) -> None:
    account = _need_account(reading, _account_from_name(reading))
    data = reading.upload.data
    if len(data) > BYTES_MAX or data.count(b"{") > LINES_MAX:
        raise TableRefused("The file is too large.", "Download a shorter period.")
    try:
        document = json.loads(data.decode(encoding_of(data)), parse_float=Decimal, parse_int=_plain)
    except RecursionError:
        raise TableRefused("The JSON is nested too deeply.", "Download the file again.") from None
    except json.JSONDecodeError as broken:
        raise TableRefused(
            "The JSON is broken or was cut off.", "Download the file again.", line=broken.lineno
        ) from None
    rows = document.get(_JSON_ROWS) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise TableRefused("The JSON holds no list BrokerageTransactions.", "Download the file again.")
    header = Line(
        1, ("Date", "Action", "Symbol", "Description", "Quantity", "Price", "Fees & Comm", "Amount")
    )
    keys = ("Date", "Action", "Symbol", "Description", "Quantity", "Price", "Fees & Comm", "Amount")
    columns = Columns.read(reading, header)
    for ordinal, item in enumerate(rows, start=1):
        values = [item.get(key, "") if isinstance(item, dict) else None for key in keys]
        if not all(isinstance(value, str) and len(value) <= cells.CELL_CHARACTERS_MAX for value in values):
            reading.fault(
                f"Transaction {ordinal} does not have eight short text values.",
                "Download the file again.",
                account=account,
            )
            continue
        _transaction(reading, Row(reading, columns, Line(ordinal, tuple(map(str, values))), account))


def _plain(digits: str) -> str:
    """Keep whole numbers as text, since a number of a million digits would take seconds to convert."""
    return digits


def _effective(cell: str) -> date | None:
    """The effective day: `02/07/2024 as of 02/05/2024` gives the posting day first."""
    posted, _, effective = cell.partition(" as of ")
    return cells.day(effective or posted)


def _transaction(reading: Reading, row: Row) -> None:
    effective_on = row.need("date", _effective, NO_DAY)
    action = row.need("action", cells.text, "")
    quantity, amount = row.number("quantity"), row.number("amount")
    kind, sign = kind_of(folded(action), quantity, amount)
    if kind is None and not row.bad:
        reading.caution(
            f'"{action}" is an unknown action; line {row.line.number} is imported as other.',
            line=row.line.number,
            account=row.account,
        )
    if quantity is not None and sign:
        quantity = abs(quantity) * sign
    raw_symbol, description = row.raw("symbol"), row.text("description")
    option = symbols.option(raw_symbol)
    symbol = option.root if option else None
    if symbol is None and raw_symbol.strip(" -"):
        symbol = symbol_of(reading, raw_symbol, account=row.account, name=description)
    reading.plausible_as_of(effective_on, line=row.line.number, column="Date")
    found = TransactionRow(
        account=row.account or "",
        kind=Kind.OPTION if option else kind or Kind.OTHER,
        trade_on=effective_on,
        settles_on=None,
        transaction_id=None,
        symbol=symbol,
        quantity=quantity,
        price=row.number("price"),
        amount=amount,
        fees=row.number("fees & comm"),
        lot_id=None,
        related_id=None,
        description=f"{action}: {description or ''}".rstrip(": "),
        option=option,
        ordinal=1,
        origin=row.origin(),
        cusip=symbols.cusip_in(symbol or ""),
    )
    if not row.bad:
        reading.transactions.append(found)


LAYOUT = Layout(
    slug=SLUG,
    name="Schwab transactions",
    custodian="schwab",
    confirmed="several independent readers' samples, to 2026",
    page="formats/schwab-transactions.md",
    kinds=frozenset({RowKind.TRANSACTION}),
    reason_not=reason_not,
    parse=parse,
)
