"""Every return's year across the firm: budgets used, gains nobody knows, differences from custodians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, overload

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
from rebalancing.pages.lists import ledger_query
from rebalancing.pages.lists.ledger_query import Computed, Found, Question
from rebalancing.tax_ledger import ledgers
from rebalancing.tax_ledger.ledgers import Ledger, UnitYear

HEADER = (
    "year", "household", "code", "return", "short_term", "long_term", "disallowed", "lost_for_good", "budget",
    "budget_used", "budget_left", "sales_of_unknown_gain", "not_explained", "tax_on_gains", "next_payment",
    "next_payment_on",
)  # fmt: skip
PIECE = 500
WHOLE_MAX = 150
"""Of so many households every return is worked out, so that the payments to come are counted too."""
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
    orderings={name: (name,) for name in ledger_query.ORDERINGS},
    first_down=frozenset({"used", "net", "unknown"}),
    searched=("household", "code", "unit"),
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
    book = _book(user, asked, on=on)
    first = listing.first_of(asked)
    told, shown, found = book.question.looked(first=first, count=listing.ROWS_A_PAGE)
    rows, pager = listing.page_of(asked, () if asked.faults else Rows(book, shown, (first, found)))
    counts: list[tuple[str, str, int | None]] = [("", "All", told[""])]
    counts += [
        (key, label, None if key == "payment" and not book.is_whole else told[key]) for key, label in STATES
    ]
    return LedgerListPage(
        heading=_heading(told, book.question.year),
        year=book.question.year,
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=range(told[""]),
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


def chosen(user: Any, asked: Asked, *, at: datetime) -> Sequence[Row]:
    """The rows asked for; without an order, the most of a budget used first."""
    return () if asked.faults else Rows(_book(user, asked, on=market_days.new_york_date(at)))


def export(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """The same rows, under `HEADER`."""
    for row in chosen(user, asked, at=at):
        yield (
            row.year, row.household_name, row.code, row.unit, row.short, row.long, row.disallowed, row.lost,
            row.limit, row.used, row.left, row.unknown, row.not_explained, row.tax, row.due, row.due_on,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Book:
    """What is asked, the households that sold something, and whether every return is worked out, with its payments."""

    question: Question
    sold: frozenset[int]
    is_whole: bool


def _book(user: Any, asked: Asked, *, on: date) -> _Book:
    year, state = _year(asked, on), asked.texts.get("state", "")
    households = record.households_for(user).filter(Q(closed_on=None) | Q(closed_on__year__gte=year))
    if advisor := asked.chosen.get("advisor"):
        households = households.filter(pk__in=by_book.advised_by(int(advisor), on=on))
    is_firm = by_book.sees_all(user) and not advisor
    keys = None if is_firm else list(households.order_by().values_list("pk", flat=True))
    sold = ledger_query.sold(households, year=year, on=on)
    # What is due is law and no arithmetic of the database's: all returns of a small book are worked out, of a large one
    # where somebody asks for the payments.
    is_whole = state == "payment" or (households.count() if keys is None else len(keys)) <= WHOLE_MAX
    worked_out = list(households) if is_whole else list(households.filter(pk__in=sold))
    near = _near(on)
    found = ledgers.of_many(worked_out, year, on=on, sold=sold)
    rows = [
        (one.unit.pk, _row(ledger, one, near=near))
        for ledger in found.values()
        for one in ledger.units
        if one.unit.files_for(year) or one.entries
    ]
    computed = [
        Computed(key, row.net, row.unknown, row.share, " ".join(sorted(row.states))) for key, row in rows
    ]
    question = Question(
        households=keys,
        worked_out=[one.pk for one in worked_out],
        computed=computed,
        year=year,
        on=on,
        near=near,
        state=state,
        text=asked.text,
        ordering=asked.ordering,
    )
    return _Book(question, frozenset(sold), is_whole)


def _near(on: date) -> Decimal:
    """From this share on the rule book notes a plan too (PTC-32)."""
    near: Decimal = firm_settings.in_force(on=on).of(rule_figures.BY_THRESHOLD["budget_warn"])
    return near


class Rows(Sequence[Row]):
    """The rows of a book, of which only those are built that somebody asks for.

    `count` is how many there are, and `known` those from a place on, where the caller has looked already.
    """

    def __init__(
        self, book: _Book, count: int | None = None, known: tuple[int, Sequence[Found]] = (0, ())
    ) -> None:
        self._book, self._count, self._known = book, count, known

    def __len__(self) -> int:
        if self._count is None:
            self._count = self._book.question.looked(first=0, count=0)[1]
        return self._count

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        first, last, _ = (slice(at, at + 1) if isinstance(at, int) else at).indices(len(self))
        start, known = self._known
        if first != start or last - first > len(known):
            known = self._book.question.looked(first=first, count=max(0, last - first))[2]
        rows = self._built(known[: last - first])
        return rows[0] if isinstance(at, int) else rows

    def __iter__(self) -> Iterator[Row]:
        """Everything, ranked once and built a piece at a time."""
        _, _, found = self._book.question.looked(first=0, count=None)
        for first in range(0, len(found), PIECE):
            yield from self._built(found[first : first + PIECE])

    def _built(self, found: Sequence[Found]) -> list[Row]:
        asked = self._book.question
        households = ledger_query.households_of(found)
        of_these = ledgers.of_many(households, asked.year, on=asked.on, sold=self._book.sold)
        rows = {
            one.unit.pk: _row(ledger, one, near=asked.near)
            for ledger in of_these.values()
            for one in ledger.units
        }
        return [rows[one.unit] for one in found]


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


def _year(asked: Asked, on: date) -> int:
    chosen_year = asked.chosen.get("year")
    return on.year if chosen_year is None else int(chosen_year)


def _heading(told: Mapping[str, int], year: int) -> str:
    count, over, unknown = told[""], told["over"], told["unknown"]
    if not count:
        return f"No return of {year} is in your book"
    sentence = f"{over} of {count} returns of {year} {'has' if over == 1 else 'have'} used up their budget"
    return f"{sentence}, {unknown} with gains nobody knows" if unknown else sentence
