"""A reviewer who is not convinced: changes requested, a new revision, and in the end a no with its reason."""

from __future__ import annotations

import pytest

from compliance.audit_trail import audit
from compliance.models import Approval
from rebalancing.models import OrderBatch, Proposal
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db

STEPS = [
    "Proposal drafted",
    "Changes requested",
    "Proposal revised",
    "Change request lifted",
    "Review decided",
]


def test_a_refused_proposal(firm: Firm) -> None:
    households.loaded(november())
    firm.a_scan_at(SUNDAY_NOON)
    address = f"/proposals/{Proposal.objects.get().public_id}/"

    # Rui wants less tax. Without a word of explanation the page asks for one, and keeps what was there.
    rui = firm.rui.opens(address)
    rui.presses("Request changes", status=422).reads("There is a problem", "Say what has to change.")
    rui.presses("Request changes", text="Leave the taxable account alone this year.")
    rui.reads("Rui asked for changes", "Leave the taxable account alone this year.")

    # Ana makes a second revision that leaves it alone, and says why. The page shows what changed.
    ana = firm.ana.opens(address)
    assert not ana.may_press("Check and approve")
    ana.presses(
        "Make revision 2", **{"revise-objective": "no_gains", "revise-why": "Only the IRA trades now."}
    )
    ana.reads("Revision 2 is in review.", "Changed since revision 1", "Only the IRA trades now.")

    # Rui's request still stands until he lifts it; then he sees that the client's mind has changed, and says no.
    rui.opens(address).reads("Rui asked for changes").presses("Lift my request")
    rui.presses("Reject", status=422).reads("Say why you reject it.")
    rui.presses("Reject", text="The Millers are buying a house; nothing is sold before closing.")
    rui.reads("This proposal was rejected by Rui")
    assert not rui.may_press("Check and approve")

    # Both revisions can still be read as they were shown; nothing was approved, nothing was sent.
    rui.opens(f"{address}revisions/1/").reads("Revision 2 is the current one")
    assert Proposal.objects.get().state == Proposal.State.REJECTED
    assert not Approval.objects.filter(subject_kind="proposal").exists()
    assert not OrderBatch.objects.exists()

    # The trail tells it in order.
    cora = firm.cora.opens("/audit/")
    told = [what for what in reversed(cora.column("What")) if what in STEPS]
    assert told[-len(STEPS) :] == STEPS
    assert audit.verify().is_intact
