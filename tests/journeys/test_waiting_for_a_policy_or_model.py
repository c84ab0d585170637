"""What is traded today would be traded back soon: a policy in review and a model of next week are waited for, not forever."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clients.models import ModelPortfolio, Policy
from compliance.models import Review
from rebalancing.models import Proposal
from tests.factories import policy_versions
from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.evenings import closes, ended, told, typed

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, THE_DAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 30)
MONDAY_NOON, TUESDAY_NOON = (datetime(2026, 11, day, 17, tzinfo=UTC) for day in (23, 24))


@pytest.fixture
def firm(db: None, the_clock: Clock, no_broker: None) -> Firm:
    """The Millers follow their model by name."""
    held = a_firm(the_clock, follows="model")
    held.clock.at = MONDAY_NOON
    return held


def a_policy_in_review(firm: Firm) -> Policy:
    """Ana begins, writes and submits the next version."""
    policy = policy_versions.written(policy_versions.begun(firm.household))
    firm.ana.opens(f"/policies/{policy.public_id}/").follows("Submit for review")
    firm.ana.presses("Submit for review")
    return policy


def test_a_policy_in_review_is_waited_for_until_it_is_sent_back(firm: Firm) -> None:
    policy = a_policy_in_review(firm)

    closes(firm, MONDAY, stock="110", finds="held")
    assert not Proposal.objects.exists()
    told(
        firm, MONDAY, "Version 2 of the policy is in review. Trades wait for it.",
        "It ends when the policy is adopted or sent back, and at the latest after that day.",
        hold="policy_pending",
    )  # fmt: skip

    # Rui sends it back, and the next scan proposes under the policy that is in force.
    firm.clock.at = TUESDAY_NOON
    review = Review.objects.get(subject_id=policy.public_id, state="open")
    firm.rui.opens(f"/reviews/{review.public_id}/")
    firm.rui.presses("Record the decision", verdict="returned", text="The horizon is too long.")
    closes(firm, TUESDAY, stock="110", finds="proposed")
    ended(firm, TUESDAY, "Version 2 of the policy is in review. Trades wait for it.")


def test_a_policy_that_stays_in_review_is_waited_for_ten_days(firm: Firm) -> None:
    a_policy_in_review(firm)
    closes(firm, MONDAY, stock="110", finds="held")
    closes(firm, date(2026, 12, 2), stock="110", finds="held")

    closes(firm, date(2026, 12, 3), stock="110", finds="proposed")


def test_somebody_trades_before_the_policy_is_decided(firm: Firm) -> None:
    a_policy_in_review(firm)
    closes(firm, MONDAY, stock="110", finds="held")

    firm.clock.at = TUESDAY_NOON
    ana = firm.ana.opens(f"/households/{firm.household.public_id}/").follows("Trade anyway")
    ana.presses("Trade anyway", reason="Only the fees change.", expires_on="2026-11-30")
    ana.presses("Trade anyway").reads("traded anyway until")
    closes(firm, TUESDAY, stock="110", finds="proposed")
    told(firm, TUESDAY, "Only the fees change.", hold="policy_pending")


def test_a_version_of_the_model_that_takes_effect_next_week_is_waited_for(firm: Firm) -> None:
    model = ModelPortfolio.objects.get()
    firm.ana.opens(f"/models/{model.public_id}/next/").presses(
        "Draft the next version", note="As every year."
    )
    page = firm.ana.opens(f"/models/{model.public_id}/ask/")
    typed(page, "Send the draft to review", note="As every year.", effective_on="2026-12-01")
    review = Review.objects.get(state="open", subject_kind="model")
    firm.rui.opens(f"/reviews/{review.public_id}/").presses("Record the decision", verdict="approved")

    closes(firm, MONDAY, stock="110", finds="held")
    told(
        firm, MONDAY, "Version 2 of the model Balanced takes effect on December 1. Trades wait for it.",
        hold="policy_pending",
    )  # fmt: skip

    # The scan of November 30 plans for December 1.
    closes(firm, THE_DAY, stock="110", finds="proposed")
    ended(firm, THE_DAY, "Version 2 of the model Balanced takes effect on December 1. Trades wait for it.")
    assert Proposal.objects.count() == 1
