"""The frontier: plans from doing nothing to exactly on target, and the named ones between.

Only the price of drift varies. Every point is a complete plan, rounded, with its own orders and taxes. The named points
answer the questions advisors ask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from rebalancing.engine import proposing
from rebalancing.engine.documents.faults import BadHousehold
from rebalancing.engine.documents.household import Destination, Household
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Plan
from rebalancing.engine.documents.serializing import decimal_text, digest
from rebalancing.engine.documents.validation import faults_in
from rebalancing.engine.evaluation import evaluate, order_lines, tradables
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.situations import Situation, lay_out
from rebalancing.engine.explanations import positions
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio.objective_prices import prices_for
from rebalancing.engine.solving import solutions

FORMAT = "frontier/1"
POINTS_MIN, POINTS_MAX = 5, 20
DOUBLINGS = 12  # From the lowest price of drift to the highest.
NODES_MAX = 60  # Of the search for a named plan; where that is too few, its gap says so.
DRIFT_PRICE_MAX = Decimal(20)  # Drift priced far above any tax: exactly on target, as far as shares allow.
STEPS_BPS = (15, 45, 150, 450, 1500)
"""What every dollar away from target costs at the steps between the named ways, in basis points of that dollar."""


@dataclass(frozen=True, slots=True)
class Point:
    """One plan of the frontier in its main figures. ``name`` is empty between the named points.

    ``tax`` in dollars this year, ``drift`` and ``turnover`` (one-way) as fractions of the investable value.
    """

    name: str
    drift_price: Decimal
    tax: Decimal
    net_gain: Decimal
    drift: Decimal
    out_of_band: int
    turnover: Decimal
    orders: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Frontier:
    """``points`` by rising price of drift (the first does nothing), ``named`` in the order people ask for them."""

    household: str
    input_digest: str
    points: tuple[Point, ...]
    named: tuple[Point, ...]


def trace(household: Household, *, count: int = 10) -> Frontier:
    """``count`` points (5 to 20) and the named ones.

    Raises faults.BadHousehold listing every fault, ValueError for another count, highs.SolverFailed.
    """
    if not POINTS_MIN <= count <= POINTS_MAX:
        raise ValueError(f"A frontier has {POINTS_MIN} to {POINTS_MAX} points, not {count}.")
    found = faults_in(household)
    if found:
        raise BadHousehold(found)
    asked = ordered(household)
    return Frontier(
        household=asked.id,
        input_digest=digest(asked),
        points=_curve(_to_target(_priced(asked)), count),
        named=tuple(_named(name, request) for name, request in _requests(asked)),
    )


def named_plans(household: Household) -> tuple[tuple[str, Household, Plan], ...]:
    """The named points as full plans, each with the document it answers, so that the verifier can sign it."""
    return tuple((name, request, _plan(request)) for name, request in _requests(household))


def smaller_plans(household: Household) -> tuple[tuple[str, Household, Plan], ...]:
    """Plans that pay less tax now: in accounts that are not taxed only, and with half of the usual plan's net gain, the
    other half being left for the next year.
    """
    asked = _priced(household)
    sheltered = replace(
        asked,
        accounts=tuple(
            replace(a, tradable=False, not_tradable_reason="its gains are taxed") if a.is_taxed else a
            for a in asked.accounts
        ),
    )
    gain = point("", _plan(asked)).net_gain
    half = replace(
        asked, objective=Objective(mode=Mode.LEAST_DRIFT, gain_max=max(ZERO, gain / 2), hold_below_bps=ZERO)
    )
    requests = (("retirement accounts only", sheltered), ("half this year", half))
    return tuple((name, request, _plan(request)) for name, request in requests)


def ways(household: Household) -> tuple[tuple[str, Household], ...]:
    """The named ways and the steps between them, each with the document that asks for it. What an objective limits besides is
    left out, so that they are the same whichever of them the household's document asks for.
    """
    asked = _priced(replace(household, objective=_without_limits(household.objective)))
    toward = _to_target(asked)
    named = sorted(
        _requests(asked), key=lambda one: one[0] == "no realized gain"
    )  # The one that asks for drift alone last.
    return (*named, *((step(bps), _with_drift_at(toward, Decimal(bps))) for bps in STEPS_BPS))


def _without_limits(objective: Objective) -> Objective:
    return replace(objective, drift_max=None, turnover_max=None, gain_max=None, tax_max=None)


def step(bps: int) -> str:
    """The name of the way that prices every dollar away from target at this much."""
    return f"drift at {bps} bps"


def _requests(household: Household) -> tuple[tuple[str, Household], ...]:
    """What the named points ask: do nothing, no realized gain, within budget, to the edge, halfway, to target."""
    asked = _priced(household)
    return (
        ("do nothing", _untraded(asked)),
        ("no realized gain", _without_gain(asked)),
        ("within budget", asked),
        ("to band edge", _toward(asked, Destination.EDGE)),
        ("halfway", _toward(asked, Destination.HALFWAY)),
        ("to target", _at_highest_drift_price(_to_target(asked))),
    )


def _priced(household: Household) -> Household:
    objective = replace(household.objective, mode=Mode.PRICED_DRIFT, hold_below_bps=ZERO)
    return replace(household, objective=objective)


def _untraded(household: Household) -> Household:
    return replace(household, accounts=tuple(replace(a, tradable=False) for a in household.accounts))


def _without_gain(household: Household) -> Household:
    objective = Objective(mode=Mode.LEAST_DRIFT, gain_max=ZERO, hold_below_bps=ZERO)
    return replace(household, objective=objective)


def _toward(household: Household, destination: Destination) -> Household:
    classes = tuple(replace(row, destination=destination) for row in household.policy.classes)
    prices = household.policy.penalties
    if destination is Destination.EDGE:
        prices = replace(prices, inside_bps=ZERO)
    return replace(household, policy=replace(household.policy, classes=classes, penalties=prices))


def _to_target(household: Household) -> Household:
    """Every dollar away from target at the same price, so that one price spans the whole curve."""
    classes = tuple(replace(row, destination=Destination.TARGET) for row in household.policy.classes)
    prices = replace(household.policy.penalties, inside_bps=household.policy.penalties.outside_bps)
    return replace(household, policy=replace(household.policy, classes=classes, penalties=prices))


def _with_drift_at(household: Household, bps: Decimal) -> Household:
    """Every dollar away from target at this price."""
    penalties = replace(household.policy.penalties, inside_bps=bps, outside_bps=bps)
    return replace(household, policy=replace(household.policy, penalties=penalties))


def _curve(household: Household, count: int) -> tuple[Point, ...]:
    """Doing nothing, then ``count`` - 1 prices of drift in geometric steps up to the highest."""
    situation = lay_out(household)
    prices_now = prices_for(household)
    opportunities = tradables.find(situation)
    do_nothing = evaluate.evaluate(situation, opportunities, prices_now, order_lines.NOTHING)
    lowest, steps = DRIFT_PRICE_MAX / 2**DOUBLINGS, count - 2
    prices = [
        (lowest * Decimal(2) ** (Decimal(DOUBLINGS * step) / steps)).quantize(Decimal("0.000001"))
        for step in range(count - 1)
    ]
    solved = solutions.solve_along(household, (prices_now.scaled(price) for price in prices))
    points = [_evaluated("", situation, do_nothing, ZERO)]
    points += [_evaluated("", situation, e, price) for e, price in zip(solved, prices, strict=True)]
    return tuple(points)


def _at_highest_drift_price(household: Household) -> Household:
    """The same with drift priced far above any tax."""
    prices = household.policy.penalties
    penalties = replace(
        prices,
        inside_bps=prices.inside_bps * DRIFT_PRICE_MAX,
        outside_bps=prices.outside_bps * DRIFT_PRICE_MAX,
    )
    return replace(household, policy=replace(household.policy, penalties=penalties))


def _plan(household: Household) -> Plan:
    solved = solutions.solve(household, prices_for(household), nodes_max=NODES_MAX)
    return proposing.plan_of(solved, household, digest(household), removal_costs=False)


def _named(name: str, household: Household) -> Point:
    """The main figures of a named point, without writing its plan."""
    solved = solutions.solve(household, prices_for(household), nodes_max=NODES_MAX)
    return _evaluated(name, solved.situation, proposing.planned_evaluation(solved), ONE)


def point(name: str, plan: Plan) -> Point:
    """The main figures of a named plan."""
    traded = sum((order.shares * order.price for order in plan.orders), ZERO)
    return Point(
        name=name,
        drift_price=ONE,
        tax=plan.tax_change,
        net_gain=sum((row.short + row.long for row in plan.tax), ZERO),
        drift=plan.after.drift,
        out_of_band=sum(row.out_of_band for row in plan.after.classes),
        turnover=positions.weight(traded / 2, plan.before.investable),
        orders=len(plan.orders),
        cost=sum((order.cost for order in plan.orders), ZERO),
    )


def _evaluated(name: str, situation: Situation, evaluation: Evaluation, price: Decimal) -> Point:
    position = positions.position(situation, evaluation)
    traded = sum((line.shares * situation.securities[line.security].price for line in evaluation.lines), ZERO)
    return Point(
        name=name,
        drift_price=price,
        tax=sum((row.change for row in positions.taxes(situation, evaluation)), ZERO),
        net_gain=sum((gains.short + gains.long for gains in evaluation.gains.values()), ZERO),
        drift=position.drift,
        out_of_band=sum(row.out_of_band for row in position.classes),
        turnover=positions.weight(traded / 2, situation.investable),
        orders=len(evaluation.lines),
        cost=sum((line.cost for line in evaluation.lines), ZERO),
    )


def text(traced: Frontier) -> str:
    """The frontier as JSON, indented; decimals as strings."""

    def shown(point: Point) -> dict[str, Any]:
        fields = {name: getattr(point, name) for name in Point.__slots__}
        return {n: decimal_text(v) if isinstance(v, Decimal) else v for n, v in fields.items()}

    document = {
        "format": FORMAT,
        "household": traced.household,
        "input_digest": traced.input_digest,
        "points": [shown(point) for point in traced.points],
        "named": [shown(point) for point in traced.named],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
