"""Life events: changes in a client's situation, which hold trades back until the policy is renewed."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from clients.models import Household, LifeEvent, Person
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


@transaction.atomic
def record(
    household: Household,
    *,
    kind: str,
    opened_on: date,
    person: Person | None,
    note: str,
    document: str = "",
    document_sha256: str = "",
    by: Actor,
    at: datetime,
) -> LifeEvent:
    """Record a change in the client's situation; it holds trades back until the policy is renewed."""
    _refuse_stranger(household, person)
    event = LifeEvent.objects.create(
        household=household,
        kind=kind,
        opened_on=opened_on,
        person=person,
        note=note,
        document=document,
        document_sha256=document_sha256,
    )
    audit.record(
        audit.Action.LIFE_EVENT_ADDED,
        about=event,
        by=by,
        at=at,
        sealing=[("life_event", event.pk), *_evidence(event)],
        kind=kind,
        opened_on=opened_on,
    )
    return event


@transaction.atomic
def correct(
    event: LifeEvent,
    *,
    kind: str,
    opened_on: date,
    person: Person | None,
    note: str,
    document: str = "",
    document_sha256: str = "",
    user_id: int,
    by: Actor,
    at: datetime,
) -> LifeEvent:
    """Put another row in the place of one that is still open; the old one stays as it was entered, cancelled.

    Raises `Conflict` for an event that is resolved or cancelled.
    """
    event = _open(event)
    _refuse_stranger(event.household, person)
    before_person = event.person.public_id if event.person else ""
    changed = {
        name: {"before": str(before), "after": str(after)}
        for name, before, after in (
            ("kind", event.kind, kind),
            ("opened_on", event.opened_on, opened_on),
            ("person", before_person, person.public_id if person else ""),
            ("note", event.note, note),
            ("document", event.document, document),
            ("document_sha256", event.document_sha256, document_sha256),
        )
        if before != after
    }
    if not changed:
        raise BadInput("Nothing is changed.", "Change a field, or leave the page.")
    _cancel(event, reason="Corrected", user_id=user_id, at=at)
    fresh = LifeEvent.objects.create(
        household=event.household,
        kind=kind,
        opened_on=opened_on,
        person=person,
        note=note,
        document=document,
        document_sha256=document_sha256,
        replaces=event,
    )
    audit.record(
        audit.Action.LIFE_EVENT_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("life_event", fresh.pk), *_evidence(fresh), ("life_event_settled", event.pk)],
        kind=kind,
        opened_on=opened_on,
        replaces=event.public_id,
        changed=changed,
    )
    return fresh


@transaction.atomic
def carry_over(
    event: LifeEvent, *, to: Household, person: Person | None, user_id: int, by: Actor, at: datetime
) -> LifeEvent:
    """Continue an open event in another household, which its person belongs to now. The old one ends there."""
    event = _open(event)
    _refuse_stranger(to, person)
    _cancel(event, reason=f"It goes on in {to}"[:200], user_id=user_id, at=at)
    fresh = LifeEvent.objects.create(
        household=to,
        kind=event.kind,
        opened_on=event.opened_on,
        person=person,
        note=event.note,
        document=event.document,
        document_sha256=event.document_sha256,
        replaces=event,
    )
    audit.record(
        audit.Action.LIFE_EVENT_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("life_event", fresh.pk), *_evidence(fresh), ("life_event_settled", event.pk)],
        kind=event.kind,
        opened_on=event.opened_on,
        replaces=event.public_id,
        changed={"household": {"before": event.household.public_id, "after": to.public_id}},
    )
    return fresh


@transaction.atomic
def resolve(
    event: LifeEvent, *, resolved_on: date, reason: str, user_id: int | None, by: Actor, at: datetime
) -> LifeEvent:
    """End an event by hand: the policy still fits the new situation, and somebody says why.

    Raises `BadInput` without a reason, `Conflict` for an event that is resolved or cancelled.
    """
    event = _open(event)
    if not reason.strip():
        raise BadInput("Say why the policy still fits.", "Give a reason.")
    if resolved_on < event.opened_on:
        raise BadInput(
            f"The event was on {event.opened_on}, so it cannot be resolved before.", "Choose a later day."
        )
    _resolve(event, resolved_on=resolved_on, resolution=reason.strip(), user_id=user_id, by=by, at=at)
    return event


@transaction.atomic
def resolve_by_policy(
    household: Household, *, policy_ref: str, version: int, effective_on: date, by: Actor, at: datetime
) -> list[LifeEvent]:
    """Note that a policy adopted for the new situation has ended the open events up to its first day."""
    waiting = household.life_events.select_for_update(of=("self",)).filter(
        resolved_on=None, cancelled_at=None, opened_on__lte=effective_on
    )
    events = list(waiting.order_by("pk"))
    for event in events:
        _resolve(
            event,
            resolved_on=effective_on,
            resolution=f"Policy version {version} was adopted.",
            user_id=None,
            by=by,
            at=at,
            policy=policy_ref,
        )
    return events


@transaction.atomic
def cancel(event: LifeEvent, *, reason: str, user_id: int, by: Actor, at: datetime) -> LifeEvent:
    """Take back an event that was entered wrongly: it never happened, so it holds nothing back.

    Raises `BadInput` without a reason, `Conflict` for an event that is resolved or cancelled.
    """
    event = _open(event)
    if not reason.strip():
        raise BadInput("A cancellation needs a reason.", "Say what was wrong.")
    _cancel(event, reason=reason.strip(), user_id=user_id, at=at)
    audit.record(
        audit.Action.LIFE_EVENT_CANCELLED,
        about=event,
        by=by,
        at=at,
        sealing=[("life_event_settled", event.pk)],
        kind=event.kind,
        reason=event.cancel_reason,
    )
    return event


def _evidence(event: LifeEvent) -> list[tuple[str, object]]:
    """The seal of the paper behind an event, where one is named."""
    return [("life_event_evidence", event.pk)] if event.document or event.document_sha256 else []


def _open(event: LifeEvent) -> LifeEvent:
    locked: LifeEvent = (
        LifeEvent.objects.select_for_update(of=("self",))
        .select_related("household", "person")
        .get(pk=event.pk)
    )
    if locked.resolved_on is not None:
        raise Conflict(
            f"This event was resolved on {locked.resolved_on}.",
            "Record a new one if the situation changes again.",
        )
    if locked.cancelled_at is not None:
        raise Conflict("This event is cancelled.", "Record a new one if it did happen.")
    return locked


def _resolve(
    event: LifeEvent,
    *,
    resolved_on: date,
    resolution: str,
    user_id: int | None,
    by: Actor,
    at: datetime,
    **facts: object,
) -> None:
    event.resolved_on, event.resolved_by_id, event.resolution = resolved_on, user_id, resolution
    event.save(update_fields=["resolved_on", "resolved_by", "resolution"])
    audit.record(
        audit.Action.LIFE_EVENT_RESOLVED,
        about=event,
        by=by,
        at=at,
        sealing=[("life_event_settled", event.pk)],
        kind=event.kind,
        resolved_on=resolved_on,
        reason=resolution,
        **facts,
    )


def _cancel(event: LifeEvent, *, reason: str, user_id: int, at: datetime) -> None:
    event.cancelled_at, event.cancelled_by_id, event.cancel_reason = at, user_id, reason
    event.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])


def _refuse_stranger(household: Household, person: Person | None) -> None:
    if person is not None and person.household_id != household.pk:
        raise BadInput(f"{person} is not of this household.", "Choose one of its people, or nobody.")
