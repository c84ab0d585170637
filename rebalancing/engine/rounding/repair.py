"""Rounding by single increments: cash is repaired with the cheapest moves, then moves are made while the objective falls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rebalancing.engine.documents.plan import Side
from rebalancing.engine.evaluation import harvesting
from rebalancing.engine.evaluation.order_lines import Trades
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.money import ZERO
from rebalancing.engine.rounding.feasibility import drift_after, drift_limit, is_allowed, keeps_cash
from rebalancing.engine.rounding.moves import (
    Blotter,
    DeviationPrices,
    Move,
    add_ticket,
    cash_balances,
    charge_drift,
    make,
    moved_to,
    open_blotter,
    steps,
)
from rebalancing.engine.rounding.placing import place
from rebalancing.engine.rounding.tickets import tickets, trades_of
from rebalancing.engine.search.highs import Solution
from rebalancing.engine.search.nodes import Node

WORTH_MOVING = 1e-7  # Of investable value: a thousandth of a basis point.
MOVES_MAX = 400
PASSES_MAX = 5
PAIRS_TRIED = 40
DRIFT_PRICE_MIN = 1e-3  # Dollars for each dollar of drift, where its limit is not met.
DEARER = (2.0, 8.0, 32.0, 1000.0)  # Times the price of drift at the optimum.
PAIRS_MAX = 60_000  # Pairs times classes: beyond, pairs are priced as if they met in cash alone.
APART_MAX = 4_000_000  # Pairs priced that way: beyond, only single moves are tried.
EXCHANGES_TRIED = 400


def rounded(program: Program, solution: Solution, node: Node) -> Trades:
    """The trades of ``solution`` in shares that can be sent, with enough cash at every settlement."""
    blotter = open_blotter(program, solution)
    for ticket in tickets(program, solution, node):
        add_ticket(blotter, ticket)
    if harvesting.is_harvest(program.situation.household):
        for account in sorted(blotter.by_account):
            place(blotter, account)
        return trades_of(blotter.tickets)
    for account in sorted(blotter.by_account):
        _repair(blotter, account)
        _improve(blotter, account)
        for _ in range(PASSES_MAX):
            if not _drop_small(blotter, account):
                break
            _repair(blotter, account)
            _improve(blotter, account)
    _keep_drift(blotter)
    return trades_of(blotter.tickets)


def _keep_drift(blotter: Blotter) -> None:
    """Bring drift within its limit, where rounding left it above, at what the moves that do cost least."""
    most, price = drift_limit(blotter), blotter.drift_price
    if most is None or drift_after(blotter) <= most:
        return
    for factor in DEARER:
        charge_drift(blotter, max(price, DRIFT_PRICE_MIN) * factor)
        for account in sorted(blotter.by_account):
            _improve(blotter, account)
        if drift_after(blotter) <= most:
            break
    charge_drift(blotter, price)
    for account in sorted(blotter.by_account):
        _improve(blotter, account)


def _drop_small(blotter: Blotter, account: str) -> bool:
    """Drop orders that rounding brought below the minimum trade, or raise them to it where the cash is needed."""
    situation = blotter.program.situation
    minimum, least = situation.minimum_trades[account], situation.household.rules.minimum_trade
    dropped = False
    for ticket in blotter.by_account[account]:
        price = situation.securities[ticket.security].price
        is_exempt = ticket.fixed > 0 or ticket.shares == ticket.closing
        if ticket.shares == 0 or ticket.shares * price >= minimum or is_exempt:
            continue
        without: Move | None = moved_to(blotter, ticket, ZERO)
        before = dict(cash_balances(blotter, account))
        if ticket.side is Side.SELL and without and not keeps_cash(blotter, account, (without,), before):
            # Cash that the account needs is raised by as small a sale as the dollars allow.
            is_needed = _needs_cash(blotter, account)
            enough = least if is_needed else minimum
            if ticket.shares * price >= enough:
                continue
            count = int((enough / price - ticket.shares) / ticket.increment) + 1
            larger = ticket.stepped(1, count)
            if larger is not None:
                without = moved_to(blotter, ticket, larger)
            elif is_needed:
                without = None
        if without is not None:
            make(blotter, without)
            dropped = True
    return dropped


def _needs_cash(blotter: Blotter, account: str) -> bool:
    """Whether the account would fall below its minimum if nothing were traded."""
    situation = blotter.program.situation
    balance, minimum = situation.accounts[account].cash_settled, situation.accounts[account].minimum_cash
    if balance < minimum:
        return True
    for event in situation.events[account]:
        balance += event.amount
        if balance < minimum:
            return True
    return False


def _repair(blotter: Blotter, account: str) -> None:
    """Buy less or sell more until the account has its minimum cash after every settlement, as far as possible."""
    situation = blotter.program.situation
    minimum = situation.accounts[account].minimum_cash
    for _ in range(MOVES_MAX):
        short = [
            (minimum - balance, day) for day, balance in cash_balances(blotter, account) if balance < minimum
        ]
        if not short:
            return
        missing, day = max(short, key=lambda pair: (pair[0], -pair[1].toordinal()))
        candidates = []
        for ticket in blotter.by_account[account]:
            if situation.settles_on[ticket.security] > day:
                continue
            direction = -1 if ticket.side is Side.BUY else 1
            price = situation.securities[ticket.security].price
            count = max(1, int(missing / (price * ticket.increment)))
            shares = ticket.stepped(direction, count)
            shares = ticket.stepped(direction) if shares is None else shares
            if shares is None and direction < 0 and ticket.shares > ticket.fixed:
                shares = ticket.fixed
            if shares is not None and shares != ticket.shares:
                candidates.append(moved_to(blotter, ticket, shares))
        if not candidates:
            return
        cash = np.array([max(abs(move.cash), 1e-9) for move in candidates])
        make(
            blotter,
            candidates[int((_price_changes(blotter.deviations(account), candidates) / cash).argmin())],
        )


def _price_changes(deviations: DeviationPrices | None, moves: list[Move]) -> Floats:
    """The change of the objective by each of ``moves`` on its own."""
    linear = np.array([move.linear for move in moves])
    if deviations is None:
        return linear
    classes = np.array([move.classes for move in moves])
    return np.asarray(deviations.price(classes) - deviations.current + linear)


def _improve(blotter: Blotter, account: str) -> None:
    """Make moves, single and in pairs, while the objective falls and every rule is kept."""
    deviations = blotter.deviations(account)
    if deviations is None:
        return
    enough = max(1e-3, WORTH_MOVING * float(blotter.program.situation.investable))
    by_ticket = {id(ticket): steps(blotter, ticket) for ticket in blotter.by_account[account]}
    for _ in range(MOVES_MAX):
        moves = [move for options in by_ticket.values() for move in options]
        if not moves:
            return
        changes = _price_changes(deviations, moves)
        singles = ((moves[i],) for i in _best_first(changes, -enough))
        chosen = _make_first_allowed(blotter, account, singles)
        if not chosen and len(moves) ** 2 * len(deviations.names) <= PAIRS_MAX:
            chosen = _make_first_allowed(blotter, account, _pairs(deviations, moves, -enough))
        elif not chosen and len(moves) ** 2 <= APART_MAX:
            chosen = _exchanges(blotter, account, deviations, moves, -enough)
        if not chosen:
            return
        for move in chosen:
            by_ticket[id(move.ticket)] = steps(blotter, move.ticket)


def _pairs(deviations: DeviationPrices, moves: list[Move], most: float) -> Iterator[tuple[Move, Move]]:
    """Pairs of moves of two tickets that change the objective by ``most`` or less, the best first."""
    first, second = _index_pairs(len(moves))
    linear = np.array([move.linear for move in moves])
    classes = np.array([move.classes for move in moves])
    both = (
        deviations.price(classes[first] + classes[second])
        - deviations.current
        + linear[first]
        + linear[second]
    )
    tried = 0
    for at in _best_first(both, most):
        a, b = moves[first[at]], moves[second[at]]
        if a.ticket is not b.ticket and tried < PAIRS_TRIED:
            tried += 1
            yield a, b


def _exchanges(
    blotter: Blotter, account: str, deviations: DeviationPrices, moves: list[Move], most: float
) -> tuple[Move, ...]:
    """Where many securities make too many pairs to price each class of each: makes pairs of moves that meet in cash alone,
    the best first, each one as long as it still changes the objective by ``most`` or less; returns the moves made."""
    linear = np.array([move.linear for move in moves])
    classes = np.array([move.classes for move in moves])
    cash = deviations.names.index(blotter.program.situation.household.policy.cash_class or "")
    apart = classes.copy()
    apart[:, cash] = 0.0
    alone = deviations.price(apart) - deviations.current + linear
    first, second = _index_pairs(len(moves))
    in_cash = deviations.one(cash)
    both = alone[first] + alone[second] + in_cash(classes[first, cash] + classes[second, cash]) - in_cash(0.0)
    made: list[Move] = []
    touched: set[int] = set()
    before: dict[date, Decimal] | None = None
    now = deviations.current
    for tried, at in enumerate(_best_first(both, most)):
        if tried >= EXCHANGES_TRIED:
            break
        a, b = moves[first[at]], moves[second[at]]
        if a.ticket is b.ticket or id(a.ticket) in touched or id(b.ticket) in touched:
            continue
        # The classes of the two may overlap, and earlier exchanges have moved some of them.
        change = float(deviations.price(a.classes + b.classes)) - now + a.linear + b.linear
        if change > most:
            continue
        before = dict(cash_balances(blotter, account)) if before is None else before
        if is_allowed(blotter, account, (a, b), before):
            for move in (a, b):
                make(blotter, move)
                touched.add(id(move.ticket))
                made.append(move)
            before, now = None, deviations.current
    return tuple(made)


def _best_first(changes: Floats, most: float) -> list[int]:
    """The indices of ``changes`` of ``most`` or less, the least first."""
    small = np.flatnonzero(changes <= most)
    ranked: list[int] = small[np.argsort(changes[small], kind="stable")].tolist()
    return ranked


@lru_cache(maxsize=256)
def _index_pairs(count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    return np.triu_indices(count, 1)


def _make_first_allowed(
    blotter: Blotter, account: str, ranked: Iterable[tuple[Move, ...]]
) -> tuple[Move, ...]:
    """Make the first of ``ranked`` that is allowed; returns the moves made, none when none is."""
    before: dict[date, Decimal] | None = None
    for moves in ranked:
        before = dict(cash_balances(blotter, account)) if before is None else before
        if is_allowed(blotter, account, moves, before):
            for move in moves:
                make(blotter, move)
            return moves
    return ()
