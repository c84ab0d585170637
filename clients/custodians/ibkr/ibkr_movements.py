"""Transactions of a Flex Query: trades, the lots they closed, corporate actions and transfers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.ibkr.ibkr_cells import (
    conid_of,
    cusip_of,
    day_of,
    is_foreign,
    is_option,
    number_of,
    security_of,
)
from clients.custodians.kinds import TransactionKind as Kind
from clients.custodians.reading import NO_DAY, ZERO, Row
from clients.custodians.rows import ClosedLotRow, TransactionRow
from clients.custodians.statements import readable

# Corporate actions whose type alone determines their kind.
_ACTIONS = {
    "FS": Kind.SPLIT,
    "FI": Kind.SPLIT,
    "RS": Kind.SPLIT,
    "SD": Kind.SPLIT,
    "SO": Kind.SPIN_OFF,
    "IC": Kind.RENAME,
    "BM": Kind.REDEMPTION,
    "DW": Kind.LIQUIDATION,  # Removed as worthless, which is a loss (IRC 165(g)).
    "CD": Kind.DIVIDEND,
    "CP": Kind.INTEREST,
    "FA": Kind.FEE,
}
# Mergers, asset purchases and tenders; for cash they are sales.
_EXCHANGES = frozenset({"TC", "OR", "TO"})
# `ZZNV(US6620000000) SPINOFF 1 FOR 4 (ZZLM, LUMEN ORCHARD FOODS, US5500000000)`
_SUBJECT = re.compile(r"\s*(?P<symbol>[A-Z0-9][A-Z0-9 ./-]{0,11}?)\s*\(")
_LEVELS_LEFT_OUT = frozenset({"CLOSED_LOT", "WASH_SALE", "SYMBOL_SUMMARY", "ASSET_SUMMARY"})


@dataclass(frozen=True, slots=True)
class Dollars:
    """Converts a row's currency to dollars; `rate` is None where it is unknown."""

    rate: Decimal | None

    def of(self, amount: Decimal | None) -> Decimal | None:
        return None if amount is None or self.rate is None else amount * self.rate


def dollars_of(row: Row, *, base: str) -> Dollars:
    """The row's rate of exchange. `fxRateToBase` is into the account's base currency, so it must be dollars."""
    if not is_foreign(row):
        return Dollars(Decimal(1))
    rate = row.read("fxRateToBase", number_of)
    return Dollars(rate if rate and base in {"", "USD"} else None)


def trade_of(row: Row, *, base: str) -> tuple[str, TransactionRow] | None:
    """A trade with its level of detail; None for rows that restate trades and for rows left out with a
    caution.
    """
    level = row.raw("levelOfDetail").upper()
    if level in _LEVELS_LEFT_OUT:
        return None
    if row.raw("assetCategory") == "CASH":
        _tell(row, f"{cells.shown(row.raw('symbol'))} is a currency conversion; it is left out.")
        return None
    quantity = row.need("quantity", number_of, ZERO)
    side = row.raw("buySell").upper()
    if "(CA" in side:
        kind = Kind.OTHER
        _tell(row, f"Line {row.line.number} cancels a trade; it is imported as other.")
    elif side.startswith("BUY"):
        kind, quantity = Kind.BUY, abs(quantity)
    elif side.startswith("SELL"):
        kind, quantity = Kind.SELL, -abs(quantity)
    else:
        kind = Kind.BUY if quantity > 0 else Kind.SELL
    if kind is Kind.SELL and row.raw("transactionType") == "FracShare":
        kind = Kind.CASH_IN_LIEU
    dollars = dollars_of(row, base=base)
    commission = dollars.of(row.read("ibCommission", number_of))
    found = _movement(
        row,
        Kind.OPTION if is_option(row) else kind,
        on=row.read("tradeDate", day_of) or row.read("dateTime", day_of),
        quantity=quantity,
        amount=dollars.of(row.read("netCash", number_of)),
        price=None if is_foreign(row) else row.read("tradePrice", number_of),
        fees=None if commission is None else abs(commission),
        settles_on=row.read("settleDateTarget", day_of),
        related_id=row.read("ibOrderID", cells.identifier),
    )
    return (level, found) if found else None


def action_of(row: Row, *, base: str) -> TransactionRow | None:
    """One row of a corporate action; an action has a row for each security."""
    code = row.raw("type").strip().upper()
    quantity = row.read("quantity", number_of)
    proceeds = row.read("proceeds", number_of)
    amount = dollars_of(row, base=base).of(proceeds or row.read("amount", number_of))
    description = row.text("actionDescription") or row.text("description") or ""
    kind = _ACTIONS.get(code)
    if code in _EXCHANGES:
        is_sale = quantity is not None and amount is not None and quantity < 0 < amount
        kind = Kind.SELL if is_sale and code == "TO" else Kind.CASH_MERGER if is_sale else Kind.MERGER
    if kind is None:
        _tell(row, f"Corporate action {cells.shown(code)} is not one we know; it is imported as other.")
    former = _former(row, description) if kind in {Kind.SPIN_OFF, Kind.RENAME} else None
    return _movement(
        row,
        Kind.OPTION if is_option(row) else kind or Kind.OTHER,
        on=row.read("dateTime", day_of) or row.read("reportDate", day_of),
        quantity=quantity,
        amount=amount,
        description=description,
        from_symbol=former if quantity is not None and quantity > 0 else None,
    )


def transfer_of(row: Row, *, base: str) -> TransactionRow | None:
    """Securities or cash that came from or went to another account."""
    direction = row.raw("direction").upper()
    quantity = row.read("quantity", number_of)
    kind = {"IN": Kind.TRANSFER_IN, "OUT": Kind.TRANSFER_OUT}.get(direction, Kind.JOURNAL)
    return _movement(
        row,
        kind,
        on=row.read("date", day_of) or row.read("dateTime", day_of) or row.read("reportDate", day_of),
        quantity=quantity or None,
        amount=dollars_of(row, base=base).of(row.read("cashTransfer", number_of)),
        has_security=bool(row.raw("symbol").strip(" -")),
    )


def closed_lot_of(row: Row) -> ClosedLotRow | None:
    """A lot that a trade closed. A foreign-currency basis in dollars is unknown, because it combines the
    rates of two days.
    """
    cost, gain = row.read("cost", number_of), row.read("fifoPnlRealized", number_of)
    if is_foreign(row):
        cost = gain = None
        _tell(row, f"The sale of {security_of(row)} is not in US dollars; its gain is not known.")
    found = ClosedLotRow(
        account=row.account or "",
        symbol=security_of(row),
        name=row.text("description"),
        quantity=abs(row.need("quantity", number_of, Decimal(1))),
        opened_on=row.read("openDateTime", day_of),
        closed_on=row.read("tradeDate", day_of) or row.read("dateTime", day_of),
        # The row gives cost and gain; the proceeds are their sum, net of commission.
        proceeds=None if cost is None or gain is None else cost + gain,
        basis_total=cost,
        gain_short=None,
        gain_long=None,
        wash_sale=None,
        loss_disallowed=None,
        ordinal=1,
        origin=row.origin(),
        option=symbols.option(row.raw("symbol")),
        cusip=cusip_of(row),
        conid=conid_of(row),
    )
    return None if row.bad else found


def _movement(
    row: Row,
    kind: Kind,
    *,
    on: date | None,
    quantity: Decimal | None,
    amount: Decimal | None,
    price: Decimal | None = None,
    fees: Decimal | None = None,
    settles_on: date | None = None,
    related_id: str | None = None,
    description: str | None = None,
    from_symbol: str | None = None,
    has_security: bool = True,
) -> TransactionRow | None:
    if on is None and not row.bad:
        row.refuse("tradeDate", "The row names no day.", "Add its date to the query.")
    found = TransactionRow(
        account=row.account or "",
        kind=kind,
        trade_on=on or NO_DAY,
        settles_on=settles_on,
        transaction_id=row.read("transactionID", cells.identifier) or row.read("tradeID", cells.identifier),
        symbol=security_of(row) if has_security else None,
        quantity=quantity,
        price=price,
        amount=amount,
        fees=fees,
        lot_id=None,
        related_id=related_id,
        description=description or row.text("description"),
        option=symbols.option(row.raw("symbol")),
        ordinal=1,
        origin=row.origin(),
        from_symbol=from_symbol,
        cusip=cusip_of(row),
        conid=conid_of(row),
    )
    if is_foreign(row) and not row.bad:
        _tell(
            row, f"{found.symbol or 'Cash'} moved in {cells.shown(row.raw('currency'))}, not in US dollars."
        )
    return None if row.bad else found


def _former(row: Row, description: str) -> str | None:
    """The security the action is about: the first word of its description, where that is a different one."""
    found = _SUBJECT.match(description.upper())
    symbol = readable(found["symbol"]) if found else None
    return symbol if symbol != security_of(row) else None


def _tell(row: Row, sentence: str) -> None:
    row.reading.caution(sentence, line=row.line.number, account=row.account)
