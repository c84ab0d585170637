"""``./evenkeel bench tables [--small] [--peer PATH] [--json FILE]``: what the engine, a household, the firm and its pages cost, beside every goal, in one run.

Runs the other benches one after another, each in a process of its own, and prints three tables: how good and how fast the
engine is (A, B), and what a firm of 20,000 households costs (C). Each line has what was measured, its goal, and what part of the
goal that is; a figure that was not measured says so, and why. `--small` takes fewer households and a firm of 400, for a quick look:
its lines of table C are not those of the goals. On a quiet machine all of it takes about half an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SMALL_FIRM, FIRM, PAGES_FIRM = 400, 20_000, 1_000
Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of a table: which bench measures it, where its figure stands there, and the most (or the least) it may be."""

    table: str
    name: str
    bench: str
    of: Callable[[Figures], float | None]
    limit: float
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A goal with its figure, None where it was not measured; ``share`` is the part of the goal, above 1 where it is missed."""

    table: str
    name: str
    measured: float | None
    limit: float
    share: float | None
    is_met: bool | None


def _at(*path: str, times: float = 1.0) -> Callable[[Figures], float | None]:
    def of(figures: Figures) -> float | None:
        value: Any = figures
        for step in path:
            value = value[step]
        return None if value is None else float(value) * times

    return of


def _firm(name: str, *path: str) -> Callable[[Figures], float | None]:
    """A figure of the largest firm that was scanned."""
    return lambda figures: _at(name, *path)(figures["firms"][-1])


def _worst_page(kind: str, figure: str, named: str = "") -> Callable[[Figures], float | None]:
    """The largest figure of all pages of a kind whose name holds a text."""

    def of(figures: Figures) -> float | None:
        found = [one[figure] for one in figures["pages"] if one["kind"] == kind and named in one["name"]]
        return max(found, default=None)

    return of


def _flat(figures: Figures) -> float:
    """By how many times a claim costs more where most households wait than where fewest do."""
    sizes = sorted(figures["claims"], key=int)
    few, many = figures["claims"][sizes[0]], figures["claims"][sizes[-1]]
    return max(many[name] / few[name] for name in few)


GOALS: tuple[Goal, ...] = (
    Goal("A", "distance from an independent program, bp", "engine", _at("P1_optimality", "largest_bp"), 0.1),
    Goal("A", "searches not proven", "engine", _at("P1_optimality", "not_proven"), 0),
    Goal("A", "each security a class: bound from another program, bp", "engine", _at("single_names", "bound_from_other_bp"), 0.1),
    Goal("A", "each security a class: answer from another program, bp", "engine", _at("single_names", "answer_from_other_bp"), 0.1),
    Goal("A", "each security a class: not proven", "engine", _at("single_names", "not_proven"), 0),
    Goal("A", "each security a class: short of what can be met", "engine", _at("single_names", "falsely_short"), 0),
    Goal("A", "gap told at $1M, median, bp", "engine", _at("P7_rounding_loss_bp", "1M", "gap_told", "median"), 0.1),
    Goal("A", "households where another way is better", "engine", _at("P8_worse"), 0),
    Goal("B", "lay out, build, solve, nothing bought recently, CPU ms", "engine", _at("speed", "P2_settled_ms"), 5),
    Goal("B", "the same with recent purchases, CPU ms", "engine", _at("speed", "P2_build_and_solve_ms"), 15),
    Goal("B", "one account, each security a class, median CPU ms", "engine", _at("single_names", "one_account_median_ms"), 50),
    Goal("B", "the same, worst", "engine", _at("single_names", "one_account_worst_ms"), 150),
    Goal("B", "four accounts, each security a class, median CPU ms", "engine", _at("single_names", "four_accounts_median_ms"), 100),
    Goal("B", "the same, worst", "engine", _at("single_names", "four_accounts_worst_ms"), 300),
    Goal("B", "flagged household, database to audited proposal, CPU ms", "proposal", _at("flagged", "ms"), 40),
    Goal("B", "household that is not flagged, CPU ms", "proposal", _at("not flagged", "ms"), 8),
    Goal("B", "a proposal's first opening, wall ms", "proposal", _at("opened", "ms"), 300),
    Goal("B", "direct index of 500 names, CPU ms", "engine", _at("direct_index", "seconds", times=1000), 3000),
    Goal("B", "the same lots in ordinary mode, CPU ms", "engine", _at("ordinary_index", "seconds", times=1000), 10_000),
    Goal("B", "the same: gap told, bp", "engine", _at("ordinary_index", "gap_bp"), 0.1),
    Goal("C", "cold scan, from rows to stored readings, wall s", "scan", _firm("cold", "wall"), 1.5),
    Goal("C", "reading against COPY of the same rows", "scan", _firm("read_to_limit"), 1.5),
    Goal("C", "warm scan, wall s", "scan", _firm("warm"), 0.25),
    Goal("C", "what-if on all bands, wall s", "scan", _firm("what_if"), 0.05),
    Goal("C", "the what-if page after its first question, wall s", "what_if", _at("next_seconds"), 1.0),
    Goal("C", "a claim where 100,000 wait, times one where 1,000 do", "scan", _flat, 1.25),
    Goal("C", "households a second from row to proposal, two workers", "scan", _firm("workers", "2", "proposals_a_second"), 40, at_least=True),
    Goal("C", "growth with the firm, exponent", "scan", _at("exponent"), 1.02),
    Goal("C", "lists, slowest p95 at 1,000 households, CPU ms", "pages", _worst_page("list", "cpu_p95"), 150),
    Goal("C", "lists, slowest p95 at 20,000 households, CPU ms", "large pages", _worst_page("list", "cpu_p95"), 300),
    Goal("C", "household and proposal page, slowest p95, CPU ms", "pages", _worst_page("page", "cpu_p95"), 100),
    Goal("C", "household and proposal page, most queries", "pages", _worst_page("page", "queries"), 25),
)  # fmt: skip


def commands(*, small: bool) -> dict[str, tuple[str, ...]]:
    """The benches that are run, in turn, with their options."""
    firm = str(SMALL_FIRM if small else FIRM)
    quick = ("--small",) if small else ()
    return {
        "engine": ("engine", *quick),
        "proposal": ("proposal", *quick),
        "scan": ("scan", "--households", firm, "--workers", "2", "--seconds", "10" if small else "60"),
        "what_if": ("what_if", "--households", firm),
        "pages": ("pages", "--households", str(SMALL_FIRM if small else PAGES_FIRM)),
        **({} if small else {"large pages": ("pages", "--households", firm)}),
    }


def run(*command: str) -> tuple[Figures | None, str]:
    """The figures of one bench, and what it printed; none where it wrote none. A missed goal of its own is no failure."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "figures.json"
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{command[0]}", *command[1:], "--json", str(told)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        return (json.loads(told.read_text("utf-8")) if told.exists() else None), done.stdout


def lines(figures: Mapping[str, Figures | None]) -> list[Line]:
    """Every goal with what the benches measured."""
    return [_line(goal, figures.get(goal.bench)) for goal in GOALS]


def _line(goal: Goal, figures: Figures | None) -> Line:
    measured = None if figures is None else goal.of(figures)
    if measured is None:
        return Line(goal.table, goal.name, None, goal.limit, None, None)
    if goal.at_least:
        share = goal.limit / measured if measured else None
        return Line(goal.table, goal.name, measured, goal.limit, share, measured >= goal.limit)
    share = measured / goal.limit if goal.limit else None
    return Line(goal.table, goal.name, measured, goal.limit, share, measured <= goal.limit)


def report(found: list[Line], *, load: float) -> str:
    """The three tables as text, and on how busy a machine they were measured."""
    told = []
    for table in sorted({line.table for line in found}):
        told += ["", f"{table:<58}{'measured':>10}{'goal':>10}{'of goal':>9}"]
        told += [_told(line) for line in found if line.table == table]
    missed = [line for line in found if line.is_met is False]
    unknown = [line for line in found if line.is_met is None]
    told += [
        "",
        f"{len(found) - len(missed) - len(unknown)} goals met, {len(missed)} missed, {len(unknown)} not measured;"
        f" {load:.1f} processes wanted one of {os.cpu_count()} cores when it began.",
    ]
    return "\n".join(told) + "\n"


def _told(line: Line) -> str:
    if line.measured is None:
        return f"{line.name:<58}{'':>10}{line.limit:>10.4g}{'':>9}  not measured"
    share = "" if line.share is None else f"{line.share:.0%}"
    return f"{line.name:<58}{line.measured:>10.4g}{line.limit:>10.4g}{share:>9}  {'met' if line.is_met else 'MISSED'}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench tables", description=__doc__)
    parser.add_argument("--small", action="store_true", help="fewer households, for a quick look")
    parser.add_argument(
        "--peer", type=Path, metavar="PATH", help="another optimizer's checkout, for `bench engine`"
    )
    parser.add_argument("--json", type=Path, help="write every figure to this file as well")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    figures: dict[str, Figures | None] = {}
    for name, command in commands(small=asked.small).items():
        began = time.perf_counter()
        beside = ("--peer", str(asked.peer)) if name == "engine" and asked.peer is not None else ()
        figures[name], printed = run(*command, *beside)
        seconds = time.perf_counter() - began
        print(f"── {' '.join(command)}, {seconds:.0f} s\n{printed}", flush=True)
    found = lines(figures)
    print(report(found, load=load), end="")
    if asked.json is not None:
        told = {"tables": [asdict(line) for line in found], "load": load, "benches": figures}
        asked.json.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    return 0 if all(figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
