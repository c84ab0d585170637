"""The list of households with what still keeps each from being measured and from being traded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from clients.models import Account, Household
from clients.pages.lists import by_book
from compliance.clock import Today
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.lists.parts import Built, Joined
from rebalancing.pages.lists import obstacles
from rebalancing.pages.lists.obstacles import READY, STANDINGS, Book, Row


class ReadinessFilters(django_filters.FilterSet):
    """The filters of the page and of the API; the rows are computed, so they are picked by `chosen`."""

    standing = django_filters.ChoiceFilter(choices=STANDINGS)
    reason = django_filters.ChoiceFilter(choices=[(one.code, one.label) for one in obstacles.KINDS])
    advisor = django_filters.NumberFilter(label="Advisor", min_value=1, decimal_places=0)
    custodian = django_filters.ChoiceFilter(label="Custodian", choices=Account.Custodian.choices)


KIND = Kind(
    name="readiness",
    about=("readiness", "readiness"),
    filters=ReadinessFilters,
    orderings={
        "name": lambda row: (row.name, row.code),
        "reasons": lambda row: len(row.reasons),
    },
    first_down=frozenset({"reasons"}),
    searched=lambda row: f"{row.name} {row.code}",
)
HEADER = ("household", "code", "standing", "reason", "stops", "sentence")


@dataclass(frozen=True, slots=True)
class ReadinessPage:
    heading: str
    rows: tuple[Row, ...]
    listing: Listing
    counts: tuple[tuple[str, int], ...]


def show(user: Any, asked: Asked, *, at: datetime) -> ReadinessPage:
    """The page: what is missing most comes first on the chips."""
    book = obstacles.book_of(user, at=at)
    count = book.households.count()
    rows, pager = listing.page_of(asked, _picked(book, asked))
    standings = Counter(row.standing for row in book.missing)
    standings[READY] += count - len(book.missing)
    reasons = Counter(code for row in book.missing for code in {one.kind.code for one in row.reasons})
    ready = standings[READY]
    return ReadinessPage(
        heading=f"{ready} of {count} {'household' if count == 1 else 'households'} ready to trade",
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=range(count),
            chips=(
                listing.chips(
                    asked,
                    "standing",
                    "Filter by standing",
                    [
                        ("", "All", count),
                        *((key, label, standings[key]) for key, label in STANDINGS),
                    ],
                ),
                listing.chips(
                    asked,
                    "reason",
                    "Filter by what is missing",
                    [
                        ("", "Anything", None),
                        *(
                            (code, obstacles.KIND_BY_CODE[code].label, count)
                            for code, count in reasons.most_common()
                        ),
                    ],
                ),
            ),
            columns={"name": "Household", "reasons": "What is missing"},
            more={"advisor": by_book.advisors(user), "custodian": ()},
        ),
        counts=tuple((label, standings[key]) for key, label in STANDINGS),
    )


def export(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """A line for every reason of the view, and one for each household that is ready, under `HEADER`."""
    for row in chosen(user, asked, at=at):
        for one in row.reasons:
            yield row.name, row.code, row.standing_label, one.kind.label, one.kind.stops, one.sentence
        if not row.reasons:
            yield row.name, row.code, row.standing_label, None, None, None


def chosen(user: Any, asked: Asked, *, at: datetime) -> Sequence[Row]:
    """The rows of a view, in its order. Without an order, what stops most comes first."""
    return _picked(obstacles.book_of(user, at=at), asked)


def _picked(book: Book, asked: Asked) -> Sequence[Row]:
    """What lacks something is in memory; whoever is ready is fetched as a page asks for it."""
    if asked.faults:
        return ()
    standing, reason = asked.texts.get("standing"), asked.texts.get("reason")
    within = _within(asked)
    lacking = [
        row
        for row in book.missing
        if (not standing or row.standing == standing)
        and (not reason or any(one.kind.code == reason for one in row.reasons))
    ]
    if within is not None:
        names = [row.public_id for row in lacking]
        mine = set(within.filter(public_id__in=names).values_list("public_id", flat=True))
        lacking = [row for row in lacking if row.public_id in mine]
    lacking = asked.ordered(lacking)
    if reason or standing not in ("", None, READY):
        return lacking
    ready = book.ready if within is None else book.ready.filter(pk__in=within.values("pk"))
    if asked.text:
        told = Concat("name", Value(" "), "code")
        ready = ready.annotate(told=told).filter(told__icontains=asked.text)
    rest = Built(ready, lambda found: [obstacles.ready_row(one) for one in found])
    if asked.ordering.removeprefix("-") == "name":
        return _by_name(book, lacking, ready, down=asked.ordering.startswith("-"))
    return Joined(rest, lacking) if asked.ordering == "reasons" else Joined(lacking, rest)


def _by_name(book: Book, lacking: Sequence[Row], ready: QuerySet[Household], *, down: bool) -> Sequence[Row]:
    """Both together in the order of their names."""
    known = {row.public_id: row for row in lacking}
    found = book.households.filter(Q(public_id__in=list(known)) | Q(pk__in=ready.order_by().values("pk")))
    return Built(
        by_book.in_order(found, down=down),
        lambda some: [known.get(one.public_id) or obstacles.ready_row(one) for one in some],
    )


def _within(asked: Asked) -> QuerySet[Household] | None:
    """The households of an advisor or with an account at a custodian; None where neither is asked for."""
    advisor, custodian = asked.chosen.get("advisor"), asked.chosen.get("custodian")
    if advisor is None and not custodian:
        return None
    found = Household.objects.all()
    if advisor is not None:
        found = found.filter(pk__in=by_book.advised_by(int(advisor), on=Today()))
    if custodian:
        found = found.filter(pk__in=by_book.with_account_at(custodian))
    return found
