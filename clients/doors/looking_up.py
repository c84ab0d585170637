"""What the doors of this floor have in common: looking up their subjects, the day's input, and the way back."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.models import Household


def day(**options: Any) -> forms.DateField:
    """A day, typed or picked."""
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **options)


def reason(label: str = "Reason", *, missing: str, length: int = 200, **options: Any) -> forms.CharField:
    """Why something is done; it stays on record."""
    return forms.CharField(
        label=label,
        max_length=length,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": missing},
        **{"help_text": "It stays on record.", **options},
    )


def household(user: Any, public_id: str) -> Household:
    """A household in this member of staff's scope. Raises Http404."""
    if not access.is_staff(user):
        raise Http404
    found: Household = get_object_or_404(access.households_for(user), public_id=public_id)
    return found


def closed(user: Any, household: Household) -> str | None:
    """Why nothing new is entered for a household that is closed, or None for an open one."""
    if household.merged_into is not None:
        return f"{household} was merged into {household.merged_into}. Go on in that household."
    return f"{household} is closed. Reopen it before changing its record." if household.closed_on else None


def household_page(household: Household) -> tuple[str, str]:
    """The label and address of a household's page."""
    return household.name, reverse("clients:household", args=[household.public_id])


def tax_number(*, label: str = "Tax number", **options: Any) -> forms.RegexField:
    """A Social Security, taxpayer or employer identification number."""
    return forms.RegexField(
        r"^(\d{3}-\d{2}-\d{4}|\d{2}-\d{7}|\d{9})$",
        label=label,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"invalid": "Write nine digits, such as 900-00-0001."},
        **{"help_text": "SSN, ITIN or EIN; stored encrypted.", **options},
    )


def state(**options: Any) -> forms.RegexField:
    """A state of residence."""
    return forms.RegexField(
        r"^[A-Z]{2}$",
        label="State",
        max_length=2,
        help_text="Two capital letters, such as CO; empty for none.",
        error_messages={"invalid": "Write two capital letters, such as CO."},
        **options,
    )


class DigestInput(forms.FileInput):
    """A file that is not kept: what is typed is its SHA-256, which a program may send as text."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        upload = files.get(name) if files else None
        if upload is None:
            return data.get(name, "")
        digest = hashlib.sha256()
        for chunk in upload.chunks():
            digest.update(chunk)
        return digest.hexdigest()


def document() -> forms.CharField:
    """Where the paper behind a fact is kept."""
    return forms.CharField(label="Where the document is kept", max_length=200, required=False, strip=True)


def document_digest() -> forms.CharField:
    """The paper behind a fact, of which only the digest is kept."""
    return forms.CharField(
        label="The document",
        required=False,
        widget=DigestInput,
        help_text="Only its digest is kept (SHA-256).",
        validators=[RegexValidator(r"^[0-9a-f]{64}$", "A SHA-256 has 64 hexadecimal digits.")],
    )
