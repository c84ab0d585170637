"""Purchases and loss sales around the trade day, which the wash-sale rule looks at (IRC 1091)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ZERO


class RecentTradeKind(StrEnum):
    """Trades within 30 days of the trade day, in any account, that the wash-sale rule looks at."""

    PURCHASE = "purchase"
    REINVESTMENT = "reinvestment"
    OPEN_ORDER = "open_order"
    LOSS_SALE = "loss_sale"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentTrade:
    """A purchase or loss sale of the 30 days before, or an expected one of the 30 days after, the trade day.

    ``lot`` names the lot a purchase opened, where it is still held, so that it is not counted twice and is never
    taken for its own replacement. ``loss_per_share`` belongs to loss sales. ``matched`` shares have already
    disallowed another loss and are used up (Treas. Reg. 1.1091-1(e)). The account may be one held away.
    """

    id: str
    kind: RecentTradeKind
    account: str
    security: str
    on: date
    shares: Decimal
    lot: str | None = None
    shares_used: Decimal = ZERO
    loss_per_share: Decimal | None = None
