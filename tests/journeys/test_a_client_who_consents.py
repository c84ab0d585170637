"""A client who keeps the last word: nothing is approved until they have said yes to exactly these trades."""

from __future__ import annotations

import pytest

from compliance.models import Consent
from rebalancing.models import Proposal
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import november_of_a_client_who_decides

pytestmark = pytest.mark.django_db


def test_a_client_who_consents(firm: Firm) -> None:
    households.loaded(november_of_a_client_who_decides())
    firm.a_scan_at(SUNDAY_NOON)
    address = f"/proposals/{Proposal.objects.get().public_id}/"

    # Rui finds nothing wrong with it but that Carl has not been asked.
    rui = firm.rui.opens(address).reads("Not given yet")
    rui.presses("Check and approve").reads("The client has to consent to exactly these trades first")
    assert not rui.may_press("Approve exactly this")

    # Carl reads in his portal what is proposed, in plain words. Without the tick nothing happens; with it he has agreed.
    carl = firm.carl.opens("/portfolio/").reads("We need your decision", "We trade only if you agree.")
    carl.follows("Review and decide").presses("Continue").reads("Check before you consent")
    carl.presses("I agree", status=422).reads("Tick the box to say that you agree.")
    assert not Consent.objects.exists()
    carl.presses("I agree", agree="yes")
    assert carl.heading == "Thank you. Your consent is recorded"
    (consent,) = Consent.objects.all()
    assert (consent.channel, consent.given_by) == ("portal", "Mia Miller")

    # He cannot open the desk's own pages about it: for him they do not exist.
    carl.opens(address, status=404)

    # Cora answers for the sizes; whoever does is not the one who approves. Now Rui can.
    cora = firm.cora.opens(address)
    while cora.may_press("Answer for PTC-43"):
        cora.presses("Answer for PTC-43", reason="facts_confirmed", text="The size follows from the drift.")
    rui.opens(address).reads("Given").presses("Check and approve").presses("Approve exactly this").reads(
        "Reference"
    )
