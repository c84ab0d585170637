"""The household as a linear program: arrays for the solver, and where in them everything stands.

Columns, in dollars of market value: x sold of each unit (a tax lot, or a position where nothing is taxed), y bought,
final cash of each account, deviations of each class, net gains and tax of each tax unit, and one slack for each rule
with a limit. Each family of constraints stands in its module, with its rows in plain notation:

    trades    the columns of sales and purchases        gains     net gains, tax, budgets and limits on them
    cash      each account on each settlement day       edits     what an advisor asked for
    classes   deviations from the policy                lot_queues  lots that leave in order
    limits    caps, turnover, drift, and all slacks     wash_rows   losses inside the wash-sale window
    harvests  losses and what stands in for them

Minimize   Σ T + Σ σ x + Σ σ y + Σ deviations · price + location and rank of y + tie-break + Σ slack · penalty

Never to buy what is sold at a loss is a choice for each wash group, what known purchases leave of its losses another
(``wash_groups``), which lots of a queue are sold in full one for each queue (``lot_queues``), and the tax region one for
each return (``tax_planes``); all are made by ``branch_and_bound`` through bounds. ``python -m rebalancing.engine model``
prints the program with the names of its rows and columns.

This is the solver's room: floats. Columns are sorted by identity; nothing depends on the order of the rows read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from rebalancing.engine.evaluation import household_wash_sales
from rebalancing.engine.evaluation.household_wash_sales import Washed
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.tradables import BuyUnit, Opportunities, SellUnit
from rebalancing.engine.model.builder import Builder, Name
from rebalancing.engine.model.cash import CashBalances
from rebalancing.engine.model.classes import ClassBalances, Deviation
from rebalancing.engine.model.edits import Edits
from rebalancing.engine.model.gains import Gains, UnitColumns
from rebalancing.engine.model.harvests import HarvestRows
from rebalancing.engine.model.limits import Limits, RuleRows, add_slacks
from rebalancing.engine.model.lot_queues import Queue, QueueRows, queues_of
from rebalancing.engine.model.ordered_groups import OrderedGroup
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.model.trades import (
    Group,
    add_purchases,
    add_sales,
    exclusive_groups,
    groups_by_class,
    trades_of,
)
from rebalancing.engine.model.wash_groups import WashGroup
from rebalancing.engine.model.wash_rows import WashRows
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices


@dataclass(slots=True)
class Program:
    """The arrays (columns compressed), the names of rows and columns, and the map of them."""

    situation: Situation
    weights: ObjectivePrices
    sells: tuple[SellUnit, ...]
    buys: tuple[BuyUnit, ...]
    buy_from: int
    # The arrays.
    cost: list[float]
    lower: list[float]
    upper: list[float]
    starts: list[int]
    index: list[int]
    value: list[float]
    row_lower: list[float]
    row_upper: list[float]
    offset: float  # Minus the tax of doing nothing, so that the objective counts what the plan changes.
    row_names: list[Name]
    column_names: list[Name]
    # Choices that the search makes.
    units: dict[str, UnitColumns]
    groups: tuple[Group, ...]
    queues: tuple[Queue, ...]
    washes: tuple[WashGroup, ...]
    ordered: tuple[OrderedGroup, ...]  # Wash groups in the law's order; they are in no other form then.
    sealed: dict[int, float]  # Losses never allowed; what a dollar sold loses for good.
    # Where everything stands.
    slacks: RuleRows
    rule_rows: RuleRows
    class_rows: dict[tuple[str, str], int]
    cash_rows: dict[str, int]
    step_rows: dict[str, list[tuple[date, int]]]  # Before the last settlement.
    chain_rows: list[int]
    groups_by_class: dict[tuple[str, str], set[str]]
    deviations: list[Deviation]
    deviation_columns: list[int]  # All of them, and that of cash without a class.
    # What the wash-sale rule made of shares sold, as often as it was asked.
    washed: dict[tuple[tuple[str, tuple[Decimal, Decimal]], ...], Washed] = field(default_factory=dict)

    def market_value(self, unit: SellUnit) -> float:
        return float(unit.quantity * self.situation.securities[unit.security].price)


def build(
    situation: Situation,
    opportunities: Opportunities,
    weights: ObjectivePrices,
    *,
    all_losses_count: bool = False,
    in_order: Collection[str] = (),
) -> Program:
    """The program of ``situation`` with what may be traded and what things cost.

    With ``all_losses_count`` known purchases take no loss away: milder than the law, so that its optimum bounds every plan.
    The wash groups ``in_order`` are written in the law's order (``wash_order``).
    """
    builder, trades = Builder(), trades_of(situation, opportunities, weights)
    edits = Edits(trades)
    least, most = edits.bounds()
    replacing = {} if all_losses_count else household_wash_sales.replacements(situation)
    washes = WashRows(trades, least, most, replacing, in_order)
    queues = queues_of(situation, trades.sells, edits.lots)

    # Rows are numbered family by family.
    classes = ClassBalances(builder, trades)
    cash = CashBalances(builder, trades)
    gains = Gains(builder, trades, washes.sealed)
    limits = Limits(builder, trades)
    gains.add_limit_rows()
    edits.add_rows(builder)
    chains = QueueRows(builder, trades.sells, queues)
    washes.add_rows(builder)
    harvests = HarvestRows(builder, trades)

    # Sales and purchases, and what each family says of them. The solver adds up a column in the order of its coefficients,
    # and another order can end at another optimum among equals.
    charges, later = dict(washes.sealed), harvests.charges()
    charges.update({column: charges.get(column, 0.0) + cost for column, cost in later.items()})
    add_sales(builder, trades, least, most, charges)
    add_purchases(builder, trades, edits.purchases)
    classes.add_trades()
    limits.add_caps_to_trades()
    cash.add_trades()
    gains.add_trades()
    washes.add_trades(builder)
    limits.add_turnover_to_trades()
    edits.add_trades(builder)
    chains.add_trades(builder)
    harvests.add_trades()

    # The columns that families have for themselves.
    cash.add_columns()
    classes.add_columns(cash)
    limits.add_drift(classes.deviations)
    gains.add_columns()
    rule_rows = {**limits.rows, **gains.limit_rows, **edits.rows, **gains.budget_rows}
    slacks = {**cash.slacks, **add_slacks(builder, trades, rule_rows)}
    wash_groups = washes.add_columns(builder, gains.rows)
    ordered = washes.add_ordered(builder, gains.rows)

    starts, index, value = builder.compressed()
    return Program(
        situation=situation,
        weights=weights,
        sells=trades.sells,
        buys=trades.buys,
        buy_from=trades.buy_from,
        cost=builder.cost,
        lower=builder.lower,
        upper=builder.upper,
        starts=starts,
        index=index,
        value=value,
        row_lower=builder.row_lower,
        row_upper=builder.row_upper,
        offset=builder.offset,
        row_names=builder.row_names,
        column_names=builder.column_names,
        units=gains.units,
        groups=exclusive_groups(trades),
        queues=queues,
        washes=wash_groups,
        ordered=ordered,
        sealed=washes.sealed,
        slacks=slacks,
        rule_rows=rule_rows,
        class_rows=classes.rows,
        cash_rows=cash.rows,
        step_rows=cash.day_rows,
        chain_rows=chains.rows,
        groups_by_class=groups_by_class(trades),
        deviations=classes.deviations,
        deviation_columns=classes.priced_columns,
    )


def as_array(numbers: list[float]) -> Floats:
    return np.array(numbers, dtype=np.float64)
