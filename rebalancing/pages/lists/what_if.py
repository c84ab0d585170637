"""The what-if: what is asked, what it would mean for the firm, by model and by advisor, and the households that it touches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.urls import reverse

from clients import access as record
from clients.models import BookEntry, Household
from compliance.lists import listing
from compliance.lists.asked import Asked
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import market_days
from rebalancing.pages.lists.what_if_questions import (
    HUNDRED,
    STANDINGS,
    Question,
    form_of,
    read,
    words,
)
from rebalancing.what_if import answers, kept
from rebalancing.what_if.answers import Answer, Sum

HEADER = (
    "household", "code", "model", "advisors", "standing", "worst_class", "weight", "lower", "upper", "outside_now",
    "outside_then", "moved_now_dollars", "moved_then_dollars", "gain_then_dollars", "tax_then_dollars", "prices_of",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One household that is outside its bands now, then, or both. Dollars of an estimate; `tax` and `gain` None: not known."""

    household: str
    code: str
    name: str
    model: str
    advisors: tuple[str, ...]
    standing: str
    worst_class: str
    weight: Decimal
    target: Decimal
    lower: Decimal
    upper: Decimal
    was_outside: bool
    is_outside: bool
    moved_now: Decimal
    moved: Decimal
    gain: Decimal | None
    tax: Decimal | None

    @property
    def url(self) -> str:
        return reverse("clients:household", args=[self.household])

    @property
    def drift(self) -> Decimal:
        return self.weight - self.target

    @property
    def standing_label(self) -> str:
        return STANDINGS[self.standing]

    @property
    def book(self) -> str:
        return ", ".join(self.advisors)


@dataclass(frozen=True, slots=True)
class Line:
    """Some households together, now and then."""

    name: str
    now: Sum
    then: Sum

    @property
    def more(self) -> int:
        return self.then.flagged - self.now.flagged


@dataclass(frozen=True, slots=True)
class WhatIfPage:
    """`whole` is None where the question was refused. `rows` are those of one page of `every`."""

    heading: str
    market_on: date
    is_asked: bool
    questions: tuple[str, ...]
    form: Any
    rate: Decimal
    whole: Line | None
    unmeasured: int
    by_model: tuple[Line, ...]
    by_advisor: tuple[Line, ...]
    counts: Mapping[str, int]
    rows: tuple[Row, ...]
    every: tuple[Row, ...]
    listing: Listing

    @property
    def tables(self) -> tuple[tuple[str, tuple[Line, ...], str], ...]:
        """The two tables of sums, each with its title and caption."""
        return (
            ("By model", self.by_model, "The model that each household's policy names"),
            ("By advisor", self.by_advisor, "A household with two advisors counts with both"),
        )


def show(user: Any, asked: Asked, *, at: datetime) -> WhatIfPage:
    """The page."""
    question = read(user, asked)
    asked = question.asked
    market_on = market_days.last_close(at)
    found = None if asked.faults else _Found.of(user, question, at=at)
    every = found.rows() if found else []
    wanted = asked.texts.get("show") or ""
    chosen = asked.ordered([one for one in every if not wanted or one.standing == wanted])
    rows, pager = listing.page_of(asked, chosen)
    counts = {name: sum(1 for one in every if one.standing == name) for name in STANDINGS}
    return WhatIfPage(
        heading=_heading(found, is_none=question.change.is_none),
        market_on=market_on,
        is_asked=not asked.faults and not question.change.is_none,
        questions=tuple(words(question)),
        form=form_of(user, asked),
        rate=question.rate,
        whole=found.whole if found else None,
        unmeasured=found.unmeasured if found else 0,
        by_model=found.by_model() if found else (),
        by_advisor=found.by_advisor() if found else (),
        counts=counts,
        rows=tuple(rows),
        every=tuple(chosen),
        listing=listing.listing(
            asked,
            pager,
            held=every,
            chips=(
                listing.chips(
                    asked,
                    "show",
                    "Filter by what changes",
                    [
                        ("", "All", len(every)),
                        *((name, label, counts[name]) for name, label in STANDINGS.items()),
                    ],
                ),
            ),
            columns={"name": "Household", "drift": "Drift", "moved": "Would move", "tax": "Tax"},
        ),
    )


def lines(page: WhatIfPage) -> Iterator[tuple[Cell, ...]]:
    """All rows that were asked for, under `HEADER`."""
    for row in page.every:
        yield (
            row.name, row.code, row.model, row.book, row.standing_label, row.worst_class, row.weight, row.lower,
            row.upper, row.was_outside, row.is_outside, row.moved_now, row.moved, row.gain, row.tax, page.market_on,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """The answer within this person's scope, with what its rows name."""

    answer: Answer
    whole: Line
    unmeasured: int
    advisors: Mapping[int, tuple[str, ...]]

    @classmethod
    def of(cls, user: Any, question: Question, *, at: datetime) -> _Found:
        market_on, trade_on = market_days.last_close(at), market_days.trade_day(at)
        present = kept.present(market_on=market_on, trade_on=trade_on)
        keys = set(record.households_for(user).order_by().values_list("pk", flat=True))
        asked = present.among(keys)
        in_scope = np.isin(present.facts.households, np.fromiter(keys, dtype=np.int64, count=len(keys)))
        if question.model is not None:
            follows = present.following(question.model.pk)
            asked, in_scope = asked & follows, in_scope & follows
        answer = present.ask(question.change, asked=asked, rate=question.rate / HUNDRED)
        return cls(
            answer=answer,
            whole=_line("Together", answer, asked),
            unmeasured=int((in_scope & ~asked).sum()),
            advisors=_advisors(market_days.new_york_date(at)),
        )

    def by_model(self) -> tuple[Line, ...]:
        """A line for each model that is followed, by name."""
        facts, terms = self.answer.facts, self.answer.facts.policies
        which: dict[str, Any] = {}
        for (version, follows), one in facts.versions.items():
            if one is None:
                continue
            here = self.answer.asked & (terms.version == version) & (terms.follows == follows)
            name = one.row.model.name
            which[name] = which[name] | here if name in which else here
        return tuple(_line(name, self.answer, here) for name, here in sorted(which.items()) if here.any())

    def by_advisor(self) -> tuple[Line, ...]:
        """A line for each advisor with a household that is asked about, by name; a household of two counts with both."""
        place = {int(key): at for at, key in enumerate(self.answer.facts.households)}
        which: dict[str, Any] = defaultdict(lambda: np.zeros(len(place), dtype=np.bool_))
        for key, names in self.advisors.items():
            if key in place:
                for name in names:
                    which[name][place[key]] = True
        lines = ((name, here & self.answer.asked) for name, here in sorted(which.items()))
        return tuple(_line(name, self.answer, here) for name, here in lines if here.any())

    def rows(self) -> list[Row]:
        """The households outside their bands now or then: the newly outside first, the most to move first."""
        answer = self.answer
        touched = np.flatnonzero(answer.newly | answer.no_longer | answer.still)
        keys = answer.facts.households[touched].tolist()
        named = {
            key: (public_id, code, name)
            for key, public_id, code, name in Household.objects.filter(pk__in=keys)
            .order_by()
            .values_list("pk", "public_id", "code", "name")
        }
        worst = _worst(answer)
        rows = [self._row(at, named[key], worst[at]) for at, key in zip(touched.tolist(), keys, strict=True)]
        order = {name: place for place, name in enumerate(STANDINGS)}
        return sorted(rows, key=lambda row: (order[row.standing], -row.moved, row.name, row.code))

    def _row(self, at: int, named: tuple[str, str, str], worst: tuple[int, int]) -> Row:
        answer, (public_id, code, name), (one, which) = self.answer, named, worst
        before, after = answer.before, answer.after
        bands, version = after.weights.bands, answer.facts.version_of(at)
        standing = "newly" if answer.newly[at] else "no_longer" if answer.no_longer[at] else "still"
        unknown = bool(np.isnan(after.gain[at]))
        return Row(
            household=public_id,
            code=code,
            name=name,
            model=version.row.model.name if version else "",
            advisors=self.advisors.get(int(answer.facts.households[at]), ()),
            standing=standing,
            worst_class=answer.facts.classes.names[which],
            weight=_weight(after.weights.weight[one, which]),
            target=_weight(bands.target[at, which]),
            lower=_weight(bands.lower[at, which]),
            upper=_weight(bands.upper[at, which]),
            was_outside=bool(before.flagged[at]),
            is_outside=bool(after.flagged[at]),
            moved_now=answers.dollars(before.moved[at]),
            moved=answers.dollars(after.moved[at]),
            gain=None if unknown else answers.dollars(after.gain[at]),
            tax=None if unknown else answers.dollars(after.tax[at]),
        )


def _line(name: str, answer: Answer, which: Any) -> Line:
    return Line(name, answers.sum_of(answer.before, which), answers.sum_of(answer.after, which))


def _worst(answer: Answer) -> dict[int, tuple[int, int]]:
    """Of each household the set of weights and the class furthest from its target then."""
    weights = answer.after.weights
    drift = np.abs(weights.weight - weights.bands.target[weights.household])
    furthest, most = drift.argmax(axis=1), drift.max(axis=1, initial=0)
    found: dict[int, tuple[int, int]] = {}
    for one in np.argsort(most, kind="stable").tolist():
        found[int(weights.household[one])] = (one, int(furthest[one]))
    return found


def _advisors(day: date) -> dict[int, tuple[str, ...]]:
    entries = BookEntry.objects.on(day).filter(part=BookEntry.Part.ADVISOR).order_by("user__name")
    found: dict[int, list[str]] = defaultdict(list)
    for household, name in entries.values_list("household_id", "user__name"):
        found[household].append(name)
    return {key: tuple(names) for key, names in found.items()}


def _weight(fraction: float) -> Decimal:
    return Decimal(f"{fraction:.6f}")


def _heading(found: _Found | None, *, is_none: bool) -> str:
    if found is None:
        return "This cannot be asked"
    now, then = found.whole.now, found.whole.then
    of = f"{then.flagged:,} of {then.households:,} household{'' if then.households == 1 else 's'}"
    if is_none:
        return f"{of} {'is' if then.flagged == 1 else 'are'} outside a band"
    return f"{of} would be outside a band, {now.flagged:,} {'is' if now.flagged == 1 else 'are'} now"
