"""The list of audit events: what it can be asked on its page and through the API."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import QuerySet

from compliance.actions import Action
from compliance.clock import EASTERN
from compliance.lists.asked import Kind
from compliance.models import AuditEvent

OPAQUE = RegexValidator(
    r"^[A-Za-z0-9_:.+-]*$", "Only ids are looked for here, and they have no spaces or signs."
)
ID = {"validators": [OPAQUE], "max_length": 64}
DAY = forms.DateInput(attrs={"type": "date"})


class EventFilters(django_filters.FilterSet):
    """For programs; `since` and `until` are moments, the second left out."""

    action = django_filters.ChoiceFilter(choices=Action.choices)
    about_kind = django_filters.CharFilter()
    about_id = django_filters.CharFilter()
    household = django_filters.CharFilter(field_name="household_ref")
    request_id = django_filters.CharFilter()
    since = django_filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="lt")


class _InOrder(forms.Form):
    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        since, until = chosen.get("since"), chosen.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first.")
        return chosen


class EventPageFilters(django_filters.FilterSet):
    """For the page: ids and choices only, because it all stands in the address; Eastern days, both included."""

    action = django_filters.ChoiceFilter(choices=Action.choices, empty_label="Everything")
    person = django_filters.CharFilter(field_name="person_ref", label="Person", **ID)
    about_kind = django_filters.CharFilter(label="Kind of thing", **ID)
    about_id = django_filters.CharFilter(label="Its id", **ID)
    household = django_filters.CharFilter(field_name="household_ref", label="Household id", **ID)
    request_id = django_filters.CharFilter(label="Request id", **ID)
    since = django_filters.DateFilter(label="From", method="from_day", widget=DAY)
    until = django_filters.DateFilter(label="To", method="to_day", widget=DAY)

    class Meta:
        form = _InOrder

    def from_day(self, rows: QuerySet[AuditEvent], name: str, day: date) -> QuerySet[AuditEvent]:
        return rows.filter(occurred_at__gte=datetime.combine(day, time(), EASTERN))

    def to_day(self, rows: QuerySet[AuditEvent], name: str, day: date) -> QuerySet[AuditEvent]:
        return rows.filter(occurred_at__lt=datetime.combine(day + timedelta(days=1), time(), EASTERN))


KIND = Kind(
    name="audit",
    about=("audit_list", "audit"),
    filters=EventPageFilters,
    orderings={"seq": ("seq",)},
    usual="-seq",
    first_down=frozenset({"seq"}),
    searched=("actor_label",),
)
HEADER = ("seq", "at", "action", "who", "roles", "about_kind", "about_id", "household", "request", "hash")
