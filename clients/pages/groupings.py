"""The page of asset classes and wash-sale groups, with the history of decisions about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from clients import access
from clients.models import AssetClass, WashGroup
from clients.pages.security_page import EventRow, note_of
from compliance.models import AuditEvent

EVENTS_MAX = 50


@dataclass(frozen=True, slots=True)
class ClassRow:
    asset_class: AssetClass
    counts_as_stocks: str
    securities_count: int
    securities_url: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    group: WashGroup
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupingsPage:
    classes: tuple[ClassRow, ...]
    groups: tuple[GroupRow, ...]
    events: tuple[EventRow, ...]
    list_url: str


def classes_of(user: Any) -> QuerySet[AssetClass]:
    """The classes this person may read, with how many securities belong to each."""
    return (
        access.asset_classes_for(user)
        .annotate(securities_count=Count("class_weights"))
        .order_by("position", "code")
    )


def show(user: Any) -> GroupingsPage:
    """Every class and group, retired ones too."""
    decided = {True: "Yes", False: "No", None: "Not decided"}
    securities_url = reverse("clients:security_list")
    classes = list(classes_of(user))
    groups = list(access.wash_groups_for(user).prefetch_related("securities").order_by("code"))
    return GroupingsPage(
        classes=tuple(
            ClassRow(
                asset_class=one,
                counts_as_stocks=decided[one.is_equity],
                securities_count=getattr(one, "securities_count", 0),
                securities_url=f"{securities_url}?asset_class={one.code}",
            )
            for one in classes
        ),
        groups=tuple(GroupRow(one, tuple(str(each) for each in one.securities.all())) for one in groups),
        events=_events(),
        list_url=securities_url,
    )


def _events() -> tuple[EventRow, ...]:
    found = AuditEvent.objects.filter(about_kind__in=("assetclass", "washgroup")).order_by("-seq")
    return tuple(
        EventRow(
            one.occurred_at,
            f"{one.get_action_display()}: {one.about_id}",
            one.actor_label,
            note_of(one.facts),
        )
        for one in found[:EVENTS_MAX]
    )
