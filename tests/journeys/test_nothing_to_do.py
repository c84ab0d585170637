"""A quiet day: every household is read, every reading says why nothing was done, and nothing waits for anybody."""

from __future__ import annotations

import pytest

from rebalancing.models import Proposal, Reading, ScanRun
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import still_inside

pytestmark = pytest.mark.django_db


def test_nothing_to_do(firm: Firm) -> None:
    # The custodian's file of Friday: stocks have grown, but not out of the band.
    households.loaded(still_inside())
    # A second household has just been opened; its policy is not signed yet.
    households.the_millers("newcomer")

    firm.a_scan_at(SUNDAY_NOON)

    # Both were looked at, and each reading says what was found.
    told = dict(Reading.objects.values_list("household__code", "outcome"))
    assert told == {"miller": "in_band", "newcomer": "no_policy"}
    assert not Proposal.objects.exists()

    # Ana's home has nothing that waits, and says when it was last looked at.
    ana = firm.ana.opens("/")
    ana.reads("Nothing")

    # The scan's page lists both with their reasons, for whoever may see them.
    cora = firm.cora.opens("/scans/").follows("Nov 20, 2026")
    cora.reads("Miller", "No investment policy is in force.")

    # The timetable ticks again in the evening: the day is done, and it is not read twice.
    firm.a_scan_at(SUNDAY_NOON)
    assert ScanRun.objects.count() == 1
