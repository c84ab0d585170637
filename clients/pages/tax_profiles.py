"""The list of returns whose figures of a year nobody has confirmed, with the door that cures each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django.urls import reverse

from clients import access
from clients.households import tax_profiles
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing

HEADER = ("household", "code", "tax_unit", "filing_status", "state", "year", "last_confirmed_year")
DECEMBER = 12


class ProfileFilters(django_filters.FilterSet):
    """The year whose profiles are missing; the rows are computed."""

    year = django_filters.NumberFilter(min_value=2000, max_value=2100, label="Year")


KIND = Kind(
    name="tax_profiles",
    about=("tax_profile_list", "tax_profiles"),
    filters=ProfileFilters,
    orderings={
        "household": lambda row: (row.household, row.unit),
        "last": lambda row: (row.last_year or 0, row.household),
    },
    searched=lambda row: f"{row.household} {row.unit}",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One return that waits. `confirm_url` is empty for people who may not confirm it."""

    household: str
    household_url: str
    code: str
    unit: str
    filing_status: str
    state: str
    last_year: int | None
    confirm_url: str


@dataclass(frozen=True, slots=True)
class Page:
    year: int
    heading: str
    years: tuple[listing.Chip, ...]
    rows: tuple[Row, ...]
    listing: Listing


def year_asked(asked: Asked, *, on: date) -> int:
    """The year asked for; without one this year, in December the next."""
    given = asked.chosen.get("year")
    return int(given) if given else on.year + (on.month == DECEMBER)


def show(user: Any, asked: Asked, *, on: date) -> Page:
    """The page for one person's book."""
    year = year_asked(asked, on=on)
    everything = rows(user, year=year, on=on)
    found, pager = listing.page_of(asked, asked.ordered(everything))
    count = len(everything)
    return Page(
        year=year,
        heading=f"{count} tax profile{'' if count == 1 else 's'} of {year} not confirmed"
        if count
        else f"Every tax profile of {year} is confirmed",
        years=tuple(
            listing.Chip(str(one), f"?{asked.query(year=str(one))}", one == year)
            for one in (on.year - 1, on.year, on.year + 1)
        ),
        rows=tuple(found),
        listing=listing.listing(
            asked, pager, held=everything, columns={"household": "Household", "last": "Last confirmed"}
        ),
    )


def export(user: Any, asked: Asked, *, on: date) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `HEADER`."""
    year = year_asked(asked, on=on)
    for row in asked.ordered(rows(user, year=year, on=on)):
        yield (row.household, row.code, row.unit, row.filing_status, row.state, year, row.last_year)


def rows(user: Any, *, year: int, on: date) -> list[Row]:
    """The returns of this person's book that wait for a year's figures."""
    units = tax_profiles.unconfirmed(access.tax_units_for(user), year=year)
    last = tax_profiles.last_confirmed([unit.pk for unit in units], before=year)
    advised = access.advised_by(user, on=on)
    return [
        Row(
            household=unit.household.name,
            household_url=f"{reverse('clients:household', args=[unit.household.public_id])}?tab=people",
            code=unit.household.code,
            unit=unit.name,
            filing_status=unit.get_filing_status_display(),
            state=unit.state,
            last_year=last.get(unit.pk),
            confirm_url=reverse("rebalancing:tax_profile_confirm", args=[unit.public_id, year])
            if unit.household_id in advised
            else "",
        )
        for unit in units
    ]
