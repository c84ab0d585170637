"""The pages of webhooks: all of them; and one with its secret's age, its deliveries and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.urls import reverse

from advisory.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from advisory.outward import deliveries, messages, topics, webhooks
from advisory.outward.webhooks import Minted
from compliance.audit_trail import audit
from compliance.doors import pages as doors
from compliance.models import AuditEvent

DELIVERIES_MAX = 100
HISTORY_MAX = 100
LINKS = tuple(f"advisory:webhook_{name}" for name in ("change", "pause", "resume", "retire"))
STATES = (("", "All"), *WebhookDelivery.State.choices)


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """One endpoint in the list."""

    name: str
    url: str
    host: str
    topics: tuple[str, ...]
    state: str
    waiting: int
    given_up: int


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    """Every endpoint."""

    rows: tuple[WebhookRow, ...]
    make: tuple[doors.DoorLink, ...]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One message with what became of it."""

    event: int
    type: str
    message: str
    state: str
    state_label: str
    queued_at: datetime
    next_try_at: datetime | None
    settled_at: datetime | None
    attempts: tuple[WebhookAttempt, ...]
    links: tuple[doors.DoorLink, ...]


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One endpoint. `minted` is its new secret, in the answer that made it only."""

    endpoint: WebhookEndpoint
    topics: tuple[str, ...]
    state: str
    may_mint: bool
    minted: Minted | None
    chosen: str
    chips: tuple[tuple[str, str, int], ...]
    rows: tuple[DeliveryRow, ...]
    is_cut: bool
    history: tuple[AuditEvent, ...]
    links: tuple[doors.DoorLink, ...]


def show_all(user: Any) -> WebhooksPage:
    """The list; two queries."""
    counted = webhooks.endpoints_for(user).annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=deliveries.State.WAITING)),
        given_up=Count("deliveries", filter=Q(deliveries__state=deliveries.State.GIVEN_UP)),
    )
    found: Any = counted.order_by("ended_at", "name", "pk")
    return WebhooksPage(
        rows=tuple(
            WebhookRow(
                name=one.name,
                url=reverse("advisory:webhook", args=[one.public_id]),
                host=one.url.removeprefix("https://").partition("/")[0],
                topics=_labels(one),
                state=state_of(one),
                waiting=one.waiting,
                given_up=one.given_up,
            )
            for one in found
        ),
        make=doors.links(["advisory:webhook_make"], user),
    )


def show(
    user: Any, endpoint: WebhookEndpoint, *, state: str = "", minted: Minted | None = None
) -> WebhookPage:
    """One endpoint; five queries, however much was sent. `state` narrows the log."""
    sent = WebhookDelivery.objects.filter(endpoint=endpoint)
    counts = dict(sent.order_by().values_list("state").annotate(Count("pk")))
    chosen = state if state in WebhookDelivery.State.values else ""
    log = (sent.filter(state=chosen) if chosen else sent).select_related("event", "endpoint")
    attempts = Prefetch("attempts", WebhookAttempt.objects.order_by("began_at", "pk"))
    rows = list(log.prefetch_related(attempts).order_by("-event_id", "-pk")[: DELIVERIES_MAX + 1])
    events = audit.trail(about=audit.Ref("webhook", endpoint.public_id))
    return WebhookPage(
        endpoint=endpoint,
        topics=_labels(endpoint),
        state=state_of(endpoint),
        may_mint=endpoint.ended_at is None and webhooks.refusal_to_keep(user) is None,
        minted=minted,
        chosen=chosen,
        chips=tuple(
            (key, str(label), counts.get(key, 0) if key else sum(counts.values())) for key, label in STATES
        ),
        rows=tuple(_row(user, one) for one in rows[:DELIVERIES_MAX]),
        is_cut=len(rows) > DELIVERIES_MAX,
        history=tuple(events.order_by("-seq")[:HISTORY_MAX]),
        links=doors.links(LINKS, user, endpoint),
    )


def state_of(endpoint: WebhookEndpoint) -> str:
    """How an endpoint stands, in a word or two."""
    if endpoint.ended_at is not None:
        return "Retired"
    if endpoint.paused_at is not None:
        return "Paused" if endpoint.paused_by_id is not None else "Stopped"
    if not endpoint.secret:
        return "Needs a secret"
    return "Failing" if endpoint.failures else "Works"


def _labels(endpoint: WebhookEndpoint) -> tuple[str, ...]:
    return tuple(topics.BY_CODE[code].label for code in endpoint.topics.split(",") if code in topics.BY_CODE)


def _row(user: Any, one: WebhookDelivery) -> DeliveryRow:
    return DeliveryRow(
        event=one.event_id,
        type=one.event.action,
        message=messages.id_of(one.event),
        state=one.state,
        state_label=one.get_state_display(),
        queued_at=one.queued_at,
        next_try_at=one.next_try_at,
        settled_at=one.settled_at,
        attempts=tuple(one.attempts.all()),
        links=doors.links(["advisory:webhook_send_again"], user, one),
    )
