"""The policy editor's forms: terms, words, and the rows of `policy_rows` together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.forms.formsets import BaseFormSet

from clients import policy_rows as rows
from clients.models import Account, AssetClass, Household, ModelVersion, Policy, PolicySection
from clients.policies import gaps, triggering, wording
from clients.policies.policies import Content
from clients.policies.restrictions import RestrictionSpec
from clients.policies.targets import TargetSpec

NEEDED = ("objectives", "risk", "horizon_years", "tax_guidance", "next_review_on")
"""Terms that a draft may leave out until it is submitted."""
IN_WORDS = "Printed and signed; nothing computes with it."


class Terms(forms.Form):
    """Everything about a version that is one figure, choice or text."""

    objectives = rows.area(wording.LABELS["objectives"], help_text="What the money is for.")
    risk = forms.CharField(
        label="Risk", required=False, max_length=200, help_text="A few words, such as Moderate."
    )
    loss_limit = rows.Percent(
        label="Largest loss in a year the client can accept, in percent",
        required=False,
        help_text="The cap on stocks below is what limits trades.",
    )
    horizon_years = forms.IntegerField(label="Horizon in years", required=False, min_value=0, max_value=100)
    benchmark = forms.CharField(label="Benchmark", required=False, max_length=200)
    equity_cap = rows.Percent(
        label="Most that may be in stocks, in percent", required=False, help_text="Looking through funds."
    )
    discretion = rows.choice("Discretion", Policy.Discretion.choices)
    model = forms.ChoiceField(label="Model portfolio", help_text="What is bought in each class.")
    follows = rows.choice(
        "What the policy names",
        [(value, f"{label}. {signed}") for value, (label, signed) in wording.FOLLOWS.items()],
        widget=forms.RadioSelect,
    )
    level = rows.choice("Measured", Policy.Level.choices)
    pooling_allowed = rows.yes("The owners agreed in writing that their accounts may be balanced together")
    manner = rows.choice(
        "How we decide when to trade",
        triggering.MANNERS,
        required=False,
        widget=forms.RadioSelect,
        help_text="A usual combination sets the two fields below; each is explained where it is chosen.",
    )
    look = rows.choice("Bands are looked at", Policy.Look.choices)
    calendar = rows.choice(
        "Rebalanced on a schedule too", [("", "No, by bands only"), *Policy.Look.choices], required=False
    )
    due_session = forms.IntegerField(
        label="Market day on which a period begins",
        required=False,
        min_value=1,
        max_value=Policy.DUE_SESSION_MAX,
        help_text="1: the first of its month. A later one keeps away from the turn of the month, when many trade the same way. Empty: 1.",
    )
    due_day = forms.IntegerField(
        label="Day of the month on which a period begins",
        required=False,
        min_value=1,
        max_value=Policy.DUE_DAY_MAX,
        help_text="Instead of the market day above; a holiday moves to the next market day. An anniversary keeps its own day.",
    )
    soft_breach = rows.choice(
        "A class outside its band, and inside its hard range",
        Policy.SoftBreach.choices,
        required=False,
        help_text="The hard range is that of “Never below” and “Never above” beside the targets.",
    )
    sleeve_bands = rows.yes("The parts of a class have bands too, in proportion to the class's")
    on_fall = rows.choice(
        "After a sharp fall of the market, between two looks",
        [("", "No look"), *Policy.OnFall.choices],
        required=False,
        help_text="The firm's settings say which security stands for the market, and which fall is sharp.",
    )
    fall_classes = forms.MultipleChoiceField(
        label="Classes looked at after a fall", required=False, widget=forms.CheckboxSelectMultiple
    )
    edge_is_breach = rows.yes("A weight exactly on the edge of its band is outside")
    band_preference = rows.choice(
        "Width of the bands",
        Policy.Preference.choices,
        help_text="Multiplies every band but cash and own edges.",
    )
    sheltered_band_share = rows.Percent(
        label="Width where no account is taxable, in percent of the others",
        min_value=1,
        help_text="100: the same. Where nothing is taxed, a narrower band costs little.",
    )
    tracking_error_limit = rows.Percent(
        label="Tracking error a year that calls for a proposal, in percent", required=False
    )
    destination_taxable = rows.choice("Traded back, where an account is taxable", Policy.Destination.choices)
    destination_sheltered = rows.choice(
        "Traded back, where no account is taxable", Policy.Destination.choices
    )
    destination_additions = rows.choice(
        "Filled up, a class below its band",
        [("", "As far as one above it is trimmed"), *Policy.Destination.choices],
        required=False,
    )
    uses_cash_flows = rows.yes("New money and money due out rebalance first")
    harvests_losses = rows.yes("The client agreed to tax-loss harvesting")
    harvest_rebalances = rows.yes("A proposal for losses alone may also rebalance")
    short_term_gains_allowed = rows.yes("Short-term gains may be realized")
    gain_budget = rows.dollars("Net realized gains a year", required=False, help_text="Empty: none agreed.")
    cash_reserve = rows.dollars("Kept in cash, outside the model")
    minimum_trade = rows.dollars("Smallest trade")
    tax_guidance = rows.area(
        wording.LABELS["tax_guidance"],
        help_text="The budget and the boxes above are what limits trades.",
    )
    text = rows.area("Anything else")
    starts_on = rows.day("Takes effect on", help_text="Empty: once everybody has signed.")
    reviewed_on = rows.day("Last reviewed with the client")
    next_review_on = rows.day("Next review")

    def __init__(
        self,
        *args: Any,
        models: Sequence[ModelVersion],
        classes: Sequence[AssetClass] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        named: Any = self.fields["fall_classes"]
        named.choices = [(one.code, one.name) for one in classes]
        self._models = {one.pk: one for one in models}
        chosen: Any = self.fields["model"]
        chosen.choices = [(str(one.pk), str(one)) for one in models]
        for name in wording.PRINTED_ONLY:
            hint = self.fields[name].help_text
            self.fields[name].help_text = f"{hint} {IN_WORDS}".strip()
        for name in NEEDED:
            self.fields[name].asked_later = True  # type: ignore[attr-defined]

    def content(self) -> dict[str, Any]:
        """What was typed, by column; the model is chosen apart."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("model", "manner")}
        given["due_session"] = given["due_session"] or 1
        given["soft_breach"] = given["soft_breach"] or Policy.SoftBreach.AT_ONCE
        given["fall_classes"] = ",".join(given["fall_classes"])
        return given | triggering.of_manner(self.cleaned_data["manner"])

    def chosen_model(self) -> ModelVersion:
        """The model portfolio that was chosen."""
        return self._models[int(self.cleaned_data["model"])]


TERM_GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "goals",
        "Goals and risk",
        ("objectives", "risk", "loss_limit", "horizon_years", "benchmark", "equity_cap"),
    ),
    (
        "model",
        "Model, discretion and what is measured",
        ("model", "follows", "discretion", "level", "pooling_allowed"),
    ),
    (
        "looks",
        "When we look, and how wide the bands are",
        (
            "manner",
            "look",
            "calendar",
            "due_session",
            "due_day",
            "soft_breach",
            "sleeve_bands",
            "on_fall",
            "fall_classes",
            "edge_is_breach",
            "band_preference",
            "sheltered_band_share",
            "tracking_error_limit",
        ),
    ),
    (
        "trades",
        "How far we trade, and cash",
        (
            "destination_taxable",
            "destination_sheltered",
            "destination_additions",
            "uses_cash_flows",
            "cash_reserve",
            "minimum_trade",
        ),
    ),
    (
        "taxes",
        "Taxes",
        (
            "harvests_losses",
            "harvest_rebalances",
            "short_term_gains_allowed",
            "gain_budget",
            "tax_guidance",
        ),
    ),
    ("days", "Days, and anything else", ("starts_on", "reviewed_on", "next_review_on", "text")),
)
"""The terms as the editor folds them: the place of each group, its title, its fields."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A part of the editor that opens and closes; it is open where something in it is wrong."""

    place: str
    title: str
    fields: tuple[BoundField, ...]
    is_open: bool
    note: str = ""


class Words(forms.Form):
    """The sections of a policy in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in PolicySection.Code.choices:
            self.fields[code] = rows.area(label, rows=4)
            self.fields[code].asked_later = code not in gaps.OPTIONAL  # type: ignore[attr-defined]


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
        self.terms = Terms(data, initial=_terms(start), models=models, classes=classes, prefix="terms")
        self.words = Words(data, initial=dict(start.sections) if start else None, prefix="words")
        self.targets: BaseFormSet[Any] = rows.TargetRows(
            data,
            initial=[_fields(one, rows.TargetRow) for one in start.targets] if start else None,
            form_kwargs={"classes": classes},
            prefix="targets",
        )
        self.restrictions: BaseFormSet[Any] = rows.RestrictionRows(
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
    def folds(self) -> list[Fold]:
        """The words and the groups of terms."""
        words = tuple(self.words)
        written = sum(1 for one in words if one.value())
        return [
            Fold("words", "In words", words, bool(self.words.errors), f"{written} of {len(words)} written"),
            *(
                Fold(
                    place,
                    title,
                    tuple(self.terms[name] for name in names),
                    any(n in self.terms.errors for n in names),
                )
                for place, title, names in TERM_GROUPS
            ),
        ]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Every fault with the id of the field that it stands at, for the summary on top."""
        found = []
        lines = [*self.targets.forms, *self.restrictions.forms]
        for form in (self.terms, self.words, *lines):
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

    def _specs(self, formset: BaseFormSet[Any]) -> list[Any]:
        kept = [form for form in formset.forms if not form.cleaned_data.get("DELETE")]
        return [spec for form in kept if form.cleaned_data and (spec := form.spec()) is not None]


def _terms(content: Content | None) -> dict[str, Any] | None:
    if content is None:
        return None
    defaults = {
        field.name: field.get_default() for field in Policy._meta.concrete_fields if field.has_default()
    }
    terms = {**defaults, **content.terms}
    return {
        **terms,
        "model": str(content.model.pk),
        "manner": triggering.OWN,
        "fall_classes": triggering.codes(terms.get("fall_classes")),
    }


def _fields(spec: TargetSpec, form: type[forms.Form]) -> Mapping[str, Any]:
    return {name: getattr(spec, name) for name in form.base_fields}


def _restriction(wish: RestrictionSpec) -> Mapping[str, Any]:
    values = dict(_fields_of_restriction(wish))
    values["account"] = wish.account.public_id if wish.account else ""
    return values


def _fields_of_restriction(wish: RestrictionSpec) -> Mapping[str, Any]:
    return {name: getattr(wish, name) for name in rows.RestrictionRow.base_fields}


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
