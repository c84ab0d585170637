"""Checking what people type on a household's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from clients.households import holds
from clients.models import Account, CashFlow, Security

MONEY_MAX = Decimal(10) ** 10


class Search(forms.Form):
    """Part of a household's name or code. It is posted, so that no name appears in a URL."""

    text = forms.CharField(
        max_length=80, label="Name or code", error_messages={"required": "Type part of a name or a code."}
    )


class Hold(forms.Form):
    """A reason not to trade, with an end date."""

    place = forms.ChoiceField(label="What not to trade")
    reason = forms.CharField(max_length=300, error_messages={"required": "Give a reason for the hold."})
    expires_on = forms.DateField(
        label="Until",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=f"At most {HOLD_DAYS_MAX} days from today; it can be renewed.",
    )

    def __init__(
        self, *args: Any, accounts: Sequence[Account], securities: Sequence[Security], on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._on = on
        self._accounts = {f"account:{one.public_id}": one for one in accounts}
        self._securities = {f"security:{one.symbol}": one for one in securities}
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            ("household", "The whole household"),
            ("Accounts", [(key, str(one)) for key, one in self._accounts.items()]),
            ("Securities", [(key, one.symbol) for key, one in self._securities.items()]),
        ]

    def clean_expires_on(self) -> date:
        expires_on: date = self.cleaned_data["expires_on"]
        if expires_on < self._on:
            raise forms.ValidationError("The hold would already have ended. Choose a later day.")
        if expires_on - self._on > timedelta(days=HOLD_DAYS_MAX):
            latest = self._on + timedelta(days=HOLD_DAYS_MAX)
            raise forms.ValidationError(
                f"A hold lasts at most {HOLD_DAYS_MAX} days: until {latest:%m/%d/%Y}."
            )
        return expires_on

    def asked(self) -> dict[str, Any]:
        """The arguments of the verb."""
        place = self.cleaned_data["place"]
        return {
            "account": self._accounts.get(place),
            "security": self._securities.get(place),
            "reason": self.cleaned_data["reason"],
            "expires_on": self.cleaned_data["expires_on"],
        }


class CashNeed(forms.Form):
    """Money due into or out of an account on a day. The sign follows from the kind."""

    account = forms.ChoiceField(label="Account")
    kind = forms.ChoiceField(choices=CashFlow.Kind.choices, initial=CashFlow.Kind.WITHDRAWAL)
    amount = forms.DecimalField(
        label="Amount",
        min_value=Decimal("0.01"),
        max_value=MONEY_MAX,
        decimal_places=2,
        help_text="In dollars, for example 25000.",
        error_messages={"min_value": "The amount must be more than zero."},
    )
    due_on = forms.DateField(label="Due on", widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, accounts: Sequence[Account], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on = on
        self._accounts = {one.public_id: one for one in accounts}
        self.fields["account"].choices = [(key, str(one)) for key, one in self._accounts.items()]  # type: ignore[attr-defined]

    def clean_due_on(self) -> date:
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self._on:
            raise forms.ValidationError("This day has passed. Choose today or later.")
        return due_on

    def asked(self) -> dict[str, Any]:
        """The arguments of the verb: money that leaves the account is negative."""
        is_in = self.cleaned_data["kind"] == CashFlow.Kind.CONTRIBUTION
        amount = self.cleaned_data["amount"]
        return {
            "account": self._accounts[self.cleaned_data["account"]],
            "kind": self.cleaned_data["kind"],
            "amount": amount if is_in else -amount,
            "due_on": self.cleaned_data["due_on"],
            "note": self.cleaned_data["note"],
        }
