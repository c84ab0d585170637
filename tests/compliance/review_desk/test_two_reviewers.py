"""Two people at the same moment, each on a connection of their own, on a real PostgreSQL."""

from __future__ import annotations

import pytest

from advisory.models import User
from compliance.audit_trail import audit
from compliance.models import Approval, Decision, Review
from compliance.people.actors import Actor
from compliance.refusals import Conflict
from compliance.review_desk import reviews
from tests.at_once import at_once
from tests.clock import MONDAY_NOON, TUESDAY_NOON
from tests.factories.reviews import CHANGED, an_open_review, approve

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12


def test_one_approval_and_one_who_hears_it_is_already_decided(ana: User, rui: User, rosa: User) -> None:
    for number in range(ROUNDS):
        review = an_open_review(ana, subject_id=f"pr_{number}")
        outcomes = at_once(lambda: approve(review, rui), lambda: approve(review, rosa))  # noqa: B023

        approved = [one for one in outcomes if isinstance(one, Approval)]
        refused = [one for one in outcomes if isinstance(one, Conflict)]
        assert (len(approved), len(refused)) == (1, 1), outcomes
        assert f"already approved by {approved[0].approved_by_label} on" in refused[0].sentence
        assert [event.action for event in audit.trail(about=review)] == [
            "review.requested",
            "review.decided",
            "approval.refused",
        ]

    assert Approval.objects.count() == ROUNDS
    assert audit.verify().is_intact


def test_a_double_click_gets_the_same_reference_number_twice(ana: User, rui: User) -> None:
    for number in range(ROUNDS):
        review = an_open_review(ana, subject_id=f"pr_{number}")
        first, second = at_once(lambda: approve(review, rui), lambda: approve(review, rui))  # noqa: B023

        assert isinstance(first, Approval), first
        assert first == second

    assert Decision.objects.count() == ROUNDS


def test_an_approval_never_lands_on_a_revision_that_was_just_replaced(ana: User, rui: User) -> None:
    for number in range(ROUNDS):
        review = an_open_review(ana, subject_id=f"pr_{number}")
        outcome, second = at_once(
            lambda: approve(review, rui),  # noqa: B023
            lambda: an_open_review(ana, subject_id=f"pr_{number}", revision=2, shown=CHANGED),  # noqa: B023
        )

        assert isinstance(outcome, Approval | Conflict), outcome
        assert isinstance(second, Review), second
        states = dict(
            Review.objects.filter(subject_id=f"pr_{number}").values_list("subject_revision", "state")
        )
        assert states == {1: "superseded", 2: "open"}


def test_approving_and_withdrawing_at_once_leave_one_clear_end(ana: User, rui: User) -> None:
    for number in range(ROUNDS):
        review = an_open_review(ana, subject_id=f"pr_{number}")
        at_once(
            lambda: approve(review, rui),  # noqa: B023
            lambda: reviews.withdraw(review, "Wait.", by=Actor.person(ana), at=TUESDAY_NOON),  # noqa: B023
        )

        assert Review.objects.get(pk=review.pk).state == "withdrawn"


def test_many_writers_leave_one_chain_without_a_gap(ana: User) -> None:
    from django.db import transaction

    def write() -> None:
        for _ in range(10):
            with transaction.atomic():
                audit.record(
                    audit.Action.HOUSEHOLD_VIEWED,
                    about=audit.Ref("household", "hh_1", "hh_1"),
                    by=Actor.person(ana),
                    at=MONDAY_NOON,
                )

    at_once(write, write, write, write)

    assert audit.verify().is_intact
    assert audit.trail(about=audit.Ref("household", "hh_1")).count() == 40
    assert audit.verify().is_intact
