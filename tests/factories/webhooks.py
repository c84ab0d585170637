"""Webhooks of a firm, and what happened to their messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from advisory.models import WebhookDelivery, WebhookEndpoint
from advisory.outward import deliveries, webhooks
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from tests.clock import SUNDAY_NOON

URL = "https://hooks.example.com/evenkeel?key=1"


def a_webhook(
    ada: Any, *about: str, name: str = "portal", url: str = URL, at: datetime = SUNDAY_NOON
) -> WebhookEndpoint:
    """An endpoint that is told about something, with its secret."""
    by = Actor.person(ada)
    made = webhooks.make(name, url, about or ("record", "proposals"), by=by, at=at)
    return webhooks.mint(made, by=by, at=at).endpoint


def happened(action: str = "household.changed", about: str = "hh_0000000000aa", **facts: Any) -> Any:
    """Something happens in the firm, and its line is on the trail."""
    with transaction.atomic():
        return audit.record(
            audit.Action(action),
            about=audit.Ref(action.partition(".")[0], about, about if about.startswith("hh_") else ""),
            by=Actor.system("test"),
            at=SUNDAY_NOON,
            **facts,
        )


def a_failed_delivery(endpoint: WebhookEndpoint, *, at: datetime = SUNDAY_NOON) -> WebhookDelivery:
    """Something that happened, of which the endpoint was told once, in vain; the same one however often it is asked for."""
    if there := WebhookDelivery.objects.filter(endpoint=endpoint, tries__gt=0).first():
        return there
    event = happened()
    deliveries.fan_out(at=at)
    taken = deliveries.take(at=at)
    assert taken is not None
    deliveries.settle(taken, status=500, by=Actor.system("webhooks"), at=at)
    return WebhookDelivery.objects.get(event_id=event.seq, endpoint=endpoint)
