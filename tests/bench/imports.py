"""``./evenkeel bench imports [--accounts 825] [--json FILE] [--profile]``: what a morning's files cost to take in.

Bundles of two days are made up for so many accounts, at most ``--a-file`` accounts a file: 52 lots, 26 positions, 19
movements and cash an account, about a hundred rows. On the second day every price is another, one lot in a hundred was sold,
restated or bought, and a tenth of the accounts had a movement. Each file is received (read, previewed) and loaded as the
drop folder does. Measured are processor seconds of this process with its reader, and of PostgreSQL's; queries; memory.

Each figure is a ratio to its limit, and to the simple way measured in the same run: pandas reads the same tables, and COPY
puts them into tables without any rule.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import os
import pstats
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.bench.proposal import a_database

ACCOUNTS = 825
ACCOUNTS_A_FILE = 825
LOTS, SYMBOLS, MOVEMENTS = 52, 26, 17
SECURITIES = 120
FIRST, SECOND = date(2026, 11, 19), date(2026, 11, 20)
CPU_SECONDS_MAX = 5.0
"""Of processors, for the second day's bundle of 825 accounts; others in proportion."""
WALL_SECONDS_MAX = 60.0
"""For 10,000 accounts; others in proportion."""
MEMORY_GROWTH_MAX = 1.25
"""What the peak of memory after all files may be, against the peak after the first one."""

COLUMNS = {
    "securities": "symbol,name,kind,asset_class_weights,half_spread_bps,volume_daily_average,fractional,expense_ratio",
    "prices": "symbol,on,price,source",
    "accounts": "number,label,household,owner,registration,custodian,discretion,agreement_on,margin,lot_method",
    "positions": "account,as_of,symbol,quantity,price,value,reinvest",
    "lots": "account,as_of,symbol,lot_id,acquired_on,quantity,basis_total,basis_status",
    "cash": "account,as_of,kind,amount",
    "transactions": "account,kind,trade_on,transaction_id,symbol,quantity,price,amount",
}


def _symbol(number: int) -> str:
    return f"ZQ{number:03d}"


def _price(number: int, day: date) -> int:
    """In cents."""
    return 5_000 + number * 137 + (0 if day == FIRST else 25 + number % 7)


def tables(numbers: range, day: date) -> dict[str, list[str]]:
    """The rows of one day's bundle of these accounts, by table."""
    found: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for one in range(SECURITIES):
        found["securities"].append(f"{_symbol(one)},Invented {one} ETF,etf,us_stock:1,1,5000000,no,0.0003")
        found["prices"].append(f"{_symbol(one)},{day},{_price(one, day) / 100:.2f},generated")
    for number in numbers:
        _account(found, number, day)
    return found


def _account(found: dict[str, list[str]], number: int, day: date) -> None:
    key, is_second = f"3{number:07d}", day == SECOND
    found["accounts"].append(
        f"{key},Taxable,bench{number // 3},Mia Bench,individual,house,full,2020-01-02,no,fifo"
    )
    shares: dict[int, int] = {}
    for place in range(LOTS + 1):
        security = (number * 7 + place % SYMBOLS) % SECURITIES
        fate = (number * LOTS + place) % 300 if is_second else -1
        if place == LOTS and fate % 100 >= 52:
            continue  # The lot bought on the second day, in about half of the accounts.
        if place == LOTS and not is_second:
            continue
        if fate == 7:
            continue  # Sold.
        quantity = 10 + place % 5 - (1 if fate == 11 else 0)
        bought = day if place == LOTS else date(2019, 1, 2) + timedelta(days=place * 40 + number % 30)
        basis = quantity * 4_000 + place * 100 + (50 if fate == 13 else 0)
        shares[security] = shares.get(security, 0) + quantity
        found["lots"].append(
            f"{key},{day},{_symbol(security)},L{number}-{place},{bought},{quantity},{basis / 100:.2f},covered"
        )
    for security, held in shares.items():
        price = _price(security, day)
        found["positions"].append(
            f"{key},{day},{_symbol(security)},{held},{price / 100:.2f},{held * price / 100:.2f},no"
        )
    moved = is_second and number % 10 == 0
    found["cash"].append(f"{key},{day},settled,{10_000 + number % 977 + (250 if moved else 0)}.00")
    for place in range(MOVEMENTS + (2 if moved else 0)):
        traded = FIRST - timedelta(days=place) if place < MOVEMENTS else day
        security = (number * 7 + place) % SECURITIES
        found["transactions"].append(
            f"{key},dividend,{traded},T{number}-{place},{_symbol(security)},,,{place + 1}.25"
        )


def bundle(rows: dict[str, list[str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, caption in COLUMNS.items():
            archive.writestr(f"{name}.csv", "\n".join([caption, *rows[name], ""]))
    return out.getvalue()


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
        try:
            said = Path(f"/proc/{self._backend}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


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
        print(
            name,
            clean_files.reasons_to_look(file),
            file.preview["warnings"][:3],
            file.preview["questions"][:3],
        )
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


def measure(accounts: int, a_file: int, profile: cProfile.Profile | None) -> dict[str, Any]:
    from django.db import connection

    from compliance.firm import price_figures
    from tests.factories import firm_settings

    firm_settings.decided(price_figures.CONFIRMED_BY_THEMSELVES, ("house",))
    households(accounts // 3 + 1)
    meter, rows, peaks = Meter(), {FIRST: 0, SECOND: 0}, []
    second: list[bytes] = []
    for day in (FIRST, SECOND):
        for start in range(0, accounts, a_file):
            made = tables(range(start, min(start + a_file, accounts)), day)
            rows[day] += sum(map(len, made.values()))
            content = bundle(made)
            del made
            name = f"{day}-{start}.zip"
            if day == SECOND and not second:
                second.append(content)
            hand_in(content, name=name, day=day, meter=meter, profile=profile if day == SECOND else None)
            peaks.append(_peak_mb())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    share = min(a_file, accounts) / accounts
    simple = the_simple_way(second) / share
    stages = meter.stages
    mine = [one for name, one in stages.items() if name.startswith(str(SECOND))]
    cpu, server = sum(one["cpu"] for one in mine), sum(one["server_cpu"] for one in mine)
    wall = sum(one["wall"] for one in mine)
    cpu_max, wall_max = CPU_SECONDS_MAX * accounts / ACCOUNTS, WALL_SECONDS_MAX * accounts / 10_000
    return {
        "accounts": accounts,
        "files_a_day": len(range(0, accounts, a_file)),
        "rows": {str(day): count for day, count in rows.items()},
        "stages": stages,
        "second_day": {"cpu": cpu, "server_cpu": server, "wall": wall},
        "simple_cpu": simple,
        "peaks_mb": peaks,
        "ratios": {
            "cpu to the limit": (cpu + server) / cpu_max,
            "wall to the limit": wall / wall_max,
            "cpu to the simple way": (cpu + server) / simple if simple else 0.0,
            "memory, last file to first": max(peaks) / peaks[0],
        },
    }


def report(found: dict[str, Any]) -> str:
    second, ratios = found["second_day"], found["ratios"]
    lines = [
        f"{found['accounts']:,} accounts, {found['rows'][str(SECOND)]:,} rows on the second day in {found['files_a_day']} files",
        f"second day: {second['cpu']:.2f} CPU s here, {second['server_cpu']:.2f} in PostgreSQL, {second['wall']:.2f} s",
        "",
        f"{'Stage':<22} {'wall s':>8} {'CPU s':>8} {'server':>8} {'queries':>8}",
    ]
    lines += [
        f"{name:<22} {one['wall']:>8.2f} {one['cpu']:>8.2f} {one['server_cpu']:>8.2f} {one['queries']:>8.0f}"
        for name, one in found["stages"].items()
    ]
    lines += [
        "",
        f"the simple way: {found['simple_cpu']:.2f} CPU s; memory at most {max(found['peaks_mb']):.0f} MB",
    ]
    lines += [f"{name:<28} {ratio:>8.2f}" for name, ratio in ratios.items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench imports", description=__doc__)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--a-file", type=int, default=ACCOUNTS_A_FILE, help="the most accounts of a file")
    parser.add_argument("--small", action="store_true", help="80 accounts in two files")
    parser.add_argument("--profile", action="store_true", help="what the second day spends its time on")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    asked = parser.parse_args()
    accounts, a_file = (80, 40) if asked.small else (asked.accounts, asked.a_file)
    profile = cProfile.Profile() if asked.profile else None
    with a_database():
        found = measure(accounts, a_file, profile)
    print(report(found), end="")
    if profile is not None:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    kept = (ratios := found["ratios"])["cpu to the limit"] <= 1 and ratios[
        "memory, last file to first"
    ] <= MEMORY_GROWTH_MAX
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
