"""Checking what people type on the list of households, and what they ask about a deposit or a withdrawal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django import forms


class Search(forms.Form):
    """Part of a household's name or code. It is posted, so that no name appears in a URL."""

    text = forms.CharField(
        max_length=80, label="Name or code", error_messages={"required": "Type part of a name or a code."}
    )


class WhatIf(forms.Form):
    """What a deposit or a withdrawal would do. Nothing is recorded, so it is asked in the address."""

    way = forms.ChoiceField(
        label="What happens",
        choices=(("deposit", "Money comes in"), ("withdrawal", "Money goes out")),
        required=False,
    )
    amount = forms.CharField(
        label="Amount",
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": "50,000"}),
        error_messages={"required": "Type an amount of dollars, such as 50,000."},
    )
    account = forms.ChoiceField(
        label="Account",
        error_messages={
            "required": "Choose an account.",
            "invalid_choice": "Choose one of the accounts that are traded.",
        },
    )

    def __init__(self, accounts: Sequence[tuple[str, str]], data: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        account = self.fields["account"]
        assert isinstance(account, forms.ChoiceField), "declared above"
        account.choices = list(accounts)

    def clean_amount(self) -> Decimal:
        """Dollars above zero: `50000`, `50,000.00` or `$50,000`."""
        text: str = self.cleaned_data["amount"].strip().removeprefix("$").replace(",", "")
        try:
            amount = Decimal(text)
        except InvalidOperation:
            raise forms.ValidationError("Type an amount of dollars, such as 50,000.") from None
        if not amount.is_finite() or not 0 < amount < 10**12:
            raise forms.ValidationError("Type an amount above zero and below a trillion dollars.")
        if amount != round(amount, 2):
            raise forms.ValidationError("Type dollars and cents, with two places at most.")
        return amount

    def signed_amount(self) -> Decimal:
        """Positive for money that comes in, negative for money that goes out."""
        amount: Decimal = self.cleaned_data["amount"]
        return -amount if self.cleaned_data["way"] == "withdrawal" else amount
