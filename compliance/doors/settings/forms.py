"""The forms: one for each group of settings, made of what the settings declare, and one that takes a change back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.urls import reverse

from compliance.digests.canonical import decimal_text
from compliance.doors.door import Done, DoorForm
from compliance.firm import catalog, firm_settings
from compliance.firm.firm_settings import REASON_MAX
from compliance.firm.setting import Group, Kind, Setting, read_bands
from compliance.models import SettingVersion
from compliance.people.actors import Actor
from compliance.refusals import BadInput

DIGITS_MAX = 20
PLACES = 4
"""Decimal places of what is typed as percent or as a plain number."""


class Figure(forms.DecimalField):
    """A number without the zeros that its typing leaves behind, so that 5.0 changes nothing of 5."""

    def to_python(self, value: Any) -> Any:
        number = super().to_python(value)
        if number is None or not Decimal(number).is_finite():
            return number
        # A number of so many digits is a mistake, and writing it out would take all memory.
        if not -DIGITS_MAX < Decimal(number).adjusted() < DIGITS_MAX:
            raise forms.ValidationError("This figure is out of range.")
        return Decimal(decimal_text(Decimal(number)))


class LongText(forms.CharField):
    """Several lines, which browsers end in two characters."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return "\n".join(text.split("\r\n")) if isinstance(text, str) else text


class Words(forms.CharField):
    """Short names separated by commas."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return ", ".join(part.strip().lower() for part in str(text or "").split(",") if part.strip())


class InOrder(forms.MultipleChoiceField):
    """Several choices, always in the order of the list."""

    def __init__(self, *, listed: tuple[tuple[str, str], ...], **options: Any) -> None:
        super().__init__(choices=listed, **options)
        self.places = {key: place for place, (key, _) in enumerate(listed)}

    def to_python(self, value: Any) -> list[str]:
        # What is not in the list goes last, and is refused.
        return sorted(super().to_python(value), key=lambda one: self.places.get(one, len(self.places)))


def field_name(setting: Setting[Any]) -> str:
    """A setting's name in its form and for programs."""
    return setting.code.partition(".")[2]


def field_of(setting: Setting[Any]) -> forms.Field:
    """The field in which a setting is typed."""
    label = {Kind.PERCENT: f"{setting.name} (%)", Kind.DOLLARS: f"{setting.name} ($)"}.get(
        setting.kind, f"{setting.name} ({setting.unit})" if setting.unit else setting.name
    )
    options: dict[str, Any] = {
        "label": label,
        "help_text": setting.help,
        "required": setting.required,
        "error_messages": {"required": f"{setting.name} cannot be left empty."},
    }
    text_max = int(setting.most) if setting.most is not None else None
    area = forms.Textarea(attrs={"rows": 4})
    match setting.kind:
        case Kind.WHOLE:
            return forms.IntegerField(**options)
        case Kind.DOLLARS:
            return Figure(decimal_places=2, **options)
        case Kind.PERCENT | Kind.NUMBER:
            return Figure(decimal_places=PLACES, **options)
        case Kind.YES_NO:
            return forms.BooleanField(**{**options, "required": False})
        case Kind.CHOICE:
            blank = [] if setting.required else [("", "None")]
            return forms.ChoiceField(choices=[*blank, *setting.choices], **options)
        case Kind.SEVERAL:
            return InOrder(listed=setting.choices, widget=forms.CheckboxSelectMultiple, **options)
        case Kind.LONG_TEXT:
            return LongText(max_length=text_max, widget=area, strip=True, **options)
        case Kind.BANDS:
            return LongText(max_length=4_000, widget=area, strip=True, **options)
        case Kind.TEXT:
            return forms.CharField(max_length=text_max, **options)
        case Kind.ORDER:
            return Words(max_length=1_000, **options)
        case Kind.MONTH_AND_DAY:
            return forms.CharField(max_length=5, **options)


def typed(setting: Setting[Any], value: Any) -> Any:
    """A setting's value as its field shows it."""
    match setting.kind:
        case Kind.PERCENT:
            return Decimal(decimal_text(value * 100))
        case Kind.DOLLARS | Kind.NUMBER:
            return Decimal(decimal_text(value))
        case Kind.ORDER:
            return ", ".join(value)
        case Kind.SEVERAL:
            return list(value)
        case Kind.MONTH_AND_DAY | Kind.BANDS:
            return setting.as_text(value)
        case _:
            return value


def value_of(setting: Setting[Any], given: Any) -> Any:
    """The value of what was typed. Raises `ValueError` with a sentence for what means nothing."""
    match setting.kind:
        case Kind.PERCENT if given is not None:
            return given / 100
        case Kind.ORDER:
            return tuple(given.split(", ")) if given else ()
        case Kind.SEVERAL:
            return tuple(given)
        case Kind.BANDS:
            return read_bands(given)
        case Kind.MONTH_AND_DAY:
            try:
                return setting.of_text(given)
            except ValueError:
                raise ValueError(f"{setting.name} is a month and a day, such as 12-31.") from None
        case _:
            return given


def _reason() -> forms.CharField:
    return forms.CharField(
        label="Reason",
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why the firm changes this. It stays on record.",
        error_messages={"required": "Give a reason; it stays on record."},
    )


def said(version: SettingVersion) -> Done:
    """What a person is told about an adopted version."""
    return Done(
        f"Version {version.number} of the firm's settings is adopted; it takes effect on "
        f"{version.effective_on:%b} {version.effective_on.day}, {version.effective_on.year}.",
        reverse("compliance:settings"),
        version,
    )


class Change(DoorForm):
    """What a change of one group's settings is made of; `of_group` makes the form of each."""

    group: ClassVar[Group]

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        present = firm_settings.in_force(on=on)
        return {field_name(one): typed(one, present.of(one)) for one in catalog.in_group(cls.group)}

    def offer(self) -> None:
        self.fields["effective_on"].initial = self.on

    def clean_effective_on(self) -> date:
        effective_on: date = self.cleaned_data["effective_on"]
        if effective_on < self.on:
            raise forms.ValidationError("This day has passed. Choose today or later.")
        return effective_on

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        values = self._values(given)
        if self.errors:
            return given
        try:
            firm_settings.checked(self.group, values, effective_on=given["effective_on"])
        except BadInput as refusal:
            fields = {one.code: field_name(one) for one in catalog.in_group(self.group)}
            for cause in refusal.causes:
                self.add_error(fields.get(cause.input), cause.sentence)
            if not refusal.causes:
                self.add_error(None, str(refusal))
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        version = firm_settings.adopt(
            self.group,
            self._values(given),
            effective_on=given["effective_on"],
            reason=given["reason"],
            asked_by=self.user,
            by=by,
            at=at,
        )
        return said(version)

    def _values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was changed, by code. A setting left as it is today may change on a later day; that is not undone."""
        found = {}
        for setting in catalog.in_group(self.group):
            name = field_name(setting)
            try:
                value = value_of(setting, given.get(name))
            except ValueError as wrong:
                self.add_error(name, str(wrong))
                continue
            if fault := setting.fault(value):
                self.add_error(name, fault)
            elif typed(setting, value) != self.initial[name]:
                found[setting.code] = value
        return found


def of_group(group: Group) -> type[Change]:
    """The form of one group."""
    fields: dict[str, Any] = {field_name(one): field_of(one) for one in catalog.in_group(group)}
    fields["effective_on"] = forms.DateField(
        label="Takes effect on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Today or later. If it is approved after that day, it takes effect on the day it is approved.",
    )
    fields["reason"] = _reason()
    return type(f"Change{group.name.title()}", (Change,), {"group": group, **fields})


class TakeBack(DoorForm):
    """A change that is adopted and not yet in effect is replaced by what would count without it."""

    reason = _reason()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.subject.effective_on <= self.on:
            self.add_error(None, "This change is in effect. Propose another one instead.")
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        version = firm_settings.take_back(
            self.subject, reason=self.cleaned_data["reason"], asked_by=self.user, by=by, at=at
        )
        return said(version)
