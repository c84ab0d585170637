"""The review desk: somebody asks for a decision on a fingerprint, somebody else decides.

An approval is leave to act on exactly what was shown, once and for a limited time. Only `approve`
mints one; whoever acts on it calls `require_approval` and `use` in the transaction of the act.
The ways a review can go are `states.NEXT`; docs/states.md draws them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from compliance.audit_trail import audit
from compliance.digests import fingerprint as fingerprints
from compliance.models import (
    ACTIVE_STATES,
    Approval,
    Decision,
    Examination,
    Review,
    ReviewMaker,
    State,
    SubjectKind,
    Verdict,
)
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Blocked, Cause, Conflict, NotAllowed, Refusal, Stale
from compliance.review_desk import findings, objections, states
from compliance.review_desk.approvals import require_approval, subject_of, use
from compliance.review_desk.consents import consent
from compliance.review_desk.findings import override
from compliance.review_desk.objections import blockers, refusal_to_approve, refusal_to_decide
from compliance.review_desk.states import NEXT
from compliance.review_desk.threads import (
    check_decider,
    comment,
    dismiss,
    lift,
    lift_by_approving,
    record_decision,
    request_changes,
    resolve,
)

if TYPE_CHECKING:
    from compliance.rules.book import Examination as Answer

__all__ = [
    "NEXT",
    "Maker",
    "NotAllowed",
    "Revalidated",
    "approve",
    "blockers",
    "comment",
    "consent",
    "decide",
    "dismiss",
    "expire_due",
    "lift",
    "override",
    "refusal_to_approve",
    "refusal_to_decide",
    "reject",
    "request",
    "request_changes",
    "require_approval",
    "resolve",
    "supersede",
    "use",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody who shaped the revision. `did` finishes "You …": "changed the tax budget".

    `done_at` is when, for a fact that was entered before the revision was made and that it rests on.
    """

    person_pk: int
    did: str
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Revalidated:
    """Fresh inputs, looked at inside the deciding transaction.

    `fingerprint` is that of the subject as it is now; `causes` what moved since it was shown (any
    one makes the approval stale); `answer` the rules run again on what is there now.
    """

    fingerprint: str
    causes: tuple[Cause, ...] = ()
    answer: Answer | None = None


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
    """Ask for a decision on one revision of one subject, replacing what was asked about earlier ones.

    A person who asks is a maker too. `answer` is the rule book's; once there is one, or with
    `examination_required`, nothing is approved without an examination. Raises BadInput, or Conflict
    when this or a later revision is already under review.
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
        ReviewMaker.objects.bulk_create(
            ReviewMaker(review=review, person_id=maker.person_pk, did=maker.did, done_at=maker.done_at)
            for maker in shaped
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


def approve(
    review: Review,
    *,
    fingerprint: str,
    revalidate: Callable[[], Revalidated] | None,
    text: str = "",
    acknowledge_warnings: bool = False,
    then: Callable[[Approval], None] | None = None,
    by: Actor,
    at: datetime,
) -> Approval:
    """Approve exactly `fingerprint`, the one the approver saw, and mint the approval.

    One transaction of its own, which must be the outermost: the row is locked, then role, makers,
    state, expiry, fingerprint, fresh inputs (`revalidate`), rules, consent and change requests are
    checked again; `then` is what the caller changes with it; the audit line comes last. The same
    person approving the same thing again (a double click) gets the same approval back.

    Nobody approves over a finding that they answered for themselves: two people stand behind it.
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
            )
            return approval
    except Refusal as refusal:
        _write_refused(review, refusal, fingerprint, by=by, at=at)
        raise


def reject(review: Review, text: str, *, fingerprint: str, by: Actor, at: datetime) -> Decision:
    """Say no for good; the reason is required. Raises as `request_changes` does."""
    if not text.strip():
        raise BadInput("A rejection needs its reason.", "Say in a sentence why.")
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


def withdraw(review: Review, reason: str, *, answers_for_it: bool = False, by: Actor, at: datetime) -> Review:
    """Take it back: a maker takes back the request, an approver the approval, compliance either.

    `answers_for_it` says that the caller knows the subject to be this person's own, such as an advisor's client whom
    a job of ours proposed for. Possible until somebody has acted on the approval. Raises NotAllowed, Conflict or
    BadInput.
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
                    "Only who asked for it or answers for it, who approved it or compliance can withdraw this."
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
    """Close the reviews and unused approvals whose time is up; a second run finds nothing to do."""
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
                f"Revision {review.subject_revision} is already before the desk.", "Bring a later revision."
            )
        states.move(review, State.SUPERSEDED, by=by, at=at)
    return earlier


def _makers(makers: Iterable[Maker], kind: SubjectKind, by: Actor) -> list[Maker]:
    shaped = list(dict.fromkeys(makers))
    if by.is_person and all(str(maker.person_pk) != by.person_ref for maker in shaped):
        shaped.append(Maker(int(by.person_ref), f"asked for the review of this {kind.label.lower()}"))
    return shaped


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
        assert not review.examination_required, "what rules apply to is looked at again when it is approved"
        return findings.latest(review)
    fresh = revalidate()
    if fresh.causes or fresh.fingerprint != review.fingerprint:
        causes = fresh.causes or (
            Cause("fingerprint", shown=review.fingerprint_short, now=fingerprints.short(fresh.fingerprint)),
        )
        raise Stale(
            "The facts have moved since this was put together.",
            "Have it recomputed, then review the new revision.",
            causes=causes,
        )
    if fresh.answer is None:
        assert not review.examination_required, "the rules run again at approval"
        return findings.latest(review)
    return findings.keep(review, fresh.answer, fingerprint=review.fingerprint, at=at)


def _acknowledged(
    review: Review, examination: Examination | None, acknowledge: bool, *, by: Actor, at: datetime
) -> list[str]:
    causes = blockers(review, at=at, approver=people.behind(by), examination=examination)
    if causes:
        what = causes[0].sentence if len(causes) == 1 else f"{len(causes)} things stand in the way."
        raise Blocked(what, "Settle each of them, then approve.", causes=causes)
    warnings = objections.warnings_of(examination)
    if warnings and not acknowledge:
        raise Blocked(
            f"There are notes to read first: {', '.join(warnings)}.",
            "Read them and tick that you have.",
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
