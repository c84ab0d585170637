"""Single increments of orders: the tickets on the desk, and what moving one of them does.

What a move does to the objective is judged in floats, from what one share more of its ticket does. Cash and recognized
gains are exact, since rules are kept by them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from rebalancing.engine.documents.household import CapKind
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Side
from rebalancing.engine.evaluation.situations import Scope
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.money import ONE, ZERO, cents, cents_up
from rebalancing.engine.portfolio.objective_prices import Weights, tie_break, wind_down_prices
from rebalancing.engine.rounding.tickets import Ticket, marginal_rates
from rebalancing.engine.search.highs import Solution
from rebalancing.engine.tax.holding_periods import Term

STEPS = (1, 10, 100)  # Dollars of a step where increments are smaller.
EXCHANGED_MAX = 1000  # Increments that are exchanged for one of another ticket.


@dataclass(frozen=True, slots=True)
class Gauge:
    """What one share more of a ticket does: dollars of cash, of each class, and of all that is linear but the tax.

    ``taxes`` are the shares of each unit in the ticket's queue and what one of them bears, at the rates of the moment.
    """

    cash: float
    classes: Floats
    linear: float
    taxes: tuple[tuple[float, float], ...]

    def tax(self, shares: float) -> float:
        """The tax on ``shares`` from the front of the queue."""
        total = 0.0
        for available, rate in self.taxes:
            if shares <= 0.0:
                break
            total += min(shares, available) * rate
            shares -= available
        return total


@dataclass(frozen=True, slots=True)
class Move:
    """One ticket changed: its new shares, and what that does to cash, classes and the linear terms."""

    ticket: Ticket
    shares: Decimal
    change: Decimal
    cash: float
    linear: float
    classes: Floats


@dataclass(slots=True)
class Scale:
    """The deviation price of one scope's classes, as arrays: how far from where it costs nothing, on either side the room
    inside the zone and the price there, and the price beyond.

    Cash that belongs to no class is the last of the names, "", and cannot be too little.
    """

    names: list[str]
    apart: Floats
    target: Floats  # Dollars from there to the target.
    room_over: Floats
    room_under: Floats
    near_over: Floats
    near_under: Floats
    beyond_over: Floats
    beyond_under: Floats

    def price(self, change: Floats) -> Floats:
        """What deviations cost after each row of ``change`` (one row a move)."""
        apart = self.apart + change
        size = np.abs(apart)
        is_over = apart > 0
        inside = np.minimum(size, np.where(is_over, self.room_over, self.room_under))
        near = np.where(is_over, self.near_over, self.near_under)
        beyond = np.where(is_over, self.beyond_over, self.beyond_under)
        return np.asarray((beyond * (size - inside) + near * inside).sum(axis=-1))

    @property
    def now(self) -> float:
        """What deviations cost as they are."""
        return float(self.price(np.zeros(self.apart.size)))


@dataclass(frozen=True, slots=True)
class Leaving:
    """Shares of a position's first lots, and their proceeds to the cent, from none to all of them."""

    shares: list[Decimal]
    proceeds: list[Decimal]


@dataclass(slots=True)
class Desk:
    """All tickets, and the running totals of the rules that moves must keep."""

    program: Program
    rates: dict[tuple[str, Term], float]
    scales: dict[str, Scale]
    scale_of: dict[str, str]
    legacy: dict[str, Decimal]
    turnover_max: Decimal | None
    minds_gains: bool
    tickets: list[Ticket] = field(default_factory=list)
    by_account: dict[str, list[Ticket]] = field(default_factory=lambda: defaultdict(list))
    gauges: dict[int, Gauge] = field(default_factory=dict)  # By the ticket's id().
    leaving: dict[int, Leaving] = field(default_factory=dict)  # Likewise.
    turnover: Decimal = ZERO
    caps: dict[tuple[CapKind, str], Decimal] = field(default_factory=dict)
    gains: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def scale(self, account: str) -> Scale | None:
        """The deviations that trades in ``account`` change; None where it counts in no weights."""
        key = self.scale_of.get(account)
        return None if key is None else self.scales[key]


def open_desk(program: Program, solution: Solution) -> Desk:
    """A desk without tickets, at the prices of ``program`` and the tax rates of ``solution``."""
    situation, weights = program.situation, program.weights
    rules, objective = situation.household.rules, situation.household.objective
    cash_class = situation.household.policy.cash_class
    scales: dict[str, Scale] = {}
    scale_of: dict[str, str] = {}
    for scope in situation.scopes:
        scales[scope.account or ""] = _scale(scope, weights, has_cash_class=cash_class is not None)
        scale_of.update(dict.fromkeys(scope.accounts, scope.account or ""))
    limits = [rules.turnover_max, objective.turnover_max if objective.mode is Mode.LEAST_TAX else None]
    given = [limit * situation.investable for limit in limits if limit is not None]
    has_budget = any(unit.gain_budget is not None for unit in situation.household.tax_units)
    desk = Desk(
        program,
        marginal_rates(program, solution),
        scales,
        scale_of,
        wind_down_prices(situation.household),
        turnover_max=min(given, default=None),
        minds_gains=has_budget or rules.gain_budget is not None or objective.mode is Mode.LEAST_DRIFT,
    )
    for cap in rules.caps:
        held = ((situation.quantity(p), situation.securities[p[1]]) for p in situation.lots_by_position)
        values = (quantity * one.price * cap.share_of(one) for quantity, one in held)
        desk.caps[cap.kind, cap.id] = sum(values, ZERO)
    return desk


def _scale(scope: Scope, weights: Weights, *, has_cash_class: bool) -> Scale:
    total, zones = scope.investable, scope.zones
    outside = float(weights.outside) if total > 0 else 0.0
    rates = [zone.rates(weights) if total > 0 else (ZERO, ZERO) for zone in zones]
    idle = [] if has_cash_class else [float(scope.values.get("", ZERO))]
    nothing = [0.0] * len(idle)

    def dollars(amounts: Iterable[Decimal]) -> Floats:
        return np.array([*(float(amount) for amount in amounts), *nothing])

    return Scale(
        names=[*(zone.policy.id for zone in zones), *("" for _ in idle)],
        apart=np.array(
            [*(float(scope.values[z.policy.id]) - float(z.rest) * float(total) for z in zones), *idle]
        ),
        target=dollars((zone.policy.target - zone.rest) * total for zone in zones),
        room_over=dollars((zone.upper - zone.rest) * total for zone in zones),
        room_under=dollars((zone.rest - zone.lower) * total for zone in zones),
        near_over=dollars(above for _, above in rates),
        near_under=dollars(below for below, _ in rates),
        beyond_over=np.full(len(zones) + len(idle), outside),
        beyond_under=np.array([*([outside] * len(zones)), *nothing]),
    )


def place(desk: Desk, ticket: Ticket) -> None:
    """Lay ``ticket`` on the desk with the shares it has."""
    wanted, ticket.shares = ticket.shares, ZERO
    desk.tickets.append(ticket)
    desk.by_account[ticket.account].append(ticket)
    desk.gauges[id(ticket)] = _gauge(desk, ticket)
    book(desk, moved_to(desk, ticket, wanted))


def _gauge(desk: Desk, ticket: Ticket) -> Gauge:
    situation, weights = desk.program.situation, desk.program.weights
    security = situation.securities[ticket.security]
    sign = 1.0 if ticket.side is Side.BUY else -1.0
    price, half = float(security.price), float(security.half_spread)
    value = sign * price
    cash = -value * (1.0 + sign * half)
    scale = desk.scale(ticket.account)
    classes = np.zeros(0)
    if scale is not None:
        parts = {part.asset_class: float(part.weight) for part in security.weights}
        classes = np.array([parts.get(name, 0.0) * value for name in scale.names])
        classes[scale.names.index(situation.household.policy.cash_class or "")] += cash
    costs = weights.spread * security.half_spread + tie_break(situation.accounts[ticket.account], security)
    if ticket.buy is not None:
        costs += weights.rank * (ticket.buy.rank - 1) + weights.location * ticket.buy.location_bps
    else:
        costs -= desk.legacy.get(ticket.security, ZERO)
    owner = situation.accounts[ticket.account].tax_unit or ""
    taxes = []
    for unit, available in ticket.queue:
        rate = 0.0
        if unit.gain_per_share is not None and unit.term is not None:
            rate = float(unit.gain_per_share) * desk.rates.get((owner, unit.term), 0.0)
        taxes.append((float(available), float(weights.tax) * rate))
    return Gauge(cash, classes, price * float(costs), tuple(taxes))


def moved_to(desk: Desk, ticket: Ticket, shares: Decimal) -> Move:
    """The move of ``ticket`` to ``shares``."""
    gauge = desk.gauges[id(ticket)]
    change = shares - ticket.shares
    size = float(change)
    linear = gauge.linear * size
    if gauge.taxes:
        linear += gauge.tax(float(shares)) - gauge.tax(float(ticket.shares))
    return Move(ticket, shares, change, gauge.cash * size, linear, gauge.classes * size)


def steps(desk: Desk, ticket: Ticket) -> list[Move]:
    """The ticket some increments up and down, where there are such steps.

    One increment where shares are whole; where they are split finely also as many as make some dollars, since
    single thousandths of a share would take all day. And as many as pay for the account's largest increment.
    """
    dollars = _dollars(desk, ticket)
    counts = {max(1, int(size / dollars)) for size in STEPS} if dollars < STEPS[-1] else {1}
    largest = max(_dollars(desk, other) for other in desk.by_account[ticket.account])
    if largest < dollars * EXCHANGED_MAX:
        counts |= {max(1, int(largest / dollars)), int(largest / dollars) + 1}
    reached = {ticket.stepped(direction, count) for direction in (1, -1) for count in counts}
    return [moved_to(desk, ticket, shares) for shares in sorted(s for s in reached if s is not None)]


def _dollars(desk: Desk, ticket: Ticket) -> Decimal:
    return desk.program.situation.securities[ticket.security].price * ticket.increment


def gain_of(moved: Move) -> Decimal:
    """The gain that the move recognizes, or takes back (signed dollars)."""
    before = moved.shares - moved.change
    low, high = min(before, moved.shares), max(before, moved.shares)
    at = gain = ZERO
    for unit, available in moved.ticket.queue:
        part = min(high, at + available) - max(low, at)
        at += available
        if part > 0 and unit.gain_per_share is not None and unit.term is not None:
            gain += part * unit.gain_per_share
    return gain if moved.change >= 0 else -gain


def book(desk: Desk, moved: Move) -> None:
    """Carry ``moved`` out."""
    ticket, situation = moved.ticket, desk.program.situation
    security = situation.securities[ticket.security]
    scale = desk.scale(ticket.account)
    if scale is not None:
        scale.apart = scale.apart + moved.classes
    if desk.turnover_max is not None:
        desk.turnover += moved.change * security.price / 2
    sign = ONE if ticket.side is Side.BUY else -ONE
    for cap in situation.household.rules.caps:
        if share := cap.share_of(security):
            desk.caps[cap.kind, cap.id] += sign * moved.change * security.price * share
    owner = situation.accounts[ticket.account].tax_unit
    if desk.minds_gains and owner is not None:
        desk.gains[owner] += gain_of(moved)
    ticket.shares = moved.shares
    ticket.cash = cash_of(desk, ticket, moved.shares)


def cash_of(desk: Desk, ticket: Ticket, shares: Decimal) -> Decimal:
    """What ``shares`` bring to the account, or cost (negative), to the cent."""
    situation = desk.program.situation
    security = situation.securities[ticket.security]
    if ticket.side is Side.BUY:
        return -cents_up(shares * security.price * (ONE + security.half_spread))
    # The proceeds of each lot are rounded to the cent.
    net = security.price * (ONE - security.half_spread)
    leaving = desk.leaving.get(id(ticket))
    if leaving is None:
        leaving = desk.leaving[id(ticket)] = _leaving(desk, ticket, net)
    at = bisect_right(leaving.shares, shares) - 1
    return leaving.proceeds[at] + cents((shares - leaving.shares[at]) * net)


def _leaving(desk: Desk, ticket: Ticket, net: Decimal) -> Leaving:
    """A sale's lots in the order in which they leave: shares and proceeds up to each of them."""
    situation = desk.program.situation
    parts = [available for unit, available in ticket.queue if unit.lot is not None]
    if not situation.accounts[ticket.account].is_taxed:
        lots = situation.lots_by_position[ticket.position]
        parts = [lot.quantity for lot in sorted(lots, key=queue_key)]
    found = Leaving([ZERO], [ZERO])
    for part in parts:
        found.shares.append(found.shares[-1] + part)
        found.proceeds.append(found.proceeds[-1] + cents(part * net))
    return found


def balances(desk: Desk, account: str) -> list[tuple[date, Decimal]]:
    """The account's cash at the end of each day from the first settlement on, exactly."""
    situation = desk.program.situation
    flows: dict[date, Decimal] = {}
    for ticket in desk.by_account[account]:
        day = situation.settles_on[ticket.security]
        flows[day] = flows.get(day, ZERO) + ticket.cash
    first = min(flows, default=date.max)
    for event in situation.events[account]:
        flows[event.on] = flows.get(event.on, ZERO) + event.amount
    found, balance = [], situation.accounts[account].cash_settled
    for day in sorted(flows):
        balance += flows[day]
        if day >= first:
            found.append((day, balance))
    return found
