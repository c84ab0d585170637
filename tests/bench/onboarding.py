"""``./evenkeel bench onboarding [--households 300] [--json FILE]``: a firm from its workbook to its first scan.

People, ten years of prices and published models are there. Then what the firm does is timed, on the wall clock and in CPU
time of this process and its children: the preview of a workbook with so many households, the load, the reviewers' adoption
of every policy, the custodians' files with their holdings, and the first scan of all of them with its proposals. The target
is ten minutes of machine time for 300 households; the ratio to it is printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench.proposal import a_database

SECONDS_MAX = 600.0
HOUSEHOLDS = 300
SEED = 7


class Timed:
    """Seconds by stage: on the wall clock, and of processors."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[float, float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        wall, cpu = time.monotonic(), _cpu()
        yield
        self.stages[name] = (time.monotonic() - wall, _cpu() - cpu)
        print(f"{name}: {self.stages[name][0]:.1f} s", file=sys.stderr)

    @property
    def wall(self) -> float:
        return sum(wall for wall, _ in self.stages.values())


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def measure(count: int) -> dict[str, Any]:
    """Everything that a firm of this size does on its first day, and what came of it."""
    from advisory.showroom.demo import families, files, firm, markets, models, people
    from clients.models import Household, Policy
    from clients.workbooks import bulk_adoption, workbooks
    from compliance.people.actors import Actor
    from rebalancing import market_days
    from rebalancing.models import ScanRun
    from rebalancing.scans import readings, scans
    from tests.clock import LAST_FRIDAY, SUNDAY_NOON
    from tests.factories import firm_workbook
    from tests.factories import workbooks as made

    at, timed = SUNDAY_NOON, Timed()
    users = people.join(at=at)
    models.name_classes(decider=users["cora"], at=at)
    market = markets.draw(seed=SEED, as_of=LAST_FRIDAY)
    files.hand_in(files.market(market), user=users["alma"], at=at)
    models.publish(drafter=users["ada"], approver=users["rhea"], effective_on=market.sessions[-200], at=at)
    drawn = tuple(map(firm_workbook.housed, families.draw(seed=SEED, count=count, as_of=LAST_FRIDAY)))
    content = made.xlsx(firm_workbook.rows_of(drawn, year=market_days.trade_day(at).year, as_of=LAST_FRIDAY))
    written = files.write(firm.fill(drawn, market, seed=SEED), market)
    trader = users["theo"]
    by = Actor.person(trader)

    with timed.stage("preview of the workbook"):
        workbook = workbooks.receive(
            content, name="firm.xlsx", channel="command", user_id=trader.pk, by=by, at=at
        ).workbook
    assert not workbook.faults, workbook.faults[:3]
    with timed.stage("load of the workbook"):
        workbooks.confirm(workbook, seen=workbook.digest, user_id=trader.pk, by=by, at=at)
        workbooks.advance(workbook, by=by, at=at)
    with timed.stage("adoption of the policies"):
        for short in ("rhea", "rufus"):
            drafts = Policy.objects.filter(household__book_entries__user=users[short], state="review")
            while left := bulk_adoption.waiting(drafts):
                seen = bulk_adoption.digest_of(left)
                bulk_adoption.adopt(
                    drafts, seen=seen, by=Actor.person(users[short]), at=at + timedelta(minutes=1)
                )
    with timed.stage(f"{len(written)} files of holdings"):
        for one in written:
            files.hand_in(one, user=trader, at=at)
    with timed.stage("first scan with its proposals"):
        run = scans.start(
            scan=ScanRun.Scan.DAILY, market_on=LAST_FRIDAY, code_version="bench", user_id=None,
            by=Actor.system("bench"), at=at,
        )  # fmt: skip
        scans.work(worker="bench", now=lambda: at, do=readings.reader_for_turn(), households_max=count * 2, until=at + timedelta(days=1))  # fmt: skip
        scans.complete_finished(at=at)
    run.refresh_from_db()
    return {
        "households": Household.objects.count(),
        "workbook_bytes": len(content),
        "adopted": Policy.objects.filter(state="adopted").count(),
        "results": dict(Counter(workbook.households.values_list("result", "state"))),
        "outcomes": dict(Counter(run.items.values_list("state", flat=True))),
        "stages": timed.stages,
        "seconds": timed.wall,
        "limit": SECONDS_MAX,
        "ratio": timed.wall / SECONDS_MAX,
    }


def report(figures: dict[str, Any]) -> str:
    """The figures as text: the target first, then the stages."""
    seconds, limit = figures["seconds"], figures["limit"]
    lines = [
        f"{figures['households']} households from workbook to first scan: {seconds:.0f} s of {limit:.0f} s allowed, "
        f"ratio {figures['ratio']:.2f}: {'met' if seconds <= limit else 'missed'}",
        "",
        f"{'Stage':<34} {'seconds':>8} {'CPU s':>8}",
    ]
    lines += [f"{name:<34} {wall:>8.1f} {cpu:>8.1f}" for name, (wall, cpu) in figures["stages"].items()]
    lines += ["", f"Policies adopted: {figures['adopted']}. The scan's items: {figures['outcomes']}."]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench onboarding", description=__doc__)
    parser.add_argument("--households", type=int, default=HOUSEHOLDS)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    asked = parser.parse_args()
    with a_database():
        figures = measure(asked.households)
    print(report(figures), end="")
    if asked.json is not None:
        shown = {**figures, "results": {" ".join(key): count for key, count in figures["results"].items()}}
        asked.json.write_text(json.dumps(shown, indent=2) + "\n", "utf-8")
    return 0 if figures["ratio"] <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
