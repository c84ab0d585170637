"""What clients ask for outside their policy: recorded, changed, cancelled, ended by its day.

A restriction never changes: a change ends it and makes another in its place. Making one or making it stricter is one
person's act; making it looser (`is_looser`) or cancelling it is a second person's too, which the doors see to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from clients.models import ClientRestriction, Household
from clients.policies.restriction_terms import Terms, checked, is_looser
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


def in_force(households: Iterable[Household | int], *, on: date) -> QuerySet[ClientRestriction]:
    """The restrictions of these households that count on a day."""
    return (
        ClientRestriction.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=on),
            household__in=list(households),
            cancelled_at=None,
            starts_on__lte=on,
        )
        .select_related("account", "lot__security", "security", "asset_class")
        .order_by("kind", "pk")
    )


def sentence(row: ClientRestriction) -> str:
    """The client's own words with the day, as plans, rules and pages say it."""
    return f"{row.reason.rstrip('.')} (the client's instruction of {row.asked_on})"


@transaction.atomic
def record(
    household: Household, terms: Terms, *, on: date, user_id: int | None, by: Actor, at: datetime
) -> ClientRestriction:
    """Put a restriction on record; it counts from its first day.

    Raises `BadInput` for one that cannot be or has no effect, `Conflict` for one that is on record already.
    """
    household = Household.objects.select_for_update().get(pk=household.pk)
    if household.closed_on is not None:
        raise Conflict(f"{household} is closed.", "Reopen it first.")
    terms = checked(household, terms)
    _refuse_past(terms, on=on)
    if any(_same(Terms.of(one), terms) for one in _open(household)):
        raise Conflict("Exactly this restriction is on record.", "Change that one where something differs.")
    row = _made(household, terms, replaces=None, user_id=user_id, at=at)
    audit.record(
        audit.Action.RESTRICTION_MADE,
        about=row,
        by=by,
        at=at,
        sealing=[("client_restriction", row.pk)],
        kind=row.kind,
        what=row.what,
        reason=row.reason,
        asked_by=row.asked_by,
        asked_on=row.asked_on,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )
    return row


@transaction.atomic
def change(
    row: ClientRestriction,
    terms: Terms,
    *,
    on: date,
    may_loosen: bool,
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> ClientRestriction:
    """Put a restriction with other terms in the place of one; what it is about stays.

    Raises `BadInput` when nothing is changed, or when it would be looser and `may_loosen` is false.
    """
    row = _standing(row)
    before = Terms.of(row)
    terms = checked(row.household, terms)
    if terms == before:
        raise BadInput("Nothing is changed.", "Change something, or leave the page.")
    if terms.ends_on is not None and terms.ends_on < on:
        raise BadInput("Its last day is in the past.", "Choose today or a later day.")
    if not may_loosen and (looser := is_looser(before, terms, on=on)):
        raise BadInput(
            f"This would make it looser: {looser}.", "Loosening a client's restriction needs a second person."
        )
    fresh = _made(row.household, terms, replaces=row, user_id=user_id, at=at)
    _end(row, reason="Changed", user_id=user_id, at=at)
    audit.record(
        audit.Action.RESTRICTION_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("client_restriction", fresh.pk), ("client_restriction_cancelled", row.pk)],
        kind=row.kind,
        what=fresh.what,
        replaces=row.public_id,
        changed={
            name: {"before": _word(one), "after": _word(other)}
            for name, one, other in _differing(before, terms)
        },
    )
    return fresh


@transaction.atomic
def cancel(
    row: ClientRestriction, *, reason: str, user_id: int | None, by: Actor, at: datetime
) -> ClientRestriction:
    """End a restriction early. Raises `Conflict` when it has ended already, `BadInput` without a reason."""
    row = _standing(row)
    if not reason.strip():
        raise BadInput("Cancelling a restriction needs a reason.", "Say who wants it and why.")
    _end(row, reason=reason, user_id=user_id, at=at)
    audit.record(
        audit.Action.RESTRICTION_CANCELLED,
        about=row,
        by=by,
        at=at,
        sealing=[("client_restriction_cancelled", row.pk)],
        kind=row.kind,
        what=row.what,
        reason=row.cancel_reason,
    )
    return row


def standing_in(household: Household, *, on: date) -> list[ClientRestriction]:
    """The restrictions of a household that count on a day or will later."""
    rows = household.client_restrictions.filter(cancelled_at=None).exclude(ends_on__lt=on)
    return list(
        rows.select_related("household", "account", "lot__security", "security", "asset_class").order_by("pk")
    )


@transaction.atomic
def carry_over(
    row: ClientRestriction, *, to: Household, ends_here: bool, user_id: int | None, by: Actor, at: datetime
) -> ClientRestriction:
    """Continue a restriction in another household, which takes over what it is about.

    It ends in its own household, unless what it is about is in both from now on.
    """
    row = _standing(row)
    fresh = _made(to, Terms.of(row), replaces=row if ends_here else None, user_id=user_id, at=at)
    sealing = [("client_restriction", fresh.pk)]
    if ends_here:
        _end(row, reason=f"It goes on in {to}: {fresh.public_id}", user_id=user_id, at=at)
        sealing.append(("client_restriction_cancelled", row.pk))
    audit.record(
        audit.Action.RESTRICTION_CHANGED if ends_here else audit.Action.RESTRICTION_MADE,
        about=fresh,
        by=by,
        at=at,
        sealing=sealing,
        kind=fresh.kind,
        what=fresh.what,
        continues=row.public_id,
        changed={"household": {"before": row.household.public_id, "after": to.public_id}},
    )
    return fresh


def expire(*, on: date, by: Actor, at: datetime) -> int:
    """Put the end of every restriction whose last day has passed on the trail, each once. Returns how many.

    It ends by its date, whether or not this has run.
    """
    over = ClientRestriction.objects.filter(cancelled_at=None, expired_at=None, ends_on__lt=on)
    return sum(_expire(key, by=by, at=at) for key in list(over.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _expire(key: int, *, by: Actor, at: datetime) -> int:
    found = ClientRestriction.objects.select_for_update(skip_locked=True, of=("self",))
    row = found.filter(pk=key, cancelled_at=None, expired_at=None).first()
    if row is None:
        return 0
    row.expired_at = at
    row.save(update_fields=["expired_at"])
    audit.record(
        audit.Action.RESTRICTION_EXPIRED,
        about=row,
        by=by,
        at=at,
        sealing=[("client_restriction_expired", row.pk)],
        kind=row.kind,
        what=row.what,
        expired_on=row.ends_on,
    )
    return 1


def _refuse_past(terms: Terms, *, on: date) -> None:
    if terms.asked_on > on:
        raise BadInput("The client cannot have asked for it in the future.", "Check the day.")
    if terms.ends_on is not None and terms.ends_on < on:
        raise BadInput("It would have ended already.", "Choose a later last day.")


def _same(one: Terms, other: Terms) -> bool:
    """Whether two restrictions forbid the same, whoever asked for it."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in (
            *("kind", "account", "lot", "security", "issuers", "sector", "asset_class", "weight_cap"),
            *("starts_on", "ends_on"),
        )
    )


def _open(household: Household) -> QuerySet[ClientRestriction]:
    found = household.client_restrictions.filter(cancelled_at=None, expired_at=None)
    return found.select_related("account", "lot", "security", "asset_class")


def _standing(row: ClientRestriction) -> ClientRestriction:
    locked: ClientRestriction = (
        ClientRestriction.objects.select_for_update(of=("self",))
        .select_related("household", "account", "lot__account", "lot__security", "security", "asset_class")
        .get(pk=row.pk)
    )
    if locked.cancelled_at is not None or locked.expired_at is not None:
        raise Conflict("This restriction has ended already.", "There is nothing to do.")
    return locked


def _made(
    household: Household,
    terms: Terms,
    *,
    replaces: ClientRestriction | None,
    user_id: int | None,
    at: datetime,
) -> ClientRestriction:
    return ClientRestriction.objects.create(
        household=household,
        kind=terms.kind,
        account=terms.account,
        lot=terms.lot,
        security=terms.security,
        issuers=list(terms.issuers),
        sector=terms.sector,
        asset_class=terms.asset_class,
        weight_cap=terms.weight_cap,
        reason=terms.reason,
        asked_by=terms.asked_by,
        asked_on=terms.asked_on,
        document=terms.document,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        made_by_id=user_id,
        made_at=at,
        replaces=replaces,
    )


def _end(row: ClientRestriction, *, reason: str, user_id: int | None, at: datetime) -> None:
    row.cancelled_at, row.cancelled_by_id, row.cancel_reason = at, user_id, reason.strip()[:200]
    row.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])


_TOLD = (
    "reason",
    "asked_by",
    "asked_on",
    "document",
    "starts_on",
    "ends_on",
    "account",
    "issuers",
    "weight_cap",
)


def _differing(before: Terms, after: Terms) -> Iterable[tuple[str, object, object]]:
    for name in _TOLD:
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            yield name, one, other


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)
