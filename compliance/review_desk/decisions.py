"""Deciding at the review desk: approve, reject, or send back exactly what was shown.

An approval is permission to act on one fingerprint, once and for a limited time. Only `approve` creates one;
whoever acts on it calls `approvals.require_approval` and `approvals.use` in the transaction of the act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from compliance.audit_trail import audit
from compliance.digests import fingerprint as fingerprints
from compliance.models import (
    Approval,
    Decision,
    Examination,
    Review,
    State,
    Verdict,
)
from compliance.people import confirmations, people
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Blocked, Cause, NotAllowed, Refusal, Stale
from compliance.review_desk import findings, objections, states
from compliance.review_desk.approvals import subject_of
from compliance.review_desk.threads import (
    check_decider,
    lift_by_approving,
    record_decision,
    request_changes,
)

if TYPE_CHECKING:
    from compliance.rules.book import Examination as Answer


@dataclass(frozen=True, slots=True)
class Revalidated:
    """Current inputs, checked inside the deciding transaction.

    `fingerprint` is that of the subject as it is now; `causes` what changed since it was shown (any one makes
    the approval stale); `answer` the current examination by the rules.
    """

    fingerprint: str
    causes: tuple[Cause, ...] = ()
    answer: Answer | None = None


def approve(
    review: Review,
    *,
    fingerprint: str,
    revalidate: Callable[[], Revalidated] | None,
    text: str = "",
    acknowledge_warnings: bool = False,
    then: Callable[[Approval], None] | None = None,
    noted: Mapping[str, object] | None = None,
    by: Actor,
    at: datetime,
) -> Approval:
    """Approve exactly `fingerprint`, the one the approver was shown, and create the approval.

    One transaction of its own, which must be the outermost: the row is locked, then role, makers, state,
    expiry, fingerprint, current inputs (`revalidate`), rules, consent and change requests are checked again;
    `then` is the caller's own change; the audit event comes last, with what the caller has `noted` about the decision. The same person approving the same thing
    again (a double click) gets the same approval back.

    Nobody approves with a finding they overrode themselves, so that two people are involved.
    Raises NotAllowed, Conflict ("already approved by … on …"), Stale or Blocked. Every refused
    attempt is on the trail, in a transaction of its own.
    """
    try:
        with transaction.atomic(durable=True):
            locked = states.lock(review)
            if repeated := _same_approval(locked, fingerprint, by):
                return repeated
            check_decider(locked, by=by, fingerprint=fingerprint, at=at)
            if sentence := objections.refusal_as_overrider(people.behind(by), locked):
                raise NotAllowed(sentence)
            confirmed = confirmations.required(by, about=locked.fingerprint, deed="approve this", at=at)
            examination = _revalidated(locked, revalidate, at=at)
            acknowledged = _acknowledged(locked, examination, acknowledge_warnings, by=by, at=at)
            lifted = lift_by_approving(locked, by=by, at=at)
            decision = record_decision(
                locked, Verdict.APPROVED, text=text.strip(), acknowledged=acknowledged, by=by, at=at
            )
            approval = _mint(locked, decision)
            states.move(locked, State.APPROVED, by=by, at=at)
            if then is not None:
                then(approval)
            audit.record(
                audit.Action.REVIEW_DECIDED,
                about=locked,
                by=by,
                at=at,
                sealing=[
                    ("decision", decision.pk),
                    ("approval", approval.pk),
                    ("review_state", locked.pk),
                    *(("change_request_lifted", pk) for pk in lifted),
                    *findings.things(examination),
                ],
                **subject_of(locked),
                verdict=Verdict.APPROVED,
                approval=approval.public_id,
                text=decision.text,
                acknowledged=acknowledged,
                examination=examination.public_id if examination else None,
                **(noted or {}),
                **confirmed,
            )
            return approval
    except Refusal as refusal:
        _write_refused(review, refusal, fingerprint, by=by, at=at)
        raise


def reject(review: Review, text: str, *, fingerprint: str, by: Actor, at: datetime) -> Decision:
    """Reject for good; a reason is required. Raises as `request_changes` does."""
    if not text.strip():
        raise BadInput("A rejection needs a reason.", "Say in a sentence why.")
    with transaction.atomic():
        review = states.lock(review)
        check_decider(review, by=by, fingerprint=fingerprint, at=at)
        decision = record_decision(review, Verdict.REJECTED, text=text.strip(), by=by, at=at)
        states.move(review, State.REJECTED, by=by, at=at)
        audit.record(
            audit.Action.REVIEW_DECIDED,
            about=review,
            by=by,
            at=at,
            sealing=[("decision", decision.pk), ("review_state", review.pk)],
            **subject_of(review),
            verdict=Verdict.REJECTED,
            text=decision.text,
        )
    return decision


def decide(
    review: Review,
    verdict: Verdict,
    *,
    fingerprint: str,
    text: str = "",
    revalidate: Callable[[], Revalidated] | None,
    acknowledge_warnings: bool = False,
    then: Callable[[Approval], None] | None = None,
    by: Actor,
    at: datetime,
) -> Decision:
    """One of the three verdicts, as a form hands it in. See `approve`, `reject` and `request_changes`."""
    if verdict == Verdict.APPROVED:
        return approve(
            review,
            fingerprint=fingerprint,
            revalidate=revalidate,
            text=text,
            acknowledge_warnings=acknowledge_warnings,
            then=then,
            by=by,
            at=at,
        ).decision
    if verdict == Verdict.REJECTED:
        return reject(review, text, fingerprint=fingerprint, by=by, at=at)
    asked = request_changes(review, text, fingerprint=fingerprint, by=by, at=at)
    return Decision.objects.filter(review=review, decided_by=asked.asked_by, verdict=verdict).latest(
        "decided_at", "id"
    )


def _same_approval(review: Review, fingerprint: str, by: Actor) -> Approval | None:
    if review.state != State.APPROVED or not by.is_person:
        return None
    return Approval.objects.filter(
        review=review, fingerprint=fingerprint, approved_by_id=int(by.person_ref)
    ).first()


def _revalidated(
    review: Review, revalidate: Callable[[], Revalidated] | None, *, at: datetime
) -> Examination | None:
    if revalidate is None:
        assert not review.examination_required, "a subject of rules is revalidated when it is approved"
        return findings.latest(review)
    fresh = revalidate()
    if fresh.causes or fresh.fingerprint != review.fingerprint:
        causes = fresh.causes or (
            Cause("fingerprint", shown=review.fingerprint_short, now=fingerprints.short(fresh.fingerprint)),
        )
        raise Stale(
            "The facts have changed since this was prepared.",
            "Have it recalculated, then review the new revision.",
            causes=causes,
        )
    if fresh.answer is None:
        assert not review.examination_required, "the rules run again at approval"
        return findings.latest(review)
    return findings.keep(review, fresh.answer, fingerprint=review.fingerprint, at=at)


def _acknowledged(
    review: Review, examination: Examination | None, acknowledge: bool, *, by: Actor, at: datetime
) -> list[str]:
    causes = objections.blockers(review, at=at, approver=people.behind(by), examination=examination)
    if causes:
        what = causes[0].sentence if len(causes) == 1 else f"{len(causes)} things block the approval."
        raise Blocked(what, "Resolve each of them, then approve.", causes=causes)
    warnings = objections.warnings_of(examination)
    if warnings and not acknowledge:
        raise Blocked(
            f"There are notes to read first: {', '.join(warnings)}.",
            "Read them and check the box.",
            kind="not-acknowledged",
            http_status=422,
        )
    return warnings


def _mint(review: Review, decision: Decision) -> Approval:
    return Approval.objects.create(
        review=review,
        decision=decision,
        subject_kind=review.subject_kind,
        subject_id=review.subject_id,
        subject_revision=review.subject_revision,
        fingerprint=review.fingerprint,
        approved_by_id=decision.decided_by_id,
        approved_by_label=decision.decided_by_label,
        approved_at=decision.decided_at,
        expires_at=review.expires_at,
    )


def _write_refused(review: Review, refusal: Refusal, fingerprint: str, *, by: Actor, at: datetime) -> None:
    with transaction.atomic(durable=True):
        audit.record(
            audit.Action.APPROVAL_REFUSED,
            about=review,
            by=by,
            at=at,
            sealing=(),
            **subject_of(review),
            refusal=refusal.kind,
            sentence=refusal.sentence,
            causes=[cause.as_dict() for cause in refusal.causes],
            fingerprint_seen=fingerprint[:64],
        )
