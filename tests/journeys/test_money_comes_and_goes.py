"""Money comes into a household, piles up in it, and is due out of it: what the scan makes of each, on the pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.households import cash_flows
from clients.models import Account
from rebalancing.models import Proposal, Reading
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.factories.households import SET_UP
from tests.journeys.conftest import Firm
from tests.journeys.custody import NOVEMBER, TRANSACTIONS, custodian_bundle, still_inside

pytestmark = pytest.mark.django_db


def with_cash(amount: str, *moved: str) -> bytes:
    """Stocks at 95 and so much cash in the taxable account, with what moved it."""
    cash = [f"11110001,{NOVEMBER},settled,{amount}", f"11110002,{NOVEMBER},settled,5000.00"]
    return custodian_bundle(NOVEMBER, stock="95", cash=cash, transactions=[*TRANSACTIONS, *moved])


def sides() -> set[str]:
    return set(Proposal.objects.get().revisions.get().orders.values_list("side", flat=True))


def test_a_deposit_arrives(firm: Firm) -> None:
    """It buys bonds, and nothing is sold for them."""
    households.loaded(with_cash("35000.00", "11110001,deposit,2026-11-19,T2,,,,25000.00"))

    firm.a_scan_at(SUNDAY_NOON)

    firm.ana.opens("/").follows("Miller").reads("$25,000 came in since", "above its target")
    firm.ana.opens(f"/proposals/{Proposal.objects.get().public_id}/").reads("Buy ZBD")
    assert sides() == {"buy"}


def test_dividends_pile_up(firm: Firm) -> None:
    paid = [f"11110001,dividend,2026-{month}-30,D{month},ZBD,,,3000.00" for month in ("09", "10")]
    households.loaded(with_cash("21000.00", *paid))

    firm.a_scan_at(SUNDAY_NOON)

    firm.ana.opens("/").follows("Miller").reads("$6,000 of dividends and interest came in within 90 days")
    firm.ana.opens(f"/proposals/{Proposal.objects.get().public_id}/").reads("Buy ZBD")
    assert sides() == {"buy"}


def test_a_withdrawal_in_a_month(firm: Firm) -> None:
    """Nothing is sold for it today, and the household's page says from when it is raised."""
    households.loaded(still_inside())
    cash_flows.expect(
        Account.objects.get(number_last4="0001"),
        kind="withdrawal",
        amount=D(-100_000),
        due_on=date(2026, 12, 24),
        note="",
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    firm.a_scan_at(SUNDAY_NOON)

    assert not Proposal.objects.exists()
    assert Reading.objects.get().triggers == []
    ana = firm.ana.opens("/households/").follows("Miller")
    ana.reads("$100,000 is due out of Taxable on December 24; $90,000 of it is raised from December 21.")


def test_what_deposit_would_cure_the_drift(firm: Firm) -> None:
    households.loaded(still_inside())

    page = firm.ana.opens(f"/households/{firm.household.public_id}/?tab=cash")

    page.reads("What deposit would cure the drift?", "Every class is inside its band")
