"""What reading a household costs, and that households read in one turn do not see of each other."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Household, Price, Security
from compliance.people.actors import Actor
from rebalancing.models import Reading, ScanRun
from rebalancing.proposals import proposals
from rebalancing.scans import claims, readings, scans
from rebalancing.scans.claims import Claim
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import many_managed_households
from tests.factories.the_firm import undone

pytestmark = pytest.mark.django_db

Reader = Callable[[Claim, Any], Reading]


@pytest.fixture
def two_millers() -> list[Household]:
    return many_managed_households(2, reviewer=cast.rui())


@pytest.fixture
def claimed(two_millers: list[Household]) -> list[Claim]:
    """Both households, leased to this worker."""
    run = scans.start(
        scan=ScanRun.Scan.DAILY,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )
    leased = claims.take(worker="here", at=SUNDAY_NOON, run=run)
    assert len(leased) == len(two_millers)
    return leased


def came_of_it(read: Reader, mine: Claim) -> tuple[str, str, str, str]:
    """Outcome, reason, digest of what was read, and the fingerprint of what was proposed."""
    reading = read(mine, SUNDAY_NOON)
    revision = proposals.current(reading.proposal)
    return reading.outcome, reading.reason, reading.input_digest, revision.fingerprint


def test_a_flagged_household_costs_a_known_number_of_queries(
    claimed: list[Claim], django_assert_max_num_queries: Any
) -> None:
    read = readings.reader_for_turn()

    with django_assert_max_num_queries(80):
        first = read(claimed[0], SUNDAY_NOON)
    # What households share is at hand by now, and the rows of the second one were fetched with those of the first.
    with django_assert_max_num_queries(30):
        second = read(claimed[1], SUNDAY_NOON)

    assert [first.outcome, second.outcome] == ["proposed", "proposed"]


def test_households_of_one_turn_are_read_as_if_each_were_alone(claimed: list[Claim]) -> None:
    alone = []
    for mine in claimed:
        with undone():
            alone.append(came_of_it(readings.read, mine))

    together = readings.reader_for_turn()

    assert [came_of_it(together, mine) for mine in claimed] == alone
    assert alone[0] != alone[1]


def test_the_next_turn_sees_what_changed_since(claimed: list[Claim]) -> None:
    def first_price_read_by(read: Reader) -> D:
        revision = proposals.current(read(claimed[0], SUNDAY_NOON).proposal)
        order = revision.orders.filter(security__symbol="ZUS").first()
        assert order is not None
        return order.price

    with undone():
        before = first_price_read_by(readings.reader_for_turn())
    Price.objects.filter(security=Security.objects.get(symbol="ZUS")).update(price=D("101"))

    assert (before, first_price_read_by(readings.reader_for_turn())) == (D(100), D(101))
