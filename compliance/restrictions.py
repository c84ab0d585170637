"""The firm's restricted and watch lists. One person can add an issuer; somebody else has to remove it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from compliance.audit_trail import audit
from compliance.models import ListKind, RestrictedIssuer
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed, closest
from compliance.statements.reads import prepared

if TYPE_CHECKING:
    from compliance.people.roles import Person


@dataclass(frozen=True, slots=True)
class Restriction:
    """An issuer on a list, as the rules read it; both ends of the span are included."""

    issuer: str
    kind: ListKind
    starts_on: date
    ends_on: date | None


def in_force(*, on: date) -> tuple[Restriction, ...]:
    """The restrictions in force on this day, by issuer."""
    return tuple(
        Restriction(row.issuer, ListKind(row.kind), row.starts_on, row.ends_on) for row in listed.rows(on)
    )


@prepared
def listed(on: date) -> QuerySet[RestrictedIssuer]:
    """The entries that count on this day, by issuer."""
    return RestrictedIssuer.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on, lifted_at=None
    ).order_by("issuer", "kind", "starts_on")


def place(
    issuer: str,
    *,
    on_record: Collection[str],
    unmatched: bool = False,
    kind: ListKind,
    starts_on: date,
    ends_on: date | None = None,
    reason: str,
    by: Actor,
    at: datetime,
) -> RestrictedIssuer:
    """Put an issuer on a list at once.

    `on_record` names the issuers that securities on record have; the floor above knows them. A name that is
    not among them restricts nothing today and is accepted only with `unmatched`.

    Raises NotAllowed without the compliance role, BadInput (no name, no reason, dates, a name that matches
    nothing), Conflict when the issuer is already on that list.
    """
    issuer = matched(issuer.strip(), on_record)
    if not issuer.strip() or not reason.strip():
        raise BadInput("A restriction names an issuer and a reason.", "Fill in both.")
    if issuer not in on_record and not unmatched:
        raise BadInput(
            f"No security on record is issued by {issuer!r}, so this would restrict nothing.",
            f"{closest(issuer, on_record) or 'Check its name.'} To list an issuer whose securities nobody holds yet, confirm that when you list it.",
        )
    if ends_on is not None and ends_on < starts_on:
        raise BadInput("This restriction would end before it starts.", "Check both dates.")
    try:
        with transaction.atomic():
            user = people.behind(by)
            if not user.has_role(Role.COMPLIANCE):
                raise NotAllowed("Only compliance can change the restricted list.")
            placed = RestrictedIssuer.objects.create(
                issuer=issuer.strip(),
                kind=kind,
                starts_on=starts_on,
                ends_on=ends_on,
                reason=reason.strip(),
                placed_by_id=user.pk,
                placed_by_label=by.label,
                placed_at=at,
            )
            audit.record(
                audit.Action.ISSUER_RESTRICTED,
                about=placed,
                by=by,
                at=at,
                sealing=[("restriction", placed.pk)],
                issuer=placed.issuer,
                kind=kind,
                starts_on=starts_on,
                ends_on=ends_on,
                reason=placed.reason,
            )
    except IntegrityError:
        raise Conflict(
            f"{issuer.strip()} is already on that list.", "Lift the existing entry first."
        ) from None
    return placed


def matched(issuer: str, on_record: Collection[str]) -> str:
    """The issuer as the record spells it, ignoring case."""
    return {one.casefold(): one for one in on_record}.get(issuer.casefold(), issuer)


def lift(restriction: RestrictedIssuer, reason: str, *, by: Actor, at: datetime) -> RestrictedIssuer:
    """Take an issuer off its list. Raises NotAllowed for whoever put it there, Conflict if it is off."""
    if not reason.strip():
        raise BadInput("Lifting a restriction needs its reason.", "Say in a sentence why.")
    with transaction.atomic():
        user = people.behind(by)
        if not user.has_role(Role.COMPLIANCE):
            raise NotAllowed("Only compliance can change the restricted list.")
        current: RestrictedIssuer = RestrictedIssuer.objects.select_for_update(of=("self",)).get(
            pk=restriction.pk
        )
        if current.lifted_at is not None:
            raise Conflict(f"{current.issuer} is already off that list.")
        if current.placed_by_id == user.pk:
            raise NotAllowed("You put this issuer on the list, so a colleague has to remove it.")
        current.lifted_at, current.lifted_by_id, current.lifted_reason = at, user.pk, reason.strip()
        current.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
        audit.record(
            audit.Action.ISSUER_RELEASED,
            about=current,
            by=by,
            at=at,
            sealing=[("restriction_lifted", current.pk)],
            issuer=current.issuer,
            kind=current.kind,
            reason=current.lifted_reason,
        )
    return current


def replace(
    restriction: RestrictedIssuer,
    *,
    starts_on: date,
    ends_on: date | None,
    reason: str,
    asked_by: int,
    by: Actor,
    at: datetime,
) -> RestrictedIssuer:
    """Give an entry other dates or another reason: the old one is lifted, and one like it placed.

    One person asks, another decides (`by`), so that nobody shortens their own entry alone. Raises as `lift` and
    `place`.
    """
    asker = get_user_model()._default_manager.get(pk=asked_by)
    if asker.pk == people.behind(by).pk:
        raise NotAllowed("You asked for this change, so a colleague has to decide.")
    with transaction.atomic():
        lifted = lift(restriction, f"Replaced: {reason.strip()}"[:2_000], by=by, at=at)
        return place(
            lifted.issuer,
            on_record=(lifted.issuer,),
            kind=ListKind(lifted.kind),
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason,
            by=Actor.person(cast("Person", asker)),
            at=at,
        )
