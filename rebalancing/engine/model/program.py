"""The household as a linear program: arrays for the solver, and where in them everything stands.

Columns, in dollars of market value: x sold of each unit (a tax lot, or a position where nothing is taxed), y bought,
final cash c and its shortfall u of each account, deviations of each class (under and over, inside and outside its
zone), net gains n_S, n_L, tax T and budget excess o of each tax unit, and one slack for each rule with a limit.

Minimize   Σ T + Σ σ x + Σ σ y + Σ deviations · price + location and rank of y + tie-break + Σ slack · penalty
subject to
    cash      c_a - u_a - Σ (1-σ) x + Σ (1+σ) y = cash_a,  c_a ≥ minimum, and likewise at every settlement before
    classes   value_k - Σ e x + Σ e y + under - over = target_k · V
    gains     n_S - Σ g x = base_S over short-term lots, n_L likewise;  n_S + n_L - o ≤ budget of the unit;
              p ≥ n_S + n_L, p ≥ 0 for each unit,  Σ p - o ≤ budget of the household
    losses    x = a + d inside the wash-sale window, and n without Σ g d (``wash_pricing``)
    tax       T ≥ the planes of the region chosen (``regions``)
    rules     caps, turnover, drift, net gain and tax limits: one row each
Never to buy what is sold at a loss is a choice for each wash group, what known purchases leave of its losses another
(``wash_pricing``), and which lots of a queue are sold in full one for each queue (``queues``); all are made by
``branching`` through bounds.

This is the solver's room: floats. Columns are sorted by identity; nothing depends on the order of the rows read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from rebalancing.engine.documents.household import ForcedKind, Mode, Security, TaxUnit
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.evaluation import household_wash_sales, unit_taxes
from rebalancing.engine.evaluation.situations import Position, Situation
from rebalancing.engine.evaluation.tradables import BuyUnit, Opportunities, SellUnit
from rebalancing.engine.model.lot_queues import Queue, queues_of, with_those_in_front
from rebalancing.engine.model.tax_planes import Cuts, Floats, Range, Region, planes, reachable
from rebalancing.engine.model.wash_groups import WashGroup
from rebalancing.engine.model.wash_rows import WashRows
from rebalancing.engine.portfolio.objective_prices import (
    SHORT_OF_CASH,
    Weights,
    slack_price,
    tie_break,
    wind_down_prices,
)
from rebalancing.engine.tax.holding_periods import Term

INFINITY = float("inf")
POSITION = "position "
Entries = tuple[list[int], list[float]]


@dataclass(frozen=True, slots=True)
class UnitColumns:
    """Where one tax unit stands: its columns, its rows, and the planes of each region."""

    unit: TaxUnit
    short: int
    long: int
    tax: int
    sum_row: int
    cut_rows: dict[Region, range]
    cuts: Mapping[Region, Cuts]
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of which only one kind may be used: the losses and purchases of a wash group, or the sales and
    purchases of one position (its id then starts with ``POSITION``)."""

    id: str
    harvest: tuple[int, ...]
    buy: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Deviation:
    """The columns of one class below and above where it costs nothing, the nearest first, and how many dollars that place
    lies above the target."""

    scope: str
    asset_class: str
    shift: float
    under: list[int] = field(default_factory=list)
    over: list[int] = field(default_factory=list)

    def from_target(self, values: Floats) -> float:
        """Dollars above the target (below it negative) in a solution's ``values``."""
        return (
            self.shift + sum(float(values[c]) for c in self.over) - sum(float(values[c]) for c in self.under)
        )


@dataclass(slots=True)
class Program:
    """The arrays (columns compressed) and the map of them."""

    situation: Situation
    weights: Weights
    sells: tuple[SellUnit, ...] = ()
    buys: tuple[BuyUnit, ...] = ()
    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    buy_from: int = 0
    offset: float = 0.0  # Minus the tax of doing nothing, so that the objective counts what the plan changes.
    units: dict[str, UnitColumns] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    queues: tuple[Queue, ...] = ()
    chain_rows: list[int] = field(default_factory=list)
    washes: tuple[WashGroup, ...] = ()
    sealed: dict[int, float] = field(
        default_factory=dict
    )  # Losses never allowed; what a dollar sold loses for good.
    slacks: dict[tuple[str, str], int] = field(default_factory=dict)
    rule_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    class_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    cash_rows: dict[str, int] = field(default_factory=dict)
    step_rows: dict[str, list[tuple[date, int]]] = field(default_factory=dict)  # Before the last settlement.
    groups_by_class: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)
    deviation_columns: list[int] = field(
        default_factory=list
    )  # All of them, and that of cash without a class.

    def row(self, low: float, high: float) -> int:
        """A new row with its bounds; its number."""
        self.row_lower.append(low)
        self.row_upper.append(high)
        return len(self.row_lower) - 1

    def column(self, cost: float, low: float, high: float, index: list[int], value: list[float]) -> int:
        """A new column with its entries; its number."""
        self.cost.append(cost)
        self.lower.append(low)
        self.upper.append(high)
        self.starts.append(len(self.index))
        self.index += index
        self.value += value
        return len(self.cost) - 1

    def market_value(self, unit: SellUnit) -> float:
        return float(unit.quantity * self.situation.securities[unit.security].price)


def build(
    situation: Situation, opportunities: Opportunities, weights: Weights, *, all_losses_count: bool = False
) -> Program:
    """The program of ``situation`` with what may be traded and what things cost.

    With ``all_losses_count`` known purchases take no loss away: milder than the law, so that its optimum bounds every plan.
    """
    made = Program(situation, weights, opportunities.open_sells(), opportunities.open_buys())
    traded = _Rows(made, all_losses_count=all_losses_count)
    traded.sells()
    traded.buys()
    traded.cash()
    traded.deviations()
    traded.taxes()
    traded.limits()
    made.washes = traded.washes.columns(traded.gain_rows)
    made.groups = tuple(_groups(made))
    for unit in made.buys:
        security = situation.securities[unit.security]
        made.groups_by_class.setdefault((unit.account, main_class(security)), set()).add(security.group)
    return made


def main_class(security: Security) -> str:
    """The class that holds most of the security; the first by name among equals."""
    return max(security.weights, key=lambda part: (part.weight, part.asset_class)).asset_class


class _Rows:
    """Builds the rows first, so that every column can be written once, with all its entries."""

    def __init__(self, made: Program, *, all_losses_count: bool) -> None:
        self.made = made
        self.situation = made.situation
        self.household = made.situation.household
        self.scope_of = {a: scope for scope in made.situation.scopes for a in scope.accounts}
        self.total = max(float(made.situation.investable), 1.0)
        self.gain_rows: dict[str, tuple[int, int]] = {}
        self.step_rows = made.step_rows
        self.cap_rows: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.forced_rows: dict[Position, int] = {}
        self.forced_lots: dict[str, float] = {}
        self.forced_wholes: dict[Position, float] = {}
        self.forced_buys: dict[Position, float] = {}
        self.chains: dict[int, list[tuple[int, float]]] = defaultdict(list)
        self.templates: dict[Position, Entries] = {}
        self.floats = {
            s.id: (float(s.price), float(s.half_spread)) for s in made.situation.household.securities
        }
        self._class_rows()
        self._cash_rows()
        self._gain_rows()
        self._rule_rows()
        self._forced_rows()
        self._queue_rows()
        self.least, self.most = self._most_to_sell()
        replacing = {} if all_losses_count else household_wash_sales.replacements(made.situation)
        self.washes = WashRows(made, self.least, self.most, replacing)
        made.sealed = self.washes.sealed

    # Rows.

    def _class_rows(self) -> None:
        cash_class = self.household.policy.cash_class
        for scope in self.situation.scopes:
            if scope.investable <= 0:
                continue
            for zone in scope.zones:
                at = zone.policy.id
                constant = scope.values[at]
                if at == cash_class:
                    # Free cash is a column; its part of the constant leaves, the minimum stays outside.
                    free = sum(
                        (
                            self.situation.cash_at_end(a) - self.situation.accounts[a].minimum_cash
                            for a in scope.accounts
                        ),
                        Decimal(0),
                    )
                    minimum = sum(
                        (self.situation.accounts[a].minimum_cash for a in scope.accounts), Decimal(0)
                    )
                    constant = constant - free - minimum
                level = float(zone.rest * scope.investable - constant)
                self.made.class_rows[scope.account or "", at] = self.made.row(level, level)
            if cash_class is None:
                # Cash that belongs to no class has a row of its own: all of it is outside the policy.
                minimum = sum((self.situation.accounts[a].minimum_cash for a in scope.accounts), Decimal(0))
                self.made.class_rows[scope.account or "", ""] = self.made.row(float(minimum), float(minimum))

    def _cash_rows(self) -> None:
        situation = self.situation
        trades = {unit.account for unit in self.made.sells} | {unit.account for unit in self.made.buys}
        for account in self.household.accounts:
            end = float(situation.cash_at_end(account.id))
            self.made.cash_rows[account.id] = self.made.row(end, end)
            steps = []
            for day in situation.cash_days(account.id)[:-1] if account.tradable else ():
                known = account.cash_settled + sum(
                    (e.amount for e in situation.events[account.id] if e.on <= day), Decimal(0)
                )
                if account.id in trades or known < account.minimum_cash:
                    steps.append((day, self.made.row(float(account.minimum_cash - known), INFINITY)))
            self.step_rows[account.id] = steps

    def _gain_rows(self) -> None:
        for account in self.household.accounts:
            if account.is_taxed and account.tax_unit is not None and account.tax_unit not in self.gain_rows:
                unit = self.situation.tax_units[account.tax_unit]
                short, long = (float(part) for part in unit_taxes.base(unit))
                self.gain_rows[unit.id] = (self.made.row(short, short), self.made.row(long, long))

    def _rule_rows(self) -> None:
        rules, objective = self.household.rules, self.household.objective
        for cap in rules.caps:
            shares = {s.id: cap.share_of(s) for s in self.household.securities}
            value = sum(
                (self.situation.securities[p[1]].price * self.situation.quantity(p) * shares[p[1]]
                 for p in self.situation.lots_by_position),
                Decimal(0),
            )  # fmt: skip
            row = self.made.row(-INFINITY, float(cap.weight_max * self.situation.investable - value))
            self.made.rule_rows[cap.rule, cap.id] = row
            for security, share in shares.items():
                if share:
                    self.cap_rows[security].append((row, float(share)))
        limits = [rules.turnover_max]
        if objective.mode is Mode.LEAST_TAX:
            limits.append(objective.turnover_max)
        given = [limit for limit in limits if limit is not None]
        if given:
            most = float(min(given)) * self.total
            self.made.rule_rows[Limit.TURNOVER, ""] = self.made.row(-INFINITY, most)
        if objective.mode is Mode.LEAST_TAX and objective.drift_max is not None:
            most = float(objective.drift_max) * self.total
            self.made.rule_rows[Limit.DRIFT, ""] = self.made.row(-INFINITY, most)
        if objective.mode is Mode.LEAST_DRIFT:
            base_gain = sum(sum(unit_taxes.base(self.situation.tax_units[u])) for u in self.gain_rows)
            base_tax = sum(
                unit_taxes.valued(unit, unit_taxes.compute(unit, Decimal(0), Decimal(0)))
                for unit in (self.situation.tax_units[u] for u in self.gain_rows)
            )
            if objective.gain_max is not None:
                most = float(objective.gain_max + base_gain)
                self.made.rule_rows[Limit.NET_GAIN, ""] = self.made.row(-INFINITY, most)
            if objective.tax_max is not None:
                most = float(objective.tax_max + base_tax)
                self.made.rule_rows[Limit.TAX, ""] = self.made.row(-INFINITY, most)

    def _forced_rows(self) -> None:
        for edit in self.household.forced:
            if edit.kind is ForcedKind.SELL_LOT and edit.lot is not None:
                lot = self.situation.lots[edit.lot]
                shares = edit.shares if edit.shares is not None else lot.quantity
                amount = float(shares) * self.floats[lot.security][0]
                if self.situation.accounts[lot.account].is_taxed:
                    self.forced_lots[lot.id] = amount
                else:
                    # Where nothing is taxed shares are shares: at least as many of the position are sold.
                    known = self.forced_wholes.get((lot.account, lot.security), 0.0)
                    self.forced_wholes[lot.account, lot.security] = known + amount
            elif edit.security is not None and edit.shares is not None:
                amount = float(edit.shares) * self.floats[edit.security][0]
                if edit.kind is ForcedKind.BUY:
                    self.forced_buys[edit.account, edit.security] = amount
                elif edit.kind is ForcedKind.SELL:
                    row = self.made.row(amount, amount)
                    self.forced_rows[edit.account, edit.security] = row
                    self.made.rule_rows[Limit.FORCED, edit.id] = row

    def _queue_rows(self) -> None:
        self.forced_lots = with_those_in_front(self.situation, self.made.sells, self.forced_lots)
        self.made.queues = queues_of(self.situation, self.made.sells, self.forced_lots)
        for queue in self.made.queues:
            for entries in queue.chains():
                row = self.made.row(0.0, INFINITY)
                self.made.chain_rows.append(row)
                for column, part in entries.items():
                    self.chains[column].append((row, part))

    # Columns.

    def _template(self, account: str, security: str) -> Entries:
        """Entries that a dollar bought has in the rows of classes, caps and turnover; a sale has the opposite."""
        known = self.templates.get((account, security))
        if known is not None:
            return known
        index: list[int] = []
        value: list[float] = []
        scope = self.scope_of.get(account)
        for part in self.situation.securities[security].weights:
            row = self.made.class_rows.get((scope.account or "", part.asset_class)) if scope else None
            if row is not None:
                index.append(row)
                value.append(float(part.weight))
        for row, share in self.cap_rows.get(security, ()):
            index.append(row)
            value.append(share)
        self.templates[account, security] = (index, value)
        return index, value

    def sells(self) -> None:
        turnover = self.made.rule_rows.get((Limit.TURNOVER, ""))
        weights = self.made.weights
        spread_price = float(weights.spread)
        legacy = {security: float(price) for security, price in wind_down_prices(self.household).items()}
        for position in self.situation.lots_by_position:
            held = float(self.situation.quantity(position)) * self.floats[position[1]][0]
            self.made.offset += legacy.get(position[1], 0.0) * held
        for column, unit in enumerate(self.made.sells):
            price, spread = self.floats[unit.security]
            index, bought = self._template(unit.account, unit.security)
            index, value = list(index), [-v for v in bought]
            net = 1.0 - spread
            index.append(self.made.cash_rows[unit.account])
            value.append(-net)
            settles = self.situation.settles_on[unit.security]
            for day, row in self.step_rows[unit.account]:
                if settles <= day:
                    index.append(row)
                    value.append(net)
            account = self.situation.accounts[unit.account]
            is_taxed = unit.gain_per_share is not None and unit.term is not None
            if is_taxed and account.tax_unit is not None and column not in self.washes.sealed:
                index.append(self.gain_rows[account.tax_unit][unit.term is Term.LONG])
                value.append(-float(unit.gain_per_share or 0) / price)
            for row, entry in self.washes.entries.get(column, ()):
                index.append(row)
                value.append(entry)
            if turnover is not None:
                index.append(turnover)
                value.append(0.5)
            forced = self.forced_rows.get(unit.position)
            if forced is not None:
                index.append(forced)
                value.append(1.0)
            for row, part in self.chains.get(column, ()):
                index.append(row)
                value.append(part)
            tie = float(tie_break(account, self.situation.securities[unit.security], unit.lot))
            cost = spread_price * spread + tie - legacy.get(unit.security, 0.0)
            cost += self.washes.sealed.get(column, 0.0)
            self.made.column(cost, self.least[column], self.most[column], index, value)

    def _most_to_sell(self) -> tuple[list[float], list[float]]:
        """The least and the most dollars of each unit; where an advisor asked for a lot, both are what was asked for."""
        least = [
            self.forced_lots.get(unit.lot.id, 0.0)
            if unit.lot is not None
            # No sum of floats may ask for a hair more than there is.
            else min(self.forced_wholes.get(unit.position, 0.0), self.made.market_value(unit))
            for unit in self.made.sells
        ]
        most = [
            self.forced_lots[unit.lot.id]
            if unit.lot is not None and unit.lot.id in self.forced_lots
            else self.made.market_value(unit)
            for unit in self.made.sells
        ]
        return least, most

    def buys(self) -> None:
        self.made.buy_from = len(self.made.cost)
        turnover = self.made.rule_rows.get((Limit.TURNOVER, ""))
        weights = self.made.weights
        for unit in self.made.buys:
            _, spread = self.floats[unit.security]
            account, security = (
                self.situation.accounts[unit.account],
                self.situation.securities[unit.security],
            )
            template_index, template_value = self._template(unit.account, unit.security)
            index, value = list(template_index), list(template_value)
            index.append(self.made.cash_rows[unit.account])
            value.append(1.0 + spread)
            settles = self.situation.settles_on[unit.security]
            for day, row in self.step_rows[unit.account]:
                if settles <= day:
                    index.append(row)
                    value.append(-1.0 - spread)
            if turnover is not None:
                index.append(turnover)
                value.append(0.5)
            cost = (
                float(
                    weights.rank * (unit.rank - 1)
                    + weights.location * unit.location_bps
                    + tie_break(account, security)
                )
                + float(weights.spread) * spread
            )
            fixed = self.forced_buys.get(unit.position)
            least, most = (0.0, INFINITY) if fixed is None else (fixed, fixed)
            self.made.column(cost, least, most, index, value)

    def cash(self) -> None:
        cash_class = self.household.policy.cash_class
        for account in self.household.accounts:
            row = self.made.cash_rows[account.id]
            scope = self.scope_of.get(account.id)
            index, value = [row], [1.0]
            in_class = self.made.class_rows.get((scope.account or "", cash_class or "")) if scope else None
            if in_class is not None:
                index.append(in_class)
                value.append(1.0)
            least = float(account.minimum_cash) if account.tradable else -INFINITY
            self.made.column(0.0, least, INFINITY, index, value)
            if account.tradable:
                # Cash that is missing is no cash: the class must not count it either.
                missing = [-entry for entry in value]
                short = self.made.column(float(SHORT_OF_CASH), 0.0, INFINITY, index, missing)
                self.made.slacks[Limit.CASH, account.id] = short
                steps = [step for _, step in self.step_rows.get(account.id, ())]
                if steps:
                    ones = [1.0] * len(steps)
                    column = self.made.column(float(SHORT_OF_CASH), 0.0, INFINITY, steps, ones)
                    self.made.slacks[Limit.CASH_UNTIL_SETTLEMENT, account.id] = column

    def deviations(self) -> None:
        outside = float(self.made.weights.outside)
        drift = self.made.rule_rows.get((Limit.DRIFT, ""))
        extra_index = [] if drift is None else [drift]
        extra_value = [0.5] * len(extra_index)
        for scope in self.situation.scopes:
            if scope.investable <= 0:
                continue
            for zone in scope.zones:
                row = self.made.class_rows[scope.account or "", zone.policy.id]
                shift = float((zone.rest - zone.policy.target) * scope.investable)
                apart = Deviation(scope.account or "", zone.policy.id, shift)
                near = zone.rates(self.made.weights)
                for sign, edge, rate in ((1.0, zone.lower, near[0]), (-1.0, zone.upper, near[1])):
                    room = float(abs(zone.rest - edge) * scope.investable)
                    index: list[int] = [row, *extra_index]
                    value: list[float] = [sign, *extra_value]
                    columns = apart.under if sign > 0 else apart.over
                    if room > 0:
                        columns.append(self.made.column(float(rate), 0.0, room, index, value))
                    columns.append(self.made.column(outside, 0.0, INFINITY, index, value))
                self.made.deviations.append(apart)
                self.made.deviation_columns += [*apart.under, *apart.over]
            if self.household.policy.cash_class is None:
                row = self.made.class_rows[scope.account or "", ""]
                self.made.deviation_columns.append(self.made.column(outside, 0.0, INFINITY, [row], [-1.0]))
                # Cash that is missing has its own price.
                self.made.column(0.0, 0.0, INFINITY, [row], [1.0])

    def taxes(self) -> None:
        spans = _spans(self.made)
        weight = float(self.made.weights.tax)
        rules = self.made.rule_rows
        positive = self._household_budget()
        for unit_id, (short_row, long_row) in self.gain_rows.items():
            unit = self.situation.tax_units[unit_id]
            span = spans[unit_id]
            cuts = planes(unit, span)
            sum_row = self.made.row(-INFINITY, INFINITY)
            cut_rows: dict[Region, range] = {}
            for region, plane in cuts.items():
                first = len(self.made.row_lower)
                for _ in plane.level:
                    self.made.row(-INFINITY, INFINITY)
                cut_rows[region] = range(first, first + len(plane.level))
            all_rows = [row for rows in cut_rows.values() for row in rows]
            slopes_short = [-s for plane in cuts.values() for s in plane.short.tolist()]
            slopes_long = [-s for plane in cuts.values() for s in plane.long.tolist()]
            shared = [sum_row]
            budget = unit.gain_budget
            if budget is not None:
                # A budget that is used up already is not to be used up further.
                base = sum(unit_taxes.base(unit))
                limit = float(max(budget.limit, base))
                rules[Limit.GAIN_BUDGET, unit_id] = self.made.row(-INFINITY, limit)
                shared.append(rules[Limit.GAIN_BUDGET, unit_id])
            if unit_id in positive:
                shared.append(positive[unit_id])
            if (Limit.NET_GAIN, "") in rules:
                shared.append(rules[Limit.NET_GAIN, ""])
            ones = [1.0] * len(shared)
            short = self.made.column(
                0.0, -INFINITY, INFINITY, [short_row, *shared, *all_rows], [1.0, *ones, *slopes_short]
            )
            long = self.made.column(
                0.0, -INFINITY, INFINITY, [long_row, *shared, *all_rows], [1.0, *ones, *slopes_long]
            )
            tax_index, tax_value = list(all_rows), [1.0] * len(all_rows)
            if (Limit.TAX, "") in rules:
                tax_index.append(rules[Limit.TAX, ""])
                tax_value.append(1.0)
            tax = self.made.column(weight, -INFINITY, INFINITY, tax_index, tax_value)
            untouched = unit_taxes.compute(unit, Decimal(0), Decimal(0))
            self.made.offset -= weight * float(unit_taxes.valued(unit, untouched))
            self.made.units[unit_id] = UnitColumns(
                unit, short, long, tax, sum_row, cut_rows, cuts, reachable(span)
            )

    def _household_budget(self) -> dict[str, int]:
        """The budget over all returns: one row over what each uses, and by unit the row that keeps this above its net gain."""
        budget = self.household.rules.gain_budget
        if budget is None:
            return {}
        used = {unit.id: max(Decimal(0), sum(unit_taxes.base(unit))) for unit in self.household.tax_units}
        # Like a unit's: what is used up already is not to be used up further. Returns without trades stay as they are.
        fixed = sum((part for unit, part in used.items() if unit not in self.gain_rows), Decimal(0))
        limit = max(budget.limit, sum(used.values(), Decimal(0))) - fixed
        over_all = self.made.rule_rows[Limit.GAIN_BUDGET, ""] = self.made.row(-INFINITY, float(limit))
        rows = {}
        for unit_id in self.gain_rows:
            rows[unit_id] = self.made.row(-INFINITY, 0.0)
            self.made.column(0.0, 0.0, INFINITY, [rows[unit_id], over_all], [-1.0, 1.0])
        return rows

    def limits(self) -> None:
        """One slack for each rule with a limit, so that the program always has an answer and names the culprit."""
        for (rule, subject), row in self.made.rule_rows.items():
            price = float(slack_price(self.household, rule, subject))
            sign = 1.0 if rule == Limit.FORCED else -1.0
            self.made.slacks[rule, subject] = self.made.column(price, 0.0, INFINITY, [row], [sign])


def _spans(made: Program) -> dict[str, Range]:
    """How far each unit's net gains can move, from its base, with everything that may be sold."""
    reach: dict[str, list[float]] = {}
    for column, unit in enumerate(made.sells):
        owner = made.situation.accounts[unit.account].tax_unit
        if unit.gain_per_share is None or owner is None or column in made.sealed:
            continue
        moved = reach.setdefault(owner, [0.0, 0.0, 0.0, 0.0])
        gain = float(unit.gain_per_share * unit.quantity)
        moved[(2 if unit.term is not None and unit.term.value == "long" else 0) + (gain > 0)] += gain
    spans = {}
    for unit_id, filer in made.situation.tax_units.items():
        short, long = (float(part) for part in unit_taxes.base(filer))
        down_short, up_short, down_long, up_long = reach.get(unit_id, [0.0, 0.0, 0.0, 0.0])
        spans[unit_id] = Range(short + down_short, short + up_short, long + down_long, long + up_long)
    return spans


def _groups(made: Program) -> list[Group]:
    """Wash groups, over the whole household, in which a loss sale and a purchase could meet; and positions."""
    harvest: dict[str, list[int]] = defaultdict(list)
    buy: dict[str, list[int]] = defaultdict(list)
    for column, sell in enumerate(made.sells):
        if sell.may_lose:
            harvest[made.situation.securities[sell.security].group].append(column)
    for column, unit in enumerate(made.buys, start=made.buy_from):
        security = made.situation.securities[unit.security]
        if security.wash_applies:
            buy[security.group].append(column)
    washes = [Group(g, tuple(harvest[g]), tuple(buy[g])) for g in sorted(harvest) if g in buy]
    sold: dict[Position, list[int]] = defaultdict(list)
    for column, sell in enumerate(made.sells):
        sold[sell.position].append(column)
    positions = [
        Group(f"{POSITION}{unit.account}/{unit.security}", tuple(sold[unit.position]), (column,))
        for column, unit in enumerate(made.buys, start=made.buy_from)
        if unit.position in sold
    ]
    return washes + positions


def as_array(numbers: list[float]) -> Floats:
    return np.array(numbers, dtype=np.float64)
