"""Checking what people type on the list of households."""

from __future__ import annotations

from django import forms


class Search(forms.Form):
    """Part of a household's name or code. It is posted, so that no name appears in a URL."""

    text = forms.CharField(
        max_length=80, label="Name or code", error_messages={"required": "Type part of a name or a code."}
    )
