"""A second formulation of the whole question, from the household document alone: nothing of the engine's program is used.

Lots are fractions of themselves, not dollars. The tax at flat rates is netted with two binaries a return (a net gain or a
loss, a long-term gain or a loss), without regions or planes. A class has one deviation on either side, priced in pieces.
One binary for each wash group says whether it is harvested or bought, one for each position whether it is sold or
bought. HiGHS proves the optimum with its own branch and cut, from no incumbent. Modes: ``priced_drift`` and
``least_tax``; households at flat rates without purchases near the trade day, whose accounts are all traded.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

import highspy
import numpy as np

from rebalancing.engine.documents.household import Destination, Household, TaxTreatment
from rebalancing.engine.documents.objective import Mode

INFINITY = highspy.kHighsInf
LOSS_LIMIT = 3000.0
BPS = 1e-4
DRIFT_SLACK, CASH_SLACK, BUDGET_SLACK = 4.0, 20.0, 15.0  # Dollars for each dollar a limit is not met.
D = Decimal


@dataclass(slots=True)
class Answer:
    """The best objective found, the bound proven, and seconds of the solver's own clock."""

    best: float
    bound: float
    is_proven: bool
    seconds: float
    unmet: float


@dataclass(slots=True)
class _Model:
    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    rows: list[dict[int, float]] = field(default_factory=list)

    def column(self, cost: float = 0.0, low: float = 0.0, high: float = INFINITY) -> int:
        self.cost.append(cost)
        self.lower.append(low)
        self.upper.append(high)
        return len(self.cost) - 1

    def binary(self) -> int:
        self.whole.append(self.column(0.0, 0.0, 1.0))
        return self.whole[-1]

    def row(self, entries: dict[int, float], low: float, high: float) -> None:
        self.rows.append(entries)
        self.low.append(low)
        self.high.append(high)


def optimum(household: Household, *, seconds: float = 600.0, without_slack: bool = False) -> Answer:
    """The least objective that fractions of shares allow; ``without_slack`` asks whether every limit can be met."""
    model = _Model()
    slacks = _state(model, household, without_slack=without_slack)
    return _solved(model, slacks, seconds)


def _state(model: _Model, household: Household, *, without_slack: bool) -> list[int]:
    objective, penalties = household.objective, household.policy.penalties
    is_least_tax = objective.mode is Mode.LEAST_TAX
    scale = BPS if is_least_tax else 1.0
    inside = float(penalties.inside_bps) * BPS * scale
    outside = float(penalties.outside_bps) * BPS * scale
    securities = {s.id: s for s in household.securities}
    prices = {s.id: float(s.price) for s in household.securities}
    spread = {s.id: float(s.half_spread) for s in household.securities}
    taxed = {a.id: a for a in household.accounts if a.tax_treatment is TaxTreatment.TAXABLE}
    room = 0.0 if without_slack else INFINITY
    slacks: list[int] = []

    value: dict[str, Decimal] = defaultdict(lambda: D(0))
    worth_of: dict[str, Decimal] = defaultdict(lambda: D(0))
    for lot in household.lots:
        worth = lot.quantity * securities[lot.security].price
        worth_of[lot.account] += worth
        for part in securities[lot.security].weights:
            value[part.asset_class] += worth * part.weight
    free: dict[str, float] = {}
    for account in household.accounts:
        moves = account.cash_settled + sum(
            (m.amount for m in (*account.cash_unsettled, *account.flows)), D(0)
        )
        value[household.policy.cash_class or ""] += moves - account.minimum_cash
        worth_of[account.id] += moves
        free[account.id] = float(moves)
    whole = float(sum(value.values(), D(0)))

    # Sales and purchases.
    cash = {a.id: {} for a in household.accounts}
    dollars: dict[str, dict[int, float]] = defaultdict(dict)
    traded: dict[int, float] = {}
    gains: dict[tuple[str, bool], dict[int, float]] = defaultdict(dict)
    losing: dict[str, list[int]] = defaultdict(list)
    sold_at: dict[tuple[str, str], list[int]] = defaultdict(list)
    legacy = {w.security: float(w.price_bps) * BPS for w in household.rules.wind_down}
    kept = 0.0
    for lot in household.lots:
        price, half = prices[lot.security], spread[lot.security]
        worth = float(lot.quantity) * price
        kept += legacy.get(lot.security, 0.0) * worth
        column = model.column(worth * (half - legacy.get(lot.security, 0.0)), 0.0, 1.0)
        cash[lot.account][column] = worth * (1 - half)
        dollars[lot.security][column] = -worth
        traded[column] = worth
        sold_at[lot.account, lot.security].append(column)
        if lot.account in taxed:
            assert lot.basis is not None
            assert lot.acquired is not None
            gain = worth * (1 - half) - float(lot.basis)
            later = _a_year_later(lot.acquired)
            gains[taxed[lot.account].tax_unit or "", household.trade_on > later][column] = gain
            if gain < 0:
                losing[securities[lot.security].wash_group or lot.security].append(column)
    bought_of: dict[str, list[tuple[int, float]]] = defaultdict(list)
    members = {m.security for sleeve in household.policy.sleeves for m in sleeve.members}
    for account in household.accounts:
        for name in sorted(members - set(legacy)):
            column = model.column(spread[name])
            cash[account.id][column] = -(1 + spread[name])
            dollars[name][column] = 1.0
            traded[column] = 1.0
            most = float(worth_of[account.id])
            bought_of[securities[name].wash_group or name].append((column, most))
            held = sold_at.get((account.id, name))
            if held:
                either = model.binary()
                for sale in held:
                    model.row({sale: 1.0, either: -1.0}, -INFINITY, 0.0)
                model.row({column: 1.0, either: most}, -INFINITY, most)
    for group, sales in losing.items():
        if group in bought_of:
            harvested = model.binary()
            for sale in sales:
                model.row({sale: 1.0, harvested: -1.0}, -INFINITY, 0.0)
            for column, most in bought_of[group]:
                model.row({column: 1.0, harvested: most}, -INFINITY, most)

    # Cash, which is a class too.
    in_cash: dict[int, float] = {}
    for account in household.accounts:
        short = model.column(CASH_SLACK, 0.0, room)
        slacks.append(short)
        left = model.column(0.0, float(account.minimum_cash))
        model.row({**cash[account.id], left: -1.0, short: 1.0}, -free[account.id], -free[account.id])
        in_cash[left], in_cash[short] = 1.0, -1.0

    # Deviations.
    minimum = float(sum((a.minimum_cash for a in household.accounts), D(0)))
    apart: dict[int, float] = {}
    for row in household.policy.classes:
        entries: dict[int, float] = {}
        for name, columns in dollars.items():
            share = sum(float(p.weight) for p in securities[name].weights if p.asset_class == row.id)
            if share:
                for column, each in columns.items():
                    entries[column] = entries.get(column, 0.0) + share * each
        start = float(value[row.id])
        if row.id == household.policy.cash_class:
            entries.update(in_cash)
            start = -minimum
        pieces = _pieces(row, value[row.id], D(repr(whole)), inside, outside, is_least_tax=is_least_tax)
        rest = pieces[0]
        for sign, edge, near in pieces[1:]:
            close = model.column(near, 0.0, abs(edge - rest) * whole)
            far = model.column(outside)
            entries[close] = entries[far] = -sign
            apart[close] = apart[far] = 0.5
        model.row(entries, rest * whole - start, rest * whole - start)
    if is_least_tax and objective.drift_max is not None:
        slack = model.column(DRIFT_SLACK, 0.0, room)
        slacks.append(slack)
        most = float(objective.drift_max) * whole
        model.row({**apart, slack: -1.0}, -INFINITY, most)
    limits = [household.rules.turnover_max, objective.turnover_max if is_least_tax else None]
    if given := [float(limit) for limit in limits if limit is not None]:
        slack = model.column(DRIFT_SLACK, 0.0, room)
        slacks.append(slack)
        model.row({**{c: w / 2 for c, w in traded.items()}, slack: -1.0}, -INFINITY, min(given) * whole)

    # Tax: netting by binaries.
    constant = model.column(kept, 1.0, 1.0)
    for unit in household.tax_units:
        _tax(model, household, unit.id, gains, constant, slacks, room)
    return slacks


def _tax(model, household, name, gains, constant, slacks, room):
    (unit,) = (u for u in household.tax_units if u.id == name)
    assert unit.flat is not None, "only flat rates"
    short_rate, long_rate = (float(r + unit.state_rate) for r in (unit.flat.short, unit.flat.long))
    worth = float(unit.flat.loss_value)
    base = [
        float(unit.realized_short - unit.carryforward_short),
        float(unit.realized_long + unit.expected_distributions - unit.carryforward_long),
    ]
    reach = sum(abs(g) for is_long in (False, True) for g in gains[name, is_long].values()) + sum(
        map(abs, base)
    )
    long = model.column(0.0, -INFINITY)
    model.row({**{c: -g for c, g in gains[name, True].items()}, long: 1.0}, base[1], base[1])
    net = model.column(0.0, -INFINITY)
    short = {c: -g for c, g in gains[name, False].items()}
    model.row({**short, net: 1.0, long: -1.0}, base[0], base[0])
    gain, loss, is_gain = (
        model.column(short_rate, 0.0, reach),
        model.column(-worth, 0.0, reach),
        model.binary(),
    )
    model.row({gain: 1.0, loss: -1.0, net: -1.0}, 0.0, 0.0)
    model.row({gain: 1.0, is_gain: -reach}, -INFINITY, 0.0)
    model.row({loss: 1.0, is_gain: reach}, -INFINITY, reach)
    up, down, is_up = model.column(0.0, 0.0, reach), model.column(0.0, 0.0, reach), model.binary()
    model.row({up: 1.0, down: -1.0, long: -1.0}, 0.0, 0.0)
    model.row({up: 1.0, is_up: -reach}, -INFINITY, 0.0)
    model.row({down: 1.0, is_up: reach}, -INFINITY, reach)
    preferred = model.column(
        long_rate - short_rate
    )  # Taxed at the lower rate: no more than the net gain, nor than the long.
    model.row({preferred: 1.0, gain: -1.0}, -INFINITY, 0.0)
    model.row({preferred: 1.0, up: -1.0}, -INFINITY, 0.0)
    deducted = model.column(worth - short_rate, 0.0, LOSS_LIMIT)
    model.row({deducted: 1.0, loss: -1.0}, -INFINITY, 0.0)
    model.cost[constant] -= _tax_of(base[0], base[1], short_rate, long_rate, worth)
    if unit.gain_budget is not None:
        slack = model.column(BUDGET_SLACK, 0.0, room)
        slacks.append(slack)
        most = max(float(unit.gain_budget.limit), sum(base))
        model.row({net: 1.0, slack: -1.0}, -INFINITY, most)


def _tax_of(short: float, long: float, short_rate: float, long_rate: float, worth: float) -> float:
    net = short + long
    preferred = max(0.0, min(long, net))
    deducted = min(LOSS_LIMIT, max(0.0, -net))
    carried = max(0.0, -net) - deducted
    return short_rate * (max(0.0, net) - preferred - deducted) + long_rate * preferred - worth * carried


def _a_year_later(day):
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _pieces(row, value, whole, inside, outside, *, is_least_tax):
    """Where deviations cost nothing, and by side (+1 above) the edge up to which they are cheap, and their price there."""
    low = row.lower + D("0.02") * (row.target - row.lower) if row.lower > 0 else row.lower
    high = row.upper - D("0.02") * (row.upper - row.target) if row.upper < 1 else row.upper
    is_low = value < row.lower * whole or (value == row.lower * whole and row.lower not in {D(0), row.target})
    is_high = value > row.upper * whole or (
        value == row.upper * whole and row.upper not in {D(1), row.target}
    )
    if is_least_tax or not (is_low or is_high):
        return float(row.target), (1.0, float(high), inside), (-1.0, float(low), inside)
    rest = {
        Destination.TARGET: row.target,
        Destination.HALFWAY: (row.target + (row.lower if is_low else row.upper)) / 2,
        Destination.EDGE: low if is_low else high,
    }[row.destination]
    if row.destination is not Destination.EDGE:
        low, high = row.lower, row.upper
        low = row.lower + D("0.02") * (row.target - row.lower) if row.lower > 0 else row.lower
        high = row.upper - D("0.02") * (row.upper - row.target) if row.upper < 1 else row.upper
    short, past = outside - (outside - inside) / 10, min(2 * inside, outside)
    above, below = (short, past) if is_high else (past, short)
    return float(rest), (1.0, float(high), above), (-1.0, float(low), below)


def _solved(model: _Model, slacks: list[int], seconds: float) -> Answer:
    highs = highspy.Highs()
    for name, setting in {
        "output_flag": False, "threads": 1, "parallel": "off", "mip_rel_gap": 0.0, "mip_abs_gap": 0.05,
        "mip_feasibility_tolerance": 1e-7, "time_limit": seconds,
    }.items():  # fmt: skip
        assert highs.setOptionValue(name, setting) == highspy.HighsStatus.kOk
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.rows)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = map(np.array, (model.cost, model.lower, model.upper))
    lp.row_lower_, lp.row_upper_ = np.array(model.low), np.array(model.high)
    kinds = [highspy.HighsVarType.kContinuous] * len(model.cost)
    for column in model.whole:
        kinds[column] = highspy.HighsVarType.kInteger
    lp.integrality_ = kinds
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(row) for row in model.rows)]).astype(np.int32)
    lp.a_matrix_.index_ = np.array([c for row in model.rows for c in row], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([v for row in model.rows for v in row.values()])
    assert highs.passModel(lp) == highspy.HighsStatus.kOk
    highs.run()
    state, info = highs.getModelStatus(), highs.getInfo()
    found = info.primal_solution_status == 2
    values = highs.getSolution().col_value if found else []
    return Answer(
        best=float(info.objective_function_value) if found else INFINITY,
        bound=INFINITY if state == highspy.HighsModelStatus.kInfeasible else float(info.mip_dual_bound),
        is_proven=state in {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible},
        seconds=float(highs.getRunTime()),
        unmet=sum(values[c] for c in slacks) if found else INFINITY,
    )
