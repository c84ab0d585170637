"""The drift report: every household as of a day, with its book, every class of it and every account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_filters
from django.core.validators import validate_slug
from django.db.models import Q
from django.urls import reverse

from clients import access as record
from clients.drawings import BandBar
from clients.models import Account, AssetClass, BookEntry, Household
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access, market_days
from rebalancing.models import Reading
from rebalancing.pages.lists.readings import STATES
from rebalancing.pages.lists.standings import bar_of

ZERO = Decimal(0)
HEADER = (
    "as_of", "household", "code", "book", "account", "asset_class", "weight", "target", "lower", "upper", "drift",
    "outside", "measured_for_band", "household_worst_drift", "household_outside_dollars", "household_value_dollars",
    "market_day", "prices_as_of", "outcome", "reason",
)  # fmt: skip
NOT_READ = ("unread", "Not scanned yet")


class DriftFilters(django_filters.FilterSet):
    """The filters of the page and of the API: ids, codes and a day, never a name."""

    as_of = django_filters.DateFilter(label="As of")
    book = django_filters.NumberFilter(min_value=1, decimal_places=0)
    asset_class = django_filters.CharFilter(label="Class", validators=[validate_slug], max_length=32)
    outside = django_filters.ChoiceFilter(choices=[("true", "Outside a band")])


KIND = Kind(
    name="drift",
    about=("drift_report", "drift"),
    filters=DriftFilters,
    orderings={
        "name": lambda row: (row.name, row.code),
        "drift": lambda row: abs(row.drift or ZERO),
        "outside": lambda row: row.outside_value or ZERO,
        "value": lambda row: row.value or ZERO,
    },
    first_down=frozenset({"drift", "outside", "value"}),
    searched=lambda row: f"{row.name} {row.code}",
)


@dataclass(frozen=True, slots=True)
class Report:
    """What the report is of."""

    as_of: date | None = None
    book: int | None = None
    asset_class: str = ""
    outside: bool = False

    @classmethod
    def of(cls, asked: Asked) -> Report:
        wanted = asked.chosen
        book = wanted.get("book")
        return cls(
            as_of=wanted.get("as_of"),
            book=None if book is None else int(book),
            asset_class=wanted.get("asset_class") or "",
            outside=wanted.get("outside") == "true",
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One class of the household, or of one account; fractions of one.

    `is_outside` is None where no band is held against the weight: an account of a household that is measured as one.
    """

    account: str
    account_name: str
    asset_class: str
    name: str
    weight: Decimal
    target: Decimal
    lower: Decimal
    upper: Decimal
    is_outside: bool | None
    bar: BandBar | None = None

    @property
    def drift(self) -> Decimal:
        return self.weight - self.target


@dataclass(frozen=True, slots=True)
class Advisor:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One household as the last scan up to the day saw it; None where nothing was measured."""

    household: str
    code: str
    name: str
    url: str
    advisors: tuple[Advisor, ...]
    worst: Line | None
    is_outside: bool
    outside_value: Decimal | None
    value: Decimal | None
    market_on: date | None
    prices_as_of_on: date | None
    outcome: str
    outcome_label: str
    chip: str
    reason: str
    lines: tuple[Line, ...]

    @property
    def drift(self) -> Decimal | None:
        return self.worst.drift if self.worst else None

    @property
    def book(self) -> str:
        return ", ".join(each.name for each in self.advisors)


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class DriftPage:
    heading: str
    as_of: date
    latest: date
    books: tuple[Choice, ...]
    classes: tuple[Choice, ...]
    class_name: str
    is_outside_only: bool
    rows: tuple[Row, ...]
    listing: Listing


def show(user: Any, asked: Asked, *, at: datetime) -> DriftPage:
    """The page; the counts on the chips are those of the book and class asked for."""
    report = Report.of(asked)
    everything = of_book(user, report.as_of, at=at)
    held = _of(everything, report)
    outside = [row for row in held if row.is_outside]
    rows, pager = listing.page_of(asked, asked.ordered(outside if report.outside else held))
    classes = _classes(report)
    latest = market_days.new_york_date(at)
    return DriftPage(
        heading=_heading(held, outside),
        as_of=_day(report.as_of, latest),
        latest=latest,
        books=_books(everything, report),
        classes=classes,
        class_name=next((each.label for each in classes if each.is_on), ""),
        is_outside_only=report.outside,
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=everything,
            chips=(
                listing.chips(
                    asked,
                    "outside",
                    "Filter by band",
                    [("", "All", len(held)), ("true", "Outside", len(outside))],
                ),
            ),
            columns={"name": "Household", "drift": "Drift", "outside": "Outside", "value": "Value"},
        ),
    )


def chosen(user: Any, asked: Asked, *, at: datetime) -> list[Row]:
    """The rows asked for; without an order the farthest off target first and what was not measured last."""
    report = Report.of(asked)
    rows = _of(of_book(user, report.as_of, at=at), report)
    return asked.ordered([row for row in rows if row.is_outside or not report.outside])


def export(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """The same rows, one line for every class and account, under `HEADER`."""
    as_of = _day(Report.of(asked).as_of, market_days.new_york_date(at))
    for row in chosen(user, asked, at=at):
        of_household = (
            row.drift, row.outside_value, row.value, row.market_on, row.prices_as_of_on, row.outcome, row.reason,
        )  # fmt: skip
        first = (as_of, row.name, row.code, row.book)
        if not row.lines:
            yield (*first, *[None] * 9, *of_household)
        for line in row.lines:
            yield (
                *first, line.account_name, line.asset_class, line.weight, line.target, line.lower, line.upper,
                line.drift, line.is_outside, line.is_outside is not None, *of_household,
            )  # fmt: skip


def of_book(user: Any, as_of: date | None, *, at: datetime) -> list[Row]:
    """Every household of this person's scope that was open on the day; five queries, however large the book."""
    day = _day(as_of, market_days.new_york_date(at))
    households = list(
        record.households_for(user)
        .filter(Q(closed_on=None) | Q(closed_on__gt=day), opened_on__lte=day)
        .order_by("name", "code")
    )
    keys = [household.pk for household in households]
    readings = _readings(user, keys, day)
    books = _advisors(keys, day)
    accounts = dict(Account.objects.filter(household__in=keys).values_list("public_id", "name"))
    names = dict(AssetClass.objects.values_list("code", "name"))
    rows = [
        _row(household, readings.get(household.pk), tuple(books[household.pk]), accounts, names)
        for household in households
    ]
    return sorted(rows, key=lambda row: (row.worst is None, -abs(row.drift or ZERO), row.name, row.code))


def _readings(user: Any, households: Sequence[int], day: date) -> dict[int, Reading]:
    latest = (
        access.readings_for(user)
        .filter(household__in=households, run__market_on__lte=day)
        .select_related("run")
        .order_by("household_id", "-run__market_on", "-read_at", "-pk")
        .distinct("household_id")
    )
    return {reading.household_id: reading for reading in latest}


def _advisors(households: Sequence[int], day: date) -> dict[int, list[Advisor]]:
    found: dict[int, list[Advisor]] = defaultdict(list)
    entries = BookEntry.objects.on(day).filter(household__in=households, part=BookEntry.Part.ADVISOR)
    for household, key, name in entries.order_by("user__name").values_list(
        "household_id", "user_id", "user__name"
    ):
        found[household].append(Advisor(key, name))
    return found


def _row(
    household: Household,
    reading: Reading | None,
    advisors: tuple[Advisor, ...],
    accounts: Mapping[str, str],
    names: Mapping[str, str],
) -> Row:
    lines = tuple(_lines(reading, accounts, names)) if reading else ()
    outcome, label = (reading.outcome, reading.get_outcome_display()) if reading else NOT_READ
    return Row(
        household=household.public_id,
        code=household.code,
        name=household.name,
        url=reverse("clients:household", args=[household.public_id]),
        advisors=advisors,
        worst=_worst(lines),
        is_outside=any(line.is_outside for line in lines),
        outside_value=reading.outside_value if reading else None,
        value=reading.value if reading else None,
        market_on=reading.run.market_on if reading else None,
        prices_as_of_on=reading.prices_as_of_on if reading else None,
        outcome=outcome,
        outcome_label=label,
        chip=STATES[Reading.Outcome(reading.outcome)] if reading else "unknown",
        reason=reading.reason if reading else "No scan up to this day has read this household.",
        lines=lines,
    )


def _lines(reading: Reading, accounts: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Line]:
    by_class: dict[str, Mapping[str, Any]] = {}
    for one in reading.measures:
        by_class.setdefault(one["asset_class"], one)
        yield Line(
            account=one["account"] or "",
            account_name=accounts.get(one["account"], one["account"]) if one["account"] else "",
            asset_class=one["asset_class"],
            name=one["name"],
            weight=Decimal(one["weight"]),
            target=Decimal(one["target"]),
            lower=Decimal(one["lower"]),
            upper=Decimal(one["upper"]),
            is_outside=bool(one["is_breached"]),
            bar=bar_of(one),
        )
    for account in reading.account_weights:
        for asset_class, weight in account["weights"].items():
            policy = by_class.get(asset_class, {})
            yield Line(
                account=account["account"],
                account_name=accounts.get(account["account"], account["account"]),
                asset_class=asset_class,
                name=str(policy.get("name") or names.get(asset_class, asset_class)),
                weight=Decimal(weight),
                target=Decimal(policy.get("target", 0)),
                lower=Decimal(policy.get("lower", 0)),
                upper=Decimal(policy.get("upper", 0)),
                is_outside=None,
            )


def _worst(lines: Iterable[Line]) -> Line | None:
    """The measured class furthest from its target; what is for information only is not it."""
    return max(
        (line for line in lines if line.is_outside is not None), key=lambda one: abs(one.drift), default=None
    )


def _of(rows: Sequence[Row], asked: Report) -> list[Row]:
    """The rows of a book, and of a class: with a class each household is judged by that class alone."""
    found = [row for row in rows if asked.book is None or asked.book in {each.id for each in row.advisors}]
    if not asked.asset_class:
        return found
    narrow = [_of_class(row, asked.asset_class) for row in found]
    return sorted(
        (row for row in narrow if row.lines),
        key=lambda row: (row.worst is None, -abs(row.drift or ZERO), row.name, row.code),
    )


def _of_class(row: Row, asset_class: str) -> Row:
    lines = tuple(line for line in row.lines if line.asset_class == asset_class)
    return replace(row, lines=lines, worst=_worst(lines), is_outside=any(line.is_outside for line in lines))


def _day(as_of: date | None, latest: date) -> date:
    """The day of the report: today unless an earlier one is asked for."""
    return min(as_of or latest, latest)


def _books(rows: Sequence[Row], asked: Report) -> tuple[Choice, ...]:
    advisors = {advisor for row in rows for advisor in row.advisors}
    return tuple(
        Choice(str(each.id), each.name, each.id == asked.book)
        for each in sorted(advisors, key=lambda each: (each.name, each.id))
    )


def _classes(asked: Report) -> tuple[Choice, ...]:
    classes = AssetClass.objects.order_by("position").values_list("code", "name")
    return tuple(Choice(code, name, code == asked.asset_class) for code, name in classes)


def _heading(held: Sequence[Row], outside: Sequence[Row]) -> str:
    measured = sum(1 for row in held if row.worst is not None)
    if not held:
        return "No household to report"
    if not measured:
        return (
            f"None of {len(held)} households was measured"
            if len(held) > 1
            else "The household was not measured"
        )
    count = f"{len(outside)} of {measured} measured household{'' if measured == 1 else 's'}"
    return f"{count} {'is' if len(outside) == 1 else 'are'} outside a band"
