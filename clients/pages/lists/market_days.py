"""What market days were like: halts, spreads and a volatility index, as they were entered."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access_facts, figures
from clients.models import MarketCondition
from clients.pages.lists.record_list import ANY, RecordList, Shown, State
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

STATES = (
    State("standing", "On record", lambda _: Q(cancelled_at=None)),
    State("taken_back", "Taken back", lambda _: Q(cancelled_at__isnull=False)),
)


class ConditionFilters(django_filters.FilterSet):
    """By what has become of it, what it is, and its market day."""

    state = django_filters.ChoiceFilter(
        choices=[*((one.name, one.label) for one in STATES), (ANY, "All")], method="in_state"
    )
    kind = django_filters.ChoiceFilter(choices=MarketCondition.Kind.choices, label="Kind")
    market_on = django_filters.DateFilter(label="Market day")

    def in_state(self, rows: QuerySet[MarketCondition], name: str, value: str) -> QuerySet[MarketCondition]:
        by_name = {one.name: one for one in STATES}
        return rows if value == ANY else rows.filter(by_name[value].rows(None))


def figure(condition: MarketCondition) -> str:
    """The figure as people read it."""
    if condition.value is None:
        return ""
    if condition.kind == MarketCondition.Kind.SPREAD:
        return f"{(condition.value * 100).normalize():f}%"
    return f"{condition.value:.2f}"


def _mine(user: Any) -> QuerySet[MarketCondition]:
    return access_facts.market_conditions_for(user).select_related("security", "entered_by")


def _cells(condition: MarketCondition, _on: date) -> tuple[Shown, ...]:
    stands = condition.cancelled_at is None
    by = condition.entered_by.get_full_name()
    return (
        Shown(
            figures.day(condition.market_on),
            url=reverse("clients:market_condition_correct", args=[condition.public_id]) if stands else "",
        ),
        Shown(condition.get_kind_display()),
        Shown(condition.security.symbol if condition.security else "The whole market"),
        Shown(figure(condition)),
        Shown(condition.source, note=f"entered by {by}"),
        Shown("On record", tone="order")
        if stands
        else Shown("Taken back", tone="plain", note=condition.cancel_reason),
        Shown("Take it back", url=reverse("clients:market_condition_cancel", args=[condition.public_id]))
        if stands
        else Shown(""),
    )


def _exported(condition: MarketCondition) -> tuple[Cell, ...]:
    return (
        condition.market_on, condition.kind, condition.security.symbol if condition.security else "", condition.value,
        condition.source, condition.entered_by.get_full_name(), condition.entered_at, condition.cancelled_at,
        condition.cancel_reason,
    )  # fmt: skip


CONDITIONS = RecordList(
    kind=Kind(
        name="market-conditions",
        about=("market_condition_list", "market-conditions"),
        filters=ConditionFilters,
        orderings={"market_on": ("market_on", "pk"), "kind": ("kind", "pk")},
        usual="-market_on",
        defaults={"state": "standing"},
        searched=("security__symbol", "source"),
    ),
    title="Market conditions",
    noun="market condition",
    lead="Halts, spreads and a volatility index by market day. The scan waits while the market is not orderly.",
    states=STATES,
    columns=(
        ("market_on", "Market day", False),
        ("kind", "What", False),
        ("security", "Security", False),
        ("value", "Figure", True),
        ("source", "Source", False),
        ("standing", "State", False),
        ("doors", "Change", False),
    ),
    mine=_mine,
    cells=_cells,
    header=(
        "day",
        "kind",
        "symbol",
        "value",
        "source",
        "entered_by",
        "entered_at",
        "taken_back_at",
        "reason",
    ),
    exported=_exported,
    empty="Nothing is on record",
    empty_body="Without it the market counts as orderly, unless prices say otherwise.",
    more=("kind", "market_on"),
    tabs="clients/_market_facts.html",
)
