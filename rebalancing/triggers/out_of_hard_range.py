"""A class has left the range beyond its band that the policy sets as the limit of what may wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clients.models import PolicyTarget
from rebalancing.engine.wording import percents
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns, edges
from rebalancing.triggers.columns import Columns, Fact, Truth
from rebalancing.triggers.measures import Measure, Measured
from rebalancing.triggers.trigger import Trigger

CODE = "out_of_hard_range"
NEEDS = (*edges.NEEDS, "has_hard_range", "hard_lower", "hard_upper")


def fires(facts: Columns) -> Truth:
    """Outside its hard range. A class without one never is."""
    return beyond(facts)


def beyond(facts: Columns) -> Truth:
    """The same, for the trigger of the band."""
    return columns.is_set(facts["has_hard_range"]) & edges.outside(
        facts, lower=facts["hard_lower"], upper=facts["hard_upper"]
    )


def facts(portfolio: Portfolio, measured: Measured) -> Columns:
    """The exact facts of each measure, in their order. A side without a hard edge of its own ends with the band."""
    targets = {target.asset_class.code: target for target in portfolio.policy.targets.all()}
    return columns.rows(
        *(
            edges.row(one, edge_is_breach=portfolio.edge_is_breach) | _hard(one, targets.get(one.asset_class))
            for one in measured.measures
        )
    )


def _hard(one: Measure, target: PolicyTarget | None) -> dict[str, Fact]:
    low, high = (target.hard_lower, target.hard_upper) if target is not None else (None, None)
    return {
        "has_hard_range": low is not None or high is not None,
        "hard_lower": one.lower if low is None else low,
        "hard_upper": one.upper if high is None else high,
    }


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Each class beyond its hard range, the one furthest from its target first."""
    return of(facts(portfolio, measured), measured.measures, told=lambda one: edges.told(one, portfolio))


def of(given: Columns, measures: Sequence[Measure], *, told: Callable[[Measure], str]) -> list[Trigger]:
    """The same of exact facts, row by row those of `measures`; `told` says where one stands."""
    if not measures:
        return []
    rows = zip(measures, given["hard_lower"], given["hard_upper"], fires(given).yes, strict=True)
    found = [(one, low, high) for one, low, high, is_beyond in rows if is_beyond]
    return [
        _told(one, told(one), low, high)
        for one, low, high in sorted(found, key=lambda each: -abs(each[0].drift))
    ]


def _told(one: Measure, sentence: str, low: columns.Fact, high: columns.Fact) -> Trigger:
    low_text, high_text = percents(low, high)  # type: ignore[arg-type]
    return Trigger(
        code=CODE,
        sentence=f"{sentence}, and {low_text} to {high_text} at the utmost.",
        figures={**edges.figures(one), "hard_lower": f"{low:.6f}", "hard_upper": f"{high:.6f}"},
    )
