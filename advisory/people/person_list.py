"""Everybody with a sign-in, as a list: name, roles, second factors, last sign-in and state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters
from allauth.mfa.models import Authenticator
from django.db.models import Case, CharField, Exists, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.urls import reverse

from advisory.models import Invitation, RoleGrant, User
from advisory.people import access
from compliance.doors import pages as doors
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.people.roles import GRANTED_ROLES, Role

STATES = (
    ("active", "Active"),
    ("invited", "Invited"),
    ("lapsed", "Invitation over"),
    ("left", "Left"),
)
STAFF, CLIENTS = "staff", "clients"
GROUPS = ((STAFF, "Staff"), (CLIENTS, "Clients"), ("all", "Everybody"))
HEADER = ("name", "email", "roles", "second_factor", "last_sign_in", "state")


class PersonFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    group = django_filters.ChoiceFilter(choices=GROUPS, method="in_group", label="Group")
    state = django_filters.ChoiceFilter(choices=STATES, field_name="state", label="State")
    role = django_filters.ChoiceFilter(
        choices=[(role.value, role.label) for role in GRANTED_ROLES], method="with_role", label="Role"
    )
    has_factor = django_filters.BooleanFilter(field_name="has_factor", label="Second factor")

    def in_group(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return {STAFF: rows.filter(is_client=False), CLIENTS: rows.filter(is_client=True)}.get(value, rows)

    def with_role(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(pk__in=RoleGrant.objects.filter(role=value, revoked_at=None).values("user_id"))


KIND = Kind(
    name="people",
    about=("person_list", "people"),
    filters=PersonFilters,
    orderings={"name": ("name", "pk"), "last_login": ("last_login", "pk"), "joined_at": ("joined_at", "pk")},
    usual="name",
    first_down=frozenset({"last_login", "joined_at"}),
    defaults={"group": STAFF},
    searched=("name", "email"),
)


@dataclass(frozen=True, slots=True)
class PersonRow:
    name: str
    email: str
    url: str
    roles: tuple[str, ...]
    has_factor: bool
    last_login: datetime | None
    state: str
    state_label: str
    expires_at: datetime | None  # Of an open invitation.


@dataclass(frozen=True, slots=True)
class PersonListPage:
    heading: str
    rows: tuple[PersonRow, ...]
    listing: Listing
    invite: tuple[doors.DoorLink, ...]


def people_with_state(people: QuerySet[User], *, at: datetime) -> QuerySet[Any]:
    """These people with their state, whether they have a second factor, and whether they are clients."""
    usable = Invitation.objects.filter(user=OuterRef("pk"), ended_at=None, expires_at__gt=at)
    ever = RoleGrant.objects.filter(user=OuterRef("pk"))
    return people.annotate(
        state=Case(
            When(deactivated_at__isnull=False, then=Value("left")),
            When(is_active=True, then=Value("active")),
            When(Exists(usable), then=Value("invited")),
            default=Value("lapsed"),
            output_field=CharField(),
        ),
        has_factor=Exists(
            Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
        ),
        is_without_role=~Exists(ever.filter(revoked_at=None)),
        is_client=Case(
            When(Exists(ever.exclude(role=Role.CLIENT)), then=Value(False)),
            When(Exists(ever.filter(role=Role.CLIENT)), then=Value(True)),
            default=Value(False),
        ),
    )


def show(user: Any, asked: Asked, *, at: datetime) -> PersonListPage:
    """The list; six queries."""
    held = people_with_state(access.people_for(user), at=at)
    found, pager = listing.page_of(asked, _with_parts(asked.narrowed(held)))
    return PersonListPage(
        heading=_heading(held),
        rows=tuple(_rows(found)),
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=(
                listing.chips(
                    asked, "group", "Staff or clients", [(key, label, None) for key, label in GROUPS]
                ),
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [("", "All states", None), *((key, label, None) for key, label in STATES)],
                ),
            ),
            columns={"name": "Name", "last_login": "Last sign-in"},
        ),
        invite=doors.links(["advisory:person_invite"], user),
    )


def export(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `HEADER`."""
    held = people_with_state(access.people_for(user), at=at)
    for row in _rows(_with_parts(asked.narrowed(held))):
        yield row.name, row.email, "; ".join(row.roles), row.has_factor, row.last_login, row.state


def _with_parts(people: QuerySet[Any]) -> QuerySet[Any]:
    return people.prefetch_related(
        Prefetch("role_grants", RoleGrant.objects.filter(revoked_at=None).order_by("role"), to_attr="held"),
        Prefetch("invitations", Invitation.objects.filter(ended_at=None), to_attr="open_invitations"),
    )


def _rows(found: Iterable[Any]) -> Iterator[PersonRow]:
    labels = dict(STATES)
    for one in found:
        yield PersonRow(
            name=one.name,
            email=one.email,
            url=reverse("advisory:person", args=[one.pk]),
            roles=tuple(str(Role(grant.role).label) for grant in one.held),
            has_factor=one.has_factor,
            last_login=one.last_login,
            state=one.state,
            state_label=labels[one.state],
            expires_at=next((open_one.expires_at for open_one in one.open_invitations), None),
        )


def _heading(held: QuerySet[Any]) -> str:
    staff = held.filter(is_client=False)
    active = staff.filter(state="active").count()
    waiting = staff.filter(Q(state="invited") | Q(state="lapsed")).count()
    words = f"{active} member{'' if active == 1 else 's'} of staff"
    return f"{words}, {waiting} invited" if waiting else words
