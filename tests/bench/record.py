"""``./evenkeel bench record [--small]``: what the record of 1,000 households over 250 market days costs to ask.

The readings are written by the database itself on a database of their own. Each question is asked five times as its page
asks it, rows, count and chips; the least wall time is compared with one look-up of a household by its key, measured in
between, and each ratio is held to a limit.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.bench.proposal import a_database

RUNS = 5
RATIO_MAX = 4000.0
"""Look-ups by key that one question may cost: about a second where a look-up takes a quarter of a millisecond."""

RUNS_SQL = """
INSERT INTO rebalancing_scanrun (public_id, scan, market_on, sequence, state, started_at, finished_at, heartbeat_at, code_version, households, tally)
SELECT 'sc_' || day, 'daily', DATE '2025-12-01' + day, 0, 'running', now(), now(), now(), 'bench', %(households)s, '{}'
FROM generate_series(1, %(days)s) AS day
"""
HOUSEHOLDS_SQL = """
INSERT INTO clients_household (public_id, code, name, opened_on)
SELECT 'hh_' || number, 'bench' || number, 'Household ' || number, DATE '2020-01-02'
FROM generate_series(1, %(households)s) AS number
"""
READINGS_SQL = """
INSERT INTO rebalancing_reading (public_id, run_id, household_id, outcome, reason, value, worst_drift, worst_class,
    outside_value, measures, account_weights, triggers, holds, looked, input_digest, prices_as_of_on, read_at)
SELECT 're_' || run.id || '_' || household.id, run.id, household.id,
    (ARRAY['in_band','in_band','in_band','in_band','in_band','in_band','not_due','pending','held','proposed'])[1 + (run.id + household.id) %% 10],
    'As it was found.', 1000000, 0.02, 'Bonds', CASE WHEN (run.id + household.id) %% 10 >= 8 THEN 5000 ELSE 0 END,
    '[{"account": null, "asset_class": "cash", "name": "Cash", "value": "20000.00", "weight": "0.020000", "target": "0.020000", "lower": "0", "upper": "0.05", "drift": "0", "is_breached": false, "in_policy": true}]',
    '[]',
    CASE WHEN (run.id + household.id) %% 10 >= 8 THEN '[{"code": "out_of_band", "sentence": "Out."}]'::jsonb ELSE '[]' END,
    CASE WHEN (run.id + household.id) %% 10 = 8 THEN '[{"code": "hold_legal", "sentence": "Held."}]'::jsonb ELSE '[]' END,
    '{}', '', run.market_on, now()
FROM rebalancing_scanrun AS run CROSS JOIN clients_household AS household
"""


def fill(households: int, days: int) -> None:
    """The record, and statistics about it for the planner."""
    from django.db import connection

    with connection.cursor() as cursor:
        given = {"households": households, "days": days}
        for statement in (RUNS_SQL, HOUSEHOLDS_SQL, READINGS_SQL):
            cursor.execute(statement, given)
        cursor.execute("ANALYZE")


def least_ms(ask: Callable[[], Any]) -> float:
    found = []
    for _ in range(RUNS):
        start = time.perf_counter()
        ask()
        found.append((time.perf_counter() - start) * 1000)
    return min(found)


def measure(*, small: bool) -> dict[str, Any]:
    """All figures; ``small`` takes a tenth of the households."""
    from clients.models import Household
    from compliance.lists.asked import Asked
    from rebalancing.models import Reading
    from rebalancing.pages.lists import record
    from rebalancing.pages.timeline import timeline
    from tests import cast
    from tests.clock import SUNDAY_NOON

    fill(100 if small else 1000, 250)
    person, one = cast.cora(), Household.objects.order_by("pk")[0]
    questions = {
        "newest page": {},
        "one household": {"household": one.public_id},
        "a month": {"since": "2026-03-01", "until": "2026-03-31"},
        "an outcome": {"outcome": "held"},
        "a trigger": {"trigger": "out_of_band"},
        "a hold in a month": {"hold": "hold_legal", "since": "2026-03-01", "until": "2026-03-31"},
    }
    lookup = least_ms(lambda: Household.objects.get(pk=one.pk))
    found = {
        name: least_ms(lambda asked=asked: record.show(person, Asked.of(record.KIND, asked)))
        for name, asked in questions.items()
    }
    found["timeline of a quarter"] = least_ms(
        lambda: timeline.show(
            person, one, first_on=date(2026, 3, 1), last_on=date(2026, 5, 31), at=SUNDAY_NOON
        )
    )
    return {
        "readings": Reading.objects.count(),
        "lookup_ms": lookup,
        "questions": {name: {"ms": ms, "ratio": ms / lookup} for name, ms in found.items()},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    asked = parser.parse_args()
    with a_database():
        found = measure(small=asked.small)
    print(f"{found['readings']:,} readings; one look-up takes {found['lookup_ms']:.2f} ms")
    for name, one in found["questions"].items():
        print(f"{name:<24} {one['ms']:>8.1f} ms {one['ratio']:>8.0f} look-ups")
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2)
    worst = max(one["ratio"] for one in found["questions"].values())
    return 0 if worst <= RATIO_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
