"""Every household that the arrays settle has the reading that a full one stores, to the last digit of every field."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from rebalancing import market_days
from rebalancing.firm_scan import facts, settled
from rebalancing.firm_scan.telling import SettledReading
from rebalancing.models import Reading
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories import random_firm
from tests.factories.days import closed_on, scan_of

pytestmark = pytest.mark.django_db

STORED = (
    *(
        "outcome",
        "reason",
        "value",
        "worst_drift",
        "worst_class",
        "outside_value",
        "measures",
        "account_weights",
    ),
    *("triggers", "holds", "looked", "prices_as_of_on"),
)
"""Every field but the digest of a document, which a settled household has none of."""


def evening_of(day: date) -> datetime:
    return datetime.combine(day, time(23), tzinfo=UTC)


def settled_on(day: date) -> dict[int, SettledReading]:
    at = evening_of(day)
    found = settled.settled(facts.read(market_on=day, trade_on=market_days.trade_day(at)))
    return {one.household_id: one for one in found.readings()}


def stored_by_a_full_reading(day: date) -> dict[int, Reading]:
    # It hands back one reading, and there are many.
    with pytest.raises(Reading.MultipleObjectsReturned):
        scan_of(day)
    return {one.household_id: one for one in Reading.objects.filter(run__market_on=day)}


def assert_alike(told: dict[int, SettledReading], stored: dict[int, Reading]) -> None:
    for key, one in told.items():
        reading, fields = stored[key], one.as_fields()
        assert {name: fields[name] for name in STORED} == {name: getattr(reading, name) for name in STORED}


@pytest.mark.parametrize("seed", range(4))
def test_a_random_firm_is_settled_as_it_is_read(seed: int) -> None:
    random_firm.firm(seed, 20, reviewer=cast.rui())

    first = settled_on(LAST_FRIDAY)
    assert_alike(first, stored_by_a_full_reading(LAST_FRIDAY))
    # The next day has a history: readings, reasons to wait, proposals that are open.
    closed_on(MONDAY)
    second = settled_on(MONDAY)
    assert_alike(second, stored_by_a_full_reading(MONDAY))

    assert first
    assert second
