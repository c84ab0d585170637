"""The list of households with what still keeps each from being measured and from being traded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters

from clients.models import Account, Household
from clients.pages.lists import by_book
from compliance.clock import Today
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing.pages.lists import obstacles
from rebalancing.pages.lists.obstacles import READY, STANDINGS, Row


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
    everything = obstacles.of_book(user, at=at)
    rows, pager = listing.page_of(asked, _picked(everything, asked))
    standings = Counter(row.standing for row in everything)
    reasons = Counter(code for row in everything for code in {one.kind.code for one in row.reasons})
    ready = standings[READY]
    return ReadinessPage(
        heading=f"{ready} of {len(everything)} {'household' if len(everything) == 1 else 'households'} ready to trade",
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=everything,
            chips=(
                listing.chips(
                    asked,
                    "standing",
                    "Filter by standing",
                    [
                        ("", "All", len(everything)),
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


def chosen(user: Any, asked: Asked, *, at: datetime) -> list[Row]:
    """The rows of a view, in its order. Without an order, what stops most comes first."""
    return _picked(obstacles.of_book(user, at=at), asked)


def _picked(rows: Sequence[Row], asked: Asked) -> list[Row]:
    standing, reason = asked.texts.get("standing"), asked.texts.get("reason")
    within = _within(asked)
    wanted = [
        row
        for row in rows
        if (not standing or row.standing == standing)
        and (within is None or row.public_id in within)
        and (not reason or any(one.kind.code == reason for one in row.reasons))
    ]
    return asked.ordered(wanted)


def _within(asked: Asked) -> set[str] | None:
    """The households of an advisor or with an account at a custodian; None where neither is asked for."""
    advisor, custodian = asked.chosen.get("advisor"), asked.chosen.get("custodian")
    if advisor is None and not custodian:
        return None
    found = Household.objects.all()
    if advisor is not None:
        found = found.filter(pk__in=by_book.advised_by(int(advisor), on=Today()))
    if custodian:
        found = found.filter(pk__in=by_book.with_account_at(custodian))
    return set(found.values_list("public_id", flat=True))
