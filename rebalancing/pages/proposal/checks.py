"""What the rule book said of a revision when it last ran, what was answered, and what this person may answer for."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from compliance.models import FindingRow, Override, SeverityLevel
from compliance.review_desk import findings
from rebalancing import access
from rebalancing.models import Proposal
from rebalancing.pages.proposal.stored import Stored
from rebalancing.pages.proposal.talk import Thread
from rebalancing.proposals import anchors, order_splits

BLOCK, REASON, NOTE, PASS = "block", "reason", "note", "pass"
SEVERITY_NAMES = {
    SeverityLevel.BLOCK: BLOCK,
    SeverityLevel.OVERRIDE: REASON,
    SeverityLevel.WARN: NOTE,
    SeverityLevel.PASS: PASS,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered for a finding, and why."""

    approver: str
    reason: str
    reason_label: str
    text: str
    given_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A check's answer. `key` names the concern, `place` the last word of its anchors; `override_url` only where this person may answer for it, `alike` how many
    findings of its rule wait for the same answer; `split_url` where this person may split the order as it advises.
    """

    key: str
    place: str
    rule: str
    rule_version: int
    severity: str
    sentence: str
    how_to_fix: str
    about: str
    answer: Answer | None
    refusal_to_override: str | None
    override_url: str
    alike: int
    split_url: str
    split_text: str
    about_typed: str = ""
    threads: tuple[Thread, ...] = ()

    @property
    def about_choices(self) -> tuple[tuple[str, str], ...]:
        """What a thread beside it is about."""
        return ((self.about_typed, "The finding"),)


@dataclass(frozen=True, slots=True)
class Checks:
    """The findings, the gravest first."""

    examined_at: datetime | None
    findings: tuple[FindingLine, ...]

    @property
    def blocks(self) -> tuple[FindingLine, ...]:
        return self._of(BLOCK)

    @property
    def reasons(self) -> tuple[FindingLine, ...]:
        return self._of(REASON)

    @property
    def notes(self) -> tuple[FindingLine, ...]:
        return self._of(NOTE)

    @property
    def passes(self) -> tuple[FindingLine, ...]:
        return self._of(PASS)

    @property
    def total(self) -> int:
        return len({line.rule for line in self.findings})

    @property
    def passed(self) -> int:
        return self.total - len({line.rule for line in self.open})

    @property
    def unanswered(self) -> int:
        """How many findings still need somebody's reason."""
        return sum(1 for line in self.reasons if line.answer is None)

    @property
    def open(self) -> tuple[FindingLine, ...]:
        """What still stands in the way: blocks, and reasons nobody has given."""
        return (*self.blocks, *(line for line in self.reasons if line.answer is None))

    def _of(self, severity: str) -> tuple[FindingLine, ...]:
        return tuple(line for line in self.findings if line.severity == severity)


def of(user: Any, stored: Stored, *, at: datetime) -> Checks:
    examination = stored.examination
    if examination is None:
        return Checks(None, ())
    answered = findings.standing_overrides(stored.review, at=at)
    examination.review = stored.review
    rows = sorted(findings.rows_of.rows(examination.pk), key=lambda row: (-row.severity, row.position))
    for row in rows:
        row.examination = examination
    alike = Counter(
        row.rule for row in rows if row.severity == SeverityLevel.OVERRIDE and row.key not in answered
    )
    return Checks(
        examination.examined_at,
        tuple(_line(user, stored, row, answered.get(row.key), alike=alike[row.rule]) for row in rows),
    )


def _line(user: Any, stored: Stored, row: FindingRow, answer: Override | None, *, alike: int) -> FindingLine:
    split = _split(user, stored, row) if answer is None else None
    refusal = findings.refusal_to_override(user, row) if answer is None else None
    may_answer = row.severity == SeverityLevel.OVERRIDE and answer is None and refusal is None
    return FindingLine(
        key=row.key,
        place=str(row.pk),
        rule=row.rule,
        rule_version=row.rule_version,
        severity=SEVERITY_NAMES[SeverityLevel(row.severity)],
        sentence=row.sentence,
        how_to_fix=row.how_to_fix,
        about=_about(row.about, stored.account_names),
        answer=None if answer is None else _answer(answer),
        refusal_to_override=refusal,
        override_url=reverse("rebalancing:override", args=[stored.proposal.public_id, row.pk])
        if may_answer and stored.is_open
        else "",
        alike=alike,
        split_url=reverse("rebalancing:split", args=[stored.proposal.public_id, row.pk]) if split else "",
        split_text=f"{split.shares:,f} of {split.order.shares:,f} shares" if split else "",
        about_typed=anchors.finding(row.rule, row.key).typed if row.severity else "",
    )


def _split(user: Any, stored: Stored, row: FindingRow) -> order_splits.Split | None:
    """The split this finding advises, where this person may make it now."""
    can_be = stored.is_current and stored.proposal.state in {
        Proposal.State.IN_REVIEW,
        Proposal.State.RETURNED,
    }
    if not can_be or access.refusal_to_revise(user):
        return None
    return order_splits.of(row, stored.plan)


def _answer(given: Override) -> Answer:
    return Answer(
        approver=given.approver_label,
        reason=given.reason,
        reason_label=given.get_reason_display(),
        text=given.text,
        given_at=given.given_at,
        expires_at=given.expires_at,
    )


def _about(text: str, names: dict[str, str]) -> str:
    places = []
    for place in json.loads(text or "[]"):
        words = [names.get(place.get("account", ""), ""), place.get("security", "")]
        places.append(", ".join(word for word in words if word))
    return "; ".join(dict.fromkeys(place for place in places if place))
