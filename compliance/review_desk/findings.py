"""The rule book's findings, stored as rows, and their overrides."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from compliance.audit_trail import audit
from compliance.clock import moment_text
from compliance.digests import canonical
from compliance.digests.fingerprint import netstring
from compliance.models import (
    Examination,
    FindingRow,
    Override,
    OverrideReason,
    Review,
    ReviewMaker,
    SeverityLevel,
)
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, NotAllowed, Stale
from compliance.review_desk import states
from compliance.rules.book import RULES_BY_ID
from compliance.statements import bulk
from compliance.statements.reads import prepared

if TYPE_CHECKING:
    from compliance.people.roles import Person
    from compliance.rules.book import Examination as Answer
    from compliance.rules.findings.finding import Finding

# Only compliance can override a finding of a rule that is no longer in the book.
_ROLES_WITHOUT_RULE = frozenset({str(Role.COMPLIANCE)})


def keep(review: Review, answer: Answer, *, fingerprint: str, at: datetime) -> Examination:
    """Store one run of the rule book for this review. Part of a verb's transaction; writes no audit event.

    Raises BadInput when there is no finding, which never counts as a pass.
    """
    if not answer.findings:
        raise BadInput("The rule book returned no findings, so nothing was checked.", "Run the rules again.")
    examination = Examination.objects.create(
        review=review,
        fingerprint=fingerprint,
        stage=str(answer.stage.value),
        examined_at=at,
        worst=int(max(finding.severity for finding in answer.findings)),
        findings_count=len(answer.findings),
    )
    bulk.insert(
        FindingRow, [_row(examination, position, finding) for position, finding in enumerate(answer.findings)]
    )
    return examination


def things(examination: Examination | None) -> list[tuple[str, object]]:
    """What an event about this examination seals: the run and its findings."""
    return [("examination", examination.pk), ("findings", examination.pk)] if examination else []


def latest(review: Review) -> Examination | None:
    """The newest examination of exactly what this review asks about."""
    (found,) = newest.rows(review.pk, review.fingerprint) or (None,)
    if found is not None:
        found.review = review
    return found


@prepared
def newest(review: int, fingerprint: str) -> QuerySet[Examination]:
    """The newest of the examinations of a review's fingerprint."""
    found = Examination.objects.filter(review=review, fingerprint=fingerprint)
    return found.order_by("-examined_at", "-id")[:1]


def standing_overrides(review: Review, *, at: datetime) -> dict[str, Override]:
    """The overrides in force, by the key of the finding they answer."""
    return {override.key: override for override in standing.rows(review.pk, review.fingerprint, at)}


@prepared
def standing(review: int, fingerprint: str, at: datetime) -> QuerySet[Override]:
    """The overrides of a review's fingerprint that count at a moment, without those of its makers."""
    current = Override.objects.filter(
        review=review, fingerprint=fingerprint, given_at__lte=at, expires_at__gt=at
    ).exclude(approver__in=ReviewMaker.objects.filter(review=review).values("person"))
    return current.order_by("given_at", "id")


def unanswered(examination: Examination, *, at: datetime) -> list[FindingRow]:
    """The blocking findings: every BLOCK, and each OVERRIDE without an override."""
    answered = standing_overrides(examination.review, at=at)
    rows = [row for row in rows_of.rows(examination.pk) if row.severity >= SeverityLevel.OVERRIDE]
    return [row for row in rows if row.severity == SeverityLevel.BLOCK or row.key not in answered]


@prepared
def rows_of(examination: int) -> QuerySet[FindingRow]:
    """The findings of an examination in the book's order."""
    return FindingRow.objects.filter(examination=examination).order_by("position")


def expected_blockers(review: Review, answer: Answer, *, at: datetime) -> list[FindingRow]:
    """The blocking findings of an examination that is not stored, for a page that shows them before a
    decision.
    """
    answered = standing_overrides(review, at=at)
    unsaved = Examination(review=review, fingerprint=review.fingerprint)
    rows = (_row(unsaved, position, finding) for position, finding in enumerate(answer.findings))
    return [
        row
        for row in rows
        if row.severity == SeverityLevel.BLOCK
        or (row.severity == SeverityLevel.OVERRIDE and row.key not in answered)
    ]


def maker_clause(made: ReviewMaker, review: Review) -> str:
    """What a maker did, as the beginning of a refusal."""
    if made.done_at is None:
        return f"You {made.did} in revision {review.subject_revision}"
    return f"You {made.did} on {moment_text(made.done_at)}, and revision {review.subject_revision} is based on it"


def refusal_to_override(user: Person, finding: FindingRow) -> str | None:
    """Why `user` may not override this finding, as a sentence."""
    review = finding.examination.review
    if finding.severity == SeverityLevel.BLOCK:
        return f"{finding.rule} blocks the trade and cannot be overridden. Correct the facts or remove the trade."
    if finding.severity != SeverityLevel.OVERRIDE:
        return f"{finding.rule} does not need an override."
    if not review.is_active:
        return "This review is settled, so there is nothing to override."
    made = next((one for one in review.makers.all() if one.person_id == user.pk), None)
    if made is not None:
        return f"{maker_clause(made, review)}, so a colleague has to override this."
    allowed = finding.override_roles.split(",")
    if not user.role_names & frozenset(allowed):
        names = " or ".join(Role(role).label.lower() for role in allowed)
        return f"{finding.rule} can only be overridden by a person with the role {names}."
    return None


def alike(finding: FindingRow, *, at: datetime) -> list[FindingRow]:
    """The unanswered findings of the same rule in the same examination: one cause, which one answer may settle. Itself first."""
    answered = standing_overrides(finding.examination.review, at=at)
    same = finding.examination.findings.filter(rule=finding.rule, severity=SeverityLevel.OVERRIDE)
    others = [row for row in same.exclude(pk=finding.pk).order_by("position") if row.key not in answered]
    for row in others:
        row.examination = finding.examination
    return [finding, *others]


def override(
    *found: FindingRow,
    reason: OverrideReason,
    text: str,
    fingerprint: str,
    expires_at: datetime,
    by: Actor,
    at: datetime,
) -> list[Override]:
    """A named person overrides findings of one review, on the fingerprint they were shown, until `expires_at`: all or none.

    Raises NotAllowed (maker, role, block), Stale (another fingerprint) or BadInput (no text, no future).
    """
    with transaction.atomic():
        review = states.lock(found[0].examination.review)
        user = people.behind(by)
        for finding in found:
            if sentence := refusal_to_override(user, finding):
                raise NotAllowed(sentence)
            if fingerprint != review.fingerprint or finding.examination.fingerprint != review.fingerprint:
                raise Stale(
                    "This finding belongs to another revision.",
                    "Open the current revision and check it again.",
                )
        if not text.strip():
            raise BadInput("An override needs an explanation.", "Say in a sentence why this is right here.")
        if expires_at <= at:
            raise BadInput("This override would already have expired.", "Choose a moment in the future.")
        return [
            _overridden(
                finding, review, user, reason=reason, text=text.strip(), expires_at=expires_at, by=by, at=at
            )
            for finding in found
        ]


def _overridden(
    finding: FindingRow,
    review: Review,
    user: Person,
    *,
    reason: OverrideReason,
    text: str,
    expires_at: datetime,
    by: Actor,
    at: datetime,
) -> Override:
    given = Override.objects.create(
        review=review,
        finding=finding,
        key=finding.key,
        fingerprint=review.fingerprint,
        approver_id=user.pk,
        approver_label=by.label,
        roles=",".join(sorted(user.role_names)),
        reason=reason,
        text=text,
        given_at=at,
        expires_at=expires_at,
    )
    audit.record(
        audit.Action.OVERRIDE_RECORDED,
        about=review,
        by=by,
        at=at,
        sealing=[("override", given.pk)],
        rule=finding.rule,
        finding=finding.key,
        reason=reason,
        text=given.text,
        expires_at=expires_at,
        fingerprint=review.fingerprint,
    )
    return given


def _row(examination: Examination, position: int, finding: Finding) -> FindingRow:
    about = canonical.text(finding.about)
    rule = RULES_BY_ID.get(finding.rule)
    roles = rule.RULE.override_roles if rule else _ROLES_WITHOUT_RULE
    return FindingRow(
        examination=examination,
        position=position,
        rule=finding.rule,
        rule_version=finding.version,
        severity=int(finding.severity),
        sentence=finding.sentence,
        how_to_fix=finding.how_to_fix,
        about=about,
        inputs=canonical.text(finding.inputs),
        thresholds=canonical.text(finding.thresholds),
        override_roles=",".join(sorted(str(role) for role in roles)),
        key=hashlib.sha256(netstring(finding.rule) + netstring(about)).hexdigest(),
    )
