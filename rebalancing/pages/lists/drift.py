"""The drift report: every household as of a day, with its book, every class of it and every account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, overload

import django_filters
from django.core.validators import validate_slug
from django.urls import reverse

from clients.drawings import BandBar
from clients.models import Account, AssetClass, BookEntry, Household
from clients.pages.lists import by_book
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import market_days
from rebalancing.models import Reading
from rebalancing.pages.lists.drift_query import ORDERINGS, Counts, Found, Question
from rebalancing.pages.lists.readings import STATES
from rebalancing.pages.lists.standings import bar_of

PIECE = 1000
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
    orderings={name: (name,) for name in ORDERINGS},
    first_down=frozenset({"drift", "outside", "value"}),
    searched=("name", "code"),
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
    latest = market_days.new_york_date(at)
    question = _question(user, asked, at=at)
    counts, known = _looked(question, asked)
    rows, pager = listing.page_of(asked, () if asked.faults else Rows(question, counts.shown, known))
    classes = _classes(report)
    return DriftPage(
        heading=_heading(counts),
        as_of=_day(report.as_of, latest),
        latest=latest,
        books=_books(user, report, question.day),
        classes=classes,
        class_name=next((each.label for each in classes if each.is_on), ""),
        is_outside_only=report.outside,
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=range(counts.everything),
            chips=(
                listing.chips(
                    asked,
                    "outside",
                    "Filter by band",
                    [("", "All", counts.held), ("true", "Outside", counts.outside)],
                ),
            ),
            columns={"name": "Household", "drift": "Drift", "outside": "Outside", "value": "Value"},
        ),
    )


def chosen(user: Any, asked: Asked, *, at: datetime) -> Sequence[Row]:
    """The rows asked for; without an order the farthest off target first and what was not measured last."""
    return () if asked.faults else Rows(_question(user, asked, at=at))


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


class Rows(Sequence[Row]):
    """The rows of a question, of which only those are built that somebody asks for.

    `count` is how many there are, and `known` those from a place on, where the caller has looked already.
    """

    def __init__(
        self, question: Question, count: int | None = None, known: tuple[int, Sequence[Found]] = (0, ())
    ) -> None:
        self._question, self._count, self._known = question, count, known

    def __len__(self) -> int:
        if self._count is None:
            self._count = self._question.looked(first=0, count=0)[0].shown
        return self._count

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        first, last, _ = (slice(at, at + 1) if isinstance(at, int) else at).indices(len(self))
        start, known = self._known
        if first != start or last - first > len(known):
            known = self._question.looked(first=first, count=max(0, last - first))[1]
        rows = _rows(known[: last - first], self._question)
        return rows[0] if isinstance(at, int) else rows

    def __iter__(self) -> Iterator[Row]:
        """Everything, ranked once and built a piece at a time."""
        _, found = self._question.looked(first=0, count=None)
        for first in range(0, len(found), PIECE):
            yield from _rows(found[first : first + PIECE], self._question)


def _question(user: Any, asked: Asked, *, at: datetime) -> Question:
    report = Report.of(asked)
    return Question(
        user=user,
        day=_day(report.as_of, market_days.new_york_date(at)),
        book=report.book,
        asset_class=report.asset_class,
        outside=report.outside,
        text=asked.text,
        ordering=asked.ordering,
    )


def _looked(question: Question, asked: Asked) -> tuple[Counts, tuple[int, Sequence[Found]]]:
    """The counts, and what is on the page asked for."""
    first = listing.first_of(asked)
    counts, found = question.looked(first=first, count=listing.ROWS_A_PAGE)
    return counts, (first, found)


def _rows(found: Sequence[Found], question: Question) -> list[Row]:
    """These households as rows, in their order; five queries, however large the book."""
    keys = [one.household for one in found]
    households = Household.objects.in_bulk(keys)
    readings = Reading.objects.select_related("run").in_bulk(
        [one.reading for one in found if one.reading is not None]
    )
    books = _advisors(keys, question.day)
    accounts = dict(Account.objects.filter(household__in=keys).values_list("public_id", "name"))
    names = dict(AssetClass.objects.values_list("code", "name"))
    rows = [
        _row(
            households[one.household],
            readings.get(one.reading or 0),
            tuple(books[one.household]),
            accounts,
            names,
        )
        for one in found
    ]
    return [_of_class(row, question.asset_class) for row in rows] if question.asset_class else rows


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


def _of_class(row: Row, asset_class: str) -> Row:
    lines = tuple(line for line in row.lines if line.asset_class == asset_class)
    return replace(row, lines=lines, worst=_worst(lines), is_outside=any(line.is_outside for line in lines))


def _day(as_of: date | None, latest: date) -> date:
    """The day of the report: today unless an earlier one is asked for."""
    return min(as_of or latest, latest)


def _books(user: Any, asked: Report, day: date) -> tuple[Choice, ...]:
    return tuple(
        Choice(key, name, key == str(asked.book)) for key, name in by_book.advisors(user, on=day, open_on=day)
    )


def _classes(asked: Report) -> tuple[Choice, ...]:
    classes = AssetClass.objects.order_by("position").values_list("code", "name")
    return tuple(Choice(code, name, code == asked.asset_class) for code, name in classes)


def _heading(counts: Counts) -> str:
    if not counts.held:
        return "No household to report"
    if not counts.measured:
        return (
            f"None of {counts.held} households was measured"
            if counts.held > 1
            else "The household was not measured"
        )
    count = f"{counts.outside} of {counts.measured} measured household{'' if counts.measured == 1 else 's'}"
    return f"{count} {'is' if counts.outside == 1 else 'are'} outside a band"
