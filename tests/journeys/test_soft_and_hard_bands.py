"""A class outside its band waits for the next look of the calendar; beyond its hard range it is traded on the same day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.policies.targets import TargetSpec
from rebalancing.models import Proposal
from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.evenings import a_year_is_confirmed, closes, told

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
TARGETS = (
    TargetSpec(
        asset_class="us_stock", target=D("0.58"), points=D("0.05"), hard_lower=D("0.50"), hard_upper=D("0.66")
    ),
    TargetSpec(asset_class="us_bond", target=D("0.40"), points=D("0.05")),
    TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
)


@pytest.fixture
def firm(db: None, the_clock: Clock, no_broker: None) -> Firm:
    """The Millers let what is outside its band wait for the quarter, down to 50% of stocks."""
    held = a_firm(the_clock, targets=TARGETS, soft_breach="waits", calendar="quarterly")
    # The first evaluation of the quarter.
    closes(held, MONDAY, stock="84", finds="no_benefit")
    return held


def test_outside_its_band_it_waits_and_beyond_its_hard_range_it_does_not(firm: Firm) -> None:
    closes(firm, TUESDAY, stock="68", finds="not_due")
    told(
        firm, TUESDAY,
        "US stocks stand at 52.9%",
        "The policy lets it wait for a scheduled look or for cash; the next look by the calendar is due on January 4, 2027.",
    )  # fmt: skip
    assert not Proposal.objects.exists()

    closes(firm, WEDNESDAY, stock="58", finds="proposed")
    told(
        firm,
        WEDNESDAY,
        "US stocks stand at 48.9%",
        "50.0% to 66.0% at the utmost",
        trigger="out_of_hard_range",
    )
    proposal = Proposal.objects.get()
    firm.rui.opens(f"/proposals/{proposal.public_id}/").reads("48.9%", "Buy ZUS")


def test_what_waited_is_traded_at_the_look_of_the_quarter(firm: Firm) -> None:
    closes(firm, TUESDAY, stock="68", finds="not_due")

    a_year_is_confirmed(firm, 2027, on=date(2026, 12, 31))
    reading = closes(firm, date(2026, 12, 31), stock="68", finds="proposed")
    assert {one["code"] for one in reading.triggers} >= {"out_of_band", "calendar"}
    told(firm, date(2026, 12, 31), "The policy rebalances once a quarter", trigger="calendar")
