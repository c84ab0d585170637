"""From the outbox to the endpoints: at least once, with the same message id each time.

The trail's trigger puts an event into the outbox in the event's own transaction. `fan_out` turns it into one delivery for
each endpoint that is told of it; `take` claims a delivery that is due, by moving its next attempt before the message leaves;
`settle` writes down what came of it. A process that stops between any two of these leaves a delivery that waits, and the
next run sends it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q

from advisory.models import OutboxEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from advisory.outward import topics, webhooks
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Conflict

if TYPE_CHECKING:
    from django.db.models import QuerySet

State = WebhookDelivery.State
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long after each failed attempt the next one is made; after the last of them the message is given up."""
LEASE = timedelta(minutes=2)
"""How long an attempt may take; a worker has stopped by then."""
STOPPED_AFTER = timedelta(days=3)
"""How long an endpoint may fail, without one success, before nothing more is sent to it."""
HELD_MOST = timedelta(hours=1)
KEPT = timedelta(days=90)
GONE = 410
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """A claimed delivery and the attempt that is about to be made."""

    delivery: WebhookDelivery
    attempt: WebhookAttempt


def deliveries_for(user: Any) -> QuerySet[WebhookDelivery]:
    """Every delivery, for those who may see the webhooks."""
    return WebhookDelivery.objects.filter(endpoint__in=webhooks.endpoints_for(user))


def fan_out(*, at: datetime) -> int:
    """Turn what is in the outbox into deliveries, and return how many events those were."""
    with transaction.atomic():
        waiting = OutboxEvent.objects.select_for_update(of=("self",), skip_locked=True).select_related(
            "event"
        )
        events = [one.event for one in waiting.order_by("pk")[:AT_ONCE]]
        endpoints = [
            (one, one.topics.split(","))
            for one in WebhookEndpoint.objects.filter(ended_at=None).order_by("pk")
        ]
        WebhookDelivery.objects.bulk_create(
            [
                WebhookDelivery(endpoint=endpoint, event=event, queued_at=at, next_try_at=at)
                for event in events
                for endpoint, codes in endpoints
                if topics.told_about(codes, event.action)
            ],
            ignore_conflicts=True,
        )
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).delete()
    return len(events)


def take(*, at: datetime) -> Taken | None:
    """Claim the delivery that has been due the longest; None where none is."""
    with transaction.atomic():
        due = (
            WebhookDelivery.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("endpoint", "event")
            .filter(
                state=State.WAITING, next_try_at__lte=at, endpoint__ended_at=None, endpoint__paused_at=None
            )
            .exclude(endpoint__secret="")
            .filter(Q(endpoint__held_until=None) | Q(endpoint__held_until__lte=at))
        )
        delivery = due.order_by("next_try_at", "event_id", "pk").first()
        if delivery is None:
            return None
        delivery.tries += 1
        delivery.next_try_at = at + LEASE
        delivery.save(update_fields=["tries", "next_try_at"])
        return Taken(delivery, WebhookAttempt.objects.create(delivery=delivery, began_at=at))


def settle(taken: Taken, *, status: int | None, trouble: str = "", by: Actor, at: datetime) -> str:
    """Write down what came of an attempt; returns why its endpoint was stopped, or nothing."""
    ok = status is not None and 200 <= status < 300
    with transaction.atomic():
        delivery = WebhookDelivery.objects.select_for_update(of=("self",)).get(pk=taken.delivery.pk)
        WebhookAttempt.objects.filter(pk=taken.attempt.pk).update(
            ended_at=at, status=status, trouble=trouble[:200]
        )
        standing = WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, ended_at=None)
        if ok:
            standing.exclude(failures=0).update(failures=0, failing_since=None, held_until=None)
            _close(delivery, State.DELIVERED, at=at)
            return ""
        if delivery.state == State.WAITING:
            if delivery.tries > len(WAITS):
                _close(delivery, State.GIVEN_UP, at=at)
            else:
                delivery.next_try_at = at + WAITS[delivery.tries - 1]
                delivery.save(update_fields=["next_try_at"])
        endpoint = standing.select_for_update(of=("self",)).first()
        if endpoint is None:
            return ""
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or at
        endpoint.held_until = at + min(HELD_MOST, timedelta(seconds=5 * 2 ** min(endpoint.failures, 10)))
        endpoint.save(update_fields=["failures", "failing_since", "held_until"])
        reason = _why_stopped(endpoint, status, at=at)
        if reason and not webhooks.stop(endpoint, reason=reason, by=by, at=at):
            return ""
    return reason


def send_again(delivery: WebhookDelivery, *, by: Actor, at: datetime) -> WebhookDelivery:
    """Send a message again, with its id. Raises `Conflict` for one that waits, or whose endpoint is retired."""
    with transaction.atomic():
        locked = (
            WebhookDelivery.objects.select_for_update(of=("self",))
            .select_related("endpoint")
            .get(pk=delivery.pk)
        )
        if locked.endpoint.ended_at is not None:
            raise Conflict("This webhook is retired.", "Make another one.")
        if locked.state == State.WAITING and locked.tries == 0:
            raise Conflict("This message is about to be sent.", "Wait for it.")
        locked.state, locked.settled_at, locked.next_try_at, locked.tries = State.WAITING, None, at, 0
        locked.save(update_fields=["state", "settled_at", "next_try_at", "tries"])
        audit.record(
            audit.Action.WEBHOOK_SENT_AGAIN,
            about=audit.Ref("webhook", locked.endpoint.public_id),
            by=by,
            at=at,
            delivery=locked.public_id,
            event=locked.event_id,
        )
    return locked


def forget(*, at: datetime) -> int:
    """Delete deliveries that were settled long ago, give up what waited as long; returns how many were deleted."""
    old = at - KEPT
    WebhookDelivery.objects.filter(state=State.WAITING, queued_at__lt=old, next_try_at__lt=old).update(
        state=State.GIVEN_UP, settled_at=at, next_try_at=None
    )
    gone = WebhookDelivery.objects.exclude(state=State.WAITING).filter(settled_at__lt=old)
    return gone.delete()[1].get("advisory.WebhookDelivery", 0)


def _close(delivery: WebhookDelivery, state: str, *, at: datetime) -> None:
    delivery.state, delivery.settled_at, delivery.next_try_at = state, at, None
    delivery.save(update_fields=["state", "settled_at", "next_try_at"])


def _why_stopped(endpoint: WebhookEndpoint, status: int | None, *, at: datetime) -> str:
    if status == GONE:
        return "The receiver answered that it is gone (410)."
    if endpoint.failing_since is not None and at - endpoint.failing_since >= STOPPED_AFTER:
        return f"Nothing was taken for {STOPPED_AFTER.days} days, in {endpoint.failures} attempts."
    return ""
