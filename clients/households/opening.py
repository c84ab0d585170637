"""A household opened with its first people, their return, and the books it is in: one form, one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from clients.households import books, households, people, tax_units
from clients.models import BookEntry, Household, Person
from compliance.audit_trail import audit
from compliance.people.actors import Actor

RETURN_CODE = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPerson:
    given_name: str
    family_name: str
    born_on: date | None = None
    tax_number: str | None = None


@transaction.atomic
def open_with(
    head: FirstPerson,
    spouse: FirstPerson | None,
    *,
    code: str,
    name: str,
    opened_on: date,
    profile_confirmed_on: date | None,
    filing_status: str,
    state: str,
    advisor: Any,
    reviewer: Any | None,
    on: date,
    by: Actor,
    at: datetime,
) -> Household:
    """Open a household with one person or two spouses, the return they file (none without a status), and from
    today (`on`) its books.

    Raises `BadInput` for a code that is taken, or a status that these people cannot file.
    """
    with audit.lines_last():
        household = households.open_household(
            code=code, name=name, opened_on=opened_on, profile_confirmed_on=profile_confirmed_on, by=by, at=at
        )
        persons = [_add(household, head, Person.Part.HEAD, by=by, at=at)]
        if spouse is not None:
            persons.append(_add(household, spouse, Person.Part.SPOUSE, by=by, at=at))
            people.marry(*persons, by=by, at=at)
        if filing_status:
            separate = filing_status not in tax_units.OF_BOTH
            for number, member in enumerate(persons if separate else persons[:1]):
                tax_units.add(
                    household,
                    code=RETURN_CODE if not number else f"{RETURN_CODE}-{number + 1}",
                    name=str(member) if separate else " and ".join(str(one) for one in persons),
                    filing_status=filing_status,
                    state=state,
                    members=[member] if separate else persons,
                    by=by,
                    at=at,
                )
        looking_after = ((advisor, BookEntry.Part.ADVISOR), (reviewer, BookEntry.Part.REVIEWER))
        for user, part in looking_after:
            if user is not None:
                books.assign(household, user=user, part=part, starts_on=on, by=by, at=at)
    return household


def _add(household: Household, one: FirstPerson, part: str, *, by: Actor, at: datetime) -> Person:
    return people.add(
        household,
        given_name=one.given_name,
        family_name=one.family_name,
        part=part,
        born_on=one.born_on,
        tax_number=one.tax_number,
        by=by,
        at=at,
    )
