"""What an examiner may read, in words and as links; and for compliance every access that was opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from clients import figures
from clients.models import Household
from compliance import access as desk
from compliance.audit_trail import audit
from compliance.models import AuditEvent, ExaminerAccess
from compliance.people.roles import Role
from rebalancing import access

DECISIONS_MAX = 200
"""The most decisions that a page lists; the bundle has all."""


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One access: who, what, until when, and what became of it."""

    public_id: str
    url: str
    examiner: str
    scope: str
    ends_on: date
    opened_at: datetime
    opened_by: str
    reason: str
    state: str
    state_label: str
    ended_at: datetime | None
    ended_reason: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision within the scope."""

    url: str
    household: str
    revision: int
    verdict: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ExaminationPage:
    """One access. The doors to change it are for compliance alone."""

    access: AccessRow
    decisions: tuple[DecisionRow, ...]
    decisions_more: int
    records_url: str
    trail_url: str
    reads: int
    change_url: str
    end_url: str
    former_url: str
    may_read: bool


@dataclass(frozen=True, slots=True)
class ExaminationsPage:
    """Every access, the open ones first."""

    rows: tuple[AccessRow, ...]
    open_url: str


def listed(user: Any, *, on: date) -> ExaminationsPage:
    """The accesses this person may see."""
    found = list(desk.examiner_accesses_for(user).select_related("examiner"))
    names = _names(found)
    rows = [_row(one, names, on=on) for one in found]
    return ExaminationsPage(
        rows=tuple(sorted(rows, key=lambda row: row.state != "open")),
        open_url=reverse("advisory:examiner_open") if user.has_role(Role.COMPLIANCE) else "",
    )


def show(user: Any, found: ExaminerAccess, *, on: date) -> ExaminationPage:
    """One access with the decisions it shows."""
    decided = access.decided_within(found).order_by("-review__settled_at", "-pk")
    rows = [
        DecisionRow(
            url=reverse("rebalancing:explained", args=[one.proposal.public_id, one.number]),
            household=one.proposal.household.name,
            revision=one.number,
            verdict=one.review.decisions.exclude(verdict="returned").latest("pk").get_verdict_display(),  # type: ignore[union-attr]
            by=one.review.decisions.exclude(verdict="returned").latest("pk").decided_by_label,  # type: ignore[union-attr]
            at=one.review.decisions.exclude(verdict="returned").latest("pk").decided_at,  # type: ignore[union-attr]
        )
        for one in decided[:DECISIONS_MAX]
    ]
    is_keeper = user.has_role(Role.COMPLIANCE)
    row = _row(found, _names([found]), on=on)
    former = found.replaces
    return ExaminationPage(
        access=row,
        decisions=tuple(rows),
        decisions_more=max(0, decided.count() - len(rows)),
        records_url=reverse("rebalancing:examination_records", args=[found.public_id]),
        trail_url=reverse("compliance:audit_list"),
        reads=AuditEvent.objects.filter(
            action=audit.Action.EXAMINER_READ, person_ref=str(found.examiner_id)
        ).count(),
        change_url=_door("examiner_change", found) if is_keeper and row.state != "ended" else "",
        end_url=_door("examiner_end", found) if is_keeper and row.state != "ended" else "",
        former_url=reverse("rebalancing:examination", args=[former.public_id])
        if is_keeper and former
        else "",
        may_read=is_keeper or row.state == "open",
    )


def scope_words(found: ExaminerAccess, names: dict[str, str]) -> str:
    """What an access shows, in words."""
    who = names.get(found.household_ref, found.household_ref) if found.household_ref else "Every client"
    if found.since_on and found.until_on:
        return f"{who}, {figures.day(found.since_on)} to {figures.day(found.until_on)}"
    if found.since_on:
        return f"{who}, from {figures.day(found.since_on)}"
    if found.until_on:
        return f"{who}, to {figures.day(found.until_on)}"
    return f"{who}, all there is on record"


def _door(name: str, found: ExaminerAccess) -> str:
    return reverse(f"advisory:{name}", args=[found.public_id])


def _names(found: list[ExaminerAccess]) -> dict[str, str]:
    wanted = {one.household_ref for one in found if one.household_ref}
    return dict(Household.objects.filter(public_id__in=wanted).values_list("public_id", "name"))


def _row(found: ExaminerAccess, names: dict[str, str], *, on: date) -> AccessRow:
    state, label = "open", "Open"
    if found.ended_at is not None:
        state, label = "ended", "Ended"
    elif found.ends_on < on:
        state, label = "expired", "Over since its last day"
    return AccessRow(
        public_id=found.public_id,
        url=reverse("rebalancing:examination", args=[found.public_id]),
        examiner=found.examiner.get_full_name() or found.examiner.get_username(),
        scope=scope_words(found, names),
        ends_on=found.ends_on,
        opened_at=found.opened_at,
        opened_by=found.opened_by_label,
        reason=found.reason,
        state=state,
        state_label=label,
        ended_at=found.ended_at,
        ended_reason=found.ended_reason,
    )
