"""A proposal's way to its approval, through the product's own verbs: scan, answer for findings, approve."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from compliance.models import Approval, FindingRow, OverrideReason, SeverityLevel
from compliance.people.actors import Actor
from compliance.review_desk import findings
from rebalancing.models import Proposal, ScanRun
from rebalancing.proposals import proposals
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON, TUESDAY_NOON


def scan() -> ScanRun:
    """The day's scan, every household read in this process."""
    run = scans.start(
        scan=ScanRun.Scan.DAILY,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )
    scans.work(worker="here", now=lambda: SUNDAY_NOON, do=readings.read, run=run, households_max=100)
    run.refresh_from_db()
    return run


def answer_findings(proposal: Proposal, by: Any = None) -> None:
    """Answer for every finding that a named person may answer for; Nina does, so that others may approve."""
    by = by or cast.nina()
    review = proposals.current(proposal).review
    assert review is not None
    for finding in FindingRow.objects.filter(examination__review=review, severity=SeverityLevel.OVERRIDE):
        findings.override(
            finding,
            reason=OverrideReason.FACTS_CONFIRMED,
            text="The size follows from the drift.",
            fingerprint=review.fingerprint,
            expires_at=TUESDAY_NOON,
            by=Actor.person(by),
            at=SUNDAY_NOON,
        )


def approve(proposal: Proposal, by: Any, *, at: datetime = SUNDAY_NOON) -> Approval:
    return proposals.approve(
        proposal,
        seen=proposals.current(proposal).fingerprint,
        text="Agreed.",
        acknowledge_warnings=True,
        by=Actor.person(by),
        at=at,
    )
