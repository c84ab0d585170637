"""Every required distribution of a book in one year: required, taken, planned, open, and by when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import Q
from django.urls import reverse

from clients import access as record_access
from clients import figures
from clients.models import Household
from clients.pages.lists import by_book
from compliance.clock import Today
from compliance.firm import firm_settings
from compliance.firm.firm_settings import InForce
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import market_days
from rebalancing.distributions import distributions
from rebalancing.distributions.distributions import Required, State
from rebalancing.distributions.pools import Asked as Missing

SHOWN = (State.MISSED, State.PRESSING, State.MISSING, State.OPEN, State.PLANNED, State.TAKEN, State.NOTHING)
ZERO = Decimal(0)


class DistributionFilters(django_filters.FilterSet):
    """The filters of the page and of the API; the rows are computed, so they are picked by `chosen`."""

    year = django_filters.NumberFilter(label="Year", min_value=2001, max_value=2200, decimal_places=0)
    state = django_filters.ChoiceFilter(choices=[(one.value, one.label) for one in SHOWN])
    advisor = django_filters.NumberFilter(label="Advisor", min_value=1, decimal_places=0)


@dataclass(frozen=True, slots=True)
class Row:
    """One pool of one owner. Dollars; None where something is missing."""

    household_id: str
    household: str
    code: str
    household_url: str
    url: str
    owner: str
    pool: str
    year: int
    required: Decimal | None
    taken: Decimal
    charitable: Decimal
    planned: Decimal
    remaining: Decimal | None
    to_plan: Decimal
    deadline: date | None
    firms_day: date | None
    state: str
    state_label: str
    tone: str
    missing: tuple[str, ...]
    asks_balance: bool
    because: str

    @property
    def required_text(self) -> str:
        return figures.amount(self.required)

    @property
    def taken_text(self) -> str:
        return figures.amount(self.taken + self.charitable)

    @property
    def planned_text(self) -> str:
        return figures.amount(self.planned)

    @property
    def remaining_text(self) -> str:
        return figures.amount(self.remaining)


KIND = Kind(
    name="required-distributions",
    about=("distribution_list", "required-distributions"),
    filters=DistributionFilters,
    orderings={
        "household": lambda row: (row.household, row.owner, row.pool),
        "owner": lambda row: (row.owner, row.pool),
        "required": lambda row: row.required or ZERO,
        "remaining": lambda row: row.remaining or ZERO,
        "deadline": lambda row: row.deadline or date.max,
    },
    first_down=frozenset({"required", "remaining"}),
    searched=lambda row: f"{row.household} {row.code} {row.owner}",
)
HEADER = (
    "household", "code", "owner", "pool", "year", "required", "taken", "charitable", "planned", "remaining", "in_no_plan",
    "deadline", "firms_day", "state", "missing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DistributionListPage:
    heading: str
    year: int
    years: tuple[tuple[int, str, bool], ...]
    rows: tuple[Row, ...]
    listing: Listing
    terms_url: str
    figures_url: str


def show(user: Any, asked: Asked, *, at: datetime) -> DistributionListPage:
    """The page: what is missed or pressing comes first."""
    today = market_days.new_york_date(at)
    year = year_of(asked, on=today)
    everything = of_book(user, year=year, on=today)
    rows, pager = listing.page_of(asked, _picked(everything, asked))
    counts = Counter(row.state for row in everything)
    open_sum = sum((row.remaining or ZERO for row in everything), ZERO)
    address = reverse("rebalancing:distribution_list")
    return DistributionListPage(
        heading=f"{figures.money(open_sum)} still to be taken for {year}",
        year=year,
        years=tuple(
            (each, f"{address}?{urlencode({'year': each})}", each == year)
            for each in sorted({today.year - 1, today.year, today.year + 1, year})
        ),
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=everything,
            chips=(
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [
                        ("", "All", len(everything)),
                        *((one.value, one.label, counts[one.value]) for one in SHOWN),
                    ],
                ),
            ),
            columns={
                "household": "Household",
                "owner": "Owner and accounts",
                "required": "Required",
                "remaining": "Still to take",
                "deadline": "By",
            },
            more={"advisor": by_book.advisors(user, on=today), "year": ()},
        ),
        terms_url=reverse("clients:distribution_terms_list"),
        figures_url=reverse("clients:distribution_figure_list"),
    )


def export(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `HEADER`."""
    for row in chosen(user, asked, at=at):
        yield (
            row.household, row.code, row.owner, row.pool, row.year, row.required, row.taken, row.charitable, row.planned,
            row.remaining, row.to_plan, row.deadline, row.firms_day, row.state_label, " ".join(row.missing),
        )  # fmt: skip


def chosen(user: Any, asked: Asked, *, at: datetime) -> list[Row]:
    """The rows of a view, in its order."""
    today = market_days.new_york_date(at)
    return _picked(of_book(user, year=year_of(asked, on=today), on=today), asked)


def year_of(asked: Asked, *, on: date) -> int:
    """The year that is asked for; this one where none is."""
    return int(asked.chosen.get("year") or on.year)


def of_book(user: Any, *, year: int, on: date, settings: InForce | None = None) -> list[Row]:
    """Every requirement of the open households that this person may see, the most pressing first.

    `settings` are the firm's of the day, where the caller has them.
    """
    households = list(
        record_access.households_for(user)
        .filter(Q(closed_on=None) | Q(closed_on__gt=on))
        .order_by("name", "code")
    )
    found = distributions.of(households, year=year, on=on, figures=settings or firm_settings.in_force(on=on))
    rank = {one: place for place, one in enumerate(SHOWN)}
    return [
        row_of(one)
        for one in sorted(
            found,
            key=lambda one: (rank[one.state], one.pool.deadline or date.max, one.household.name, one.pool.owner.name, one.pool.name),
        )
    ]  # fmt: skip


def row_of(one: Required) -> Row:
    """One requirement as a line."""
    household, pool = one.household, one.pool
    address = reverse("rebalancing:distributions", args=[household.public_id])
    return Row(
        household_id=household.public_id,
        household=household.name,
        code=household.code,
        household_url=reverse("clients:household", args=[household.public_id]),
        url=f"{address}?{urlencode({'year': pool.year})}",
        owner=pool.owner.name,
        pool=pool.name,
        year=pool.year,
        required=pool.required,
        taken=one.settled.taken,
        charitable=one.settled.charitable_counted,
        planned=one.planned,
        remaining=one.settled.remaining,
        to_plan=one.to_plan,
        deadline=pool.deadline,
        firms_day=one.firms_day,
        state=one.state.value,
        state_label=one.state.label,
        tone=one.state.tone,
        missing=tuple(each.sentence for each in pool.missing),
        asks_balance=any(each.what is Missing.BALANCE for each in pool.missing),
        because=pool.because,
    )


def _picked(rows: Sequence[Row], asked: Asked) -> list[Row]:
    state, within = asked.texts.get("state"), _within(asked)
    return asked.ordered(
        [
            row
            for row in rows
            if (not state or row.state == state) and (within is None or row.household_id in within)
        ]
    )


def _within(asked: Asked) -> set[str] | None:
    """The households of an advisor; None where none is asked for."""
    advisor = asked.chosen.get("advisor")
    if advisor is None:
        return None
    found = Household.objects.filter(pk__in=by_book.advised_by(int(advisor), on=Today()))
    return set(found.values_list("public_id", flat=True))
