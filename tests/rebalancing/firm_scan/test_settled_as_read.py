"""Every household that the arrays settle has the reading that a full one stores, to the last digit of every field; and whatever
is weighed by both weighs the same.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest

from rebalancing import market_days
from rebalancing.firm_scan import facts, settled
from rebalancing.firm_scan.settled import OUTSIDE, Settled
from rebalancing.firm_scan.telling import SettledReading
from rebalancing.models import Reading
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, MONDAY_EVENING, SUNDAY_NOON
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


JSON = frozenset({"measures", "account_weights", "triggers", "holds", "looked"})
WHEN = {LAST_FRIDAY: SUNDAY_NOON, MONDAY: MONDAY_EVENING}


def settled_on(day: date) -> Settled:
    return settled.settled(facts.read(market_on=day, trade_on=market_days.trade_day(WHEN[day])))


def read_in_full_on(day: date) -> dict[int, Reading]:
    # It hands back one reading, and there are many.
    with pytest.raises(Reading.MultipleObjectsReturned):
        scan_of(day, WHEN[day])
    return {one.household_id: one for one in Reading.objects.filter(run__market_on=day)}


def stored_as(one: SettledReading, name: str) -> Any:
    value = getattr(one, name)
    return json.loads(value) if name in JSON else value


def outcomes_alike(told: Settled, stored: dict[int, Reading]) -> Counter[str]:
    """The outcomes that were settled, each held to what was stored."""
    found: Counter[str] = Counter()
    for one in told.readings():
        reading = stored[one.household_id]
        assert {name: stored_as(one, name) for name in STORED} == {
            name: getattr(reading, name) for name in STORED
        }
        found[one.outcome] += 1
    assert found.total() == told.is_settled.sum()
    return found


def weighed_alike(told: Settled, stored: dict[int, Reading]) -> int:
    """How many households outside their bands weigh the same by both."""
    outside = [at for at, why in enumerate(told.why) if why == OUTSIDE]
    for at in outside:
        exactly, reading = told.exact.of(at), stored[int(told.facts.households[at])]
        assert [one.as_json() for one in exactly.measures] == reading.measures
        assert [one.as_json() for one in exactly.accounts] == reading.account_weights
        assert exactly.worst is not None
        assert exactly.worst.name == reading.worst_class
    return len(outside)


@pytest.mark.parametrize("seed", range(4))
def test_a_random_firm_is_settled_as_it_is_read(seed: int) -> None:
    random_firm.firm(seed, 20, reviewer=cast.rui())

    first = settled_on(LAST_FRIDAY)
    stored = read_in_full_on(LAST_FRIDAY)
    outcomes = outcomes_alike(first, stored)
    assert weighed_alike(first, stored)
    # The next day has a history: readings, reasons to wait, proposals that are open.
    closed_on(MONDAY)
    second = settled_on(MONDAY)
    outcomes += outcomes_alike(second, read_in_full_on(MONDAY))

    assert set(outcomes) == {Reading.Outcome.IN_BAND, Reading.Outcome.NOT_DUE, Reading.Outcome.NO_POLICY}
