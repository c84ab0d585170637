"""Cash lies above its target for more than ten market days: it is invested, although no look is due and no class is outside."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.policies.targets import TargetSpec
from rebalancing.models import Proposal, Reading
from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.evenings import closes, not_told, told

pytestmark = pytest.mark.django_db

FIRST, TENTH, ELEVENTH = date(2026, 11, 23), date(2026, 12, 8), date(2026, 12, 9)
WIDE_FOR_CASH = (
    TargetSpec(asset_class="us_stock", target=D("0.58"), points=D("0.05")),
    TargetSpec(asset_class="us_bond", target=D("0.40"), points=D("0.05")),
    TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.08")),
)


@pytest.fixture
def firm(db: None, the_clock: Clock, no_broker: None) -> Firm:
    """The Millers are looked at once a quarter, and cash may stand at 8%."""
    return a_firm(the_clock, look="quarterly", targets=WIDE_FOR_CASH)


def with_much_cash(firm: Firm, day: date, *, finds: str) -> Reading:
    """$30,000 in the taxable account, which nobody knows the origin of."""
    cash = [f"11110001,{day},settled,30000.00", f"11110002,{day},settled,5000.00"]
    return closes(firm, day, stock="84", finds=finds, cash=cash)


def test_cash_that_lies_idle_is_invested(firm: Firm) -> None:
    # 4.7% of cash: inside its band. The quarter's look is made.
    with_much_cash(firm, FIRST, finds="in_band")

    # For ten market days the firm lets it stand.
    with_much_cash(firm, TENTH, finds="not_due")
    not_told(firm, TENTH, trigger="cash_idle")

    with_much_cash(firm, ELEVENTH, finds="proposed")
    told(
        firm, ELEVENTH,
        "Cash has stood above its target since November 23, for 11 market days, now by $20,140.",
        trigger="cash_idle",
    )  # fmt: skip
    # It buys and sells nothing.
    assert set(Proposal.objects.get().revisions.get().orders.values_list("side", flat=True)) == {"buy"}
    firm.ana.opens(f"/proposals/{Proposal.objects.get().public_id}/").reads("for 11 market days")
