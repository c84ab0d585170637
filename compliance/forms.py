"""Checking what people type on this floor's pages."""

from __future__ import annotations

from django import forms

from compliance.models import ListKind
from compliance.models.threads import TEXT_MAX


class Reason(forms.Form):
    """Why a request for changes is dismissed."""

    reason = forms.CharField(
        max_length=TEXT_MAX,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Give a reason; it stays on record."},
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
        required=False, label="No security on record has this issuer; list it anyway"
    )
