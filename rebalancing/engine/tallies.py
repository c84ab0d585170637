"""Moving single increments: what a move would do to the objective (floats), and whether it is allowed (exact)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from rebalancing.engine import unit_taxes
from rebalancing.engine.branching import Node
from rebalancing.engine.evaluating import Trades
from rebalancing.engine.holding_periods import Term
from rebalancing.engine.household import CapKind, Mode
from rebalancing.engine.money import CENT, ONE, ZERO, cents, cents_up
from rebalancing.engine.plan import Side
from rebalancing.engine.programme import Programme
from rebalancing.engine.regions import Floats
from rebalancing.engine.rounding import Ticket, marginal_rates, tickets, trades_of
from rebalancing.engine.solving import Solution
from rebalancing.engine.weights import tie_break, wind_down_prices

WORTH_MOVING = 1e-7  # Of investable value: a thousandth of a basis point.
MOVES_MAX = 400
STEPS = (1, 10, 100)  # Dollars of a step where increments are smaller.
PASSES_MAX = 5
PAIRS_TRIED = 40
PAIRS_MAX = 60_000  # Pairs times classes: beyond, only single moves are tried.


@dataclass(frozen=True, slots=True)
class Move:
    """One ticket changed: its new shares, and what that does to cash, classes, gain and the linear terms."""

    ticket: Ticket
    shares: Decimal
    change: Decimal
    cash: float
    linear: float
    classes: Floats
    gain: Decimal


@dataclass(slots=True)
class Scale:
    """The deviation price of one scope's classes, as arrays: value now, target, room inside the zone."""

    names: list[str]
    value: Floats
    target: Floats
    room_over: Floats
    room_under: Floats
    inside: float
    outside: float

    def price(self, change: Floats) -> Floats:
        """What deviations cost after each row of ``change`` (one row a move)."""
        apart = self.value + change - self.target
        room = np.where(apart > 0, self.room_over, self.room_under)
        size = np.abs(apart)
        inside = np.minimum(size, room)
        return np.asarray((self.inside * inside + self.outside * (size - inside)).sum(axis=-1))


@dataclass(slots=True)
class Desk:
    """All tickets, and the running totals of the rules that moves must keep."""

    programme: Programme
    rates: dict[tuple[str, Term], float]
    scales: dict[str, Scale]
    scale_of: dict[str, str]
    legacy: dict[str, Decimal]
    tickets: list[Ticket] = field(default_factory=list)
    by_account: dict[str, list[Ticket]] = field(default_factory=lambda: defaultdict(list))
    turnover: Decimal = ZERO
    caps: dict[tuple[CapKind, str], Decimal] = field(default_factory=dict)
    gains: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))


def rounded(programme: Programme, solution: Solution, node: Node) -> Trades:
    """The trades of ``solution`` in shares that can be sent, with cash that is there at every settlement."""
    desk = _desk(programme, solution)
    for ticket in tickets(programme, solution, node):
        wanted, ticket.shares = ticket.shares, ZERO
        desk.tickets.append(ticket)
        desk.by_account[ticket.account].append(ticket)
        _book(desk, _move(desk, ticket, wanted))
    for account in sorted(desk.by_account):
        _repair(desk, account)
        _improve(desk, account)
        for _ in range(PASSES_MAX):
            if not _drop_small(desk, account):
                break
            _repair(desk, account)
            _improve(desk, account)
    return trades_of(desk.tickets)


def _drop_small(desk: Desk, account: str) -> bool:
    """Leave out what rounding brought below the minimum trade, or lift it there where the cash is needed."""
    situation = desk.programme.situation
    minimum = situation.household.rules.minimum_trade
    dropped = False
    for ticket in desk.by_account[account]:
        price = situation.securities[ticket.security].price
        is_exempt = ticket.fixed > 0 or ticket.shares == ticket.closing
        if ticket.shares == 0 or ticket.shares * price >= minimum or is_exempt:
            continue
        move: Move | None = _move(desk, ticket, ZERO)
        before = dict(_balances(desk, account))
        if ticket.side is Side.SELL and move is not None and not _keeps_cash(desk, account, (move,), before):
            count = int((minimum / price - ticket.shares) / ticket.increment) + 1
            larger = ticket.stepped(1, count)
            if larger is not None:
                move = _move(desk, ticket, larger)
            elif _needs_cash(desk, account):
                move = None
        if move is not None:
            _book(desk, move)
            dropped = True
    return dropped


def _needs_cash(desk: Desk, account: str) -> bool:
    """Whether the account would fall below its minimum if nothing were traded."""
    situation = desk.programme.situation
    balance, minimum = situation.accounts[account].cash_settled, situation.accounts[account].minimum_cash
    if balance < minimum:
        return True
    for event in situation.events[account]:
        balance += event.amount
        if balance < minimum:
            return True
    return False


def _desk(programme: Programme, solution: Solution) -> Desk:
    situation, weights = programme.situation, programme.weights
    scales: dict[str, Scale] = {}
    scale_of: dict[str, str] = {}
    for scope in situation.scopes:
        total = float(scope.investable)
        target = np.array([float(z.policy.target) * total for z in scope.zones])
        counts = scope.investable > 0
        scales[scope.account or ""] = Scale(
            names=[zone.policy.id for zone in scope.zones],
            value=np.array([float(scope.values[zone.policy.id]) for zone in scope.zones]),
            target=target,
            room_over=np.array([float(z.upper) * total for z in scope.zones]) - target,
            room_under=target - np.array([float(z.lower) * total for z in scope.zones]),
            inside=float(weights.inside) if counts else 0.0,
            outside=float(weights.outside) if counts else 0.0,
        )
        scale_of.update(dict.fromkeys(scope.accounts, scope.account or ""))
    desk = Desk(
        programme,
        marginal_rates(programme, solution),
        scales,
        scale_of,
        wind_down_prices(situation.household),
    )
    for cap in situation.household.rules.caps:
        desk.caps[cap.kind, cap.id] = sum(
            (
                situation.quantity(position) * situation.securities[position[1]].price
                for position in situation.lots_by_position
                if cap.covers(situation.securities[position[1]])
            ),
            ZERO,
        )
    return desk


def _move(desk: Desk, ticket: Ticket, shares: Decimal) -> Move:
    """The move of ``ticket`` to ``shares``."""
    situation, weights = desk.programme.situation, desk.programme.weights
    security = situation.securities[ticket.security]
    change = shares - ticket.shares
    sign = ONE if ticket.side is Side.BUY else -ONE
    half = security.half_spread
    value = float(sign * change * security.price)
    cash = -value * float(ONE + half if ticket.side is Side.BUY else ONE - half)
    scale = desk.scales.get(desk.scale_of.get(ticket.account, "none"))
    classes = np.zeros(0)
    if scale is not None:
        parts = {part.asset_class: float(part.weight) for part in security.weights}
        classes = np.array([parts.get(name, 0.0) * value for name in scale.names])
        cash_class = situation.household.policy.cash_class
        if cash_class is not None:
            classes[scale.names.index(cash_class)] += cash
    amount = float(change * security.price)
    linear = amount * float(weights.spread * half + tie_break(ticket.account, ticket.security))
    gain = ZERO
    if ticket.buy is not None:
        location = weights.location * ticket.buy.location_bps
        linear += amount * float(weights.rank * (ticket.buy.rank - 1) + location)
    else:
        tax, gain = _tax_of(desk, ticket, shares)
        linear += float(weights.tax) * tax
        linear -= amount * float(desk.legacy.get(ticket.security, ZERO))
    return Move(ticket, shares, change, cash, linear, classes, gain)


def _tax_of(desk: Desk, ticket: Ticket, after: Decimal) -> tuple[float, Decimal]:
    """Tax (at the rates of the moment) and gain of selling on to share ``after`` of the ticket's queue."""
    low, high = min(ticket.shares, after), max(ticket.shares, after)
    at, tax, gain = ZERO, 0.0, ZERO
    owner = desk.programme.situation.accounts[ticket.account].tax_unit or ""
    for unit, available in ticket.queue:
        part = min(high, at + available) - max(low, at)
        at += available
        if part > 0 and unit.gain_per_share is not None and unit.term is not None:
            gain += part * unit.gain_per_share
            tax += float(part * unit.gain_per_share) * desk.rates.get((owner, unit.term), 0.0)
    return (tax, gain) if after >= ticket.shares else (-tax, -gain)


def _book(desk: Desk, move: Move) -> None:
    """Carry ``move`` out."""
    ticket, situation = move.ticket, desk.programme.situation
    price = situation.securities[ticket.security].price
    key = desk.scale_of.get(ticket.account)
    if key is not None:
        desk.scales[key].value = desk.scales[key].value + move.classes
    desk.turnover += move.change * price / 2
    sign = ONE if ticket.side is Side.BUY else -ONE
    for cap in situation.household.rules.caps:
        if cap.covers(situation.securities[ticket.security]):
            desk.caps[cap.kind, cap.id] += sign * move.change * price
    owner = situation.accounts[ticket.account].tax_unit
    if owner is not None:
        desk.gains[owner] += move.gain
    ticket.shares = move.shares
    ticket.cash = _cash_of(desk, ticket, move.shares)


def _cash_of(desk: Desk, ticket: Ticket, shares: Decimal) -> Decimal:
    """What ``shares`` bring to the account, or cost (negative), to the cent and on the safe side."""
    situation = desk.programme.situation
    security = situation.securities[ticket.security]
    if ticket.side is Side.BUY:
        return -cents_up(shares * security.price * (ONE + security.half_spread))
    # The proceeds of each lot are rounded to the cent, so that up to a cent for each may be missing.
    lots = len(situation.lots_by_position[ticket.position])
    return cents(shares * security.price * (ONE - security.half_spread)) - CENT * lots


def _balances(desk: Desk, account: str, moved: Iterable[Move] = ()) -> list[tuple[date, Decimal]]:
    """The account's cash at the end of each day from the first settlement on, exactly, with ``moved`` carried out."""
    situation = desk.programme.situation
    steps: dict[date, Decimal] = {}
    for ticket in desk.by_account[account]:
        day = situation.settles_on[ticket.security]
        steps[day] = steps.get(day, ZERO) + ticket.cash
    for move in moved:
        ticket = move.ticket
        steps[situation.settles_on[ticket.security]] += _cash_of(desk, ticket, move.shares) - ticket.cash
    first = min(steps, default=date.max)
    for event in situation.events[account]:
        steps[event.on] = steps.get(event.on, ZERO) + event.amount
    found, balance = [], situation.accounts[account].cash_settled
    for day in sorted(steps):
        balance += steps[day]
        if day >= first:
            found.append((day, balance))
    return found


def _steps(desk: Desk, ticket: Ticket) -> list[Move]:
    """The ticket some increments up and down, where there are such steps.

    One increment where shares are whole; where they are split finely also as many as make some dollars, since
    single thousandths of a share would take all day.
    """
    dollars = desk.programme.situation.securities[ticket.security].price * ticket.increment
    counts = {max(1, int(size / dollars)) for size in STEPS} if dollars < STEPS[-1] else {1}
    reached = {ticket.stepped(direction, count) for direction in (1, -1) for count in counts}
    return [_move(desk, ticket, shares) for shares in sorted(s for s in reached if s is not None)]


def _repair(desk: Desk, account: str) -> None:
    """Buy less or sell more until the account has its minimum after every settlement, as far as it can."""
    situation = desk.programme.situation
    minimum = situation.accounts[account].minimum_cash
    for _ in range(MOVES_MAX):
        short = [(minimum - balance, day) for day, balance in _balances(desk, account) if balance < minimum]
        if not short:
            return
        missing, day = max(short, key=lambda pair: (pair[0], -pair[1].toordinal()))
        best: tuple[float, Move] | None = None
        for ticket in desk.by_account[account]:
            if situation.settles_on[ticket.security] > day:
                continue
            direction = -1 if ticket.side is Side.BUY else 1
            price = situation.securities[ticket.security].price
            count = max(1, int(missing / (price * ticket.increment)))
            shares = ticket.stepped(direction, count)
            shares = ticket.stepped(direction) if shares is None else shares
            if shares is None and direction < 0 and ticket.shares > ticket.fixed:
                shares = ticket.fixed
            if shares is None or shares == ticket.shares:
                continue
            move = _move(desk, ticket, shares)
            price_now = _price_change(desk, account, move) / max(abs(move.cash), 1e-9)
            if best is None or price_now < best[0] - 1e-12:
                best = price_now, move
        if best is None:
            return
        _book(desk, best[1])


def _price_change(desk: Desk, account: str, move: Move) -> float:
    scale = desk.scales.get(desk.scale_of.get(account, "none"))
    if scale is None:
        return move.linear
    return float(scale.price(move.classes) - scale.price(np.zeros_like(move.classes))) + move.linear


def _improve(desk: Desk, account: str) -> None:
    """Move increments, alone and in pairs, while the objective falls and every rule stays kept."""
    scale = desk.scales.get(desk.scale_of.get(account, "none"))
    if scale is None:
        return
    enough = max(1e-3, WORTH_MOVING * float(desk.programme.situation.investable))
    steps = {id(ticket): _steps(desk, ticket) for ticket in desk.by_account[account]}
    for _ in range(MOVES_MAX):
        moves = [move for found in steps.values() for move in found]
        if not moves:
            return
        now = float(scale.price(np.zeros(len(scale.names))))
        changes = np.array([move.classes for move in moves])
        linear = np.array([move.linear for move in moves])
        totals = scale.price(changes) - now + linear
        order = [i for i in np.argsort(totals, kind="stable") if totals[i] <= -enough]
        made = _first_allowed(desk, account, [(moves[i],) for i in order])
        if not made and len(moves) ** 2 * len(scale.names) <= PAIRS_MAX:
            both = (
                scale.price(changes[:, None, :] + changes[None, :, :])
                - now
                + linear[:, None]
                + linear[None, :]
            )
            rows, columns = np.triu_indices(len(moves), 1)
            nearest = np.argsort(both[rows, columns], kind="stable")[:PAIRS_TRIED]
            made = _first_allowed(
                desk,
                account,
                [
                    (moves[rows[i]], moves[columns[i]])
                    for i in nearest
                    if both[rows[i], columns[i]] <= -enough
                    and moves[rows[i]].ticket is not moves[columns[i]].ticket
                ],
            )
        if not made:
            return
        for move in made:
            steps[id(move.ticket)] = _steps(desk, move.ticket)


def _first_allowed(desk: Desk, account: str, ranked: Sequence[tuple[Move, ...]]) -> tuple[Move, ...]:
    """Carry out the first of ``ranked`` that is allowed; the moves made, none when nothing is."""
    if not ranked:
        return ()
    before = dict(_balances(desk, account))
    for moves in ranked:
        if _is_allowed(desk, account, moves, before):
            for move in moves:
                _book(desk, move)
            return moves
    return ()


def _is_allowed(desk: Desk, account: str, moves: tuple[Move, ...], before: dict[date, Decimal]) -> bool:
    situation = desk.programme.situation
    household, rules = situation.household, situation.household.rules
    turned, gain = ZERO, ZERO
    under: dict[tuple[CapKind, str], Decimal] = defaultdict(lambda: ZERO)
    for move in moves:
        price = situation.securities[move.ticket.security].price
        size = move.shares * price
        if move.shares > 0 and size < rules.minimum_trade and (move.change < 0 or move.ticket.shares == 0):
            return False
        turned += move.change * price / 2
        gain += move.gain
        sign = ONE if move.ticket.side is Side.BUY else -ONE
        for cap in rules.caps:
            if cap.covers(situation.securities[move.ticket.security]):
                under[cap.kind, cap.id] += sign * move.change * price
    for cap in rules.caps:
        most = max(cap.weight_max * situation.investable, desk.caps[cap.kind, cap.id])
        if desk.caps[cap.kind, cap.id] + under[cap.kind, cap.id] > most:
            return False
    limits = [rules.turnover_max]
    if household.objective.mode is Mode.LEAST_TAX:
        limits.append(household.objective.turnover_max)
    given = [limit * situation.investable for limit in limits if limit is not None]
    if turned > 0 and given and desk.turnover + turned > min(given):
        return False
    if gain > 0 and not _has_room(desk, account, gain):
        return False
    return _keeps_drift(desk, account, moves) and _keeps_cash(desk, account, moves, before)


def _keeps_cash(desk: Desk, account: str, moves: tuple[Move, ...], before: dict[date, Decimal]) -> bool:
    """Whether the account stays at its minimum on every day, or no lower than it is."""
    minimum = desk.programme.situation.accounts[account].minimum_cash
    return all(
        balance >= min(minimum, before.get(day, minimum)) for day, balance in _balances(desk, account, moves)
    )


def _keeps_drift(desk: Desk, account: str, moves: tuple[Move, ...]) -> bool:
    """Where drift has a limit of its own: whether the moves keep it, or make it no worse."""
    objective = desk.programme.situation.household.objective
    if objective.mode is not Mode.LEAST_TAX or objective.drift_max is None:
        return True
    key = desk.scale_of.get(account)
    now = after = 0.0
    for name, scale in desk.scales.items():
        apart = scale.value - scale.target
        now += float(np.abs(apart).sum()) / 2
        if name == key:
            for move in moves:
                apart = apart + move.classes
        after += float(np.abs(apart).sum()) / 2
    most = float(objective.drift_max * desk.programme.situation.investable)
    return after <= max(most, now)


def _has_room(desk: Desk, account: str, gain: Decimal) -> bool:
    """Whether the account's tax unit may realise ``gain`` more, a dollar kept in hand for the cents of each lot."""
    situation = desk.programme.situation
    owner = situation.accounts[account].tax_unit
    objective = situation.household.objective
    if objective.mode is Mode.LEAST_DRIFT:
        total = sum(desk.gains.values(), ZERO)
        if objective.tax_max is not None or (
            objective.gain_max is not None and total + gain + 1 > objective.gain_max
        ):
            return False
    if owner is None:
        return True
    unit = situation.tax_units[owner]
    if not _has_room_in_household(desk, owner, gain):
        return False
    if unit.gain_budget is None:
        return True
    base = sum(unit_taxes.base(unit), ZERO)
    return base + desk.gains[owner] + gain + 1 <= max(unit.gain_budget.limit, base)


def _has_room_in_household(desk: Desk, owner: str, gain: Decimal) -> bool:
    """Whether the household's own budget, over all returns, has room for ``gain`` more in one of them."""
    situation = desk.programme.situation
    budget = situation.household.rules.gain_budget
    if budget is None:
        return True
    base = {unit.id: sum(unit_taxes.base(unit), ZERO) for unit in situation.household.tax_units}
    used = {unit: max(ZERO, before + desk.gains[unit]) for unit, before in base.items()}
    here = max(ZERO, base[owner] + desk.gains[owner] + gain + 1)
    after = sum(used.values(), ZERO) - used[owner] + here
    return here == 0 or after <= max(budget.limit, sum((max(ZERO, b) for b in base.values()), ZERO))
