"""Who approves what, and what was shown: makers, roles, fingerprints, expiry, two at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from advisory.models import User
from advisory.people import roles
from compliance.audit_trail import audit
from compliance.models import (
    Approval,
    AuditEvent,
    Decision,
    ReviewMaker,
    State,
    SubjectKind,
)
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import Blocked, Cause, Conflict, NotAllowed, Stale
from compliance.review_desk import (
    decisions,
    objections,
    reviews,
)
from tests.clock import MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON
from tests.compliance.review_desk.review_verbs import actions, ask_for_changes, now, use
from tests.factories.reviews import CHANGED, SHOWN, an_open_review, approve

pytestmark = pytest.mark.django_db


# Approving


def test_a_colleague_approves_exactly_what_was_shown(ana: User, rui: User) -> None:
    review = an_open_review(ana)

    approval = approve(review, rui, text="Fine.")

    assert (approval.fingerprint, approval.approved_by_id, approval.subject_revision) == (SHOWN, rui.pk, 1)
    assert (now(review).state, now(review).settled_by_label) == (State.APPROVED, "Rui")
    assert actions(review) == ["review.requested", "review.decided"]


def test_an_author_cannot_approve_her_own_proposal(rosa: User) -> None:
    review = an_open_review(rosa)

    with pytest.raises(
        NotAllowed, match="You drafted this proposal in revision 1, so a colleague has to decide"
    ):
        approve(review, rosa)

    assert now(review).state == State.OPEN
    assert actions(review) == ["review.requested", "approval.refused"]


def test_whoever_shaped_the_revision_is_a_maker_whatever_their_role(ana: User, rui: User) -> None:
    review = an_open_review(ana, makers=(reviews.Maker(rui.pk, "changed the tax budget"),))

    with pytest.raises(NotAllowed, match="You changed the tax budget in revision 1"):
        approve(review, rui)


def test_who_asks_for_the_review_is_a_maker_even_when_not_named(rosa: User) -> None:
    review = reviews.request(
        subject_kind=SubjectKind.MODEL,
        subject_id="mo_1",
        subject_revision=1,
        title="Growth 70/30",
        fingerprint=SHOWN,
        expires_at=WEDNESDAY_NOON,
        by=Actor.person(rosa),
        at=MONDAY_NOON,
    )

    with pytest.raises(NotAllowed, match="asked for the review of this model portfolio"):
        approve(review, rosa)


@pytest.mark.parametrize("who", ["ana", "cora", "tess", "carl"])
def test_only_a_reviewer_approves_a_proposal(who: str, ana: User, request: pytest.FixtureRequest) -> None:
    review = an_open_review(ana if who != "ana" else request.getfixturevalue("rosa"))

    with pytest.raises(NotAllowed, match="role reviewer"):
        approve(review, request.getfixturevalue(who))


def test_a_role_taken_away_a_second_ago_counts_already(ana: User, rui: User) -> None:
    review, by = an_open_review(ana), Actor.person(rui)
    roles.revoke(rui, Role.REVIEWER, by=None, at=MONDAY_NOON)

    with pytest.raises(NotAllowed, match="role reviewer"):
        decisions.approve(review, fingerprint=SHOWN, revalidate=None, by=by, at=TUESDAY_NOON)


def test_a_deactivated_reviewer_cannot_approve(ana: User, rui: User) -> None:
    review, by = an_open_review(ana), Actor.person(rui)
    User.objects.filter(pk=rui.pk).update(is_active=False)

    with pytest.raises(NotAllowed, match="no longer active"):
        decisions.approve(review, fingerprint=SHOWN, revalidate=None, by=by, at=TUESDAY_NOON)


@pytest.mark.parametrize("by", [Actor.system("scan"), Actor(audit.ActorKind.TOKEN, "feed", "1")], ids=str)
def test_neither_a_job_nor_a_token_approves(by: Actor, ana: User) -> None:
    with pytest.raises(NotAllowed, match="Only a signed-in person"):
        decisions.approve(an_open_review(ana), fingerprint=SHOWN, revalidate=None, by=by, at=TUESDAY_NOON)


def test_another_fingerprint_than_the_one_under_review_is_stale(ana: User, rui: User) -> None:
    review = an_open_review(ana)

    with pytest.raises(Stale) as refused:
        approve(review, rui, shown=CHANGED)

    assert refused.value.causes == (Cause("fingerprint", shown=CHANGED[:12], now=SHOWN[:12]),)
    assert actions(review)[-1] == "approval.refused"


def test_facts_that_moved_make_it_stale_and_are_named(ana: User, rui: User) -> None:
    review = an_open_review(ana)
    moved = (Cause("price:VTI", shown="291.10", now="297.42"),)

    with pytest.raises(Stale) as refused:
        approve(review, rui, revalidate=lambda: decisions.Revalidated(SHOWN, causes=moved))

    assert refused.value.causes == moved
    assert not Approval.objects.exists()


def test_a_subject_whose_fingerprint_moved_is_stale(ana: User, rui: User) -> None:
    with pytest.raises(Stale):
        approve(an_open_review(ana), rui, revalidate=lambda: decisions.Revalidated(CHANGED))


def test_a_check_that_breaks_down_approves_nothing(ana: User, rui: User) -> None:
    def breaks_down() -> decisions.Revalidated:
        raise ZeroDivisionError

    review = an_open_review(ana)
    with pytest.raises(ZeroDivisionError):
        approve(review, rui, revalidate=breaks_down)

    assert now(review).state == State.OPEN


def test_what_cannot_be_done_with_it_undoes_the_approval(ana: User, rui: User) -> None:
    def then(approval: Approval) -> None:
        raise Blocked("The household is on hold.")

    review = an_open_review(ana)
    with pytest.raises(Blocked, match="on hold"):
        approve(review, rui, then=then)

    assert now(review).state == State.OPEN
    assert actions(review) == ["review.requested", "approval.refused"]


def test_at_its_expiry_it_can_no_longer_be_decided(ana: User, rui: User) -> None:
    review = an_open_review(ana, expires_at=TUESDAY_NOON)

    with pytest.raises(Stale, match=r"until Nov 24, 2026, 12:00 ET"):
        approve(review, rui, at=TUESDAY_NOON)
    assert approve(review, rui, at=TUESDAY_NOON - timedelta(microseconds=1))


def test_the_second_approver_hears_who_was_first_and_when(ana: User, rui: User, rosa: User) -> None:
    review = an_open_review(ana)
    approve(review, rui)

    with pytest.raises(Conflict, match=r"already approved by Rui on Nov 24, 2026, 12:00 ET"):
        approve(review, rosa)

    assert Approval.objects.count() == 1


def test_a_double_click_has_one_effect_and_the_same_reference(ana: User, rui: User) -> None:
    review = an_open_review(ana)

    assert approve(review, rui) == approve(review, rui)
    assert Decision.objects.count() == 1
    assert actions(review) == ["review.requested", "review.decided"]


def test_approving_inside_a_larger_transaction_is_refused(ana: User, rui: User) -> None:
    review = an_open_review(ana)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        approve(review, rui)


def test_the_page_and_the_verb_say_the_same(ana: User, rui: User, rosa: User) -> None:
    review = an_open_review(ana)

    assert objections.refusal_to_decide(rui, review, at=TUESDAY_NOON) is None
    assert objections.refusal_to_decide(ana, review, at=TUESDAY_NOON) == (
        "You drafted this proposal in revision 1, so a colleague has to decide. No other reviewer has this household in "
        "their book; an administrator can put it into the book of Rui or Rosa."
    )
    ask_for_changes(review, rosa)
    assert [cause.input for cause in objections.blockers(now(review), at=TUESDAY_NOON)] == [
        "change request by Rosa"
    ]


def test_every_verb_left_a_trail_that_verifies(ana: User, rui: User, tess: User) -> None:
    use(approve(an_open_review(ana), rui), tess)

    assert [event.action for event in AuditEvent.objects.exclude(about_kind="user")] == [
        "review.requested",
        "review.decided",
        "approval.used",
    ]
    assert audit.verify().is_intact
    assert ReviewMaker.objects.count() == 1
