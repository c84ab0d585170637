"""Lots that leave in order: where a custodian's standing method decides, a lot is sold only after those ahead of it.

A queue is one position's lots, oldest first; neighbors with the same gain and term form one step. A solution that keeps
the order has a *boundary*: steps ahead of it are sold in full, steps behind it not at all. The search branches on the
boundary where a solution breaks the order: is it at most step k, or beyond? Both branches only change bounds: columns
behind are closed, or columns ahead are sold in full.
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
TOLERANCE = 1e-4  # Dollars; smaller amounts are solver noise.
TAX_RATE_ESTIMATE = 0.3  # Tax per dollar of gain, to rank branches; never part of a bound.

Span = tuple[int, int]  # The first and the last step at which the boundary may be.


@dataclass(frozen=True, slots=True)
class Step:
    """Columns sold together, the full dollars of each, and their gain per dollar and its term.

    ``forced``: the dollars of its one lot where an advisor's edit asks for that lot, or for one behind it.
    """

    columns: tuple[int, ...]
    full: tuple[float, ...]
    gain: float
    term: Term | None
    forced: float | None

    @property
    def total(self) -> float:
        return sum(self.full)

    def sold(self, values: Floats) -> float:
        return sum(float(values[c]) for c in self.columns)


@dataclass(frozen=True, slots=True)
class Queue:
    """One position's steps in the order in which they leave; at least two. ``limits``: where the boundary may be at all."""

    id: str
    steps: tuple[Step, ...]
    limits: Span

    @property
    def first_column(self) -> int:
        return self.steps[0].columns[0]

    def span(self, chosen: Span | None, closed: Collection[int]) -> Span:
        """Where the boundary may be under a branching choice; columns in ``closed`` are zero and take precedence."""
        first, last = self.limits if chosen is None else chosen
        for at, step in enumerate(self.steps[: last + 1]):
            if any(c in closed for c in step.columns):
                last = at
                break
        return min(first, last), last

    def chains(self) -> Iterator[dict[int, float]]:
        """Valid inequalities for the convex hull of order-keeping solutions: no step is sold by a larger fraction than
        the one ahead of it. Each is the coefficients by column of a row that is at least zero.

        The last steps need none where each has a higher gain of the same term than the one ahead: the optimum sells the
        cheaper one first anyway.
        """
        needed = len(self.steps) - 1
        while needed > 0 and self._is_rising(needed):
            needed -= 1
        for ahead, behind in pairwise(self.steps[: needed + 1]):
            scale = min(ahead.total, behind.total)
            row = dict.fromkeys(ahead.columns, scale / ahead.total)
            yield {**row, **dict.fromkeys(behind.columns, -scale / behind.total)}

    def _is_rising(self, at: int) -> bool:
        ahead, behind = self.steps[at - 1], self.steps[at]
        return ahead.term is behind.term and ahead.gain <= behind.gain


@dataclass(frozen=True, slots=True)
class Branching:
    """A queue whose order a solution breaks: the two spans that together cover every boundary, and the estimated cost of
    each. The first span closes what is behind, the second sells in full what is ahead."""

    queue: str
    spans: tuple[Span, Span]
    estimates: tuple[float, float]

    @property
    def score(self) -> float:
        return min(self.estimates)

    @property
    def cheapest_first(self) -> tuple[Span, Span]:
        closing, filling = self.spans
        return (closing, filling) if self.estimates[0] <= self.estimates[1] else (filling, closing)


def with_lots_ahead(
    situation: Situation, sells: Sequence[SellUnit], forced: Mapping[str, float]
) -> dict[str, float]:
    """Dollars of each lot that must be sold: the ``forced`` ones, and all of the lots ahead of them."""
    required = dict(forced)
    for (_, security), columns in _columns_in_order(sells).items():
        lots = [(lot, sells[c].quantity) for c in columns if (lot := sells[c].lot) is not None]
        last = max((at for at, (lot, _) in enumerate(lots) if lot.id in forced), default=0)
        price = situation.securities[security].price
        required.update({lot.id: float(quantity * price) for lot, quantity in lots[:last]})
    return required


def queues_of(
    situation: Situation, sells: Sequence[SellUnit], forced: Mapping[str, float]
) -> tuple[Queue, ...]:
    """The queues among ``sells``, whose columns are their indices; ``forced`` is the dollars of each lot that must be
    sold."""
    queues = []
    for (account, security), columns in _columns_in_order(sells).items():
        price = situation.securities[security].price
        runs: list[list[int]] = []
        for column in columns:
            if runs and _is_interchangeable(sells[runs[-1][-1]], sells[column], price, forced):
                runs[-1].append(column)
            else:
                runs.append([column])
        if len(runs) > 1:
            steps = tuple(_step(sells, run, price, forced) for run in runs)
            queues.append(Queue(f"{account}/{security}", steps, _limits(steps)))
    return tuple(queues)


def _limits(steps: Sequence[Step]) -> Span:
    """Forced lots are sold; behind a lot that is sold in part nothing is."""
    first = max((at for at, step in enumerate(steps) if step.forced is not None), default=0)
    parts = (at for at, step in enumerate(steps) if (step.forced or step.total) < step.total - TOLERANCE)
    return first, max(first, next(parts, len(steps) - 1))


def _columns_in_order(sells: Sequence[SellUnit]) -> dict[Position, list[int]]:
    """The columns of each position whose lots leave in order, in that order."""
    keyed: dict[Position, list[tuple[tuple[str, str], int]]] = defaultdict(list)
    for column, unit in enumerate(sells):
        if unit.lot is not None and unit.lot.method is not LotMethod.SPECIFIC:
            keyed[unit.position].append((queue_key(unit.lot), column))
    return {position: [column for _, column in sorted(pairs)] for position, pairs in keyed.items()}


def _is_interchangeable(a: SellUnit, b: SellUnit, price: Decimal, forced: Collection[str]) -> bool:
    """Whether it makes no difference which of two neighbors leaves first."""
    if a.lot is None or b.lot is None or a.lot.id in forced or b.lot.id in forced:
        return False
    if a.gain_per_share is None or b.gain_per_share is None:
        return False
    is_same_gain = a.lot.method is LotMethod.AVERAGE or (
        abs(a.gain_per_share - b.gain_per_share) <= SAME_GAIN * price
    )
    return is_same_gain and a.term is b.term and a.may_lose == b.may_lose


def _step(sells: Sequence[SellUnit], run: list[int], price: Decimal, forced: Mapping[str, float]) -> Step:
    first = sells[run[0]]
    step = Step(
        columns=tuple(run),
        full=tuple(float(sells[column].quantity * price) for column in run),
        gain=float((first.gain_per_share or Decimal(0)) / price),
        term=first.term,
        forced=forced.get(first.lot.id) if first.lot is not None else None,
    )
    assert step.total > 0.0, "a step of a queue has something to sell"
    return step


class QueueRows:
    """The rows that keep queues in order (``Queue.chains``)."""

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
        """The fraction of each step that a dollar sold is."""
        for row, chain in self._chains:
            for column, share in chain.items():
                builder.add(row, column, share)


def fixed_columns(
    queues: Sequence[Queue], chosen: Mapping[str, Span], closed: set[int]
) -> tuple[set[int], dict[int, float]]:
    """The columns at zero, ``closed`` among them, and those sold in full with their dollars, under the ``chosen`` spans."""
    zero: set[int] = set(closed)
    full: dict[int, float] = {}
    for queue in queues:
        first, last = queue.span(chosen.get(queue.id), closed)
        for at, step in enumerate(queue.steps):
            if at < first:
                full.update(zip(step.columns, step.full, strict=True))
            elif at > last:
                zero.update(step.columns)
    return zero, full


def branching(queue: Queue, span: Span, values: Floats) -> Branching | None:
    """How to branch where ``values`` break the order of ``queue`` within ``span``; None where they keep it."""
    first, last = span
    if first >= last:
        return None
    sold = [step.sold(values) for step in queue.steps]
    not_full = (at for at in range(first, last) if sold[at] < queue.steps[at].total - TOLERANCE)
    first_not_full = next(not_full, last)
    last_sold = next((at for at in range(last, first_not_full, -1) if sold[at] > TOLERANCE), first_not_full)
    if last_sold <= first_not_full:
        return None
    return max(
        (_branch_at(queue, span, sold, at) for at in range(first_not_full, last_sold)),
        key=lambda candidate: (candidate.score, -candidate.spans[0][1]),
    )


def _branch_at(queue: Queue, span: Span, sold: list[float], at: int) -> Branching:
    ahead, behind = range(span[0], at + 1), range(at + 1, span[1] + 1)
    unsold = {i: queue.steps[i].total - sold[i] for i in ahead}
    cheapest = min(queue.steps[i].gain for i in ahead if unsold[i] > TOLERANCE)
    missed = sum(sold[j] * max(0.0, cheapest - queue.steps[j].gain) for j in behind)
    taxed = sum(unsold[i] * max(0.0, queue.steps[i].gain) for i in ahead)
    spans = (span[0], at), (at + 1, span[1])
    return Branching(queue.id, spans, (TAX_RATE_ESTIMATE * missed, TAX_RATE_ESTIMATE * taxed))


def bound_increase(queue: Queue, before: Span, after: Span, values: Floats, duals: Floats) -> float:
    """A proven lower limit on the increase of the objective when the boundary's span narrows from ``before``.

    By duality: a column forced off its bound costs at least its reduced cost per dollar.
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
