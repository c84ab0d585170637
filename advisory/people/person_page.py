"""One person: roles with their dates, books, invitations, second factors, requests and history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.urls import reverse

from advisory.models import Invitation, RoleGrant, User
from advisory.people import access, person_list
from clients import access as record
from clients.models import BookEntry, Coverage, Person
from compliance.audit_trail import audit
from compliance.doors import pages as doors
from compliance.models import AuditEvent, Review
from compliance.pages.subjects import subject_url
from compliance.people.roles import Role

HISTORY_MAX = 100
CLIENT_LINKS = ("client_invite", "client_sight", "client_renew", "client_end")
LINKS = (
    "person_rename", "person_email", "person_roles", "person_renew", "person_withdraw", "person_sessions",
    "person_factors", "person_deactivate", "person_reactivate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoleRow:
    role: str
    granted_at: datetime
    granted_by: str
    revoked_at: datetime | None
    revoked_by: str


@dataclass(frozen=True, slots=True)
class InvitationRow:
    sent_to: str
    invited_at: datetime
    invited_by: str
    expires_at: datetime
    was_mailed: bool
    state: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    title: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ClientPage:
    """What staff with the household in their book see of a client's sign-in."""

    name: str
    household: str
    household_url: str
    email: str
    state: str
    may_see: str
    last_login: datetime | None
    invitations: tuple[InvitationRow, ...]
    history: tuple[AuditEvent, ...]
    links: tuple[doors.DoorLink, ...]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """What administrators and compliance see of a person."""

    user: Any
    state: str
    state_label: str
    roles: tuple[RoleRow, ...]
    factors: tuple[tuple[str, datetime], ...]
    entries: tuple[BookEntry, ...]
    entries_count: int
    coverages: tuple[Coverage, ...]
    invitations: tuple[InvitationRow, ...]
    requests: tuple[RequestRow, ...]
    history: tuple[AuditEvent, ...]
    links: tuple[doors.DoorLink, ...]
    today: date


def show(viewer: Any, person: User, *, on: date, at: datetime) -> PersonPage:
    """The page; about a dozen queries, however long the person has been with the firm."""
    standing: Any = person_list.people_with_state(access.people_for(viewer), at=at).get(pk=person.pk)
    entries = record.book_entries_for(viewer).filter(user=person).order_by("-starts_on", "household__name")
    coverages = record.coverages_for(viewer).filter(away=person) | record.coverages_for(viewer).filter(
        covered_by=person
    )
    events = audit.trail(about=audit.Ref("user", str(person.pk)))
    return PersonPage(
        user=standing,
        state=standing.state,
        state_label=dict(person_list.STATES)[standing.state],
        roles=tuple(_roles(person)),
        factors=tuple(
            (str(one.get_type_display()), one.created_at)
            for one in Authenticator.objects.filter(user=person).order_by("created_at")
        ),
        entries=tuple(entries[:50]),
        entries_count=entries.count(),
        coverages=tuple(coverages.select_related("away", "covered_by")[:20]),
        invitations=tuple(_invitations(person, at=at)),
        requests=tuple(_requests(person)),
        history=tuple(events.order_by("-seq")[:HISTORY_MAX]),
        links=doors.links([f"advisory:{name}" for name in LINKS], viewer, person),
        today=on,
    )


def client(viewer: Any, person: Person, *, at: datetime) -> ClientPage:
    """A client's sign-in, with the doors this viewer may use."""
    user = person.user
    events = audit.trail(about=audit.Ref("user", str(user.pk))) if user else AuditEvent.objects.none()
    return ClientPage(
        name=str(person),
        household=person.household.name,
        household_url=reverse("clients:household", args=[person.household.public_id]),
        email=user.email if user else "",
        state=_client_state(user),
        may_see=person.get_may_see_display() if user else "",
        last_login=user.last_login if user else None,
        invitations=tuple(_invitations(user, at=at)) if user else (),
        history=tuple(events.order_by("-seq")[:HISTORY_MAX]),
        links=doors.links([f"advisory:{name}" for name in CLIENT_LINKS], viewer, person),
    )


def _client_state(user: Any) -> str:
    if user is None:
        return "No sign-in"
    if user.deactivated_at is not None:
        return "Deactivated"
    return "Signs in" if user.is_active else "Invited"


def _roles(person: User) -> list[RoleRow]:
    found = RoleGrant.objects.filter(user=person).select_related("granted_by", "revoked_by")
    return [
        RoleRow(
            role=str(Role(one.role).label),
            granted_at=one.granted_at,
            granted_by=str(one.granted_by or "the operator"),
            revoked_at=one.revoked_at,
            revoked_by=str(one.revoked_by or "the operator") if one.revoked_at else "",
        )
        for one in found.order_by("revoked_at", "granted_at", "pk")
    ]


def _invitations(person: User, *, at: datetime) -> list[InvitationRow]:
    return [
        InvitationRow(
            sent_to=one.sent_to,
            invited_at=one.invited_at,
            invited_by=str(one.invited_by or "the operator"),
            expires_at=one.expires_at,
            was_mailed=one.sent_at is not None,
            state=_state_of(one, at=at),
        )
        for one in Invitation.objects.filter(user=person).select_related("invited_by")[:20]
    ]


def _state_of(one: Invitation, *, at: datetime) -> str:
    if one.ended_at is not None:
        return str(Invitation.Outcome(one.outcome).label)
    return "Open" if one.expires_at > at else "Expired"


def _requests(person: User) -> list[RequestRow]:
    found = Review.objects.active().filter(requested_by=person).order_by("expires_at", "pk")[:50]
    return [RequestRow(one.title, subject_url(one), one.expires_at) for one in found]
