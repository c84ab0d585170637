"""The market is not orderly: wide spreads, gaps, halts and stale prices, by data on record.

A rebalance after a fall buys what has fallen, so waiting is not about locking in losses; it is about prices at which
nothing should be traded for a day or two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from compliance.firm.waiting_figures import (
    DISORDER_DAYS,
    GAP_MAX,
    IMPLIED_MAX,
    SPREAD_MULTIPLE,
    VOLATILITY_MAX,
)
from rebalancing.engine.documents.household import CapKind
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation.shortfalls import held_under
from rebalancing.engine.evaluation.situations import lay_out
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.wording import percents
from rebalancing.triggers.columns import Column, Columns, Fact, Truth, at_least, is_known, is_set, more_than
from rebalancing.waiting import hard_drift
from rebalancing.waiting.look import Look
from rebalancing.waiting.market_history import History
from rebalancing.waiting.reason import HoldReason

CODE = "disorderly_market"
NEEDS = (
    "volatility",
    "volatility_max",
    "implied",
    "implied_max",
    "gap",
    "gap_max",
    "halted",
    "stale",
    "spread",
    "usual_spread",
    "spread_multiple",
    "days_held",
    "days_max",
    "above_risk_cap",
    "raises_cash",
    *hard_drift.NEEDS,
)
DAYS_A_YEAR = 252
Compare = Callable[[Column, Column], Truth]


def is_disorderly(facts: Columns) -> Truth:
    """Where any figure on record says so; what is not on record says nothing."""
    return (
        _known_to(at_least, facts, "volatility", facts["volatility_max"])
        | _known_to(at_least, facts, "implied", facts["implied_max"])
        | _known_to(at_least, facts, "gap", facts["gap_max"])
        | is_set(facts["halted"])
        | is_set(facts["stale"])
        | (
            is_known(facts["spread"])
            & is_known(facts["usual_spread"])
            & more_than(facts["spread"], facts["usual_spread"] * facts["spread_multiple"])
        )
    )


def fires(facts: Columns) -> Truth:
    """A disorderly market, for so many days in a row at most, and neither for large drift nor above the client's risk cap."""
    return (
        is_disorderly(facts)
        & ~at_least(facts["days_held"], facts["days_max"])
        & ~is_set(facts["above_risk_cap"])
        & ~is_set(facts["raises_cash"])
        & ~hard_drift.stands(facts)
    )


def _known_to(compare: Compare, facts: Columns, name: str, limit: Column) -> Truth:
    return is_known(facts[name]) & compare(facts[name], limit)


def realized_volatility(returns: Sequence[Decimal], *, days_a_year: int = DAYS_A_YEAR) -> Decimal:
    """Yearly volatility of daily returns around zero: the root of 252/n times the sum of squared log returns."""
    squares = sum(((Decimal(1) + one).ln() ** 2 for one in returns), Decimal(0))
    return (Decimal(days_a_year) / len(returns) * squares).sqrt()


def facts(look: Look, history: History) -> dict[str, Fact]:
    figures, returns = look.figures, history.returns
    return {
        "volatility": None if not returns else realized_volatility(returns),
        "volatility_max": figures.of(VOLATILITY_MAX),
        "implied": history.implied,
        "implied_max": figures.of(IMPLIED_MAX),
        "gap": None if not returns else abs(returns[-1]),
        "gap_max": figures.of(GAP_MAX),
        "halted": history.market_halted or bool(history.halted),
        "stale": bool(history.stale),
        "spread": history.spread,
        "usual_spread": history.usual_spread,
        "spread_multiple": figures.of(SPREAD_MULTIPLE),
        "days_held": look.held_for(CODE),
        "days_max": figures.of(DISORDER_DAYS),
        "above_risk_cap": above_risk_cap(look),
        "raises_cash": look.raises_cash,
        **hard_drift.facts(look),
    }


def above_risk_cap(look: Look) -> bool:
    """Whether the client holds more of the classes of a cap than it allows: bringing that down does not wait."""
    household = ordered(look.portfolio.household)
    caps = [cap for cap in household.rules.caps if cap.kind is CapKind.CLASSES]
    if not caps:
        return False
    situation = lay_out(household)
    return any(held_under(situation, cap, ()) > cap.weight_max * situation.investable for cap in caps)


def _why(told: dict[str, Fact], history: History) -> Iterator[str]:
    volatility, gap = told["volatility"], told["gap"]
    if isinstance(volatility, Decimal) and volatility >= _figure(told["volatility_max"]):
        shown, limit = percents(volatility, _figure(told["volatility_max"]))
        yield f"the policy’s benchmark moves by {shown} a year over ten market days (the firm waits from {limit})"
    if isinstance(history.implied, Decimal) and history.implied >= _figure(told["implied_max"]):
        yield f"the volatility index stands at {history.implied:.2f}"
    if isinstance(gap, Decimal) and gap >= _figure(told["gap_max"]):
        (shown,) = percents(gap)
        yield f"the policy’s benchmark moved by {shown} in one day"
    if history.market_halted:
        yield "the whole market was halted"
    if history.halted:
        yield f"{', '.join(history.halted)} was halted"
    if history.stale:
        yield f"the price of {', '.join(history.stale)} is not of the last close"
    if (
        history.spread is not None
        and history.usual_spread is not None
        and history.spread > history.usual_spread * _figure(told["spread_multiple"])
    ):
        times = history.spread / history.usual_spread
        yield f"the median spread of what would be traded is {times:.1f} times the usual"


def _figure(fact: Fact) -> Decimal:
    assert isinstance(fact, Decimal), "the firm's figure"
    return fact


def find(look: Look, history: History) -> HoldReason:
    """What is not orderly, and the last day on which it holds trades back."""
    told = facts(look, history)
    left = look.figures.of(DISORDER_DAYS) - look.held_for(CODE)
    ends_on = look.trade_on
    for _ in range(left):
        ends_on = new_york().session_after(ends_on)
    why = "; ".join(_why(told, history))
    return HoldReason(
        code=CODE,
        sentence=f"The market is not orderly: {why}.",
        ends_on=ends_on,
        because="It is measured again every market day and ends when the market is orderly, at the latest on that day.",
        figures={
            name: f"{value:.6f}" if isinstance(value, Decimal) else str(int(bool(value)))
            for name, value in told.items()
            if name in ("volatility", "implied", "gap", "halted", "stale", "spread", "usual_spread")
            and value is not None
        },
    )
