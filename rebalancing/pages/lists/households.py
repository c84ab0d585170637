"""The list of households: each has one state; filtered, ordered, paged, and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse

from clients import access as record
from clients.models import Account, Household
from clients.pages.lists import by_book
from compliance.lists import listing
from compliance.lists.asked import Asked, Fault, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.people.roles import Role
from rebalancing import market_days
from rebalancing.pages.lists.standings import KINDS, QUIET, Standing, counts, of_book

SOON = timedelta(days=14)
COMING = {"cash": "with money due within 14 days", "holds": "with a hold ending within 14 days"}
ZERO = Decimal(0)
HEADER = (
    "household", "code", "state", "worst_drift", "outside_dollars", "value_dollars", "est_tax_dollars",
    "prices_as_of", "reason",
)  # fmt: skip


class HouseholdFilters(django_filters.FilterSet):
    """The filters of the page and of the API; the rows are computed, so they are picked by `chosen`."""

    state = django_filters.ChoiceFilter(choices=[(kind.key, kind.chip) for kind in KINDS])
    coming = django_filters.ChoiceFilter(choices=list(COMING.items()), label="What is coming")
    advisor = django_filters.NumberFilter(label="Advisor")
    custodian = django_filters.ChoiceFilter(choices=Account.Custodian.choices, label="Custodian")
    value_min = django_filters.NumberFilter(label="Value at least, $", min_value=0)
    tax_min = django_filters.NumberFilter(label="Estimated tax at least, $", min_value=0)


class SearchedFilters(HouseholdFilters):
    """On the page also a search, by the id under which the session keeps what it found."""

    view = django_filters.CharFilter(label="Search", max_length=12)


KIND = Kind(
    name="households",
    about=("household_list", "households"),
    filters=HouseholdFilters,
    orderings={
        "name": lambda row: (row.name, row.code),
        "drift": lambda row: abs(row.drift or ZERO),
        "outside": lambda row: row.outside_value or ZERO,
        "value": lambda row: row.value or ZERO,
        "tax": lambda row: row.tax or ZERO,
    },
    first_down=frozenset({"drift", "outside", "value", "tax"}),
)
SEARCHED = replace(KIND, filters=SearchedFilters)
_COLUMNS = {
    "name": "Household",
    "drift": "Worst drift",
    "outside": "Outside",
    "value": "Value",
    "tax": "Est. tax",
}


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """A household that this advisor had until it was closed, and where it is reopened, or what became of it."""

    name: str
    closed_on: date | None
    reopen_url: str
    url: str
    merged_into: str


@dataclass(frozen=True, slots=True)
class HouseholdListPage:
    heading: str
    rows: tuple[Standing, ...]
    listing: Listing
    narrowed: str
    open_url: str
    closed: tuple[ClosedRow, ...]


def searched(asked: Asked, found: dict[str, list[str]]) -> tuple[Asked, frozenset[str] | None]:
    """The households a search has found, None without one. One that the session no longer keeps is a fault."""
    view = asked.texts.get("view", "")
    if not view:
        return asked, None
    if view not in found:
        fault = Fault("view", "This search is no longer kept. Search again.")
        return replace(asked, faults=(*asked.faults, fault), export=""), None
    return asked, frozenset(found[view])


def show(user: Any, asked: Asked, *, found: frozenset[str] | None, at: datetime) -> HouseholdListPage:
    """The page. The counts on the chips are those of the search, so that they add up to what is listed."""
    everything = of_book(user, at=at)
    within = _within(user, everything, asked, found, at=at)
    rows, pager = listing.page_of(asked, _picked(within, asked))
    coming = asked.texts.get("coming", "")
    advises = user.has_role(Role.ADVISOR)
    return HouseholdListPage(
        open_url=reverse("clients:household_open") if advises else "",
        closed=tuple(_closed(user)) if advises else (),
        heading=_heading(everything),
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=everything,
            chips=(listing.chips(asked, "state", "Filter by state", _states(within, asked)),),
            columns=_COLUMNS,
        ),
        narrowed=COMING.get(coming, "found" if found is not None else ""),
    )


def _closed(user: Any) -> Iterator[ClosedRow]:
    seen = set(record.households_for(user).filter(closed_on__isnull=False).values_list("pk", flat=True))
    closed = record.closed_households_for(user).select_related("merged_into").order_by("name")
    for one in closed:
        address = [one.public_id]
        yield ClosedRow(
            name=one.name,
            closed_on=one.closed_on,
            reopen_url="" if one.merged_into else reverse("clients:household_reopen", args=address),
            url=reverse("clients:household", args=address) if one.pk in seen else "",
            merged_into=str(one.merged_into or ""),
        )


def chosen(user: Any, asked: Asked, *, found: frozenset[str] | None = None, at: datetime) -> list[Standing]:
    """The rows of a view, in its order. Without an order, what needs attention comes first."""
    return _picked(_within(user, of_book(user, at=at), asked, found, at=at), asked)


def export(
    user: Any, asked: Asked, *, found: frozenset[str] | None, at: datetime
) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `HEADER`."""
    for row in chosen(user, asked, found=found, at=at):
        yield (
            row.name, row.code, row.kind.chip, row.drift, row.outside_value, row.value, row.tax,
            row.prices_as_of_on, row.reason,
        )  # fmt: skip


def coming(user: Any, what: str, *, on: date) -> set[str]:
    """The households with money due, or a hold that ends, within two weeks."""
    households = record.households_for(user, on=on)
    soon = (on, on + SOON)
    if what == "cash":
        found = households.filter(
            accounts__cash_flows__done_on=None,
            accounts__cash_flows__cancelled_at=None,
            accounts__cash_flows__due_on__range=soon,
        )
    else:
        found = households.filter(holds__lifted_at=None, holds__expires_on__range=soon)
    return set(found.values_list("public_id", flat=True))


def _within(
    user: Any, rows: Sequence[Standing], asked: Asked, found: frozenset[str] | None, *, at: datetime
) -> list[Standing]:
    """The rows to which a search, a date, an advisor, a custodian or a floor has narrowed the book."""
    on = market_days.new_york_date(at)
    if what := asked.texts.get("coming"):
        dated = coming(user, what, on=on)
        found = frozenset(dated if found is None else found & dated)
    chosen = asked.chosen
    households = record.households_for(user, on=on)
    if (advisor := chosen.get("advisor")) is not None:
        found = _also(found, households.filter(pk__in=by_book.advised_by(int(advisor), on=on)))
    if custodian := chosen.get("custodian"):
        found = _also(found, households.filter(pk__in=by_book.with_account_at(custodian)))
    value_min, tax_min = chosen.get("value_min"), chosen.get("tax_min")
    return [
        row
        for row in rows
        if (found is None or row.public_id in found)
        and (value_min is None or (row.value is not None and row.value >= value_min))
        and (tax_min is None or (row.tax is not None and row.tax >= tax_min))
    ]


def _also(found: frozenset[str] | None, within: QuerySet[Household]) -> frozenset[str]:
    names = frozenset(within.values_list("public_id", flat=True))
    return names if found is None else found & names


def _picked(rows: Sequence[Standing], asked: Asked) -> list[Standing]:
    state = asked.texts.get("state", "")
    return asked.ordered([row for row in rows if not state or row.kind.key == state])


def find(user: Any, text: str) -> list[str]:
    """The households of this person's scope whose name or code holds the text."""
    visible = record.households_for(user)
    matching = visible.filter(name__icontains=text) | visible.filter(code__icontains=text)
    return list(matching.values_list("public_id", flat=True))


def _heading(rows: Sequence[Standing]) -> str:
    if not rows:
        return "No household is in your book"
    asking = sum(1 for row in rows if row.kind.key not in QUIET | {"no_benefit"})
    if not asking:
        return f"All {len(rows)} households are in order"
    return f"{asking} of {len(rows)} households need{'s' if asking == 1 else ''} attention"


def _states(rows: Sequence[Standing], asked: Asked) -> Iterator[tuple[str, str, int]]:
    held = counts(rows)
    yield "", "All", len(rows)
    for kind in KINDS:
        if held[kind.key] or kind.key == asked.texts.get("state"):
            yield kind.key, kind.chip, held[kind.key]
