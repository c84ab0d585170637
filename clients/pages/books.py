"""Whose book each household is in: the list, one household's assignments, and who covers for whom. No holdings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from clients import access
from clients.models import BookEntry, Coverage, Household
from compliance import clock
from compliance.audit_trail import audit
from compliance.doors import pages as doors
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.models import AuditEvent

PARTS = BookEntry.Part
WITHOUT = (("advisor", "No advisor"), ("reviewer", "No reviewer"))
HEADER = ("household", "code", "advisors", "reviewers")


class BookFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    without = django_filters.ChoiceFilter(choices=WITHOUT, method="lacking", label="Without")
    person = django_filters.NumberFilter(method="of_person", label="In the book of", min_value=1)

    def lacking(self, rows: QuerySet[Household], name: str, value: str) -> QuerySet[Household]:
        return rows.filter(**{f"has_{value}": False})

    def of_person(self, rows: QuerySet[Household], name: str, value: Any) -> QuerySet[Household]:
        return rows.filter(pk__in=access.book_entries_today().filter(user=int(value)).values("household"))


KIND = Kind(
    name="books",
    about=("book_list", "books"),
    filters=BookFilters,
    orderings={"name": ("name", "code"), "code": ("code",)},
    usual="name",
    searched=("name", "code"),
)


class CoverageFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(
        choices=[("now", "Now"), ("later", "Later"), ("over", "Over"), ("all", "All")],
        method="in_state",
        label="State",
    )

    def in_state(self, rows: QuerySet[Coverage], name: str, value: str) -> QuerySet[Coverage]:
        today = clock.Today()
        return {
            "now": rows.filter(ended_at=None, starts_on__lte=today, ends_on__gte=today),
            "later": rows.filter(ended_at=None, starts_on__gt=today),
            "over": rows.filter(Q(ended_at__isnull=False) | Q(ends_on__lt=today)),
            "all": rows,
        }[value]


COVERAGE_KIND = Kind(
    name="coverage",
    about=("coverage_list", "coverage"),
    filters=CoverageFilters,
    orderings={"starts_on": ("starts_on", "pk"), "ends_on": ("ends_on", "pk")},
    usual="-starts_on",
    first_down=frozenset({"starts_on", "ends_on"}),
    defaults={"state": "now"},
    searched=("away__name", "covered_by__name"),
)
COVERAGE_HEADER = ("away", "covered_by", "part", "starts_on", "ends_on", "reason", "arranged_by", "ended_at")


@dataclass(frozen=True, slots=True)
class InCharge:
    """Somebody in whose book a household is, or will be; `covered_by` who stands in today."""

    name: str
    part: str
    starts_on: date
    ends_on: date | None
    is_later: bool
    is_over: bool
    covered_by: str
    end: doors.DoorLink | None


@dataclass(frozen=True, slots=True)
class BookRow:
    name: str
    code: str
    url: str
    advisors: tuple[InCharge, ...]
    reviewers: tuple[InCharge, ...]
    assign: doors.DoorLink | None


@dataclass(frozen=True, slots=True)
class BookOwner:
    """A colleague with a book today, and how many households are in it."""

    name: str
    count: int
    url: str
    hand_over: doors.DoorLink | None


@dataclass(frozen=True, slots=True)
class BookListPage:
    heading: str
    rows: tuple[BookRow, ...]
    owners: tuple[BookOwner, ...]
    listing: Listing


@dataclass(frozen=True, slots=True)
class BookPage:
    """One household's assignments, the present ones first, and what the trail says of them."""

    name: str
    code: str
    entries: tuple[InCharge, ...]
    history: tuple[AuditEvent, ...]
    assign: doors.DoorLink | None


@dataclass(frozen=True, slots=True)
class CoverageRow:
    away: str
    covered_by: str
    part: str
    starts_on: date
    ends_on: date
    reason: str
    arranged_by: str
    arranged_at: datetime
    ended_at: datetime | None
    end: doors.DoorLink | None


@dataclass(frozen=True, slots=True)
class CoveragePage:
    heading: str
    rows: tuple[CoverageRow, ...]
    listing: Listing
    keeps_books: bool
    arrange: tuple[doors.DoorLink, ...]


def books_for(user: Any) -> QuerySet[Household]:
    """The open households, and whether somebody advises and reviews each today."""
    today = access.book_entries_today().filter(household=OuterRef("pk"))
    return (
        access.households_in_books(user)
        .filter(closed_on=None)
        .annotate(
            has_advisor=Exists(today.filter(part=PARTS.ADVISOR)),
            has_reviewer=Exists(today.filter(part=PARTS.REVIEWER)),
        )
    )


def show(user: Any, asked: Asked, *, on: date) -> BookListPage:
    """The list; five queries."""
    held = books_for(user)
    found, pager = listing.page_of(asked, asked.narrowed(held))
    counts = {key: held.filter(**{f"has_{key}": False}).count() for key, _ in WITHOUT}
    return BookListPage(
        heading=_heading(counts),
        rows=tuple(_rows(user, found, on=on)),
        owners=tuple(_owners(user)),
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=(
                listing.chips(
                    asked,
                    "without",
                    "Filter by what is missing",
                    [("", "All", None), *((key, label, counts[key]) for key, label in WITHOUT)],
                ),
            ),
            columns={"name": "Household", "code": "Code"},
        ),
    )


def export(user: Any, asked: Asked, *, on: date) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `HEADER`."""
    for row in _rows(user, list(asked.narrowed(books_for(user))), on=on):
        yield (
            row.name,
            row.code,
            "; ".join(one.name for one in row.advisors if not one.is_later),
            "; ".join(one.name for one in row.reviewers if not one.is_later),
        )


def one(user: Any, household: Household, *, on: date) -> BookPage:
    """One household with every assignment it ever had."""
    entries = access.book_entries_for(user).filter(household=household).order_by("-starts_on", "-pk")
    covering = _covering([household.pk])
    actions = (audit.Action.ADVISOR_ASSIGNED, audit.Action.BOOK_ENDED)
    return BookPage(
        name=household.name,
        code=household.code,
        entries=tuple(_in_charge(user, entry, covering, on=on) for entry in entries),
        history=tuple(audit.trail(about=household).filter(action__in=actions).order_by("-seq")[:100]),
        assign=next(iter(doors.links(["clients:book_assign"], user, household)), None),
    )


def coverage(user: Any, asked: Asked) -> CoveragePage:
    """Who covers for whom; those now first."""
    held = access.coverages_for(user).select_related("away", "covered_by", "arranged_by")
    found, pager = listing.page_of(asked, asked.narrowed(held))
    states = [
        (value, str(label), None)
        for value, label in COVERAGE_KIND.filters.base_filters["state"].extra["choices"]
    ]
    rows = tuple(_coverage_row(user, row) for row in found)
    count = pager.count
    return CoveragePage(
        heading=f"{count} absence{'' if count == 1 else 's'} covered" if count else "Nobody is covered for",
        rows=rows,
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=(listing.chips(asked, "state", "Filter by state", states),),
            columns={"starts_on": "First day", "ends_on": "Last day"},
        ),
        keeps_books=access.refusal_to_keep_books(user) is None,
        arrange=doors.links(["clients:coverage_arrange"], user),
    )


def export_coverage(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `COVERAGE_HEADER`."""
    held = access.coverages_for(user).select_related("away", "covered_by", "arranged_by")
    for row in asked.narrowed(held):
        yield (
            str(row.away), str(row.covered_by), row.part, row.starts_on, row.ends_on, row.reason,
            str(row.arranged_by), row.ended_at,
        )  # fmt: skip


def _heading(counts: dict[str, int]) -> str:
    missing = [
        f"{count} household{' has' if count == 1 else 's have'} no {key}"
        for key, count in counts.items()
        if count
    ]
    return " and ".join(missing) or "Every household has an advisor and a reviewer"


def _rows(user: Any, found: list[Household], *, on: date) -> Iterator[BookRow]:
    keys = [household.pk for household in found]
    by_household: dict[int, list[BookEntry]] = defaultdict(list)
    current = access.book_entries_for(user).filter(Q(ends_on=None) | Q(ends_on__gte=on), household__in=keys)
    for entry in current.order_by("starts_on", "user__name"):
        by_household[entry.household_id].append(entry)
    covering = _covering(keys)
    for household in found:
        held = [_in_charge(user, entry, covering, on=on) for entry in by_household[household.pk]]
        yield BookRow(
            name=household.name,
            code=household.code,
            url=reverse("clients:book", args=[household.public_id]),
            advisors=tuple(one for one in held if one.part == PARTS.ADVISOR),
            reviewers=tuple(one for one in held if one.part == PARTS.REVIEWER),
            assign=next(iter(doors.links(["clients:book_assign"], user, household)), None),
        )


def _in_charge(user: Any, entry: BookEntry, covering: dict[tuple[int, str], str], *, on: date) -> InCharge:
    is_over = entry.ends_on is not None and entry.ends_on < on
    return InCharge(
        name=str(entry.user),
        part=entry.part,
        starts_on=entry.starts_on,
        ends_on=entry.ends_on,
        is_later=entry.starts_on > on,
        is_over=is_over,
        covered_by="" if is_over else covering.get((entry.user_id, entry.part), ""),
        end=None if is_over else next(iter(doors.links(["clients:book_end"], user, entry)), None),
    )


def _covering(households: Iterable[int]) -> dict[tuple[int, str], str]:
    """Who stands in today, by the person who is away and the part."""
    away = access.book_entries_today().filter(household__in=households).order_by().values("user")
    found = access.coverages_today().filter(away__in=away).select_related("covered_by")
    return {(one.away_id, one.part): str(one.covered_by) for one in found}


def _owners(user: Any) -> Iterator[BookOwner]:
    entries = access.book_entries_today().filter(household__closed_on=None).order_by("user__name", "user_id")
    households: dict[Any, set[int]] = defaultdict(set)
    for entry in entries:
        households[entry.user].add(entry.household_id)
    for person, held in households.items():
        yield BookOwner(
            name=str(person),
            count=len(held),
            url=f"{reverse('clients:book_list')}?person={person.pk}",
            hand_over=next(iter(doors.links(["clients:book_hand_over"], user, person)), None),
        )


def _coverage_row(user: Any, row: Coverage) -> CoverageRow:
    return CoverageRow(
        away=str(row.away),
        covered_by=str(row.covered_by),
        part=row.get_part_display(),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        reason=row.reason,
        arranged_by=str(row.arranged_by),
        arranged_at=row.arranged_at,
        ended_at=row.ended_at,
        end=next(iter(doors.links(["clients:coverage_end"], user, row)), None),
    )
