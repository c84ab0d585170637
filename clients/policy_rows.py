"""The rows of the policy editor, and its kinds of fields. Weights are typed in percent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField

from clients.models import Account, AssetClass, PolicyRestriction, PolicyTarget
from clients.models.policy_documents import SECTION_MAX
from clients.policies.restrictions import RestrictionSpec
from clients.policies.targets import TargetSpec

HUNDRED = Decimal(100)
ROWS_MAX = 40


class Percent(forms.DecimalField):
    """A fraction of one, typed and shown in percent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"max_digits": 8, "decimal_places": 4, "min_value": 0, "max_value": 100, **options}
        )

    def prepare_value(self, value: Any) -> Any:
        return _trimmed(value * HUNDRED) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        typed = super().clean(value)
        return None if typed is None else typed / HUNDRED


class Figure(forms.DecimalField):
    def prepare_value(self, value: Any) -> Any:
        return _trimmed(value) if isinstance(value, Decimal) else value


def _trimmed(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def area(label: str, rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=SECTION_MAX,
        widget=forms.Textarea(attrs={"rows": rows}),
        **options,
    )


def choice(label: str, choices: Any, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, **options)


def dollars(label: str, **options: Any) -> Figure:
    return Figure(label=f"{label}, in dollars", max_digits=15, decimal_places=2, min_value=0, **options)


def day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        **options,
    )


def yes(label: str, **options: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, **options)


class TargetRow(forms.Form):
    """A class's target and band. A row without a class is left out."""

    asset_class = forms.ChoiceField(label="Class", required=False)
    target = Percent(label="Target %", required=False)
    band = forms.ChoiceField(label="Band", choices=PolicyTarget.BandKind.choices, required=False)
    points = Percent(label="Points", required=False)
    share = Percent(label="% of target", required=False)
    multiple = Figure(
        label="Deviations", max_digits=6, decimal_places=3, min_value=0, max_value=10, required=False
    )
    risk = Percent(label="Risk %", required=False)
    lower = Percent(label="Low or minimum %", required=False)
    upper = Percent(label="High %", required=False)
    hard_lower = Percent(label="Never below %", required=False)
    hard_upper = Percent(label="Never above %", required=False)
    benchmark = forms.CharField(label="Benchmark", max_length=120, required=False)

    def __init__(self, *args: Any, classes: Sequence[AssetClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["asset_class"]
        chosen.choices = [("", "None"), *((one.code, one.name) for one in classes)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("asset_class") and given.get("target") is None and "target" not in self.errors:
            self.add_error("target", "Give the target; 0 for a class that is not wanted.")
        if not given.get("asset_class") and given.get("target") is not None:
            self.add_error("asset_class", "Choose the class of this target.")
        return given

    @property
    def usual(self) -> list[BoundField]:
        """The fields that most rows need, and the box that takes the row out."""
        names = ("asset_class", "target", "band", "points", "share", "DELETE")
        return [self[name] for name in names if name in self.fields]

    @property
    def further(self) -> list[BoundField]:
        """The fields of the other kinds of bands."""
        return [field for field in self if field.name not in {one.name for one in self.usual}]

    @property
    def says_further(self) -> bool:
        """Whether one of those is filled in or wrong."""
        return any(field.value() not in (None, "") or field.errors for field in self.further)

    def spec(self) -> TargetSpec | None:
        """The row as a target; None for an empty one."""
        given = dict(self.cleaned_data)
        if not given.get("asset_class"):
            return None
        given["band"] = given["band"] or PolicyTarget.BandKind.ABSOLUTE
        given.pop("DELETE", None)
        return TargetSpec(**given)


class RestrictionRow(forms.Form):
    """What the client forbids. A row without a kind is left out."""

    kind = forms.ChoiceField(
        label="Restriction", choices=[("", "None"), *PolicyRestriction.Kind.choices], required=False
    )
    symbol = forms.CharField(label="Symbol", max_length=24, required=False)
    issuer = forms.CharField(label="Issuer", max_length=120, required=False)
    sector = forms.CharField(label="Sector", max_length=60, required=False)
    account = forms.ChoiceField(label="Account", required=False)
    weight_cap = Percent(label="At most %", required=False)
    until_on = day("Until")
    reason = forms.CharField(label="Why", max_length=200, required=False)

    def __init__(self, *args: Any, accounts: Sequence[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._accounts = {one.public_id: one for one in accounts}
        chosen: Any = self.fields["account"]
        chosen.choices = [("", "Every account"), *((one.public_id, one.name) for one in accounts)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("kind"):
            if any(given.get(name) for name in ("symbol", "issuer", "sector", "reason")):
                self.add_error("kind", "Say what is restricted.")
            return given
        if not given.get("reason"):
            self.add_error("reason", "Write the client's reason.")
        if given["kind"] == PolicyRestriction.Kind.CAP and given.get("weight_cap") is None:
            self.add_error("weight_cap", "Give the most it may weigh.")
        if given["kind"] == PolicyRestriction.Kind.CAP and given.get("account"):
            self.add_error("account", "A cap counts for the whole household; leave the account empty.")
        if not any(given.get(name) for name in ("symbol", "issuer", "sector")):
            self.add_error("symbol", "Name a security, an issuer or a sector.")
        return given

    def spec(self) -> RestrictionSpec | None:
        """The row as a restriction; None for an empty one."""
        given = self.cleaned_data
        if not given.get("kind"):
            return None
        return RestrictionSpec(
            kind=given["kind"],
            reason=given["reason"],
            symbol=given["symbol"].upper(),
            issuer=given["issuer"],
            sector=given["sector"],
            account=self._accounts.get(given["account"]),
            weight_cap=given["weight_cap"] if given["kind"] == PolicyRestriction.Kind.CAP else None,
            until_on=given["until_on"],
        )


TargetRows = forms.formset_factory(
    TargetRow, extra=2, max_num=ROWS_MAX, absolute_max=ROWS_MAX, can_delete=True
)
RestrictionRows = forms.formset_factory(
    RestrictionRow, extra=1, max_num=ROWS_MAX, absolute_max=ROWS_MAX, can_delete=True
)
