"""Forms of this floor's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

FILES_MAX = 20


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _Files(forms.FileField):
    """One or more files. Their content is checked later, so an empty file is valid here."""

    widget = _SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        given = data if isinstance(data, (list, tuple)) else [data]
        return [super(_Files, self).clean(one, initial) for one in given if one] or [
            super().clean(None, initial)
        ]


class Upload(forms.Form):
    """Files from a custodian, or the firm's own."""

    uploads = _Files(
        label="Custodian files",
        allow_empty_file=True,
        max_length=200,
        help_text="CSV, XML, OFX, QFX or a ZIP of CSV tables, up to 32 MB each. You can choose several.",
        error_messages={
            "required": "Select a file.",
            "missing": "Select a file.",
            "max_length": "The file's name must be 200 characters or fewer. Rename it and try again.",
        },
    )

    def clean_uploads(self) -> list[UploadedFile[bytes]]:
        files: list[UploadedFile[bytes]] = self.cleaned_data["uploads"]
        if len(files) > FILES_MAX:
            raise forms.ValidationError(f"Select up to {FILES_MAX} files at a time.")
        return files


class WorkbookUpload(forms.Form):
    """The firm's own workbook."""

    workbook = forms.FileField(
        label="Workbook",
        allow_empty_file=True,
        max_length=200,
        help_text="The template filled in (.xlsx), a ZIP of its sheets as CSV, or YAML for models and securities; up to 16 MB.",
        error_messages={
            "required": "Select a file.",
            "missing": "Select a file.",
            "max_length": "The file's name must be 200 characters or fewer. Rename it and try again.",
        },
    )


class SeenDigest(forms.Form):
    """Confirms exactly what was shown, by its digest."""

    seen = forms.RegexField(
        r"^[0-9a-f]{64}$", error_messages={"required": "Open the page again and confirm what it shows."}
    )


class Confirmation(forms.Form):
    """Confirms a file's questions: the digest of those that were shown."""

    confirm = forms.CharField(required=False, max_length=16)


class AccountSearch(forms.Form):
    """Part of a household's or account's name, an owner's name, or last digits. It is posted."""

    text = forms.CharField(
        max_length=80,
        label="Find another account",
        help_text="Part of a household, account or owner's name, or the last digits.",
        error_messages={"required": "Type part of a name or the last digits."},
    )


class EquityDecision(forms.Form):
    """Whether an asset class counts as stocks, and why."""

    is_equity = forms.TypedChoiceField(
        label="Counts as stocks",
        choices=(("", "Choose"), ("yes", "Yes"), ("no", "No")),
        coerce=lambda given: given == "yes",
        empty_value=None,
        error_messages={"required": "Say yes or no."},
    )
    reason = forms.CharField(
        max_length=500, strip=True, error_messages={"required": "Write the reason; it stays on record."}
    )


class PriceDecision(forms.Form):
    """Whether a disputed price is right. Nothing is preselected."""

    decision = forms.ChoiceField(
        label="Is this price right?",
        choices=(("accept", "Yes, use it"), ("reject", "No, leave it out")),
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the price is right."},
    )
    reason = forms.CharField(
        label="Where you verified it",
        max_length=300,
        error_messages={"required": "Say where you verified the price."},
    )

    def __init__(self, *args: Any, price_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.price_id = price_id
        self.auto_id = f"price-{price_id}-%s"


class SecuritySearch(forms.Form):
    """Part of a symbol, name or issuer."""

    text = forms.CharField(
        max_length=80,
        label="Symbol or name",
        error_messages={"required": "Type part of a symbol, name or issuer."},
    )


class ClientSignature(forms.Form):
    """A client's signature: the box, the name as it is on record, the password again where there is one."""

    seen = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    agree = forms.BooleanField(
        label="I have read this policy and agree to it",
        error_messages={"required": "Check the box to say that you agree."},
    )
    typed_name = forms.CharField(
        label="Your full name", max_length=160, error_messages={"required": "Type your name to sign."}
    )
    password = forms.CharField(
        label="Your password, once more",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password, so that nobody else signs for you."},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password.")
        return password
