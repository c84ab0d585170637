"""What a review waits for: somebody who answers for a finding, warnings acknowledged, the client's consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from advisory.models import User
from compliance.models import (
    ConsentChannel,
    Decision,
)
from compliance.refusals import BadInput, Blocked, NotAllowed, Stale
from compliance.rules.facts.case import Stage
from tests.clock import TUESDAY_NOON, WEDNESDAY_NOON
from tests.compliance.review_desk.review_verbs import BLOCK, OVERRIDE, PASS, WARN, agree, answer_for, use
from tests.factories.reviews import CHANGED, an_answer, an_open_review, approve, unchanged

pytestmark = pytest.mark.django_db


# Rules, consent, requests for changes


def test_a_block_cannot_be_approved_or_overridden(ana: User, rui: User, cora: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-07", BLOCK), ("PTC-01", PASS)))
    fresh = an_answer(("PTC-07", BLOCK), stage=Stage.APPROVAL)

    with pytest.raises(Blocked, match="PTC-07"):
        approve(review, rui, revalidate=lambda: unchanged(review, fresh))
    with pytest.raises(NotAllowed, match="cannot be overridden"):
        answer_for(review, "PTC-07", cora)


def test_an_override_finding_needs_somebody_who_answers_for_it(ana: User, rui: User, cora: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))
    fresh = an_answer(("PTC-10", OVERRIDE), stage=Stage.APPROVAL)

    with pytest.raises(Blocked, match="PTC-10"):
        approve(review, rui, revalidate=lambda: unchanged(review, fresh))
    answer_for(review, "PTC-10", cora)

    assert approve(review, rui, revalidate=lambda: unchanged(review, fresh))


def test_a_new_concern_at_approval_is_not_covered_by_an_older_override(
    ana: User, rui: User, cora: User
) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))
    answer_for(review, "PTC-10", cora)
    fresh = an_answer(("PTC-10", OVERRIDE), ("PTC-29", OVERRIDE), stage=Stage.APPROVAL)

    with pytest.raises(Blocked) as refused:
        approve(review, rui, revalidate=lambda: unchanged(review, fresh))

    assert [cause.input for cause in refused.value.causes] == ["PTC-29"]


def test_nobody_overrides_what_they_shaped(rosa: User) -> None:
    review = an_open_review(rosa, answer=an_answer(("PTC-10", OVERRIDE)))

    with pytest.raises(NotAllowed, match="a colleague has to override"):
        answer_for(review, "PTC-10", rosa)


def test_an_override_needs_the_role_the_rule_asks_for(ana: User, tess: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))

    with pytest.raises(NotAllowed, match="a person with the role"):
        answer_for(review, "PTC-10", tess)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"text": " "}, BadInput), ({"expires_at": TUESDAY_NOON}, BadInput), ({"fingerprint": CHANGED}, Stale)],
    ids=["no text", "already over", "another fingerprint"],
)
def test_an_override_is_explained_current_and_for_this_revision(
    changes: Any, refusal: Any, ana: User, cora: User
) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))

    with pytest.raises(refusal):
        answer_for(review, "PTC-10", cora, **changes)


def test_an_override_that_ran_out_stops_the_release(ana: User, rui: User, cora: User, tess: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-10", OVERRIDE)))
    answer_for(review, "PTC-10", cora, expires_at=TUESDAY_NOON + timedelta(hours=1))
    fresh = an_answer(("PTC-10", OVERRIDE), stage=Stage.APPROVAL)
    approval = approve(review, rui, revalidate=lambda: unchanged(review, fresh))

    with pytest.raises(Stale, match="was based on"):
        use(approval, tess, at=TUESDAY_NOON + timedelta(hours=2))


def test_warnings_are_acknowledged_and_the_decision_says_so(ana: User, rui: User) -> None:
    review = an_open_review(ana, answer=an_answer(("PTC-04", WARN)))
    fresh = an_answer(("PTC-04", WARN), stage=Stage.APPROVAL)

    with pytest.raises(Blocked, match="notes to read first: PTC-04"):
        approve(review, rui, revalidate=lambda: unchanged(review, fresh))
    approve(review, rui, revalidate=lambda: unchanged(review, fresh), acknowledge_warnings=True)

    assert Decision.objects.get().acknowledged == "PTC-04"


def test_what_must_be_examined_is_not_approved_unexamined(ana: User, rui: User) -> None:
    review = an_open_review(ana, answer=an_answer())

    with pytest.raises(AssertionError, match="revalidated"):
        approve(review, rui)
    with pytest.raises(AssertionError, match="run again"):
        approve(review, rui, revalidate=lambda: unchanged(review))


def test_an_examination_that_looked_at_nothing_is_refused(ana: User) -> None:
    nothing = replace(an_answer(), findings=())

    with pytest.raises(BadInput, match="nothing was checked"):
        an_open_review(ana, answer=nothing)


def test_a_client_who_keeps_the_last_word_has_to_agree_first(ana: User, rui: User) -> None:
    review = an_open_review(ana, consent_required=True)

    with pytest.raises(Blocked, match="client has to consent"):
        approve(review, rui)
    agree(review, ana)

    assert approve(review, rui)


def test_consent_to_revision_3_does_not_carry_to_revision_4(ana: User, rui: User) -> None:
    agree(an_open_review(ana, revision=3, consent_required=True), ana)
    fourth = an_open_review(ana, revision=4, shown=CHANGED, consent_required=True)

    with pytest.raises(Blocked, match="client has to consent"):
        approve(fourth, rui)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"fingerprint": CHANGED}, Stale),
        ({"given_by": ""}, BadInput),
        ({"evidence": ""}, BadInput),
        ({"given_at": WEDNESDAY_NOON}, BadInput),
        ({"expires_at": TUESDAY_NOON}, BadInput),
        ({"channel": ConsentChannel.PORTAL}, NotAllowed),
    ],
    ids=["other revision", "nobody", "no evidence", "in the future", "over", "not the client"],
)
def test_a_consent_that_proves_nothing_is_refused(changes: Any, refusal: Any, ana: User) -> None:
    with pytest.raises(refusal):
        agree(an_open_review(ana, consent_required=True), ana, **changes)


def test_the_client_agrees_in_the_portal(ana: User, rui: User, carl: User) -> None:
    review = an_open_review(ana, consent_required=True)
    agree(review, carl, channel=ConsentChannel.PORTAL, evidence="")

    assert approve(review, rui)
