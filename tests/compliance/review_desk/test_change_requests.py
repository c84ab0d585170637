"""Changes asked for, rejections, and the threads of a review."""

from __future__ import annotations

import pytest

from advisory.models import User
from compliance.models import (
    Lift,
    State,
    Verdict,
)
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Blocked, Conflict, NotAllowed
from compliance.review_desk import (
    decisions,
    threads,
)
from tests.clock import TUESDAY_NOON
from tests.compliance.review_desk.review_verbs import actions, ask_for_changes, now
from tests.factories.reviews import CHANGED, SHOWN, an_open_review, approve

pytestmark = pytest.mark.django_db


def test_a_request_for_changes_blocks_everybody_until_its_author_lifts_it(
    ana: User, rui: User, rosa: User
) -> None:
    review = an_open_review(ana)
    asked = ask_for_changes(review, rui)

    with pytest.raises(Blocked, match="Rui requested changes"):
        approve(review, rosa)
    with pytest.raises(NotAllowed, match="Only Rui"):
        threads.lift(asked, by=Actor.person(rosa), at=TUESDAY_NOON)
    threads.lift(asked, by=Actor.person(rui), at=TUESDAY_NOON)

    assert now(review).state == State.OPEN
    assert approve(review, rosa)


def test_a_request_for_changes_stands_in_the_next_revision_too(ana: User, rui: User, rosa: User) -> None:
    asked = ask_for_changes(an_open_review(ana), rui)
    second = an_open_review(ana, revision=2, shown=CHANGED)

    with pytest.raises(Blocked, match="Rui requested changes"):
        approve(second, rosa)
    approve(second, rui)

    asked.refresh_from_db()
    assert (asked.lifted_how, asked.lifted_by_id) == (Lift.APPROVED, rui.pk)


def test_compliance_dismisses_a_request_for_changes_with_a_reason(
    ana: User, rui: User, rosa: User, cora: User
) -> None:
    review = an_open_review(ana)
    asked = ask_for_changes(review, rui)

    with pytest.raises(NotAllowed, match="Only compliance"):
        threads.dismiss(asked, "Rui is away.", by=Actor.person(rosa), at=TUESDAY_NOON)
    with pytest.raises(BadInput):
        threads.dismiss(asked, " ", by=Actor.person(cora), at=TUESDAY_NOON)
    threads.dismiss(asked, "Rui is away.", by=Actor.person(cora), at=TUESDAY_NOON)

    assert approve(review, rosa)
    assert actions(review) == [
        "review.requested",
        "review.returned",
        "review.resumed",
        "review.decided",
    ]


def test_two_requests_for_changes_are_both_lifted_before_it_is_open_again(
    ana: User, rui: User, rosa: User
) -> None:
    review = an_open_review(ana)
    first, _ = ask_for_changes(review, rui), ask_for_changes(review, rosa)
    threads.lift(first, by=Actor.person(rui), at=TUESDAY_NOON)

    assert now(review).state == State.RETURNED


def test_a_maker_can_neither_reject_nor_return_her_own_work(rosa: User) -> None:
    review = an_open_review(rosa)

    with pytest.raises(NotAllowed):
        decisions.reject(review, "No.", fingerprint=SHOWN, by=Actor.person(rosa), at=TUESDAY_NOON)
    with pytest.raises(NotAllowed):
        ask_for_changes(review, rosa)


def test_a_rejection_is_final_and_has_its_reason(ana: User, rui: User, rosa: User) -> None:
    review = an_open_review(ana)
    with pytest.raises(BadInput):
        decisions.reject(review, " ", fingerprint=SHOWN, by=Actor.person(rui), at=TUESDAY_NOON)

    decisions.decide(
        review,
        Verdict.REJECTED,
        fingerprint=SHOWN,
        text="Too early.",
        revalidate=None,
        by=Actor.person(rui),
        at=TUESDAY_NOON,
    )

    with pytest.raises(Conflict, match="already rejected by Rui"):
        approve(review, rosa)


# Talking


def test_a_thread_hangs_on_its_anchor_and_is_resolved_once(ana: User, rui: User) -> None:
    review = an_open_review(ana)
    first = threads.comment(
        review, "Why this lot?", anchor_kind="lot", anchor_ref="lot_7", by=Actor.person(rui), at=TUESDAY_NOON
    )
    reply = threads.comment(review, "Highest cost.", thread=first, by=Actor.person(ana), at=TUESDAY_NOON)

    assert (reply.anchor_kind, reply.anchor_ref, list(first.replies.all())) == ("lot", "lot_7", [reply])
    threads.resolve(reply, by=Actor.person(rui), at=TUESDAY_NOON)
    with pytest.raises(Conflict):
        threads.resolve(first, by=Actor.person(ana), at=TUESDAY_NOON)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 5_001, "a\x00b"], ids=["empty", "blank", "long", "nul"])
def test_a_comment_that_says_nothing_or_too_much_is_refused(text: str, ana: User, rui: User) -> None:
    with pytest.raises(BadInput):
        threads.comment(an_open_review(ana), text, by=Actor.person(rui), at=TUESDAY_NOON)
