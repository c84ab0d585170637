"""Asking whoever may: a question on a review's thread that stands on the home page of everybody whose role it names.

It stands there until somebody resolves the thread, or the matter is settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance.models import ACTIVE_STATES, AnchorKind, Comment, Review, State
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import BadInput
from compliance.review_desk import books, states, threads

if TYPE_CHECKING:
    from compliance.people.roles import Person

MEMBERS = tuple(role for role in Role if role in STAFF_ROLES)


def ask(review: Review, text: str, *, of: Collection[str], by: Actor, at: datetime) -> Comment:
    """Ask everybody who holds one of these roles. The same question of the same person again is the one that stands.

    Raises BadInput for a role that nobody on the staff has, and for an empty or overlong text.
    """
    roles = [role for role in MEMBERS if role in of]
    if not roles or len(roles) != len(of):
        raise BadInput("This question is for nobody.", "Open the page again and ask from there.")
    with transaction.atomic():
        # Locked, so that a double click asks once.
        states.lock(review)
        anchor = ",".join(roles)
        standing = Comment.objects.filter(
            review=review, thread=None, anchor_kind=AnchorKind.ASKED, anchor_ref=anchor, resolved_at=None
        )
        for one in standing:
            if (str(one.author_id), one.text) == (by.person_ref, text.strip()):
                return one
        return threads.comment(review, text, anchor_kind=AnchorKind.ASKED, anchor_ref=anchor, by=by, at=at)


def roles_of(question: Comment) -> tuple[Role, ...]:
    """Whose roles a question names."""
    return tuple(Role(one) for one in question.anchor_ref.split(","))


def asked(roles: Iterable[Role], review: Review, *, but: Collection[int] = ()) -> list[Person]:
    """Everybody who would see a question of these roles about this review, in the order they joined."""
    found = {person.pk: person for role in roles for person in people.holding(role)}
    free = [found[pk] for pk in sorted(found) if pk not in but]
    return books.seeing(free, review.household_ref)


def standing_for(user: Person, *, household_refs: Collection[str] | QuerySet[Any, Any]) -> QuerySet[Comment]:
    """The questions that this person may answer, the oldest first: of a matter that is open, and not their own.

    A question to an advisor is about the revision that it was asked on; one to others is about the matter itself.
    """
    mine = Q()
    for role in MEMBERS:
        if user.has_role(role):
            mine |= Q(anchor_ref__contains=role.value)
    if not mine:
        return Comment.objects.none()
    is_open = Q(state__in=ACTIVE_STATES) | Q(state=State.APPROVED, used_at=None)
    open_ones = Review.objects.filter(is_open)
    same = open_ones.filter(
        subject_kind=OuterRef("review__subject_kind"), subject_id=OuterRef("review__subject_id")
    )
    found = Comment.objects.filter(mine, anchor_kind=AnchorKind.ASKED, thread=None, resolved_at=None)
    found = found.filter(
        Q(~Q(anchor_ref=Role.ADVISOR), Exists(same)) | Q(anchor_ref=Role.ADVISOR, review__in=open_ones)
    )
    if not user.has_role(Role.COMPLIANCE):
        found = found.filter(Q(review__household_ref="") | Q(review__household_ref__in=household_refs))
    return found.exclude(author_id=user.pk).select_related("review").order_by("written_at", "pk")
