"""Returns: time-weighted, Modified Dietz, net of fees, and only annualized when that is honest.

Returns are fractions (0.05 is five percent), values and flows dollars; a positive flow is money coming in.
Sources: GIPS 2020 for valuation at large flows, geometric linking and periods under one year; Rule
206(4)-1(d)(1) for net beside gross.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ONE, ZERO

LARGE_FLOW = Decimal("0.10")
"""A flow of this part of the portfolio calls for a valuation unless the firm defines another."""

CAPITAL_LEAST = Decimal("0.01")
"""Average capital below this part of the money involved makes Modified Dietz meaningless."""

DAYS_PER_YEAR = Decimal(365)
MONTHS_PER_YEAR = 12


class FlowTiming(StrEnum):
    """Whether a flow is at work on the day it arrives. One convention for the whole firm."""

    END_OF_DAY = "end_of_day"
    START_OF_DAY = "start_of_day"


class FeeCharge(StrEnum):
    """When a fee is taken: after the period on its ending value, or before it on its beginning value."""

    IN_ARREARS = "in_arrears_on_ending_value"
    IN_ADVANCE = "in_advance_on_beginning_value"


class PerformanceError(ValueError):
    """Figures from which no return can be computed."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Money in (positive) or out on the ``day``-th day of a period, counting from one."""

    day: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SubPeriod:
    """A stretch between two valuations: value after the flow that starts it, before the one that ends it."""

    start_after_flow: Decimal
    end_before_flow: Decimal


@dataclass(frozen=True, slots=True)
class Dietz:
    """A Modified Dietz return with its parts; ``rate`` is None where the average capital is too small."""

    gain: Decimal
    average_capital: Decimal
    rate: Decimal | None


def modified_dietz(
    begin_value: Decimal,
    end_value: Decimal,
    *,
    days: int,
    flows: Iterable[Flow] = (),
    timing: FlowTiming = FlowTiming.END_OF_DAY,
) -> Dietz:
    """``(EMV - BMV - F) / (BMV + sum W F)`` with ``W = (D - d) / D``, or one day more at start of day.

    Raises `PerformanceError` for a period without days or a flow outside it.
    """
    if days < 1:
        raise PerformanceError(f"A period of {days} days has no return.")
    extra = 1 if timing is FlowTiming.START_OF_DAY else 0
    gain, weighted, gross = end_value - begin_value, ZERO, abs(begin_value)
    for flow in flows:
        if not extra <= flow.day <= days:
            raise PerformanceError(f"A flow on day {flow.day} lies outside a period of {days} days.")
        gain -= flow.amount
        weighted += flow.amount * (days - flow.day + extra)
        gross += abs(flow.amount)
    average = begin_value + weighted / days
    meaningful = average > ZERO and average >= CAPITAL_LEAST * gross
    return Dietz(gain=gain, average_capital=average, rate=gain / average if meaningful else None)


def linked(returns: Iterable[Decimal]) -> Decimal:
    """Returns of successive periods linked geometrically."""
    growth = ONE
    for each in returns:
        growth *= ONE + each
    return growth - ONE


def time_weighted(sub_periods: Iterable[SubPeriod]) -> Decimal:
    """True time-weighted return over sub-periods cut at each external flow.

    Raises `PerformanceError` when a sub-period starts with nothing.
    """
    returns = []
    for each in sub_periods:
        if not each.start_after_flow > ZERO:
            raise PerformanceError(f"A sub-period starting at {each.start_after_flow} has no return.")
        returns.append(each.end_before_flow / each.start_after_flow - ONE)
    return linked(returns)


def is_large_flow(flow: Decimal, *, value: Decimal, limit: Decimal = LARGE_FLOW) -> bool:
    """Whether a flow calls for a valuation of its own; anything is large beside nothing."""
    return abs(flow) >= limit * value


def net_of_fees(
    gross_returns: Iterable[Decimal],
    *,
    yearly_fee: Decimal,
    periods_per_year: int,
    charge: FeeCharge = FeeCharge.IN_ARREARS,
) -> Decimal:
    """Linked return after the fee, a yearly fraction taken in equal parts each period.

    In arrears, the fee is taken from the ending value. In advance, it is taken from the beginning value and
    what is left is invested; both come to ``(1 + r)(1 - fee/n)``. Raises `PerformanceError` for a fee that
    takes everything.
    """
    part = yearly_fee / periods_per_year
    if not ZERO <= part < ONE:
        raise PerformanceError(f"A fee of {part} a period cannot be charged.")
    return linked((ONE + each) * (ONE - part) - ONE for each in gross_returns)


def annualized_over_months(cumulative: Decimal, months: int) -> Decimal | None:
    """The yearly rate that gives the cumulative return; None for less than a year (GIPS 2020)."""
    if months < MONTHS_PER_YEAR:
        return None
    return _annualized(cumulative, Decimal(MONTHS_PER_YEAR) / months)


def annualized(cumulative: Decimal, *, first: date, last: date) -> Decimal | None:
    """The same between two days, of 365 to the year; None for less than one calendar year."""
    days = (last - first).days
    is_full_year = (last.year - first.year, last.month, last.day) >= (1, first.month, first.day)
    return _annualized(cumulative, DAYS_PER_YEAR / days) if is_full_year else None


def _annualized(cumulative: Decimal, power: Decimal) -> Decimal:
    if cumulative < -ONE:
        raise PerformanceError(f"A cumulative return of {cumulative} loses more than everything.")
    return (ONE + cumulative) ** power - ONE


def volatility(returns: Sequence[Decimal], *, periods_per_year: int) -> Decimal | None:
    """Yearly volatility: sample standard deviation of periodic returns, scaled; None below two returns."""
    if len(returns) < 2:
        return None
    mean = sum(returns, ZERO) / len(returns)
    squares = sum(((each - mean) ** 2 for each in returns), ZERO)
    return (squares / (len(returns) - 1) * periods_per_year).sqrt()


def realized_volatility(returns: Sequence[Decimal], *, periods_per_year: int = 252) -> Decimal | None:
    """Yearly volatility of log returns around a mean taken as zero; None without returns.

    ``sqrt(n/N sum ln(1+r)^2)``: the measure of agitated markets, where ten days say nothing of a mean.
    """
    if not returns:
        return None
    squares = sum(((ONE + each).ln() ** 2 for each in returns), ZERO)
    return (squares * periods_per_year / len(returns)).sqrt()


def drawdown_max(returns: Iterable[Decimal]) -> Decimal:
    """Largest fall from a high, as a fraction of the high: zero when the value never fell."""
    growth = high = ONE
    worst = ZERO
    for each in returns:
        growth *= ONE + each
        high = max(high, growth)
        worst = max(worst, ONE - growth / high)
    return worst
