"""One fact and its history: a cash need, a recurring one, a hold, a life event, a client's restriction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.urls import reverse

from clients import figures
from clients.models import CashFlow, CashFlowRule, ClientRestriction, Hold, Household, LifeEvent
from clients.pages.lists import money_due, restrictions, waiting
from compliance.audit_trail import audit
from compliance.doors import pages
from compliance.doors.pages import DoorLink

Fact = CashFlow | CashFlowRule | ClientRestriction | Hold | LifeEvent
CASH_DOORS = ("clients:cash_need_correct", "clients:cash_need_done", "clients:cash_need_cancel")
RULE_DOORS = ("clients:recurring_cash_change", "clients:recurring_cash_end")
HOLD_DOORS = ("clients:hold_renew", "clients:hold_change", "clients:hold_lift")
RESTRICTION_DOORS = (
    "clients:client_restriction_tighten",
    "clients:client_restriction_loosen",
    "clients:client_restriction_cancel",
)
EVENT_DOORS = ("clients:life_event_correct", "clients:life_event_resolve", "clients:life_event_cancel")


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    sentence: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FactPage:
    """A fact as it stands. `events` are those of all rows it has replaced or been replaced by, newest first."""

    title: str
    state: str
    tone: str
    facts: tuple[tuple[str, str], ...]
    doors: tuple[DoorLink, ...]
    events: tuple[Event, ...]
    household: str
    household_url: str
    list_label: str
    list_url: str
    newer_url: str = ""
    flows: tuple[tuple[str, str, str], ...] = ()


def cash_need(user: Any, flow: CashFlow, *, on: date) -> FactPage:
    """A cash need."""
    state, tone = money_due.state_of(flow, on=on)
    rule = flow.rule
    facts = [
        ("Account", str(flow.account)),
        ("Kind", flow.get_kind_display()),
        ("Amount", figures.money(flow.amount, signed=True)),
        ("Due on", figures.day(flow.due_on)),
        ("Note", flow.note),
        ("Recurring", money_due.when(rule) if rule else ""),
        ("Done on", figures.day(flow.done_on) if flow.done_on else ""),
        ("Reason of the cancellation", flow.cancel_reason),
    ]
    return page_of(
        flow,
        title=str(flow.get_kind_display()) + f" of {figures.money(abs(flow.amount))}",
        state=(state, tone),
        facts=facts,
        doors=pages.links(CASH_DOORS, user, flow),
        household=flow.account.household,
        listed=("Money due", reverse("clients:cash_need_list")),
        address="clients:cash_need",
    )


def recurring_cash(user: Any, rule: CashFlowRule, *, on: date) -> FactPage:
    """A recurring cash need with its occurrences."""
    facts = [
        ("Account", str(rule.account)),
        ("Kind", rule.get_kind_display()),
        ("Amount", figures.money(rule.amount, signed=True)),
        ("When", money_due.when(rule)),
        ("On a day without business", f"moved {rule.get_moved_display()}"),
        ("Note", rule.note),
        ("Why it ended", rule.end_reason),
    ]
    flows = tuple(
        (
            figures.day(flow.due_on),
            reverse("clients:cash_need", args=[flow.public_id]),
            money_due.state_of(flow, on=on)[0],
        )
        for flow in rule.flows.filter(replaced_by=None).order_by("due_on", "pk")
    )
    return page_of(
        rule,
        title=f"{rule.get_kind_display()} of {figures.money(abs(rule.amount))}, {rule.get_every_display().lower()}",
        state=("Ended", "plain") if rule.ended_at else ("Running", "order"),
        facts=facts,
        doors=pages.links(RULE_DOORS, user, rule),
        household=rule.account.household,
        listed=("Recurring money", reverse("clients:recurring_cash_list")),
        address="clients:recurring_cash",
        flows=flows,
    )


def hold(user: Any, placed: Hold, *, on: date) -> FactPage:
    """A hold."""
    facts = [
        ("What is held", waiting.where(placed)),
        ("Kind", placed.get_kind_display()),
        ("Reason", placed.reason),
        ("From", figures.day(placed.starts_on)),
        ("Until", figures.day(placed.expires_on)),
        ("Placed by", placed.placed_by.get_full_name() if placed.placed_by else "a custodian's file"),
        ("Why it was lifted", placed.lift_reason),
    ]
    return page_of(
        placed,
        title=f"{placed.get_kind_display()}: {waiting.where(placed)}",
        state=waiting.hold_state(placed, on=on),
        facts=facts,
        doors=pages.links(HOLD_DOORS, user, placed),
        household=placed.household,
        listed=("Holds", reverse("clients:hold_list")),
        address="clients:hold",
    )


def life_event(user: Any, event: LifeEvent, *, on: date) -> FactPage:
    """A life event."""
    facts = [
        ("What happened", event.get_kind_display()),
        ("On", figures.day(event.opened_on)),
        ("Whom it concerns", str(event.person) if event.person else "the household"),
        ("Note", event.note),
        ("Document", event.document),
        ("Digest of the document", event.document_sha256),
        ("Resolved on", figures.day(event.resolved_on) if event.resolved_on else ""),
        ("Why it is over", event.resolution),
        ("Why it was taken back", event.cancel_reason),
    ]
    return page_of(
        event,
        title=f"{event.get_kind_display()} on {figures.day(event.opened_on)}",
        state=waiting.event_state(event),
        facts=facts,
        doors=pages.links(EVENT_DOORS, user, event),
        household=event.household,
        listed=("Life events", reverse("clients:life_event_list")),
        address="clients:life_event",
    )


def client_restriction(user: Any, row: ClientRestriction, *, on: date) -> FactPage:
    """A client's restriction outside the policy."""
    facts = [
        ("What", row.what),
        ("Where", restrictions.where(row)),
        ("At most", f"{figures.weight_trimmed(row.weight_cap)}%" if row.weight_cap is not None else ""),
        ("Why", row.reason),
        ("Who asked for it", f"{row.asked_by}, {figures.day(row.asked_on)}"),
        ("Letter or note", row.document),
        ("From", figures.day(row.starts_on)),
        ("Until", figures.day(row.ends_on) if row.ends_on else "it is cancelled"),
        ("Recorded by", row.made_by.get_full_name() if row.made_by else "a workbook"),
        ("Why it was cancelled", row.cancel_reason),
    ]
    return page_of(
        row,
        title=restrictions.words(row),
        state=restrictions.state_of(row, on=on),
        facts=facts,
        doors=pages.links(RESTRICTION_DOORS, user, row),
        household=row.household,
        listed=("Client restrictions", reverse("clients:client_restriction_list")),
        address="clients:client_restriction",
    )


def history(things: Sequence[Any], *, naming: Sequence[str] = ()) -> tuple[Event, ...]:
    """The trail of these rows, newest first, with what changed in words; only events that name one of `naming`."""
    events = audit.trail(about=things).order_by("-seq")
    if naming:
        events = events.filter(reduce(or_, (Q(facts__contains=f'"{one}"') for one in naming)))
    return tuple(
        Event(event.occurred_at, event.get_action_display(), event.actor_label, _told(event.facts))
        for event in events
    )


def page_of(
    fact: Any,
    *,
    title: str,
    state: tuple[str, str],
    facts: Iterable[tuple[str, str]],
    doors: tuple[DoorLink, ...],
    household: Household,
    listed: tuple[str, str],
    address: str,
    flows: tuple[tuple[str, str, str], ...] = (),
) -> FactPage:
    """A fact's page: what is said of it, and the trail of its whole line of rows."""
    newer = getattr(fact, "replaced_by", None)
    return FactPage(
        title=title,
        state=state[0],
        tone=state[1],
        facts=tuple((label, text) for label, text in facts if text),
        doors=doors,
        events=history(line(fact)),
        household=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        list_label=listed[0],
        list_url=listed[1],
        newer_url=reverse(address, args=[newer.public_id]) if newer else "",
        flows=flows,
    )


def line(fact: Any) -> list[Any]:
    """A row with all those it has replaced and that have replaced it."""
    found = [fact]
    before = fact.replaces
    while before is not None:
        found.append(before)
        before = before.replaces
    after = getattr(fact, "replaced_by", None)
    while after is not None:
        found.append(after)
        after = getattr(after, "replaced_by", None)
    return found


def _told(facts: str) -> str:
    """What an event says has changed, as a sentence; or its reason."""
    told: dict[str, Any] = json.loads(facts)
    changed = told.get("changed")
    if isinstance(changed, dict):
        return "; ".join(
            f"{name.replace('_', ' ').removesuffix(' on')}: {one.get('before') or 'nothing'} → {one.get('after') or 'nothing'}"
            if isinstance(one, dict)
            else f"{name.replace('_', ' ')} changed"
            for name, one in changed.items()
        )
    return str(told.get("reason") or "")
