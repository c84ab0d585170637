"""Comments on a review, and requests for changes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from compliance.audit_trail import audit
from compliance.models import AnchorKind, ChangeRequest, Comment, Decision, Lift, Review, State, Verdict
from compliance.models.threads import TEXT_MAX
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Cause, Conflict, NotAllowed, Stale
from compliance.review_desk import objections, states


def comment(
    review: Review,
    text: str,
    *,
    anchor_kind: AnchorKind = AnchorKind.WHOLE,
    anchor_ref: str = "",
    thread: Comment | None = None,
    by: Actor,
    at: datetime,
) -> Comment:
    """Comment, in a new thread on an anchor or as a reply in `thread` (whose anchor it takes).

    Raises BadInput for an empty or overlong text, or a thread of another review.
    """
    said = _said(text)
    if thread is not None and (thread.review_id != review.pk or thread.thread_id is not None):
        raise BadInput("This is not a thread of this review.", "Reply to the thread's first comment.")
    with transaction.atomic():
        user = people.behind(by)
        written = Comment.objects.create(
            review=review,
            thread=thread,
            anchor_kind=thread.anchor_kind if thread else anchor_kind,
            anchor_ref=thread.anchor_ref if thread else anchor_ref,
            author_id=user.pk,
            author_label=by.label,
            text=said,
            written_at=at,
        )
        audit.record(
            audit.Action.REVIEW_COMMENTED,
            about=review,
            by=by,
            at=at,
            sealing=[("comment", written.pk)],
            anchor_kind=written.anchor_kind,
            anchor_ref=written.anchor_ref,
            text=said,
        )
    return written


def resolve(thread: Comment, *, by: Actor, at: datetime) -> Comment:
    """Mark a thread as resolved. Raises Conflict if somebody already did."""
    with transaction.atomic():
        user = people.behind(by)
        first: Comment = Comment.objects.select_for_update(of=("self",)).get(pk=thread.thread_id or thread.pk)
        if first.resolved_at is not None:
            raise Conflict("This thread is already resolved.")
        first.resolved_at, first.resolved_by_id = at, user.pk
        first.save(update_fields=["resolved_at", "resolved_by"])
        audit.record(
            audit.Action.COMMENT_RESOLVED,
            about=first.review,
            by=by,
            at=at,
            sealing=[("comment_resolved", first.pk)],
            text=first.text[:200],
        )
    return first


def request_changes(review: Review, text: str, *, fingerprint: str, by: Actor, at: datetime) -> ChangeRequest:
    """Request changes. The request blocks this subject until this reviewer lifts it or compliance dismisses
    it.

    Raises NotAllowed (maker or role), Conflict (settled), Stale (another fingerprint or too late).
    """
    said = _said(text)
    with transaction.atomic():
        review = states.lock(review)
        user = people.behind(by)
        check_decider(review, by=by, fingerprint=fingerprint, at=at)
        if ChangeRequest.objects.filter(review=review, asked_by_id=user.pk, lifted_at=None).exists():
            raise Conflict(
                "You have already requested changes here.", "Add a comment, or lift your request first."
            )
        asked = ChangeRequest.objects.create(
            review=review, asked_by_id=user.pk, asked_by_label=by.label, asked_at=at, text=said
        )
        decision = record_decision(review, Verdict.RETURNED, text=said, by=by, at=at)
        if review.state == State.OPEN:
            states.move(review, State.RETURNED, by=by, at=at)
        audit.record(
            audit.Action.REVIEW_RETURNED,
            about=review,
            by=by,
            at=at,
            sealing=[
                ("change_request", asked.pk),
                ("decision", decision.pk),
                ("review_state", review.pk),
            ],
            text=said,
            fingerprint=fingerprint,
        )
    return asked


def lift(asked: ChangeRequest, *, by: Actor, at: datetime) -> ChangeRequest:
    """The reviewer who requested changes withdraws the request. Raises NotAllowed for anybody else."""
    with transaction.atomic():
        user = people.behind(by)
        if asked.asked_by_id != user.pk:
            raise NotAllowed(
                f"Only {asked.asked_by_label} can lift this request.",
                "Compliance may dismiss it with a reason.",
            )
        return _lift(asked, Lift.LIFTED, reason="", by=by, at=at)


def dismiss(asked: ChangeRequest, reason: str, *, by: Actor, at: datetime) -> ChangeRequest:
    """Compliance dismisses a request for changes, with the reason on record.

    Raises NotAllowed without the role or for somebody who shaped the revision, BadInput without a reason.
    """
    said = _said(reason)
    with transaction.atomic():
        user = people.behind(by)
        if not user.has_role(Role.COMPLIANCE):
            raise NotAllowed("Only compliance can dismiss a request for changes.")
        if sentence := objections.refusal_as_maker(user, asked.review):
            raise NotAllowed(sentence)
        return _lift(asked, Lift.DISMISSED, reason=said, by=by, at=at)


def lift_by_approving(review: Review, *, by: Actor, at: datetime) -> list[int]:
    """Lift the approver's own requests in earlier revisions, since approving means they were met. No audit
    event.

    Returns the numbers of what was lifted.
    """
    pks = [
        asked.pk
        for asked in objections.change_requests_standing(review)
        if str(asked.asked_by_id) == by.person_ref
    ]
    ChangeRequest.objects.filter(pk__in=pks).update(
        lifted_at=at, lifted_by_id=int(by.person_ref), lifted_how=Lift.APPROVED
    )
    return pks


def check_decider(review: Review, *, by: Actor, fingerprint: str, at: datetime) -> None:
    """The checks shared by every verdict; call it with the row locked.

    Raises NotAllowed (maker or role), Conflict (settled), Stale (too late, another fingerprint).
    """
    if by.is_token:
        raise NotAllowed("Only a signed-in person can decide.", "Sign in and decide yourself.")
    user = people.behind(by)
    if sentence := objections.refusal_to_decide(user, review, at=at):
        if objections.refusal_by_state(review, at=at) != sentence:
            raise NotAllowed(sentence)
        if review.is_active:
            raise Stale(sentence, "Ask for a new revision.", kind="expired")
        raise Conflict(sentence, "Open it again to see where it stands.", kind="already-settled")
    if fingerprint != review.fingerprint:
        raise Stale(
            "What you were shown is not what is in review now.",
            "Open the current revision, check it, and decide again.",
            causes=(Cause("fingerprint", shown=fingerprint[:12], now=review.fingerprint_short),),
        )


def record_decision(
    review: Review,
    verdict: Verdict,
    *,
    text: str,
    acknowledged: list[str] | None = None,
    by: Actor,
    at: datetime,
) -> Decision:
    """Store one verdict. Part of a verb's transaction; writes no audit event."""
    return Decision.objects.create(
        review=review,
        verdict=verdict,
        decided_by_id=int(by.person_ref),
        decided_by_label=by.label,
        roles=",".join(sorted(people.behind(by).role_names)),
        decided_at=at,
        fingerprint=review.fingerprint,
        text=text,
        acknowledged=",".join(acknowledged or []),
        mfa_method=by.mfa_method,
        request_id=by.request_id,
    )


def _lift(asked: ChangeRequest, how: Lift, *, reason: str, by: Actor, at: datetime) -> ChangeRequest:
    review = states.lock(asked.review)
    current: ChangeRequest = ChangeRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if current.lifted_at is not None:
        raise Conflict("This request for changes is already lifted.")
    current.lifted_at, current.lifted_by_id = at, int(by.person_ref)
    current.lifted_how, current.lifted_reason = how, reason
    current.save(update_fields=["lifted_at", "lifted_by", "lifted_how", "lifted_reason"])
    still_asked = ChangeRequest.objects.filter(review=review, lifted_at=None).exists()
    if review.state == State.RETURNED and not still_asked:
        states.move(review, State.OPEN, by=by, at=at)
    audit.record(
        audit.Action.REVIEW_RESUMED,
        about=review,
        by=by,
        at=at,
        sealing=[("change_request_lifted", current.pk), ("review_state", review.pk)],
        how=how,
        reason=reason,
        asked_by=asked.asked_by_label,
    )
    return current


def _said(text: str) -> str:
    said = text.strip()
    if not said:
        raise BadInput("The text is empty.", "Write at least one sentence.")
    if len(said) > TEXT_MAX:
        raise BadInput(f"This is longer than {TEXT_MAX:,} characters.", "Shorten it or split it.")
    if "\x00" in said:
        raise BadInput(
            "The text contains a character that cannot be stored.", "Type it instead of pasting it."
        )
    return said
