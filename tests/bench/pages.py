"""``./evenkeel bench pages [--households 1000] [--runs 5] [--json FILE]``: what every page costs at a firm's size.

A made-up firm is written to a database of its own. For each role the person with the most to see signs in; then every
list, every home and the pages of households and proposals are opened through Django, as the server does: queries, and
milliseconds of this process and on the wall clock, median and the slowest of twenty. Ratios are to one look-up of a
household by its key, measured in between. Printed worst first, misses marked.

``--shown`` measures only pages whose line holds a text, ``--profile`` prints where the time of those goes.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import math
import pstats
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench.proposal import a_database

HOUSEHOLDS = 1000
LOOKUPS = 40
SAMPLE = 20
"""How many households and proposals are opened, one after another."""
QUERIES_MAX = 25
PAGE_MS_MAX = 100.0
LARGE = 5000
LIST_MS_MAX, LIST_MS_MAX_LARGE = 150.0, 300.0
LIST, PAGE, OTHER = "list", "page", "other"
PROPOSALS = 40
NOT_MEASURED = frozenset({"/readyz", "/healthz", "/metrics"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One page to measure: whose it is and its addresses, which are opened in turn."""

    kind: str
    role: str
    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a page costs. Milliseconds of this process (`cpu`) and on the wall clock."""

    kind: str
    role: str
    name: str
    queries: int
    cpu_p50: float
    cpu_p95: float
    wall_p50: float
    wall_p95: float
    lookups: float
    kilobytes: float
    ms_max: float | None
    queries_max: int | None

    @property
    def is_missed(self) -> bool:
        return bool(
            (self.ms_max is not None and self.cpu_p95 > self.ms_max)
            or (self.queries_max is not None and self.queries > self.queries_max)
        )

    @property
    def badness(self) -> float:
        over_time = self.cpu_p95 / self.ms_max if self.ms_max else self.cpu_p95 / 1000
        over_count = self.queries / self.queries_max if self.queries_max else 0.0
        return max(over_time, over_count)


class Counter:
    """As a wrapper of the connection: how many queries were sent."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, execute: Callable[..., Any], *rest: Any) -> Any:
        self.sent += 1
        return execute(*rest)


def percentile(found: Sequence[float], share: float) -> float:
    ordered = sorted(found)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def a_lookup_ms() -> float:
    """CPU milliseconds of one household by its key: the yardstick of this machine at this moment."""
    from clients.models import Household

    key = Household.objects.values_list("pk", flat=True)[0]
    start = time.process_time()
    for _ in range(LOOKUPS):
        Household.objects.get(pk=key)
    return (time.process_time() - start) * 1000 / LOOKUPS


def people() -> dict[str, Any]:
    """For each role an active person who holds it alone and has the largest book; else whoever holds it."""
    from django.contrib.auth import get_user_model
    from django.db.models import Count

    from compliance.people.roles import GRANTED_ROLES

    found = {}
    users = get_user_model()._default_manager.filter(is_active=True, role_grants__revoked_at=None)
    for role in GRANTED_ROLES:
        holding = users.filter(role_grants__role=role).annotate(book=Count("book_entries", distinct=True))
        ranked = sorted(holding, key=lambda one: (len(one.role_names), -one.book, one.pk))
        if ranked:
            found[str(role)] = ranked[0]
    return found


def _addresses() -> Iterator[tuple[str, str]]:
    """Every address that needs no more than itself, by the name of its route."""
    from django.urls import get_resolver

    def walk(patterns: Any, prefix: str, space: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            route = f"{prefix}{one.pattern}"
            if hasattr(one, "url_patterns"):
                inner = f"{space}{one.namespace}:" if one.namespace else space
                yield from walk(one.url_patterns, route, inner)
            elif one.name and not any(sign in route for sign in "<(["):
                yield f"{space}{one.name}", "/" + route.lstrip("^/").rstrip("$")

    yield from walk(get_resolver().url_patterns, "", "")


def asked_for(role: str, user: Any, *, shown: str) -> Iterator[Asked]:
    """What this person can open: every list, every home, and of households and proposals a sample."""
    from django.test import Client
    from django.test.utils import setup_test_environment, teardown_test_environment
    from django.urls import reverse

    from clients import access as record
    from compliance.lists.listing import Listing
    from rebalancing import access

    client = Client(raise_request_exception=False)
    client.force_login(user)
    setup_test_environment()
    try:
        for name, address in sorted(set(_addresses())):
            apps = ("advisory:", "clients:", "rebalancing:", "compliance:")
            if shown and shown not in f"{role} {name}":
                continue
            if address in NOT_MEASURED or address.startswith("/api/") or not name.startswith(apps):
                continue
            answer = client.get(address)
            if answer.status_code != 200 or "text/html" not in answer.get("Content-Type", ""):
                continue
            page = (answer.context or {}).get("page")
            is_list = isinstance(getattr(page, "listing", None), Listing) or name == "advisory:home"
            yield Asked(LIST if is_list else OTHER, role, name, (address,))
    finally:
        teardown_test_environment()
    households = list(record.households_for(user).filter(closed_on=None).order_by("pk")[:SAMPLE])
    if households and role != "client":
        places = [reverse("clients:household", args=[one.public_id]) for one in households]
        for tab in ("overview", "accounts", "people", "policy", "cash", "history"):
            asked = tuple(f"{place}?tab={tab}" for place in places)
            yield Asked(PAGE, role, f"household, {tab}", asked)
    proposals = list(access.proposals_for(user).filter(closed_at=None).order_by("pk")[:SAMPLE])
    if proposals and role != "client":
        opened = tuple(reverse("rebalancing:proposal", args=[one.public_id]) for one in proposals)
        yield Asked(PAGE, role, "proposal", opened)


def cost_of(one: Asked, client: Any, *, runs: int, households: int) -> Cost:
    """One page, opened `runs` times after once to warm up; several addresses are opened once each."""
    from django.db import connection

    walls, cpus, sent, size = [], [], 0, 0
    client.get(one.addresses[0])
    gc.collect()
    gc.freeze()  # As the server does once it has loaded itself.
    yardstick = a_lookup_ms()
    for address in one.addresses if len(one.addresses) > 1 else one.addresses * runs:
        counter = Counter()
        with connection.execute_wrapper(counter):
            wall, cpu = time.perf_counter(), time.process_time()
            answer = client.get(address)
            cpus.append((time.process_time() - cpu) * 1000)
            walls.append((time.perf_counter() - wall) * 1000)
        assert answer.status_code == 200, (one, answer.status_code)
        sent, size = max(sent, counter.sent), max(size, len(answer.content))
    lists = LIST_MS_MAX if households < LARGE else LIST_MS_MAX_LARGE
    return Cost(
        kind=one.kind,
        role=one.role,
        name=one.name,
        queries=sent,
        cpu_p50=percentile(cpus, 0.5),
        cpu_p95=percentile(cpus, 0.95),
        wall_p50=percentile(walls, 0.5),
        wall_p95=percentile(walls, 0.95),
        lookups=percentile(cpus, 0.5) / yardstick,
        kilobytes=size / 1024,
        ms_max={PAGE: PAGE_MS_MAX, LIST: lists}.get(one.kind),
        queries_max=QUERIES_MAX if one.kind == PAGE else None,
    )


def measure(*, runs: int, shown: str, profiled: bool) -> list[Cost]:
    """What every page costs, the worst first."""
    from django.test import Client

    from clients.models import Household

    households = Household.objects.count()
    found = []
    for role, user in people().items():
        client = Client()
        client.force_login(user)
        for one in list(asked_for(role, user, shown=shown)):
            if shown not in f"{one.role} {one.name}":
                continue
            with _profile(on=profiled):
                found.append(cost_of(one, client, runs=runs, households=households))
            print(line(found[-1]), file=sys.stderr)
    return sorted(found, key=lambda cost: -cost.badness)


@contextmanager
def _profile(*, on: bool) -> Iterator[None]:
    if not on:
        yield
        return
    profile = cProfile.Profile()
    profile.enable()
    yield
    profile.disable()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(60)


def line(cost: Cost) -> str:
    goal = f"{cost.ms_max:.0f}" if cost.ms_max else ""
    most = f"/{cost.queries_max}" if cost.queries_max else ""
    return (
        f"{cost.role:<14} {cost.name:<44} {f'{cost.queries}{most}':>7} {cost.cpu_p50:>8.1f} {cost.cpu_p95:>8.1f} "
        f"{cost.wall_p50:>8.1f} {cost.wall_p95:>8.1f} {goal:>5} {cost.lookups:>7.0f} {cost.kilobytes:>6.0f} "
        f"{'MISSED' if cost.is_missed else ''}"
    ).rstrip()


HEAD = (
    f"{'Role':<14} {'Page':<44} {'queries':>7} {'CPU p50':>8} {'p95':>8} {'wall p50':>8} {'p95':>8} {'goal':>5} "
    f"{'lookups':>7} {'kB':>6}"
)


def fill(households: int) -> None:
    """The firm, its readings and proposals."""
    from django.db import connection

    from tests.bench import firm
    from tests.clock import SUNDAY_NOON, set_clock

    # Proposals are opened after the scan that made them, and that runs after the record was loaded.
    set_clock(SUNDAY_NOON - timedelta(hours=1))
    firm.fill(households)
    set_clock(SUNDAY_NOON)
    firm.propose(PROPOSALS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./evenkeel bench pages", description=__doc__)
    parser.add_argument("--households", type=int, default=HOUSEHOLDS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--shown", default="", help="only pages whose role or name holds this")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    asked = parser.parse_args()
    with a_database():
        fill(asked.households)
        found = measure(runs=asked.runs, shown=asked.shown, profiled=asked.profile)
    print(HEAD)
    print("\n".join(map(line, found)))
    missed = [one for one in found if one.is_missed]
    print(f"\n{len(found)} pages, {len(missed)} missed their goals.")
    if asked.json is not None:
        shown = {
            "households": asked.households,
            "pages": [asdict(one) | {"missed": one.is_missed} for one in found],
        }
        asked.json.write_text(json.dumps(shown, indent=2) + "\n", "utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
