"""Reading one row of each of the eight tables of the house bundle."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from clients.custodians import cells
from clients.custodians.house.house_cells import (
    account_key,
    at_least_zero,
    fraction,
    more_than_zero,
    needed,
    not_after,
    past_day,
    safe_text,
    symbols_of,
    weights_of,
    whole,
)
from clients.custodians.kinds import (
    DISPOSITIONS,
    Acquisition,
    BasisStatus,
    CashKind,
    Discretion,
    HeldOut,
    LotMethod,
    Registration,
    RowKind,
    SecurityKind,
    SecurityStatus,
    TransactionKind,
)
from clients.custodians.reading import ZERO, Row
from clients.custodians.rows import (
    AccountRow,
    CashRow,
    ClosedLotRow,
    LotRow,
    PositionRow,
    PriceRow,
    SecurityRow,
    TransactionRow,
)

ONE = Decimal(1)
_HUNDREDTH = Decimal("0.01")


def _security(row: Row) -> SecurityRow:
    return SecurityRow(
        symbol=row.symbol("symbol"),
        name=row.need("name", safe_text, ""),
        kind=needed(row, "kind", SecurityKind, SecurityKind.OTHER),
        cusip=row.read("cusip", cells.cusip),
        asset_class_weights=weights_of(row, "asset_class_weights"),
        issuer=row.read("issuer", safe_text),
        sector=row.read("sector", safe_text),
        wash_group=row.read("wash_group", cells.identifier),
        replacements=symbols_of(row, "replacements"),
        status=row.choice("status", SecurityStatus),
        half_spread_bps=at_least_zero(row, "half_spread_bps"),
        volume_daily_average=at_least_zero(row, "volume_daily_average"),
        fractional=row.flag("fractional"),
        increment=more_than_zero(row, "increment"),
        settlement_days=whole(row, "settlement_days"),
        expense_ratio=fraction(row, "expense_ratio"),
        yield_ordinary=fraction(row, "yield_ordinary"),
        yield_qualified=fraction(row, "yield_qualified"),
        yield_exempt=fraction(row, "yield_exempt"),
        yield_gain=fraction(row, "yield_gain"),
        collectible=row.flag("collectible"),
        origin=row.origin(),
    )


def _price(row: Row) -> PriceRow:
    price = row.need("price", cells.number, ONE)
    if price <= 0:
        row.refuse("price", "A price must be more than zero.", "Leave the row out when there is no price.")
    return PriceRow(
        symbol=row.reading.same(row.symbol("symbol")),
        on=past_day(row, "on"),
        price=price,
        source=row.read("source", safe_text),
        origin=row.origin(),
    )


def _account(row: Row) -> AccountRow:
    found = AccountRow(
        number=row.need("number", cells.identifier, ""),
        label=row.read("label", safe_text),
        household=row.need("household", cells.identifier, ""),
        household_name=row.read("household_name", safe_text),
        owner=row.need("owner", safe_text, ""),
        owner_second=row.read("owner_second", safe_text),
        registration=needed(row, "registration", Registration, Registration.INDIVIDUAL),
        custodian=row.read("custodian", cells.identifier),
        discretion=needed(row, "discretion", Discretion, Discretion.NONE),
        agreement_on=row.day("agreement_on"),
        agreement_ends_on=row.day("agreement_ends_on"),
        margin=row.need("margin", cells.flag, False),
        lot_method=row.choice("lot_method", LotMethod),
        lot_method_since_on=row.day("lot_method_since_on"),
        cash_minimum=at_least_zero(row, "cash_minimum"),
        opened_on=row.day("opened_on"),
        closed_on=row.day("closed_on"),
        origin=row.origin(),
    )
    if found.agreement_on and found.agreement_ends_on and found.agreement_ends_on < found.agreement_on:
        row.refuse("agreement_ends_on", "The agreement ends before it begins.", "Check both dates.")
    if not row.bad:
        row.reading.account(number=found.number, label=found.label)
    return found


def _position(row: Row) -> PositionRow:
    account = account_key(row)
    quantity = row.need("quantity", cells.number, ZERO)
    price = row.number("price")
    value = row.number("value")
    if not row.bad and price is not None and value is not None and abs(quantity * price - value) > ONE:
        row.refuse("value", "Quantity times price is not the value.", "Check the three cells.")
    symbol = row.symbol("symbol")
    return PositionRow(
        account=account,
        as_of=past_day(row, "as_of"),
        symbol=symbol,
        name=None,
        kind=None,
        cusip=None,
        quantity=quantity,
        price=price,
        value=value,
        basis_total=at_least_zero(row, "basis_total"),
        held_in=None,
        reinvest=row.flag("reinvest"),
        factor=ONE,
        option=None,
        held_out=HeldOut.SHORT if quantity < 0 else None,
        origin=row.origin(),
    )


def _lot(row: Row) -> LotRow:
    account = account_key(row)
    quantity = row.need("quantity", cells.number, ONE)
    if quantity <= 0:
        row.refuse("quantity", "A lot's quantity must be more than zero.", "Leave closed lots out.")
    as_of = past_day(row, "as_of")
    unit_cost, total = at_least_zero(row, "unit_cost"), at_least_zero(row, "basis_total")
    status = needed(row, "basis_status", BasisStatus, BasisStatus.UNKNOWN)
    if not row.bad:
        _check_basis(row, quantity, unit_cost, total, status)
    return LotRow(
        account=account,
        as_of=as_of,
        symbol=row.reading.same(row.symbol("symbol")),
        lot_id=row.read("lot_id", cells.identifier),
        acquired_on=not_after(row, "acquired_on", as_of),
        acquired_adjusted_on=not_after(row, "acquired_adjusted_on", as_of),
        quantity=quantity,
        unit_cost=unit_cost,
        basis_total=total,
        basis_status=status,
        basis_wash_adjusted=at_least_zero(row, "basis_wash_adjusted"),
        average_cost=row.flag("average_cost"),
        acquired_by=row.choice("acquired_by", Acquisition),
        donor_acquired_on=not_after(row, "donor_acquired_on", as_of),
        donor_basis=at_least_zero(row, "donor_basis"),
        gift_on=not_after(row, "gift_on", as_of),
        gift_value=at_least_zero(row, "gift_value"),
        term=None,
        ordinal=1,
        origin=row.origin(),
    )


def _check_basis(
    row: Row, quantity: Decimal, unit_cost: Decimal | None, total: Decimal | None, status: BasisStatus
) -> None:
    unknown = unit_cost is None and total is None
    if unknown and status is not BasisStatus.UNKNOWN:
        row.refuse(
            "basis_status", "No basis is given, so it cannot be known.", "Give a basis, or write unknown."
        )
    if not unknown and status is BasisStatus.UNKNOWN:
        row.refuse("basis_status", "A basis is given and yet called unknown.", "Write covered or noncovered.")
    # The unit cost of a lot is often printed with two to four decimals only.
    if unit_cost is None or total is None:
        return
    if abs(unit_cost * quantity - total) > max(_HUNDREDTH * quantity, ONE):
        row.refuse("basis_total", "Quantity times unit cost is not the total basis.", "Check the cells.")


def _cash(row: Row) -> CashRow:
    account = account_key(row)
    sweep = row.symbol("sweep_symbol") if row.raw("sweep_symbol").strip() else None
    return CashRow(
        account=account,
        as_of=past_day(row, "as_of"),
        kind=needed(row, "kind", CashKind, CashKind.SETTLED),
        amount=row.need("amount", cells.number, ZERO),
        settles_on=row.day("settles_on"),
        sweep_symbol=sweep,
        origin=row.origin(),
    )


def _closed_lot(row: Row) -> ClosedLotRow:
    account = account_key(row)
    quantity = row.need("quantity", cells.number, ONE)
    if quantity <= 0:
        row.refuse("quantity", "A sold lot's quantity must be more than zero.", "Write it without a sign.")
    closed_on = past_day(row, "closed_on")
    proceeds = row.need("proceeds", cells.number, ZERO)
    if proceeds < 0:
        row.refuse("proceeds", "Proceeds are never negative.", "Write what the sale brought in.")
    return ClosedLotRow(
        account=account,
        symbol=row.symbol("symbol"),
        name=None,
        quantity=quantity,
        opened_on=not_after(row, "opened_on", closed_on),
        closed_on=closed_on,
        proceeds=proceeds,
        basis_total=at_least_zero(row, "basis_total"),
        gain_short=None,
        gain_long=None,
        wash_sale=None,
        loss_disallowed=at_least_zero(row, "loss_disallowed"),
        ordinal=1,
        origin=row.origin(),
    )


def _transaction(row: Row) -> TransactionRow:
    account = account_key(row)
    kind = needed(row, "kind", TransactionKind, TransactionKind.OTHER)
    trade_on = past_day(row, "trade_on")
    settles_on = row.day("settles_on")
    if settles_on and settles_on < trade_on:
        row.refuse("settles_on", "It settles before it was traded.", "Check both dates.")
    quantity = row.number("quantity")
    if quantity is not None and kind in DISPOSITIONS and quantity > 0:
        row.refuse("quantity", "A sale's quantity must be negative.", "Write shares out with a minus sign.")
    if quantity is not None and quantity < 0 and kind in (TransactionKind.BUY, TransactionKind.REINVESTMENT):
        row.refuse("quantity", "A purchase's quantity must be positive.", "Write shares in without a sign.")
    return TransactionRow(
        account=account,
        kind=kind,
        trade_on=trade_on,
        settles_on=settles_on,
        transaction_id=row.need("transaction_id", cells.identifier, ""),
        symbol=row.symbol("symbol") if row.raw("symbol").strip() else None,
        quantity=quantity,
        price=at_least_zero(row, "price"),
        amount=row.number("amount"),
        fees=at_least_zero(row, "fees"),
        lot_id=row.read("lot_id", cells.identifier),
        related_id=row.read("related_id", cells.identifier),
        description=row.read("description", safe_text),
        option=None,
        ordinal=1,
        origin=row.origin(),
    )


READERS: dict[RowKind, Callable[[Row], object]] = {
    RowKind.SECURITY: _security,
    RowKind.PRICE: _price,
    RowKind.ACCOUNT: _account,
    RowKind.POSITION: _position,
    RowKind.LOT: _lot,
    RowKind.CASH: _cash,
    RowKind.TRANSACTION: _transaction,
    RowKind.CLOSED_LOT: _closed_lot,
}
"""The reader of each table's rows."""
