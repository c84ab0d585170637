"""A household's people and returns as its page shows them, each with the doors its advisor may use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse

from clients import access
from clients.holdings import year_to_date
from clients.models import Household, Person, TaxProfile, TaxUnit
from compliance.doors import registry
from compliance.doors.pages import DoorLink
from compliance.people.roles import Role
from compliance.statements.reads import Asked, prepared

OF_HOUSEHOLD = (
    "clients:household_correct",
    "clients:household_confirm_profile",
    "rebalancing:household_close",
)
OF_PEOPLE = (
    "clients:person_add",
    "clients:people_marry",
    "clients:tax_unit_add",
    "rebalancing:household_merge",
    "rebalancing:household_split",
)
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class PersonRow:
    person: Person
    kind: str
    part: str
    spouse: str
    may_see: str
    sign_in_url: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One year's profile on record."""

    year: int
    filing_status: str
    how: str
    confirmed_on: date | None
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class TaxUnitRow:
    """One return: what it has realized this year, what it carries, what its own budget allows. Dollars.

    `unknown` names the sales whose gain nobody knows: then the year's sums are not known either. `waiting` are the
    doors to the profiles of this year and, in December, the next that nobody has confirmed.
    """

    name: str
    members: str
    filing_status: str
    state: str
    last_tax_year: int | None
    final_filer: str
    tax_year: int | None
    short: Decimal | None
    long: Decimal | None
    unknown: str
    carryover: Decimal | None
    budget: Decimal | None
    confirmed_on: date | None
    profiles: tuple[ProfileRow, ...]
    waiting: tuple[DoorLink, ...]
    doors: tuple[DoorLink, ...]

    @property
    def net(self) -> Decimal | None:
        return None if self.short is None or self.long is None else self.short + self.long


def may_change(user: Any, household: Household, *, on: date) -> bool:
    """Whether this person advises the household, which is open: asked once for all its doors."""
    return (
        household.closed_on is None and user.has_role(Role.ADVISOR) and access.advises(user, household, on=on)
    )


def links(names: Iterable[str], subject: Any) -> tuple[DoorLink, ...]:
    """The links to these doors of a subject, for somebody who may use them."""
    doors = [registry.form_door(name) for name in names]
    return tuple(DoorLink(door.title, reverse(door.browser, kwargs=door.address(subject))) for door in doors)


def people(household: Household, *, with_doors: bool) -> list[PersonRow]:
    """Everybody of the household; who left comes last."""
    rows = _people.rows(household.pk)
    for person in rows:
        person.household = household
    return [
        PersonRow(
            person=person,
            kind="" if person.is_human else person.get_kind_display(),
            part=person.get_part_display(),
            spouse=str(person.spouse) if person.spouse else "",
            may_see=person.get_may_see_display() if person.user_id else "",
            sign_in_url=reverse("advisory:client_sign_in", args=[person.public_id]),
            doors=links(_fitting(person), person) if with_doors else (),
        )
        for person in sorted(rows, key=lambda one: one.left_on is not None)
    ]


def _fitting(person: Person) -> list[str]:
    found = ["clients:person_correct"]
    if person.left_on is not None:
        return [*found, "clients:person_return"]
    if person.spouse_id is not None:
        found.append("clients:person_divorce")
    if person.is_human:
        found.append("clients:person_death_correct" if person.deceased_on else "clients:person_death")
    return [*found, "clients:person_leave"]


def tax_units(
    household: Household, own_sales: Iterable[year_to_date.OwnSale], *, on: date, with_doors: bool
) -> list[TaxUnitRow]:
    """The returns, with the year to date and the profiles of the last years."""
    units = _units.rows(household.pk)
    for unit in units:
        unit.household = household
    members: dict[int, list[str]] = {}
    for person in _members.rows(household.pk):
        members.setdefault(person.of_unit, []).append(str(person))  # type: ignore[attr-defined]  # Annotated.
    by_unit: dict[int, list[TaxProfile]] = {}
    for one in _profiles.rows(household.pk):
        by_unit.setdefault(one.tax_unit_id, []).append(one)
    now = {key: one for key, profiles in by_unit.items() for one in profiles if one.tax_year == on.year}
    new_year = date(on.year, 1, 1)
    realized = year_to_date.of(
        now,
        year=on.year,
        gains=year_to_date.gains_since(household, new_year),
        sales=year_to_date.sales_since(household, new_year),
        own=own_sales,
    )
    return [
        _unit(
            unit,
            ", ".join(members.get(unit.pk, ())),
            by_unit.get(unit.pk, []),
            now,
            realized.get(unit.pk),
            on=on,
            with_doors=with_doors,
        )
        for unit in units
    ]


def asked(household: Household, *, on: date) -> tuple[Asked | None, ...]:
    """What is asked of the household, to be sent with other questions."""
    key, since = household.pk, date(on.year, 1, 1)
    return (
        *(_people.asked(key), _units.asked(key), _members.asked(key), _profiles.asked(key)),
        *(year_to_date.reported.asked([key], since), year_to_date.sold.asked([key], since)),
    )


@prepared
def _people(household: int) -> QuerySet[Person]:
    return Person.objects.filter(household=household).select_related("spouse").order_by("left_on", "pk")


@prepared
def _units(household: int) -> QuerySet[TaxUnit]:
    return TaxUnit.objects.filter(household=household)


@prepared
def _members(household: int) -> QuerySet[Person]:
    return Person.objects.filter(tax_units__household=household).annotate(of_unit=F("tax_units"))


@prepared
def _profiles(household: int) -> QuerySet[TaxProfile]:
    return TaxProfile.objects.filter(tax_unit__household=household).order_by("-tax_year")


def _unit(
    unit: TaxUnit,
    members: str,
    profiles: list[TaxProfile],
    now: Mapping[int, TaxProfile],
    realized: year_to_date.Realized | None,
    *,
    on: date,
    with_doors: bool,
) -> TaxUnitRow:
    profile = now.get(unit.pk)
    is_known = realized is not None and not realized.unknown
    confirmed = {one.tax_year for one in profiles if one.confirmed_on is not None}
    years = [
        year for year in (on.year, *([on.year + 1] if on.month == DECEMBER else [])) if unit.files_for(year)
    ]
    return TaxUnitRow(
        name=unit.name,
        members=members,
        filing_status=unit.get_filing_status_display(),
        state=unit.state,
        last_tax_year=unit.last_tax_year,
        final_filer=unit.final_filer,
        tax_year=profile.tax_year if profile else None,
        short=realized.short if realized and is_known else None,
        long=realized.long if realized and is_known else None,
        unknown=realized.unknown_text if realized else "",
        carryover=profile.short_term_carryover + profile.long_term_carryover if profile else None,
        budget=profile.gain_budget if profile else None,
        confirmed_on=profile.confirmed_on if profile else None,
        profiles=tuple(
            ProfileRow(
                year=one.tax_year,
                filing_status=one.get_filing_status_display() + (f", {one.state}" if one.state else ""),
                how="flat rates" if one.is_flat else "full computation",
                confirmed_on=one.confirmed_on,
                doors=links(["rebalancing:tax_profile_correct"], one) if with_doors else (),
            )
            for one in profiles
        ),
        waiting=tuple(
            DoorLink(
                f"Confirm {year}", reverse("rebalancing:tax_profile_confirm", args=[unit.public_id, year])
            )
            for year in years
            if with_doors and year not in confirmed
        ),
        doors=links(
            [
                "clients:tax_unit_correct",
                *(["clients:tax_unit_retire"] if unit.last_tax_year is None else []),
            ],
            unit,
        )
        if with_doors
        else (),
    )
