"""The review desk: somebody asks for a decision on a fingerprint, and somebody else decides.

This module opens and closes requests; `decisions` holds the verdicts, `approvals` what an approval permits.
`states.NEXT` lists the allowed transitions; docs/states.md draws them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from compliance.audit_trail import audit
from compliance.digests import fingerprint as fingerprints
from compliance.models import (
    ACTIVE_STATES,
    Approval,
    Review,
    ReviewMaker,
    State,
    SubjectKind,
)
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed
from compliance.review_desk import findings, states
from compliance.review_desk.approvals import subject_of
from compliance.statements import bulk

if TYPE_CHECKING:
    from compliance.rules.book import Examination as Answer


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody who shaped the revision. `did` finishes "You …": "changed the tax budget".

    `done_at` is the time of a fact that was entered before the revision was made.
    """

    person_pk: int
    did: str
    done_at: datetime | None = None


def request(
    *,
    subject_kind: SubjectKind,
    subject_id: str,
    subject_revision: int,
    title: str,
    fingerprint: str,
    expires_at: datetime,
    makers: Sequence[Maker] = (),
    household_ref: str = "",
    consent_required: bool = False,
    answer: Answer | None = None,
    examination_required: bool | None = None,
    by: Actor,
    at: datetime,
) -> Review:
    """Request a decision about one revision of one subject, superseding reviews of earlier ones.

    The requesting person is a maker too. `answer` is the rule book's examination; with it, or with
    `examination_required`, approval requires an examination. Raises BadInput, or Conflict when this or a
    later revision is already under review.
    """
    if not fingerprints.is_fingerprint(fingerprint):
        raise BadInput("This is not a fingerprint.", "Make it with fingerprint.of().")
    with transaction.atomic():
        replaced = _replace_earlier(subject_kind, subject_id, subject_revision, by=by, at=at)
        review = Review.objects.create(
            subject_kind=subject_kind,
            subject_id=subject_id,
            subject_revision=subject_revision,
            title=title,
            fingerprint=fingerprint,
            requested_by_id=int(by.person_ref) if by.is_person else None,
            requested_by_label=by.label,
            requested_at=at,
            expires_at=expires_at,
            household_ref=household_ref,
            consent_required=consent_required,
            examination_required=answer is not None if examination_required is None else examination_required,
        )
        shaped = _makers(makers, subject_kind, by)
        bulk.insert(
            ReviewMaker,
            [
                ReviewMaker(review=review, person_id=maker.person_pk, did=maker.did, done_at=maker.done_at)
                for maker in shaped
            ],
        )
        examination = findings.keep(review, answer, fingerprint=fingerprint, at=at) if answer else None
        for earlier in replaced:
            audit.record(
                audit.Action.REVIEW_SUPERSEDED,
                about=earlier,
                by=by,
                at=at,
                sealing=[("review_state", earlier.pk)],
                replaced_by=review.public_id,
            )
        audit.record(
            audit.Action.REVIEW_REQUESTED,
            about=review,
            by=by,
            at=at,
            sealing=[
                ("review", review.pk),
                ("review_state", review.pk),
                ("review_makers", review.pk),
                *findings.things(examination),
            ],
            **subject_of(review),
            makers=shaped,
            expires_at=expires_at,
            consent_required=consent_required,
            worst_finding=examination.worst if examination else None,
        )
    return review


def withdraw(review: Review, reason: str, *, answers_for_it: bool = False, by: Actor, at: datetime) -> Review:
    """Withdraw: a maker withdraws the request, an approver the approval, compliance either.

    `answers_for_it` says that this person is responsible for the subject, such as the advisor of a household
    for which a system job made a proposal. Possible until somebody has acted on the approval. Raises
    NotAllowed, Conflict or BadInput.
    """
    if not reason.strip():
        raise BadInput("A withdrawal needs its reason.", "Say in a sentence why.")
    with transaction.atomic():
        review = states.lock(review)
        if by.is_person:
            user = people.behind(by)
            approved_it = Approval.objects.filter(review=review, approved_by_id=user.pk).exists()
            made_it = review.makers.filter(person_id=user.pk, done_at=None).exists()
            if not (made_it or approved_it or answers_for_it or user.has_role(Role.COMPLIANCE)):
                raise NotAllowed(
                    "Only the person who requested it or is responsible for it, its approver or compliance can withdraw this."
                )
        states.move(review, State.WITHDRAWN, by=by, at=at)
        audit.record(
            audit.Action.REVIEW_WITHDRAWN,
            about=review,
            by=by,
            at=at,
            sealing=[("review_state", review.pk)],
            **subject_of(review),
            reason=reason.strip(),
        )
    return review


def supersede(review: Review, *, reason: str, by: Actor, at: datetime) -> Review:
    """Close a review because its subject was replaced by something that needs no review of its own."""
    with transaction.atomic():
        review = states.lock(review)
        states.move(review, State.SUPERSEDED, by=by, at=at)
        audit.record(
            audit.Action.REVIEW_SUPERSEDED,
            about=review,
            by=by,
            at=at,
            sealing=[("review_state", review.pk)],
            **subject_of(review),
            reason=reason,
        )
    return review


def expire_due(*, by: Actor, at: datetime, limit: int = 500) -> list[Review]:
    """Close expired reviews and unused expired approvals; a second run finds none."""
    with transaction.atomic():
        due = list(
            Review.objects.due(at=at).select_for_update(of=("self",), skip_locked=True).order_by("pk")[:limit]
        )
        for review in due:
            states.move(review, State.EXPIRED, by=by, at=at)
        for review in due:
            audit.record(
                audit.Action.REVIEW_EXPIRED,
                about=review,
                by=by,
                at=at,
                sealing=[("review_state", review.pk)],
                **subject_of(review),
                expired_at=review.expires_at,
            )
    return due


def _replace_earlier(
    kind: SubjectKind, subject_id: str, revision: int, *, by: Actor, at: datetime
) -> list[Review]:
    standing = Review.objects.of_subject(kind, subject_id).filter(
        state__in=(*ACTIVE_STATES, State.APPROVED), used_at=None
    )
    earlier = list(standing.select_for_update(of=("self",)).order_by("pk"))
    for review in earlier:
        if review.subject_revision >= revision:
            raise Conflict(
                f"Revision {review.subject_revision} is already in review.", "Submit a later revision."
            )
        states.move(review, State.SUPERSEDED, by=by, at=at)
    return earlier


def _makers(makers: Iterable[Maker], kind: SubjectKind, by: Actor) -> list[Maker]:
    shaped = list(dict.fromkeys(makers))
    if by.is_person and all(str(maker.person_pk) != by.person_ref for maker in shaped):
        shaped.append(Maker(int(by.person_ref), f"asked for the review of this {kind.label.lower()}"))
    return shaped
