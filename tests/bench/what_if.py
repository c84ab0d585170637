"""`./evenkeel bench what_if [--households 20000] [--json FILE]`: what a what-if costs, the first one and those after it.

The synthetic firm is written to a database of its own. The page's values are made five times as its view makes them: the first
one reads the firm, the others ask other bands of what is kept. Wall time, CPU time of this process, and the queries that were sent.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from typing import Any

from tests.bench.proposal import a_database

WIDTHS = ("5", "3", "8", "2", "4")
FIRST_MAX, NEXT_MAX = 1.5, 1.0
"""Seconds of wall time on a quiet core, at 20,000 households."""


def measure(households: int) -> dict[str, Any]:
    from django.db import connection

    from compliance.lists.asked import Asked
    from rebalancing.pages.lists import what_if, what_if_questions
    from rebalancing.what_if import kept
    from tests import cast
    from tests.bench import firm
    from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON

    made = firm.fill(households, readings=False)
    cora, asks = cast.cora(), []
    for width in WIDTHS:
        queries: list[str] = []

        def counted(execute: Any, sql: str, *rest: Any, seen: list[str] = queries) -> Any:
            seen.append(sql)
            return execute(sql, *rest)

        wall, cpu = time.perf_counter(), time.process_time()
        with connection.execute_wrapper(counted):
            page = what_if.show(cora, Asked.of(what_if_questions.KIND, {"points": width}), at=SUNDAY_NOON)
        asks.append(
            {
                "points": width,
                "seconds": time.perf_counter() - wall,
                "cpu_seconds": time.process_time() - cpu,
                "queries": len(queries),
                "flagged": page.whole.then.flagged if page.whole else None,
            }
        )
    present = kept.present(market_on=LAST_FRIDAY, trade_on=MONDAY)
    held = sum(one.nbytes for one in _arrays(present))
    return {
        "households": households,
        "lots": made.rows["taxlot"],
        "first": asks[0],
        "next_seconds": statistics.median(one["seconds"] for one in asks[1:]),
        "next_cpu_seconds": statistics.median(one["cpu_seconds"] for one in asks[1:]),
        "next_queries": max(one["queries"] for one in asks[1:]),
        "asks": asks,
        "kept_bytes_a_household": held / households,
        "most_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


def _arrays(value: Any) -> list[Any]:
    """Every array that a frozen value holds."""
    if hasattr(value, "nbytes"):
        return [value]
    if hasattr(value, "__dataclass_fields__"):
        return [one for name in value.__dataclass_fields__ for one in _arrays(getattr(value, name))]
    return []


def report(found: dict[str, Any]) -> str:
    first = found["first"]
    return "\n".join(
        (
            f"{found['households']:,} households, {found['lots']:,} lots",
            f"first question  {first['seconds']:>7.2f} s wall, {first['cpu_seconds']:>6.2f} s CPU, {first['queries']} queries",
            f"each other one  {found['next_seconds']:>7.2f} s wall, {found['next_cpu_seconds']:>6.2f} s CPU, {found['next_queries']} queries",
            f"kept: {found['kept_bytes_a_household']:,.0f} bytes a household; most memory {found['most_memory_mb']:,.0f} MB",
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench what_if", description=__doc__)
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--json", metavar="FILE")
    asked = parser.parse_args()
    with a_database():
        found = measure(asked.households)
    print(report(found))
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2)
    is_met = found["first"]["seconds"] <= FIRST_MAX and found["next_seconds"] <= NEXT_MAX
    return 0 if is_met or found["households"] > 20_000 else 1


if __name__ == "__main__":
    sys.exit(main())
