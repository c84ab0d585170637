"""``./evenkeel bench engine [--json FILE] [--small]``: how good and how fast the engine is, on generated households.

Prints each target of the engine with what was measured, and writes the same as JSON. Times are CPU time of this
process, the least of three runs, medians over households; ratios are to one bare linear programme of the same size.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from rebalancing.engine import (
    branching,
    evaluating,
    frontier,
    opportunities,
    programme,
    proposing,
    regions,
    situations,
    solving,
    verifying,
    vetoes,
    weights,
    writing,
)
from rebalancing.engine.household import Household, Mode, Objective
from rebalancing.engine.ordering import ordered
from rebalancing.engine.plan import State
from tests.engine import families, ways
from tests.engine.oracles import milp

RUNS = 3


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of ``work``, the least of three runs."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return min(times)


def laid_out(household: Household) -> tuple[situations.Situation, opportunities.Opportunities, Any]:
    situation = situations.lay_out(household)
    able = opportunities.find(situation)
    return situation, able, programme.build(situation, able, weights.weights_of(household))


def spread_of(numbers: list[float]) -> dict[str, float]:
    ranked = sorted(numbers)
    at = lambda share: ranked[min(len(ranked) - 1, int(share * len(ranked)))]  # noqa: E731
    return {
        "mean": statistics.fmean(ranked),
        "median": statistics.median(ranked),
        "p90": at(0.90),
        "p99": at(0.99),
        "max": ranked[-1],
        "min": ranked[0],
    }


def optimality(count: int) -> dict[str, Any]:
    """P1: the search against the mixed-integer programme."""
    gaps, unproven = [], 0
    for size, share in (("small", 0.8), ("typical", 0.2)):
        for family in families.FAMILIES:
            for seed in range(max(1, int(count * share / len(families.FAMILIES)))):
                situation, _, built = laid_out(ordered(families.household(family, size, seed)))
                found = branching.search(built, solving.Solver(built))
                unproven += not found.is_complete
                difference = found.solution.objective - milp.optimum(built)
                gaps.append(abs(difference) / float(situation.investable) * 1e4)
    return {
        "households": len(gaps),
        "largest_bp": max(gaps),
        "not_proven": unproven,
        "is_met": max(gaps) <= 0.1,
    }


def speed(count: int) -> dict[str, Any]:
    """P2, P4, P5 and the verifier, on typical households."""
    figures: dict[str, list[float]] = {
        name: [] for name in ("solve", "bare", "frontier", "veto", "propose", "verify")
    }
    for family in families.FAMILIES:
        for seed in range(count):
            household = ordered(families.household(family, "typical", seed))

            def solve(household: Household = household) -> None:
                regions.planes.cache_clear()
                _, _, built = laid_out(household)
                branching.search(built, solving.Solver(built))

            _, _, built = laid_out(household)
            figures["solve"].append(cpu_ms(solve))
            figures["bare"].append(cpu_ms(lambda built=built: bare(built)))
            solved = proposing.solve(household, weights.weights_of(household))
            plan = proposing.plan_of(solved, household, "", veto=False)
            figures["veto"].append(
                cpu_ms(lambda s=solved, p=plan: vetoes.prices_of(s.programme, s.solver, s.pruned, p.orders))
            )
            figures["propose"].append(cpu_ms(lambda h=household: proposing.propose(h)))
            signed = proposing.propose(household)
            figures["verify"].append(cpu_ms(lambda h=household, p=signed: verifying.verify(h, p)))
            if seed < max(1, count // 3):
                figures["frontier"].append(cpu_ms(lambda h=household: frontier.trace(h, count=20)))
    medians = {name: statistics.median(times) for name, times in figures.items()}
    return {
        "households": len(figures["solve"]),
        "P2_build_and_solve_ms": medians["solve"],
        "P2_ratio_to_bare_lp": medians["solve"] / medians["bare"],
        "bare_lp_ms": medians["bare"],
        "P3_propose_ms": medians["propose"],
        "P3_verify_ms": medians["verify"],
        "P4_frontier_20_ms": medians["frontier"],
        "P5_veto_ms": medians["veto"],
    }


def bare(built: programme.Programme) -> None:
    """One linear programme of the size: into the solver and solved, no choices made."""
    solver = solving.Solver(built)
    for name, columns in built.units.items():
        solver.choose(name, columns.regions[0])
    solver.solve()


def same_bytes(count: int) -> dict[str, Any]:
    """P6: permuted rows, repeated runs, another process."""
    different, compared = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for family in families.FAMILIES:
            for seed in range(count):
                household = families.household(family, "typical", seed)
                plan = writing.text(proposing.propose(household))
                rng = random.Random(seed)
                mixed = replace(
                    household,
                    lots=tuple(rng.sample(household.lots, len(household.lots))),
                    securities=tuple(rng.sample(household.securities, len(household.securities))),
                    accounts=tuple(rng.sample(household.accounts, len(household.accounts))),
                )
                compared += 2
                different += plan != writing.text(proposing.propose(mixed))
                different += plan != writing.text(proposing.propose(household))
                if seed == 0:
                    file = Path(folder) / f"{family}.json"
                    file.write_text(writing.text(mixed), "utf-8")
                    command = [sys.executable, "-m", "rebalancing.engine", "plan", str(file)]
                    other = subprocess.run(command, check=True, capture_output=True).stdout.decode()
                    compared += 1
                    different += plan != other
    return {"compared": compared, "different": different, "is_met": different == 0}


def rounding(count: int) -> dict[str, Any]:
    """P7: what whole shares cost against the bound, in basis points of the value."""
    found = {}
    for name, size in (("1M", "typical"), ("250k", "small"), ("6M", "large")):
        losses = [
            float(proposing.propose(families.household(family, size, seed), veto=False).gap_bps)
            for family in families.FAMILIES
            for seed in range(max(2, count if size != "large" else count // 4))
        ]
        found[name] = spread_of(losses)
    return {**found, "is_met": found["1M"]["median"] <= 0.1 and found["250k"]["median"] <= 0.5}


def elastic(count: int) -> dict[str, Any]:
    """What cannot be done: answered, with the culprit named, and signed."""
    answered = named = signed = 0
    for seed in range(count):
        household = families.household("constrained", "small", seed)
        every_cent = sum(lot.quantity * 1000 for lot in household.lots)
        asked = replace(
            household,
            objective=Objective(
                mode=Mode.RAISE_CASH, raise_amount=min(every_cent, Decimal(10**7)), raise_account="A1"
            ),
        )
        plan = proposing.propose(asked, veto=False)
        answered += 1
        named += plan.state is State.IMPOSSIBLE and any(s.rule == "cash" for s in plan.slack)
        signed += verifying.verify(asked, plan).signed
    return {"asked": count, "answered": answered, "culprit_named": named, "signed": signed}


def against_others(count: int) -> dict[str, Any]:
    """P8: the engine at the drift each other way reaches; basis points of the value by which the engine is better."""
    found: dict[str, Any] = {}
    for name, way in ways.WAYS.items():
        better: list[float] = []
        broken = {"wash sales": 0, "harvested losses": Decimal(0), "disallowed": Decimal(0)}
        for family in ("everywhere", "located", "taxable"):
            for seed in range(count):
                household = ordered(families.household(family, "typical", seed))
                better.append(_compare(household, way, broken))
        losses = broken["harvested losses"]
        found[name] = {
            **spread_of(better),
            "over_1_bp": sum(b > 1 for b in better) / len(better),
            "over_10_bp": sum(b > 10 for b in better) / len(better),
            "engine_worse": sum(b < -0.1 for b in better),
            "households": len(better),
            "wash_sales": broken["wash sales"],
            "losses_disallowed": float(broken["disallowed"] / losses) if losses else 0.0,
        }
    return found


def _compare(household: Household, way: ways.Way, broken: dict[str, Any]) -> float:
    situation, able, _ = laid_out(household)
    prices = weights.weights_of(household)
    theirs = evaluating.evaluate(situation, able, prices, way(situation, able))
    for line in theirs.lines:
        for sale in line.lots:
            broken["disallowed"] += sale.disallowed
            broken["wash sales"] += sale.disallowed > 0
            if sale.gain is not None and sale.gain < 0:
                broken["harvested losses"] -= sale.gain
    limit = theirs.drift / situation.investable
    asked = replace(household, objective=Objective(mode=Mode.LEAST_TAX, drift_max=limit))
    ours = proposing.solve(asked, weights.weights_of(asked)).evaluation
    names = ("tax", "spread", "location", "rank")
    costs = [sum(e.terms[name] for name in names) for e in (theirs, ours)]
    return float((costs[0] - costs[1]) / situation.investable * 10_000)


def direct_index(names: int) -> dict[str, Any]:
    """One direct-index household in its own mode."""
    made = families.direct_index(names)
    household = ordered(replace(made, objective=replace(made.objective, integer=True, time_limit_seconds=20)))
    start = time.process_time()
    solved = proposing.solve(household, weights.weights_of(household))
    seconds = time.process_time() - start
    gap = (float(solved.evaluation.objective) - solved.found.bound) / float(solved.situation.investable) * 1e4
    return {
        "names": names,
        "lots": len(household.lots),
        "seconds": seconds,
        "gap_bp": gap,
        "proven": solved.found.is_complete,
    }


def measure(*, small: bool) -> dict[str, Any]:
    """All figures; ``small`` takes fewer households and is over in well under a minute."""
    return {
        "P1_optimality": optimality(24 if small else 220),
        "speed": speed(2 if small else 8),
        "P6_same_bytes": same_bytes(1 if small else 5),
        "P7_rounding_loss_bp": rounding(4 if small else 20),
        "elastic": elastic(5 if small else 60),
        "P8_bp_better_at_equal_drift": against_others(3 if small else 20),
        "direct_index": direct_index(40 if small else 500),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "solver": solving.solver_version(),
        "engine": proposing.ENGINE_VERSION,
    }


TARGETS = (
    ("P2 build and solve, typical, CPU ms", ("speed", "P2_build_and_solve_ms"), 5.0),
    ("P3 whole proposal with vetoes, CPU ms", ("speed", "P3_propose_ms"), 25.0),
    ("P4 frontier of 20 points, CPU ms", ("speed", "P4_frontier_20_ms"), 100.0),
    ("P5 veto price of every order, CPU ms", ("speed", "P5_veto_ms"), 20.0),
    ("P1 distance from the MILP, bp", ("P1_optimality", "largest_bp"), 0.1),
    ("P6 documents that differ", ("P6_same_bytes", "different"), 0.0),
    ("P7 rounding loss at $1M, median bp", ("P7_rounding_loss_bp", "1M", "median"), 0.1),
    ("P7 rounding loss at $250k, median bp", ("P7_rounding_loss_bp", "250k", "median"), 0.5),
)


def report(figures: dict[str, Any]) -> str:
    """The figures as text: targets first, then the comparison with other ways."""
    lines = ["Target                                        measured     target"]
    for name, path, target in TARGETS:
        value: Any = figures
        for step in path:
            value = value[step]
        mark = "met" if value <= target else f"missed by {value - target:.3g}"
        lines.append(f"{name:<42} {value:>11.4g} {target:>10.4g}   {mark}")
    lines += [
        "",
        "P8: basis points of the value by which the engine is cheaper, at the drift the other way reaches",
    ]
    lines.append(
        f"{'':<40} {'mean':>7} {'median':>7} {'p90':>7} {'p99':>7} {'>1bp':>6} {'>10bp':>6} {'worse':>6}"
    )
    for name, row in figures["P8_bp_better_at_equal_drift"].items():
        lines.append(
            f"{name:<40} {row['mean']:>7.2f} {row['median']:>7.2f} {row['p90']:>7.2f} {row['p99']:>7.2f}"
            f" {row['over_1_bp']:>6.0%} {row['over_10_bp']:>6.0%} {row['engine_worse']:>6}"
        )
        lines.append(
            f"{'':<40} {row['wash_sales']} wash sales; {row['losses_disallowed']:.0%} of its losses disallowed"
        )
    one = figures["direct_index"]
    lines += [
        "",
        f"Direct index, {one['names']} names, {one['lots']} lots: {one['seconds']:.1f} s, gap {one['gap_bp']:.2f} bp",
    ]
    named, asked = figures["elastic"]["culprit_named"], figures["elastic"]["asked"]
    lines.append(f"Impossible requests: {named} of {asked} answered with the culprit named.")
    lines.append(
        f"Memory at the end: {figures['memory_mb']:.0f} MB. {figures['solver']}, engine {figures['engine']}."
    )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench engine", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--small", action="store_true", help="fewer households, for a quick look")
    asked = parser.parse_args()
    figures = measure(small=asked.small)
    print(report(figures), end="")
    if asked.json is not None:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
