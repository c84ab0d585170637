"""Halts, spreads and the volatility index of the time when they were one table of market days: every row is carried over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from clients.models import Quote, Security, TradingHalt, VolatilityLevel
from clients.registers import market_facts
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing import market_days
from tests import cast, records
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household

pytestmark = pytest.mark.slow
BEFORE = "0029_triggers_of_policies"
NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


@pytest.fixture
def conditions(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Any]]:
    """A database of the version before, with a row of every kind, one corrected, one taken back, one without a price."""
    with django_db_blocker.unblock(), records.own_database("conditions"):
        a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
        tom = cast.tom()
        bare = Security.objects.create(symbol="BARE", name="Bare", kind="etf")
        with transaction.atomic():
            audit.record(audit.Action.USER_SIGNED_IN, about=tom, by=SET_UP, at=SUNDAY_NOON)
        stock = Security.objects.get(symbol="ZUS")
        old = _migrated(BEFORE)
        Condition = old.get_model("clients", "MarketCondition")

        def made(kind: str, security: Any, value: Any, key: str, **more: Any) -> Any:
            return Condition.objects.create(
                public_id=f"mk_{key}", market_on=LAST_FRIDAY, kind=kind, security_id=security and security.pk,
                value=value, source="A screen", entered_by_id=tom.pk, entered_at=NOON, **more,
            )  # fmt: skip

        back = {"cancelled_at": NOON, "cancelled_by_id": tom.pk}
        wrong = made("spread", stock, D("0.004"), "b", **back, cancel_reason="Corrected")
        yield [
            made("halt", None, None, "a"),
            wrong,
            made("spread", stock, D("0.0005"), "c", replaces=wrong),
            made("spread", bare, D("0.01"), "d"),
            made("implied", None, D("41.5"), "e"),
            made("halt", stock, None, "f", **back, cancel_reason="Another exchange."),
        ]


def _migrated(name: str = "") -> Any:
    """The models after going back to a migration of clients, or on to the last one of every app."""
    executor = MigrationExecutor(connection)
    if not name:
        executor.migrate(executor.loader.graph.leaf_nodes())
        return apps
    # There is no way back into the middle of migrations that were put together for new databases.
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    executor.migrate([("clients", name)])
    return executor.loader.project_state([("clients", name)]).apps


def _told(rows: list[Any]) -> list[tuple[Any, ...]]:
    return [
        (one.public_id, one.kind, one.security_id, one.value, one.source, one.cancelled_at, one.cancel_reason)
        for one in sorted(rows, key=lambda one: one.public_id)
    ]


def test_market_conditions_become_halts_quotes_and_levels_and_go_back(conditions: list[Any]) -> None:
    _migrated()

    stock = Security.objects.get(symbol="ZUS")
    opened, closed = market_days.opened_at(LAST_FRIDAY), market_days.closed_at(LAST_FRIDAY)
    assert {row.public_id for row in market_facts.halts(since=opened, until=closed)[None]} == {"mk_a"}
    spreads = market_facts.spreads(since=market_days.midnight(LAST_FRIDAY), until=closed)
    assert {key: round(days[LAST_FRIDAY], 6) for key, days in spreads.items()} == {stock.pk: D("0.0005")}
    assert market_facts.volatility_level(on=LAST_FRIDAY) == D("41.5")
    ended = {one.public_id: one.end_reason for one in Quote.objects.exclude(ended_at=None)}
    assert ended == {"mk_b": "Changed", "mk_d": "No price is on record around which to quote it"}
    corrected: Any = Quote.objects.get(public_id="mk_c")
    assert corrected.replaces.public_id == "mk_b"
    assert TradingHalt.objects.get(public_id="mk_f").end_reason == "Another exchange."

    # The upgrade puts them on the trail once; afterwards an edit shows.
    assert audit.seal_what_was_there(by=Actor.system("upgrade"), at=SUNDAY_NOON) == 6 + 3
    assert [str(one) for one in audit.verify().faults if "mk_" in one.thing] == []
    assert audit.seal_what_was_there(by=Actor.system("upgrade"), at=SUNDAY_NOON) == 0

    old = _migrated(BEFORE)
    Condition = old.get_model("clients", "MarketCondition")
    assert _told(list(Condition.objects.all())) == _told(conditions)
    _migrated()
    assert VolatilityLevel.objects.get().market_on == date(2026, 11, 20)
