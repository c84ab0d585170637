"""Consents of non-discretionary clients, each to exactly one fingerprint."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from compliance.audit_trail import audit
from compliance.models import Consent, ConsentChannel, Review
from compliance.people import confirmations, people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed, Stale
from compliance.review_desk import states


def standing(review: Review, *, at: datetime) -> list[Consent]:
    """The consents in force for exactly the fingerprint of this review."""
    return list(
        Consent.objects.filter(
            review=review, fingerprint=review.fingerprint, given_at__lte=at, expires_at__gt=at
        )
    )


def consent(
    review: Review,
    *,
    fingerprint: str,
    given_by: str,
    given_at: datetime,
    expires_at: datetime,
    channel: ConsentChannel,
    account_ref: str = "",
    evidence: str = "",
    by: Actor,
    at: datetime,
) -> Consent:
    """Record a client's consent. The door has checked that `by` is this client or may act for them.

    Raises NotAllowed (role), Conflict (no longer waiting), Stale (another fingerprint) or BadInput.
    """
    with transaction.atomic():
        review = states.lock(review)
        user = people.behind(by)
        if channel == ConsentChannel.PORTAL and not user.has_role(Role.CLIENT):
            raise NotAllowed(
                "Only the client can consent in the portal.", "Record how the client told you instead."
            )
        if not (user.has_role(Role.CLIENT) or user.has_role(Role.ADVISOR) or user.has_role(Role.COMPLIANCE)):
            raise NotAllowed("Consent is recorded by the client, the advisor or compliance.")
        if not review.is_active:
            raise Conflict("This is no longer waiting for consent.", "Open it again to see where it stands.")
        if fingerprint != review.fingerprint:
            raise Stale(
                "What the client saw is not the current revision.", "Show the client the current revision."
            )
        if not given_by.strip():
            raise BadInput("A consent names who gave it.", "Enter the client's name.")
        if not given_at <= at < expires_at:
            raise BadInput("A consent is given in the past and ends in the future.", "Check both dates.")
        if channel != ConsentChannel.PORTAL and not evidence.strip():
            raise BadInput(
                "A consent outside the portal needs its evidence.", "Name the letter, message or recording."
            )
        confirmed = (
            confirmations.required(by, about=fingerprint, deed="agree to this", at=at)
            if channel == ConsentChannel.PORTAL
            else {}
        )
        given = Consent.objects.create(
            review=review,
            fingerprint=fingerprint,
            given_by=given_by.strip(),
            given_at=given_at,
            expires_at=expires_at,
            channel=channel,
            account_ref=account_ref,
            evidence=evidence.strip(),
            recorded_by_id=user.pk,
            recorded_by_label=by.label,
            recorded_at=at,
        )
        audit.record(
            audit.Action.CONSENT_RECORDED,
            about=review,
            by=by,
            at=at,
            sealing=[("consent", given.pk)],
            given_by=given.given_by,
            given_at=given_at,
            channel=channel,
            account_ref=account_ref,
            evidence=given.evidence,
            fingerprint=fingerprint,
            **confirmed,
        )
    return given
