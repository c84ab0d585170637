"""What a form would change, in words and for the trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms

from compliance.clock import moment_text
from compliance.doors.door import DoorForm, raw


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its label, its value before and after in words. Before is empty where something is made.

    What follows from the fields has no name.
    """

    name: str
    label: str
    before: str
    after: str
    is_change: bool


def lines(form: DoorForm) -> list[Line]:
    """Every field of a valid form and what follows from it, as a check page and a second person see it."""
    found = []
    for bound in form:
        if bound.is_hidden and bound.name not in form.first:
            continue
        before = words(bound.field, form.initial.get(bound.name))
        after = words(bound.field, form.cleaned_data.get(bound.name))
        found.append(Line(bound.name, str(bound.label), before, after, before != after))
    return found + [Line("", label, before, after, is_change=True) for label, before, after in form.follows()]


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What differs between two states of a row, by column, as the trail keeps it."""
    return {
        name: {"before": raw(before.get(name)), "after": raw(value)}
        for name, value in after.items()
        if raw(before.get(name)) != raw(value)
    }


def words(field: forms.Field, value: Any) -> str:
    """A field's value as a person reads it; empty for nothing."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(field, forms.BooleanField) or isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return f"{value:%b} {value.day}, {value.year}"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, (list, tuple, set, frozenset)) and not isinstance(
        field, forms.ModelMultipleChoiceField
    ):
        return ", ".join(words(field, one) for one in value)
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(str(one) for one in value)
    return _choice(field, value) or str(value)


def _choice(field: forms.Field, value: Any) -> str:
    for key, label in getattr(field, "choices", None) or ():
        if isinstance(label, (list, tuple)):
            for inner, text in label:
                if str(inner) == str(raw(value)):
                    return str(text)
        elif str(key) == str(raw(value)):
            return str(label)
    return ""
