"""Whether a weight stands outside edges, over columns: the one rule of `bands.side_left`, for bands and hard ranges."""

from __future__ import annotations

from decimal import Decimal, localcontext

from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Column, Columns, Fact, Truth
from rebalancing.triggers.measures import Measure

ZERO = Decimal(0)
NEEDS = ("value", "investable", "target", "lower", "upper", "edge_is_breach")
"""Of a class, or a part of one, in the household or in an account that is measured by itself."""


def outside(facts: Columns, *, lower: Column, upper: Column) -> Truth:
    """Beyond an edge, or on it where the policy says so. Nothing is divided, so that nothing is rounded.

    Nothing held, all of it and an edge that is the target are places to stand. An edge that is not known is never left.
    """
    value, of, on_edge = facts["value"], facts["investable"], columns.is_set(facts["edge_is_breach"])
    with localcontext(prec=60):
        top, bottom = upper * of, lower * of
        over = columns.more_than(value, top) | (
            on_edge
            & ~columns.at_least(upper, 1)
            & _apart(upper, facts["target"])
            & columns.at_least(value, top)
        )
        under = ~columns.at_least(value, bottom) | (
            on_edge
            & columns.more_than(lower, 0)
            & _apart(lower, facts["target"])
            & ~columns.more_than(value, bottom)
        )
    return over | under


def _apart(left: Column, right: Column) -> Truth:
    return columns.more_than(left, right) | ~columns.at_least(left, right)


def row(one: Measure, *, edge_is_breach: bool) -> dict[str, Fact]:
    """The exact facts of one measure."""
    return {
        "value": one.value,
        "investable": one.investable,
        "target": one.target,
        "lower": one.lower,
        "upper": one.upper,
        "edge_is_breach": edge_is_breach,
    }


def told(one: Measure, portfolio: Portfolio) -> str:
    """Where it stands, as a sentence without its full stop; the account is named where it is measured by itself. Weights are
    those after money that is due out, so that it is named where there is any.
    """
    accounts = [each for each in portfolio.household.accounts if one.account in (None, each.id)]
    due = -sum((flow.amount for each in accounts for flow in each.flows if flow.amount < ZERO), ZERO)
    names = {each.id: each.name or each.id for each in accounts}
    return standing(one, due=due, name=names[one.account] if one.account is not None else None)


def standing(one: Measure, *, due: Decimal, name: str | None) -> str:
    """The same of money due out and the name of an account that is measured by itself."""
    where = [f"In {name}"] if name is not None else []
    when = [f"{'o' if where else 'O'}nce {dollars(due)} that is due has been paid out"] if due else []
    return ", ".join((*where, *when, one.sentence()))


def figures(one: Measure) -> dict[str, str]:
    """What a trigger about a measure keeps of it."""
    told = {
        "asset_class": one.asset_class,
        "weight": f"{one.weight:.6f}",
        "target": f"{one.target:.6f}",
        "lower": f"{one.lower:.6f}",
        "upper": f"{one.upper:.6f}",
    }
    return told | ({"account": one.account} if one.account else {})
