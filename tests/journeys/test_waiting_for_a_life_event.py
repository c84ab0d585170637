"""A client divorces: trades wait, the advisor is asked for a review, compliance hears when it takes too long, and it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clients.models import LifeEvent
from rebalancing.models import Proposal, Reading
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db


def test_a_divorce_freezes_trading_until_somebody_says_why_the_policy_fits(firm: Firm) -> None:
    households.loaded(november())
    address = f"/households/{firm.household.public_id}/"

    # Ana records it, with the paper that shows it.
    ana = firm.ana.opens(f"{address}life-event/")
    ana.presses(
        "Record it",
        kind="divorce",
        opened_on="2026-11-02",
        document="Decree in safe 2",
        document_sha256="a" * 64,
    )
    event = LifeEvent.objects.get()
    ana.opens(f"/life-events/{event.public_id}/").reads("Decree in safe 2", "a" * 64)

    # The scan holds, and her home asks for a review of the policy.
    firm.a_scan_at(SUNDAY_NOON)
    assert (Reading.objects.get().outcome, Proposal.objects.count()) == ("held", 0)
    ana.opens("/").reads("Review the policy: divorce")
    ana.opens(address).reads(
        "Divorce on November 2",
        "It ends when a policy is adopted after that day",
        "Owner: the advisor.",
    )

    # After sixty days it stands on the home of compliance.
    assert "waited too long" not in firm.cora.opens("/").text
    firm.clock.at = SUNDAY_NOON + timedelta(days=42)
    firm.cora.opens("/").reads("A life event has waited too long", "Miller")

    # Ana says why the policy still fits, and nothing is held any more.
    ana.opens(f"/life-events/{event.public_id}/resolve/")
    ana.presses("Resolve it", reason="The accounts were always hers alone.")
    ana.presses("Resolve it")
    event.refresh_from_db()
    assert event.resolution == "The accounts were always hers alone."
    assert "waited too long" not in firm.cora.opens("/").text
