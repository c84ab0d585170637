"""The rule book's case agrees with the engine's document on what binds on the trade day."""

from __future__ import annotations

from datetime import date

import pytest

from clients.models import TaxLot
from clients.policies.policies import RestrictionSpec
from compliance.models import FindingRow, SeverityLevel
from rebalancing.models import ProposedOrder
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories import a_managed_household
from tests.rebalancing.test_proposals import scan

pytestmark = pytest.mark.django_db


def blocking() -> set[str]:
    return set(FindingRow.objects.filter(severity=SeverityLevel.BLOCK).values_list("rule", flat=True))


def test_a_wish_that_has_run_out_blocks_no_trade() -> None:
    over = RestrictionSpec(
        kind="do_not_buy", symbol="ZBD", reason="Until the move is done.", until_on=LAST_FRIDAY
    )
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), restrictions=[over])

    scan()

    assert FindingRow.objects.exists()
    assert not blocking() & {"PTC-08", "PTC-09", "PTC-23"}


@pytest.mark.parametrize(
    ("until", "sells"), [(MONDAY, True), (None, False)], ids=["over on the trade day", "without an end"]
)
def test_a_lock_counts_until_its_day_and_no_longer(until: date | None, sells: bool) -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    TaxLot.objects.filter(security__symbol="ZUS").update(
        lock="gift", lock_reason="Pledged", lock_until_on=until
    )

    scan()

    assert ProposedOrder.objects.filter(side="sell", security__symbol="ZUS").exists() is sells
    assert not blocking() & {"PTC-08", "PTC-09", "PTC-23"}
