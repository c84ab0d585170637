"""The market falls between two quarterly looks: the scan looks at stocks, and at nothing else, where the policy asks for it."""

from __future__ import annotations

from datetime import date

import pytest

from compliance.models import Review
from rebalancing.models import Proposal
from tests import cast
from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.evenings import closes, inside, not_told, told, typed
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))


@pytest.fixture
def firm(db: None, the_clock: Clock, no_broker: None) -> Firm:
    """The Millers are looked at once a quarter, and at their stocks after a sharp fall."""
    return a_firm(the_clock, look="quarterly", on_fall="classes", fall_classes="us_stock")


def the_firm_says_what_a_fall_is(firm: Firm) -> None:
    """Ada names the fund that stands for the market, and Cora agrees."""
    ada = Visitor(cast.ada()).opens("/settings/triggers/change/")
    typed(ada, "Propose the change", fall_security="ZUS", reason="Our models begin with it.")
    review = Review.objects.get(subject_kind="setting", state="open")
    firm.cora.opens(f"/reviews/{review.public_id}/").presses(
        "Record the decision", verdict="approved", text=""
    )


def test_a_sharp_fall_calls_for_a_look_at_stocks(firm: Firm) -> None:
    the_firm_says_what_a_fall_is(firm)
    closes(firm, MONDAY, stock="84", finds="in_band")
    inside(firm, MONDAY)

    # A fall of 3.6% is none: the quarter's look was made.
    closes(firm, TUESDAY, stock="81", finds="not_due")
    not_told(firm, TUESDAY, trigger="sharp_fall")

    # 16.7% within two days is one. Stocks are inside their band still, and nothing is traded.
    closes(firm, WEDNESDAY, stock="70", finds="not_due")
    told(
        firm, WEDNESDAY,
        "ZUS, which stands for the market, fell 16.7% from $84.00 on Nov 23, 2026 to $70.00 on Nov 25, 2026",
        "Nothing there calls for a trade.",
        trigger="sharp_fall",
    )  # fmt: skip
    assert not Proposal.objects.exists()


def test_what_has_left_its_band_after_the_fall_is_traded_back(firm: Firm) -> None:
    the_firm_says_what_a_fall_is(firm)
    closes(firm, MONDAY, stock="84", finds="in_band")

    closes(firm, TUESDAY, stock="66", finds="proposed")
    told(
        firm,
        TUESDAY,
        "ZUS, which stands for the market, fell 21.4%",
        "US stocks stand at 52.1",
        trigger="sharp_fall",
    )
    firm.ana.opens(f"/proposals/{Proposal.objects.get().public_id}/").reads("Buy ZUS", "fell 21.4%")


def test_a_policy_that_does_not_ask_for_it_waits_for_its_quarter(the_clock: Clock, no_broker: None) -> None:
    firm = a_firm(the_clock, look="quarterly")
    the_firm_says_what_a_fall_is(firm)
    closes(firm, MONDAY, stock="84", finds="in_band")

    closes(firm, TUESDAY, stock="66", finds="not_due")

    told(
        firm,
        TUESDAY,
        "The policy is evaluated once a quarter; the next evaluation is due on January 4, 2027.",
    )
