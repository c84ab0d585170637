"""What keeps trades waiting across the firm: holds with their ends, and life events that are open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access, figures
from clients.models import Hold, LifeEvent
from clients.pages.lists.record_list import RecordList, Shown, State, filters
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

SOON = timedelta(days=14)

HOLD_STATES = (
    State("in_force", "In force", lambda on: Q(lifted_at=None, starts_on__lte=on, expires_on__gte=on)),
    State("ending", "Ending within 14 days", lambda on: Q(lifted_at=None, expires_on__gte=on, expires_on__lte=on + SOON)),
    State("to_come", "Still to come", lambda on: Q(lifted_at=None, starts_on__gt=on)),
    State("over", "Ended by themselves", lambda on: Q(lifted_at=None, expires_on__lt=on)),
    State("lifted", "Lifted", lambda _: Q(lifted_at__isnull=False)),
)  # fmt: skip
EVENT_STATES = (
    State("open", "Open", lambda _: Q(resolved_on=None, cancelled_at=None)),
    State("resolved", "Resolved", lambda _: Q(resolved_on__isnull=False)),
    State("taken_back", "Taken back", lambda _: Q(cancelled_at__isnull=False)),
)


def where(hold: Hold) -> str:
    """What is not traded."""
    places = [hold.account.name if hold.account else "", hold.security.symbol if hold.security else ""]
    return ", ".join(place for place in places if place) or "the whole household"


def hold_state(hold: Hold, *, on: date) -> tuple[str, str]:
    """What has become of a hold, and its tone."""
    if hold.lifted_at is not None:
        return hold.lift_reason if hold.lift_reason in ("Renewed", "Changed") else "Lifted", "plain"
    if hold.expires_on < on:
        return "Ended", "plain"
    return ("To come", "plain") if hold.starts_on > on else ("In force", "attention")


def event_state(event: LifeEvent) -> tuple[str, str]:
    """What has become of a life event, and its tone."""
    if event.cancelled_at is not None:
        return "Taken back", "plain"
    return ("Resolved", "order") if event.resolved_on is not None else ("Open", "attention")


def _holds(user: Any) -> QuerySet[Hold]:
    return access.holds_for(user).select_related("household", "account", "security", "placed_by")


def _hold_cells(hold: Hold, on: date) -> tuple[Shown, ...]:
    state, tone = hold_state(hold, on=on)
    return (
        Shown(figures.day(hold.expires_on), url=reverse("clients:hold", args=[hold.public_id])),
        Shown(hold.household.name, url=reverse("clients:household", args=[hold.household.public_id])),
        Shown(where(hold)),
        Shown(hold.get_kind_display()),
        Shown(hold.reason, note=f"since {figures.day(hold.starts_on)}"),
        Shown(hold.placed_by.get_full_name() if hold.placed_by else "a file"),
        Shown(state, tone=tone),
    )


def _exported_hold(hold: Hold) -> tuple[Cell, ...]:
    return (
        hold.household.name, hold.household.code, where(hold), hold.kind, hold.reason, hold.starts_on, hold.expires_on,
        hold.placed_by.get_full_name() if hold.placed_by else "", hold.lifted_at, hold.lift_reason,
    )  # fmt: skip


def _events(user: Any) -> QuerySet[LifeEvent]:
    return access.life_events_for(user).select_related("household", "person")


def _event_cells(event: LifeEvent, on: date) -> tuple[Shown, ...]:
    state, tone = event_state(event)
    return (
        Shown(figures.day(event.opened_on), url=reverse("clients:life_event", args=[event.public_id])),
        Shown(event.household.name, url=reverse("clients:household", args=[event.household.public_id])),
        Shown(event.get_kind_display(), note=str(event.person) if event.person else ""),
        Shown(event.note),
        Shown(f"{(on - event.opened_on).days}" if event.is_open else ""),
        Shown(state, tone=tone, note=event.resolution or event.cancel_reason),
    )


def _exported_event(event: LifeEvent) -> tuple[Cell, ...]:
    return (
        event.opened_on, event.household.name, event.household.code, event.kind,
        str(event.person) if event.person else "", event.note, event.resolved_on, event.resolution,
        event.cancelled_at, event.cancel_reason,
    )  # fmt: skip


HOLDS = RecordList(
    kind=Kind(
        name="holds",
        about=("hold_list", "holds"),
        filters=filters(
            HOLD_STATES,
            household="household",
            kind=django_filters.ChoiceFilter(choices=Hold.Kind.choices, label="Kind"),
        ),
        orderings={"expires_on": ("expires_on", "pk"), "household": ("household__name", "pk")},
        usual="expires_on",
        defaults={"state": "in_force"},
        searched=("household__name", "household__code", "reason"),
    ),
    title="Holds",
    noun="hold",
    lead="What is not traded, why, and until when. A hold ends by itself on its day.",
    states=HOLD_STATES,
    columns=(
        ("expires_on", "Until", False),
        ("household", "Household", False),
        ("where", "What is held", False),
        ("kind", "Kind", False),
        ("reason", "Reason", False),
        ("by", "Placed by", False),
        ("standing", "State", False),
    ),
    mine=_holds,
    cells=_hold_cells,
    header=(
        "household", "code", "what", "kind", "reason", "starts_on", "expires_on", "placed_by", "lifted_at",
        "lift_reason",
    ),
    exported=_exported_hold,
    empty="Nothing is held back",
    empty_body="Holds are placed on a household's page.",
)  # fmt: skip

LIFE_EVENTS = RecordList(
    kind=Kind(
        name="life-events",
        about=("life_event_list", "life-events"),
        filters=filters(
            EVENT_STATES,
            household="household",
            kind=django_filters.ChoiceFilter(choices=LifeEvent.Kind.choices, label="Kind"),
        ),
        orderings={"opened_on": ("opened_on", "pk"), "household": ("household__name", "pk")},
        usual="opened_on",
        defaults={"state": "open"},
        searched=("household__name", "household__code"),
    ),
    title="Life events",
    noun="life event",
    lead="An open event holds back every trade but raising cash, until the policy is adopted again.",
    states=EVENT_STATES,
    columns=(
        ("opened_on", "Day", False),
        ("household", "Household", False),
        ("kind", "Event", False),
        ("note", "Note", False),
        ("days", "Days open", True),
        ("standing", "State", False),
    ),
    mine=_events,
    cells=_event_cells,
    header=(
        "opened_on", "household", "code", "event", "person", "note", "resolved_on", "resolution", "taken_back_at",
        "reason",
    ),
    exported=_exported_event,
    empty="No life event is open",
    empty_body="Life events are recorded on a household's page.",
)  # fmt: skip
