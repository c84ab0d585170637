"""What a death ends, and what is given back when it was recorded by mistake."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from clients.households import holds, life_events, people, tax_units
from clients.models import Account, Hold, LifeEvent, Person, TaxUnit
from compliance.audit_trail import audit
from compliance.doors.before_after import changed
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

DEATH = "Death"
"""The reason on the trail of a return that ended with a death."""
ESTATE_CODE = "estate"


@dataclass(frozen=True, slots=True)
class Ends:
    """What a death ends: the returns that nobody living files, and those that go on for a survivor."""

    person: Person
    died_on: date
    accounts: tuple[Account, ...]
    ending: tuple[TaxUnit, ...]
    going_on: tuple[TaxUnit, ...]


def ends(person: Person, *, died_on: date) -> Ends:
    """What recording this death would end."""
    units = list(person.tax_units.filter(last_tax_year=None).prefetch_related("members").order_by("code"))
    living = {
        unit.pk: any(one.deceased_on is None and one.pk != person.pk for one in unit.members.all())
        for unit in units
    }
    return Ends(
        person=person,
        died_on=died_on,
        accounts=tuple(people.owned(person)),
        ending=tuple(unit for unit in units if not living[unit.pk]),
        going_on=tuple(unit for unit in units if living[unit.pk]),
    )


def lines(found: Ends, *, filed_by: str, estate: bool) -> Iterator[tuple[str, str, str]]:
    """What follows from a death, in words: what it is, where it stands, and afterwards."""
    person, year = found.person, found.died_on.year
    if person.user_id:
        yield "Sign-in", f"{person} can sign in", "ends at once, on every device"
    if person.spouse is not None:
        yield "Marriage", f"married to {person.spouse}", f"{person.spouse} is widowed"
    for unit in found.ending:
        by = f", filed by {filed_by}" if filed_by else ""
        yield (
            f"Final return of {unit}",
            unit.get_filing_status_display(),
            f"{year}, as before{by}; none later (IRC 6012(b)(1))",
        )
    for unit in found.going_on:
        joint = unit.filing_status == TaxUnit.FilingStatus.JOINT
        how = "jointly with the survivor (IRC 6013(a)(2))" if joint else "as before"
        yield (
            f"Return of {unit}",
            unit.get_filing_status_display(),
            f"{year}: {how}. The status of {year + 1} is asked for when that year is confirmed",
        )
    for account in found.accounts:
        yield "Account", str(account), "held until its new owner is on record"
    if estate:
        yield "Estate", "", f"{estate_of(person)}, with a return of its own"


def estate_of(person: Person) -> str:
    """The name of a person's estate."""
    return f"Estate of {person}"


@transaction.atomic
def record(
    person: Person,
    *,
    died_on: date,
    on: date,
    filed_by: str = "",
    estate: bool = False,
    by: Actor,
    at: datetime,
) -> Person:
    """Record a death. Their sign-in ends at once, and their accounts are not traded until a person lifts the holds.

    A return that nobody living files ends with the year of death (IRC 6012(b)(1)); `filed_by` files it. A joint return
    goes on for the survivor, whose status is asked for by year (IRC 2(a), 6013(a)(2)). With `estate`, it is put on
    record with a return of its own (IRC 641(a)(3)).
    """
    person = people.standing(person)
    if not person.is_human:
        raise BadInput(f"{person} is not a person.", "Close a trust's or an entity's accounts instead.")
    if person.deceased_on is not None:
        raise Conflict(f"{person} died on {person.deceased_on}.", "Correct the day instead.")
    found, spouse, saw = ends(person, died_on=died_on), person.spouse, str(person.may_see)
    people.die(person, died_on=died_on)
    for unit in found.ending:
        tax_units.end_with_death(unit, last_tax_year=died_on.year, final_filer=filed_by)
    with audit.lines_last():
        audit.record(
            audit.Action.PERSON_DIED,
            about=person,
            by=by,
            at=at,
            died_on=died_on,
            survived_by=spouse.public_id if spouse else None,
            saw=saw,
            final_return_by=filed_by,
        )
        for unit in found.ending:
            audit.record(
                audit.Action.TAX_UNIT_RETIRED,
                about=unit,
                by=by,
                at=at,
                last_tax_year=died_on.year,
                final_filer=filed_by,
                reason=DEATH,
            )
        for account in found.accounts:
            holds.place(
                # An account of both sides of a split stays in the other household until it is retitled.
                account.household,
                account=account,
                security=None,
                kind=Hold.Kind.DECEASED,
                reason=f"{person} died on {died_on:%B} {died_on.day}, {died_on.year}.",
                starts_on=on,
                expires_on=on + timedelta(days=holds.days_max(on=on)),
                user_id=int(by.person_ref) if by.is_person else None,
                by=by,
                at=at,
            )
        life_events.record(
            person.household,
            kind=LifeEvent.Kind.DEATH,
            opened_on=died_on,
            person=person,
            note="",
            by=by,
            at=at,
        )
        if estate:
            _add_estate(person, found, filed_by=filed_by, by=by, at=at)
        if person.user_id is not None:
            _let_the_sign_in_follow(person, reason=f"{person} died.", by=by, at=at)
    return person


@transaction.atomic
def correct(person: Person, *, died_on: date | None, reason: str, by: Actor, at: datetime) -> Person:
    """Correct the day of a death, or take back one that was recorded by mistake (None).

    Taken back are the end of the sign-in, what it shows, the marriage and the end of the returns; another year moves
    the end of the returns. Holds and the life event are ended at their own doors, each with its reason.
    """
    person = people.standing(person)
    if person.deceased_on is None:
        raise Conflict(f"No death of {person} is on record.", "Record the death instead.")
    changes = changed({"deceased_on": person.deceased_on}, {"deceased_on": died_on})
    if not changes:
        raise BadInput("Nothing is changed.", "Change the day, or leave the page.")
    told = _as_it_was_told(person)
    survivor = _survivor(person, told) if died_on is None else None
    people.correct_death_day(person, died_on=died_on, may_see=told.get("saw"), spouse=survivor)
    with audit.lines_last():
        audit.record(audit.Action.PERSON_CHANGED, about=person, by=by, at=at, changed=changes, reason=reason)
        for unit in _ended_with(person):
            tax_units.follow_death(
                unit, last_tax_year=died_on.year if died_on else None, reason=reason, by=by, at=at
            )
        if died_on is None and person.user_id is not None:
            _let_the_sign_in_follow(person, reason=reason, by=by, at=at)
    return person


def _add_estate(person: Person, found: Ends, *, filed_by: str, by: Actor, at: datetime) -> None:
    estate = people.add(
        person.household,
        given_name="",
        family_name=estate_of(person),
        part=Person.Part.OTHER,
        born_on=None,
        tax_number=None,
        kind=Person.Kind.TRUST,
        parties=f"Executor or administrator: {filed_by}." if filed_by else "",
        by=by,
        at=at,
    )
    units = (*found.ending, *found.going_on)
    tax_units.add(
        person.household,
        code=tax_units.free_code(person.household, ESTATE_CODE),
        name=estate_of(person),
        filing_status=TaxUnit.FilingStatus.TRUST,
        state=units[0].state if units else "",
        members=[estate],
        by=by,
        at=at,
    )


def _as_it_was_told(person: Person) -> dict[str, Any]:
    """The facts of the line that recorded the death; empty where none is on the trail."""
    last = audit.trail(about=person).filter(action=audit.Action.PERSON_DIED).last()
    facts: dict[str, Any] = json.loads(last.facts) if last is not None else {}
    return facts


def _survivor(person: Person, told: dict[str, Any]) -> Person | None:
    """The spouse a person had, where both are of one household still and nobody married since."""
    return Person.objects.filter(
        public_id=told.get("survived_by") or "", household=person.household, spouse=None, deceased_on=None
    ).first()


def _ended_with(person: Person) -> list[TaxUnit]:
    """The returns that ended with this death, by what the trail says last about their end."""
    found = []
    for unit in person.tax_units.filter(last_tax_year__isnull=False).order_by("pk"):
        last = audit.trail(about=unit).filter(action=audit.Action.TAX_UNIT_RETIRED).last()
        if last is not None and json.loads(last.facts).get("reason") == DEATH:
            found.append(unit)
    return found


def _let_the_sign_in_follow(person: Person, *, reason: str, by: Actor, at: datetime) -> None:
    """Tell the floor above, which knows how people sign in, that somebody died or lives."""
    follow: Callable[..., None] = import_string(settings.AFTER_A_DEATH)
    follow(person, reason=reason, by=by, at=at)
