"""What tests of the review desk do over and over: use an approval, answer for a finding, agree, ask for changes."""

from __future__ import annotations

from typing import Any

from advisory.models import User
from compliance.audit_trail import audit
from compliance.models import (
    Approval,
    ConsentChannel,
    Review,
)
from compliance.people.actors import Actor
from compliance.review_desk import (
    approvals,
    consents,
    findings,
    threads,
)
from compliance.rules.findings.severity import Severity
from tests.clock import MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON
from tests.factories.reviews import SHOWN

BLOCK, OVERRIDE, WARN, PASS = Severity.BLOCK, Severity.OVERRIDE, Severity.WARN, Severity.PASS


def actions(about: object) -> list[str]:
    return [event.action for event in audit.trail(about=about)]


def now(review: Review) -> Review:
    return Review.objects.get(pk=review.pk)


def use(approval: Approval, user: User, *, at: Any = TUESDAY_NOON) -> Review:
    return approvals.use(approval, by=Actor.person(user), at=at)


def answer_for(review: Review, rule: str, user: User, **changes: Any) -> Any:
    finding = review.examinations.latest("examined_at", "id").findings.get(rule=rule)
    arguments = {
        "fingerprint": review.fingerprint,
        "expires_at": WEDNESDAY_NOON,
        "text": "Client asked.",
        **changes,
    }
    return findings.override(
        finding, reason="client_instruction", by=Actor.person(user), at=TUESDAY_NOON, **arguments
    )


def agree(review: Review, by: User, **changes: Any) -> Any:
    arguments = {
        "fingerprint": SHOWN,
        "given_by": "Carl Alder",
        "given_at": MONDAY_NOON,
        "expires_at": WEDNESDAY_NOON,
        "channel": ConsentChannel.PHONE,
        "evidence": "call 4711",
        **changes,
    }
    return consents.consent(review, by=Actor.person(by), at=TUESDAY_NOON, **arguments)


def ask_for_changes(review: Review, user: User, text: str = "Sell less.") -> Any:
    return threads.request_changes(
        review, text, fingerprint=review.fingerprint, by=Actor.person(user), at=TUESDAY_NOON
    )
