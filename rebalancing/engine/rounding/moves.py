"""Single increments of orders: the blotter of tickets, and what changing one of them does.

The effect on the objective is estimated in floats, from the effect of one more share. Cash and recognized gains are
exact, since rules are decided by them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from rebalancing.engine.documents.household import CapKind
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Limit, Side
from rebalancing.engine.evaluation.situations import Scope
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.model.classes import parts_of
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.money import ONE, ZERO, cents, cents_up
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices, tie_break, wind_down_prices
from rebalancing.engine.rounding.tickets import Ticket, marginal_rates
from rebalancing.engine.search.highs import Solution
from rebalancing.engine.tax.holding_periods import Term

STEPS = (1, 10, 100)  # Dollars of a move where increments are smaller.
EXCHANGED_MAX = 1000  # Increments exchanged for one of another ticket.


@dataclass(frozen=True, slots=True)
class ShareEffect:
    """What one more share of a ticket changes: dollars of cash, of each class, and of the linear terms other than tax.

    ``taxes`` are the shares of each unit in the ticket's queue and the tax on one of them, at the current marginal rates.
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


class Move(NamedTuple):
    """One change of a ticket: its new shares, and the change of cash, classes and the linear terms."""

    ticket: Ticket
    shares: Decimal
    change: Decimal
    cash: float
    linear: float
    classes: Floats


@dataclass(slots=True)
class DeviationPrices:
    """The cost of deviations in one scope, as arrays by class: the distance from where it costs nothing, on either side the
    room inside the zone and its price, and the price outside.

    Cash that belongs to no class is the last of the names, "", and cannot be too little.
    """

    names: list[str]
    places: dict[str, list[int]]  # Of each name in the arrays.
    deviation: Floats
    target: Floats  # Dollars from there to the target.
    room_over: Floats
    room_under: Floats
    near_over: Floats
    near_under: Floats
    beyond_over: Floats
    beyond_under: Floats

    def price(self, change: Floats) -> Floats:
        """The cost of deviations after each row of ``change`` (one row per move)."""
        deviation = self.deviation + change
        size = np.abs(deviation)
        is_over = deviation > 0
        inside = np.minimum(size, np.where(is_over, self.room_over, self.room_under))
        near = np.where(is_over, self.near_over, self.near_under)
        beyond = np.where(is_over, self.beyond_over, self.beyond_under)
        return np.asarray((beyond * (size - inside) + near * inside).sum(axis=-1))

    def one(self, at: int) -> Callable[[Floats | float], Floats]:
        """The cost of the deviation of the class at ``at`` alone, after each of some changes."""
        deviation, room = self.deviation[at], (self.room_under[at], self.room_over[at])
        near, beyond = (
            (self.near_under[at], self.near_over[at]),
            (self.beyond_under[at], self.beyond_over[at]),
        )

        def price(change: Floats | float) -> Floats:
            after = np.asarray(deviation + change)
            is_over = after > 0
            inside = np.minimum(np.abs(after), np.where(is_over, room[1], room[0]))
            rate, far = np.where(is_over, near[1], near[0]), np.where(is_over, beyond[1], beyond[0])
            return np.asarray(far * (np.abs(after) - inside) + rate * inside)

        return price

    @property
    def current(self) -> float:
        """The cost of the current deviations."""
        return float(self.price(np.zeros(self.deviation.size)))


@dataclass(frozen=True, slots=True)
class LotProceeds:
    """Shares of a position's first lots, and their proceeds to the cent, from none to all of them."""

    shares: list[Decimal]
    proceeds: list[Decimal]


@dataclass(slots=True)
class Blotter:
    """All tickets, and running totals for the rules that moves must keep."""

    program: Program
    rates: dict[tuple[str, Term], float]
    scopes: dict[str, DeviationPrices]
    scope_of: dict[str, str]
    legacy: dict[str, Decimal]
    turnover_max: Decimal | None
    limits_gains: bool
    drift_price: float = (
        0.0  # Of a dollar of drift, where drift is limited: it is in the prices of ``scopes``.
    )
    tickets: list[Ticket] = field(default_factory=list)
    by_account: dict[str, list[Ticket]] = field(default_factory=lambda: defaultdict(list))
    effects: dict[int, ShareEffect] = field(default_factory=dict)  # By the ticket's id().
    proceeds: dict[int, LotProceeds] = field(default_factory=dict)  # Likewise.
    increments: dict[int, Decimal] = field(default_factory=dict)  # Dollars of one increment, likewise.
    largest: dict[str, Decimal] = field(default_factory=dict)  # Of the increments of each account.
    counts: dict[int, list[int]] = field(
        default_factory=dict
    )  # Increments tried at once, by the ticket's id().
    turnover: Decimal = ZERO
    caps: dict[tuple[CapKind, str], Decimal] = field(default_factory=dict)
    gains: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def deviations(self, account: str) -> DeviationPrices | None:
        """The deviations that trades in ``account`` change; None where it is in no scope."""
        key = self.scope_of.get(account)
        return None if key is None else self.scopes[key]


def open_blotter(program: Program, solution: Solution) -> Blotter:
    """A blotter without tickets, at the prices of ``program`` and the marginal tax rates of ``solution``."""
    situation, weights = program.situation, program.weights
    rules, objective = situation.household.rules, situation.household.objective
    cash_class = situation.household.policy.cash_class
    scopes: dict[str, DeviationPrices] = {}
    scope_of: dict[str, str] = {}
    for scope in situation.scopes:
        scopes[scope.account or ""] = _deviation_prices(scope, weights, has_cash_class=cash_class is not None)
        scope_of.update(dict.fromkeys(scope.accounts, scope.account or ""))
    limits = [rules.turnover_max, objective.turnover_limit]
    given = [limit * situation.investable for limit in limits if limit is not None]
    has_budget = any(unit.gain_budget is not None for unit in situation.household.tax_units)
    blotter = Blotter(
        program,
        marginal_rates(program, solution),
        scopes,
        scope_of,
        wind_down_prices(situation.household),
        turnover_max=min(given, default=None),
        limits_gains=has_budget or rules.gain_budget is not None or objective.mode is Mode.LEAST_DRIFT,
    )
    row = program.rule_rows.get((Limit.DRIFT, ""))
    if row is not None:
        charge_drift(blotter, max(0.0, -float(solution.row_duals[row])))
    for cap in rules.caps:
        held = ((situation.quantity(p), situation.securities[p[1]]) for p in situation.lots_by_position)
        values = (quantity * security.price * cap.share_of(security) for quantity, security in held)
        blotter.caps[cap.kind, cap.id] = sum(values, ZERO)
    return blotter


def charge_drift(blotter: Blotter, price: float) -> None:
    """Charge ``price`` for each dollar of drift, half of every dollar by which a class deviates from its target.

    Where drift is limited it is measured from where deviations cost nothing, so that its price adds to theirs.
    """
    more = (price - blotter.drift_price) / 2
    count = len(blotter.program.situation.household.policy.classes)
    for scope in blotter.scopes.values():
        for prices in (scope.near_over, scope.near_under, scope.beyond_over, scope.beyond_under):
            prices[:count] += more
    blotter.drift_price = price


def _deviation_prices(scope: Scope, weights: ObjectivePrices, *, has_cash_class: bool) -> DeviationPrices:
    total, zones = scope.investable, (*scope.zones, *scope.sleeves)
    values = {**scope.values, **scope.sleeve_values}
    outside = float(weights.outside) if total > 0 else 0.0
    rates = [zone.rates(weights) if total > 0 else (ZERO, ZERO) for zone in zones]
    idle = [] if has_cash_class else [float(scope.values.get("", ZERO))]
    nothing = [0.0] * len(idle)

    def dollars(amounts: Iterable[Decimal]) -> Floats:
        return np.array([*(float(amount) for amount in amounts), *nothing])

    names = [*(zone.policy.id for zone in zones), *("" for _ in idle)]
    places: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        places[name].append(at)
    return DeviationPrices(
        names=names,
        places=dict(places),
        deviation=np.array(
            [*(float(values[z.policy.id]) - float(z.rest) * float(total) for z in zones), *idle]
        ),
        target=dollars((zone.policy.target - zone.rest) * total for zone in zones),
        room_over=dollars((zone.upper - zone.rest) * total for zone in zones),
        room_under=dollars((zone.rest - zone.lower) * total for zone in zones),
        near_over=dollars(above for _, above in rates),
        near_under=dollars(below for below, _ in rates),
        beyond_over=np.full(len(zones) + len(idle), outside),
        beyond_under=np.array([*([outside] * len(zones)), *nothing]),
    )


def add_ticket(blotter: Blotter, ticket: Ticket) -> None:
    """Add ``ticket`` with the shares it has."""
    shares, ticket.shares = ticket.shares, ZERO
    blotter.tickets.append(ticket)
    blotter.by_account[ticket.account].append(ticket)
    blotter.effects[id(ticket)] = _share_effect(blotter, ticket)
    increment = blotter.program.situation.securities[ticket.security].price * ticket.increment
    blotter.increments[id(ticket)] = increment
    blotter.largest[ticket.account] = max(increment, blotter.largest.get(ticket.account, ZERO))
    make(blotter, moved_to(blotter, ticket, shares))


def _share_effect(blotter: Blotter, ticket: Ticket) -> ShareEffect:
    situation, weights = blotter.program.situation, blotter.program.weights
    security = situation.securities[ticket.security]
    sign = 1.0 if ticket.side is Side.BUY else -1.0
    price, half = float(security.price), float(security.half_spread)
    value = sign * price
    cash = -value * (1.0 + sign * half)
    deviations = blotter.deviations(ticket.account)
    classes = np.zeros(0)
    if deviations is not None:
        classes = np.zeros(len(deviations.names))
        for name, part in parts_of(security):
            classes[deviations.places.get(name, [])] = float(part) * value
        classes[deviations.places[situation.household.policy.cash_class or ""][0]] += cash
    costs = weights.spread * security.half_spread + tie_break(situation.accounts[ticket.account], security)
    if ticket.buy is not None:
        costs += weights.rank * (ticket.buy.rank - 1) + weights.location * ticket.buy.location_bps
    else:
        costs -= blotter.legacy.get(ticket.security, ZERO)
    owner = situation.accounts[ticket.account].tax_unit or ""
    taxes = []
    for unit, available in ticket.queue:
        rate = 0.0
        if unit.gain_per_share is not None and unit.term is not None:
            rate = float(unit.gain_per_share) * blotter.rates.get((owner, unit.term), 0.0)
        taxes.append((float(available), float(weights.tax) * rate))
    return ShareEffect(cash, classes, price * float(costs), tuple(taxes))


def moved_to(blotter: Blotter, ticket: Ticket, shares: Decimal) -> Move:
    """The move of ``ticket`` to ``shares``."""
    effect = blotter.effects[id(ticket)]
    return _move(effect, ticket, shares, effect.tax(float(ticket.shares)))


def _move(effect: ShareEffect, ticket: Ticket, shares: Decimal, tax: float) -> Move:
    """The move of ``ticket``, whose shares now owe ``tax``, to ``shares``."""
    change = shares - ticket.shares
    size = float(change)
    linear = effect.linear * size
    if effect.taxes:
        linear += effect.tax(float(shares)) - tax
    return Move(ticket, shares, change, effect.cash * size, linear, effect.classes * size)


def steps(blotter: Blotter, ticket: Ticket) -> list[Move]:
    """The moves of ``ticket`` up and down that are tried.

    One increment where shares are whole. Where increments are tiny, also as many as amount to some dollars, since moving
    single thousandths of a share would be slow; and as many as pay for the account's largest increment.
    """
    counts = blotter.counts.get(id(ticket))
    if counts is None:
        counts = blotter.counts[id(ticket)] = _counts(blotter, ticket)
    targets = {ticket.stepped(direction, count) for direction in (1, -1) for count in counts}
    effect = blotter.effects[id(ticket)]
    tax = effect.tax(float(ticket.shares))
    return [_move(effect, ticket, shares, tax) for shares in sorted(s for s in targets if s is not None)]


def _counts(blotter: Blotter, ticket: Ticket) -> list[int]:
    dollars, largest = blotter.increments[id(ticket)], blotter.largest[ticket.account]
    counts = {max(1, int(size / dollars)) for size in STEPS} if dollars < STEPS[-1] else {1}
    if largest < dollars * EXCHANGED_MAX:
        counts |= {max(1, int(largest / dollars)), int(largest / dollars) + 1}
    return sorted(counts)


def gain_of(move: Move) -> Decimal:
    """The gain that the move recognizes, or takes back (signed dollars)."""
    before = move.shares - move.change
    low, high = min(before, move.shares), max(before, move.shares)
    at = gain = ZERO
    for unit, available in move.ticket.queue:
        part = min(high, at + available) - max(low, at)
        at += available
        if part > 0 and unit.gain_per_share is not None and unit.term is not None:
            gain += part * unit.gain_per_share
    return gain if move.change >= 0 else -gain


def make(blotter: Blotter, move: Move) -> None:
    """Carry out ``move``."""
    ticket, situation = move.ticket, blotter.program.situation
    assert move.change == move.shares - ticket.shares, "the move starts from the ticket as it is"
    assert move.shares >= 0, "no order is for less than nothing"
    security = situation.securities[ticket.security]
    deviations = blotter.deviations(ticket.account)
    if deviations is not None:
        deviations.deviation = deviations.deviation + move.classes
    if blotter.turnover_max is not None:
        blotter.turnover += move.change * security.price / 2
    sign = ONE if ticket.side is Side.BUY else -ONE
    for cap in situation.household.rules.caps:
        if share := cap.share_of(security):
            blotter.caps[cap.kind, cap.id] += sign * move.change * security.price * share
    owner = situation.accounts[ticket.account].tax_unit
    if blotter.limits_gains and owner is not None:
        blotter.gains[owner] += gain_of(move)
    ticket.shares = move.shares
    ticket.cash = cash_of(blotter, ticket, move.shares)


def cash_of(blotter: Blotter, ticket: Ticket, shares: Decimal) -> Decimal:
    """Proceeds of ``shares``, or their cost (negative), to the cent."""
    situation = blotter.program.situation
    security = situation.securities[ticket.security]
    if ticket.side is Side.BUY:
        return -cents_up(shares * security.price * (ONE + security.half_spread))
    # The proceeds of each lot are rounded to the cent.
    net = security.price * (ONE - security.half_spread)
    lots = blotter.proceeds.get(id(ticket))
    if lots is None:
        lots = blotter.proceeds[id(ticket)] = _lot_proceeds(blotter, ticket, net)
    at = bisect_right(lots.shares, shares) - 1
    return lots.proceeds[at] + cents((shares - lots.shares[at]) * net)


def _lot_proceeds(blotter: Blotter, ticket: Ticket, net: Decimal) -> LotProceeds:
    """A sale's lots in the order in which they leave: cumulative shares and proceeds."""
    situation = blotter.program.situation
    parts = [available for unit, available in ticket.queue if unit.lot is not None]
    if not situation.accounts[ticket.account].is_taxed:
        lots = situation.lots_by_position[ticket.position]
        parts = [lot.quantity for lot in sorted(lots, key=queue_key)]
    cumulative = LotProceeds([ZERO], [ZERO])
    for part in parts:
        assert part > 0, "a lot holds shares"
        cumulative.shares.append(cumulative.shares[-1] + part)
        cumulative.proceeds.append(cumulative.proceeds[-1] + cents(part * net))
    return cumulative


def cash_balances(blotter: Blotter, account: str) -> list[tuple[date, Decimal]]:
    """The account's cash at the end of each day from the first settlement on, exactly."""
    situation = blotter.program.situation
    flows: dict[date, Decimal] = {}
    for ticket in blotter.by_account[account]:
        day = situation.settles_on[ticket.security]
        flows[day] = flows.get(day, ZERO) + ticket.cash
    first = min(flows, default=date.max)
    for event in situation.events[account]:
        flows[event.on] = flows.get(event.on, ZERO) + event.amount
    balances, balance = [], situation.accounts[account].cash_settled
    for day in sorted(flows):
        balance += flows[day]
        if day >= first:
            balances.append((day, balance))
    return balances
