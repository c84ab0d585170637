"""Checking what people type on this floor's pages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms

from compliance.actions import Action
from compliance.clock import EASTERN
from compliance.models import ListKind
from compliance.models.threads import TEXT_MAX

OPAQUE = r"^[A-Za-z0-9_:.+-]*$"


class AuditFilter(forms.Form):
    """What to show of the trail. Only opaque ids and choices, because it all stands in the address."""

    action = forms.ChoiceField(required=False)
    person = forms.ChoiceField(required=False)
    about_kind = forms.RegexField(OPAQUE, required=False, max_length=64, label="Kind of thing")
    about_id = forms.RegexField(OPAQUE, required=False, max_length=64, label="Its id")
    household = forms.RegexField(OPAQUE, required=False, max_length=64, label="Household id")
    request_id = forms.RegexField(OPAQUE, required=False, max_length=64, label="Request id")
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", "Everything"), *Action.choices]  # type: ignore[attr-defined]
        self.fields["person"].choices = [("", "Anybody"), *people]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        since, until = chosen.get("since"), chosen.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first.")
        return chosen

    def lookups(self) -> dict[str, object]:
        """The chosen filters as the columns they stand for; days are Eastern days, both included."""
        chosen = self.cleaned_data
        columns = {
            "action": "action",
            "person": "person_ref",
            "about_kind": "about_kind",
            "about_id": "about_id",
            "household": "household_ref",
            "request_id": "request_id",
        }
        found: dict[str, object] = {
            column: chosen[name] for name, column in columns.items() if chosen.get(name)
        }
        if chosen.get("since"):
            found["occurred_at__gte"] = datetime.combine(chosen["since"], time(), EASTERN)
        if chosen.get("until"):
            found["occurred_at__lt"] = datetime.combine(chosen["until"] + timedelta(days=1), time(), EASTERN)
        return found


class Reason(forms.Form):
    """Why something is set aside."""

    reason = forms.CharField(
        max_length=TEXT_MAX,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write the reason; it stays on record."},
    )


class Restriction(forms.Form):
    """An issuer for the restricted or watch list."""

    issuer = forms.CharField(
        max_length=120,
        help_text="As the record names it; choose from the list.",
        widget=forms.TextInput(attrs={"list": "issuers-on-record", "autocomplete": "off"}),
        error_messages={"required": "Name the issuer."},
    )
    kind = forms.ChoiceField(choices=ListKind.choices, label="List")
    starts_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: until lifted.",
    )
    reason = forms.CharField(max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}))
    unmatched = forms.BooleanField(
        required=False, label="No security on record is issued by it; list it all the same"
    )
