"""Moving single increments: cash is repaired with the moves that cost least, then moves are made while they pay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rebalancing.engine.documents.plan import Side
from rebalancing.engine.evaluation.order_lines import Trades
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.money import ZERO
from rebalancing.engine.rounding.feasibility import is_allowed, keeps_cash
from rebalancing.engine.rounding.moves import (
    Desk,
    Move,
    Scale,
    balances,
    book,
    moved_to,
    open_desk,
    place,
    steps,
)
from rebalancing.engine.rounding.tickets import tickets, trades_of
from rebalancing.engine.search.branch_and_bound import Node
from rebalancing.engine.search.highs import Solution

WORTH_MOVING = 1e-7  # Of investable value: a thousandth of a basis point.
MOVES_MAX = 400
PASSES_MAX = 5
PAIRS_TRIED = 40
PAIRS_MAX = 60_000  # Pairs times classes: beyond, only single moves are tried.


def rounded(program: Program, solution: Solution, node: Node) -> Trades:
    """The trades of ``solution`` in shares that can be sent, with cash that is there at every settlement."""
    desk = open_desk(program, solution)
    for ticket in tickets(program, solution, node):
        place(desk, ticket)
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
    situation = desk.program.situation
    minimum = situation.household.rules.minimum_trade
    dropped = False
    for ticket in desk.by_account[account]:
        price = situation.securities[ticket.security].price
        is_exempt = ticket.fixed > 0 or ticket.shares == ticket.closing
        if ticket.shares == 0 or ticket.shares * price >= minimum or is_exempt:
            continue
        without: Move | None = moved_to(desk, ticket, ZERO)
        before = dict(balances(desk, account))
        if ticket.side is Side.SELL and without and not keeps_cash(desk, account, (without,), before):
            count = int((minimum / price - ticket.shares) / ticket.increment) + 1
            larger = ticket.stepped(1, count)
            if larger is not None:
                without = moved_to(desk, ticket, larger)
            elif _needs_cash(desk, account):
                without = None
        if without is not None:
            book(desk, without)
            dropped = True
    return dropped


def _needs_cash(desk: Desk, account: str) -> bool:
    """Whether the account would fall below its minimum if nothing were traded."""
    situation = desk.program.situation
    balance, minimum = situation.accounts[account].cash_settled, situation.accounts[account].minimum_cash
    if balance < minimum:
        return True
    for event in situation.events[account]:
        balance += event.amount
        if balance < minimum:
            return True
    return False


def _repair(desk: Desk, account: str) -> None:
    """Buy less or sell more until the account has its minimum after every settlement, as far as it can."""
    situation = desk.program.situation
    minimum = situation.accounts[account].minimum_cash
    for _ in range(MOVES_MAX):
        short = [(minimum - balance, day) for day, balance in balances(desk, account) if balance < minimum]
        if not short:
            return
        missing, day = max(short, key=lambda pair: (pair[0], -pair[1].toordinal()))
        tried = []
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
            if shares is not None and shares != ticket.shares:
                tried.append(moved_to(desk, ticket, shares))
        if not tried:
            return
        cash = np.array([max(abs(move.cash), 1e-9) for move in tried])
        book(desk, tried[int((_price_changes(desk.scale(account), tried) / cash).argmin())])


def _price_changes(scale: Scale | None, moves: list[Move]) -> Floats:
    """What each of ``moves`` alone does to the objective."""
    linear = np.array([move.linear for move in moves])
    if scale is None:
        return linear
    classes = np.array([move.classes for move in moves])
    return np.asarray(scale.price(classes) - scale.now + linear)


def _improve(desk: Desk, account: str) -> None:
    """Move increments, alone and in pairs, while the objective falls and every rule stays kept."""
    scale = desk.scale(account)
    if scale is None:
        return
    enough = max(1e-3, WORTH_MOVING * float(desk.program.situation.investable))
    by_ticket = {id(ticket): steps(desk, ticket) for ticket in desk.by_account[account]}
    for _ in range(MOVES_MAX):
        moves = [move for found in by_ticket.values() for move in found]
        if not moves:
            return
        alone = _price_changes(scale, moves)
        singles = ((moves[i],) for i in _best_first(alone, -enough))
        made = _first_allowed(desk, account, singles)
        if not made and len(moves) ** 2 * len(scale.names) <= PAIRS_MAX:
            made = _first_allowed(desk, account, _pairs(scale, moves, -enough))
        if not made:
            return
        for move in made:
            by_ticket[id(move.ticket)] = steps(desk, move.ticket)


def _pairs(scale: Scale, moves: list[Move], most: float) -> Iterator[tuple[Move, Move]]:
    """Pairs of moves of two tickets that change the objective by ``most`` or less, the best first."""
    first, second = _each_two(len(moves))
    linear = np.array([move.linear for move in moves])
    classes = np.array([move.classes for move in moves])
    both = scale.price(classes[first] + classes[second]) - scale.now + linear[first] + linear[second]
    tried = 0
    for at in _best_first(both, most):
        one, other = moves[first[at]], moves[second[at]]
        if one.ticket is not other.ticket and tried < PAIRS_TRIED:
            tried += 1
            yield one, other


def _best_first(changes: Floats, most: float) -> list[int]:
    """Where ``changes`` are ``most`` or less, the least first."""
    found = np.flatnonzero(changes <= most)
    ranked: list[int] = found[np.argsort(changes[found], kind="stable")].tolist()
    return ranked


@lru_cache(maxsize=256)
def _each_two(count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    return np.triu_indices(count, 1)


def _first_allowed(desk: Desk, account: str, ranked: Iterable[tuple[Move, ...]]) -> tuple[Move, ...]:
    """Carry out the first of ``ranked`` that is allowed; the moves made, none when nothing is."""
    before: dict[date, Decimal] | None = None
    for moves in ranked:
        before = dict(balances(desk, account)) if before is None else before
        if is_allowed(desk, account, moves, before):
            for move in moves:
                book(desk, move)
            return moves
    return ()
