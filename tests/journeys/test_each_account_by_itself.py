"""The household is inside its bands and its IRA is not: seen only where the policy measures each account by itself."""

from __future__ import annotations

from datetime import date

import pytest

from rebalancing.models import Proposal
from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.evenings import closes, inside, told

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


def test_an_account_outside_its_band(the_clock: Clock, no_broker: None) -> None:
    firm = a_firm(the_clock, level="account")

    # The taxable account holds 53.3% of stocks and the IRA 73.7%.
    closes(firm, MONDAY, stock="84", finds="proposed")
    told(firm, MONDAY, "US stocks stand at 73.7%", trigger="out_of_band")
    # What the IRA has too much of is sold in the IRA; nothing moves in the other account.
    orders = Proposal.objects.get().revisions.get().orders
    assert set(orders.values_list("account__name", flat=True)) == {"IRA"}
    firm.ana.opens(f"/proposals/{Proposal.objects.get().public_id}/").reads("Sell ZUS", "IRA")


def test_the_same_household_measured_as_one(firm: Firm) -> None:
    closes(firm, MONDAY, stock="84", finds="in_band")
    inside(firm, MONDAY)
