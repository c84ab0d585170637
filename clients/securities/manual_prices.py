"""Prices by hand: entered with evidence once two people agree, and retired. They come before every other source.

They are doors that a second person decides about: `by` is that person, the proposed change names the first.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clients.models import Price, Security
from clients.models.columns import PRICE_MAX
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

SOURCE = "manual"


def refusal_of(price: Decimal, *, priced_on: date, evidence: str, today: date) -> str | None:
    """Why a price cannot be entered; None where it can."""
    if not price.is_finite() or not 0 < price <= PRICE_MAX:
        return f"A price is above 0 and at most {PRICE_MAX:,}."
    if priced_on > today:
        return "The day of a price cannot be in the future."
    if not evidence.strip():
        return "A price by hand needs evidence: where it was found, and by whom."
    return None


def enter(
    security: Security, *, priced_on: date, price: Decimal, evidence: str, by: Actor, at: datetime
) -> Price:
    """Enter a price of a day, or correct the one entered before. It counts as accepted by the person who decides.

    Raises `BadInput` for a figure, day or evidence that cannot be.
    """
    today = at.astimezone(clock.EASTERN).date()
    if refusal := refusal_of(price, priced_on=priced_on, evidence=evidence, today=today):
        raise BadInput(refusal, "Correct the value.")
    with transaction.atomic():
        known = (
            Price.objects.select_for_update(of=("self",))
            .filter(security=security, as_of_on=priced_on, source=SOURCE)
            .first()
        )
        before = None if known is None else known.price
        row = known or Price(security=security, as_of_on=priced_on, source=SOURCE)
        row.price, row.received_at, row.standing = price, at, Price.Standing.ACCEPTED
        row.disputed_with, row.reason = None, evidence.strip()[:300]
        row.decided_by_id, row.decided_at = int(by.person_ref), at
        row.save()
        audit.record(
            audit.Action.PRICE_OVERRIDDEN,
            about=security,
            by=by,
            at=at,
            sealing=[("price_decision", row.pk)],
            changed={"price": {"before": before, "after": price}},
            price_on=priced_on,
            evidence=row.reason,
        )
    return row


def retire(price: Price, *, reason: str, by: Actor, at: datetime) -> Price:
    """Take a price by hand out of use; the row stays with the reason.

    Raises `Conflict` for a price from a file or one that is out of use already, `BadInput` without a reason.
    """
    if not reason.strip():
        raise BadInput("Retiring a price needs a reason.", "Say in a sentence why.")
    with transaction.atomic():
        locked = Price.objects.select_for_update(of=("self",)).select_related("security").get(pk=price.pk)
        if locked.source != SOURCE or locked.standing != Price.Standing.ACCEPTED:
            raise Conflict("Only a price by hand that is in use can be retired.")
        locked.standing, locked.reason = Price.Standing.REJECTED, reason.strip()[:300]
        locked.decided_by_id, locked.decided_at = int(by.person_ref), at
        locked.save(update_fields=["standing", "reason", "decided_by", "decided_at"])
        audit.record(
            audit.Action.PRICE_RETIRED,
            about=locked.security,
            by=by,
            at=at,
            sealing=[("price_decision", locked.pk)],
            price=locked.price,
            price_on=locked.as_of_on,
            reason=locked.reason,
        )
    return locked
