"""Every class is inside its band, and of stocks everything lies in large companies: the part calls for a trade."""

from __future__ import annotations

from datetime import date

import pytest

from rebalancing.models import Proposal
from tests.factories.households import LARGE_AND_SMALL
from tests.journeys.conftest import Clock, a_firm
from tests.journeys.evenings import closes, inside, not_told, told

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize("asked", [True, False], ids=["asked for", "not asked for"])
def test_a_part_of_a_class_outside_its_band(the_clock: Clock, no_broker: None, asked: bool) -> None:
    firm = a_firm(the_clock, stocks=LARGE_AND_SMALL, sleeve_bands=asked)

    closes(firm, MONDAY, stock="84", finds="proposed" if asked else "in_band")

    if not asked:
        # Without the policy's word a mix within a class is no reason to trade.
        inside(firm, MONDAY)
        not_told(firm, MONDAY, trigger="sleeve_out_of_band")
        return
    told(firm, MONDAY, "US stocks: small stands at 0.0%", trigger="sleeve_out_of_band")
    orders = Proposal.objects.get().revisions.get().orders
    assert orders.filter(side="buy", security__symbol="ZUB").exists()
    firm.ana.opens(f"/proposals/{Proposal.objects.get().public_id}/").reads("Buy ZUB", "US stocks: small")
