"""``./evenkeel bench imports [--accounts 825] [--workers 2] [--json FILE] [--profile]``: what a morning's files cost.

Bundles of three days are made up for so many accounts, at most ``--a-file`` accounts a file: 52 lots, 26 positions, 19
movements and cash an account, about a hundred rows. On the second day every price is another, one lot in a hundred was sold,
restated or bought without a word, and a tenth of the accounts had a movement: such a file waits for a person, who confirms it.
On the third day as much changes and movements explain it: such a file is clean and loads itself, as the drop folder does it.
Measured are processor seconds of this process with its reader, and of PostgreSQL's; queries; memory. With ``--workers``
above one, so many processes take the third day's files out of a drop folder together.

Each figure is a ratio to its limit, and to the simple way measured in the same run: pandas reads the same tables, and COPY
puts them into tables without any rule.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import multiprocessing
import os
import pstats
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.bench.proposal import a_database
from tests.factories.mornings import DAYS, FIRST, SECOND, THIRD, bundle, tables

ACCOUNTS = 825
ACCOUNTS_A_FILE = 825
CPU_SECONDS_MAX = 5.0
"""Of processors, for a later day's bundle of 825 accounts; others in proportion."""
WALL_SECONDS_MAX = 60.0
"""For 10,000 accounts; others in proportion."""
MEMORY_GROWTH_MAX = 1.25
"""What the peak of memory after all files may be, against the peak after the first one."""


def households(count: int) -> None:
    """Households with a person and a return each, written straight: who is a client is not what is measured."""
    from clients.models import Household, Person, TaxUnit

    made = Household.objects.bulk_create(
        Household(code=f"bench{number}", name=f"Bench {number}", opened_on=date(2020, 1, 2))
        for number in range(count)
    )
    people = Person.objects.bulk_create(
        Person(household=one, given_name="Mia", family_name="Bench") for one in made
    )
    units = TaxUnit.objects.bulk_create(
        TaxUnit(household=one, code="mia", name="Mia Bench", filing_status="single", state="CO")
        for one in made
    )
    through = TaxUnit.members.through
    through.objects.bulk_create(
        through(taxunit=unit, person=person) for unit, person in zip(units, people, strict=True)
    )


class Meter:
    """Processor seconds of this process with its children, and of the server's process; queries."""

    def __init__(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (self._backend,) = cursor.fetchone()
        try:
            said = Path(f"/proc/{self._backend}/stat").read_text("ascii").rpartition(")")[2].split()
            self._postmaster = int(said[1])
        except OSError:
            self._postmaster = 0
        self.queries = 0
        self.stages: dict[str, dict[str, float]] = {}

    def __call__(self, execute: Callable[..., Any], *rest: Any) -> Any:
        self.queries += 1
        return execute(*rest)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        from django.db import connection

        wall, own, server, asked = time.monotonic(), _cpu(), self._server(), self.queries
        with connection.execute_wrapper(self):
            yield
        told = {
            "wall": time.monotonic() - wall,
            "cpu": _cpu() - own,
            "server_cpu": self._server() - server,
            "queries": self.queries - asked,
        }
        kept = self.stages.setdefault(name, dict.fromkeys(told, 0.0))
        for key, value in told.items():
            kept[key] += value

    def _server(self) -> float:
        """The backend's processor seconds; zero where the server is on another machine."""
        return sum(self._spent(self._backend)[:2])

    def of_all_backends(self) -> float:
        """Those of the server's process and of all its backends that have ended."""
        return sum(self._spent(self._postmaster))

    @staticmethod
    def _spent(process: int) -> list[float]:
        """User and system seconds of a process, and those of its children that have ended."""
        try:
            said = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return [0.0] * 4
        return [int(one) / os.sysconf("SC_CLK_TCK") for one in said[11:15]]


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def hand_in(content: bytes, *, name: str, day: date, meter: Meter, profile: cProfile.Profile | None) -> None:
    """Receive and load one file, as the drop folder does; where it waits for a person, one confirms it."""
    from datetime import datetime
    from datetime import time as clock

    from clients.imports import clean_files, custodian_files
    from compliance.clock import EASTERN
    from compliance.people.actors import Actor

    at = datetime.combine(day + timedelta(days=1), clock(7), EASTERN)
    by = Actor.system("bench")
    if profile:
        profile.enable()
    with meter.stage(f"{day} receive"):
        found = custodian_files.receive(
            content,
            name=name,
            channel="folder",
            user_id=None,
            by=by,
            at=at,
            at_once=clean_files.loads_itself(at=at),
        )
    file = found.file
    if file.state == file.State.PREVIEWED:
        assert day != THIRD, f"{file.preview['questions'][:3]} {file.preview['warnings'][:3]}"
        confirm = file.preview.get("confirm", "")
        with meter.stage(f"{day} load"):
            file = custodian_files.load(
                file, parsed=found.parsed, confirmed=confirm, user_id=None, by=by, at=at
            )
    if profile:
        profile.disable()
    assert not file.faults, file.faults[:3]
    assert file.state == file.State.LOADED


def the_simple_way(contents: list[bytes]) -> float:
    """Processor seconds, of both sides, in which pandas reads the tables and COPY writes them."""
    import pandas  # type: ignore[import-untyped]
    from django.db import connection, transaction

    meter = Meter()
    with meter.stage("simple"), transaction.atomic():
        for content in contents:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    frame = pandas.read_csv(archive.open(name), dtype=str)
                    table = f"simple_{name.removesuffix('.csv')}"
                    captions = ", ".join(f'"{one}" text' for one in frame.columns)
                    with connection.cursor() as cursor:
                        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} ({captions})")
                        with cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
                            copy.write(frame.to_csv(index=False, header=False))
        transaction.set_rollback(True)
    return meter.stages["simple"]["cpu"] + meter.stages["simple"]["server_cpu"]


def measure(accounts: int, a_file: int, workers: int, profile: cProfile.Profile | None) -> dict[str, Any]:
    from django.db import connection

    from compliance.firm import price_figures
    from tests.factories import firm_settings

    firm_settings.decided(price_figures.CONFIRMED_BY_THEMSELVES, ("house",))
    households(accounts // 3 + 1)
    meter, rows, peaks = Meter(), dict.fromkeys(DAYS, 0), []
    together: dict[str, float] = {}
    for day in DAYS:
        waiting: dict[str, bytes] = {}
        for start in range(0, accounts, a_file):
            made = tables(range(start, min(start + a_file, accounts)), day)
            rows[day] += sum(map(len, made.values()))
            content = bundle(made)
            del made
            name = f"{day}-{start}.zip"
            if day == THIRD and workers > 1:
                waiting[name] = content
                continue
            hand_in(content, name=name, day=day, meter=meter, profile=None if day == FIRST else profile)
            peaks.append(_peak_mb())
        if waiting:
            together = by_workers(workers, waiting, meter)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    simple = the_simple_way([content]) * rows[THIRD] / sum(map(len, tables_of(content)))
    stages = meter.stages
    days = {str(day): _sum(one for name, one in stages.items() if name.startswith(str(day))) for day in DAYS}
    if together:
        days[str(THIRD)] = together
    cpu_max, wall_max = CPU_SECONDS_MAX * accounts / ACCOUNTS, WALL_SECONDS_MAX * accounts / 10_000
    later = {"with a person": days[str(SECOND)], "by itself": days[str(THIRD)]}
    return {
        "accounts": accounts,
        "files_a_day": len(range(0, accounts, a_file)),
        "workers": workers,
        "rows": {str(day): count for day, count in rows.items()},
        "stages": stages,
        "days": days,
        "simple_cpu": simple,
        "peaks_mb": peaks,
        "ratios": {
            **{f"cpu to the limit, {how}": _both(one) / cpu_max for how, one in later.items()},
            **{f"wall to the limit, {how}": one["wall"] / wall_max for how, one in later.items()},
            **{f"cpu to the simple way, {how}": _both(one) / simple for how, one in later.items() if simple},
            "memory, last file to first": max(peaks) / peaks[0],
        },
    }


def tables_of(content: bytes) -> list[list[bytes]]:
    """The lines of each table of a bundle, without its header."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name).splitlines()[1:] for name in archive.namelist()]


def _sum(stages: Iterable[dict[str, float]]) -> dict[str, float]:
    found = dict.fromkeys(("wall", "cpu", "server_cpu"), 0.0)
    for one in stages:
        for key in found:
            found[key] += one[key]
    return found


def _both(one: dict[str, float]) -> float:
    return one["cpu"] + one["server_cpu"]


def by_workers(count: int, files: dict[str, bytes], meter: Meter) -> dict[str, float]:
    """So many processes take these files out of a drop folder, as the product's workers do; what that took."""
    from django.db import connections

    from clients.models import CustodianFile

    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        connections.close_all()
        time.sleep(1)  # Until the server has noted what the backends so far have spent.
        server_began, cpu_began, began = meter.of_all_backends(), _cpu(), time.monotonic()
        workers = [
            multiprocessing.get_context("fork").Process(target=_work, args=(folder,)) for _ in range(count)
        ]
        for one in workers:
            one.start()
        for one in workers:
            one.join()
        wall, cpu = time.monotonic() - began, _cpu() - cpu_began
        time.sleep(1)
        server = meter.of_all_backends() - server_began
        assert [one.exitcode for one in workers] == [0] * count
    states = CustodianFile.objects.filter(name__in=files).values_list("state", flat=True)
    assert list(states) == ["loaded"] * len(files), states
    return {"wall": wall, "cpu": cpu, "server_cpu": server}


def _work(folder: str) -> None:
    from datetime import UTC, datetime

    from clients.imports import drop_folder
    from compliance.people.actors import Actor

    # In a minute: the files were not written just now, and nobody's claim is old enough to be taken over.
    while drop_folder.receive_all(
        Path(folder), by=Actor.system("bench"), at=datetime.now(UTC) + timedelta(minutes=1)
    ):
        pass


def report(found: dict[str, Any]) -> str:
    days = found["days"]
    rows = found["rows"]
    lines = [f"{found['accounts']:,} accounts in {found['files_a_day']} files a day"]
    for day, how in ((SECOND, "confirmed by a person"), (THIRD, f"by {found['workers']} at the drop folder")):
        one = days[str(day)]
        lines.append(
            f"{rows[str(day)]:,} rows {how}: {one['cpu']:.2f} CPU s here, {one['server_cpu']:.2f} in PostgreSQL,"
            f" {one['wall']:.2f} s"
        )
    lines += ["", f"{'Stage':<22} {'wall s':>8} {'CPU s':>8} {'server':>8} {'queries':>8}"]
    lines += [
        f"{name:<22} {one['wall']:>8.2f} {one['cpu']:>8.2f} {one['server_cpu']:>8.2f} {one['queries']:>8.0f}"
        for name, one in found["stages"].items()
    ]
    lines += [
        "",
        f"the simple way: {found['simple_cpu']:.2f} CPU s; memory at most {max(found['peaks_mb']):.0f} MB",
    ]
    lines += [f"{name:<36} {ratio:>8.2f}" for name, ratio in found["ratios"].items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench imports", description=__doc__)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--a-file", type=int, default=ACCOUNTS_A_FILE, help="the most accounts of a file")
    parser.add_argument("--workers", type=int, default=1, help="who take the third day's files in together")
    parser.add_argument("--small", action="store_true", help="80 accounts in two files")
    parser.add_argument("--profile", action="store_true", help="what the later days spend their time on")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    asked = parser.parse_args()
    accounts, a_file = (80, 40) if asked.small else (asked.accounts, asked.a_file)
    profile = cProfile.Profile() if asked.profile else None
    with a_database():
        found = measure(accounts, a_file, asked.workers, profile)
    print(report(found), end="")
    if profile is not None:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    ratios = found["ratios"]
    within = all(ratio <= 1 for name, ratio in ratios.items() if name.startswith("cpu to the limit"))
    kept = within and ratios["memory, last file to first"] <= MEMORY_GROWTH_MAX
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
