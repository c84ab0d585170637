"""`./evenkeel bench firm [--households 20000]`: a whole synthetic firm, written by the database itself, and how long that takes.

Other benches have it written first:

    with a_database():
        made = firm.fill(20_000)

One household of each model is made through the product's own verbs; its rows are copied for all others, whatever columns
they have, and the holdings are drawn by the database. Every household has a taxable account, a traditional and a Roth IRA
with twenty positions each, in eight classes and two kinds of mixed funds, and has drifted between stocks and bonds: inside its
bands, or past them. Its number decides in which situation it is (`synthetic.market`), so that a bench knows what the product
has to find.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.bench.synthetic import copies, holdings, market, setting_up, sql
from tests.bench.synthetic.market import FLAGGED, OTHERS
from tests.clock import LAST_FRIDAY, SUNDAY_NOON


@dataclass(slots=True)
class Firm:
    """What was written: rows by table, seconds by step, and how many households are in each situation."""

    households: int
    situations: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def fill(
    households: int,
    *,
    seed: int = 7,
    flagged: float = 1 / 3,
    others: bool = True,
    readings: bool = True,
    proposals: int = 0,
) -> Firm:
    """Write the firm, and statistics about it for the planner.

    `flagged` of the households are outside their bands; `others` adds a few of each of OTHERS. `readings` are those of the
    day before the last market day, from a run that is finished; `proposals` of the flagged households are read by the
    product itself, in a run of their own.
    """
    if households < len(market.MODELS):
        raise ValueError(f"A firm has at least {len(market.MODELS)} households, one of each model.")
    made = Firm(households)
    with made.step("people, securities and models"):
        made.people = setting_up.joined(households)
        setting_up.securities()
        versions = setting_up.models(made.people["rui"])
    with made.step("one household of each model"):
        templates = [
            setting_up.template(number, model, versions[model.code], made.people["rui"])
            for number, model in enumerate(market.MODELS, 1)
        ]
    with made.step("drawing"):
        holdings.draw(households, templates, seed=seed, flagged=flagged, others=OTHERS if others else ())
    with made.step("households"):
        copies.households(made.people)
    with made.step("accounts"):
        copies.accounts()
    with made.step("policies"):
        copies.policies()
    with made.step("positions and lots"):
        holdings.write()
    with made.step("cash, holds and flows"):
        holdings.surroundings()
    if readings:
        with made.step("readings of the day before"):
            holdings.readings()
    with made.step("analyze"):
        _settled()
    made.situations = holdings.situations()
    made.rows = _counts()
    if proposals:
        with made.step("proposals"):
            propose(proposals)
    return made


def propose(count: int) -> Counter[str]:
    """Let the product read so many flagged households and propose, in a requested run; what came of them."""
    from compliance.people.actors import Actor
    from rebalancing.models import ScanRun
    from rebalancing.scans import claims, readings, scans

    by = Actor.system("bench")
    run = scans.start(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        code_version="bench",
        user_id=None,
        by=by,
        at=SUNDAY_NOON,
    )
    wanted = holdings.numbers(FLAGGED, count)
    run.items.exclude(household__in=wanted).delete()
    read, outcomes = readings.reader_for_turn(), Counter[str]()
    for mine in claims.take(worker="bench", at=SUNDAY_NOON, run=run, at_most=count):
        done = read(mine, SUNDAY_NOON)
        outcomes[done.outcome if done else "refused"] += 1
    return outcomes


def _settled() -> None:
    """Keys go on after ours, and the planner knows the tables."""
    from django.apps import apps

    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table.startswith(("clients_", "rebalancing_")) and model._meta.pk.column == "id":
            sql.run(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest(1, (SELECT coalesce(max(id), 0) FROM {table})))"
            )
    sql.run("ANALYZE")


def _counts(
    tables: Iterable[str] = (
        "household",
        "account",
        "position",
        "taxlot",
        "policy",
        "policytarget",
        "security",
    ),
) -> dict[str, int]:
    return {table: sql.run(f"SELECT count(*) FROM clients_{table}")[0][0] for table in tables}


def main() -> int:
    from tests.bench.proposal import a_database

    parser = argparse.ArgumentParser(prog="./evenkeel bench firm", description=__doc__)
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--json", metavar="FILE")
    asked = parser.parse_args()
    with a_database():
        made = fill(asked.households)
    for name, seconds in made.seconds.items():
        print(f"{name:<32} {seconds:>8.1f} s")
    print(f"{'together':<32} {sum(made.seconds.values()):>8.1f} s")
    print(", ".join(f"{count:,} of {table}" for table, count in made.rows.items()))
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump(
                {"rows": made.rows, "seconds": made.seconds, "situations": made.situations}, file, indent=2
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
