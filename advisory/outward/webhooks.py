"""Endpoints of webhooks: made, changed, paused, resumed and retired by administrators; their secrets.

A secret is shown in the one answer that makes it. Nothing is sent before there is one; while a new one replaces it,
messages carry both signatures for a day, so that the receiver can change over without missing any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from advisory.models import WebhookEndpoint
from advisory.outward import sending, signing, topics
from compliance.audit_trail import audit
from compliance.digests import fingerprint
from compliance.people import confirmations, people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict

if TYPE_CHECKING:
    from django.db.models import QuerySet

FOR_ADMINISTRATORS = "Webhooks are kept by the firm's administrators, and seen by compliance."
BOTH_FOR = timedelta(days=1)
OPEN_MAX = 20


@dataclass(frozen=True, slots=True)
class Minted:
    """An endpoint with its new secret, which nobody can read again later."""

    endpoint: WebhookEndpoint
    secret: str


def refusal_to_see(user: Any) -> str | None:
    """Why this person may not see the webhooks; None when they may."""
    may = user.has_role(Role.ADMINISTRATOR) or user.has_role(Role.COMPLIANCE)
    return None if may else FOR_ADMINISTRATORS


def refusal_to_keep(user: Any) -> str | None:
    """Why this person may not make or change webhooks; None when they may."""
    return None if user.has_role(Role.ADMINISTRATOR) else FOR_ADMINISTRATORS


def endpoints_for(user: Any) -> QuerySet[WebhookEndpoint]:
    """Every endpoint, for those who may see them."""
    every = WebhookEndpoint.objects.all()
    return every if refusal_to_see(user) is None else every.none()


def make(name: str, url: str, wanted: Iterable[str], *, by: Actor, at: datetime) -> WebhookEndpoint:
    """Make an endpoint, which is told nothing until it has a secret. Raises `BadInput` for an address it cannot have."""
    name, codes = _name(name), _topics(wanted)
    host = sending.address_of(url).host
    with transaction.atomic():
        if WebhookEndpoint.objects.filter(ended_at=None).count() >= OPEN_MAX:
            raise Conflict(f"The firm has {OPEN_MAX} webhooks, the most it may have.", "Retire one first.")
        endpoint = WebhookEndpoint.objects.create(
            name=name, url=url, topics=codes, made_at=at, made_by_id=people.behind(by).pk
        )
        audit.record(
            audit.Action.WEBHOOK_MADE,
            about=_ref(endpoint),
            by=by,
            at=at,
            name=endpoint.name,
            host=host,
            url=_digest(url),
            topics=endpoint.topics,
        )
    return endpoint


def change(
    endpoint: WebhookEndpoint, *, name: str, url: str, wanted: Iterable[str], by: Actor, at: datetime
) -> WebhookEndpoint:
    """Give an endpoint another name, address or topics. What waits goes to the new address."""
    told = {"name": _name(name), "url": url, "topics": _topics(wanted)}
    host = sending.address_of(url).host
    with transaction.atomic():
        locked = _standing(endpoint)
        before = {"name": locked.name, "url": _digest(locked.url), "topics": locked.topics}
        locked.name, locked.url, locked.topics = told["name"], told["url"], told["topics"]
        locked.save(update_fields=["name", "url", "topics"])
        audit.record(
            audit.Action.WEBHOOK_CHANGED,
            about=_ref(locked),
            by=by,
            at=at,
            before=before,
            after={**told, "url": _digest(url)},
            host=host,
        )
    return locked


def pause(endpoint: WebhookEndpoint, *, reason: str, by: Actor, at: datetime) -> WebhookEndpoint:
    """Send nothing until it is resumed; what happens meanwhile waits."""
    with transaction.atomic():
        locked = _standing(endpoint)
        if locked.paused_at is not None:
            raise Conflict("This webhook is paused already.", "There is nothing to do.")
        locked.paused_at, locked.paused_by_id, locked.pause_reason = at, int(by.person_ref), reason[:300]
        locked.save(update_fields=["paused_at", "paused_by", "pause_reason"])
        audit.record(audit.Action.WEBHOOK_PAUSED, about=_ref(locked), by=by, at=at, reason=reason)
    return locked


def resume(endpoint: WebhookEndpoint, *, by: Actor, at: datetime) -> WebhookEndpoint:
    """Send again, beginning with what waits; its failures are counted from none."""
    with transaction.atomic():
        locked = _standing(endpoint)
        if locked.paused_at is None:
            raise Conflict("This webhook is not paused.", "There is nothing to do.")
        locked.paused_at, locked.paused_by, locked.pause_reason = None, None, ""
        locked.failures, locked.failing_since, locked.held_until = 0, None, None
        locked.save(
            update_fields=[
                *("paused_at", "paused_by", "pause_reason"),
                *("failures", "failing_since", "held_until"),
            ]
        )
        audit.record(audit.Action.WEBHOOK_RESUMED, about=_ref(locked), by=by, at=at)
    return locked


def stop(endpoint: WebhookEndpoint, *, reason: str, by: Actor, at: datetime) -> bool:
    """Pause an endpoint that has failed for too long or is gone; returns whether it was running."""
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
        if locked.ended_at is not None or locked.paused_at is not None:
            return False
        locked.paused_at, locked.pause_reason = at, reason[:300]
        locked.save(update_fields=["paused_at", "pause_reason"])
        audit.record(
            audit.Action.WEBHOOK_STOPPED,
            about=_ref(locked),
            by=by,
            at=at,
            reason=reason,
            failures=locked.failures,
            failing_since=locked.failing_since,
        )
    return True


def retire(endpoint: WebhookEndpoint, *, reason: str, by: Actor, at: datetime) -> WebhookEndpoint:
    """End an endpoint for good. Its secrets are erased; the log of its deliveries stays."""
    with transaction.atomic():
        locked = _standing(endpoint)
        locked.ended_at, locked.ended_by_id, locked.end_reason = at, int(by.person_ref), reason[:300]
        locked.secret, locked.former_secret = "", ""
        locked.save(update_fields=["ended_at", "ended_by", "end_reason", "secret", "former_secret"])
        audit.record(audit.Action.WEBHOOK_RETIRED, about=_ref(locked), by=by, at=at, reason=reason)
    return locked


def mint(endpoint: WebhookEndpoint, *, by: Actor, at: datetime) -> Minted:
    """Make a new secret. Raises `ConfirmationNeeded` without a fresh confirmation of exactly this."""
    asked = {"webhook": endpoint.public_id, "since": endpoint.secret_made_at}
    deed = f"make a new secret of the webhook “{endpoint.name}”"
    about = fingerprint.of(asked, kind="webhook secret")
    confirmed = confirmations.required(by, about=about, deed=deed, at=at)
    with transaction.atomic():
        locked = _standing(endpoint)
        replaced = bool(locked.secret)
        locked.former_secret = locked.secret
        locked.former_until = at + BOTH_FOR if replaced else None
        locked.secret, locked.secret_made_at = signing.new_secret(), at
        locked.save(update_fields=["secret", "secret_made_at", "former_secret", "former_until"])
        audit.record(
            audit.Action.WEBHOOK_SECRET_MADE,
            about=_ref(locked),
            by=by,
            at=at,
            former_until=locked.former_until,
            **confirmed,
        )
    return Minted(locked, locked.secret)


def keys_of(endpoint: WebhookEndpoint, *, at: datetime) -> tuple[str, ...]:
    """The secrets with which a message to this endpoint is signed now, the present one first."""
    former = endpoint.former_until is not None and at < endpoint.former_until
    return (endpoint.secret, endpoint.former_secret) if former else (endpoint.secret,)


def _standing(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    locked = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
    if locked.ended_at is not None:
        raise Conflict("This webhook is retired.", "Make another one.")
    return locked


def _ref(endpoint: WebhookEndpoint) -> audit.Ref:
    return audit.Ref("webhook", endpoint.public_id)


def _digest(url: str) -> str:
    """An address on the trail: what is behind the host may be a secret, so its digest alone is told."""
    return fingerprint.of({"url": url}, kind="webhook address")


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > 80 or not plain.isprintable():
        raise BadInput("A webhook needs a name of at most 80 characters.", "Name what receives it.")
    return plain


def _topics(wanted: Iterable[str]) -> str:
    named = set(wanted)
    codes = [code for code in topics.BY_CODE if code in named]
    if not codes:
        raise BadInput("A webhook is told about something.", "Tick at least one topic.")
    return ",".join(codes)
