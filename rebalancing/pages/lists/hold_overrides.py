"""Decisions to trade although a reason says to wait, across the firm."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import figures
from clients.pages.lists.record_list import RecordList, Shown, State, filters
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell
from rebalancing import access
from rebalancing.models import HoldOverride
from rebalancing.waiting import overrides

STATES = (
    State("in_force", "In force", lambda on: Q(ended_at=None, starts_on__lte=on, expires_on__gte=on)),
    State("over", "Over", lambda on: Q(ended_at=None, expires_on__lt=on)),
    State("ended", "Ended by somebody", lambda _: Q(ended_at__isnull=False)),
)


def _mine(user: Any) -> QuerySet[HoldOverride]:
    return access.hold_overrides_for(user).select_related("household", "made_by")


def _cells(one: HoldOverride, on: date) -> tuple[Shown, ...]:
    stands = one.ended_at is None and one.expires_on >= on
    change = reverse("rebalancing:hold_override_change", args=[one.public_id]) if stands else ""
    return (
        Shown(figures.day(one.expires_on), url=change),
        Shown(one.household.name, url=reverse("clients:household", args=[one.household.public_id])),
        Shown(overrides.CODES.get(one.code, one.code), note=one.sentence),
        Shown(one.reason),
        Shown(one.made_by.get_full_name(), note=f"on {figures.day(one.starts_on)}"),
        Shown("In force", tone="attention") if stands else Shown("Over", tone="plain", note=one.end_reason),
        Shown("End it", url=reverse("rebalancing:hold_override_end", args=[one.public_id]))
        if stands
        else Shown(""),
    )


def _exported(one: HoldOverride) -> tuple[Cell, ...]:
    return (
        one.household.name, one.household.code, one.code, one.sentence, one.reason, one.starts_on, one.expires_on,
        one.made_by.get_full_name(), one.ended_at, one.end_reason,
    )  # fmt: skip


OVERRIDES = RecordList(
    kind=Kind(
        name="hold-overrides",
        about=("hold_override_list", "hold-overrides"),
        filters=filters(
            STATES,
            household="household",
            code=django_filters.ChoiceFilter(choices=list(overrides.CODES.items()), label="What is set aside"),
        ),
        orderings={"expires_on": ("expires_on", "pk"), "household": ("household__name", "pk")},
        usual="-expires_on",
        searched=("household__name", "household__code", "reason"),
    ),
    title="Trading anyway",
    noun="decision",
    lead="Who decided to trade although a measured reason says to wait, for which household, and until when.",
    states=STATES,
    columns=(
        ("expires_on", "Until", False),
        ("household", "Household", False),
        ("code", "What is set aside", False),
        ("reason", "Why", False),
        ("by", "Decided by", False),
        ("standing", "State", False),
        ("doors", "Change", False),
    ),
    mine=_mine,
    cells=_cells,
    header=(
        "household", "code", "set_aside", "what_it_said", "reason", "starts_on", "expires_on", "decided_by", "ended_at",
        "end_reason",
    ),
    exported=_exported,
    empty="Nobody trades against a reason to wait",
    empty_body="It is decided on a household's page, for one reason and a few days.",
    more=("code",),
)  # fmt: skip
