"""Wash-sale groups: securities that the firm treats as substantially identical (IRC 1091)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from clients.models import Security, WashGroup
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed


def add(code: str, *, reason: str, by: Actor, at: datetime) -> WashGroup:
    """Add an empty group. Raises `NotAllowed` for anybody but compliance, `BadInput` without a reason,
    `Conflict` for a code that is taken.
    """
    _refuse(by, reason)
    try:
        with transaction.atomic():
            group = WashGroup.objects.create(code=code, reason=reason.strip()[:200])
            audit.record(
                audit.Action.WASH_GROUP_ADDED,
                about=audit.Ref("washgroup", group.code),
                by=by,
                at=at,
                reason=group.reason,
            )
    except IntegrityError:
        raise Conflict(f"The group {code} is on record already.", "Choose another code.") from None
    return group


def rename(group: WashGroup, *, code: str, reason: str, by: Actor, at: datetime) -> WashGroup:
    """Rename a group and say anew why its members are alike. Its members count as decided from then on, so that
    a file that uses the old code does not take them away. Raises as `add`.
    """
    _refuse(by, reason)
    try:
        with transaction.atomic():
            locked = WashGroup.objects.select_for_update().get(pk=group.pk)
            before = {"code": locked.code, "reason": locked.reason}
            locked.code, locked.reason = code, reason.strip()[:200]
            locked.save(update_fields=["code", "reason"])
            members = list(Security.objects.select_for_update().filter(wash_group=locked).order_by("pk"))
            for one in members:
                one.wash_group_by_id = int(by.person_ref)
                one.wash_group_on = at.astimezone(clock.EASTERN).date()
            Security.objects.bulk_update(members, ("wash_group_by", "wash_group_on"))
            audit.record(
                audit.Action.WASH_GROUP_CHANGED,
                about=audit.Ref("washgroup", locked.code),
                by=by,
                at=at,
                sealing=[("wash_group_decision", one.pk) for one in members],
                changed={
                    name: {"before": value, "after": getattr(locked, name)}
                    for name, value in before.items()
                    if value != getattr(locked, name)
                },
            )
    except IntegrityError:
        raise Conflict(f"The group {code} is on record already.", "Choose another code.") from None
    return locked


def retire(group: WashGroup, *, reason: str, on: date, by: Actor, at: datetime) -> WashGroup:
    """Retire a group without members: it is no longer offered. Raises as `add`, and `Conflict` while a security
    is in it.
    """
    _refuse(by, reason)
    with transaction.atomic():
        locked = WashGroup.objects.select_for_update().get(pk=group.pk)
        if locked.retired_on is not None:
            raise Conflict(f"{locked} is retired already.")
        if member := locked.securities.first():
            raise Conflict(f"{member} is in the group {locked}.", "Decide another group for it first.")
        locked.retired_on = on
        locked.save(update_fields=["retired_on"])
        audit.record(
            audit.Action.WASH_GROUP_CHANGED,
            about=audit.Ref("washgroup", locked.code),
            by=by,
            at=at,
            changed={"retired_on": {"before": None, "after": on}},
            reason=reason.strip(),
        )
    return locked


def _refuse(by: Actor, reason: str) -> None:
    if Role.COMPLIANCE not in by.roles:
        raise NotAllowed("Only compliance can decide what is substantially identical.", "Ask compliance.")
    if not reason.strip():
        raise BadInput("A wash-sale group needs a reason.", "Say why its securities are alike.")
