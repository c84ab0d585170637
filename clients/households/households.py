"""Households and their people: opening and adding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients.models import Household, Person, TaxProfile, TaxUnit
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


@transaction.atomic
def open_household(
    *, code: str, name: str, opened_on: date, profile_confirmed_on: date | None, by: Actor, at: datetime
) -> Household:
    """Put a household on record."""
    household = Household.objects.create(
        code=code, name=name, opened_on=opened_on, profile_confirmed_on=profile_confirmed_on
    )
    audit.record(audit.Action.HOUSEHOLD_ADDED, about=household, by=by, at=at, code=code)
    return household


@transaction.atomic
def add_person(
    household: Household,
    *,
    given_name: str,
    family_name: str,
    part: str,
    born_on: date | None,
    tax_number: str | None,
    by: Actor,
    at: datetime,
) -> Person:
    """Add a person; date of birth and tax number are stored encrypted."""
    person = Person.objects.create(
        household=household,
        given_name=given_name,
        family_name=family_name,
        part=part,
        born_on_text=born_on.isoformat() if born_on else None,
        tax_number=tax_number,
        tax_number_last4=tax_number[-4:] if tax_number else "",
    )
    audit.record(audit.Action.HOUSEHOLD_CHANGED, about=household, by=by, at=at, added_person=person.public_id)
    return person


@transaction.atomic
def marry(one: Person, other: Person, *, by: Actor, at: datetime) -> None:
    """Record that two people of one household are spouses, whose purchases can disallow each other's losses."""
    if one.household_id != other.household_id:
        raise BadInput("Spouses must be in the same household.", "Move one of them first.")
    for person, spouse in ((one, other), (other, one)):
        person.spouse = spouse
        person.save(update_fields=["spouse"])
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED,
        about=one.household,
        by=by,
        at=at,
        spouses=sorted((one.public_id, other.public_id)),
    )


@transaction.atomic
def grant_sign_in(person: Person, *, user: Any, may_see: str, by: Actor, at: datetime) -> Person:
    """Link a person's sign-in to the household. Raises `Conflict` when either has another."""
    if person.user_id not in (None, user.pk):
        raise Conflict(f"{person} already has a sign-in.", "Take it away first.")
    other = Person.objects.filter(user=user).exclude(pk=person.pk).first()
    if other is not None:
        raise Conflict(f"This sign-in belongs to {other} already.", "Use another e-mail address.")
    person.user = user
    person.may_see = may_see
    person.save(update_fields=["user", "may_see"])
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED,
        about=person.household,
        by=by,
        at=at,
        sign_in_of=person.public_id,
        may_see=may_see,
    )
    return person


@transaction.atomic
def change_sight(person: Person, *, may_see: str, by: Actor, at: datetime) -> Person:
    """Change what a person sees when they sign in."""
    before = person.may_see
    person.may_see = may_see
    person.save(update_fields=["may_see"])
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED,
        about=person.household,
        by=by,
        at=at,
        sign_in_of=person.public_id,
        changed={"may_see": {"before": before, "after": may_see}},
    )
    return person


@transaction.atomic
def take_sign_in(person: Person, *, reason: str, by: Actor, at: datetime) -> Any:
    """Unlink a person's sign-in from the household, and return the user who had it."""
    user = person.user
    if user is None:
        raise Conflict(f"{person} has no sign-in.", "There is nothing to do.")
    person.user = None
    person.save(update_fields=["user"])
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED,
        about=person.household,
        by=by,
        at=at,
        sign_in_taken_from=person.public_id,
        user=str(user.pk),
        reason=reason,
    )
    return user


@transaction.atomic
def add_tax_unit(
    household: Household,
    *,
    code: str,
    name: str,
    filing_status: str,
    state: str,
    members: Sequence[Person],
    by: Actor,
    at: datetime,
) -> TaxUnit:
    """Record who files a return together."""
    unit = TaxUnit.objects.create(
        household=household, code=code, name=name, filing_status=filing_status, state=state
    )
    unit.members.set(members)
    audit.record(audit.Action.HOUSEHOLD_CHANGED, about=household, by=by, at=at, added_tax_unit=code)
    return unit


@transaction.atomic
def confirm_tax_profile(
    unit: TaxUnit, *, tax_year: int, confirmed_on: date, by: Actor, at: datetime, **figures: Decimal | None
) -> TaxProfile:
    """Record a year's tax figures as confirmed with the client; `figures` are columns of `TaxProfile`."""
    profile, _ = TaxProfile.objects.update_or_create(
        tax_unit=unit, tax_year=tax_year, defaults={"confirmed_on": confirmed_on, **figures}
    )
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED,
        about=unit.household,
        by=by,
        at=at,
        tax_profile=unit.code,
        tax_year=tax_year,
    )
    return profile
