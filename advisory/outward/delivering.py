"""A run of the job that delivers: what is in the outbox, then what is due, for as long as a run may take."""

from __future__ import annotations

from datetime import date

import structlog
from django.conf import settings
from django.urls import reverse

from advisory.models import WebhookEndpoint
from advisory.outward import deliveries, messages, sending, signing, webhooks
from advisory.outward.deliveries import Taken
from advisory.people import mail
from compliance import clock
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role

log = structlog.get_logger("advisory.webhooks")
MOST = 200
SECONDS = 25
"""After so long no further message is begun; the next run goes on. A task ends after 45."""


def run(*, by: Actor) -> int:
    """Deliver what is due, and return how many attempts were made."""
    began = clock.now()
    deliveries.fan_out(at=began)
    for count in range(MOST):
        at = clock.now()
        if (at - began).total_seconds() >= SECONDS or (taken := deliveries.take(at=at)) is None:
            return count
        _attempt(taken, by=by)
    return MOST


def _attempt(taken: Taken, *, by: Actor) -> None:
    event, endpoint = taken.delivery.event, taken.delivery.endpoint
    body, message_id, at = messages.body_of(event), messages.id_of(event), taken.attempt.began_at
    signed = signing.headers(message_id, body, keys=webhooks.keys_of(endpoint, at=at), at=at)
    status, trouble = None, ""
    try:
        status = sending.post(endpoint.url, body, signed)
    except sending.NotSent as error:
        trouble = str(error)
    log.info(
        "a webhook was tried", message=message_id, webhook=endpoint.public_id, status=status, trouble=trouble
    )
    at = clock.now()
    if reason := deliveries.settle(taken, status=status, trouble=trouble, by=by, at=at):
        _alarm(endpoint, reason, on=at.astimezone(clock.EASTERN).date())


def _alarm(endpoint: WebhookEndpoint, reason: str, *, on: date) -> None:
    """Tell the administrators that nothing more is sent to an endpoint."""
    log.error("a webhook was stopped", webhook=endpoint.public_id, reason=reason)
    url = f"{settings.ADDRESS}{reverse('advisory:webhook', args=[endpoint.public_id])}"
    for user in people.holding(Role.ADMINISTRATOR):
        # People sign in with their address.
        mail.send(
            user.get_username(),
            "A webhook was stopped",
            "webhook_stopped",
            on=on,
            name=endpoint.name,
            reason=reason,
            url=url,
        )
