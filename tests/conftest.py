"""Fixtures for every test. The database starts when the first test asks for it, and not before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

from tests import cast, clock
from tests.flushing import history_can_be_flushed  # noqa: F401

# The same examples in every run, so that whoever sees a failure in CI can repeat it; `--all` looks further each time.
# A busy machine draws slowly, which is no fault of a test.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
if os.environ.get("EVENKEEL_TESTS") != "all":
    settings.load_profile("repeatable")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name a failure where it happens, once: a run that is cut short then still says what failed."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nFAILED {report.nodeid} ({report.when}, after {report.duration:.0f} s)", flush=True)


OURS = not os.environ.get("DATABASE_URL")
"""Whether tests run on a server of their own; a DATABASE_URL always wins."""


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """Keep the already migrated database of our own server; its copy dies with the session."""
    return OURS or bool(request.config.getvalue("reuse_db"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Start the server and point Django at it."""
    if not OURS:
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")
        yield
        return
    from django.db import connections

    from tests.processes import postgresql

    with postgresql.a_migrated_postgresql() as (server, port):
        connections["default"].settings_dict.update(
            NAME=postgresql.TEST_DATABASE,
            USER=postgresql.OWNER,
            PASSWORD=server.address(postgresql.OWNER, port).split(":")[2].split("@")[0],
            HOST="127.0.0.1",
            PORT=str(port),
        )
        yield
        connections["default"].close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """With `./evenkeel test --date`, the product's one clock runs so many days ahead."""
    from django.conf import settings

    if settings.CLOCK_SHIFT_DAYS:
        with django_db_blocker.unblock():
            clock.let_it_run()


@pytest.fixture(scope="session")
def _records(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    from tests import records

    yield records
    with django_db_blocker.unblock():
        records.forget()


@pytest.fixture(scope="module", autouse=True)
def _on_record(request: pytest.FixtureRequest) -> Iterator[None]:
    """A module that names a RECORD works on a database in which it stands already (tests/records.py)."""
    record = getattr(request.module, "RECORD", None)
    if record is None:
        yield
        return
    records, blocker = request.getfixturevalue("_records"), request.getfixturevalue("django_db_blocker")
    blocker.unblock()
    with records.standing(record):
        blocker.restore()
        yield


@pytest.fixture
def set_clock(db: None) -> Iterator[Callable[[datetime], None]]:
    """Set the product's one clock: `set_clock(SUNDAY_NOON)`. It stands there until the test is over."""
    from django.db import connection

    yield clock.set_clock
    # What was set inside the test's own transaction is undone with it.
    if not connection.in_atomic_block:
        clock.let_it_run()


@pytest.fixture
def it_is_sunday_noon(set_clock: Callable[[datetime], None]) -> None:
    """The moment most stories are told at."""
    set_clock(clock.SUNDAY_NOON)


@pytest.fixture
def app_role_url(db: None) -> str:
    """The test database as the limited run-time role reaches it (rights come from `grant_privileges`)."""
    from django.db import connection

    from advisory.embedded import secrets
    from advisory.embedded.postgresql import APP

    at = connection.settings_dict
    if OURS:
        password = secrets.secret(f"postgresql-{APP}")
        return f"postgresql://{APP}:{password}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    # DATABASE_URL names the run-time role and DATABASE_OWNER_URL the owner, as in production.
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{at['NAME']}").geturl()


# The cast


@pytest.fixture
def ana(db: None) -> Any:
    return cast.ana()


@pytest.fixture
def rui(db: None) -> Any:
    return cast.rui()


@pytest.fixture
def rosa(db: None) -> Any:
    return cast.rosa()


@pytest.fixture
def bea(db: None) -> Any:
    return cast.bea()


@pytest.fixture
def tom(db: None) -> Any:
    return cast.tom()


@pytest.fixture
def tess(db: None) -> Any:
    return cast.tess()


@pytest.fixture
def cora(db: None) -> Any:
    return cast.cora()


@pytest.fixture
def nina(db: None) -> Any:
    return cast.nina()


@pytest.fixture
def ada(db: None) -> Any:
    return cast.ada()


@pytest.fixture
def carl(db: None) -> Any:
    return cast.carl()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits and other cached facts of one test must not reach the next."""
    yield
    from django.conf import settings

    if settings.configured:
        from django.core.cache import cache

        cache.clear()
