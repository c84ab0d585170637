"""The orders of an earlier plan at other prices: the same shares of the same lots, every figure worked out anew.

The household is solved as ever, because bound, gap and what each order is worth are the best plan's to say; the trades are
those that were asked for. Whoever calls this compares the two objectives and has the plan verified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Order, Plan, Side, UnitTax
from rebalancing.engine.documents.plan import Position as Standing
from rebalancing.engine.documents.serializing import digest
from rebalancing.engine.evaluation import evaluate
from rebalancing.engine.evaluation.order_lines import NOTHING, Line, LotKey, Trades
from rebalancing.engine.evaluation.situations import Position, lay_out
from rebalancing.engine.evaluation.tradables import Opportunities
from rebalancing.engine.explanations import positions
from rebalancing.engine.money import ZERO
from rebalancing.engine.portfolio.objective_prices import prices_for
from rebalancing.engine.search.order_pruning import columns_of
from rebalancing.engine.solving.solutions import solve
from rebalancing.engine.solving.solved import Solved


def repriced(household: Household, orders: Sequence[Order], *, removal_costs: bool = True) -> Plan | None:
    """The plan of exactly these orders for ``household`` (without faults); None where one of them cannot be made any more,
    or where they would leave more unmet than the best plan does.

    ``removal_costs`` false leaves out what removing each order would cost. Raises highs.SolverFailed when the solver finds
    no optimum.
    """
    asked = ordered(household)
    trades = _trades(asked, orders)
    if trades is None:
        return None
    solved = solve(asked, prices_for(asked))
    if not _are_possible(solved, orders):
        return None
    places = Opportunities(
        sells=(), buys=tuple(solved.names.back.buy(unit) for unit in solved.opportunities.buys)
    )
    evaluation = evaluate.evaluate(solved.situation, places, solved.prices, trades)
    best = solved.evaluation.slack
    if any(amount > best.get(key, ZERO) for key, amount in evaluation.slack.items()):
        return None
    same = replace(solved, evaluation=evaluation, with_all=None)
    return proposing.plan_of(same, asked, digest(household), removal_costs=removal_costs)


@dataclass(frozen=True, slots=True)
class Effects:
    """What orders do to a household: their lines, where it stands without and with them, and the tax of each return."""

    lines: tuple[Line, ...]
    before: Standing
    after: Standing
    tax: tuple[UnitTax, ...]


def effects(household: Household, orders: Sequence[Order]) -> Effects | None:
    """What exactly these orders do to ``household`` (without faults), at its prices; nothing is solved. None where one of them
    cannot be made any more: a lot is gone, or has fewer shares.
    """
    asked = ordered(household)
    trades = _trades(asked, orders)
    if trades is None:
        return None
    situation = lay_out(asked)
    nothing, done = (evaluate.effects(situation, one) for one in (NOTHING, trades))
    return Effects(
        lines=done.lines,
        before=positions.position(situation, nothing),
        after=positions.position(situation, done),
        tax=positions.taxes(situation, done),
    )


def _trades(household: Household, orders: Sequence[Order]) -> Trades | None:
    """The orders as trades; None where a lot is gone, or has fewer shares."""
    held: Mapping[str, Decimal] = {lot.id: lot.quantity for lot in household.lots}
    is_taxed = {one.id: one.is_taxed for one in household.accounts}
    securities = {one.id for one in household.securities}
    sold: dict[LotKey, Decimal] = {}
    bought: dict[Position, Decimal] = {}
    for order in orders:
        if order.account not in is_taxed or order.security not in securities:
            return None
        if order.side is Side.BUY:
            bought[order.account, order.security] = order.shares
            continue
        if any(held.get(sale.lot, ZERO) < sale.shares for sale in order.lots):
            return None
        if is_taxed[order.account]:
            for sale in order.lots:
                sold[order.account, order.security, sale.lot] = sale.shares
        else:
            sold[order.account, order.security, ""] = order.shares
    return Trades(sold, bought)


def _are_possible(solved: Solved, orders: Sequence[Order]) -> bool:
    """Whether the program knows each of these orders: what is locked or restricted meanwhile it does not."""
    known = columns_of(solved.program)
    named = (solved.names.order(order) for order in orders)
    return all((order.account, order.side, order.security) in known for order in named)
