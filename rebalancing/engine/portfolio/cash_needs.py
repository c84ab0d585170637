"""How much cash an account must raise for what it is about to pay out.

Dollars and days. Withholding is part of a distribution, not on top of it. A shortfall below
the minimum is raised as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from rebalancing.engine.documents.household import DatedAmount
from rebalancing.engine.money import ZERO

HORIZON_DAYS = 35
"""How far ahead outflows are provided for unless the firm sets another horizon."""


@dataclass(frozen=True, slots=True)
class CashNeed:
    """What goes out within the horizon, what is there above the minimum, and what must be raised.

    ``available`` is negative when the account already stands below its minimum.
    """

    outflows: Decimal
    available: Decimal
    to_raise: Decimal


def cash_need(outflows: Decimal, *, cash: Decimal, minimum: Decimal = ZERO) -> CashNeed:
    """``max(0, outflows - (cash - minimum))``, with its parts."""
    available = cash - minimum
    return CashNeed(outflows=outflows, available=available, to_raise=max(ZERO, outflows - available))


def outflows_within(
    flows: Iterable[DatedAmount], *, as_of: date, horizon_days: int = HORIZON_DAYS
) -> Decimal:
    """Sum of what leaves the account from ``as_of`` through the horizon, as a positive figure.

    Flows are signed as in the household document: money out is negative. Money expected to come in is
    not counted on.
    """
    last = as_of + timedelta(days=horizon_days)
    return sum((-flow.amount for flow in flows if flow.amount < ZERO and as_of <= flow.on <= last), ZERO)
