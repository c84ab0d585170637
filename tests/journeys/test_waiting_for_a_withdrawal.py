"""$100,000 is due in a month while stocks are above their band: nothing is sold twice, and it is raised once, in time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clients.models import Account, CashFlow
from rebalancing.models import Proposal
from tests.journeys.conftest import Firm
from tests.journeys.evenings import closes, ended, told, traded

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, DAY_BEFORE, THE_DAY = (
    date(2026, 11, 23), date(2026, 11, 24), date(2026, 12, 17), date(2026, 12, 18),
)  # fmt: skip
MONDAY_NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
WAITS = "$100,000 is due out of Taxable on December 24; $90,000 of it is raised from December 21."


@pytest.fixture
def firm(firm: Firm) -> Firm:
    """Mia Miller needs $100,000 on Christmas Eve, and Ana enters it."""
    firm.clock.at = MONDAY_NOON
    page = firm.ana.opens(f"/households/{firm.household.public_id}/cash-need/")
    page.presses(
        "Add cash need",
        account=Account.objects.get(number_last4="0001").public_id,
        kind="withdrawal",
        amount="100000",
        due_on="2026-12-24",
        note="A house",
    )
    return firm


def test_a_large_withdrawal_is_waited_for_and_raised_in_time(firm: Firm) -> None:
    for day in (MONDAY, TUESDAY, DAY_BEFORE):
        closes(firm, day, stock="110", finds="held")
    assert not Proposal.objects.exists()
    told(
        firm, DAY_BEFORE, WAITS,
        "Until then nothing is sold in this household, and what would be sold for it is not bought.",
        hold="withdrawal_soon",
    )  # fmt: skip

    # In the evening of December 18 the scan plans for December 21: the money is raised out of what is above its band.
    closes(firm, THE_DAY, stock="110", finds="proposed")
    told(firm, THE_DAY, "$100,000.00 is due out of Taxable by December 24", trigger="cash_due")
    assert ("Taxable", "sell", "ZUS") in traded(firm)


def test_a_withdrawal_that_is_called_off_is_not_waited_for(firm: Firm) -> None:
    closes(firm, MONDAY, stock="110", finds="held")

    firm.clock.at = datetime(2026, 11, 24, 17, tzinfo=UTC)
    firm.ana.opens(f"/cash-needs/{CashFlow.objects.get().public_id}/cancel/")
    firm.ana.presses("Cancel it", reason="The house was sold to others.")
    closes(firm, TUESDAY, stock="110", finds="proposed")

    ended(firm, TUESDAY, "what would be sold for it is not bought.")
    told(firm, TUESDAY, "US stocks stand at 64.5%", trigger="out_of_band")
