"""A version that nobody decides about or signs any more is a draft again, by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from clients.models import Household, Policy, PolicySection
from clients.policies import drafts, gaps, policies
from clients.policies.templates import Words
from compliance.audit_trail import audit
from compliance.models import Review, Verdict
from compliance.people.actors import Actor
from compliance.refusals import Blocked
from compliance.review_desk import decisions, reviews
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db

WORDS = Words(household="Miller", clients="Mia Miller", advisor="Ana", firm="Harbor", date="today")
NIGHT = Actor.system("ends of reviews")
LATER = SUNDAY_NOON + timedelta(days=120)


@pytest.fixture
def draft() -> Policy:
    """A complete draft of the Millers' second version."""
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    return complete(household)


def complete(household: Household, **terms: Any) -> Policy:
    by = Actor.person(cast.ana())
    standing = household.policies.get()
    policy = drafts.begin(
        household, model=standing.model, following=standing, words=WORDS, by=by, at=SUNDAY_NOON
    )
    content = drafts.content_of(policy)
    given = {
        **content.terms, "tax_guidance": "Long-term first.", "next_review_on": date(2027, 11, 22), "horizon_years": 15,
        **terms,
    }  # fmt: skip
    texts = dict.fromkeys(PolicySection.Code.values, "Our words.")
    return drafts.save(policy, replace(content, terms=given, sections=texts), by=by, at=SUNDAY_NOON)


def submitted(policy: Policy) -> Review:
    return drafts.submit(policy, by=Actor.person(cast.ana()), at=SUNDAY_NOON)


def decided(review: Review, verdict: Verdict) -> None:
    decisions.decide(
        review, verdict, fingerprint=review.fingerprint, text="So it is.", revalidate=None,
        then=lambda approval: policies.move(Policy.objects.get(public_id=review.subject_id), "approved"),
        by=Actor.person(cast.rui()), at=SUNDAY_NOON,
    )  # fmt: skip


def night(at: datetime) -> list[int]:
    """What the nightly jobs make drafts again, by version."""
    reviews.expire_due(by=NIGHT, at=at)
    return [one.version for one in drafts.take_back_settled(by=NIGHT, at=at)]


def test_one_that_waits_stays(draft: Policy) -> None:
    submitted(draft)

    assert night(SUNDAY_NOON) == []


@pytest.mark.parametrize(
    ("verdict", "at", "reason"),
    [
        (None, LATER, "Its review is expired."),
        (Verdict.REJECTED, SUNDAY_NOON, "Its review is rejected."),
        (Verdict.APPROVED, LATER, "Its review is expired."),
    ],
)
def test_one_whose_review_is_over_is_a_draft_again(
    draft: Policy, verdict: Verdict | None, at: datetime, reason: str
) -> None:
    review = submitted(draft)
    if verdict is not None:
        decided(review, verdict)

    assert night(at) == [2]

    draft.refresh_from_db()
    assert draft.state == Policy.State.DRAFT
    event = audit.trail(about=draft).last()
    assert event is not None
    assert (event.action, reason in event.facts) == ("policy.reopened", True)
    assert night(at) == []


def test_an_approved_one_waits_for_its_signatures(draft: Policy) -> None:
    decided(submitted(draft), Verdict.APPROVED)

    assert night(SUNDAY_NOON + timedelta(days=30)) == []


def test_without_the_day_of_its_last_review_nothing_goes_to_the_desk() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    policy = complete(household, reviewed_on=None)

    assert [one.label for one in gaps.of(policy, on=SUNDAY_NOON.date()) if not one.is_done] == [
        "Last reviewed with the client"
    ]
    with pytest.raises(Blocked, match="not complete yet"):
        submitted(policy)
