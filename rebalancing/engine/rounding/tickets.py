"""From dollars in floats to shares that can be sent.

Each order becomes a number of increments: sales of taxed lots and purchases are rounded down, sales where nothing is
taxed are rounded up; a sale of the whole position includes its fractions. Then cash is repaired one increment at a
time until every account has its minimum after every settlement, and increments are moved while the objective falls
(``repair``). Which increment to move is estimated in floats; whether a move is allowed is decided exactly
(``feasibility``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from rebalancing.engine.documents.household import LotMethod
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import Side
from rebalancing.engine.evaluation.order_lines import LotKey, Trades
from rebalancing.engine.evaluation.shortfalls import sold_by_edit
from rebalancing.engine.evaluation.situations import Position
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.evaluation.tradables import BuyUnit, SellUnit
from rebalancing.engine.model import wash_groups
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import unit_function
from rebalancing.engine.money import ZERO, shares_down, shares_up, to_increment
from rebalancing.engine.search.branch_and_bound import TRADED
from rebalancing.engine.search.highs import Solution
from rebalancing.engine.search.nodes import Node
from rebalancing.engine.tax.holding_periods import Term

NEARLY = Decimal("0.000001")  # Shares; smaller differences are solver noise.


@dataclass(slots=True)
class Ticket:
    """One order while it is rounded to increments. A sale takes ``shares`` from the front of ``queue``.

    ``fixed`` shares are required by an advisor's edit and never moved; ``is_fixed`` means the order is exactly those.
    """

    account: str
    security: str
    side: Side
    increment: Decimal
    shares: Decimal
    queue: tuple[tuple[SellUnit, Decimal], ...] = ()
    closing: Decimal | None = None
    most: Decimal | None = None
    fixed: Decimal = ZERO
    is_fixed: bool = False
    buy: BuyUnit | None = None
    cash: Decimal = field(default=ZERO)  # Proceeds of the shares (their cost, negative) to the cent.

    @property
    def position(self) -> Position:
        return self.account, self.security

    def stepped(self, direction: int, count: int = 1) -> Decimal | None:
        """The shares after ``count`` increments more or fewer; None where that is not possible."""
        if self.is_fixed:
            return None
        if direction > 0:
            step = self.shares + self.increment * count
            if self.most is None or step <= self.most:
                return step
            return self.closing if self.closing is not None and self.shares < self.closing else None
        step = self.shares - self.increment * count
        if self.closing is not None and self.shares == self.closing:
            # From the whole position back to a whole number of increments.
            step = self.fixed + shares_down(self.closing - self.fixed - NEARLY, self.increment)
            step -= self.increment * (count - 1)
        return step if step >= self.fixed else None

    def lots(self) -> dict[LotKey, Decimal]:
        """Shares of each unit, from the front of the queue."""
        left = self.shares
        taken: dict[LotKey, Decimal] = {}
        for unit, available in self.queue:
            part = min(left, available)
            if part > 0:
                taken[unit.key] = taken.get(unit.key, ZERO) + part
                left -= part
        assert left <= 0, "a sale takes no more than its lots hold"
        return taken


def tickets(program: Program, solution: Solution, node: Node) -> list[Ticket]:
    """The orders of ``solution`` in whole increments, before cash is repaired."""
    rates = marginal_rates(program, solution)
    situation = program.situation
    forced = situation.household.edits
    bought = {
        situation.securities[unit.security].group
        for column, unit in enumerate(program.buys, start=program.buy_from)
        if solution.values[column] > TRADED
    }
    # A sale that moves further along its lots must not reach a loss in a group that is bought.
    bought_groups = frozenset(bought | node.buy)
    sells: dict[Position, list[int]] = defaultdict(list)
    traded = {unit.position for column, unit in enumerate(program.sells) if solution.values[column] > TRADED}
    for column, unit in enumerate(program.sells):
        if unit.position in traded:
            sells[unit.position].append(column)
    units = _with_recognized_gains(program, solution)
    orders = [_sell(program, solution, units, rates, columns, bought_groups) for columns in sells.values()]
    for column, buy in enumerate(program.buys, start=program.buy_from):
        if solution.values[column] > TRADED:
            orders.append(_buy(program, buy, float(solution.values[column]), forced))
    orders.sort(key=lambda ticket: (ticket.account, ticket.side is Side.BUY, ticket.security))
    return orders


def _with_recognized_gains(program: Program, solution: Solution) -> list[SellUnit]:
    """The units that may be sold; a loss in the wash-sale window counts as what the next share of it recognizes."""
    units = list(program.sells)
    recognized = wash_groups.marginal_gains(program.washes, program.sealed, solution.values)
    for ordered in program.ordered:
        recognized.update(ordered.marginal_gains(solution.values))
    for column, gain in recognized.items():
        price = program.situation.securities[units[column].security].price
        units[column] = replace(units[column], gain_per_share=Decimal(repr(round(gain, 9))) * price)
    return units


def trades_of(orders: list[Ticket]) -> Trades:
    """The tickets as trades, without those of no shares."""
    sold: dict[LotKey, Decimal] = {}
    bought: dict[Position, Decimal] = {}
    for ticket in orders:
        if ticket.shares <= 0:
            continue
        if ticket.side is Side.SELL:
            sold.update(ticket.lots())
        else:
            bought[ticket.position] = ticket.shares
    return Trades(sold, bought)


def marginal_rates(program: Program, solution: Solution) -> dict[tuple[str, Term], float]:
    """The marginal tax on a gain at ``solution``, by tax unit and term."""
    rates: dict[tuple[str, Term], float] = {}
    for unit_id, columns in program.units.items():
        tax = unit_function(columns.unit)
        short, long = float(solution.values[columns.short]), float(solution.values[columns.long])
        points = tax(np.array([short, short + 10.0, short]), np.array([long, long, long + 10.0]))
        rates[unit_id, Term.SHORT] = float(points[1] - points[0]) / 10.0
        rates[unit_id, Term.LONG] = float(points[2] - points[0]) / 10.0
    return rates


def _sell(
    program: Program,
    solution: Solution,
    units: list[SellUnit],
    rates: dict[tuple[str, Term], float],
    columns: list[int],
    bought_groups: frozenset[str],
) -> Ticket:
    situation = program.situation
    forced = situation.household.edits
    first = units[columns[0]]
    account, security = situation.accounts[first.account], situation.securities[first.security]
    price = security.price
    edits = {e.lot: e for e in forced if e.kind is EditKind.SELL_LOT and e.account == account.id}
    exact = next(
        (
            e.shares
            for e in forced
            if e.kind is EditKind.SELL and (e.account, e.security) == (account.id, security.id)
        ),
        None,
    )
    # Shares that an edit asks for are sold at a loss too; the plan states what is disallowed.
    skips_losses = security.group in bought_groups and exact is None
    in_queue = first.lot is not None and first.lot.method is not LotMethod.SPECIFIC
    entries: list[tuple[tuple[float, ...], str, SellUnit, Decimal]] = []
    ideal_total = ZERO
    fixed = ZERO if account.is_taxed else sold_by_edit(situation, (account.id, security.id))
    ahead: list[int] = []
    if in_queue:
        columns = sorted(columns, key=lambda column: _place(program.sells[column]))
        named = [at for at, column in enumerate(columns) if program.sells[column].key[2] in edits]
        # A lot is sold whole where an edit asks for one behind it in the queue.
        ahead = columns[: max(named, default=0)]
    for column in columns:
        unit = units[column]
        ideal = _shares(float(solution.values[column]), price)
        ideal_total += ideal
        edit = edits.get(unit.lot.id) if unit.lot is not None else None
        if edit is not None or column in ahead:
            required = unit.quantity
            if column not in ahead and edit is not None and edit.shares is not None:
                required = edit.shares
            fixed += required
            if in_queue:
                # The lots ahead of it in the queue are sold with it.
                fixed = sum((available for *_, available in entries), required)
            entries.append(((-1.0, 0.0, 0.0), unit.key[2], unit, required))
            if in_queue and required < unit.quantity:
                break
            continue
        if unit.may_lose and skips_losses:
            if in_queue:
                break
            continue
        part = float(ideal / unit.quantity)
        tax = _tax_per_dollar(program, unit, rates) / float(price)
        place = (0.0, tax, 0.0) if part > 1 - 1e-6 else (1.0, -part, tax) if part > 1e-6 else (2.0, tax, 0.0)
        entries.append((place, unit.key[2], unit, unit.quantity))
    if not in_queue:
        entries.sort(key=lambda entry: (entry[0], entry[1]))
    queue = tuple((unit, available) for _, _, unit, available in entries)
    total = sum((available for _, available in queue), ZERO)
    held = situation.quantity((account.id, security.id))
    closing = held if total == held else None
    increment = security.increment_in(account)
    ticket = Ticket(
        account=account.id,
        security=security.id,
        side=Side.SELL,
        increment=increment,
        shares=ZERO,
        queue=queue,
        closing=closing,
        most=fixed + shares_down(total - fixed, increment),
        fixed=fixed,
    )
    if exact is not None:
        ticket.shares, ticket.fixed, ticket.is_fixed = min(exact, total), min(exact, total), True
        return ticket
    if closing is not None and ideal_total >= closing - NEARLY:
        ticket.shares = closing
        return ticket
    # Taxed sales are rounded down, since each share costs tax; others up, since that only raises a little more cash.
    round_shares = shares_down if account.is_taxed else shares_up
    nearest = to_increment(ideal_total - fixed, increment)
    steps = (
        nearest
        if abs(ideal_total - fixed - nearest) < NEARLY
        else round_shares(ideal_total - fixed, increment)
    )
    ticket.shares = fixed + max(ZERO, steps)
    if ticket.shares > (ticket.most or ZERO):
        ticket.shares = closing if closing is not None else ticket.most or ZERO
    return ticket


def _place(unit: SellUnit) -> tuple[str, str]:
    return queue_key(unit.lot) if unit.lot is not None else ("", "")


def _buy(program: Program, unit: BuyUnit, dollars: float, forced: tuple[Edit, ...]) -> Ticket:
    situation = program.situation
    security = situation.securities[unit.security]
    increment = security.increment_in(situation.accounts[unit.account])
    ideal = _shares(dollars, security.price)
    nearest = to_increment(ideal, increment)
    shares = nearest if abs(ideal - nearest) < NEARLY else shares_down(ideal, increment)
    exact = next(
        (e.shares for e in forced if e.kind is EditKind.BUY and (e.account, e.security) == unit.position),
        None,
    )
    return Ticket(
        account=unit.account,
        security=unit.security,
        side=Side.BUY,
        increment=increment,
        shares=shares if exact is None else exact,
        fixed=ZERO if exact is None else exact,
        is_fixed=exact is not None,
        buy=unit,
    )


def _shares(dollars: float, price: Decimal) -> Decimal:
    return Decimal(repr(round(dollars, 6))) / price


def _tax_per_dollar(program: Program, unit: SellUnit, rates: dict[tuple[str, Term], float]) -> float:
    """Tax on the sale of one share of the unit, in dollars, at the current marginal rates."""
    owner = program.situation.accounts[unit.account].tax_unit
    if unit.gain_per_share is None or unit.term is None or owner is None:
        return 0.0
    return float(unit.gain_per_share) * rates.get((owner, unit.term), 0.0)
