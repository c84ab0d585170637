"""Rules about fund shares that change a loss or a dividend after the fact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from rebalancing.engine.money import ZERO
from rebalancing.engine.tax.holding_periods import ONE_DAY, Term, first_day_counted


@dataclass(frozen=True, slots=True)
class FundLoss:
    """A loss on fund shares by character; positive dollars."""

    short_term: Decimal
    long_term: Decimal
    disallowed: Decimal


def fund_loss(
    loss: Decimal,
    *,
    acquired_on: date,
    sold_on: date,
    term: Term,
    capital_gain_distributions: Decimal = ZERO,
    exempt_interest_dividends: Decimal = ZERO,
) -> FundLoss:
    """Split `loss` (positive dollars) on RIC or REIT shares by the six-month rule.

    Held six months or less: disallowed to the extent of exempt-interest dividends, then long-term to the extent
    of the long-term capital-gain distributions received on those shares. Held longer: left as it is.
    Source: IRC 852(b)(4), 857(b)(8). Raises ValueError for a negative amount.
    """
    if min(loss, capital_gain_distributions, exempt_interest_dividends) < 0:
        raise ValueError("Give the loss and the distributions as amounts of zero or more.")
    disallowed = long_part = ZERO
    if sold_on < after_six_months(acquired_on):
        disallowed = min(loss, exempt_interest_dividends)
        long_part = min(loss - disallowed, capital_gain_distributions)
    rest = loss - disallowed - long_part
    if term is Term.LONG:
        return FundLoss(short_term=ZERO, long_term=long_part + rest, disallowed=disallowed)
    return FundLoss(short_term=rest, long_term=long_part, disallowed=disallowed)


def after_six_months(acquired_on: date) -> date:
    """The first sale date with more than six months of holding, counted in months from the day after."""
    start = first_day_counted(acquired_on)
    year, month = (start.year, start.month + 6) if start.month <= 6 else (start.year + 1, start.month - 6)
    try:
        return date(year, month, start.day)
    except ValueError:  # The month has no such day: roll forward, as for one year. December has them all.
        return date(year, month + 1, 1)


def has_qualified_holding(
    *, acquired_on: date, sold_on: date | None, ex_date: date, is_preferred: bool = False
) -> bool:
    """True when shares were held long enough around `ex_date` for a qualified dividend.

    More than 60 days of the 121 that begin 60 days before the ex-date; preferred stock more than 90 of 181
    beginning 90 days before. The day of purchase is left out, the day of sale counts; `sold_on` None means
    still held. Source: IRC 1(h)(11)(B)(iii), 246(c).
    """
    reach = 90 if is_preferred else 60
    first, last = ex_date - timedelta(days=reach), ex_date + timedelta(days=reach)
    held_from = max(first, first_day_counted(acquired_on))
    held_to = last if sold_on is None else min(last, sold_on)
    return (held_to + ONE_DAY - held_from).days > reach
