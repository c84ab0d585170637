"""What every firm-wide list of facts has in common: states as chips, columns, cells, and the same rows as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from clients.pages.lists import by_book
from compliance.clock import Today
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Column, Listing

ANY = "any"
"""The state that narrows nothing."""


@dataclass(frozen=True, slots=True)
class State:
    """One choice of the first filter: its name, its chip, and which rows it leaves on a day."""

    name: str
    label: str
    rows: Callable[[Any], Q]


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell as the page draws it."""

    text: str
    url: str = ""
    note: str = ""
    tone: str = ""
    mark: str = ""
    """The last digits of an account number, drawn as a mask."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A column's caption; `sort` where it can be sorted."""

    label: str
    is_number: bool = False
    sort: Column | None = None


@dataclass(frozen=True, slots=True)
class RecordList:
    """One list. `columns` are captions, sortable where their name is an ordering of `kind`."""

    kind: Kind
    title: str
    noun: str
    lead: str
    states: tuple[State, ...]
    columns: tuple[tuple[str, str, bool], ...]
    mine: Callable[[Any], QuerySet[Any]]
    cells: Callable[[Any, date], tuple[Shown, ...]]
    header: tuple[str, ...]
    exported: Callable[[Any], tuple[Cell, ...]]
    empty: str
    empty_body: str
    more: tuple[str, ...] = ("custodian", "tax_treatment", "reconciliation", "kind")
    """The filters that the page offers in its form, besides the advisor."""
    tabs: str = "clients/_lists.html"
    """The template of the tabs that it stands among."""


@dataclass(frozen=True, slots=True)
class RecordListPage:
    name: str
    title: str
    noun: str
    lead: str
    captions: tuple[Caption, ...]
    rows: tuple[tuple[tuple[Caption, Shown], ...], ...]
    listing: Listing
    empty: str
    empty_body: str
    tabs: str


def filters(states: tuple[State, ...], *, household: str, **more: Any) -> type[django_filters.FilterSet]:
    """The filters that every list has: the state, the household and whose book it is in, and `more`.

    `household` is the path from a row to its household.
    """
    by_name = {one.name: one for one in states}

    def in_state(self: Any, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows if value == ANY else rows.filter(by_name[value].rows(Today()))

    def of_advisor(self: Any, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return rows.filter(**{f"{household}__in": by_book.advised_by(value, on=Today())})

    choices = [*((one.name, one.label) for one in states), (ANY, "All")]
    return type(
        "RecordFilters",
        (django_filters.FilterSet,),
        {
            "state": django_filters.ChoiceFilter(choices=choices, method="in_state"),
            "in_state": in_state,
            "household": django_filters.CharFilter(
                field_name=f"{household}__public_id", label="Household id", max_length=32
            ),
            "advisor": django_filters.NumberFilter(
                label="Advisor", method="of_advisor", min_value=1, decimal_places=0
            ),
            "of_advisor": of_advisor,
            **more,
        },
    )


def show(what: RecordList, user: Any, asked: Asked, *, on: date) -> RecordListPage:
    """One page of a list for one person."""
    everything = what.mine(user)
    rows, pager = listing.page_of(asked, asked.narrowed(everything))
    others = asked.narrowed(everything, without=["state"]).order_by()
    counts = {one.name: others.filter(one.rows(on)).count() for one in what.states}
    found = listing.listing(
        asked,
        pager,
        held=everything,
        chips=(
            listing.chips(
                asked,
                "state",
                "Filter by state",
                [
                    *((one.name, one.label, counts[one.name]) for one in what.states),
                    (ANY, "All", others.count()),
                ],
            ),
        ),
        columns={name: label for name, label, _ in what.columns if name in what.kind.orderings},
        more={
            "advisor": by_book.advisors(user, on=on),
            **{name: () for name in what.more if name in what.kind.filters.base_filters},
        },
    )
    captions = tuple(
        Caption(label, is_number, found.columns.get(name)) for name, label, is_number in what.columns
    )
    return RecordListPage(
        name=what.kind.name,
        title=what.title,
        noun=what.noun,
        lead=what.lead,
        captions=captions,
        rows=tuple(tuple(zip(captions, what.cells(row, on), strict=True)) for row in rows),
        listing=found,
        empty=what.empty,
        empty_body=what.empty_body,
        tabs=what.tabs,
    )


def export(what: RecordList, user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under the list's header."""
    for row in asked.narrowed(what.mine(user)):
        yield what.exported(row)
