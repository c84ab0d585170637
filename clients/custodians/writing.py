"""The order files: orders, allocations, lots, and one broker's basket.

Custodians take orders by position and mostly relieve lots by their own method, so every upload comes with a
readable lot sheet, and `LOT_DELIVERY` says how each custodian takes lots. Shares are rounded *down* to what
the target file can express, and the remainder is reported, never dropped. See docs/formats/order-files.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from clients.custodians.house.house_cells import escaped
from clients.custodians.symbols import spelled_for

# Decimals of a share that a custodian's order file can carry.
SHARE_DECIMALS = {"schwab": 4, "fidelity": 3, "ibkr": 4}
SHARE_DECIMALS_OTHERWISE = 3
_SIDES = frozenset({"BUY", "SELL"})


class NotWritable(ValueError):
    """An order that the target file cannot express. Names the order, the field and why."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order. Either `quantity` in shares or `amount` in dollars is set; `limit` is dollars per share."""

    order_id: str
    account: str
    side: str  # "BUY" or "SELL".
    symbol: str
    quantity: Decimal | None
    amount: Decimal | None = None
    order_type: str = "MKT"  # or "LMT"
    limit: Decimal | None = None
    time_in_force: str = "DAY"


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """An account's share of a block order."""

    block_id: str
    account: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot to relieve, as a versus-purchase instruction. `term` is "ST" or "LT"."""

    order_id: str
    account: str
    symbol: str
    lot_id: str | None
    acquired_on: date | None
    unit_cost: Decimal | None
    quantity_held: Decimal
    quantity_to_sell: Decimal
    term: str | None


@dataclass(frozen=True, slots=True)
class Remainder:
    """Shares of an order that the file cannot express, after rounding down."""

    order_id: str
    account: str
    symbol: str
    shares: Decimal


@dataclass(frozen=True, slots=True)
class Written:
    """A file's text and what could not be included."""

    text: str
    remainders: tuple[Remainder, ...] = ()


@dataclass(frozen=True, slots=True)
class LotDelivery:
    """How lot instructions reach a custodian. `warning` is shown before release when a plan depends on its
    lots.
    """

    custodian: str
    by_file: bool
    how: str
    warning: str
    lots_per_order_max: int | None = None


LOT_DELIVERY: dict[str, LotDelivery] = {
    "schwab": LotDelivery(
        custodian="schwab",
        by_file=False,
        how=(
            "Enter the lots on the order or in the cost basis page, until midnight ET of the settlement day. "
            "Lots opened the same day cannot be chosen. The separate lot-instruction file exists, but its "
            "columns are not confirmed, so none is written."
        ),
        warning="The order file alone relieves lots by the account's standing method, not by the lot sheet.",
    ),
    "fidelity": LotDelivery(
        custodian="fidelity",
        by_file=False,
        how="Enter the lots as specific shares on the order ticket; the order import does not include lots.",
        warning="The order file alone relieves lots by the account's standing method, not by the lot sheet.",
        lots_per_order_max=200,
    ),
    "ibkr": LotDelivery(
        custodian="ibkr",
        by_file=False,
        how="Match the lots after the trade in the Tax Optimizer, until 20:30 ET on the trade day.",
        warning="The basket alone relieves lots by the account's standing method until they are matched.",
    ),
}
_BY_HAND = LotDelivery(
    custodian="",
    by_file=False,
    how="Enter the lots by hand from the lot sheet, and ask the custodian for a written confirmation.",
    warning="This custodian has no known file format for lots; its default method will apply.",
)


def lot_delivery(custodian: str | None) -> LotDelivery:
    """How this custodian takes lots; by hand for an unknown custodian."""
    return LOT_DELIVERY.get((custodian or "").casefold(), _BY_HAND)


def share_decimals(custodian: str | None) -> int:
    return SHARE_DECIMALS.get((custodian or "").casefold(), SHARE_DECIMALS_OTHERWISE)


def rounded_down(shares: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
    """Shares truncated to this many decimals, and the remainder, so that never more than planned is traded."""
    kept = shares.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)
    return kept, shares - kept


def orders_csv(orders: Sequence[OrderLine], *, decimals: int) -> Written:
    """`orders.csv`: order_id, account, side, symbol, quantity, amount, type, limit, tif."""
    header = ("order_id", "account", "side", "symbol", "quantity", "amount", "type", "limit", "tif")
    rows: list[tuple[str, ...]] = []
    remainders: list[Remainder] = []
    for order in orders:
        quantity = _quantity(order, decimals, remainders)
        if quantity == 0:
            continue
        rows.append(
            (
                escaped(order.order_id),
                escaped(order.account),
                order.side,
                escaped(order.symbol),
                _plain(quantity),
                _money(order.amount),
                order.order_type,
                _plain(order.limit),
                order.time_in_force,
            )
        )
    return Written(_csv(header, rows), tuple(remainders))


def allocations_csv(allocations: Iterable[AllocationLine]) -> Written:
    """`allocations.csv`: block_id, account, quantity."""
    rows = [(escaped(a.block_id), escaped(a.account), _plain(a.quantity)) for a in allocations]
    return Written(_csv(("block_id", "account", "quantity"), rows))


def lots_csv(lots: Sequence[LotLine], *, decimals: int) -> Written:
    """`lots.csv`: one row per lot to relieve, with the instruction in words.

    Raises NotWritable where an order sells more than the lot holds.
    """
    header = (
        "order_id",
        "account",
        "symbol",
        "side",
        "lot_id",
        "vsp_date",
        "vsp_unit_cost",
        "lot_qty_held",
        "lot_qty_to_sell",
        "term",
        "instruction_text",
    )
    rows: list[tuple[str, ...]] = []
    remainders: list[Remainder] = []
    for lot in lots:
        if lot.quantity_to_sell > lot.quantity_held or lot.quantity_to_sell <= 0:
            raise NotWritable(
                f"Order {lot.order_id}: {lot.quantity_to_sell} shares of lot {lot.lot_id or lot.acquired_on} "
                f"cannot be sold, it holds {lot.quantity_held}."
            )
        kept, left = rounded_down(lot.quantity_to_sell, decimals)
        if left:
            remainders.append(Remainder(lot.order_id, lot.account, lot.symbol, left))
        if not kept:
            continue
        rows.append(
            (
                escaped(lot.order_id),
                escaped(lot.account),
                escaped(lot.symbol),
                "SELL",
                escaped(lot.lot_id or ""),
                lot.acquired_on.isoformat() if lot.acquired_on else "",
                _unit_cost(lot.unit_cost, 6),
                _plain(lot.quantity_held),
                _plain(kept),
                lot.term or "",
                vsp_text(lot, shares=kept),
            )
        )
    return Written(_csv(header, rows), tuple(remainders))


def vsp_text(lot: LotLine, *, shares: Decimal) -> str:
    """The instruction in words: `VSP 03/14/2023 15 SH @ 51.20` (versus purchase).

    Two lots of one day differ in their cost, so the cost is printed in full. A lot without a date can only be
    named by the custodian's id.
    """
    amount = f"{_plain(shares)} SH"
    cost = f"@ {_unit_cost(lot.unit_cost, 2)}" if lot.unit_cost is not None else "@ COST NOT ON FILE"
    if lot.acquired_on is None:
        return f"LOT {lot.lot_id or 'WITHOUT DATE'} {amount} {cost}"
    return f"VSP {lot.acquired_on:%m/%d/%Y} {amount} {cost}"


def ibkr_basket(orders: Sequence[OrderLine], *, tag: str, exchange: str = "SMART") -> Written:
    """Interactive Brokers' basket file. No value may contain a comma; a symbol keeps its space, `BRK B`.

    Raises NotWritable for an order in dollars, since the basket's confirmed columns count shares.
    """
    header = (
        "Action",
        "Quantity",
        "Symbol",
        "SecType",
        "Exchange",
        "Currency",
        "TimeInForce",
        "OrderType",
        "LmtPrice",
        "BasketTag",
        "Account",
    )
    lines = [",".join(header)]
    remainders: list[Remainder] = []
    for order in orders:
        if order.quantity is None:
            raise NotWritable(f"Order {order.order_id}: a basket takes shares, not dollars.")
        quantity = _quantity(order, share_decimals("ibkr"), remainders)
        if quantity == 0:
            continue
        values = (
            order.side,
            _plain(quantity),
            spelled_for("ibkr", order.symbol),
            "STK",
            exchange,
            "USD",
            order.time_in_force,
            order.order_type,
            _plain(order.limit),
            tag,
            order.account,
        )
        for name, value in zip(header, values, strict=True):
            if any(mark in value for mark in ',"\r\n') or value[:1] in {"=", "+", "@"}:
                raise NotWritable(f"Order {order.order_id}: {name} cannot be written into a basket file.")
        lines.append(",".join(values))
    return Written("\r\n".join(lines) + "\r\n", tuple(remainders))


def _quantity(order: OrderLine, decimals: int, remainders: list[Remainder]) -> Decimal | None:
    if order.side not in _SIDES:
        raise NotWritable(f"Order {order.order_id}: the side is {order.side}, not BUY or SELL.")
    if (order.quantity is None) == (order.amount is None):
        raise NotWritable(f"Order {order.order_id}: give shares or dollars, one of the two.")
    if order.order_type == "LMT" and order.limit is None:
        raise NotWritable(f"Order {order.order_id}: a limit order needs a limit.")
    if order.quantity is None:
        return None
    if not order.quantity.is_finite() or order.quantity <= 0:
        raise NotWritable(f"Order {order.order_id}: the quantity is {order.quantity}.")
    kept, left = rounded_down(order.quantity, decimals)
    if left:
        remainders.append(Remainder(order.order_id, order.account, order.symbol, left))
    return kept


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _plain(number: Decimal | None) -> str:
    """Digits without an exponent or trailing zeros; empty for None. Negative numbers stay numbers."""
    if number is None:
        return ""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.quantize(Decimal('0.01'), rounding=ROUND_DOWN):f}"


def _unit_cost(cost: Decimal | None, decimals_min: int) -> str:
    if cost is None:
        return ""
    six = cost.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)
    whole, _, fraction = f"{six:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(decimals_min, '0')}"
