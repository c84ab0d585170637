"""What an account could have seen and did in a span of time, from the audit trail: the first question of an incident.

The trail names each household, account, proposal and letter that was opened and each file that was taken. Lists are
on no line of their own, so the households that stood in the person's book in that time are named too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from advisory.models import RoleGrant, User
from clients.models import BookEntry, Coverage, Household
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.people.roles import Role

READS_ALL = frozenset({Role.COMPLIANCE, Role.TRADER})
"""Roles whose lists show every household of the firm."""
TOLD = ("occurred_at", "action", "session_ref", "mfa_method", "household_ref", "about_kind", "about_id")


@dataclass(frozen=True, slots=True)
class Session:
    """One session or token of the account, with how it signed in."""

    ref: str
    methods: str
    first: datetime
    last: datetime
    events: int


@dataclass(frozen=True, slots=True)
class Touched:
    """One household whose data the account opened, changed or took."""

    household: str
    name: str
    first: datetime
    last: datetime
    actions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Scope:
    """The answer. `could_list` names what stood in the book; `reads_all` that a role showed the whole firm."""

    person: str
    since: datetime
    until: datetime
    roles: tuple[str, ...]
    reads_all: bool
    sessions: tuple[Session, ...]
    households: tuple[Touched, ...]
    could_list: tuple[str, ...]
    taken: tuple[str, ...]
    other: dict[str, int]
    failed_sign_ins: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def of(user: User, *, since: datetime, until: datetime, by: Actor, at: datetime) -> Scope:
    """The scope between two moments. That it was looked up is on the trail."""
    seen = AuditEvent.objects.filter(
        person_ref=str(user.pk), occurred_at__gte=since, occurred_at__lt=until
    ).order_by("seq")
    events: list[dict[str, Any]] = [dict(one) for one in seen.values(*TOLD)]
    roles = _roles(user, since=since, until=until)
    found = Scope(
        person=f"{user.name} <{user.email}>",
        since=since,
        until=until,
        roles=tuple(sorted(roles)),
        reads_all=bool(roles & READS_ALL),
        sessions=tuple(_sessions(events)),
        households=tuple(_touched(events)),
        could_list=tuple(_book(user, since=since, until=until)),
        taken=tuple(
            f"{one['occurred_at'].isoformat(timespec='seconds')} {one['about_kind']} {one['about_id']}"
            for one in events
            if one["action"] == audit.Action.DATA_EXPORTED
        ),
        other=dict(Counter(one["action"] for one in events if not one["household_ref"])),
        failed_sign_ins=AuditEvent.objects.filter(
            action=audit.Action.USER_SIGN_IN_FAILED,
            about_kind="user",
            about_id=str(user.pk),
            occurred_at__gte=since,
            occurred_at__lt=until,
        ).count(),
    )
    with transaction.atomic():
        audit.record(
            audit.Action.DATA_EXPORTED,
            about=audit.Ref("breach_scope", str(user.pk)),
            by=by,
            at=at,
            since=since,
            until=until,
            households=len(found.households),
        )
    return found


def _roles(user: User, *, since: datetime, until: datetime) -> set[str]:
    held = RoleGrant.objects.filter(user=user, granted_at__lt=until)
    return set(held.filter(Q(revoked_at=None) | Q(revoked_at__gte=since)).values_list("role", flat=True))


def _sessions(events: Iterable[dict[str, Any]]) -> Iterable[Session]:
    by_ref: dict[str, list[dict[str, Any]]] = {}
    for one in events:
        by_ref.setdefault(one["session_ref"], []).append(one)
    for ref, own in sorted(by_ref.items(), key=lambda item: item[1][0]["occurred_at"]):
        methods = sorted({one["mfa_method"] for one in own if one["mfa_method"]})
        first, last = own[0]["occurred_at"], own[-1]["occurred_at"]
        yield Session(ref or "without a session", ", ".join(methods), first, last, len(own))


def _touched(events: Iterable[dict[str, Any]]) -> Iterable[Touched]:
    by_household: dict[str, list[dict[str, Any]]] = {}
    for one in events:
        if one["household_ref"]:
            by_household.setdefault(one["household_ref"], []).append(one)
    names = dict(Household.objects.filter(public_id__in=by_household).values_list("public_id", "name"))
    for ref, own in sorted(by_household.items(), key=lambda item: item[1][0]["occurred_at"]):
        actions = dict(sorted(Counter(one["action"] for one in own).items()))
        yield Touched(ref, names.get(ref, ""), own[0]["occurred_at"], own[-1]["occurred_at"], actions)


def _book(user: User, *, since: datetime, until: datetime) -> list[str]:
    """The households in the person's book, or in the book of whom they covered for, on any day of the span."""
    first, last = since.astimezone(EASTERN).date(), until.astimezone(EASTERN).date()
    covered = Coverage.objects.filter(covered_by=user, starts_on__lte=last, ends_on__gte=first)
    whose = {user.pk, *covered.values_list("away_id", flat=True)}
    entries = BookEntry.objects.filter(user__in=whose, starts_on__lte=last)
    entries = entries.filter(Q(ends_on=None) | Q(ends_on__gte=first))
    return sorted(set(entries.values_list("household__name", flat=True)))
