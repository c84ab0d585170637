"""``./evenkeel bench scan [--households 20000] [--json FILE]``: what a scan of a whole firm costs.

On a database of its own, with rows written by the database itself. Claims: what a worker waits for its next chunk of
households while so many wait, on a fresh run, and again after nine in ten were read while an old transaction kept their dead
rows from being cleared away. Wall clock of the caller, medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.proposal import a_database

WAITING = (1_000, 20_000, 100_000)
HOUSEHOLDS = 20_000
CHUNKS = 30


def claims_of(sizes: Sequence[int]) -> dict[str, dict[str, float]]:
    """Milliseconds a chunk and a household by how many wait, and what starting the run took."""
    return {str(size): _claims(size) for size in sizes}


def _claims(size: int) -> dict[str, float]:
    from django.db import connection, transaction

    from rebalancing.models import ScanItem, ScanRun
    from rebalancing.scans import claims, scans

    class Done(Exception):
        pass

    found: dict[str, float] = {}
    try:
        with transaction.atomic():
            _households(size)
            start = time.perf_counter()
            run = _run(ScanRun)
            with connection.cursor() as cursor:
                cursor.execute("SELECT id FROM clients_household")
            scans._add_items(run, _all())
            found["start"] = 1000 * (time.perf_counter() - start)
            found["chunk"] = _median(lambda: claims.take(worker="bench", at=run.started_at))
            found["one"] = _median(lambda: claims.take(worker="bench", at=run.started_at, at_most=1))
            # Nine in ten are read, and their dead rows are still there: the transaction that made them is not over.
            waiting = ScanItem.objects.filter(run=run, state="waiting").order_by("pk")
            first = waiting.values_list("pk", flat=True)[:1].get()
            waiting.filter(pk__lt=first + size * 9 // 10).update(state="done")
            found["late chunk"] = _median(lambda: claims.take(worker="bench", at=run.started_at))
            found["are left"] = _median(lambda: claims.are_left(run.pk))
            found["progress"] = _median(lambda: scans.progress(run))
            raise Done
    except Done:
        return found


def _households(size: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients_household (public_id, code, name, opened_on) SELECT 'hh_' || lpad(n::text, 12, '0'), "
            "'c' || n, 'Household ' || n, DATE '2020-01-02' FROM generate_series(1, %s) AS n",
            [size],
        )


def _all() -> Any:
    from clients.models import Household

    return Household.objects.all()


def _run(model: Any) -> Any:
    from tests.clock import LAST_FRIDAY, SUNDAY_NOON

    return model.objects.create(
        scan="daily", market_on=LAST_FRIDAY, started_at=SUNDAY_NOON, code_version="bench"
    )


def _median(do: Callable[[], object]) -> float:
    taken = []
    for _ in range(CHUNKS):
        start = time.perf_counter()
        do()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def report(figures: dict[str, Any]) -> str:
    """The figures as text."""
    names = list(next(iter(figures["claims"].values())))
    lines = [
        "Claims, milliseconds by households that wait",
        f"{'':>10}" + "".join(f"{name:>12}" for name in names),
    ]
    lines += [
        f"{int(size):>10,}" + "".join(f"{found[name]:>12.2f}" for name in names)
        for size, found in figures["claims"].items()
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench scan", description=__doc__)
    parser.add_argument("--households", type=int, default=HOUSEHOLDS)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    asked = parser.parse_args()
    with a_database():
        figures = {"claims": claims_of(WAITING)}
    print(report(figures), end="")
    if asked.json is not None:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
