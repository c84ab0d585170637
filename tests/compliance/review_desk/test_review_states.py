"""What the database itself refuses, and every way from one state of a review to another."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction

from advisory.models import User
from compliance.models import (
    Approval,
    Decision,
    Review,
    State,
)
from compliance.people.actors import Actor
from compliance.review_desk import (
    decisions,
    reviews,
    states,
)
from tests.clock import TUESDAY_NOON, WEDNESDAY_NOON
from tests.compliance.review_desk.review_verbs import ask_for_changes, now
from tests.factories.reviews import CHANGED, SHOWN, an_open_review, approve

pytestmark = pytest.mark.django_db


# What the database says too


def test_the_database_refuses_an_approval_by_a_maker(rosa: User) -> None:
    review = an_open_review(rosa)
    decision = Decision.objects.create(
        review=review, verdict="approved", decided_by=rosa, decided_by_label="Rosa", roles="reviewer",
        decided_at=TUESDAY_NOON, fingerprint=SHOWN,
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="shaped this revision"):
        mint(review, decision, rosa)


def mint(review: Review, decision: Decision, user: User, fingerprint: str = SHOWN) -> Approval:
    with transaction.atomic():
        return Approval.objects.create(
            review=review, decision=decision, subject_kind=review.subject_kind, subject_id=review.subject_id,
            subject_revision=review.subject_revision, fingerprint=fingerprint, approved_by=user,
            approved_by_label=user.name, approved_at=TUESDAY_NOON, expires_at=WEDNESDAY_NOON,
        )  # fmt: skip


def test_the_database_refuses_an_approval_of_something_else(ana: User, rui: User) -> None:
    review = an_open_review(ana)
    decision = Decision.objects.create(
        review=review, verdict="approved", decided_by=rui, decided_by_label="Rui", roles="reviewer",
        decided_at=TUESDAY_NOON, fingerprint=SHOWN,
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="not for what this review asks"):
        mint(review, decision, rui, CHANGED)
    with pytest.raises(IntegrityError, match="no decision to approve"):
        mint(review, decision, ana)


WAYS = [(start, to) for start, to in product(State, State) if start is not to]


@pytest.mark.parametrize(("start", "to"), WAYS, ids=str)
def test_the_database_and_the_table_agree_on_every_way(start: State, to: State, ana: User, rui: User) -> None:
    review = a_review_in(start, ana, rui)
    # Approved needs its approval row as well, which is not there even where the way is open.
    allowed = to in states.NEXT[start] and to is not State.APPROVED

    with transaction.atomic(), connection.cursor() as cursor:
        active = to in (State.OPEN, State.RETURNED)
        values = [to, None, ""] if active else [to, TUESDAY_NOON, "x"]
        update = (
            "UPDATE compliance_review SET state = %s, settled_at = %s, settled_by_label = %s WHERE id = %s"
        )
        if allowed:
            cursor.execute(update, [*values, review.pk])
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(update, [*values, review.pk])


def a_review_in(state: State, ana: User, rui: User) -> Review:
    review = an_open_review(ana)
    by = Actor.person(ana)
    if state is State.RETURNED:
        ask_for_changes(review, rui)
    elif state is State.APPROVED:
        approve(review, rui)
    elif state is State.REJECTED:
        decisions.reject(review, "No.", fingerprint=SHOWN, by=Actor.person(rui), at=TUESDAY_NOON)
    elif state is State.WITHDRAWN:
        reviews.withdraw(review, "Not now.", by=by, at=TUESDAY_NOON)
    elif state is State.EXPIRED:
        reviews.expire_due(by=by, at=WEDNESDAY_NOON)
    elif state is State.SUPERSEDED:
        reviews.supersede(review, reason="no longer needed", by=by, at=TUESDAY_NOON)
    assert now(review).state == state
    return now(review)


@pytest.mark.parametrize("column", ["fingerprint", "subject_id", "household_ref"])
def test_what_a_review_asks_about_cannot_be_changed(column: str, ana: User) -> None:
    review = an_open_review(ana)

    with pytest.raises(IntegrityError, match="stays as it was asked"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(**{column: CHANGED})
