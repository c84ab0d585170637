"""Holds: reasons not to trade a household, an account or a security, placed, renewed, changed, lifted, expired."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from clients.models import Account, Hold, Household, Security
from compliance.audit_trail import audit
from compliance.firm import firm_settings
from compliance.firm.desk_figures import HOLD_DAYS_MAX
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict

_DESK = frozenset({Role.ADVISOR, Role.TRADER})
PLACED_BY: dict[str, frozenset[Role]] = {
    Hold.Kind.ADVISOR: _DESK,
    Hold.Kind.LEGAL: frozenset({Role.COMPLIANCE}),
    Hold.Kind.DECEASED: frozenset({Role.ADVISOR, Role.COMPLIANCE}),
    Hold.Kind.TRANSFER: _DESK,
    Hold.Kind.CUSTODIAN: _DESK | {Role.COMPLIANCE},
    Hold.Kind.MARGIN_CALL: frozenset({Role.TRADER, Role.COMPLIANCE}),
    Hold.Kind.CASH_UP_FRONT: frozenset({Role.TRADER, Role.COMPLIANCE}),
}
"""Who may place, renew, change and lift a hold of each kind."""


def days_max(*, on: date) -> int:
    """How long a hold may last that begins on a day; somebody must renew it, because a forgotten one misses trades."""
    return firm_settings.in_force(on=on).of(HOLD_DAYS_MAX)


def kinds_for(user: object) -> tuple[Hold.Kind, ...]:
    """The kinds of holds this person may place and lift."""
    has_role = user.has_role  # type: ignore[attr-defined]  # People are known by what they answer.
    return tuple(kind for kind in Hold.Kind if any(has_role(role) for role in PLACED_BY[kind]))


def refusal_to_end(user: object, hold: Hold) -> str | None:
    """Why this person may not lift, renew or change a hold of this kind; None when they may."""
    if hold.kind in kinds_for(user):
        return None
    who = " or ".join(sorted(role.label.lower() for role in PLACED_BY[hold.kind]))
    return f"A hold of the kind “{hold.get_kind_display().lower()}” is the concern of {who}."


@transaction.atomic
def place(
    household: Household,
    *,
    account: Account | None,
    security: Security | None,
    kind: str,
    reason: str,
    starts_on: date,
    expires_on: date,
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> Hold:
    """Put trading of a household, an account or a security on hold for a number of days.

    Raises `BadInput` when no reason is given or the span is longer than the firm's longest hold.
    """
    refuse_span(reason=reason, starts_on=starts_on, expires_on=expires_on)
    hold = Hold.objects.create(
        household=household,
        account=account,
        security=security,
        kind=kind,
        reason=reason.strip(),
        placed_by_id=user_id,
        placed_at=at,
        starts_on=starts_on,
        expires_on=expires_on,
    )
    audit.record(
        audit.Action.HOLD_PLACED,
        about=hold,
        by=by,
        at=at,
        sealing=[("hold", hold.pk)],
        kind=kind,
        reason=reason,
        expires_on=expires_on,
    )
    return hold


@transaction.atomic
def renew(
    hold: Hold, *, reason: str, expires_on: date, on: date, user_id: int, by: Actor, at: datetime
) -> Hold:
    """Put a new hold in the place of one that ends, from today on: so somebody has thought about it again.

    Raises `Conflict` for a hold that was lifted or has been replaced.
    """
    hold = _standing(hold)
    return _replace(
        hold, audit.Action.HOLD_RENEWED, reason=reason, starts_on=on, expires_on=expires_on, user_id=user_id,
        by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def change(hold: Hold, *, reason: str, expires_on: date, user_id: int, by: Actor, at: datetime) -> Hold:
    """Correct a hold's reason or end. The old one stays as it was entered, lifted.

    Raises `Conflict` for a hold that was lifted, `BadInput` when nothing is changed.
    """
    hold = _standing(hold)
    if (hold.reason, hold.expires_on) == (reason.strip(), expires_on):
        raise BadInput("Nothing is changed.", "Change the reason or the end, or leave the page.")
    return _replace(
        hold, audit.Action.HOLD_CHANGED, reason=reason, starts_on=hold.starts_on, expires_on=expires_on,
        user_id=user_id, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def carry_over(hold: Hold, *, to: Household, user_id: int | None, by: Actor, at: datetime) -> Hold:
    """Continue a hold in another household, which takes over what is held. The old one ends and names the new one."""
    hold = _standing(hold)
    fresh = Hold.objects.create(
        household=to,
        account=hold.account,
        security=hold.security,
        kind=hold.kind,
        reason=hold.reason,
        placed_by_id=hold.placed_by_id,
        placed_at=at,
        starts_on=hold.starts_on,
        expires_on=hold.expires_on,
        replaces=hold,
    )
    _end(hold, reason=f"It goes on in {to}: {fresh.public_id}"[:200], user_id=user_id, at=at)
    audit.record(
        audit.Action.HOLD_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("hold", fresh.pk), ("hold_lifted", hold.pk)],
        kind=hold.kind,
        replaces=hold.public_id,
        changed={"household": {"before": hold.household.public_id, "after": to.public_id}},
    )
    return fresh


@transaction.atomic
def lift(hold: Hold, *, reason: str = "", user_id: int | None, by: Actor, at: datetime) -> Hold:
    """End a hold early. Raises `Conflict` when somebody has lifted it already."""
    hold = _standing(hold)
    _end(hold, reason=reason, user_id=user_id, at=at)
    audit.record(
        audit.Action.HOLD_LIFTED,
        about=hold,
        by=by,
        at=at,
        sealing=[("hold_lifted", hold.pk)],
        kind=hold.kind,
        reason=reason,
    )
    return hold


def expire(*, on: date, by: Actor, at: datetime) -> int:
    """Put the end of every hold whose last day has passed on the trail, each once. Returns how many.

    A hold ends by its date, whether or not this has run; the line tells who reads the trail that it did.
    """
    over = Hold.objects.filter(lifted_at=None, expired_at=None, expires_on__lt=on).order_by("pk")
    count = 0
    for key in list(over.values_list("pk", flat=True)):
        count += _expire(key, by=by, at=at)
    return count


@transaction.atomic
def _expire(key: int, *, by: Actor, at: datetime) -> int:
    hold = (
        Hold.objects.select_for_update(skip_locked=True)
        .filter(pk=key, lifted_at=None, expired_at=None)
        .first()
    )
    if hold is None:
        return 0
    hold.expired_at = at
    hold.save(update_fields=["expired_at"])
    audit.record(
        audit.Action.HOLD_EXPIRED,
        about=hold,
        by=by,
        at=at,
        sealing=[("hold_expired", hold.pk)],
        kind=hold.kind,
        expired_on=hold.expires_on,
    )
    return 1


def refuse_span(*, reason: str, starts_on: date, expires_on: date) -> None:
    """Raise `BadInput` for a hold without a reason, or one that is longer than a hold may be."""
    if not reason.strip():
        raise BadInput("A hold needs a reason.", "Give a reason for the hold.")
    if expires_on < starts_on:
        raise BadInput("The hold would already have ended.", "Choose a later day.")
    latest = starts_on + timedelta(days=days_max(on=starts_on))
    if expires_on > latest:
        raise BadInput(
            f"A hold lasts at most {days_max(on=starts_on)} days: until {latest:%m/%d/%Y}.",
            "Choose an earlier end; it can be renewed.",
        )


def _standing(hold: Hold) -> Hold:
    locked: Hold = (
        Hold.objects.select_for_update(of=("self",))
        .select_related("household", "account", "security")
        .get(pk=hold.pk)
    )
    if locked.lifted_at is not None:
        raise Conflict("This hold was already lifted.", "There is nothing to do.")
    return locked


def _replace(
    hold: Hold,
    action: audit.Action,
    *,
    reason: str,
    starts_on: date,
    expires_on: date,
    user_id: int,
    by: Actor,
    at: datetime,
) -> Hold:
    refuse_span(reason=reason, starts_on=starts_on, expires_on=expires_on)
    fresh = Hold.objects.create(
        household=hold.household,
        account=hold.account,
        security=hold.security,
        kind=hold.kind,
        reason=reason.strip(),
        placed_by_id=user_id,
        placed_at=at,
        starts_on=starts_on,
        expires_on=expires_on,
        replaces=hold,
    )
    _end(
        hold,
        reason="Renewed" if action is audit.Action.HOLD_RENEWED else "Changed",
        user_id=user_id,
        at=at,
    )
    audit.record(
        action,
        about=fresh,
        by=by,
        at=at,
        sealing=[("hold", fresh.pk), ("hold_lifted", hold.pk)],
        kind=hold.kind,
        replaces=hold.public_id,
        changed={
            name: {"before": str(before), "after": str(after)}
            for name, before, after in (
                ("reason", hold.reason, fresh.reason),
                ("starts_on", hold.starts_on, starts_on),
                ("expires_on", hold.expires_on, expires_on),
            )
            if before != after
        },
    )
    return fresh


def _end(hold: Hold, *, reason: str, user_id: int | None, at: datetime) -> None:
    hold.lifted_at, hold.lifted_by_id, hold.lift_reason = at, user_id, reason.strip()
    hold.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
