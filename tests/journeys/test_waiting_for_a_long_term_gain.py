"""A lot is ten days short of a long-term gain: it is left alone, with what that saves, and sold from its day on."""

from __future__ import annotations

from datetime import date

import pytest

from rebalancing.models import ProposedLot
from rebalancing.proposals import proposals
from tests.factories.bundles import MILLERS
from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.evenings import a_year_is_confirmed, closes, ended, proposed, told, withdrawn

pytestmark = pytest.mark.django_db

MONDAY, THE_DAY = date(2027, 1, 11), date(2027, 1, 20)


def only_taxed(day: date) -> dict[str, list[str]]:
    """All stocks lie where their sale is taxed: some bought long ago for little, some in January 2026 for $95."""
    return {
        # The account's lots are chosen one by one.
        "accounts": [one.replace(",fifo", ",specific") for one in MILLERS["accounts"]],
        "positions": [f"11110001,{day},ZUS,5000,no", f"11110002,{day},ZBD,3600,no"],
        "lots": [
            f"11110001,{day},ZUS,A1,2020-03-02,3000,120000.00,covered",
            f"11110001,{day},ZUS,A2,2026-01-20,2000,190000.00,covered",
            f"11110002,{day},ZBD,B2,2021-06-01,3600,300000.00,covered",
        ],
        "transactions": ["11110001,buy,2026-01-20,T1,ZUS,2000,95,-190000.00"],
    }


def sold(firm: Firm) -> set[str]:
    """The lots that the last proposal sells."""
    found = ProposedLot.objects.filter(order__revision=proposals.current(proposed(firm)))
    return set(found.values_list("lot__key", flat=True))


@pytest.fixture(params=[True, False], ids=["short-term gains allowed", "never"])
def firm(request: pytest.FixtureRequest, db: None, the_clock: Clock, no_broker: None) -> Firm:
    """Whether or not the Millers' policy allows short-term gains, the day is told and what it saves."""
    return a_firm(the_clock, short_term_gains_allowed=request.param)


def test_a_lot_that_is_almost_long_term_is_left_alone(firm: Firm) -> None:
    a_year_is_confirmed(firm, 2027, on=MONDAY)

    closes(firm, MONDAY, stock="110", finds="proposed", **only_taxed(MONDAY))

    waits = "ZUS in Taxable bought on January 20 is left alone: its gain of $29,978 is long-term in 9 days"
    told(firm, MONDAY, waits, "which saves about $", hold="almost_long_term")
    assert sold(firm) == {"A1"}
    firm.rui.opens(f"/proposals/{proposed(firm).public_id}/").reads("long-term in 9 days")

    # The scan of January 20 is for trades of the 21st, the first day on which the gain is long-term.
    withdrawn(firm)
    closes(firm, THE_DAY, stock="110", finds="proposed", **only_taxed(THE_DAY))
    assert "A2" in sold(firm)
    ended(firm, THE_DAY, "which saves about")
