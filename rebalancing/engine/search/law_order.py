"""An answer whose tax on losses inside the window the program understates, asked again with the law's order.

The short form of a wash group (``wash_rows``) takes the cheapest assignment where replacement shares are sold too. Only
the groups that this understates are written in the law's order (``wash_order``), and the program goes to branch and cut. Each
such program is milder than the law, so that the highest bound holds; the answer is the one that owes least.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.tradables import Opportunities
from rebalancing.engine.model.program import Program, build
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices
from rebalancing.engine.search import wash_sale_taxes
from rebalancing.engine.search.branch_and_bound import tolerance_of
from rebalancing.engine.search.highs import NoAnswer, Solver
from rebalancing.engine.search.mip import hand_over
from rebalancing.engine.search.nodes import SearchResult
from rebalancing.engine.search.wash_repair import repaired

ROUNDS = 2
WORTH = 100  # Times the tolerance: a tenth of a basis point.
FLAGS_MAX = 60  # Lots times purchases of the groups in the law's order; beyond, branch and cut takes seconds.
NODES = 40
Answer = tuple[Program, Solver, SearchResult]


def with_order_of_law(
    situation: Situation, opportunities: Opportunities, prices: ObjectivePrices, first: Answer
) -> Answer:
    """``first``, or a better answer, with a bound that knows the law's order of the groups that matter most."""
    last, named = first, frozenset[str]()
    best, least = _repaired(first, _owed(first), first[2].bound)
    bound, is_complete = first[2].bound, first[2].is_complete
    for _ in range(ROUNDS):
        more = _understated(last, named)
        if not more or least - bound <= WORTH * tolerance_of(first[0]):
            break
        named |= more
        program = build(situation, opportunities, prices, in_order=named)
        solver = Solver(program)
        try:
            found = hand_over(
                program,
                solver,
                None,
                nodes_max=NODES,
                closed=first[2].closed,
                cutoff=least + tolerance_of(program),
            )
        except NoAnswer as none:
            # Nothing that is milder than the law is better than what is known.
            bound = max(bound, least if none.is_proven else min(none.bound, least))
            break
        last = program, solver, found
        bound = max(bound, found.bound)
        is_complete &= found.is_complete
        near, owed = _repaired(last, _owed(last), bound)
        if owed < least:
            least, best = owed, near
    program, solver, found = best
    bound = min(bound, least)
    closed, is_impossible = found.closed | first[2].closed, first[2].is_impossible
    return (
        program,
        solver,
        replace(found, bound=bound, is_complete=is_complete, closed=closed, is_impossible=is_impossible),
    )


def _owed(answer: Answer) -> float:
    """The objective of the answer with its losses as the law's order allows them."""
    program, _, found = answer
    return wash_sale_taxes.owed(program, found.solution)[0]


def _repaired(answer: Answer, owed: float, bound: float) -> tuple[Answer, float]:
    """``answer``, or a cheaper one nearby where it is far from its bound, and what that owes."""
    program, solver, found = answer
    if owed - bound <= WORTH * tolerance_of(program):
        return answer, owed
    near = program, solver, repaired(program, solver, found)
    return near, _owed(near)


def _understated(answer: Answer, named: Collection[str]) -> frozenset[str]:
    """The groups to be written in the law's order besides ``named``, as many as the limit allows, the worst first."""
    program, _, found = answer
    amounts = {**found.understated, **wash_sale_taxes.by_group(program, found.solution)}
    amounts = {id_: max(amount, found.understated.get(id_, 0.0)) for id_, amount in amounts.items()}
    sizes = {group.id: len(group.lots) * len(group.replacements) for group in program.washes}
    room = FLAGS_MAX - sum(len(ordered.flags) for ordered in program.ordered)
    more: set[str] = set()
    for id_ in sorted(amounts, key=lambda id_: (-amounts[id_], id_)):
        if id_ in named or amounts[id_] < WORTH / 10 * tolerance_of(program):
            continue
        if sizes.get(id_, room + 1) <= room:
            more.add(id_)
            room -= sizes[id_]
    return frozenset(more)
