"""``./evenkeel bench scan [--households 20000] [--workers 2] [--seconds 60] [--json FILE]``: what a scan of a firm costs.

On databases of their own, with a synthetic firm written by the database itself (`bench firm`): a quarter of so many households, and
so many. Claims: what a worker waits for its next chunk while so many households wait, on a fresh run, and after nine in ten were
read while an old transaction kept their dead rows from being cleared away. Settling: a run over the whole firm, from the
rows to the stored readings of every household that needs no full reading, by stage, beside psql's own COPY of every lot in
the same run; warm, on arrays that are there already. Then so many workers read the others for so many seconds, and one alone
does, from database to stored proposals.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from tests.bench.proposal import a_database

WAITING = (1_000, 20_000, 100_000)
HOUSEHOLDS = 20_000
CHUNKS = 30
COLD_MAX = 1.5
WARM_MAX = 0.25
WHAT_IF_MAX = 0.05
READ_RATIO_MAX = 1.5
EXPONENT_MAX = 1.02
PROPOSALS_MIN = 40.0
"""Households a second, all of which are flagged."""

STAGES = {"read": "facts", "decide": "weights and triggers", "tell": "readings as text", "store": "stored"}

LOTS = "SELECT account_id, security_id, quantity, basis FROM clients_taxlot WHERE closed_on IS NULL"


class Undone(Exception):
    """Rolls back what was made for one figure."""


def claims_of(sizes: Sequence[int]) -> dict[str, dict[str, float]]:
    """Milliseconds by how many households wait, and what starting the run took."""
    return {str(size): _claims(size) for size in sizes}


def _claims(size: int) -> dict[str, float]:
    from django.db import transaction

    from clients.models import Household
    from rebalancing.models import ScanItem
    from rebalancing.scans import claims, scans

    found: dict[str, float] = {}
    try:
        with transaction.atomic():
            _sql(
                "INSERT INTO clients_household (public_id, code, name, opened_on) SELECT 'hh_' || lpad(n::text, 12, '0'), "
                "'c' || n, 'Household ' || n, DATE '2020-01-02' FROM generate_series(1, %s) AS n",
                [size],
            )
            run = _run(settled=True)
            start = time.perf_counter()
            scans._add_items(run, Household.objects.filter(name__startswith="Household "))
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
            raise Undone
    except Undone:
        return found


def firm_of(households: int, *, workers: int, seconds: float) -> dict[str, Any]:
    """Everything about a firm of one size, in this process and workers of its own."""
    from rebalancing import market_days
    from rebalancing.firm_scan import facts, kernel, settled
    from tests.bench import firm
    from tests.clock import LAST_FRIDAY, SUNDAY_NOON

    made = firm.fill(households)
    before = _bytes()
    figures: dict[str, Any] = {
        "households": households,
        "rows": made.rows,
        "bytes_a_household": before / households,
        "limit": _limit(),
        "limit_cpu": _limit_cpu(),
    }
    start = time.perf_counter()
    run = _started()
    figures["start"] = time.perf_counter() - start
    figures["cold"] = cold = _settled(run)
    figures["settled"] = run.readings.count()
    figures["outcomes"] = dict(Counter(run.readings.values_list("outcome", flat=True)))
    figures["stored_bytes_a_reading"] = (_bytes() - before) / max(1, figures["settled"])
    figures["read_to_limit"] = cold["read"] / figures["limit"] if figures["limit"] else None
    figures["read_to_limit_cpu"] = cold["read_cpu"] / figures["limit_cpu"]
    held = facts.read(market_on=LAST_FRIDAY, trade_on=market_days.trade_day(SUNDAY_NOON))
    figures["warm"], figures["warm_cpu"] = (
        _best(lambda: settled.settled(held)),
        _least_cpu(lambda: settled.settled(held)),
    )
    figures["what_if"] = _best(lambda: kernel.weigh(held, held.bands))
    figures["what_if_cpu"] = _least_cpu(lambda: kernel.weigh(held, held.bands))
    figures["left"] = settled.settled(held).left
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures["progress_ms"] = _progress(run)
    figures["workers"] = {str(count): _worked(count, seconds) for count in sorted({1, workers}) if seconds}
    return figures


def _settled(run: Any) -> dict[str, float]:
    """Seconds by stage of settling a run in this process: on the wall clock, and of processors with PostgreSQL's."""
    from rebalancing.firm_scan import facts, settled
    from rebalancing.scans import settling
    from tests.clock import SUNDAY_NOON

    stages = ("read", "decide", "tell", "store")
    spent: dict[str, float] = dict.fromkeys((*stages, *(f"{stage}_cpu" for stage in stages)), 0.0)
    wall, cpu, client = time.perf_counter(), _cpu(), time.process_time()
    with ExitStack() as patches:
        for where, name, stage in (
            (facts, "read", "read"), (settled, "settled", "decide"), (settling, "_slices", "tell"), (settling, "_stored", "store"),
        ):  # fmt: skip
            patches.enter_context(mock.patch.object(where, name, _timed(getattr(where, name), stage, spent)))
        settling.settle_due(now=lambda: SUNDAY_NOON, run=run)
    return {
        **spent,
        "wall": time.perf_counter() - wall,
        "cpu": _cpu() - cpu,
        "client_cpu": time.process_time() - client,
    }


def _timed(work: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*given: Any, **named: Any) -> Any:
        start, cpu = time.perf_counter(), _cpu()
        try:
            found = work(*given, **named)
            return iter(list(found)) if isinstance(found, Iterator) else found
        finally:
            spent[stage] += time.perf_counter() - start
            spent[f"{stage}_cpu"] += _cpu() - cpu

    return timed


def _worked(count: int, seconds: float) -> dict[str, float]:
    """Households a second that so many workers read in full, and the proposals among them."""
    from rebalancing.models import Proposal, ScanItem

    def counted() -> tuple[int, int]:
        return ScanItem.objects.filter(state="done").count(), Proposal.objects.count()

    before, cpu = counted(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "tests.bench.scan", "--work", str(seconds)]
    started = [subprocess.Popen(command) for _ in range(count)]
    for process in started:
        process.wait()
    read, proposed = (after - was for after, was in zip(counted(), before, strict=True))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    return {
        "households": read,
        "proposals": proposed,
        "cpu_ms_a_household": 1000 * spent / max(1, read),
        "a_second": read / seconds,
        "proposals_a_second": proposed / seconds,
    }


def _work(seconds: float) -> None:
    """One worker: as the product's task does it, turn after turn."""
    import django

    django.setup()
    from rebalancing.scans import readings, scans

    # Started and warm before the first household, as a worker is.
    until = _now() + timedelta(seconds=seconds)
    while _now() < until:
        count = scans.work(
            worker=f"bench:{os.getpid()}",
            now=_now,
            do=readings.reader_for_turn(),
            households_max=25,
            until=until,
        )
        if not count:
            break


def _now() -> datetime:
    """The bench's Sunday goes on: leases must run."""
    from tests.clock import SUNDAY_NOON

    return SUNDAY_NOON + timedelta(seconds=time.monotonic() % 80_000)


def _started() -> Any:
    from compliance.people.actors import Actor
    from rebalancing.models import ScanRun
    from rebalancing.scans import scans
    from tests.clock import LAST_FRIDAY, SUNDAY_NOON

    return scans.start(
        scan=ScanRun.Scan.REQUESTED, market_on=LAST_FRIDAY, code_version="bench", user_id=None,
        by=Actor.system("bench"), at=SUNDAY_NOON,
    )  # fmt: skip


def _run(*, settled: bool) -> Any:
    from rebalancing.models import ScanRun
    from tests.clock import LAST_FRIDAY, SUNDAY_NOON

    return ScanRun.objects.create(
        scan="daily", market_on=LAST_FRIDAY, started_at=SUNDAY_NOON, code_version="bench",
        settled_at=SUNDAY_NOON if settled else None,
    )  # fmt: skip


def _limit() -> float | None:
    """Seconds in which psql copies every open lot in binary form to nowhere, the best of three."""
    psql = shutil.which("psql")
    if psql is None:
        return None
    command = [psql, os.environ["DATABASE_URL"], "-qc", f"COPY ({LOTS}) TO STDOUT (FORMAT binary)"]
    return _best(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


def _limit_cpu() -> float:
    """Processor seconds of PostgreSQL's process for the same, the best of three."""
    from django.db import connection

    def copied() -> float:
        with connection.cursor() as cursor:
            start = _backend_cpu()
            with cursor.copy(f"COPY ({LOTS}) TO STDOUT (FORMAT binary)") as copy:
                for _ in copy:
                    pass
            return _backend_cpu() - start

    return min(copied() for _ in range(3))


def _cpu() -> float:
    """Processor seconds of this process and of PostgreSQL's process for it."""
    return time.process_time() + _backend_cpu()


def _backend_cpu() -> float:
    ((key,),) = _sql("SELECT pg_backend_pid()")
    fields = Path(f"/proc/{key}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _progress(run: Any) -> float:
    from rebalancing.scans import scans

    return _median(lambda: scans.progress(run))


def _bytes() -> int:
    ((found,),) = _sql("SELECT pg_database_size(current_database())")
    return int(found)


def _sql(query: str, given: Any = None) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchall() if cursor.description else None


def _best(do: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        do()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _least_cpu(do: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = _cpu()
        do()
        taken.append(_cpu() - start)
    return min(taken)


def _median(do: Callable[[], object]) -> float:
    taken = []
    for _ in range(CHUNKS):
        start = time.perf_counter()
        do()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def report(figures: dict[str, Any]) -> str:
    """The figures as text, each with its goal."""
    names = list(next(iter(figures["claims"].values())))
    lines = [
        "Claims, milliseconds by households that wait",
        f"{'':>10}" + "".join(f"{name:>12}" for name in names),
    ]
    lines += [
        f"{int(size):>10,}" + "".join(f"{found[name]:>12.2f}" for name in names)
        for size, found in figures["claims"].items()
    ]
    for one in figures["firms"]:
        cold = one["cold"]
        lines += [
            "",
            f"{one['households']:,} households: {one['settled']:,} settled at once; left: {one['left']}",
            f"  {'':<28}{'wall s':>8}{'CPU s':>8}",
            *(
                f"  {name:<28}{cold[stage]:>8.2f}{cold[f'{stage}_cpu']:>8.2f}"
                for stage, name in STAGES.items()
            ),
            f"  {'cold, together':<28}{cold['wall']:>8.2f}{cold['cpu']:>8.2f}  goal {COLD_MAX} at 20,000",
            f"  {'warm':<28}{one['warm']:>8.2f}{one['warm_cpu']:>8.2f}  goal {WARM_MAX}",
            f"  {'what-if on all bands':<28}{one['what_if']:>8.2f}{one['what_if_cpu']:>8.2f}  goal {WHAT_IF_MAX}",
            f"  reading against COPY of every lot: {_ratio(one['read_to_limit'])} on the clock,"
            f" {one['read_to_limit_cpu']:.2f} in CPU (goal {READ_RATIO_MAX}); starting the run {one['start']:.2f} s",
            f"  {one['peak_mb']:.0f} MB at most, {one['bytes_a_household']:,.0f} bytes a household, "
            f"{one['stored_bytes_a_reading']:,.0f} a stored reading; a look at the progress {one['progress_ms']:.1f} ms",
        ]
        lines += [
            f"  {count} worker(s): {found['a_second']:.1f} households a second, {found['proposals_a_second']:.1f} proposals, "
            f"{found['cpu_ms_a_household']:.0f} CPU ms each with the worker's start "
            f"(goal {PROPOSALS_MIN:.0f} with two)"
            for count, found in one["workers"].items()
        ]
    if figures["exponent"] is not None:
        lines += [
            "",
            f"Growth of settling with the firm: exponent {figures['exponent']:.3f} (goal {EXPONENT_MAX})",
        ]
    return "\n".join(lines) + "\n"


def _ratio(value: float | None) -> str:
    return "not measured: no psql" if value is None else f"{value:.2f}"


def exponent(firms: Sequence[dict[str, Any]]) -> float | None:
    """How the processor time to settle grows with the firm, between the smallest and the largest."""
    if len(firms) < 2:
        return None
    small, large = firms[0], firms[-1]
    return math.log(large["cold"]["cpu"] / small["cold"]["cpu"]) / math.log(
        large["households"] / small["households"]
    )


def _apart(*options: str) -> Any:
    """A size in a process and a database of its own, so that its memory and its first read are its own."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "figures.json"
        subprocess.run([sys.executable, "-m", "tests.bench.scan", *options, "--json", str(told)], check=True)
        return json.loads(told.read_text("utf-8"))


@contextmanager
def _written(file: Path | None) -> Iterator[dict[str, Any]]:
    figures: dict[str, Any] = {}
    yield figures
    if file is not None:
        file.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench scan", description=__doc__)
    parser.add_argument("--households", type=int, default=HOUSEHOLDS)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long workers read; 0: not at all")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--only", choices=("claims", "firm"), help=argparse.SUPPRESS)
    parser.add_argument("--work", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work is not None:
        _work(asked.work)
        return 0
    with _written(asked.json) as figures:
        if asked.only == "claims":
            with a_database():
                figures.update(claims_of(WAITING))
            return 0
        if asked.only == "firm":
            with a_database():
                figures.update(firm_of(asked.households, workers=asked.workers, seconds=asked.seconds))
            return 0
        figures["claims"] = _apart("--only", "claims")
        figures["firms"] = [
            _apart(
                "--only",
                "firm",
                "--households",
                str(size),
                "--workers",
                str(asked.workers),
                "--seconds",
                str(seconds),
            )
            for size, seconds in ((asked.households // 4, 0.0), (asked.households, asked.seconds))
        ]
        figures["exponent"] = exponent(figures["firms"])
        print(report(figures), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
