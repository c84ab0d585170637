"""Every return's year across the firm: budgets used, gains nobody knows, differences from custodians."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Q
from django.urls import reverse

from clients import access as record
from clients.pages.lists import by_book
from compliance.firm import firm_settings, rule_figures
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import market_days
from rebalancing.engine.money import ZERO
from rebalancing.tax_ledger import ledgers
from rebalancing.tax_ledger.ledgers import Ledger, UnitYear

HEADER = (
    "year", "household", "code", "return", "short_term", "long_term", "disallowed", "lost_for_good", "budget",
    "budget_used", "budget_left", "sales_of_unknown_gain", "not_explained", "tax_on_gains", "next_payment",
    "next_payment_on",
)  # fmt: skip
STATES = (
    ("over", "Budget used up"),
    ("near", "Budget nearly used"),
    ("unknown", "Gains not known"),
    ("differs", "Differs from the custodian"),
    ("payment", "Payment to come"),
)


class LedgerListFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    year = django_filters.NumberFilter(label="Year", min_value=2000, max_value=2100, decimal_places=0)
    advisor = django_filters.NumberFilter(label="Advisor", min_value=1, decimal_places=0)
    state = django_filters.ChoiceFilter(label="State", choices=STATES)


@dataclass(frozen=True, slots=True)
class Row:
    """One return's year; dollars, None where it is not known."""

    household: str
    household_name: str
    code: str
    unit: str
    unit_code: str
    url: str
    year: int
    short: Decimal
    long: Decimal
    disallowed: Decimal
    lost: Decimal
    limit: Decimal | None
    used: Decimal | None
    left: Decimal | None
    unknown: int
    not_explained: Decimal | None
    tax: Decimal | None
    due: Decimal | None
    due_on: date | None
    states: frozenset[str]

    @property
    def net(self) -> Decimal:
        return self.short + self.long

    @property
    def share(self) -> Decimal | None:
        """The part of the budget that is used, as a fraction of one."""
        return None if not self.limit or self.used is None else self.used / self.limit


KIND = Kind(
    name="tax-ledgers",
    about=("tax_ledger_list", "tax-ledgers"),
    filters=LedgerListFilters,
    orderings={
        "household": lambda row: (row.household_name, row.unit),
        "used": lambda row: row.share or ZERO,
        "net": lambda row: row.net,
        "unknown": lambda row: row.unknown,
    },
    first_down=frozenset({"used", "net", "unknown"}),
    searched=lambda row: f"{row.household_name} {row.code} {row.unit}",
)


@dataclass(frozen=True, slots=True)
class LedgerListPage:
    heading: str
    year: int
    rows: tuple[Row, ...]
    listing: Listing


def show(user: Any, asked: Asked, *, at: datetime) -> LedgerListPage:
    """The page; the counts on the chips are those of the year and the advisor asked for."""
    on = market_days.new_york_date(at)
    year = _year(asked, on)
    everything = of_book(user, asked, year, on=on)
    rows, pager = listing.page_of(asked, asked.ordered(_narrowed(everything, asked)))
    counts = [("", "All", len(everything))]
    counts += [(key, label, sum(key in row.states for row in everything)) for key, label in STATES]
    return LedgerListPage(
        heading=_heading(everything, year),
        year=year,
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=everything,
            chips=(listing.chips(asked, "state", "Filter by state", counts),),
            columns={
                "household": "Household",
                "used": "Budget used",
                "net": "Net gain",
                "unknown": "Not known",
            },
            more={"advisor": by_book.advisors(user, on=on), "year": ()},
        ),
    )


def chosen(user: Any, asked: Asked, *, at: datetime) -> list[Row]:
    """The rows asked for; without an order, the most of a budget used first."""
    on = market_days.new_york_date(at)
    return list(asked.ordered(_narrowed(of_book(user, asked, _year(asked, on), on=on), asked)))


def export(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """The same rows, under `HEADER`."""
    for row in chosen(user, asked, at=at):
        yield (
            row.year, row.household_name, row.code, row.unit, row.short, row.long, row.disallowed, row.lost,
            row.limit, row.used, row.left, row.unknown, row.not_explained, row.tax, row.due, row.due_on,
        )  # fmt: skip


def of_book(user: Any, asked: Asked, year: int, *, on: date) -> list[Row]:
    """Every return of this person's households, in a fixed number of queries."""
    households = record.households_for(user).filter(Q(closed_on=None) | Q(closed_on__year__gte=year))
    if advisor := asked.chosen.get("advisor"):
        households = households.filter(pk__in=by_book.advised_by(int(advisor), on=on))
    found = ledgers.of_many(list(households.order_by("name", "code")), year, on=on)
    # From this share on the rule book notes a plan too (PTC-32).
    near = firm_settings.in_force(on=on).of(rule_figures.BY_THRESHOLD["budget_warn"])
    rows = [
        _row(ledger, unit, near=near)
        for ledger in found.values()
        for unit in ledger.units
        if unit.unit.files_for(year) or unit.entries
    ]
    return sorted(rows, key=lambda row: (-(row.share or ZERO), row.household_name, row.unit))


def _row(ledger: Ledger, one: UnitYear, *, near: Decimal) -> Row:
    mine = {entry.piece.place.account for entry in one.entries}
    rests = [
        each.rest
        for each in ledger.accounts
        if each.rest is not None and (each.account in mine or len(ledger.units) == 1)
    ]
    rest = sum((abs(each) for each in rests), ZERO) if rests else None
    is_only = len(ledger.units) == 1
    budget = ledger.budget if is_only or one.budget is None or one.budget.limit is None else one.budget
    unknown = len(one.open_unknown)
    due = None if one.payments is None or one.estimated is None else one.payments.due
    limit = None if budget is None else budget.limit
    used = None if budget is None else budget.used
    states = {
        "over": limit is not None and used is not None and used >= limit,
        "near": limit is not None and used is not None and used >= near * limit,
        "unknown": unknown > 0,
        "differs": bool(rest),
        "payment": bool(due),
    }
    return Row(
        household=ledger.household.public_id,
        household_name=ledger.household.name,
        code=ledger.household.code,
        unit=one.unit.name,
        unit_code=one.unit.code,
        url=f"{reverse('rebalancing:tax_ledger', args=[ledger.household.public_id])}"
        f"?year={one.year}&unit={one.unit.code}",
        year=one.year,
        short=one.short,
        long=one.long,
        disallowed=one.sums.disallowed,
        lost=one.sums.lost,
        limit=limit,
        used=used,
        left=None if budget is None else budget.left,
        unknown=unknown,
        not_explained=rest,
        tax=None if one.taxes is None else one.taxes.tax_on_gains,
        due=due,
        due_on=None if one.payments is None else one.payments.due_on,
        states=frozenset(key for key, holds in states.items() if holds),
    )


def _narrowed(rows: Sequence[Row], asked: Asked) -> list[Row]:
    state = asked.texts.get("state", "")
    return [row for row in rows if not state or state in row.states]


def _year(asked: Asked, on: date) -> int:
    chosen_year = asked.chosen.get("year")
    return on.year if chosen_year is None else int(chosen_year)


def _heading(rows: Sequence[Row], year: int) -> str:
    if not rows:
        return f"No return of {year} is in your book"
    over = sum("over" in row.states for row in rows)
    unknown = sum("unknown" in row.states for row in rows)
    told = f"{over} of {len(rows)} returns of {year} {'has' if over == 1 else 'have'} used up their budget"
    return f"{told}, {unknown} with gains nobody knows" if unknown else told
