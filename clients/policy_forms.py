"""The policy editor's forms: terms, words, a row for each class and for each restriction. Weights are typed in percent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet

from clients.models import (
    Account,
    AssetClass,
    Household,
    ModelVersion,
    Policy,
    PolicyRestriction,
    PolicySection,
    PolicyTarget,
)
from clients.models.policy_documents import SECTION_MAX
from clients.policies import wording
from clients.policies.policies import Content
from clients.policies.restrictions import RestrictionSpec
from clients.policies.targets import TargetSpec

HUNDRED = Decimal(100)
ROWS_MAX = 40


IN_WORDS = "Printed and signed; nothing computes with it."


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


def _area(label: str, rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=SECTION_MAX,
        widget=forms.Textarea(attrs={"rows": rows}),
        **options,
    )


def _choice(label: str, choices: Any, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, **options)


def _dollars(label: str, **options: Any) -> Figure:
    return Figure(label=f"{label}, in dollars", max_digits=15, decimal_places=2, min_value=0, **options)


def _day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        **options,
    )


def _yes(label: str, **options: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, **options)


class Terms(forms.Form):
    """Everything about a version that is one figure, choice or text."""

    objectives = _area(wording.LABELS["objectives"], help_text="What the money is for.")
    risk = forms.CharField(
        label="Risk", required=False, max_length=200, help_text="A few words, such as Moderate."
    )
    loss_limit = Percent(
        label="Largest loss in a year the client can accept, in percent",
        required=False,
        help_text="The cap on stocks below is what limits trades.",
    )
    horizon_years = forms.IntegerField(label="Horizon in years", required=False, min_value=0, max_value=100)
    benchmark = forms.CharField(label="Benchmark", required=False, max_length=200)
    equity_cap = Percent(
        label="Most that may be in stocks, in percent", required=False, help_text="Looking through funds."
    )
    discretion = _choice("Discretion", Policy.Discretion.choices)
    model = forms.ChoiceField(label="Model portfolio", help_text="What is bought in each class.")
    follows = _choice(
        "What the policy names",
        [(value, f"{label}. {signed}") for value, (label, signed) in wording.FOLLOWS.items()],
        widget=forms.RadioSelect,
    )
    level = _choice("Measured", Policy.Level.choices)
    pooling_allowed = _yes("The owners agreed in writing that their accounts may be balanced together")
    look = _choice("Bands are looked at", Policy.Look.choices)
    calendar = _choice(
        "Rebalanced on a schedule too", [("", "No, by bands only"), *Policy.Look.choices], required=False
    )
    edge_is_breach = _yes("A weight exactly on the edge of its band is outside")
    band_preference = _choice(
        "Width of the bands",
        Policy.Preference.choices,
        help_text="Multiplies every band but cash and own edges.",
    )
    sheltered_band_share = Percent(
        label="Width where no account is taxable, in percent of the others",
        min_value=1,
        help_text="100: the same. Where nothing is taxed, a narrower band costs little.",
    )
    tracking_error_limit = Percent(
        label="Tracking error a year that calls for a proposal, in percent", required=False
    )
    destination_taxable = _choice("Traded back, where an account is taxable", Policy.Destination.choices)
    destination_sheltered = _choice("Traded back, where no account is taxable", Policy.Destination.choices)
    destination_additions = _choice(
        "Filled up, a class below its band",
        [("", "As far as one above it is trimmed"), *Policy.Destination.choices],
        required=False,
    )
    uses_cash_flows = _yes("New money and money due out rebalance first")
    harvests_losses = _yes("The client agreed to tax-loss harvesting")
    short_term_gains_allowed = _yes("Short-term gains may be realized")
    gain_budget = _dollars("Net realized gains a year", required=False, help_text="Empty: none agreed.")
    cash_reserve = _dollars("Kept in cash, outside the model")
    minimum_trade = _dollars("Smallest trade")
    tax_guidance = _area(
        wording.LABELS["tax_guidance"],
        help_text="The budget and the boxes above are what limits trades.",
    )
    text = _area("Anything else")
    starts_on = _day("Takes effect on", help_text="Empty: once everybody has signed.")
    reviewed_on = _day("Last reviewed with the client")
    next_review_on = _day("Next review")

    def __init__(self, *args: Any, models: Sequence[ModelVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._models = {one.pk: one for one in models}
        chosen: Any = self.fields["model"]
        chosen.choices = [(str(one.pk), str(one)) for one in models]
        for name in wording.PRINTED_ONLY:
            hint = self.fields[name].help_text
            self.fields[name].help_text = f"{hint} {IN_WORDS}".strip()

    def content(self) -> dict[str, Any]:
        """What was typed, by column; the model is chosen apart."""
        return {name: value for name, value in self.cleaned_data.items() if name != "model"}

    def chosen_model(self) -> ModelVersion:
        """The model portfolio that was chosen."""
        return self._models[int(self.cleaned_data["model"])]


class Words(forms.Form):
    """The sections of a policy in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in PolicySection.Code.choices:
            self.fields[code] = _area(label, rows=4)


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
    until_on = _day("Until")
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


class Editor:
    """The forms of the editor together."""

    def __init__(
        self,
        *,
        data: Any = None,
        initial: Content | None = None,
        models: Sequence[ModelVersion],
        classes: Sequence[AssetClass],
        accounts: Sequence[Account] = (),
    ) -> None:
        start = initial
        self.terms = Terms(data, initial=_terms(start), models=models, prefix="terms")
        self.words = Words(data, initial=dict(start.sections) if start else None, prefix="words")
        self.targets: BaseFormSet[Any] = TargetRows(
            data,
            initial=[_fields(one, TargetRow) for one in start.targets] if start else None,
            form_kwargs={"classes": classes},
            prefix="targets",
        )
        self.restrictions: BaseFormSet[Any] = RestrictionRows(
            data,
            initial=[_restriction(one) for one in start.restrictions] if start else None,
            form_kwargs={"accounts": accounts},
            prefix="restrictions",
        )

    def is_valid(self) -> bool:
        parts = (self.terms, self.words, self.targets, self.restrictions)
        # Each is asked, so that every fault is shown at once.
        answers = [part.is_valid() for part in parts]
        return all(answers)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Every fault with the id of the field that it stands at, for the summary on top."""
        found = []
        rows = [*self.targets.forms, *self.restrictions.forms]
        for form in (self.terms, self.words, *rows):
            for name, faults in form.errors.items():
                bound = form[name] if name in form.fields else None
                label = f"{bound.label}: " if bound is not None else ""
                found += [
                    (bound.id_for_label if bound is not None else "", f"{label}{one}") for one in faults
                ]
        for formset in (self.targets, self.restrictions):
            found += [("", str(one)) for one in formset.non_form_errors()]
        return found

    def content(self) -> Content:
        """What was typed, once every form is valid."""
        return Content(
            model=self.terms.chosen_model(),
            targets=tuple(self._specs(self.targets)),
            restrictions=tuple(self._specs(self.restrictions)),
            sections={code: text for code, text in self.words.cleaned_data.items() if text},
            terms=self.terms.content(),
        )

    def _specs(self, rows: BaseFormSet[Any]) -> list[Any]:
        kept = [form for form in rows.forms if not form.cleaned_data.get("DELETE")]
        return [spec for form in kept if form.cleaned_data and (spec := form.spec()) is not None]


def _terms(content: Content | None) -> dict[str, Any] | None:
    if content is None:
        return None
    defaults = {
        field.name: field.get_default() for field in Policy._meta.concrete_fields if field.has_default()
    }
    return {**defaults, **content.terms, "model": str(content.model.pk)}


def _fields(spec: TargetSpec, form: type[forms.Form]) -> Mapping[str, Any]:
    return {name: getattr(spec, name) for name in form.base_fields}


def _restriction(wish: RestrictionSpec) -> Mapping[str, Any]:
    values = dict(_fields_of_restriction(wish))
    values["account"] = wish.account.public_id if wish.account else ""
    return values


def _fields_of_restriction(wish: RestrictionSpec) -> Mapping[str, Any]:
    return {name: getattr(wish, name) for name in RestrictionRow.base_fields}


class TemplateName(forms.Form):
    name = forms.CharField(
        label="Name of the template",
        max_length=120,
        strip=True,
        error_messages={"required": "Give the template a name."},
    )


class PreviewHousehold(forms.Form):
    """The household that a template is shown for."""

    household = forms.ChoiceField(label="Show it for a household", required=False)

    def __init__(self, *args: Any, households: Sequence[Household], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["household"]
        chosen.choices = [("", "None"), *((one.public_id, str(one)) for one in households)]
        self._households = {one.public_id: one for one in households}

    def chosen(self) -> Household | None:
        """The household that was chosen; None for none and for one that this person may not see."""
        return self._households.get(self["household"].value() or "")
