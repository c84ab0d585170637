"""A household inside its bands holds a fund at a loss: left alone while nothing could use it, swapped once gains can."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.models import Account, RealizedGain, Security
from rebalancing.models import Proposal, Reading
from tests.clock import MONDAY_EVENING, SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.custody import NOVEMBER, custodian_bundle

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(db: None, the_clock: Clock, no_broker: None) -> Firm:
    """The Millers agreed to harvesting."""
    return a_firm(the_clock, harvests_losses=True)


def a_gain_this_spring(amount: D) -> None:
    """What the custodian's realized-gain report says of a sale in May."""
    RealizedGain.objects.create(
        account=Account.objects.get(number_last4="0001"), security=Security.objects.get(symbol="ZBD"), key="spring",
        sold_on=date(2026, 5, 5), quantity=D(1_000), proceeds=D(80_000) + amount, basis=D(80_000), term="long",
    )  # fmt: skip


def test_a_loss_waits_until_it_can_be_used_and_is_then_swapped_alone(firm: Firm) -> None:
    # Stocks at 84, as in August: inside the band, and lot A2 has lost $11 a share.
    households.loaded(custodian_bundle(NOVEMBER, stock="84"))

    firm.a_scan_at(SUNDAY_NOON)

    # There are no gains to use it against, and the reading says what that comes to.
    assert Reading.objects.get().outcome == "in_band"
    cora = firm.cora.opens("/scans/").follows("Nov 20, 2026")
    cora.reads("A loss of $22,", "in ZUS is left alone: it is not worth its cost:")

    # The custodian reports a gain of the spring; the next scan takes the loss.
    a_gain_this_spring(D(60_000))
    households.loaded(custodian_bundle("2026-11-23", stock="84"))
    firm.a_scan_at(MONDAY_EVENING)
    proposal = Proposal.objects.get()

    ana = firm.ana.opens(f"/proposals/{proposal.public_id}/")
    ana.reads(
        "Take losses for",
        "2 orders: a loss of $22,",
        "is taken and replaced, and nothing else is traded.",
        "ZUB takes its place.",
        "ZUS may be bought again from",
        "Keeps the exposure of ZUS, sold at a loss here",
        # The bonds have lost as well, and nothing stands in for them.
        "Not sold: no replacement of ZBD is on record.",
    )
    assert proposal.revisions.get().orders.count() == 2
