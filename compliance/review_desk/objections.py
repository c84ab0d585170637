"""Why somebody may not decide, and what blocks a decision, as sentences.

The page, its notes and the verb's guard all use these.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from compliance.clock import moment_text
from compliance.models import (
    ChangeRequest,
    Examination,
    Override,
    Review,
    ReviewMaker,
    SeverityLevel,
    State,
    SubjectKind,
)
from compliance.people import people
from compliance.people.roles import Role
from compliance.refusals import Cause
from compliance.review_desk import books, consents, findings
from compliance.review_desk.states import refusal_to_move
from compliance.statements.reads import prepared

if TYPE_CHECKING:
    from compliance.people.roles import Person

# Who decides what. Regardless of this table, nobody decides about what they shaped.
DECIDERS: dict[SubjectKind, tuple[Role, ...]] = {
    SubjectKind.PROPOSAL: (Role.REVIEWER,),
    SubjectKind.POLICY: (Role.REVIEWER,),
    SubjectKind.MODEL: (Role.REVIEWER,),
    SubjectKind.SETTING: (Role.COMPLIANCE, Role.ADMINISTRATOR),
    SubjectKind.ROLE_CHANGE: (Role.COMPLIANCE, Role.ADMINISTRATOR),
    SubjectKind.CORRECTION: (Role.COMPLIANCE, Role.REVIEWER),
}

# Subjects whose approver may not also act on the approval.
ACTED_ON_BY_ANOTHER = frozenset({SubjectKind.PROPOSAL})


def refusal_as_maker(user: Person, review: Review) -> str | None:
    """The sentence for somebody who shaped this revision."""
    # Not filtered in the database, because a page of many reviews prefetches all makers.
    made = min((one for one in review.makers.all() if one.person_id == user.pk), key=_first, default=None)
    if made is None:
        return None
    return f"{findings.maker_clause(made, review)}, so a colleague has to decide. {who_else(review)}"


def refusal_as_overrider(user: Person, review: Review) -> str | None:
    """The sentence for somebody who overrode a finding of this revision: they may not approve it alone."""
    given = (
        Override.objects.filter(review=review, fingerprint=review.fingerprint, approver_id=user.pk)
        .select_related("finding")
        .order_by("given_at", "id")
        .first()
    )
    if given is None:
        return None
    return (
        f"You overrode {given.finding.rule} on {moment_text(given.given_at)}, so somebody else has to approve. "
        f"{who_else(review)}"
    )


def refusal_to_approve(user: Person, review: Review, *, at: datetime) -> str | None:
    """Why `user` may not approve this, even if they may reject or return it; or None."""
    return refusal_to_decide(user, review, at=at) or refusal_as_overrider(user, review)


def who_else(review: Review) -> str:
    """Who may approve this instead, by name, as a sentence."""
    kind = SubjectKind(review.subject_kind)
    barred = set(review.makers.values_list("person_id", flat=True))
    barred |= set(
        review.overrides.filter(fingerprint=review.fingerprint).values_list("approver_id", flat=True)
    )
    free = [person for person in deciders(kind) if person.pk not in barred]
    names = [person.get_full_name() for person in books.seeing(free, review.household_ref)]
    if free and not names:
        return (
            f"No other {_roles(kind)} has this household in their book; an administrator can put it into the book of "
            f"{_listed([person.get_full_name() for person in free])}."
        )
    if not names:
        return f"Nobody else has the role {_roles(kind)} now; an administrator can grant it."
    return f"{_listed(names)} can."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def deciders(kind: SubjectKind) -> list[Person]:
    """Everybody whose role lets them decide about this kind of subject, in the order they joined."""
    found = {person.pk: person for role in DECIDERS[kind] for person in people.holding(role)}
    return [found[pk] for pk in sorted(found)]


def _roles(kind: SubjectKind) -> str:
    return " or ".join(role.label.lower() for role in DECIDERS[kind])


def _first(made: ReviewMaker) -> tuple[bool, int]:
    """Those who made it come before those who entered a fact."""
    return made.done_at is not None, made.pk


def refusal_to_decide(user: Person, review: Review, *, at: datetime) -> str | None:
    """Why `user` may not approve, reject or return this review, or None."""
    if sentence := refusal_as_maker(user, review):
        return sentence
    kind = SubjectKind(review.subject_kind)
    if not any(user.has_role(role) for role in DECIDERS[kind]):
        return f"Only a person with the role {_roles(kind)} can decide this."
    return refusal_by_state(review, at=at)


def refusal_by_state(review: Review, *, at: datetime) -> str | None:
    """Why nobody can decide this now: it is settled or has expired."""
    if not review.is_active:
        return refusal_to_move(review, State.REJECTED)
    if at >= review.expires_at:
        return f"This could be decided until {moment_text(review.expires_at)}; it has expired."
    return None


def change_requests_standing(review: Review) -> list[ChangeRequest]:
    """Open requests for changes, in this and in earlier revisions of the subject."""
    return changes_asked.rows(str(review.subject_kind), review.subject_id)


@prepared
def changes_asked(subject_kind: str, subject_id: str) -> QuerySet[ChangeRequest]:
    """The requests for changes of a subject that have not been lifted, the oldest first."""
    asked = ChangeRequest.objects.filter(
        review__subject_kind=subject_kind, review__subject_id=subject_id, lifted_at=None
    )
    return asked.order_by("asked_at", "id")


def blockers(
    review: Review, *, at: datetime, approver: Person | None = None, examination: Examination | None = None
) -> tuple[Cause, ...]:
    """Everything that blocks approval, each with its sentence; empty when nothing does. A request by
    `approver` does not block `approver`. `examination` is the newest run of the rules, if the caller has just
    made one.
    """
    return (
        *_asked_changes(review, approver),
        *_rules(review, examination or findings.latest(review), at=at),
        *_consent(review, at=at),
    )


def warnings_of(examination: Examination | None) -> list[str]:
    """The rules that gave a warning, which an approver has to acknowledge."""
    if examination is None:
        return []
    rules = examination.findings.filter(severity=SeverityLevel.WARN).values_list("rule", flat=True)
    return sorted(set(rules))


def _asked_changes(review: Review, approver: Person | None) -> list[Cause]:
    own_review_returned = review.state == State.RETURNED
    return [
        Cause(
            input=f"change request by {asked.asked_by_label}",
            sentence=f"{asked.asked_by_label} requested changes on {moment_text(asked.asked_at)} and has not lifted the request.",
        )
        for asked in change_requests_standing(review)
        if approver is None or asked.asked_by_id != approver.pk or own_review_returned
    ]


def _rules(review: Review, examination: Examination | None, *, at: datetime) -> list[Cause]:
    if examination is None:
        if not review.examination_required:
            return []
        return [Cause(input="rules", sentence="The rules have not been run on this revision.")]
    return [
        Cause(input=row.rule, sentence=f"{row.rule}: {row.sentence}")
        for row in findings.unanswered(examination, at=at)
    ]


def _consent(review: Review, *, at: datetime) -> list[Cause]:
    if not review.consent_required or consents.standing(review, at=at):
        return []
    sentence = (
        "The client has to consent to exactly these trades first; no consent is on record for this revision."
    )
    return [Cause(input="consent", sentence=sentence)]
