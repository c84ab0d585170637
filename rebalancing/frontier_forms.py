"""What somebody types on the page of a frontier: which plan to look at, and why it should be used."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from rebalancing.models import FrontierPlan
from rebalancing.pages.proposal import frontier as frontier_page
from rebalancing.shaping_forms import DOLLARS_MAX


class Look(forms.Form):
    """Which plan: its number (the slider), the most tax, or a named one (a button); the first one that is said counts."""

    preset = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    tax = forms.DecimalField(
        label="Estimated tax at most",
        required=False,
        min_value=-DOLLARS_MAX,
        max_value=DOLLARS_MAX,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="In dollars. Shows the plan nearest to target that adds no more.",
        error_messages={"invalid": "Enter an amount in dollars, for example 4200."},
    )
    plan = forms.IntegerField(
        required=False,
        error_messages={"invalid": "Plans have numbers. Move the slider, or choose one below."},
    )

    def __init__(self, data: Any, *, plans: Sequence[FrontierPlan]) -> None:
        super().__init__(data)
        self.plans = plans
        self.here: FrontierPlan | None = None

    def clean_preset(self) -> str:
        asked: str = self.cleaned_data["preset"]
        if not asked:
            return ""
        self.here = next(
            (one for one in self.plans if any(frontier_page.code_of(way) == asked for way in one.ways)),
            None,
        )
        if self.here is None:
            raise forms.ValidationError("There is no such plan here. Choose one of the buttons.")
        return asked

    def clean_tax(self) -> Decimal | None:
        most: Decimal | None = self.cleaned_data["tax"]
        if most is None or self.here is not None or not self.plans:
            return most
        self.here = frontier_page.within_tax(self.plans, most)
        if self.here is None:
            least = min(one.tax for one in self.plans)
            raise forms.ValidationError(
                f"Every plan adds more than that. The least is ${least:,.2f}.".replace("$-", "−$")
            )
        return most

    def clean_plan(self) -> int | None:
        number: int | None = self.cleaned_data["plan"]
        if number is None or self.here is not None:
            return number
        self.here = next((one for one in self.plans if one.position == number), None)
        if self.here is None:
            raise forms.ValidationError(f"The plans are numbered 1 to {len(self.plans)}.")
        return number


class Take(forms.Form):
    """A plan that is to become a revision, bound to what was looked at."""

    way = forms.CharField(max_length=40, widget=forms.HiddenInput(attrs={"id": False}))
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput(attrs={"id": False}))
    revision = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": False}))
    why = forms.CharField(
        max_length=300,
        label="Why",
        help_text="The reviewer reads this with the new revision.",
        error_messages={"required": "Say why the plan should change; the reviewer reads it."},
    )
