"""A run over a real firm: what the arrays settle is stored as a full reading would have been, and the rest is read."""

from __future__ import annotations

import pytest

from clients.models import Household
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.models import ScanRun
from rebalancing.scans import readings, scans, settling
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import a_published_model, an_adopted_policy, households_without_policy

pytestmark = pytest.mark.django_db

WITHOUT_POLICY = 3


def test_a_household_without_a_policy_is_settled_and_a_flagged_one_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settling, "HOUSEHOLDS_MIN", 1)
    households_without_policy(WITHOUT_POLICY + 1)
    flagged = Household.objects.get(code="miller0")
    an_adopted_policy(flagged, model=a_published_model(reviewer=cast.rui()), reviewer=cast.rui())
    run = scans.start(
        scan=ScanRun.Scan.DAILY,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )

    assert settling.settle_due(now=lambda: SUNDAY_NOON) == WITHOUT_POLICY
    count = scans.work(
        worker="one", now=lambda: SUNDAY_NOON, do=readings.reader_for_turn(), households_max=100
    )

    assert count == 1
    run.refresh_from_db()
    assert (run.state, run.settle_attempt) == ("completed", 1)
    assert scans.outcomes(run) == {"no_policy": WITHOUT_POLICY, "proposed": 1}
    assert audit.verify().is_intact
