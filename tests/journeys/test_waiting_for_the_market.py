"""The market is halted: the scan waits and says so, somebody trades anyway, and compliance counts it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import TradingHalt
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
    tom = firm.tom.opens("/halts/").follows("Enter a trading halt")
    tom.presses(
        "Enter a trading halt", kind="halt", starts_at="2026-11-20T13:20", source="Exchange notice 12"
    )
    tom.presses("Enter a trading halt").reads("The whole market", "Exchange notice 12", "Not resumed")
    tom.follows("Trading has resumed").presses("It has resumed", ends_at="2026-11-20T13:35")
    tom.reads("The whole market", "13:35")

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
    standing = TradingHalt.objects.get(ended_at=None)
    tom.opens(f"/halts/{standing.public_id}/").follows("Take back a trading halt")
    tom.presses("Take back a trading halt", reason="It was another exchange.")
    assert not TradingHalt.objects.filter(ended_at=None).exists()
