"""Acting on an approval: finding the one for exactly this fingerprint, and using it.

The caller uses both functions in the transaction of its action, so that an approval is acted on at most once.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from compliance.audit_trail import audit
from compliance.clock import moment_text
from compliance.models import Approval, Review, State, SubjectKind
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Conflict, NotAllowed, Stale
from compliance.review_desk import objections, states
from compliance.review_desk.objections import blockers


def require_approval(
    *, subject_kind: SubjectKind, subject_id: str, fingerprint: str, at: datetime
) -> Approval:
    """The unused approval of exactly this fingerprint, its review locked until the transaction ends.

    Raises Blocked when there is none, Conflict when it was used, Stale when it has expired, or an override or
    consent it was based on has.
    """
    approval = (
        Approval.objects.filter(subject_kind=subject_kind, subject_id=subject_id, fingerprint=fingerprint)
        .order_by("-approved_at", "-id")
        .first()
    )
    if approval is None:
        raise Blocked("Nobody has approved exactly this.", "Ask for a review of the current revision.")
    review = states.lock(approval.review)
    if review.used_at is not None:
        raise Conflict(
            f"This approval was already used on {moment_text(review.used_at)}.", kind="already-used"
        )
    if review.state != State.APPROVED:
        raise Stale(str(states.refusal_to_move(review, State.APPROVED)), "Ask for a new review.")
    if at >= approval.expires_at:
        raise Stale(
            f"This approval was good until {moment_text(approval.expires_at)}.", "Ask for a new review."
        )
    if causes := blockers(review, at=at):
        raise Stale(
            "What this approval was based on is no longer valid.", "Ask for a new review.", causes=causes
        )
    return approval


def use(approval: Approval, *, by: Actor, at: datetime) -> Review:
    """Mark the approval as used, in the transaction of the action; it cannot be used or withdrawn afterwards.

    Raises as `require_approval`, and NotAllowed when the approver of a proposal also releases it.
    """
    with transaction.atomic():
        require_approval(
            subject_kind=SubjectKind(approval.subject_kind),
            subject_id=approval.subject_id,
            fingerprint=approval.fingerprint,
            at=at,
        )
        review = states.lock(approval.review)
        another = SubjectKind(approval.subject_kind) in objections.ACTED_ON_BY_ANOTHER
        if another and by.person_ref == str(approval.approved_by_id):
            raise NotAllowed("You approved this, so a colleague has to release it.")
        review.used_at = at
        review.save(update_fields=["used_at"])
        audit.record(
            audit.Action.APPROVAL_USED,
            about=review,
            by=by,
            at=at,
            sealing=[("review_state", review.pk)],
            **subject_of(review),
            approval=approval.public_id,
        )
    return review


def subject_of(review: Review) -> dict[str, object]:
    """The subject of a review, as every audit event about it records it."""
    return {
        "subject_kind": review.subject_kind,
        "subject_id": review.subject_id,
        "subject_revision": review.subject_revision,
        "fingerprint": review.fingerprint,
    }
