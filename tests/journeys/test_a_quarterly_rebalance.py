"""The main story: a custodian's file comes in, and in the end the client knows what was done and why."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from compliance.audit_trail import audit
from compliance.firm.catalog import BY_CODE
from rebalancing.models import Proposal
from tests.clock import SUNDAY_NOON
from tests.factories import firm_settings
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db

STEPS = [
    "Scan started",
    "Proposal drafted",
    "Scan completed",
    "Comment added",
    "Finding overridden",  # The sale,
    "Finding overridden",  # and the purchase: each is large for this firm.
    "Review decided",
    "Order batch released",
    "Client letter rendered",
]


def test_a_quarterly_rebalance(firm: Firm) -> None:
    # This firm wants a reason for every order above five percent of a household.
    firm_settings.decided(BY_CODE["rules.order_fraction"], D("0.05"))

    # Tom brings in what the custodian sent on Friday evening.
    tom = firm.tom.opens("/imports/upload/")
    tom.presses("Upload and preview", uploads=SimpleUploadedFile("friday.zip", november()))
    tom.reads("2 accounts ready to load")
    tom.presses("Load into the record").reads("2 accounts loaded", "Receipt")

    # The timetable finds new closing prices, and a worker reads every household.
    firm.a_scan_at(SUNDAY_NOON)

    # Ana's home says what needs her attention. She opens the household, then the proposal, and comments.
    ana = firm.ana.opens("/")
    assert ana.heading == "1 household needs attention today"
    ana.follows("Miller").reads("64.5")
    ana.opens("/").follows("Needs a reason")
    proposal = Proposal.objects.get()
    assert ana.address == f"/proposals/{proposal.public_id}/"
    ana.reads("Sell ZUS", "Buy ZBD", "Only a person with the role reviewer can decide this.")
    ana.presses("Comment", text="Mia knows that stocks have grown; she expects a call.")
    ana.reads("Mia knows that stocks have grown; she expects a call.")
    assert not ana.may_press("Check and approve")
    address = ana.address

    # Cora answers for what somebody has to answer for: whoever does is not the one who approves.
    cora = firm.cora.opens(address)
    while cora.may_press("Answer for PTC-43"):
        cora.presses("Answer for PTC-43", reason="facts_confirmed", text="The size follows from the drift.")

    # Rui reads it, also whose file it rests on, checks what he is about to approve, and approves.
    rui = firm.rui.opens("/").follows("Miller")
    assert rui.address == address
    rui.reads("Who shaped it", "Tom loaded friday.zip")
    rui.reads("No blockers.")
    rui.presses("Check and approve", text="Agreed.")
    rui.reads("Approve 2 trades for Miller?")
    rui.presses("Approve exactly this")
    rui.reads("Approved", "Reference", "it has to be somebody other than you")

    # Tom releases the orders and takes the files to the custodian.
    tom.opens("/").follows("Miller")
    tom.opens("/blotter/").follows("Check and release").reads(
        "Check 2 orders before release", "Approved by Rui"
    )
    tom.presses("Release 2 orders").reads("Released by Tom", "What is left to do at the custodian")
    assert b"11110002" in tom.downloads("Download orders for House format")

    # Carl reads what was done with his money and why, without a word of the desk's, and takes the letter.
    carl = firm.carl.opens("/")
    assert carl.address == "/portfolio/"
    carl.follows("US stocks from 64.48%").reads(
        "64.5%", "63.0%", "These trades realize no taxable gain or loss."
    )
    assert not {"PTC-30", "reviewer", "fingerprint"} & set(carl.text.split())
    assert carl.downloads("Letter to print").startswith(b"%PDF")
    carl.opens(address, status=404)

    # Cora finds every step on the trail, and the chain whole.
    cora = firm.cora.opens("/audit/")
    told = [what for what in reversed(cora.column("What")) if what in STEPS]
    assert told[-len(STEPS) :] == STEPS, told
    cora.presses("Verify the chain now").reads("intact")
    assert audit.verify().is_intact
