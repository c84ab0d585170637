"""Interactive Brokers' Flex Query XML, positions with lots, cash and trades. See docs/formats/ibkr-flex.md.

SUMMARY rows are the positions and LOT rows restate them: the two are compared, never added. Attributes exist
only where the query includes them, and the values MULTI, `--` and empty mean none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from clients.custodians import cells, symbols
from clients.custodians.ibkr.ibkr_cells import (
    BONDS,
    KINDS,
    conid_of,
    cusip_of,
    day_of,
    is_foreign,
    is_option,
    key_of,
    number_of,
    security_of,
)
from clients.custodians.ibkr.ibkr_movements import action_of, closed_lot_of, dollars_of, trade_of, transfer_of
from clients.custodians.kinds import CashKind, HeldOut, RowKind, SecurityKind
from clients.custodians.layouts import Layout
from clients.custodians.reading import ZERO, Columns, Reading, Row, Upload
from clients.custodians.rows import CashRow, LotRow, ParsedFile, PositionRow, Total, TransactionRow
from clients.custodians.safe_xml import events_of
from clients.custodians.statements import (
    OPTION_MULTIPLIER,
    PER_HUNDRED,
    add_held_out_caution,
    factor_of,
    why_held_out,
)
from clients.custodians.tables import Line, TableRefused, head_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SLUG = "ibkr-flex"

_READ = frozenset({"OpenPosition", "CashReportCurrency", "Trade", "Lot", "CorporateAction", "Transfer"})
_COVERS = {
    "OpenPositions": RowKind.POSITION,
    "CashReport": RowKind.CASH,
    "Trades": RowKind.TRANSACTION,
    "CorporateActions": RowKind.TRANSACTION,
    "Transfers": RowKind.TRANSACTION,
}
# Their value is the daily settlement, which is already in cash; the printed value is the contract's.
_FUTURES = frozenset({"FUT"})
_DERIVATIVES = frozenset({"CFD", "CMDTY", "CRYPTO", "FXCFD"})
_CURRENCY = re.compile(r"[A-Z]{3}")


def reason_not(upload: Upload) -> str | None:
    """Why this is not a Flex Query response; None when it is."""
    return None if "<FlexQueryResponse" in head_of(upload.data) else "it holds no FlexQueryResponse element"


def parse(upload: Upload) -> ParsedFile:
    """Read the statement. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian="ibkr", upload=upload)
    try:
        _Walk(reading).run()
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


class _Walk:
    """Collects one file. Positions and lots are compared after the last element."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.account = ""
        self.base = ""
        self.as_of: date | None = None
        self.summaries: dict[tuple[str, str], PositionRow] = {}
        self.trades: list[tuple[str, TransactionRow]] = []
        self.lot_sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        self.lot_rows: dict[tuple[str, str], Row] = {}

    def run(self) -> None:
        for event, element, line in events_of(self.reading.upload.data):
            if event == "start" and element.tag == "FlexStatement":
                self._statement(self._row(element, line))
            elif event == "start" and element.tag == "AccountInformation":
                self.base = element.attrib.get("currency", "")
            elif event == "start" and element.tag in _COVERS:
                self.reading.covers.add(_COVERS[element.tag])
            elif event == "start" and element.tag in _READ:
                self._take(element, self._row(element, line))
        self._compare()
        self._keep_one_level_of_trades()
        self.reading.as_of = self.as_of

    def _row(self, element: Element, line: int) -> Row:
        names = tuple(element.attrib)
        values = tuple(element.attrib.values())
        if any(len(value) > cells.CELL_CHARACTERS_MAX for value in values):
            raise TableRefused("An attribute is far too long.", "Download the file again.", line=line)
        header = Line(line, names)
        columns = Columns(header, {name: index for index, name in enumerate(names)})
        account = self.account or None
        return Row(self.reading, columns, Line(line, values), account)

    def _statement(self, row: Row) -> None:
        number = row.need("accountId", cells.identifier, "")
        if row.bad:
            self.account = ""
            return
        self.base = ""
        masked = "*" in number
        self.account = self.reading.account(
            number=None if masked else number, mask=number if masked else None, label=row.text("acctAlias")
        )
        row.account = self.account
        as_of = row.read("toDate", day_of)
        self.reading.plausible_as_of(as_of, line=row.line.number, column="toDate")
        if as_of is None and not row.bad:
            row.refuse("toDate", "The statement names no day.", "Add toDate to the query.")
        self.as_of = max(filter(None, (self.as_of, as_of)), default=None)

    def _take(self, element: Element, row: Row) -> None:
        if not self.account:
            return
        if element.tag == "OpenPosition":
            level = row.raw("levelOfDetail").upper()
            if level == "LOT":
                self._lot(row)
            elif level in {"SUMMARY", ""}:
                self._position(row)
            else:
                row.refuse("levelOfDetail", "This level of detail is not supported.", "Use Summary and Lot.")
        elif element.tag == "CashReportCurrency":
            self._cash(row)
        elif element.tag == "Trade":
            if trade := trade_of(row, base=self.base):
                self.trades.append(trade)
        elif element.tag == "Lot":
            self.reading.covers.add(RowKind.CLOSED_LOT)
            if closed := closed_lot_of(row):
                self.reading.closed_lots.append(closed)
        elif moved := (action_of if element.tag == "CorporateAction" else transfer_of)(row, base=self.base):
            self.reading.transactions.append(moved)

    def _position(self, row: Row) -> None:
        quantity = row.need("position", number_of, ZERO)
        found = self._held(row, quantity, row.read("positionValue", number_of))
        key = key_of(row)
        if key in self.summaries and not row.bad:
            row.refuse("symbol", "The position is in the file twice.", "Run the query for one day only.")
        if not row.bad:
            self.summaries[key] = found
            self.reading.positions.append(found)

    def _held(self, row: Row, quantity: Decimal, stated: Decimal | None) -> PositionRow:
        """A position; an irregular one is held out, with its value in dollars where that is known."""
        category, price = row.raw("assetCategory"), row.read("markPrice", number_of)
        factor: Decimal | None = Decimal(1)
        if is_option(row):
            factor = row.read("multiplier", number_of) or OPTION_MULTIPLIER
        elif category in BONDS:
            factor = PER_HUNDRED
        value = stated
        if value is None and price is not None and factor is not None:
            value = quantity * price * factor
        elif value is not None and price is not None and not is_option(row):
            factor = factor_of(quantity, price, value)
        symbol, name = security_of(row), row.text("description")
        held_out = why_held_out(
            symbol, is_option=is_option(row), quantity=quantity, value=value, factor=factor
        )
        if category in _FUTURES:
            held_out, value, price = HeldOut.FUTURES, ZERO, None
        elif category in _DERIVATIVES:
            held_out = held_out or HeldOut.DERIVATIVE
            value = None if category.endswith("CFD") else value
        elif category in BONDS:
            held_out = held_out or HeldOut.BOND
        basis = row.read("costBasisMoney", number_of)
        if is_foreign(row):
            held_out, price, basis = HeldOut.FOREIGN, None, None
            value = dollars_of(row, base=self.base).of(value)
        if not row.bad:
            add_held_out_caution(row, held_out, name or symbol)
        return PositionRow(
            account=self.account,
            as_of=row.read("reportDate", day_of) or self.as_of,
            symbol=symbol,
            name=name,
            kind=KINDS.get(row.raw("subCategory")) or KINDS.get(category, SecurityKind.OTHER),
            cusip=cusip_of(row),
            quantity=quantity,
            price=None if factor is None else price,
            value=value,
            basis_total=basis,
            held_in=None,
            reinvest=None,
            factor=factor or Decimal(1),
            option=symbols.option(row.raw("symbol")),
            held_out=held_out,
            origin=row.origin(),
            conid=conid_of(row),
        )

    def _lot(self, row: Row) -> None:
        self.reading.covers.add(RowKind.LOT)
        quantity = row.need("position", number_of, Decimal(1))
        key = key_of(row)
        self.lot_sums[key] += quantity
        self.lot_rows[key] = row
        if is_option(row) or quantity < 0:
            return
        opened_on = row.read("openDateTime", day_of)
        counts_from = row.read("holdingPeriodDateTime", day_of)
        code = {part.strip() for part in row.raw("code").split(";")}
        found = LotRow(
            account=self.account,
            as_of=row.read("reportDate", day_of) or self.as_of,
            symbol=security_of(row),
            lot_id=row.read("originatingTransactionID", cells.identifier),
            acquired_on=opened_on,
            acquired_adjusted_on=counts_from if counts_from != opened_on else None,
            quantity=quantity,
            # The dollar basis of a foreign-currency lot is unknown, because it needs the rate of the purchase
            # day.
            unit_cost=None if is_foreign(row) else row.read("costBasisPrice", number_of),
            basis_total=None if is_foreign(row) else row.read("costBasisMoney", number_of),
            basis_status=None,
            basis_wash_adjusted=None,
            average_cost=None,
            acquired_by=None,
            donor_acquired_on=None,
            donor_basis=None,
            gift_on=None,
            gift_value=None,
            term="long" if "LT" in code else "short" if "ST" in code else None,
            ordinal=1,
            origin=row.origin(),
            cusip=cusip_of(row),
            conid=conid_of(row),
        )
        if not row.bad:
            self.reading.lots.append(found)

    def _compare(self) -> None:
        for key, summed in self.lot_sums.items():
            row = self.lot_rows[key]
            summary = self.summaries.get(key)
            if summary is None or summary.quantity is None:
                self._position_from_lots(key, summed, row)
                continue
            total = Total(key[0], f"Position {summary.symbol}", summary.quantity, summed, row.line.number)
            self.reading.total(total)

    def _position_from_lots(self, key: tuple[str, str], summed: Decimal, row: Row) -> None:
        """For a query with lots only, the position is the sum of its lots."""
        self.reading.caution(
            f"{security_of(row)} has lots but no summary row; its position is the sum of the lots.",
            line=row.line.number,
            account=key[0],
        )
        self.account = key[0]
        found = self._held(row, summed, None)
        if not row.bad:
            self.reading.positions.append(found)

    def _cash(self, row: Row) -> None:
        # BASE_SUMMARY repeats the sum over all currencies.
        if row.raw("currency") == "BASE_SUMMARY":
            return
        ending = row.need("endingCash", number_of, ZERO)
        settled = row.read("endingSettledCash", number_of)
        if row.bad:
            return
        if is_foreign(row):
            self._foreign_cash(row, ending)
            return
        parts = [(CashKind.SETTLED, ending if settled is None else settled)]
        if settled is not None and settled != ending:
            parts.append((CashKind.PENDING, ending - settled))
        for kind, amount in parts:
            if kind is CashKind.SETTLED and amount < 0:
                kind = CashKind.MARGIN_DEBIT
            self.reading.cash.append(
                CashRow(self.account, self.as_of, kind, amount, None, None, row.origin())
            )

    def _foreign_cash(self, row: Row, amount: Decimal) -> None:
        """Foreign cash counts at the file's rate and is not traded; a zero balance is skipped."""
        currency = row.raw("currency").strip()
        if not amount:
            return
        if not _CURRENCY.fullmatch(currency):
            row.refuse("currency", "This is not a currency.", "Download the file again.")
            return
        value = dollars_of(row, base=self.base).of(amount)
        name = f"Cash in {currency}"
        add_held_out_caution(row, HeldOut.FOREIGN if value is not None else HeldOut.NO_VALUE, name)
        if row.bad:
            return
        self.reading.positions.append(
            PositionRow(
                account=self.account,
                as_of=self.as_of,
                symbol=f"CASH.{currency}",
                name=name,
                kind=SecurityKind.OTHER,
                cusip=None,
                quantity=amount,
                price=None,
                value=value,
                basis_total=None,
                held_in=None,
                reinvest=None,
                factor=Decimal(1),
                option=None,
                held_out=HeldOut.FOREIGN,
                origin=row.origin(),
            )
        )

    def _keep_one_level_of_trades(self) -> None:
        """Orders summarize their executions; where both are exported, the executions are kept."""
        levels = {level for level, _ in self.trades}
        both = "ORDER" in levels and levels != {"ORDER"}
        self.reading.transactions += [
            trade for level, trade in self.trades if not (both and level == "ORDER")
        ]


LAYOUT = Layout(
    slug=SLUG,
    name="Interactive Brokers Flex",
    custodian="ibkr",
    confirmed="one reader's type list and tests",
    page="formats/ibkr-flex.md",
    kinds=frozenset({RowKind.POSITION, RowKind.LOT, RowKind.CASH, RowKind.TRANSACTION, RowKind.CLOSED_LOT}),
    reason_not=reason_not,
    parse=parse,
)
