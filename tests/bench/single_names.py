"""The engine's bench on households in which each security is a class of its own (``tests/engine/single_names``).

Each is solved as the product does, and by a mixed-integer program that is made from the document alone in another
formulation (``oracles/whole_milp``). Printed for each family: the gap that plans tell, how far bound and unrounded
answer are from the other optimum, work and CPU time, also as a multiple of one bare linear program of the same size.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import State
from rebalancing.engine.evaluation import situations, tradables, unit_taxes
from rebalancing.engine.model import program, tax_planes
from rebalancing.engine.portfolio import objective_prices
from rebalancing.engine.search import highs
from rebalancing.engine.solving import solutions
from tests.engine import single_names
from tests.engine.oracles import whole_milp

SHORT = {State.IMPOSSIBLE, State.UNPROVEN}
MET = 1.0  # Dollars.


def measure(count: int, *, named: Callable[[str], bool] = lambda _: True) -> dict[str, Any]:
    """Each family on ``count`` households."""
    found: dict[str, Any] = {}
    for name, make in single_names.FAMILIES.items():
        if named(name):
            rows = [_measured(ordered(make(seed))) for seed in range(count)]
            found[name] = {
                "told_bp": [row["told_bp"] for row in rows],
                "bound_from_other_bp": max(abs(row["bound_bp"]) for row in rows),
                "answer_from_other_bp": max(row["answer_bp"] for row in rows),
                "not_proven": sum(not row["proven"] for row in rows),
                "falsely_short": sum(row["falsely_short"] for row in rows),
                "nodes": [row["nodes"] for row in rows],
                "cpu_ms": [row["cpu_ms"] for row in rows],
                "other_cpu_ms": [row["other_cpu_ms"] for row in rows],
                "bare_lps": [row["cpu_ms"] / row["bare_ms"] for row in rows],
            }
    return {"families": found, **_together(found)}


def _together(found: dict[str, Any]) -> dict[str, Any]:
    one = [ms for name, row in found.items() if "one account" in name for ms in row["cpu_ms"]]
    four = [
        ms
        for name, row in found.items()
        if "four accounts" in name and "tiny" not in name
        for ms in row["cpu_ms"]
    ]
    every = found.values()
    return {
        "bound_from_other_bp": max((row["bound_from_other_bp"] for row in every), default=0.0),
        "answer_from_other_bp": max((row["answer_from_other_bp"] for row in every), default=0.0),
        "not_proven": sum(row["not_proven"] for row in every),
        "falsely_short": sum(row["falsely_short"] for row in every),
        "one_account_median_ms": statistics.median(one or [0.0]),
        "one_account_worst_ms": max(one, default=0.0),
        "four_accounts_median_ms": statistics.median(four or [0.0]),
        "four_accounts_worst_ms": max(four, default=0.0),
    }


def _measured(household: Household) -> dict[str, Any]:
    other, other_ms = _timed(lambda: whole_milp.optimum(household, seconds=120.0))
    for known in (tax_planes.planes, tax_planes.unit_function, unit_taxes.compute):
        known.cache_clear()
    solved, ms = _timed(lambda: solutions.solve(household, objective_prices.prices_for(household)))
    plan = proposing.plan_of(solved, household, "", removal_costs=False)
    situation = situations.lay_out(household)
    built = program.build(situation, tradables.find(situation), objective_prices.prices_for(household))
    bare_ms = min(_timed(lambda: _bare(built))[1] for _ in range(3))
    bp = 1e4 / float(solved.situation.investable)
    return {
        "told_bp": float(plan.gap_bps),
        "bound_bp": (solved.found.bound - other.best) * bp,
        "answer_bp": (solved.found.solution.objective - other.best) * bp,
        "proven": solved.found.is_complete,
        "falsely_short": plan.state in SHORT and other.unmet < MET,
        "nodes": solved.found.nodes,
        "cpu_ms": ms,
        "other_cpu_ms": other_ms,
        "bare_ms": bare_ms,
    }


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    done = work()
    return done, (time.process_time() - start) * 1000


def _bare(built: program.Program) -> None:
    """One linear program of the size: into the solver and solved, no choices made."""
    solver = highs.Solver(built)
    for name, columns in built.units.items():
        solver.choose_region(name, columns.regions[0])
    solver.solve()


def report(figures: dict[str, Any]) -> list[str]:
    """The families as text, one a line."""
    head = ("told bp", "bound bp", "answer bp", "nodes", "CPU ms", "bare LPs", "other ms")
    lines = [
        "",
        "Each security a class of its own: medians; bound and answer are the largest distances from the other formulation",
        f"{'':<44}" + "".join(f"{name:>10}" for name in head) + "  not proven, falsely short",
    ]
    for name, row in figures["families"].items():
        middle = statistics.median
        lines.append(
            f"{name:<44}{middle(row['told_bp']):>10.3f}{row['bound_from_other_bp']:>10.3f}"
            f"{row['answer_from_other_bp']:>10.3f}{middle(row['nodes']):>10.0f}{middle(row['cpu_ms']):>10.0f}"
            f"{middle(row['bare_lps']):>10.0f}{middle(row['other_cpu_ms']):>10.0f}"
            f"  {row['not_proven']:>10}, {row['falsely_short']}"
        )
    return lines
