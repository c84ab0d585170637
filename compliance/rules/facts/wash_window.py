"""The 61 days around a loss sale, and which purchased shares disallow how much of which loss.

Source: IRC 1091(a), Treas. Reg. 1.1091-1(b)-(e), Rev. Rul. 56-602 (shares of the sold lot never replace
themselves), Rev. Rul. 2008-5 (a purchase in an IRA loses the loss for good). This is the rule book's own short
matching, independent of the engine's, so that the two can disagree when one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case, LotUse, Purchase, Security, Trade
from compliance.rules.facts.thresholds import Stricter, Threshold

WINDOW_DAYS = Threshold("wash_window_days", 30, Stricter.HIGHER)
"""The law's own window; a client may ask for a longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Shares of one lot sold at a loss; ``loss`` is positive, or None when the basis is unknown."""

    account: str
    lot: str
    shares: Decimal
    loss: Decimal | None
    acquired_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """``shares`` of ``loss`` whose loss the purchase ``buy`` disallows; ``amount`` in dollars or None."""

    loss: Loss
    buy: Purchase
    shares: Decimal
    amount: Decimal | None


def within(sold_on: date, bought_on: date, *, days: int = WINDOW_DAYS.default) -> bool:
    """Whether a purchase falls into the window around a loss sale; both last days count, before and after."""
    return abs((bought_on - sold_on).days) <= days


def matches(losses: Iterable[Loss], buys: Iterable[Purchase]) -> tuple[Match, ...]:
    """Pair losses with purchases of the same wash group that lie in the window.

    Losses of one day go by acquisition, purchases by date; every purchased share is used once.
    """
    ordered = sorted(losses, key=lambda one: (one.acquired_on or date.min, one.account, one.lot))
    waiting = sorted(buys, key=lambda one: (one.on, one.account, one.lot, one.security))
    left = [one.shares for one in waiting]
    found = []
    for loss in ordered:
        need = loss.shares
        for index, buy in enumerate(waiting):
            own = bool(buy.lot) and (buy.account, buy.lot) == (loss.account, loss.lot)
            used = Decimal(0) if own else min(need, left[index])
            if used > 0:
                amount = None if loss.loss is None else loss.loss * used / loss.shares
                found.append(Match(loss=loss, buy=buy, shares=used, amount=amount))
                left[index] -= used
                need -= used
    return tuple(found)


def loss_lots(trade: Trade) -> tuple[LotUse, ...]:
    """The lots a sell uses at a loss; a lot of unknown basis may be one and is treated as one."""
    return tuple(lot for lot in trade.lots if lot.gain is None or lot.gain < 0)


def loss_sells(case: Case) -> tuple[Trade, ...]:
    """Sells of this proposal, in accounts not known to be tax-advantaged, that use a lot at a loss."""
    found = []
    for trade in case.sells:
        account, security = case.account(trade.account), case.security(trade.security)
        taxed = account is None or account.taxable
        applies = security is None or security.wash_applies is not False
        if taxed and applies and loss_lots(trade):
            found.append(trade)
    return tuple(found)


def group_of(security: Security | None) -> str | None:
    return security.wash_group if security else None
