"""Reviews of something that the review desk knows only by its fingerprint, without a proposal behind it."""

from __future__ import annotations

from datetime import datetime

from advisory.models import User
from compliance.digests import fingerprint
from compliance.models import Review, SubjectKind
from compliance.people.actors import Actor
from compliance.review_desk import decisions, reviews
from compliance.rules.book import Examination as Answer
from compliance.rules.facts.case import Stage
from compliance.rules.findings.finding import About, Finding
from compliance.rules.findings.severity import Severity
from tests.clock import MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON

SHOWN = fingerprint.of({"trades": ["sell 10 VTI"]}, kind="proposal")
CHANGED = fingerprint.of({"trades": ["sell 11 VTI"]}, kind="proposal")


def an_open_review(
    maker: User,
    *,
    revision: int = 1,
    shown: str = SHOWN,
    subject_id: str = "pr_1",
    answer: Answer | None = None,
    consent_required: bool = False,
    makers: tuple[reviews.Maker, ...] = (),
    expires_at: datetime = WEDNESDAY_NOON,
) -> Review:
    return reviews.request(
        subject_kind=SubjectKind.PROPOSAL,
        subject_id=subject_id,
        subject_revision=revision,
        title="Rebalance of the Alder household",
        fingerprint=shown,
        makers=(reviews.Maker(maker.pk, "drafted this proposal"), *makers),
        household_ref="hh_alder",
        expires_at=expires_at,
        consent_required=consent_required,
        answer=answer,
        by=Actor.person(maker),
        at=MONDAY_NOON,
    )


def an_answer(*found: tuple[str, Severity], stage: Stage = Stage.BUILD) -> Answer:
    """What the rule book said: pairs of rule and severity, or one PASS."""
    findings = tuple(
        Finding(
            rule=rule,
            version=1,
            severity=severity,
            sentence=f"{rule} looked at it.",
            about=(About(account="ac_1", security="VTI"),),
            inputs=(("weight", "0.71"),),
            thresholds=(("range_high", "0.70"),),
        )
        for rule, severity in (found or (("PTC-01", Severity.PASS),))
    )
    return Answer(stage=stage, findings=findings, runs=(), outstanding=())


def unchanged(review: Review, answer: Answer | None = None) -> decisions.Revalidated:
    return decisions.Revalidated(fingerprint=review.fingerprint, answer=answer)


def approve(
    review: Review, reviewer: User, *, at: datetime = TUESDAY_NOON, shown: str = "", **more: object
) -> object:
    """Approve as a door would, with facts that have not moved unless the test says so."""
    arguments = {"revalidate": None, **more}
    return decisions.approve(
        review, fingerprint=shown or review.fingerprint, by=Actor.person(reviewer), at=at, **arguments
    )
