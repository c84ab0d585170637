"""The firm's restricted and watch lists as a list: what is in force, scheduled, ended and lifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access
from clients.pages.import_list import counted
from clients.securities.securities import issuers_on_record
from compliance import clock
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.models import ListKind, RestrictedIssuer

STATES = (("in_force", "In force"), ("scheduled", "Scheduled"), ("ended", "Ended"), ("lifted", "Lifted"))


class FirmListFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    kind = django_filters.ChoiceFilter(label="List", choices=ListKind.choices)
    state = django_filters.ChoiceFilter(choices=STATES, method="standing")

    def standing(self, rows: QuerySet[RestrictedIssuer], name: str, value: str) -> QuerySet[RestrictedIssuer]:
        today = clock.Today()
        if value == "lifted":
            return rows.filter(lifted_at__isnull=False)
        rows = rows.filter(lifted_at=None)
        if value == "scheduled":
            return rows.filter(starts_on__gt=today)
        if value == "ended":
            return rows.filter(ends_on__lt=today)
        return rows.filter(Q(ends_on=None) | Q(ends_on__gte=today), starts_on__lte=today)


KIND = Kind(
    name="firm-list",
    about=("firm_list", "firm_list"),
    filters=FirmListFilters,
    orderings={"issuer": ("issuer", "pk"), "starts_on": ("starts_on", "pk")},
    usual="issuer",
    first_down=frozenset({"starts_on"}),
    searched=("issuer",),
)
HEADER = (
    *("issuer", "list", "state", "from", "to", "reason", "placed_by", "placed_at"),
    *("lifted_by", "lifted_at", "lifted_reason", "securities"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. `securities_count` is how many securities on record it restricts."""

    entry: RestrictedIssuer
    kind: str
    state: str
    state_label: str
    lifted: str
    securities_count: int


@dataclass(frozen=True, slots=True)
class FirmListPage:
    heading: str
    rows: tuple[Row, ...]
    listing: Listing
    queue_url: str


def show(user: Any, asked: Asked, *, on: date) -> FirmListPage:
    """The entries of a view."""
    held = access.firm_list_for(user)
    found, pager = listing.page_of(asked, asked.narrowed(held.select_related("lifted_by")))
    in_force = held.filter(Q(ends_on=None) | Q(ends_on__gte=on), lifted_at=None, starts_on__lte=on).count()
    return FirmListPage(
        heading=f"{counted(in_force, 'issuer')} on a list today",
        rows=tuple(rows_of(found, on=on)),
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=(
                listing.chips(
                    asked,
                    "kind",
                    "Filter by list",
                    [
                        ("", "Both lists", None),
                        *((value, str(label), None) for value, label in ListKind.choices),
                    ],
                ),
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [("", "All", None), *((value, label, None) for value, label in STATES)],
                ),
            ),
            columns={"issuer": "Issuer", "starts_on": "From"},
        ),
        queue_url=reverse("compliance:queue"),
    )


def export(user: Any, asked: Asked, *, on: date) -> Iterator[tuple[Cell, ...]]:
    """Every entry of the view, under `HEADER`."""
    for row in rows_of(asked.narrowed(access.firm_list_for(user).select_related("lifted_by")), on=on):
        one = row.entry
        yield (
            *(one.issuer, row.kind, row.state_label, one.starts_on, one.ends_on, one.reason),
            *(one.placed_by_label, one.placed_at, str(one.lifted_by or ""), one.lifted_at, one.lifted_reason),
            row.securities_count,
        )


def state_of(entry: RestrictedIssuer, *, on: date) -> str:
    """Whether an entry is in force, scheduled, ended or lifted on a day."""
    if entry.lifted_at is not None:
        return "lifted"
    if entry.starts_on > on:
        return "scheduled"
    return "ended" if entry.ends_on is not None and entry.ends_on < on else "in_force"


def rows_of(found: Any, *, on: date) -> Iterator[Row]:
    """Entries as the list shows them."""
    issuers = issuers_on_record()
    for one in found:
        state = state_of(one, on=on)
        lifted = ""
        if one.lifted_at is not None:
            lifted = f"{one.lifted_by}, {clock.moment_text(one.lifted_at)}: {one.lifted_reason}"
        yield Row(
            entry=one,
            kind=ListKind(one.kind).label,
            state=state,
            state_label=dict(STATES)[state],
            lifted=lifted,
            securities_count=issuers.get(one.issuer, 0),
        )
