"""Why did nothing happen in this household? Ana holds it, days pass, and one page answers for each of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clients.households import holds
from clients.models import Hold
from compliance.people.actors import Actor
from rebalancing.models import Alarm
from rebalancing.monitors import alarms
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import households
from tests.factories.households import SET_UP
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db


def test_why_nothing_happened(firm: Firm) -> None:
    # The Millers are far out of their bands; Ana holds them until the sale of their house is through.
    household = firm.household
    households.loaded(november())
    holds.place(
        household, account=None, security=None, kind=Hold.Kind.ADVISOR, reason="The house is being sold.",
        starts_on=LAST_FRIDAY, expires_on=date(2026, 12, 18), user_id=None, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip
    firm.a_scan_at(SUNDAY_NOON)

    # The timeline says which days were read, what held the household back, and what ends it.
    page = firm.ana.opens(f"/households/{household.public_id}/timeline/?since=2026-11-16&until=2026-11-20")
    page.reads("why nothing was proposed", "held back on 1", "The house is being sold.")
    page.reads("Before the first scan", "For staff:")

    # The day itself says everything that was asked, and the record finds it by the hold.
    firm.ana.opens(f"/households/{household.public_id}/days/2026-11-20/").reads(
        "What calls for a trade", "Asked, and no:"
    )
    firm.ana.opens("/record/?hold=hold_advisor").reads("Miller", "Held back")

    # A week without a scan is not a gap in silence: an alarm stands on Cora's home.
    alarms.watch(by=Actor.system("monitors"), at=SUNDAY_NOON + timedelta(days=8))
    assert Alarm.objects.filter(monitor=Alarm.Monitor.UNREAD, ended_on=None).exists()
    firm.cora.opens("/monitors/").reads("Read by no scan", "Miller")
