"""The list of households: each has one state; filtered, ordered, paged, and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse

from clients import access as record
from clients.models import Account, CashFlow, Hold, Household
from clients.pages.lists import by_book
from compliance.lists import listing
from compliance.lists.asked import Asked, Fault, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.people.roles import Role
from rebalancing import market_days
from rebalancing.pages.lists.standing_query import ORDERINGS, Book, Narrowed
from rebalancing.pages.lists.standings import KINDS, QUIET, Standing, Standings

SOON = timedelta(days=14)
COMING = {"cash": "with money due within 14 days", "holds": "with a hold ending within 14 days"}
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
    orderings={name: (name,) for name in ORDERINGS},
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
    book, narrowed = Book(user, at), _narrowed(user, asked, found, at=at)
    held, standing = _looked(book, narrowed, asked)
    rows, pager = listing.page_of(asked, standing)
    coming = asked.texts.get("coming", "")
    advises = user.has_role(Role.ADVISOR)
    return HouseholdListPage(
        open_url=reverse("clients:household_open") if advises else "",
        closed=tuple(_closed(user)) if advises else (),
        heading=_heading(held),
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=range(sum(count for count, _ in held.values())),
            chips=(listing.chips(asked, "state", "Filter by state", _states(held, asked)),),
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


def chosen(
    user: Any, asked: Asked, *, found: frozenset[str] | None = None, at: datetime
) -> Sequence[Standing]:
    """The rows of a view, in its order. Without an order, what needs attention comes first."""
    if asked.faults:
        return ()
    narrowed = _narrowed(user, asked, found, at=at).of_state(asked.texts.get("state", ""))
    return Standings(Book(user, at), narrowed)


def export(
    user: Any, asked: Asked, *, found: frozenset[str] | None, at: datetime
) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `HEADER`."""
    for row in chosen(user, asked, found=found, at=at):
        yield (
            row.name, row.code, row.kind.chip, row.drift, row.outside_value, row.value, row.tax,
            row.prices_as_of_on, row.reason,
        )  # fmt: skip


def coming(user: Any, what: str, *, on: date) -> QuerySet[Household]:
    """The households with money due, or a hold that ends, within two weeks."""
    households = record.households_for(user, on=on)
    soon = (on, on + SOON)
    if what == "cash":
        due = CashFlow.objects.filter(done_on=None, cancelled_at=None, due_on__range=soon)
        return households.filter(pk__in=due.values("account__household"))
    ending = Hold.objects.filter(lifted_at=None, expires_on__range=soon)
    return households.filter(pk__in=ending.order_by().values("household"))


def _narrowed(user: Any, asked: Asked, found: frozenset[str] | None, *, at: datetime) -> Narrowed:
    """What a search, a date, an advisor, a custodian or a floor narrows the book to; any state, in the order asked for."""
    on = market_days.new_york_date(at)
    chosen = asked.chosen
    within: list[QuerySet[Any]] = []
    if found is not None:
        within.append(Household.objects.filter(public_id__in=found))
    if what := asked.texts.get("coming"):
        within.append(coming(user, what, on=on))
    if (advisor := chosen.get("advisor")) is not None:
        within.append(Household.objects.filter(pk__in=by_book.advised_by(int(advisor), on=on)))
    if custodian := chosen.get("custodian"):
        within.append(Household.objects.filter(pk__in=by_book.with_account_at(custodian)))
    return Narrowed(
        households=tuple(within),
        value_min=chosen.get("value_min"),
        tax_min=chosen.get("tax_min"),
        ordering=asked.ordering,
    )


def _looked(
    book: Book, narrowed: Narrowed, asked: Asked
) -> tuple[dict[str, tuple[int, int]], Sequence[Standing]]:
    """The counts by state, and the rows; those of the page asked for are found with the counts."""
    if asked.faults:
        return book.counts(narrowed), ()
    state = asked.texts.get("state", "")
    wanted = narrowed.of_state(state)
    first = listing.first_of(asked)
    held, known = book.looked(wanted, first=first, count=listing.ROWS_A_PAGE)
    count = held[state][1] if state else sum(inside for _, inside in held.values())
    return held, Standings(book, wanted, count=count, known=(first, known))


def find(user: Any, text: str) -> list[str]:
    """The households of this person's scope whose name or code holds the text."""
    visible = record.households_for(user)
    matching = visible.filter(name__icontains=text) | visible.filter(code__icontains=text)
    return list(matching.values_list("public_id", flat=True))


def _heading(held: Mapping[str, tuple[int, int]]) -> str:
    total = sum(count for count, _ in held.values())
    if not total:
        return "No household is in your book"
    asking = sum(count for state, (count, _) in held.items() if state not in QUIET | {"no_benefit"})
    if not asking:
        return f"All {total} households are in order"
    return f"{asking} of {total} households need{'s' if asking == 1 else ''} attention"


def _states(held: Mapping[str, tuple[int, int]], asked: Asked) -> Iterator[tuple[str, str, int]]:
    yield "", "All", sum(inside for _, inside in held.values())
    for kind in KINDS:
        if held[kind.key][1] or kind.key == asked.texts.get("state"):
            yield kind.key, kind.chip, held[kind.key][1]
