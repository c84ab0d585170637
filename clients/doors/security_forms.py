"""What is typed about a security: its facts as fields, its classes as lines of code and percent."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from clients import access
from clients.models import AssetClass, Security
from clients.securities import security_facts
from compliance.doors.door import DoorForm

BPS, PERCENT = Decimal(10_000), Decimal(100)

# The fields that people type in another unit than the record keeps, and its factor.
SCALED = {
    "half_spread": BPS,
    "expense_ratio": PERCENT,
    "ordinary_yield": PERCENT,
    "qualified_yield": PERCENT,
    "exempt_yield": PERCENT,
    "realized_gain_yield": PERCENT,
}


def percent(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{label}, percent",
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=4,
        help_text=help_text,
    )


class SecurityForm(DoorForm):
    """The facts that compliance decides about a security."""

    name = forms.CharField(max_length=160, error_messages={"required": "Write the security's name."})
    kind = forms.ChoiceField(choices=Security.Kind.choices)
    cusip = forms.RegexField(
        r"^[0-9A-Z]{8}[0-9]$",
        label="CUSIP",
        required=False,
        error_messages={"invalid": "A CUSIP has nine letters and digits; the last is a digit."},
    )
    classes = forms.CharField(
        label="Asset classes",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One class a line by its code with its percent, such as “us_stock 60”. They add up to 100.",
    )
    issuer = forms.CharField(
        max_length=120, required=False, help_text="For limits on one issuer; leave empty for funds."
    )
    sector = forms.CharField(max_length=60, required=False)
    trading = forms.ChoiceField(label="Status", choices=Security.Trading.choices)
    product = forms.ChoiceField(
        choices=[("", "Nobody has said"), *Security.Product.choices],
        required=False,
        help_text="A complex product is bought only for clients for whom compliance approved it.",
    )
    half_spread = forms.DecimalField(
        label="Half of the usual bid-ask spread, basis points",
        required=False,
        min_value=0,
        max_value=10_000,
        decimal_places=2,
        help_text="Empty: the firm's assumption is used.",
    )
    daily_volume = forms.DecimalField(
        label="Shares traded on an average day",
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=0,
        help_text="For the limit on an order's share of a day's trading; while it is empty, each order is asked about.",
    )
    increment = forms.DecimalField(
        label="Smallest tradable quantity",
        min_value=Decimal("0.000001"),
        max_value=1_000,
        decimal_places=6,
        help_text="1 means whole shares.",
    )
    is_fractional = forms.BooleanField(label="Fractions of a share may be traded", required=False)
    settlement_days = forms.IntegerField(label="Settles in business days", min_value=0, max_value=10)
    expense_ratio = percent("Expense ratio")
    ordinary_yield = percent("Ordinary yield a year")
    qualified_yield = percent("Qualified dividend yield a year")
    exempt_yield = percent("Exempt yield a year")
    realized_gain_yield = percent("Realized gain distributions a year")
    is_collectible = forms.BooleanField(
        label="Collectible", required=False, help_text="Taxed at up to 28% (IRC 1(h)(4))."
    )
    wash_applies = forms.BooleanField(
        label="The wash-sale rule applies", required=False, help_text="Off for property that is no security."
    )
    reason = forms.CharField(
        label="Reason",
        max_length=300,
        help_text="Where the facts come from; it stays on record.",
        error_messages={"required": "Say where the facts come from."},
    )

    def clean_classes(self) -> str:
        text = self.cleaned_data["classes"]
        known = {one.code: one for one in access.asset_classes_for(self.user).filter(retired_on=None)}
        found: dict[AssetClass, Decimal] = {}
        for number, line in enumerate(text.replace(",", "\n").splitlines(), start=1):
            if not line.strip():
                continue
            code, _, figure = line.strip().partition(" ")
            if code not in known:
                codes = ", ".join(sorted(known))
                raise forms.ValidationError(
                    f"Line {number}: there is no class “{code[:24]}”. There are {codes}."
                )
            if known[code] in found:
                raise forms.ValidationError(f"Line {number}: {code} is named twice.")
            found[known[code]] = _share(figure, number)
        if found and (total := sum(found.values()) * PERCENT) != PERCENT:
            raise forms.ValidationError(f"The classes add up to {total.normalize():f} percent, not 100.")
        self.weights = found
        return lines_of(found)

    def facts(self) -> dict[str, Any]:
        """The columns as the record keeps them."""
        given = {name: self.cleaned_data[name] for name in security_facts.COLUMNS}
        for name, factor in SCALED.items():
            given[name] = None if given[name] is None else given[name] / factor
        return given


def present(security: Security) -> dict[str, Any]:
    """The present values in the units of the form."""
    values = {name: getattr(security, name) for name in security_facts.COLUMNS}
    for name, factor in SCALED.items():
        values[name] = None if values[name] is None else (values[name] * factor).normalize()
    if security.daily_volume is not None:
        values["daily_volume"] = security.daily_volume.to_integral_value()
    values["increment"] = security.increment.normalize()
    return {**values, "classes": lines_of(security_facts.weights_of(security))}


def lines_of(weights: security_facts.Weights) -> str:
    """The classes as the form shows them, one a line."""
    return security_facts.weights_text(weights).replace(", ", "\n")


def _share(figure: str, number: int) -> Decimal:
    try:
        percent = Decimal(figure.strip().removesuffix("%").strip())
    except InvalidOperation:
        raise forms.ValidationError(f"Line {number}: write the percent after the code, such as 60.") from None
    share = percent / PERCENT
    if not percent.is_finite() or not 0 < share <= 1:
        raise forms.ValidationError(f"Line {number}: a class weighs more than 0 and at most 100 percent.")
    if share != share.quantize(Decimal("0.000001")):
        raise forms.ValidationError(f"Line {number}: a percent has at most four decimals.")
    return share
