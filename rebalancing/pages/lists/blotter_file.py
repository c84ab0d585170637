"""The blotter as a file: every order of a view with its memorandum, account numbers masked."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from clients import figures
from compliance.lists.asked import Asked
from compliance.lists.exports import Cell
from rebalancing.pages.lists.blotter import order_row, orders_for

CENT, ONE = Decimal("0.01"), Decimal(1)

HEADER = (
    "order_id",
    "batch",
    "released_at",
    "household",
    "account",
    "custodian",
    "side",
    "symbol",
    "quantity",
    "order_type",
    "limit",
    "tif",
    "estimated_price",
    "estimated_amount",
    "recommended_by",
    "approved_by",
    "approved_at",
    "placed_by",
    "discretionary",
    "lots",
    "state",
    "fingerprint",
    "revision",
    "block",
    "filled",
    "leaves",
    "average_price",
    "fees",
    "end_reason",
    "modified",
)


def export(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every order of the view, under `HEADER`."""
    for row in map(order_row, asked.narrowed(orders_for(user))):
        yield (
            row.reference,
            row.batch,
            row.released_at,
            row.household,
            f"{row.account} {figures.masked(row.last4)}",
            row.custodian,
            row.side.upper(),
            row.symbol,
            _trimmed(row.quantity),
            row.order_type,
            None if row.limit_price is None else _trimmed(row.limit_price),
            row.time_in_force,
            _trimmed(row.price),
            row.amount.quantize(CENT),
            row.recommended_by,
            row.approved_by,
            row.approved_at,
            row.placed_by,
            row.is_discretionary,
            "; ".join(lot.words for lot in row.lots),
            row.state,
            row.fingerprint,
            row.revision,
            row.block,
            _trimmed(row.filled),
            _trimmed(row.leaves),
            None if row.average_price is None else _trimmed(row.average_price),
            row.fees,
            row.end_reason,
            row.modified,
        )


def _trimmed(number: Decimal) -> Decimal:
    """Without zeros at its end, and without an exponent."""
    return number.quantize(ONE) if number == number.to_integral_value() else number.normalize()
