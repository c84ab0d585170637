"""The firm-wide lists of the registers, made from what each register says of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients.pages.lists.record_list import ANY, RecordList, Shown, State
from clients.registers.register import CHANGED, Register
from compliance.clock import Today
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

Column = tuple[str, Callable[[Any], str]]
"""A caption and the text of a row under it."""
Standing = Callable[[Any], tuple[str, str]]
"""What has become of a row, and its tone."""


def state_of(row: Any) -> tuple[str, str]:
    """What has become of a row, and its tone."""
    if row.ended_at is None:
        return "In force", "order"
    return ("Changed" if row.end_reason == CHANGED else "Ended"), "plain"


def record_list(
    register: Register,
    *,
    name: str,
    title: str,
    one: str,
    lead: str,
    mine: Callable[[Any], QuerySet[Any]],
    columns: tuple[Column, ...],
    place: Callable[[Any], tuple[str, str]],
    place_label: str,
    orderings: Mapping[str, tuple[str, ...]],
    usual: str,
    searched: tuple[str, ...],
    empty_body: str,
    states: tuple[State, ...] = (),
    tabs: str = "clients/_market_facts.html",
    standing: Standing = state_of,
) -> RecordList:
    """A register as a list: its rows by `states`, of which the first is shown at first, and whose they are."""
    all_states = (
        *(states or (State("in_force", "In force", lambda _: Q(ended_at=None)),)),
        State("ended", "Changed or ended", lambda _: Q(ended_at__isnull=False)),
    )
    by_name = {state.name: state for state in all_states}

    def in_state(self: Any, rows: QuerySet[Any], field: str, value: str) -> QuerySet[Any]:
        return rows if value == ANY else rows.filter(by_name[value].rows(Today()))

    choices = [*((state.name, state.label) for state in all_states), (ANY, "All")]
    chosen = type(
        f"{register.model.__name__}Filters",
        (django_filters.FilterSet,),
        {
            "state": django_filters.ChoiceFilter(choices=choices, method="in_state"),
            "in_state": in_state,
        },
    )

    def cells(row: Any, on: date) -> tuple[Shown, ...]:
        state, tone = standing(row)
        label, url = place(row)
        first, *others = columns
        return (
            Shown(first[1](row), url=reverse(f"clients:{register.name}", args=[row.public_id])),
            Shown(label, url=url),
            *(Shown(text(row)) for _, text in others),
            Shown(state, tone=tone),
        )

    def exported(row: Any) -> tuple[Cell, ...]:
        return (
            row.public_id, *(str(getattr(row, column) or "") for column in register.columns),
            row.entered_at, row.ended_at, row.end_reason,
        )  # fmt: skip

    first, *others = columns
    return RecordList(
        kind=Kind(
            name=name,
            about=(f"{register.name}_list", name),
            filters=chosen,
            orderings=orderings,
            usual=usual,
            defaults={"state": all_states[0].name},
            searched=searched,
        ),
        title=title,
        noun=one,
        lead=lead,
        states=all_states,
        columns=(
            ("what", first[0], False),
            ("place", place_label, False),
            *((label.lower().replace(" ", "_"), label, False) for label, _ in others),
            ("standing", "State", False),
        ),
        mine=mine,
        cells=cells,
        header=("id", *register.columns, "entered_at", "ended_at", "end_reason"),
        exported=exported,
        empty=f"No {one} is on record",
        empty_body=empty_body,
        tabs=tabs,
    )
