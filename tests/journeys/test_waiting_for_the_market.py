"""The market is halted: the scan waits and says so, somebody trades anyway, and compliance counts it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import MarketCondition
from compliance.firm import waiting_figures
from rebalancing.models import HoldOverride, Proposal, Reading
from tests.clock import SUNDAY_NOON
from tests.factories import firm_settings, households
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db


def test_a_halt_holds_back_and_somebody_trades_anyway(firm: Firm) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    households.loaded(november())

    # Tom enters what the exchange said of Friday.
    tom = firm.tom.opens("/market-conditions/").follows("Enter a market condition")
    tom.presses("Enter it", market_on="2026-11-20", kind="halt", source="Exchange notice 12")
    tom.reads("The whole market", "Exchange notice 12")

    # The scan proposes nothing and says why, until when, and who looks after it.
    firm.a_scan_at(SUNDAY_NOON)
    assert not Proposal.objects.exists()
    assert Reading.objects.get().outcome == "held"
    ana = firm.ana.opens("/").follows("Miller")
    ana.reads("The market is not orderly: the whole market was halted.", "at the latest on that day")

    # Ana decides to trade anyway, says why, and sees what she is about to do.
    ana.follows("Trade anyway").reads("Trade anyway")
    ana.presses("Trade anyway", reason="The client asked for it in writing.", expires_on="2026-11-24")
    ana.presses("Trade anyway").reads("traded anyway until")
    assert HoldOverride.objects.get().code == "disorderly_market"

    # Compliance sees the decision on its list, and Ana ends it.
    firm.cora.opens("/hold-overrides/").reads("Miller", "The client asked for it in writing.")
    firm.cora.opens("/monitors/overrides/").reads("No rebalance was proposed in the last year")
    ana.opens("/hold-overrides/").follows("End it")
    ana.presses("End it", reason="It was another exchange.")
    assert HoldOverride.objects.get().end_reason == "It was another exchange."

    # It was another exchange: Tom takes it back, and nothing holds the household any more.
    tom.opens("/market-conditions/").follows("Take it back")
    tom.presses("Take it back", reason="It was another exchange.")
    assert MarketCondition.objects.get().cancelled_at is not None
