"""The administrator's part of the home page: what is left to do for people, books and services. No client data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from advisory.health import health
from advisory.people import access, person_list
from clients.pages import books
from compliance import access as review_desk
from compliance import pages as compliance_pages
from compliance.doors import changes
from compliance.people.roles import Role
from compliance.review_desk import objections
from rebalancing import market_days
from rebalancing.models import ScanRun


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One thing to do: what and how many, where it is done, and why it matters."""

    label: str
    why: str
    url: str
    tone: str = "attention"


@dataclass(frozen=True, slots=True)
class SystemSection:
    """The firm's people and services; no client data."""

    work: tuple[WorkRow, ...]
    people: tuple[tuple[str, int], ...]
    facts: tuple[tuple[str, str], ...]
    is_ready: bool


def show(user: Any, *, at: datetime) -> SystemSection:
    """The section, its work with what stops the firm first."""
    told = health.status()
    people = access.people_for(user).filter(is_active=True)
    by_role = dict(
        people.filter(role_grants__revoked_at=None, role_grants__role__isnull=False)
        .order_by()
        .values_list("role_grants__role")
        .annotate(Count("pk", distinct=True))
    )
    return SystemSection(
        work=(
            *_services(told),
            *_scans(at=at),
            *_books(user),
            *_changes(user, at=at),
            *_people(user, at=at),
        ),
        people=tuple((str(role.label), by_role.get(role.value, 0)) for role in Role),
        facts=tuple((name.replace("_", " ").capitalize(), _words(value)) for name, value in told.items()),
        is_ready=told["state"] == "ready" and told["worker"] == "ok",
    )


def _services(told: dict[str, Any]) -> Iterator[WorkRow]:
    url = reverse("advisory:statusz")
    for outage in told.get("outages", ()):
        if outage["is_away"]:
            yield WorkRow(f"The {outage['part']} does not answer", outage["sentence"], url, "breach")
    if told["worker"] != "ok":
        yield WorkRow(
            f"The worker: {told['worker']}", "Scans and nightly jobs wait until it runs again.", url, "breach"
        )
    if told.get("disk", "ok") != "ok":
        yield WorkRow("The disk is almost full", str(told["disk"]), url, "breach")


def _scans(*, at: datetime) -> Iterator[WorkRow]:
    last = ScanRun.objects.order_by("-market_on", "-started_at").first()
    if last is not None and last.market_on < market_days.last_close(at):
        yield WorkRow(
            "The last market day has not been scanned",
            "The daily scan did not start or has not finished; households are shown as of an earlier day.",
            reverse("advisory:statusz"),
            "breach",
        )


def _books(user: Any) -> Iterator[WorkRow]:
    held = books.books_for(user)
    for key, why in (
        ("advisor", "Nobody sees what is proposed for them."),
        ("reviewer", "Nobody can approve what is proposed for them."),
    ):
        if count := held.filter(**{f"has_{key}": False}).count():
            label = f"{_count(count, 'household has', 'households have')} no {key}"
            yield WorkRow(label, why, f"{reverse('clients:book_list')}?{urlencode({'without': key})}")


def _changes(user: Any, *, at: datetime) -> Iterator[WorkRow]:
    waiting = review_desk.reviews_for(user).active().filter(subject_kind__in=changes.KINDS, household_ref="")
    for review in waiting.order_by("expires_at", "pk")[:20]:
        refusal = objections.refusal_to_decide(user, review, at=at)
        yield WorkRow(
            review.title,
            f"Waits for a second person. {refusal}" if refusal else "Waits for your decision.",
            compliance_pages.subject_url(review) or reverse("compliance:review", args=[review.public_id]),
            "" if refusal else "attention",
        )


def _people(user: Any, *, at: datetime) -> Iterator[WorkRow]:
    people = person_list.people_with_state(access.people_for(user), at=at)
    listed = reverse("advisory:person_list")

    def url(**filters: str) -> str:
        return f"{listed}?{urlencode(filters)}"

    if count := people.filter(state="lapsed").count():
        yield WorkRow(
            f"{_count(count, 'invitation is', 'invitations are')} over",
            "Send a new set-up link, or deactivate whoever does not come.",
            url(state="lapsed", group="all"),
        )
    if count := people.filter(state="invited").count():
        yield WorkRow(
            f"{_count(count, 'invitation is', 'invitations are')} not taken up yet",
            "They can do nothing until they have chosen a password.",
            url(state="invited", group="all"),
            "",
        )
    if count := people.filter(state="active", is_client=False, has_factor=False).count():
        yield WorkRow(
            f"{_count(count, 'member of staff has', 'members of staff have')} no second factor",
            "A stolen password is enough to sign in as them. They add one under Second factors.",
            url(group=person_list.STAFF, state="active", has_factor="false"),
        )
    if count := people.filter(state="active", is_without_role=True).count():
        yield WorkRow(
            f"{_count(count, 'person has', 'people have')} a sign-in and no role",
            "Grant a role, or deactivate the sign-in.",
            url(state="active", group=person_list.STAFF),
        )


def _words(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, float):
        return f"{value:.0f}"
    if isinstance(value, list):
        away = [str(part["part"]) for part in value if part["is_away"]]
        return ", ".join(away) or "none"
    return str(value)


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
