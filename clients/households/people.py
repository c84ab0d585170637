"""The people of a household, and the trusts and entities that own accounts: added, corrected, married, divorced,
gone, deceased.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from clients.households import households, life_events
from clients.models import Account, Household, LifeEvent, Person
from compliance.audit_trail import audit
from compliance.doors.before_after import changed
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Cause, Conflict

SECRET = ("born_on_text", "tax_number", "tax_number_last4")
"""Columns whose values stay off the trail; it says only that they changed."""


@transaction.atomic
def add(
    household: Household,
    *,
    given_name: str,
    family_name: str,
    part: str,
    born_on: date | None,
    tax_number: str | None,
    kind: str = Person.Kind.PERSON,
    parties: str = "",
    by: Actor,
    at: datetime,
) -> Person:
    """Add a person, a trust or an entity; date of birth and tax number are stored encrypted.

    Raises `BadInput` for a name that is already on record in the household, since files name owners by it.
    """
    household = households.standing(household)
    person = Person(
        household=household,
        **_facts(
            kind=kind,
            given_name=given_name,
            family_name=family_name,
            part=part,
            parties=parties,
            born_on=born_on,
            tax_number=tax_number,
        ),
    )
    _refuse_wrong_name(person)
    person.save()
    audit.record(audit.Action.PERSON_ADDED, about=person, by=by, at=at, kind=kind, part=part)
    return person


@transaction.atomic
def correct(
    person: Person,
    *,
    kind: str,
    given_name: str,
    family_name: str,
    part: str,
    parties: str,
    born_on: date | None,
    tax_number: str | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> Person:
    """Correct what is on record about a person; `born_on` and `tax_number` None leave what is on record.

    The trail keeps both values of what changed, except of what is encrypted. Raises `BadInput` when nothing changes.
    """
    person = standing(person)
    facts = _facts(
        kind=kind,
        given_name=given_name,
        family_name=family_name,
        part=part,
        parties=parties,
        born_on=born_on,
        tax_number=tax_number,
    )
    if born_on is None:
        del facts["born_on_text"]
    if tax_number is None:
        del facts["tax_number"], facts["tax_number_last4"]
    before = {name: getattr(person, name) for name in facts}
    changes: dict[str, Any] = changed(before, {name: facts[name] for name in facts if name not in SECRET})
    changes |= {name: "changed" for name in SECRET if name in facts and facts[name] != before[name]}
    if not changes:
        raise BadInput("Nothing is changed.", "Change a field, or leave the page.")
    for name, value in facts.items():
        setattr(person, name, value)
    _refuse_wrong_name(person)
    if not person.is_human and (person.spouse_id or person.deceased_on):
        raise BadInput(f"{person} is on record as a person who married or died.", "Add the trust by itself.")
    person.save(update_fields=list(facts))
    audit.record(audit.Action.PERSON_CHANGED, about=person, by=by, at=at, changed=changes, reason=reason)
    return person


@transaction.atomic
def leave(person: Person, *, left_on: date, reason: str, by: Actor, at: datetime) -> Person:
    """Record that a person no longer belongs to the household. What they did and owned stays on record.

    Raises `Conflict` while they own an open account, are married to a person of the household, or file a return.
    """
    person = standing(person)
    if person.left_on is not None:
        raise Conflict(f"{person} left on {person.left_on}.", "There is nothing to do.")
    causes = [Cause(input=str(one), sentence=f"{person} owns {one}.") for one in owned(person)]
    if person.spouse is not None:
        causes.append(Cause(input=str(person), sentence=f"{person} is married to {person.spouse}."))
    causes += [
        Cause(input=str(unit), sentence=f"{person} files with the tax unit {unit}.")
        for unit in person.tax_units.filter(last_tax_year=None)
    ]
    if causes:
        raise Conflict(
            f"{person} cannot leave the household yet.",
            "Settle each of these first, or split the household.",
            causes=causes,
        )
    person.left_on, person.may_see = left_on, Person.MaySee.NOTHING
    person.save(update_fields=["left_on", "may_see"])
    audit.record(audit.Action.PERSON_LEFT, about=person, by=by, at=at, left_on=left_on, reason=reason)
    return person


@transaction.atomic
def come_back(person: Person, *, reason: str, by: Actor, at: datetime) -> Person:
    """Undo a departure. What the person may see is decided again."""
    person = standing(person)
    if person.left_on is None:
        raise Conflict(f"{person} belongs to the household.", "There is nothing to do.")
    left_on, person.left_on = person.left_on, None
    person.save(update_fields=["left_on"])
    audit.record(audit.Action.PERSON_RETURNED, about=person, by=by, at=at, left_on=left_on, reason=reason)
    return person


@transaction.atomic
def marry(one: Person, other: Person, *, by: Actor, at: datetime, married_on: date | None = None) -> None:
    """Record that two people of one household are spouses, whose purchases can disallow each other's losses.

    With `married_on` it is news, and a life event holds trades back until the policy is renewed.
    """
    one, other = standing(one), standing(other)
    if one.household_id != other.household_id:
        raise BadInput("Spouses must be in the same household.", "Merge their households first.")
    if one.pk == other.pk or not (one.is_human and other.is_human):
        raise BadInput("A marriage is between two people.", "Choose two people of the household.")
    for person in (one, other):
        if person.spouse_id is not None:
            raise Conflict(f"{person} is married to {person.spouse}.", "Record the divorce first.")
        if person.deceased_on is not None or person.left_on is not None:
            raise Conflict(f"{person} no longer belongs to the household.", "Choose somebody else.")
    _pair(one, other)
    with audit.lines_last():
        audit.record(
            audit.Action.PEOPLE_MARRIED,
            about=one.household,
            by=by,
            at=at,
            spouses=sorted((one.public_id, other.public_id)),
            married_on=married_on,
        )
        if married_on is not None:
            _event(one, LifeEvent.Kind.MARRIAGE, married_on, f"Married {other}", by=by, at=at)


@transaction.atomic
def divorce(person: Person, *, divorced_on: date, reason: str, by: Actor, at: datetime) -> None:
    """Record that two spouses are divorced; a life event holds trades back until the policy is renewed.

    Their return of the year follows from their status on its last day (IRC 7703(a)(1)).
    """
    person = standing(person)
    if person.spouse is None:
        raise Conflict(f"{person} is not married.", "There is nothing to do.")
    other = person.spouse
    _unpair(person)
    with audit.lines_last():
        audit.record(
            audit.Action.PEOPLE_DIVORCED,
            about=person.household,
            by=by,
            at=at,
            people=sorted((person.public_id, other.public_id)),
            divorced_on=divorced_on,
            reason=reason,
        )
        _event(person, LifeEvent.Kind.DIVORCE, divorced_on, f"Divorced from {other}", by=by, at=at)


def die(person: Person, *, died_on: date) -> None:
    """Write down that somebody died, in the transaction of `deaths.record`: their sign-in shows nothing, their spouse
    is widowed.
    """
    person.deceased_on, person.may_see = died_on, Person.MaySee.NOTHING
    person.save(update_fields=["deceased_on", "may_see"])
    _unpair(person)


def correct_death_day(
    person: Person, *, died_on: date | None, may_see: str | None, spouse: Person | None
) -> None:
    """Write down another day, or that somebody lives, in the transaction of `deaths.correct`."""
    person.deceased_on = died_on
    if died_on is None and may_see is not None:
        person.may_see = may_see
    person.save(update_fields=["deceased_on", "may_see"])
    if spouse is not None:
        _pair(person, spouse)


def owned(person: Person) -> list[Account]:
    """The open accounts that a person owns, alone or with somebody."""
    return list(
        Account.objects.filter(Q(owner=person) | Q(joint_owner=person), closed_on=None)
        .select_related("household")
        .order_by("name", "pk")
    )


def _facts(
    *,
    kind: str,
    given_name: str,
    family_name: str,
    part: str,
    parties: str,
    born_on: date | None,
    tax_number: str | None,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "given_name": given_name.strip(),
        "family_name": family_name.strip(),
        "part": part,
        "parties": parties.strip(),
        "born_on_text": born_on.isoformat() if born_on else None,
        "tax_number": tax_number,
        "tax_number_last4": tax_number[-4:] if tax_number else "",
    }


def _refuse_wrong_name(person: Person) -> None:
    if person.is_human and not person.given_name:
        raise BadInput("A person needs a given name.", "Write it, or choose trust or entity.")
    if not person.is_human and person.given_name:
        raise BadInput("A trust or an entity has one name.", "Write the whole name as the family name.")
    namesakes = person.household.people.filter(
        given_name__iexact=person.given_name, family_name__iexact=person.family_name
    ).exclude(pk=person.pk)
    if namesakes.exists():
        raise BadInput(
            f"{person} is already on record in {person.household}.",
            "Files name owners by their names; add a middle initial or a suffix.",
        )


def standing(person: Person) -> Person:
    """The person with their household, locked for a change."""
    household = households.standing(person.household)
    found = Person.objects.select_for_update(of=("self",)).select_related("spouse").get(pk=person.pk)
    if found.household_id != household.pk:
        # They went to another household, in a merger or a split, while this one was waited for.
        return standing(found)
    found.household = household
    return found


def _pair(one: Person, other: Person) -> None:
    for person, spouse in ((one, other), (other, one)):
        person.spouse = spouse
        person.save(update_fields=["spouse"])


def _unpair(person: Person) -> None:
    for one in filter(None, (person, person.spouse)):
        one.spouse = None
        one.save(update_fields=["spouse"])


def _event(
    person: Person, kind: LifeEvent.Kind, on: date, note: str, *, by: Actor, at: datetime
) -> LifeEvent:
    return life_events.record(
        person.household, kind=kind, opened_on=on, person=person, note=note, by=by, at=at
    )
