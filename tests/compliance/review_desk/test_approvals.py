"""What becomes of an approval: taken back, used once, run out, replaced by a new revision."""

from __future__ import annotations

import pytest

from advisory.models import User
from compliance.models import (
    State,
    SubjectKind,
)
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Conflict, NotAllowed, Stale
from compliance.review_desk import (
    approvals,
    reviews,
)
from tests.clock import MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON
from tests.compliance.review_desk.review_verbs import now, use
from tests.factories.reviews import CHANGED, SHOWN, an_open_review, approve

pytestmark = pytest.mark.django_db


# Taking back, running out, replacing, using


def test_a_maker_or_the_approver_takes_an_unused_approval_back(ana: User, rui: User, tess: User) -> None:
    review = an_open_review(ana)
    approval = approve(review, rui)

    with pytest.raises(NotAllowed):
        reviews.withdraw(review, "Changed my mind.", by=Actor.person(tess), at=TUESDAY_NOON)
    reviews.withdraw(review, "Changed my mind.", by=Actor.person(rui), at=TUESDAY_NOON)

    with pytest.raises(Stale, match="already withdrawn by Rui"):
        use(approval, tess)


def test_an_approval_is_used_once_and_then_settled_for_good(ana: User, rui: User, tess: User) -> None:
    review = an_open_review(ana)
    approval = approve(review, rui)
    use(approval, tess)

    with pytest.raises(Conflict, match="already used on"):
        use(approval, tess)
    with pytest.raises(Conflict, match="can no longer be changed"):
        reviews.withdraw(review, "Too late.", by=Actor.person(ana), at=TUESDAY_NOON)
    assert reviews.expire_due(by=Actor.system("sweep"), at=WEDNESDAY_NOON) == []


def test_the_approver_of_a_proposal_does_not_release_it(ana: User, rui: User) -> None:
    approval = approve(an_open_review(ana), rui)

    with pytest.raises(NotAllowed, match="a colleague has to release it"):
        use(approval, rui)


def test_an_approval_is_found_by_exactly_what_it_was_for(ana: User, rui: User) -> None:
    approval = approve(an_open_review(ana), rui)
    wanted = {"subject_kind": SubjectKind.PROPOSAL, "subject_id": "pr_1", "at": TUESDAY_NOON}

    assert approvals.require_approval(fingerprint=SHOWN, **wanted) == approval
    with pytest.raises(Blocked, match="Nobody has approved exactly this"):
        approvals.require_approval(fingerprint=CHANGED, **wanted)
    with pytest.raises(Blocked):
        approvals.require_approval(fingerprint=SHOWN, **{**wanted, "subject_id": "pr_2"})
    with pytest.raises(Stale, match="was good until"):
        approvals.require_approval(fingerprint=SHOWN, **{**wanted, "at": WEDNESDAY_NOON})


def test_what_runs_out_is_closed_once(ana: User, rui: User) -> None:
    waiting, approved = an_open_review(ana), an_open_review(ana, subject_id="pr_2")
    approve(approved, rui)
    sweep = {"by": Actor.system("sweep"), "at": WEDNESDAY_NOON}

    assert reviews.expire_due(by=Actor.system("sweep"), at=TUESDAY_NOON) == []
    assert {review.pk for review in reviews.expire_due(**sweep)} == {waiting.pk, approved.pk}
    assert reviews.expire_due(**sweep) == []
    assert {now(waiting).state, now(approved).state} == {State.EXPIRED}


def test_a_new_revision_replaces_the_earlier_one_and_its_unused_approval(
    ana: User, rui: User, tess: User
) -> None:
    first = an_open_review(ana)
    approval = approve(first, rui)
    second = an_open_review(ana, revision=2, shown=CHANGED)

    assert (now(first).state, now(second).state) == (State.SUPERSEDED, State.OPEN)
    with pytest.raises(Stale, match="replaced by a newer revision"):
        use(approval, tess)


def test_the_same_revision_is_not_put_before_the_desk_twice(ana: User) -> None:
    an_open_review(ana)

    with pytest.raises(Conflict, match="Revision 1 is already"):
        an_open_review(ana)


def test_a_job_may_ask_but_makes_nobody_a_maker(rui: User) -> None:
    review = reviews.request(
        subject_kind=SubjectKind.PROPOSAL,
        subject_id="pr_9",
        subject_revision=1,
        title="Rebalance",
        fingerprint=SHOWN,
        expires_at=WEDNESDAY_NOON,
        by=Actor.system("scan"),
        at=MONDAY_NOON,
    )

    assert not review.makers.exists()
    assert approve(review, rui)
