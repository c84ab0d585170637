"""The record over households and days: what each scan made of each household, asked by day, outcome, trigger and hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from clients.pages.lists import by_book
from compliance.clock import Today
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access
from rebalancing.daily_record import codes
from rebalancing.models import Reading
from rebalancing.pages.lists.readings import STATES
from rebalancing.triggers import due_dates, looks, triggers
from rebalancing.waiting import reasons
from rebalancing.waiting.reason import Effect

DAY = forms.DateInput(attrs={"type": "date"})


def trigger_choices() -> list[tuple[str, str]]:
    return _named(
        [*(kind.CODE for kind in triggers.TRIGGERS), due_dates.CODE, *sorted(looks.NO_REASON_TO_TRADE)]
    )


def hold_choices() -> list[tuple[str, str]]:
    return _named(list(reasons.ASKED))


def _named(found: list[str]) -> list[tuple[str, str]]:
    return [(code, codes.name_of(code)) for code in dict.fromkeys(found)]


class _InOrder(forms.Form):
    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        since, until = chosen.get("since"), chosen.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first.")
        return chosen


class RecordFilters(django_filters.FilterSet):
    """The filters of the page and of the API; days are market days, both included."""

    scan = django_filters.CharFilter(field_name="run__public_id", label="Scan id")
    household = django_filters.CharFilter(field_name="household__public_id", label="Household id")
    outcome = django_filters.ChoiceFilter(choices=Reading.Outcome.choices)
    advisor = django_filters.NumberFilter(label="Advisor", method="of_advisor", min_value=1, decimal_places=0)
    since = django_filters.DateFilter(
        field_name="run__market_on", lookup_expr="gte", label="From", widget=DAY
    )
    until = django_filters.DateFilter(field_name="run__market_on", lookup_expr="lte", label="To", widget=DAY)
    trigger = django_filters.ChoiceFilter(
        label="Trigger", choices=trigger_choices, method="with_trigger", empty_label="Any, or none"
    )
    hold = django_filters.ChoiceFilter(
        label="Hold", choices=hold_choices, method="with_hold", empty_label="Any, or none"
    )

    class Meta:
        form = _InOrder

    def of_advisor(self, rows: QuerySet[Reading], name: str, value: Any) -> QuerySet[Reading]:
        return rows.filter(household__in=by_book.advised_by(int(value), on=Today()))

    def with_trigger(self, rows: QuerySet[Reading], name: str, value: str) -> QuerySet[Reading]:
        return rows.filter(triggers__contains=[{"code": value}])

    def with_hold(self, rows: QuerySet[Reading], name: str, value: str) -> QuerySet[Reading]:
        """Where it stands for something, also where it has ended for something else on the same day."""
        standing = Q(holds__contains=[{"code": value}]) & ~Q(holds__contains=[_hold(value, Effect.ENDED)])
        for effect in set(Effect) - {Effect.ENDED}:
            standing |= Q(holds__contains=[_hold(value, effect)])
        return rows.filter(standing)


def _hold(code: str, effect: Effect) -> dict[str, str]:
    return {"code": code, "effect": effect.value}


KIND = Kind(
    name="record",
    about=("reading_list", "record"),
    filters=RecordFilters,
    orderings={
        "market_on": ("run__market_on", "pk"),
        "household": ("household__name", "household__code", "pk"),
        "worst_drift": ("worst_drift", "pk"),
    },
    usual="-market_on",
    first_down=frozenset({"market_on", "worst_drift"}),
    searched=("household__name", "household__code"),
)
HEADER = (
    "market_day", "household", "household_id", "reading", "scan", "state", "reason", "worst_class", "worst_drift",
    "outside_dollars", "value_dollars", "triggers", "holds", "prices_as_of", "read_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One reading of the record."""

    on: date
    household: str
    household_url: str
    url: str
    outcome: str
    outcome_label: str
    reason: str
    worst_class: str
    drift: Decimal | None
    is_outside: bool
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    heading: str
    rows: tuple[RecordRow, ...]
    listing: Listing


def show(user: Any, asked: Asked) -> RecordPage:
    """The readings of this person's scope."""
    visible = access.readings_for(user)
    by_outcome = Counter(
        dict(
            asked.narrowed(visible, without=["outcome"])
            .order_by()
            .values_list("outcome")
            .annotate(Count("pk"))
        )
    )
    found, pager = listing.page_of(asked, asked.narrowed(visible.select_related("run", "household")))
    return RecordPage(
        heading="What each scan made of each household",
        rows=tuple(_row(one) for one in found),
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            chips=(listing.chips(asked, "outcome", "Filter by state", _outcomes(by_outcome, asked)),),
            columns={"market_on": "Market day", "household": "Household", "worst_drift": "Worst drift"},
            more={"advisor": by_book.advisors(user), "since": (), "until": (), "trigger": (), "hold": ()},
        ),
    )


def export(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every reading of the view, under `HEADER`."""
    found = asked.narrowed(access.readings_for(user).select_related("run", "household"))
    for one in found.defer("measures", "account_weights", "looked").iterator(chunk_size=2000):
        yield (
            one.run.market_on, one.household.name, one.household.public_id, one.public_id, one.run.public_id,
            one.get_outcome_display(), _reason(one), one.worst_class, one.worst_drift, one.outside_value, one.value,
            _codes(one.triggers), _codes(one.holds),
            one.prices_as_of_on, one.read_at,
        )  # fmt: skip


def _codes(said: list[dict[str, Any]]) -> str:
    """The codes of what spoke, each once."""
    return "; ".join(dict.fromkeys(str(one["code"]) for one in said if one.get("effect") != Effect.ENDED))


def _reason(reading: Reading) -> str:
    """The reading's reason, and what stands beside it: what was left out of the plan, warned or was set aside."""
    beside = (str(one["sentence"]) for one in reading.holds if one.get("effect") != Effect.ENDED)
    return " ".join((reading.reason, *(said for said in dict.fromkeys(beside) if said not in reading.reason)))


def _outcomes(by_outcome: Counter[str], asked: Asked) -> Iterator[tuple[str, str, int]]:
    yield "", "All", sum(by_outcome.values())
    for value, label in Reading.Outcome.choices:
        if by_outcome[value] or value == asked.texts.get("outcome"):
            yield value, str(label), by_outcome[value]


def _row(reading: Reading) -> RecordRow:
    household, on = reading.household, reading.run.market_on
    return RecordRow(
        on=on,
        household=household.name,
        household_url=reverse("clients:household_timeline", args=[household.public_id]),
        url=reverse("clients:household_day", args=[household.public_id, on.isoformat()]),
        outcome=STATES[Reading.Outcome(reading.outcome)],
        outcome_label=reading.get_outcome_display(),
        reason=_reason(reading),
        worst_class=reading.worst_class,
        drift=reading.worst_drift,
        is_outside=bool(reading.outside_value),
        asked=tuple(
            codes.name_of(code)
            for code in dict.fromkeys(
                str(one["code"])
                for one in (*reading.triggers, *reading.holds)
                if one.get("effect") != Effect.ENDED
            )
        ),
    )
