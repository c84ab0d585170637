"""The administrator's part of the home page: what is left to do for people, books and services. No client data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from advisory.desk import work
from advisory.desk.work import Work
from advisory.health import health
from advisory.people import access, person_list
from clients import access as record
from clients.models import Workbook
from clients.pages import books
from compliance import access as review_desk
from compliance.doors import changes
from compliance.pages.subjects import subject_url
from compliance.people.roles import GRANTED_ROLES
from compliance.review_desk import objections
from rebalancing import market_days
from rebalancing.models import ScanRun


@dataclass(frozen=True, slots=True)
class SystemSection:
    """The firm's people and services; no client data."""

    work: tuple[Work, ...]
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
    to_do = (
        *_services(told),
        *_scans(at=at),
        *_books(user),
        *_changes(user, at=at),
        *_workbooks(user),
        *_people(user, at=at),
    )
    return SystemSection(
        work=work.listed(to_do, at=at),
        people=tuple((str(role.label), by_role.get(role.value, 0)) for role in GRANTED_ROLES),
        facts=tuple((name.replace("_", " ").capitalize(), _words(value)) for name, value in told.items()),
        is_ready=told["state"] == "ready" and told["worker"] == "ok",
    )


def _services(told: dict[str, Any]) -> Iterator[Work]:
    url = reverse("advisory:statusz")
    for outage in told.get("outages", ()):
        if outage["is_away"]:
            yield Work(
                f"The {outage['part']} does not answer",
                "The system",
                "See its state",
                url,
                outage["sentence"],
                tone="breach",
            )
    if told["worker"] != "ok":
        yield Work(
            f"The worker: {told['worker']}",
            "The system",
            "See its state",
            url,
            "Scans and nightly jobs wait until it runs again.",
            tone="breach",
        )
    if told.get("disk", "ok") != "ok":
        yield Work(
            "The disk is almost full", "The system", "See its state", url, str(told["disk"]), tone="breach"
        )


def _scans(*, at: datetime) -> Iterator[Work]:
    last = ScanRun.objects.order_by("-market_on", "-started_at").first()
    if last is not None and last.market_on < market_days.last_close(at):
        yield Work(
            "The last market day has not been scanned",
            "The system",
            "See its state",
            reverse("advisory:statusz"),
            "The daily scan did not start or has not finished; households are shown as of an earlier day.",
            since=last.market_on,
            tone="breach",
        )


def _books(user: Any) -> Iterator[Work]:
    held = books.books_for(user)
    for key, why in (
        ("advisor", "Nobody sees what is proposed for them."),
        ("reviewer", "Nobody can approve what is proposed for them."),
    ):
        if count := held.filter(**{f"has_{key}": False}).count():
            yield Work(
                f"{work.counted(count, 'household has', 'households have')} no {key}",
                "Books",
                "Assign them",
                f"{reverse('clients:book_list')}?{urlencode({'without': key})}",
                why,
            )


def _changes(user: Any, *, at: datetime) -> Iterator[Work]:
    waiting = review_desk.reviews_for(user).active().filter(subject_kind__in=changes.KINDS, household_ref="")
    for review in waiting.order_by("expires_at", "pk")[:20]:
        refusal = objections.refusal_to_decide(user, review, at=at)
        yield Work(
            review.title,
            review.get_subject_kind_display(),
            "Read it" if refusal else "Decide",
            subject_url(review) or reverse("compliance:review", args=[review.public_id]),
            f"Waits for a second person. {refusal}" if refusal else "Waits for your decision.",
            since=review.requested_at,
            due=review.expires_at,
            tone="" if refusal else "attention",
        )


def _workbooks(user: Any) -> Iterator[Work]:
    waiting = record.workbooks_for(user).filter(state=Workbook.State.PREVIEWED).defer("content", "faults")
    for one in waiting.order_by("received_at", "pk")[: work.OF_A_KIND_MAX]:
        yield Work(
            f"{one.name} waits to be confirmed",
            "The firm",
            "Check and load",
            reverse("clients:workbook", args=[one.public_id]),
            since=one.received_at,
        )


def _people(user: Any, *, at: datetime) -> Iterator[Work]:
    people = person_list.people_with_state(access.people_for(user), at=at)
    listed = reverse("advisory:person_list")

    def url(**filters: str) -> str:
        return f"{listed}?{urlencode(filters)}"

    def row(count: int, one: str, many: str, link: str, why: str, tone: str, **filters: str) -> Work:
        return Work(work.counted(count, one, many), "People", link, url(**filters), why, tone=tone)

    if count := people.filter(state="lapsed").count():
        yield row(
            *(count, "invitation is over", "invitations are over", "Send new links"),
            "Send a new set-up link, or deactivate whoever does not come.",
            "attention",
            state="lapsed",
            group="all",
        )
    if count := people.filter(state="invited").count():
        yield row(
            *(count, "invitation is not taken up yet", "invitations are not taken up yet", "See which"),
            "They can do nothing until they have chosen a password.",
            "",
            state="invited",
            group="all",
        )
    if count := people.filter(state="active", is_client=False, has_factor=False).count():
        yield row(
            count,
            "member of staff has no second factor",
            "members of staff have no second factor",
            "See who",
            "A stolen password is enough to sign in as them. They add one under Second factors.",
            "attention",
            group=person_list.STAFF,
            state="active",
            has_factor="false",
        )
    if count := people.filter(state="active", is_without_role=True).count():
        yield row(
            count,
            "person has a sign-in and no role",
            "people have a sign-in and no role",
            "Grant or deactivate",
            "Grant a role, or deactivate the sign-in.",
            "attention",
            state="active",
            group=person_list.STAFF,
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
