"""Orders that the custodian rejects: the proposal ends as nothing traded, the client is told, and told again when a trade turns up."""

from __future__ import annotations

import pytest

from compliance.audit_trail import audit
from rebalancing import tasks
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Block, ClientSummary, Proposal
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.factories.released import IN_SESSION, told
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db


def test_orders_that_fail(firm: Firm) -> None:
    _released(firm)
    address = f"/proposals/{Proposal.objects.get().public_id}/"

    # Carl reads an estimate of what is going to be done.
    carl = firm.carl.opens("/portfolio/").follows("US stocks from 64.48%")
    carl.reads("amounts are estimates at the closing prices")
    estimate = carl.address

    # On Monday the custodian rejects both orders. Tom says so, block by block.
    firm.clock.at = IN_SESSION
    for block in Block.objects.order_by("pk"):
        tom = firm.tom.opens(f"/blocks/{block.public_id}/").follows("Say that nothing of it traded")
        tom.presses(
            "Say that nothing of it traded",
            how="rejected",
            reason="The account is restricted, says the custodian.",
        )
        tom.reads("Check before you go on").presses("Say that nothing of it traded")
        tom.reads("Rejected")

    # The proposal has ended, and everybody's pages say how.
    firm.ana.opens(address).reads("Nothing traded", "Its orders have ended and nothing of them traded.")
    firm.ana.opens("/proposals/?state=not_traded").reads("Miller", "Nothing traded")

    # Within seconds Carl is told, in plain words and without the custodian's; his first page still stands.
    tasks.send_orders()
    carl.opens("/portfolio/").reads("News about your trades", "Nothing was traded")
    carl.follows("Read it").reads(
        "Final, version 2", "What did not happen, and why", "The order was not accepted for trading."
    )
    assert "restricted" not in carl.text
    assert carl.downloads("Letter to print").startswith(b"%PDF")
    carl.follows("Version 1, estimate")
    assert carl.address == estimate
    carl.reads("There is a newer version of this page", "amounts are estimates at the closing prices")
    assert "News about your trades" not in carl.opens("/portfolio/").text

    # A trade turns up after all: the sale was made. Carl is told again what changed, and Ana reads it in the morning.
    sale = Block.objects.get(side="sell")
    fills.take(
        told(sale, Kind.FILL, "late", f"{sale.quantity.normalize():f}", "99.50", minute=60), at=IN_SESSION
    )
    tasks.send_orders()
    carl.opens("/portfolio/").reads(
        "We have corrected what we told you", "we had told you that it did not trade"
    )
    carl.follows("Read it").reads("Corrected, version 3", "What was done", "at $99.50")
    firm.ana.opens("/").reads("Client told again")
    firm.ana.opens(address).reads("Part filled", "Client told again: what was told had changed")

    assert [one.stage for one in ClientSummary.objects.order_by("number")] == [
        "estimate",
        "final",
        "corrected",
    ]
    assert audit.verify().is_intact


def _released(firm: Firm) -> None:
    """The Millers' proposal is approved, released, and its files are at the custodian."""
    households.loaded(november())
    firm.a_scan_at(SUNDAY_NOON)
    address = f"/proposals/{Proposal.objects.get().public_id}/"
    cora = firm.cora.opens(address)
    while cora.may_press("Answer for PTC-43"):
        cora.presses("Answer for PTC-43", reason="facts_confirmed", text="The size follows from the drift.")
    firm.rui.opens(address).presses("Check and approve").presses("Approve exactly this")
    tom = firm.tom.opens("/blotter/").follows("Check and release").presses("Release 2 orders")
    assert tom.downloads("Download orders for House format")
