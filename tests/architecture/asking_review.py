"""What stands at the addresses of scans, proposals and reviews, and what is sent there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from compliance.people.actors import Actor
from compliance.review_desk import findings
from rebalancing.models import ScanRun
from rebalancing.proposals import anchors, proposals, revisions
from rebalancing.scans import scans
from tests.architecture.asking_things import Firm, Make
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON


def _review(firm: Firm) -> Any:
    return proposals.current(firm.proposal).review


def _traded_account(firm: Firm) -> str:
    return revisions.plan_of(proposals.current(firm.proposal)).orders[0].account


def _traded(firm: Firm) -> str:
    return next(
        anchors.of_revision(
            revisions.plan_of(proposals.current(firm.proposal)),
            revisions.household_of(proposals.current(firm.proposal)),
            (),
        )
    ).typed


def _approval_batch(firm: Firm) -> Any:
    """What Rui wanted to approve beside others; nothing of it is decided yet."""
    from rebalancing.models import ApprovalBatch
    from rebalancing.proposals import approval_batches

    return ApprovalBatch.objects.first() or approval_batches.start(
        [(firm.proposal, firm.fingerprint)],
        text="",
        acknowledges_notes=True,
        by=Actor.person(firm.rui),
        at=SUNDAY_NOON,
    )


def _event(firm: Firm) -> int:
    from compliance.models import AuditEvent

    return AuditEvent.objects.filter(about_kind="proposal", about_id=firm.proposal.public_id)[0].seq


def _alarm(firm: Firm) -> Any:
    """An alarm about the Harts, found by the monitors' own function."""
    from rebalancing.models import Alarm
    from rebalancing.monitors import alarms
    from rebalancing.monitors.firm import Firm as Watched
    from rebalancing.monitors.watching import Found

    found = Found("idle_cash", firm.harts.pk, "", "Cash lies idle.", {"days_idle": "12", "most": "10"})
    if not Alarm.objects.filter(household=firm.harts).exists():
        alarms.settle((found,), Watched(SUNDAY_NOON), by=Actor.system("monitors"), at=SUNDAY_NOON)
    return Alarm.objects.get(household=firm.harts)


def order_file(firm: Firm) -> str:
    return firm.batch.files.order_by("name")[0].name


def _finding(firm: Firm) -> Any:
    from compliance.models import SeverityLevel

    examination = findings.latest(_review(firm))
    assert examination is not None
    rows = examination.findings.order_by("position")
    return rows.filter(severity=SeverityLevel.OVERRIDE).first() or rows[0]


def _held_by_the_market(firm: Firm) -> None:
    """The Harts' last reading says that the market is not orderly."""
    from rebalancing.models import Reading
    from rebalancing.waiting import disorderly_market

    at = SUNDAY_NOON + timedelta(minutes=1)
    run, is_new = ScanRun.objects.get_or_create(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        sequence=99,
        defaults={"state": ScanRun.State.CANCELLED, "started_at": at, "heartbeat_at": at, "finished_at": at},
    )
    if is_new:
        told = {"code": disorderly_market.CODE, "sentence": "The market is not orderly.", "effect": "holds"}
        Reading.objects.create(
            run=run, household=firm.harts, outcome="held", reason="Held.", holds=[told], read_at=at
        )


def _hold_override(firm: Firm) -> Any:
    from rebalancing.models import HoldOverride
    from rebalancing.waiting import disorderly_market, overrides

    _held_by_the_market(firm)
    return HoldOverride.objects.first() or overrides.make(
        firm.harts,
        code=disorderly_market.CODE,
        reason="The client asked for it.",
        expires_on=MONDAY,
        on=SUNDAY_NOON.date(),
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _change_request(firm: Firm) -> int:
    return _review(firm).change_requests.get().pk


def _ask_for_changes(firm: Firm) -> None:
    proposals.request_changes(
        firm.proposal,
        seen=firm.fingerprint,
        text="Why now?",
        by=Actor.person(firm.rui),
        at=SUNDAY_NOON,
    )


def approve(firm: Firm) -> None:
    proposals.approve(
        firm.proposal,
        seen=firm.fingerprint,
        text="Agreed.",
        acknowledge_warnings=True,
        by=Actor.person(firm.rui),
        at=SUNDAY_NOON,
    )


def _start_scan(firm: Firm) -> None:
    """A scan that still runs takes the place of the one that is over."""
    run = scans.start(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )
    object.__setattr__(firm, "run", run)


def _seen(firm: Firm, **more: Any) -> dict[str, Any]:
    return {"seen": firm.fingerprint, **more}


def _fingerprint(firm: Firm, **more: Any) -> dict[str, Any]:
    return {"fingerprint": firm.fingerprint, **more}


DECIDED = "proposals/<slug:public_id>/revisions/<int:number>/"


def _replay(firm: Firm) -> Any:
    """A replay of the released proposal that waits for a worker."""
    from rebalancing.proposals import replay_runs

    return replay_runs.ask(firm.released.revisions.get(), by=Actor.person(firm.cora), at=SUNDAY_NOON)


OBJECTS: tuple[tuple[str, str, Make], ...] = (
    ("hold-overrides/", "public_id", lambda firm: _hold_override(firm).public_id),
    ("monitors/alarms/", "public_id", lambda firm: _alarm(firm).public_id),
    ("reviews/", "public_id", lambda firm: _review(firm).public_id),
    ("audit/", "seq", _event),
    ("scans/", "public_id", lambda firm: firm.run.public_id),
    ("readings/", "public_id", lambda firm: firm.harts.readings.get(run=firm.run).public_id),
    ("proposals/", "public_id", lambda firm: firm.proposal.public_id),
    ("proposals/", "number", lambda firm: 1),
    ("proposals/", "account", _traded_account),
    *(
        (f"{DECIDED}{end}", "public_id", lambda firm: firm.released.public_id)
        for end in ("explained/", "replay/")
    ),
    ("replays/", "public_id", lambda firm: _replay(firm).public_id),
    ("proposals/", "name", lambda firm: "plan"),
    ("proposals/", "thread", lambda firm: _review(firm).comments.order_by("pk")[0].pk),
    ("proposals/", "change_request", lambda firm: _change_request(firm)),
    ("proposals/", "finding", lambda firm: _finding(firm).pk),
    ("approval-batches/", "public_id", lambda firm: _approval_batch(firm).public_id),
    ("approvals/", "public_id", lambda firm: firm.batch.approval.public_id),
    ("batches/", "public_id", lambda firm: firm.batch.public_id),
    ("batches/", "name", order_file),
    ("summaries/", "public_id", lambda firm: firm.summary.public_id),
    ("portfolio/summaries/", "public_id", lambda firm: firm.summary.public_id),
    ("portfolio/consents/", "public_id", lambda firm: firm.proposal.public_id),
    ("consent-requests/", "public_id", lambda firm: firm.proposal.public_id),
    ("compliance/change-requests/", "change_request", lambda firm: _change_request(firm)),
)


BEFORE: dict[str, Callable[[Firm], None]] = {
    "rebalancing:hold_override_make": _held_by_the_market,
    "api:hold-override-make": _held_by_the_market,
    "api:proposal-lift": _ask_for_changes,
    "api:review-dismiss": _ask_for_changes,
    "api:proposal-release": approve,
    "api:scan-cancel": _start_scan,
    "rebalancing:lift": _ask_for_changes,
    "rebalancing:release": approve,
    "rebalancing:scan_cancel": _start_scan,
    "compliance:dismiss": _ask_for_changes,
}


BODIES: dict[str, Make] = {
    "rebalancing:approve_many": lambda firm: {"proposals": firm.proposal.public_id},
    "api:approve-many": lambda firm: {"proposals": [firm.proposal.public_id]},
    "rebalancing:hold_override_make": lambda firm: {
        "code": "disorderly_market",
        "reason": "The client asked for it.",
        "expires_on": "2026-11-24",
    },
    "rebalancing:hold_override_change": lambda firm: {
        "reason": "The client asked for it in writing.",
        "expires_on": "2026-11-24",
    },
    "rebalancing:hold_override_end": lambda firm: {"reason": "The market is orderly."},
    "api:hold-override-end": lambda firm: {"reason": "The market is orderly."},
    "api:review-comment": lambda firm: {"text": "Noted."},
    "api:review-resolve": lambda firm: {"comment": 1},
    "api:review-dismiss": lambda firm: {"change_request": 1, "reason": "Answered by telephone."},
    "api:proposal-approve": lambda firm: _fingerprint(firm, acknowledge_warnings=True),
    "api:proposal-reject": lambda firm: _fingerprint(firm, text="Too large."),
    "api:proposal-request-changes": lambda firm: _fingerprint(firm, text="Why now?"),
    "api:proposal-lift": lambda firm: {"change_request": 1},
    "api:proposal-override": lambda firm: _fingerprint(
        firm, finding=_finding(firm).key, reason="facts_confirmed", text="Looked at."
    ),
    "api:proposal-split": lambda firm: _fingerprint(firm, finding=_finding(firm).key),
    "api:proposal-consent": lambda firm: _fingerprint(
        firm, given_by="Hanna Hart", channel="phone", evidence="Call of Sunday."
    ),
    "api:proposal-withdraw": lambda firm: {"reason": "The client changed plans."},
    "api:proposal-revise": lambda firm: {"objective": "default", "why": "Fresh figures."},
    "api:proposal-release": _fingerprint,
    "api:consent-request-consent": _fingerprint,
    "compliance:dismiss": lambda firm: {"reason": "Answered by telephone."},
    "rebalancing:decide": lambda firm: _seen(firm, verdict="reject", text="Too large."),
    "rebalancing:approve": lambda firm: _seen(firm, text="Agreed.", acknowledge="on"),
    "rebalancing:withdraw": lambda firm: {"withdraw-reason": "The client changed plans."},
    "api:proposal-work-again": _fingerprint,
    "compliance:review_ask": lambda firm: {"of": "reviewer", "text": "Please decide on it."},
    "rebalancing:work_again": lambda firm: _seen(firm),
    "rebalancing:revise": lambda firm: {"revise-objective": "default", "revise-why": "Fresh figures."},
    "rebalancing:consent": lambda firm: {
        "consent-seen": firm.fingerprint,
        "consent-given_by": "Hanna Hart",
        "consent-channel": "phone",
        "consent-evidence": "Call of Sunday.",
    },
    "rebalancing:reply": lambda firm: {"text": "Noted."},
    "rebalancing:thread": lambda firm: {"about": _traded(firm), "text": "Why so much?"},
    "rebalancing:tick": lambda firm: {"looked_at": "yes"},
    "rebalancing:override": lambda firm: _seen(firm, reason="facts_confirmed", text="Looked at."),
    "rebalancing:release": _seen,
    "rebalancing:portal_consent": lambda firm: _seen(firm, agree="on"),
}
