"""OFX investment statements, 2.x XML and 1.02 SGML. See docs/formats/ofx.md.

OFX has positions, cash and transactions, but no tax lots.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from clients.custodians import cells, symbols
from clients.custodians.kinds import CashKind, HeldOut, RowKind, SecurityKind
from clients.custodians.layouts import Layout
from clients.custodians.ofx.ofx_cash import counted_twice
from clients.custodians.ofx.ofx_transactions import TAGS, transaction_of
from clients.custodians.ofx.ofx_tree import day_of, row_of, tree_of
from clients.custodians.reading import ZERO, Reading, Row, Upload
from clients.custodians.rows import CashRow, ParsedFile, PositionRow, TransactionRow
from clients.custodians.statements import (
    OPTION_MULTIPLIER,
    add_held_out_caution,
    factor_of,
    readable,
    symbol_of,
    why_held_out,
)
from clients.custodians.tables import TableRefused, head_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SLUG = "ofx"

_KINDS = {
    "STOCKINFO": SecurityKind.STOCK,
    "MFINFO": SecurityKind.MUTUAL_FUND,
    "DEBTINFO": SecurityKind.BOND,
    "OPTINFO": SecurityKind.OPTION,
    "OTHERINFO": SecurityKind.OTHER,
}
_POSITIONS = {
    "POSSTOCK": SecurityKind.STOCK,
    "POSMF": SecurityKind.MUTUAL_FUND,
    "POSDEBT": SecurityKind.BOND,
    "POSOPT": SecurityKind.OPTION,
    "POSOTHER": SecurityKind.OTHER,
}
_HELD_IN = {"CASH": "cash", "MARGIN": "margin", "SHORT": "short"}
# The source that totals the others in a plan's statement.
_AGGREGATE = "OTHERNONVEST"


@dataclass(frozen=True, slots=True)
class Listed:
    """A security of the SECLIST, found by its UNIQUEID."""

    ticker: str | None
    name: str | None
    kind: SecurityKind


def reason_not(upload: Upload) -> str | None:
    """Why this is not an OFX investment statement; None when it is."""
    head = head_of(upload.data)
    if "OFXHEADER" not in head and "<OFX>" not in head:
        return "it begins with no OFX header"
    if b"<INVSTMTRS>" not in upload.data:
        return "its OFX holds no investment statement; bank and card statements are not read"
    return None


def parse(upload: Upload) -> ParsedFile:
    """Read all statements of the file. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian=None, upload=upload)
    try:
        root = tree_of(upload.data)
        reading.custodian = _custodian(root)
        listed = _securities(reading, root)
        for statement in root.iter("INVSTMTRS"):
            _Statement(reading, listed, statement).read()
    except TableRefused as refused:
        reading.refuse(refused)
    return reading.finish()


def _custodian(root: Element) -> str | None:
    broker = (root.findtext(".//BROKERID") or "").casefold()
    known = {"fidelity": "fidelity", "schwab": "schwab", "vanguard": "vanguard", "etrade": "etrade"}
    if broker == "4705":
        return "ibkr"
    return next((code for word, code in known.items() if word in broker), None)


def _securities(reading: Reading, root: Element) -> dict[str, Listed]:
    listed: dict[str, Listed] = {}
    for tag, kind in _KINDS.items():
        for info in root.iter(tag):
            row = row_of(reading, info, None)
            listed[row.raw("UNIQUEID")] = Listed(row.text("TICKER"), row.text("SECNAME"), kind)
    return listed


class _Statement:
    """One INVSTMTRS: its account, its positions, its one cash balance, its transactions."""

    def __init__(self, reading: Reading, listed: dict[str, Listed], element: Element) -> None:
        self.reading = reading
        self.listed = listed
        self.element = element
        self.account = ""
        self.as_of: date | None = None
        self.held: list[PositionRow] = []

    def read(self) -> None:
        if not self._head():
            return
        self._positions()
        self._cash()
        self.reading.positions += self.held
        self._transactions()

    def _head(self) -> bool:
        account = self.element.find("INVACCTFROM")
        row = row_of(self.reading, self.element if account is None else account, None)
        number = row.need("ACCTID", cells.identifier, "")
        if row.bad:
            return False
        masked = "*" in number or number.upper().startswith("XX")
        self.account = self.reading.account(
            number=None if masked else number, mask=number if masked else None, label=row.text("BROKERID")
        )
        own = row_of(self.reading, self.element, self.account)
        if own.raw("CURDEF") not in {"", "USD"}:
            own.refuse(
                "CURDEF",
                "The statement is not in US dollars.",
                "Download a statement in dollars, or bring the account as a house bundle in dollars.",
            )
        self.as_of = own.need("DTASOF", day_of, date(1900, 1, 1))
        self.reading.plausible_as_of(self.as_of, line=own.line.number, column="DTASOF")
        self.reading.as_of = max(filter(None, (self.reading.as_of, self.as_of)))
        return True

    # Positions ---------------------------------------------------------------------------------------

    def _positions(self) -> None:
        listing = self.element.find("INVPOSLIST")
        if listing is None:
            return
        self.reading.covers.add(RowKind.POSITION)
        rows = [(child, row_of(self.reading, child, self.account)) for child in listing]
        sources: dict[str, set[str]] = defaultdict(set)
        for _, row in rows:
            sources[row.raw("UNIQUEID")].add(row.raw("INV401KSOURCE"))
        for element, row in rows:
            if row.raw("INV401KSOURCE") == _AGGREGATE and len(sources[row.raw("UNIQUEID")]) > 1:
                self.reading.caution(
                    "A plan's aggregate row restates its sources and is not added.",
                    line=row.line.number,
                    account=self.account,
                )
            else:
                self._position(element, row)

    def _position(self, element: Element, row: Row) -> None:
        kind = _POSITIONS.get(element.tag, SecurityKind.OTHER)
        entry = self.listed.get(row.raw("UNIQUEID"))
        symbol_text = self._symbol_text(row, entry)
        option = symbols.option(symbol_text)
        is_option = kind is SecurityKind.OPTION or option is not None
        name = entry.name if entry else None
        symbol = (
            option.root
            if option
            else symbol_of(self.reading, symbol_text, account=self.account, name=name or symbol_text)
        )
        units, price = row.number("UNITS"), row.number("UNITPRICE")
        value, rate = row.number("MKTVAL"), self._rate(element, row)
        if row.raw("POSTYPE") == "SHORT":
            units = None if units is None else -abs(units)
            value = None if value is None else -abs(value)
        if price is not None and not price:
            self.reading.caution(
                f"{symbol} has a price of zero; it is treated as missing.",
                line=row.line.number,
                account=self.account,
            )
            price = None
        factor: Decimal | None = OPTION_MULTIPLIER if is_option else Decimal(1)
        if price is not None and units is not None and value is not None and not row.bad:
            factor = factor_of(units, price, value)
        held_out = why_held_out(symbol, is_option=is_option, quantity=units, value=value, factor=factor)
        if rate is not None:
            price, held_out = None, HeldOut.FOREIGN
            value = None if value is None or not rate else value * rate
        elif element.tag not in _POSITIONS:
            held_out = held_out or HeldOut.DERIVATIVE
        add_held_out_caution(row, held_out, name or symbol)
        unique_id = row.raw("UNIQUEID") if row.raw("UNIQUEIDTYPE") == "CUSIP" else None
        found = PositionRow(
            account=self.account,
            as_of=row.read("DTPRICEASOF", day_of) or self.as_of,
            symbol=symbol,
            name=name,
            kind=SecurityKind.OPTION if is_option else kind,
            cusip=unique_id,
            quantity=units,
            price=None if factor is None else price,
            value=value,
            # AVGCOSTBASIS is in no sample, so whether it is per unit or in total is not known.
            basis_total=None,
            held_in=_HELD_IN.get(row.raw("HELDINACCT")),
            reinvest={"Y": True, "N": False}.get(row.raw("REINVDIV")),
            factor=factor or Decimal(1),
            option=option,
            held_out=held_out,
            origin=row.origin(),
        )
        if not row.bad:
            self.held.append(found)

    def _rate(self, element: Element, row: Row) -> Decimal | None:
        """Dollars for one unit of the position's own currency; zero where none is given, None for dollars.

        ORIGCURRENCY means that the figures are already in dollars, CURRENCY that they are not.
        """
        foreign = element.find(".//CURRENCY")
        if foreign is None or (foreign.findtext("CURSYM") or "USD").strip() == "USD":
            return None
        return row.number("CURRATE") or ZERO

    def _symbol_text(self, row: Row, entry: Listed | None, *, is_told: bool = True) -> str:
        """The ticker from the list, otherwise a memo that is a symbol, otherwise the id itself with a
        caution.
        """
        if entry and entry.ticker and (symbols.option(entry.ticker) or readable(entry.ticker)):
            return entry.ticker
        memo = row.raw("MEMO").strip()
        if is_told and memo and memo == memo.upper() and " " not in memo and 1 <= len(memo) <= 6:
            return memo
        unique_id = row.raw("UNIQUEID")
        if is_told:
            self.reading.caution(
                f"{cells.shown(unique_id)} has no ticker; its {row.raw('UNIQUEIDTYPE') or 'id'} stands for it.",
                line=row.line.number,
                account=self.account,
            )
        return unique_id

    # Cash --------------------------------------------------------------------------------------------

    def _cash(self) -> None:
        balance = self.element.find("INVBAL")
        if balance is None:
            self.reading.caution(
                "The statement has no cash balance; the settlement fund is a position.", account=self.account
            )
            return
        self.reading.covers.add(RowKind.CASH)
        row = row_of(self.reading, balance, self.account)
        available = row.need("AVAILCASH", cells.number, ZERO)
        margin = row.number("MARGINBALANCE") or ZERO
        if row.bad:
            return
        twice = counted_twice(available, self.held, self._balances(balance))
        if twice:
            names = " and ".join(fund.name or fund.symbol for fund in twice)
            self.reading.caution(
                f"The available cash is also held as shares of {names}; it is counted once, as the position.",
                line=row.line.number,
                account=self.account,
            )
            self.held = [
                replace(one, kind=SecurityKind.MONEY_MARKET) if any(one is fund for fund in twice) else one
                for one in self.held
            ]
            available = ZERO
        kind = CashKind.MARGIN_DEBIT if available < 0 else CashKind.SETTLED
        # BALLIST repeats core cash as "Total Money Markets"; adding it would count cash twice.
        self.reading.cash.append(CashRow(self.account, self.as_of, kind, available, None, None, row.origin()))
        if margin < 0:
            debit = CashRow(self.account, self.as_of, CashKind.MARGIN_DEBIT, margin, None, None, row.origin())
            self.reading.cash.append(debit)

    def _balances(self, balance: Element) -> list[Decimal]:
        rows = [row_of(self.reading, listed, self.account) for listed in balance.iter("BAL")]
        values = [row.number("VALUE") for row in rows]
        return [value for value in values if value is not None]

    # Transactions ------------------------------------------------------------------------------------

    def _transactions(self) -> None:
        listing = self.element.find("INVTRANLIST")
        if listing is None:
            return
        self.reading.covers.add(RowKind.TRANSACTION)
        found: list[TransactionRow] = []
        for child in listing:
            if child.tag in {"DTSTART", "DTEND"}:
                continue
            row = row_of(self.reading, child, self.account)
            entry = self.listed.get(row.raw("UNIQUEID"))
            symbol_text = self._symbol_text(row, entry, is_told=False)
            if child.tag not in TAGS:
                has_day = bool(row.raw("DTTRADE") or row.raw("DTPOSTED"))
                self.reading.caution(
                    f"{cells.shown(child.tag)} is an unknown transaction; "
                    + ("it is imported as other." if has_day else "it names no day and is left out."),
                    line=row.line.number,
                    account=self.account,
                )
                if not has_day:
                    continue
            transaction = transaction_of(child.tag, row, symbol_text, name=entry.name if entry else None)
            if transaction and not row.bad:
                found.append(transaction)
        self.reading.transactions += _with_own_ids(found)


def _with_own_ids(rows: list[TransactionRow]) -> list[TransactionRow]:
    """Number the ids that a broker reused for different transactions; true duplicates keep theirs."""
    kinds_by_id: dict[str | None, list[TransactionRow]] = defaultdict(list)
    out: list[TransactionRow] = []
    for row in rows:
        same_id = kinds_by_id[row.transaction_id]
        if row not in same_id:
            same_id.append(row)
        position = same_id.index(row)
        out.append(replace(row, transaction_id=f"{row.transaction_id}#{position + 1}") if position else row)
    return out


LAYOUT = Layout(
    slug=SLUG,
    name="OFX investment statement",
    custodian=None,
    confirmed="the published schema and brokers' samples",
    page="formats/ofx.md",
    kinds=frozenset({RowKind.POSITION, RowKind.CASH, RowKind.TRANSACTION}),
    reason_not=reason_not,
    parse=parse,
)
