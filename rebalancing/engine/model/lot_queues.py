"""Lots that leave in order: where a custodian's standing method decides, the next is sold only when those before are.

A queue is one position's lots, oldest first, neighbors with the same gain and term taken together as one step. An
answer that keeps the order has a *boundary*: steps before it are sold in full, steps behind it not at all. The
search asks for the boundary only where an answer breaks the order: is it at most step k, or beyond? Either is a matter
of bounds: close what lies behind, or sell in full what lies before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from rebalancing.engine.documents.household import LotMethod
from rebalancing.engine.evaluation.situations import Position, Situation
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.evaluation.tradables import SellUnit
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.tax.holding_periods import Term

SAME_GAIN = Decimal("1e-9")  # Of the price.
LOOSE = 1e-4  # Dollars; less is the solver's noise.
RATE = 0.3  # Dollars of tax for each dollar of gain, to judge what to ask first; never part of a bound.

Span = tuple[int, int]  # The first and the last step at which the boundary may stand.


@dataclass(frozen=True, slots=True)
class Step:
    """Columns that leave together, the dollars that are all of each, and their gain for each dollar and its term.

    ``asked_for`` is the dollars of its one lot where an advisor asked for that, or for one behind it.
    """

    columns: tuple[int, ...]
    full: tuple[float, ...]
    gain: float
    term: Term | None
    asked_for: float | None

    @property
    def total(self) -> float:
        return sum(self.full)

    def sold(self, values: Floats) -> float:
        return sum(float(values[c]) for c in self.columns)


@dataclass(frozen=True, slots=True)
class Queue:
    """One position's steps, first to leave first; at least two. ``whole`` is where the boundary may stand at all."""

    id: str
    steps: tuple[Step, ...]
    whole: Span

    @property
    def first_column(self) -> int:
        return self.steps[0].columns[0]

    def span(self, chosen: Span | None, shut: Collection[int]) -> Span:
        """Where the boundary may stand under a choice, with the columns ``shut`` at zero; what is shut goes first."""
        first, last = self.whole if chosen is None else chosen
        for at, step in enumerate(self.steps[: last + 1]):
            if any(c in shut for c in step.columns):
                last = at
                break
        return min(first, last), last

    def chains(self) -> Iterator[dict[int, float]]:
        """Rows that hold for every order-keeping answer and all their mixtures: no step is sold by a larger part than
        the one before it. Written as entries by column of a row that is at least zero.

        The last steps need none where each leaves at a higher gain of the same term than the one before: the
        cheaper one is sold first by itself.
        """
        needed = len(self.steps) - 1
        while needed > 0 and self._is_rising(needed):
            needed -= 1
        for before, behind in pairwise(self.steps[: needed + 1]):
            scale = min(before.total, behind.total)
            row = dict.fromkeys(before.columns, scale / before.total)
            yield {**row, **dict.fromkeys(behind.columns, -scale / behind.total)}

    def _is_rising(self, at: int) -> bool:
        before, behind = self.steps[at - 1], self.steps[at]
        return before.term is behind.term and before.gain <= behind.gain


@dataclass(frozen=True, slots=True)
class Question:
    """Where an answer breaks a queue's order: the two spans that between them hold every boundary, and what each
    would cost at a guess. Their order is that of ``spans``: behind closed, before sold in full."""

    queue: str
    spans: tuple[Span, Span]
    guesses: tuple[float, float]

    @property
    def weight(self) -> float:
        return min(self.guesses)

    @property
    def cheapest_first(self) -> tuple[Span, Span]:
        closing, filling = self.spans
        return (closing, filling) if self.guesses[0] <= self.guesses[1] else (filling, closing)


def with_those_in_front(
    situation: Situation, sells: Sequence[SellUnit], asked_for: Mapping[str, float]
) -> dict[str, float]:
    """Dollars of each lot that must leave: those an advisor ``asked_for``, and whole those that stand before them."""
    must = dict(asked_for)
    for (_, security), columns in _in_order(sells).items():
        lots = [(lot, sells[c].quantity) for c in columns if (lot := sells[c].lot) is not None]
        last = max((at for at, (lot, _) in enumerate(lots) if lot.id in asked_for), default=0)
        price = situation.securities[security].price
        must.update({lot.id: float(quantity * price) for lot, quantity in lots[:last]})
    return must


def queues_of(
    situation: Situation, sells: Sequence[SellUnit], asked_for: Mapping[str, float]
) -> tuple[Queue, ...]:
    """The queues among ``sells``, whose columns are their places; ``asked_for`` is the dollars of each lot that must
    leave."""
    made = []
    for (account, security), columns in _in_order(sells).items():
        price = situation.securities[security].price
        runs: list[list[int]] = []
        for column in columns:
            if runs and _alike(sells[runs[-1][-1]], sells[column], price, asked_for):
                runs[-1].append(column)
            else:
                runs.append([column])
        if len(runs) > 1:
            steps = tuple(_step(sells, run, price, asked_for) for run in runs)
            made.append(Queue(f"{account}/{security}", steps, _whole(steps)))
    return tuple(made)


def _whole(steps: Sequence[Step]) -> Span:
    """What was asked for leaves; behind a part of a lot nothing leaves."""
    first = max((at for at, step in enumerate(steps) if step.asked_for is not None), default=0)
    parts = (at for at, step in enumerate(steps) if (step.asked_for or step.total) < step.total - LOOSE)
    return first, max(first, next(parts, len(steps) - 1))


def _in_order(sells: Sequence[SellUnit]) -> dict[Position, list[int]]:
    """The columns of each position whose lots leave in order, in that order."""
    found: dict[Position, list[tuple[tuple[str, str], int]]] = defaultdict(list)
    for column, unit in enumerate(sells):
        if unit.lot is not None and unit.lot.method is not LotMethod.SPECIFIC:
            found[unit.position].append((queue_key(unit.lot), column))
    return {position: [column for _, column in sorted(placed)] for position, placed in found.items()}


def _alike(one: SellUnit, other: SellUnit, price: Decimal, asked_for: Collection[str]) -> bool:
    """Whether it makes no difference which of two neighbors leaves first."""
    if one.lot is None or other.lot is None or one.lot.id in asked_for or other.lot.id in asked_for:
        return False
    if one.gain_per_share is None or other.gain_per_share is None:
        return False
    is_same = one.lot.method is LotMethod.AVERAGE or (
        abs(one.gain_per_share - other.gain_per_share) <= SAME_GAIN * price
    )
    return is_same and one.term is other.term and one.may_lose == other.may_lose


def _step(sells: Sequence[SellUnit], run: list[int], price: Decimal, asked_for: Mapping[str, float]) -> Step:
    first = sells[run[0]]
    return Step(
        columns=tuple(run),
        full=tuple(float(sells[column].quantity * price) for column in run),
        gain=float((first.gain_per_share or Decimal(0)) / price),
        term=first.term,
        asked_for=asked_for.get(first.lot.id) if first.lot is not None else None,
    )


class QueueRows:
    """The rows that hold queues to their order (``Queue.chains``)."""

    def __init__(self, builder: Builder, sells: Sequence[SellUnit], queues: Sequence[Queue]) -> None:
        self._chains = [
            (builder.row(0.0, INFINITY, ("queue", *sells[queue.first_column].position, number)), chain)
            for queue in queues
            for number, chain in enumerate(queue.chains(), start=1)
        ]

    @property
    def rows(self) -> list[int]:
        return [row for row, _ in self._chains]

    def add_trades(self, builder: Builder) -> None:
        for row, chain in self._chains:
            for column, share in chain.items():
                builder.add(row, column, share)


def held(
    queues: Sequence[Queue], chosen: Mapping[str, Span], shut: set[int]
) -> tuple[set[int], dict[int, float]]:
    """The columns at zero, ``shut`` among them, and those sold in full with their dollars, under the choices."""
    closed: set[int] = set(shut)
    filled: dict[int, float] = {}
    for queue in queues:
        first, last = queue.span(chosen.get(queue.id), shut)
        for at, step in enumerate(queue.steps):
            if at < first:
                filled.update(zip(step.columns, step.full, strict=True))
            elif at > last:
                closed.update(step.columns)
    return closed, filled


def question(queue: Queue, span: Span, values: Floats) -> Question | None:
    """What to ask where ``values`` break the order of ``queue`` within ``span``; None where they keep it."""
    first, last = span
    if first >= last:
        return None
    sold = [step.sold(values) for step in queue.steps]
    open_at = next((at for at in range(first, last) if sold[at] < queue.steps[at].total - LOOSE), last)
    last_sold = next((at for at in range(last, open_at, -1) if sold[at] > LOOSE), open_at)
    if last_sold <= open_at:
        return None
    return max(
        (_ask(queue, span, sold, at) for at in range(open_at, last_sold)),
        key=lambda asked: (asked.weight, -asked.spans[0][1]),
    )


def _ask(queue: Queue, span: Span, sold: list[float], at: int) -> Question:
    front, behind = range(span[0], at + 1), range(at + 1, span[1] + 1)
    unsold = {i: queue.steps[i].total - sold[i] for i in front}
    cheapest = min(queue.steps[i].gain for i in front if unsold[i] > LOOSE)
    missed = sum(sold[j] * max(0.0, cheapest - queue.steps[j].gain) for j in behind)
    taxed = sum(unsold[i] * max(0.0, queue.steps[i].gain) for i in front)
    return Question(queue.id, ((span[0], at), (at + 1, span[1])), (RATE * missed, RATE * taxed))


def rise(queue: Queue, before: Span, after: Span, values: Floats, duals: Floats) -> float:
    """A proven lower limit on how much the objective rises when the boundary's span narrows from ``before``.

    By duality: what is forced off its bound costs at least its reduced cost for each dollar, whatever else moves.
    """
    total = 0.0
    for at in range(before[0], after[0]):
        step = queue.steps[at]
        for column, full in zip(step.columns, step.full, strict=True):
            total += max(0.0, float(duals[column])) * max(0.0, full - float(values[column]))
    for at in range(after[1] + 1, before[1] + 1):
        total += sum(
            max(0.0, -float(duals[column])) * max(0.0, float(values[column]))
            for column in queue.steps[at].columns
        )
    return total
