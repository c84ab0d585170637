"""What the reasons to wait ask of people: a review of the policy after a life event, and holds that they look after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from advisory.desk import work
from advisory.desk.work import Work
from clients import access as record
from compliance.firm import firm_settings
from compliance.firm.firm_settings import InForce
from compliance.firm.waiting_figures import EVENT_ESCALATION, EVENT_REMINDER
from rebalancing import access
from rebalancing.models import ScanRun
from rebalancing.pages import discipline
from rebalancing.waiting import circumstances
from rebalancing.waiting.reason import Effect, Owner


def reviews_after_events(user: Any, *, today: date, settings: InForce) -> tuple[Work, ...]:
    """Open life events of the book: the policy is to be reviewed, and after the firm's days somebody is reminded."""
    remind = settings.of(EVENT_REMINDER)
    events = record.life_events_for(user).filter(resolved_on=None, cancelled_at=None, opened_on__lte=today)
    rows = [
        Work(
            what=f"Review the policy: {one.get_kind_display().lower()}",
            whom=one.household.name,
            link="Begin the next version, or resolve the event",
            url=reverse("clients:life_event", args=[one.public_id]),
            why="Nothing is traded but money that is due, until the policy is adopted again.",
            since=one.opened_on,
            due=one.opened_on + timedelta(days=remind),
        )
        for one in events.select_related("household").order_by("opened_on", "pk")
    ]
    return work.at_most(rows, "life events that ask for a review", reverse("clients:life_event_list"))


def escalated(user: Any, *, today: date) -> tuple[Work, ...]:
    """Life events that have been open for longer than the firm allows."""
    days = firm_settings.in_force(on=today).of(EVENT_ESCALATION)
    events = record.life_events_for(user).filter(
        resolved_on=None, cancelled_at=None, opened_on__lte=today - timedelta(days=days)
    )
    rows = [
        Work(
            what="A life event has waited too long",
            whom=one.household.name,
            link="Open the event",
            url=reverse("clients:life_event", args=[one.public_id]),
            why=f"{one.get_kind_display()}: no policy has been adopted since, and nobody has resolved it.",
            since=one.opened_on,
            due=one.opened_on + timedelta(days=days),
            tone="breach",
        )
        for one in events.select_related("household").order_by("opened_on", "pk")
    ]
    return work.at_most(rows, "life events that have waited too long", reverse("clients:life_event_list"))


def held(user: Any) -> tuple[Work, ...]:
    """Households that the last scan held back for a reason that their advisor looks after. Holds and events have their
    own lines.
    """
    run = ScanRun.objects.order_by("-market_on", "-started_at").first()
    if run is None:
        return ()
    rows = [
        Work(
            what="Held back by the last scan",
            whom=reading.household.name,
            link="See why",
            url=f"{reverse('clients:household', args=[reading.household.public_id])}#why",
            why=one["sentence"],
            since=date.fromisoformat(one["since"]) if one.get("since") else None,
        )
        for reading in access.readings_for(user)
        .filter(run=run, outcome="held")
        .select_related("household")
        .order_by("household__name", "pk")
        for one in reading.holds
        if one.get("owner") == Owner.ADVISOR
        and one.get("effect") == Effect.HOLDS
        and one["code"] != circumstances.CODE
        and not one["code"].startswith("hold_")
    ]
    return work.at_most(rows, "households held back", reverse("clients:household_list"))


def undisciplined(user: Any, *, at: datetime) -> Iterator[Work]:
    """Advisors who force or skip more than the firm allows, or more often when the market moves."""
    if not access.proposals_for(user).exists():
        return
    for row in discipline.show(user, at=at).rows:
        if row.alert:
            yield Work(
                what="Trades are forced or skipped too often",
                whom=row.advisor,
                link="See the monitor",
                url=reverse("rebalancing:override_monitor"),
                why=row.alert,
            )
