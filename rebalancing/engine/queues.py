"""Lots that leave in order: where a custodian's standing method decides, the next is sold only when those before are.

A queue is one position's lots, oldest first, neighbours with the same gain and term taken together as one step. An
answer that keeps the order has a *boundary*: steps before it are sold in full, steps behind it not at all. The
search asks for the boundary only where an answer breaks the order: is it at most step k, or beyond? Either is a matter
of bounds: close what lies behind, or sell in full what lies before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine.household import LotMethod
from rebalancing.engine.opportunities import SellUnit
from rebalancing.engine.regions import Floats
from rebalancing.engine.situations import Position, Situation
from rebalancing.engine.standing_lots import queue_key

SAME_GAIN = Decimal("1e-9")  # Of the price.
LOOSE = 1e-4  # Dollars; less is the solver's noise.
RATE = 0.3  # Dollars of tax for each dollar of gain, to judge what to ask first; never part of a bound.

Span = tuple[int, int]  # The first and the last step at which the boundary may stand.


@dataclass(frozen=True, slots=True)
class Step:
    """Columns that leave together, the dollars that are all of each, and their gain for each dollar."""

    columns: tuple[int, ...]
    full: tuple[float, ...]
    gain: float

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

    def span(self, chosen: Span | None, shut: Collection[int]) -> Span:
        """Where the boundary may stand under a choice, with the columns ``shut`` at zero; what is shut goes first."""
        first, last = self.whole if chosen is None else chosen
        for at, step in enumerate(self.steps[: last + 1]):
            if any(c in shut for c in step.columns):
                last = at
                break
        return min(first, last), last


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


def queues_of(situation: Situation, sells: Sequence[SellUnit], upper: Sequence[float]) -> tuple[Queue, ...]:
    """The queues among ``sells``, whose columns are their places; ``upper`` is the most dollars of each column."""
    asked_for = {edit.lot for edit in situation.household.forced if edit.lot is not None}
    found: dict[Position, list[int]] = defaultdict(list)
    for column, unit in enumerate(sells):
        if unit.lot is not None and unit.lot.method is not LotMethod.SPECIFIC:
            found[unit.position].append(column)
    made = []
    for (account, security), columns in found.items():
        price = situation.securities[security].price
        runs: list[list[int]] = []
        for column in sorted(columns, key=lambda c: _place(sells[c])):
            if runs and _alike(sells[runs[-1][-1]], sells[column], price, asked_for):
                runs[-1].append(column)
            else:
                runs.append([column])
        if len(runs) > 1:
            steps = tuple(_step(sells, run, price) for run in runs)
            # What an advisor asked for leaves, and so does all before it; behind a part of a lot nothing leaves.
            asked = (at for at, run in enumerate(runs) if any(_names(sells[c], asked_for) for c in run))
            first = max(asked, default=0)
            parts = (
                at for at, run in enumerate(runs) if sum(upper[c] for c in run) < steps[at].total - LOOSE
            )
            made.append(
                Queue(f"{account}/{security}", steps, (first, max(first, next(parts, len(runs) - 1))))
            )
    return tuple(made)


def _place(unit: SellUnit) -> tuple[str, str]:
    return queue_key(unit.lot) if unit.lot is not None else ("", "")


def _alike(one: SellUnit, other: SellUnit, price: Decimal, asked_for: Collection[str]) -> bool:
    """Whether it makes no difference which of two neighbours leaves first."""
    if one.lot is None or _names(one, asked_for) or _names(other, asked_for):
        return False
    if one.gain_per_share is None or other.gain_per_share is None:
        return False
    is_same = one.lot.method is LotMethod.AVERAGE or (
        abs(one.gain_per_share - other.gain_per_share) <= SAME_GAIN * price
    )
    return is_same and one.term is other.term and one.may_lose == other.may_lose


def _names(unit: SellUnit, lots: Collection[str]) -> bool:
    return unit.lot is not None and unit.lot.id in lots


def _step(sells: Sequence[SellUnit], run: list[int], price: Decimal) -> Step:
    return Step(
        columns=tuple(run),
        full=tuple(float(sells[column].quantity * price) for column in run),
        gain=float((sells[run[0]].gain_per_share or Decimal(0)) / price),
    )


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
