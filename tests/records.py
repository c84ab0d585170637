"""Databases in which something stands already, so that hundreds of tests need not build it each.

A module that says `RECORD = "the desk"` finds the Millers' desk on record and takes it with `desk.on_record()`. The database is
made through the product's own verbs when the first module of a test process asks for it, and then cloned by PostgreSQL; each test
still works in a transaction of its own, which is rolled back. Tests that commit (`transaction=True`) begin from an empty record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from rebalancing.proposals import frontier_plans, proposals
from tests import clock
from tests.factories import desk, released, two_families
from tests.factories.the_firm import the_harts


def a_taxable_desk_and_the_harts() -> None:
    millers = desk.a_desk(taxable_only=True)
    the_harts(ana=millers.ana, rui=millers.rui)


def orders_at_the_custodian() -> None:
    released.hand_out(desk.a_desk(taxable_only=True).release())


def a_proposal_under_review() -> None:
    desk.a_desk().propose()


def an_opened_frontier() -> None:
    proposal = desk.a_desk().propose()
    frontier_plans.ensure(proposals.current(proposal), at=clock.SUNDAY_NOON)


RECORDS: dict[str, Callable[[], object]] = {
    "the desk": desk.a_desk,
    "a taxable desk and the Harts": a_taxable_desk_and_the_harts,
    "two families": two_families.build,
    "a proposal under review": a_proposal_under_review,
    "an opened frontier": an_opened_frontier,
    "orders at the custodian": orders_at_the_custodian,
}
_made: dict[str, str] = {}


@contextmanager
def standing(record: str) -> Iterator[None]:
    """The tests inside work on a database with this on record."""
    empty = connection.settings_dict["NAME"]
    if record not in _made:
        _made[record] = _make(record, empty)
    with _working_on(_made[record]):
        yield


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """A database of its own for a story that commits; it is dropped when the story is over."""
    empty = connection.settings_dict["NAME"]
    own = _cloned(name, empty)
    try:
        with _working_on(own):
            yield
    finally:
        _dropped(own)


def forget() -> None:
    """Drop what was made; a database of our own server is gone with it, one on a server of the user's must not stay."""
    for name in _made.values():
        _dropped(name)
    _made.clear()


def _dropped(name: str) -> None:
    connection.close()
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _cloned(record: str, empty: str) -> str:
    name = f"{empty}_{record.replace(' ', '_')}"
    _dropped(name)
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        # A database that somebody is connected to cannot be cloned. Our own connection is closed; a thread of an earlier test,
        # or a process that it killed and PostgreSQL still waits for, may not be gone.
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [empty]
        )
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{empty}"')
    return name


def _make(record: str, empty: str) -> str:
    name = _cloned(record, empty)
    with _working_on(name), clock.standing_at(clock.SUNDAY_NOON):
        around = transaction.atomic()
        # As Django's own TestCase marks its transactions, so that a verb may still ask to be the outermost.
        around._from_testcase = True  # type: ignore[attr-defined]
        with around:
            RECORDS[record]()
            connection.run_on_commit.clear()  # Nobody listens to the bell.
    return name


@contextmanager
def _working_on(name: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
