"""Interactive Brokers' Flex Query XML, positions with lots, cash and trades. See docs/formats/ibkr-flex.md.

SUMMARY rows are the positions and LOT rows restate them: the two are compared, never added. Attributes
exist only where the user ticked them, and values MULTI, `--` and empty mean none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from clients.custodians import cells, symbols
from clients.custodians.kinds import CashKind, RowKind, SecurityKind
from clients.custodians.kinds import TransactionKind as Kind
from clients.custodians.reading import NO_DAY, ZERO, Columns, Reading, Row, Upload
from clients.custodians.rows import (
    CashRow,
    ClosedLotRow,
    LotRow,
    ParsedFile,
    PositionRow,
    Total,
    TransactionRow,
)
from clients.custodians.safe_xml import events_of
from clients.custodians.statements import (
    BOND_HELD_OUT,
    OPTION_HELD_OUT,
    OPTION_MULTIPLIER,
    PER_HUNDRED,
    SHORT_HELD_OUT,
    factor_of,
)
from clients.custodians.tables import Line, TableRefused, head_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SLUG = "ibkr-flex"

_KINDS = {
    "STK": SecurityKind.STOCK,
    "ETF": SecurityKind.ETF,
    "FUND": SecurityKind.MUTUAL_FUND,
    "BOND": SecurityKind.BOND,
    "BILL": SecurityKind.BOND,
    "OPT": SecurityKind.OPTION,
}
_NONE = frozenset({"", "--", "MULTI", "-"})
_READ = ("OpenPosition", "CashReportCurrency", "Trade", "Lot")


def reason_not(upload: Upload) -> str | None:
    """Why this is no Flex Query answer, or None when it is."""
    return None if "<FlexQueryResponse" in head_of(upload.data) else "it holds no FlexQueryResponse element"


def parse(upload: Upload) -> ParsedFile:
    """Read the statement. Never raises: what is wrong stands in `faults`."""
    reading = Reading(layout=SLUG, custodian="ibkr", upload=upload)
    try:
        _Walk(reading).run()
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


def _day(cell: str) -> date | None:
    """The date of `20261120;161500`, `2026-11-20, 16:15:00` and their kin: formats are set per query."""
    if cell.strip() in _NONE:
        return None
    return cells.day(re.split(r"[;, T]", cell.strip(), maxsplit=1)[0])


def _number(cell: str) -> Decimal | None:
    return None if cell.strip() in _NONE else cells.number(cell)


def _option(attributes: Row) -> bool:
    return attributes.raw("assetCategory") in {"OPT", "FOP", "IOPT"}


class _Walk:
    """Collects one file. Positions and lots are compared when the last element has passed."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.account = ""
        self.as_of: date | None = None
        self.summaries: dict[tuple[str, str], PositionRow] = {}
        self.trades: list[tuple[str, TransactionRow]] = []
        self.lot_sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        self.lot_rows: dict[tuple[str, str], Row] = {}

    def run(self) -> None:
        for event, element, line in events_of(self.reading.upload.data):
            if event == "start" and element.tag == "FlexStatement":
                self._statement(self._row(element, line))
            elif event == "start" and element.tag in {"OpenPositions", "CashReport", "Trades"}:
                self._covers(element.tag)
            elif event == "start" and element.tag in _READ:
                self._take(element, self._row(element, line))
        self._compare()
        self._keep_one_level_of_trades()
        self.reading.as_of = self.as_of

    def _covers(self, tag: str) -> None:
        covered = {
            "OpenPositions": {RowKind.POSITION},
            "CashReport": {RowKind.CASH},
            "Trades": {RowKind.TRANSACTION},
        }
        self.reading.covers |= covered[tag]

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
        masked = "*" in number
        self.account = self.reading.account(
            number=None if masked else number, mask=number if masked else None, label=row.text("acctAlias")
        )
        row.account = self.account
        as_of = row.read("toDate", _day)
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
                row.refuse(
                    "levelOfDetail", "This level of detail is not one we know.", "Use Summary and Lot."
                )
        elif element.tag == "CashReportCurrency":
            self._cash(row)
        elif element.tag == "Trade":
            self._trade(row)
        else:
            self._closed_lot(row)

    def _symbol(self, row: Row) -> str:
        option = symbols.option(row.raw("symbol"))
        return option.root if option else row.symbol("symbol")

    def _dollars(self, row: Row) -> bool:
        currency = row.raw("currency")
        if currency in {"", "USD"}:
            return True
        row.refuse("currency", "The row is not in US dollars.", "Only dollar accounts are read.")
        return False

    def _position(self, row: Row) -> None:
        if not self._dollars(row):
            return
        quantity, price = row.need("position", _number, ZERO), row.read("markPrice", _number)
        option = symbols.option(row.raw("symbol"))
        is_option = option is not None or _option(row)
        stated, factor = row.read("positionValue", _number), Decimal(1)
        if is_option:
            factor = row.read("multiplier", _number) or OPTION_MULTIPLIER
        elif row.raw("assetCategory") in {"BOND", "BILL"}:
            factor = PER_HUNDRED
        if stated is not None and price is not None and not row.bad and not is_option:
            found_factor = factor_of(quantity, price, stated)
            if found_factor is None:
                row.refuse(
                    "positionValue", "Position times mark price is not the value.", "Download it again."
                )
            factor = found_factor or factor
        held_out = OPTION_HELD_OUT if is_option else SHORT_HELD_OUT if quantity < 0 else None
        found = PositionRow(
            account=self.account,
            as_of=row.read("reportDate", _day) or self.as_of,
            symbol=self._symbol(row),
            name=row.text("description"),
            kind=_KINDS.get(row.raw("subCategory"))
            or _KINDS.get(row.raw("assetCategory"), SecurityKind.OTHER),
            cusip=row.text("cusip"),
            quantity=quantity,
            price=price,
            value=stated if stated is not None else None if price is None else quantity * price * factor,
            basis_total=row.read("costBasisMoney", _number),
            held_in=None,
            reinvest=None,
            factor=factor,
            option=option,
            held_out=held_out or (BOND_HELD_OUT if factor == PER_HUNDRED else None),
            origin=row.origin(),
        )
        key = (self.account, row.raw("symbol"))
        if key in self.summaries and not row.bad:
            row.refuse("symbol", "The position stands twice in the file.", "Run the query for one day only.")
        if not row.bad:
            self.summaries[key] = found
            self.reading.positions.append(found)

    def _lot(self, row: Row) -> None:
        self.reading.covers.add(RowKind.LOT)
        if not self._dollars(row):
            return
        quantity = row.need("position", _number, Decimal(1))
        key = (self.account, row.raw("symbol"))
        self.lot_sums[key] += quantity
        self.lot_rows[key] = row
        if symbols.option(row.raw("symbol")) or _option(row) or quantity < 0:
            return
        opened_on = row.read("openDateTime", _day)
        counts_from = row.read("holdingPeriodDateTime", _day)
        code = {part.strip() for part in row.raw("code").split(";")}
        found = LotRow(
            account=self.account,
            as_of=row.read("reportDate", _day) or self.as_of,
            symbol=self._symbol(row),
            lot_id=row.read("originatingTransactionID", cells.identifier),
            acquired_on=opened_on,
            acquired_adjusted_on=counts_from if counts_from != opened_on else None,
            quantity=quantity,
            unit_cost=row.read("costBasisPrice", _number),
            basis_total=row.read("costBasisMoney", _number),
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
        """A query with lots only says as much: the position is the sum of its lots."""
        self.reading.caution(
            f"{key[1]} has lots but no summary row; its position is the sum of the lots.",
            line=row.line.number,
            account=key[0],
        )
        price = row.read("markPrice", _number)
        option = symbols.option(row.raw("symbol"))
        is_option = option is not None or _option(row)
        factor = OPTION_MULTIPLIER if is_option else Decimal(1)
        held_out = OPTION_HELD_OUT if is_option else SHORT_HELD_OUT if summed < 0 else None
        if row.bad:
            return
        self.reading.positions.append(
            PositionRow(
                account=key[0],
                as_of=row.read("reportDate", _day) or self.as_of,
                symbol=self._symbol(row),
                name=row.text("description"),
                kind=_KINDS.get(row.raw("assetCategory"), SecurityKind.OTHER),
                cusip=row.text("cusip"),
                quantity=summed,
                price=price,
                value=None if price is None else summed * price * factor,
                basis_total=None,
                held_in=None,
                reinvest=None,
                factor=factor,
                option=option,
                held_out=held_out,
                origin=row.origin(),
            )
        )

    def _cash(self, row: Row) -> None:
        # BASE_SUMMARY repeats the sum over all currencies.
        if row.raw("currency") == "BASE_SUMMARY" or not self._dollars(row):
            return
        ending = row.need("endingCash", _number, ZERO)
        settled = row.read("endingSettledCash", _number)
        parts = [(CashKind.SETTLED, ending if settled is None else settled)]
        if settled is not None and settled != ending:
            parts.append((CashKind.PENDING, ending - settled))
        if row.bad:
            return
        for kind, amount in parts:
            if kind is CashKind.SETTLED and amount < 0:
                kind = CashKind.MARGIN_DEBIT
            self.reading.cash.append(
                CashRow(self.account, self.as_of, kind, amount, None, None, row.origin())
            )

    def _trade(self, row: Row) -> None:
        level = row.raw("levelOfDetail").upper()
        if level in {"CLOSED_LOT", "WASH_SALE", "SYMBOL_SUMMARY", "ASSET_SUMMARY"} or not self._dollars(row):
            return
        quantity = row.need("quantity", _number, ZERO)
        side = row.raw("buySell").upper()
        if side.startswith("BUY"):
            kind, quantity = Kind.BUY, abs(quantity)
        elif side.startswith("SELL"):
            kind, quantity = Kind.SELL, -abs(quantity)
        else:
            kind = Kind.BUY if quantity > 0 else Kind.SELL
        option = symbols.option(row.raw("symbol"))
        traded_on = row.read("tradeDate", _day) or row.read("dateTime", _day)
        if traded_on is None and not row.bad:
            row.refuse("tradeDate", "The trade names no day.", "Add tradeDate to the query.")
        commission = row.read("ibCommission", _number)
        found = TransactionRow(
            account=self.account,
            kind=Kind.OPTION if option or _option(row) else kind,
            trade_on=traded_on or NO_DAY,
            settles_on=row.read("settleDateTarget", _day),
            transaction_id=row.read("transactionID", cells.identifier)
            or row.read("tradeID", cells.identifier),
            symbol=self._symbol(row),
            quantity=quantity,
            price=row.read("tradePrice", _number),
            amount=row.read("netCash", _number),
            fees=None if commission is None else abs(commission),
            lot_id=None,
            related_id=row.read("ibOrderID", cells.identifier),
            description=row.text("description"),
            option=option,
            ordinal=1,
            origin=row.origin(),
        )
        if not row.bad:
            self.trades.append((level, found))

    def _keep_one_level_of_trades(self) -> None:
        """Orders sum up their executions; where both are exported, the executions are kept."""
        levels = {level for level, _ in self.trades}
        both = "ORDER" in levels and levels != {"ORDER"}
        self.reading.transactions += [
            trade for level, trade in self.trades if not (both and level == "ORDER")
        ]

    def _closed_lot(self, row: Row) -> None:
        if not self._dollars(row):
            return
        self.reading.covers.add(RowKind.CLOSED_LOT)
        cost, gain = row.read("cost", _number), row.read("fifoPnlRealized", _number)
        found = ClosedLotRow(
            account=self.account,
            symbol=self._symbol(row),
            name=row.text("description"),
            quantity=abs(row.need("quantity", _number, Decimal(1))),
            opened_on=row.read("openDateTime", _day),
            closed_on=row.read("tradeDate", _day) or row.read("dateTime", _day),
            # The row gives cost and gain; what came in for the lot is their sum, net of commission.
            proceeds=None if cost is None or gain is None else cost + gain,
            basis_total=cost,
            gain_short=None,
            gain_long=None,
            wash_sale=None,
            loss_disallowed=None,
            ordinal=1,
            origin=row.origin(),
            option=symbols.option(row.raw("symbol")),
        )
        if not row.bad:
            self.reading.closed_lots.append(found)
