"""The product has one clock, the database's, and only doors ask it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PROJECT, Module, dotted, is_door, modules

WALL = re.compile(
    r"(^|\.)(date|datetime|Timestamp|pd|pendulum|arrow)\.(now|today|utcnow|utcfromtimestamp|localdate|localtime)$"
    r"|(^|\.)timezone\.(now|localdate|localtime)$"
    r"|(^|\.)time\.(time|time_ns|localtime|gmtime|ctime|strftime|asctime)$"
    r"|^(now|today|localdate|utcnow)$|(^|\.)(Now|TruncNow|CurrentTimestamp|LocalTimestamp)$"
)
"""How the machine's clock, or the database's past the product's own function, is asked."""

NAMES = {"now", "localdate", "localtime", "Now"}
"""What nobody imports by name: a test that moves the clock would not reach it."""

SQL = re.compile(
    r"\b(clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\bnow\(\)\s*(AT|-|\+|,|$)"
    r"|\bcurrent_(date|timestamp|time)\b|\blocaltimestamp\b",
    re.IGNORECASE,
)

ALLOWED = {
    "advisory.management.commands.paper_broker": "how far the product's clock is ahead, to keep it without asking the database",
    "compliance.clock": "the product's one clock itself",
    "advisory.middleware": "the age of a session in seconds, from and to the same machine",
    "advisory.health.health": "a heartbeat: the canary leaves its time and is asked for its age",
    "advisory.health.doctor": "compares this machine's clock with the database's, and asks the canary's age",
    "advisory.people.sign_in": "how many seconds ago somebody confirmed, as the sign-in library noted it on this machine",
    "rebalancing.fix.heartbeat": "a heartbeat: the process leaves its time and is asked for its age, both by the database's clock",
    "advisory.people.sign_in_limits": "how many seconds a limit still lasts, from and to the database's own clock",
}
"""Modules that read another clock, and what for. None of them decides what day it is."""

ASKING = {
    "advisory.people.sign_in": "allauth's door: its adapter is asked when somebody comes in or leaves",
    "advisory.people.credentials": "the doors of the sign-in library, wrapped so that what they change is recorded",
    "advisory.views": "a door of the top floor",
    "advisory.outward.delivering": "each message leaves at a moment of its own within one run of the task",
    "advisory.middleware": "stands before every door, and asks in which zone the firm shows moments today",
    "advisory.doors.examining": "stands before every door, and puts on the trail when an examiner asked for a page",
    "advisory.apps": "the door of an upgrade: seals what an older version left on record",
    "advisory.health.doctor": "looks at everything as it is now, for a command and for a page",
    "advisory.health.health": "what a load balancer is told of this moment",
    "advisory.showroom.demo.sample_decisions": "plays the people who come through the doors of a demonstration",
}
"""Who asks the product's clock beside views, API, tasks and commands."""


def wall_clocks(module: Module) -> Iterator[ast.AST]:
    """Every place that reads a clock other than the product's."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            past = {one.name for one in node.names} & NAMES
            if past and not (node.module or "").startswith("rebalancing.engine"):
                yield node
            if node.module == "time" and {one.name for one in node.names} & {"time", "time_ns"}:
                yield node
        elif isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield node.value
        elif (isinstance(node, ast.Attribute | ast.Name) and _is_wall(dotted(node), module)) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
        ):
            yield node


def _is_wall(name: str, module: Module) -> bool:
    if not WALL.search(name):
        return False
    return not (name in {"now", "today"} and _is_a_name_of_its_own(name, module))


def _is_a_name_of_its_own(name: str, module: Module) -> bool:
    """`today` and `now` are fine names for a day or a moment that somebody was told."""
    return not any(
        isinstance(node, ast.ImportFrom) and name in {one.asname or one.name for one in node.names}
        for node in ast.walk(module.tree)
    )


def clock_asked(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and dotted(node) == "clock.now":
            yield node


def test_nobody_reads_a_clock_but_the_products_own() -> None:
    broken = [
        module.where(node)
        for module in modules()
        if module.name not in ALLOWED
        for node in wall_clocks(module)
    ]

    assert broken == [], "Ask `clock.now()` in a door, and tell what lies below: `at=` a moment, `on=` a day."


def test_only_doors_ask_the_time() -> None:
    broken = [
        module.where(node)
        for module in modules()
        if not is_door(module) and module.name not in ASKING
        for node in clock_asked(module)
    ]

    assert broken == [], "Only doors ask what time it is; everything below is told."


def test_every_exception_is_needed() -> None:
    by_name = {module.name: module for module in modules()}

    assert [name for name in ALLOWED if not list(wall_clocks(by_name[name]))] == []
    assert [name for name in ASKING if not list(clock_asked(by_name[name]))] == []


def test_no_migration_lets_a_column_fill_in_the_time() -> None:
    found = [
        str(path.relative_to(PROJECT))
        for path in sorted(PROJECT.glob("*/migrations/*.py"))
        if re.search(r"auto_now|db_default=.*Now\(|default=.*timezone\.now", path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "timezone.now()",
        "django.utils.timezone.now()",
        "timezone.localdate()",
        "field = DateTimeField(default=timezone.now)",
        "field = DateTimeField(auto_now=True)",
        "field = DateTimeField(auto_now_add=True)",
        "rows.filter(ends_on__gte=Now())",
        "rows.filter(ends_on__gte=functions.Now())",
        "date.today()",
        "datetime.date.today()",
        "datetime.now(UTC)",
        "datetime.datetime.now(tz=UTC)",
        "datetime.utcnow()",
        "pd.Timestamp.now()",
        "pandas.Timestamp.today()",
        "time.time()",
        "time.localtime()",
        "from time import time",
        "from django.utils.timezone import now",
        "from compliance.clock import now",
        "from django.db.models.functions import Now",
        "cursor.execute('SELECT clock_timestamp()')",
        "cursor.execute('DELETE FROM x WHERE due < now() - interval 1')",
        "cursor.execute('SELECT CURRENT_DATE')",
    ],
)
def test_the_search_finds_every_kind(text: str) -> None:
    assert list(wall_clocks(Module("clients.x", modules()[0].path, ast.parse(text))))


@pytest.mark.parametrize(
    "text",
    [
        "clock.now()",
        "started = time.monotonic()",
        "today = market_days.new_york_date(at)\nprint(today)",
        "time(9, 30)",
    ],
)
def test_the_search_lets_alone_what_asks_no_wall_clock(text: str) -> None:
    assert not list(wall_clocks(Module("clients.x", modules()[0].path, ast.parse(text))))
