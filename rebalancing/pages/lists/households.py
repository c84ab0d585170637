"""The list of households: every one in exactly one standing, filtered, ordered, paged, and as a CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.urls import reverse

from clients import access as record
from rebalancing import market_days
from rebalancing.household_forms import Search
from rebalancing.pages.lists.proposals import Column, Filter
from rebalancing.pages.lists.standings import KINDS, Standing, counts, of_book

ROWS_A_PAGE = 50
SOON = timedelta(days=14)
COMING = {"cash": "with money due within 14 days", "holds": "with a hold ending within 14 days"}
ZERO = Decimal(0)
CSV_HEADER = (
    "household", "code", "standing", "worst_drift", "outside_dollars", "value_dollars", "est_tax_dollars",
    "prices_as_of", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """What is asked for: a standing, an order, and the households a search has found (None: no search)."""

    standing: str = ""
    ordering: str = ""
    coming: str = ""
    found: frozenset[str] | None = None
    search_id: str = ""

    def query(self, **changed: str) -> str:
        asked = {
            "standing": self.standing,
            "ordering": self.ordering,
            "view": self.search_id,
            "coming": self.coming,
            **changed,
        }
        return urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class HouseholdListPage:
    heading: str
    filters: tuple[Filter, ...]
    rows: tuple[Standing, ...]
    pager: Page[Standing]
    query: str
    columns: dict[str, Column]
    search_form: Search
    is_search: bool
    narrowed: str
    is_filtered: bool
    total: int
    hidden: int
    export_url: str
    all_url: str


ORDERINGS = {
    "": None,
    "name": lambda row: (row.name, row.code),
    "drift": lambda row: abs(row.drift or ZERO),
    "outside": lambda row: row.outside_value or ZERO,
    "value": lambda row: row.value or ZERO,
    "tax": lambda row: row.tax or ZERO,
}


def show(
    user: Any, view: View, *, page_number: str | None, at: datetime, form: Search | None = None
) -> HouseholdListPage:
    """The page. The counts on the filters are those of the search, so that they add up to what is listed."""
    everything = of_book(user, at=at)
    searched = _searched(user, everything, view, at=at)
    rows = chosen(searched, view)
    pager = Paginator(rows, ROWS_A_PAGE).get_page(page_number)
    return HouseholdListPage(
        heading=_heading(everything),
        filters=_filters(searched, view),
        rows=tuple(pager.object_list),
        pager=pager,
        query=view.query(),
        columns={name: _column(name, label, view) for name, label in _LABELS.items()},
        search_form=form or Search(),
        is_search=view.found is not None or bool(view.coming),
        narrowed=COMING.get(view.coming, "found" if view.found is not None else ""),
        is_filtered=bool(view.standing) or view.found is not None or bool(view.coming),
        total=len(everything),
        hidden=len(everything) - len(rows),
        export_url=f"{reverse('clients:household_export')}?{view.query()}",
        all_url=reverse("clients:household_list"),
    )


_LABELS = {
    "name": "Household",
    "drift": "Worst drift",
    "outside": "Outside",
    "value": "Value",
    "tax": "Est. tax",
}


def chosen(rows: Sequence[Standing], view: View) -> list[Standing]:
    """The rows of a view, in its order. Without an order, what asks for somebody comes first."""
    picked = [row for row in rows if not view.standing or row.kind.key == view.standing]
    key = ORDERINGS.get(view.ordering.removeprefix("-"))
    return sorted(picked, key=key, reverse=view.ordering.startswith("-")) if key else picked


def export(user: Any, view: View, *, at: datetime) -> Iterable[tuple[str, ...]]:
    """The same rows as the page, all of them, as plain text for a spreadsheet."""
    yield CSV_HEADER
    for row in chosen(_searched(user, of_book(user, at=at), view, at=at), view):
        yield (
            row.name,
            row.code,
            row.kind.chip,
            _plain(row.drift),
            _plain(row.outside_value),
            _plain(row.value),
            _plain(row.tax),
            row.prices_as_of_on.isoformat() if row.prices_as_of_on else "",
            row.reason,
        )


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


def _searched(user: Any, rows: Sequence[Standing], view: View, *, at: datetime) -> list[Standing]:
    """The rows a search or a date has narrowed the book to."""
    found = view.found
    if view.coming:
        dated = coming(user, view.coming, on=market_days.new_york_date(at))
        found = frozenset(dated if found is None else found & dated)
    return [row for row in rows if found is None or row.public_id in found]


def find(user: Any, text: str) -> list[str]:
    """The households of this person's scope whose name or code holds the text."""
    visible = record.households_for(user)
    matching = visible.filter(name__icontains=text) | visible.filter(code__icontains=text)
    return list(matching.values_list("public_id", flat=True))


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _heading(rows: Sequence[Standing]) -> str:
    if not rows:
        return "No household is in your book"
    asking = sum(1 for row in rows if row.kind.key not in {"in_band", "not_due", "sent", "no_benefit"})
    if not asking:
        return f"All {len(rows)} households are in order"
    return f"{asking} of {len(rows)} households {'asks' if asking == 1 else 'ask'} for somebody"


def _filters(rows: Sequence[Standing], view: View) -> tuple[Filter, ...]:
    found = counts(rows)
    shown = [Filter("All", f"?{view.query(standing='')}", not view.standing, len(rows))]
    for kind in KINDS:
        if found[kind.key] or kind.key == view.standing:
            url = f"?{view.query(standing=kind.key)}"
            shown.append(Filter(kind.chip, url, kind.key == view.standing, found[kind.key]))
    return tuple(shown)


def _column(name: str, label: str, view: View) -> Column:
    is_down, is_up = view.ordering == f"-{name}", view.ordering == name
    first = name if name == "name" else f"-{name}"
    turned = name if is_down else f"-{name}" if is_up else first
    return Column(
        label, f"?{view.query(ordering=turned)}", "descending" if is_down else "ascending" if is_up else ""
    )
