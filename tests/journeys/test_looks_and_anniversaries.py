"""A household is looked at on the eighth market day of a quarter and traded only outside its bands; another on its policy's day."""

from __future__ import annotations

from datetime import date

import pytest

from rebalancing.models import Proposal
from tests.journeys.conftest import Clock, a_firm
from tests.journeys.evenings import a_year_is_confirmed, closes, inside, told

pytestmark = pytest.mark.django_db

MONDAY, NEW_YEAR, LOOK = date(2026, 11, 23), date(2026, 12, 31), date(2027, 1, 12)


def test_looked_at_once_a_quarter_and_traded_only_outside_its_bands(
    the_clock: Clock, no_broker: None
) -> None:
    firm = a_firm(the_clock, look="quarterly", due_session=8)

    # The first look ever is made at once: 59.8% of stocks is inside the band, and nothing is traded.
    closes(firm, MONDAY, stock="90", finds="in_band")
    inside(firm, MONDAY)

    # At the turn of the year stocks stand at 64.5%, and the look is not due for another seven market days.
    closes(firm, NEW_YEAR, stock="110", finds="not_due")
    told(
        firm, NEW_YEAR,
        "The policy is evaluated once a quarter; the next evaluation is due on January 13.",
    )  # fmt: skip
    assert not Proposal.objects.exists()

    # In the evening before the eighth market day the scan looks.
    a_year_is_confirmed(firm, 2027, on=LOOK)
    closes(firm, LOOK, stock="110", finds="proposed")
    told(firm, LOOK, "US stocks stand at 64.5%", trigger="out_of_band")


def test_rebalanced_on_the_day_the_policy_took_effect(the_clock: Clock, no_broker: None) -> None:
    firm = a_firm(the_clock, calendar="anniversary")
    closes(firm, MONDAY, stock="90", finds="in_band")

    # In force since March 3, 2026. A year later, and not at the month's turn, it is rebalanced inside its bands.
    closes(firm, date(2027, 3, 1), stock="90", finds="in_band")
    a_year_is_confirmed(firm, 2027, on=date(2027, 3, 1))
    closes(firm, date(2027, 3, 2), stock="90", finds="proposed")
    told(
        firm, date(2027, 3, 2),
        "The policy rebalances once a year, on the anniversary of the day this policy took effect",
        trigger="calendar",
    )  # fmt: skip
