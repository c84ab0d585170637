"""Households and their people: opening, adding, assigning, cash flows, life events and holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients.models import (
    Account,
    BookEntry,
    CashFlow,
    Hold,
    Household,
    LifeEvent,
    Person,
    Security,
    TaxProfile,
    TaxUnit,
)
from compliance.audit_trail import audit
from compliance.firm import firm_settings
from compliance.firm.desk_figures import HOLD_DAYS_MAX
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
    """Link a person's sign-in to the household."""
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
def assign(
    household: Household, *, user: Any, part: str, starts_on: date, by: Actor, at: datetime
) -> BookEntry:
    """Assign a household to somebody's book."""
    entry = BookEntry.objects.create(household=household, user=user, part=part, starts_on=starts_on)
    audit.record(audit.Action.ADVISOR_ASSIGNED, about=household, by=by, at=at, person=str(user.pk), part=part)
    return entry


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


@transaction.atomic
def expect_cash_flow(
    account: Account,
    *,
    kind: str,
    amount: Decimal,
    due_on: date,
    note: str,
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> CashFlow:
    """Record money due in (positive) or out (negative) of an account."""
    is_in = kind == CashFlow.Kind.CONTRIBUTION
    if (amount > 0) != is_in or amount == 0:
        raise BadInput(
            f"A {CashFlow.Kind(kind).label.lower()} must be {'more' if is_in else 'less'} than zero.",
            "Write money leaving the account with a minus sign.",
        )
    flow = CashFlow.objects.create(
        account=account, kind=kind, amount=amount, due_on=due_on, note=note, entered_by_id=user_id
    )
    audit.record(
        audit.Action.CASH_NEED_ADDED,
        about=flow,
        by=by,
        at=at,
        sealing=[("cash_flow", flow.pk)],
        kind=kind,
        amount=amount,
        due_on=due_on,
    )
    return flow


@transaction.atomic
def open_life_event(
    household: Household,
    *,
    kind: str,
    opened_on: date,
    person: Person | None,
    note: str,
    by: Actor,
    at: datetime,
) -> LifeEvent:
    """Record a change in the client's situation; it holds trades back until the policy is renewed."""
    event = LifeEvent.objects.create(
        household=household, kind=kind, opened_on=opened_on, person=person, note=note
    )
    audit.record(
        audit.Action.LIFE_EVENT_ADDED,
        about=event,
        by=by,
        at=at,
        sealing=[("life_event", event.pk)],
        kind=kind,
        opened_on=opened_on,
    )
    return event


def hold_days_max(*, on: date) -> int:
    """The longest that a hold placed on a day may last, by the firm's setting. A person renews it, because a
    forgotten one leads to missed trades.
    """
    return firm_settings.in_force(on=on).of(HOLD_DAYS_MAX)


@transaction.atomic
def place_hold(
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

    Raises `BadInput` when no reason is given or the span is longer than the firm's longest hold (`HOLD_DAYS_MAX`).
    """
    if not reason.strip():
        raise BadInput("A hold needs a reason.", "Give a reason for the hold.")
    longest = hold_days_max(on=starts_on)
    if expires_on < starts_on or expires_on - starts_on > timedelta(days=longest):
        raise BadInput(f"A hold lasts at most {longest} days.", "Choose an earlier end; it can be renewed.")
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
def lift_hold(hold: Hold, *, user_id: int, by: Actor, at: datetime) -> Hold:
    """End a hold early. Raises `Conflict` when somebody has lifted it already."""
    hold = Hold.objects.select_for_update().get(pk=hold.pk)
    if hold.lifted_at is not None:
        raise Conflict("This hold was already lifted.", "There is nothing to do.")
    hold.lifted_at, hold.lifted_by_id = at, user_id
    hold.save(update_fields=["lifted_at", "lifted_by"])
    audit.record(audit.Action.HOLD_LIFTED, about=hold, by=by, at=at, sealing=[("hold_lifted", hold.pk)])
    return hold
