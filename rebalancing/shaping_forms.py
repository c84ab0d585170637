"""What an advisor types on the page that shapes a plan: the aim, and a line for each trade that is to be another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django import forms

from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.forms import drift_allowed
from rebalancing.proposals import ways
from rebalancing.proposals.wishes import WISHES_MAX, Unit, Wish, WishKind

BALANCE, LEAST_TAX, LEAST_DRIFT, ALONG = "default", "least_tax", "least_drift", "along"
KINDS = (
    ("", "Choose"),
    (WishKind.LEAVE, "Leave alone"),
    (WishKind.SELL, "Sell exactly"),
    (WishKind.BUY, "Buy exactly"),
    (WishKind.LOT, "Sell this lot"),
    (WishKind.SWAP, "Trade another security instead"),
    (WishKind.MOVE, "Trade it in another account"),
    (WishKind.SPLIT, "Split: this much now"),
)
DOLLARS_MAX = Decimal(10) ** 12
NAMES = ("kind", "account", "security", "amount", "unit", "instead", "to_account", "lot")


def _dollars(label: str, hint: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=-DOLLARS_MAX,
        max_value=DOLLARS_MAX,
        decimal_places=2,
        help_text=hint,
    )


class Aim(forms.Form):
    """What the plan looks for this time, and why."""

    aim = forms.ChoiceField(
        label="Look for",
        widget=forms.RadioSelect,
        initial=BALANCE,
        choices=[
            (BALANCE, "The best balance of drift, tax and cost"),
            (LEAST_TAX, "The least tax, with the drift allowed below"),
            (LEAST_DRIFT, "The least drift, within the gain or the tax below"),
        ],
    )
    drift_points = drift_allowed()
    gain_max = _dollars("Net gain at most", "In dollars, for the least drift. 0 takes no net gain.")
    tax_max = _dollars("Added tax at most", "In dollars this year, for the least drift.")
    why = forms.CharField(
        max_length=300,
        required=False,
        label="Why",
        help_text="The reviewer reads this with the new revision. Needed to keep the plan.",
    )

    def __init__(self, *args: Any, along: Objective | None = None, **kwargs: Any) -> None:
        """`along` is what a revision along the frontier looks for: it can be looked for again, and is chosen at first."""
        super().__init__(*args, **kwargs)
        self._along = along
        if along is not None:
            choices = list(self.fields["aim"].choices)  # type: ignore[attr-defined]
            told = (ALONG, "What this revision looks for: its plan of the frontier")
            self.fields["aim"].choices = [told, *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        if asked.get("aim") == LEAST_TAX and self._is_missing(asked, "drift_points"):
            self.add_error("drift_points", "Enter the allowed drift, for example 2.5.")
        if asked.get("aim") == LEAST_DRIFT and all(
            self._is_missing(asked, name) for name in ("gain_max", "tax_max")
        ):
            self.add_error("gain_max", "Enter the net gain or the added tax that is allowed; 0 takes none.")
        return asked

    def _is_missing(self, asked: Mapping[str, Any], name: str) -> bool:
        return asked.get(name) is None and name not in self.errors

    def objective(self) -> Objective | None:
        """The objective asked for; None is the firm's own."""
        asked = self.cleaned_data
        if asked["aim"] == LEAST_TAX:
            return Objective(mode=Mode.LEAST_TAX, drift_max=asked["drift_points"] / 100)
        if asked["aim"] == LEAST_DRIFT:
            return Objective(mode=Mode.LEAST_DRIFT, gain_max=asked["gain_max"], tax_max=asked["tax_max"])
        return self._along if asked["aim"] == ALONG else None


class Row(forms.Form):
    """One wish. Which fields it needs depends on its kind."""

    kind = forms.ChoiceField(label="What", choices=KINDS, required=False)
    account = forms.ChoiceField(label="Account", required=False)
    security = forms.CharField(label="Security", max_length=40, required=False)
    amount = forms.DecimalField(
        label="Amount", required=False, min_value=Decimal(0), max_value=DOLLARS_MAX, decimal_places=8
    )
    unit = forms.ChoiceField(
        label="In",
        choices=[
            (Unit.SHARES, "shares"),
            (Unit.DOLLARS, "dollars"),
            (Unit.PARTS, "equal parts (of a split)"),
        ],
        required=False,
    )
    instead = forms.CharField(label="Instead", max_length=40, required=False)
    to_account = forms.ChoiceField(label="Other account", required=False)
    lot = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, accounts: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("account", "to_account"):
            self.fields[name].choices = [("", "Choose"), *accounts]  # type: ignore[attr-defined]
        for name in ("security", "instead"):
            self.fields[name].widget.attrs.update(
                {"list": "securities", "autocomplete": "off", "spellcheck": "false"}
            )

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        kind = asked.get("kind")
        for name, needs in _NEEDED.items():
            if kind in needs and not asked.get(name) and name not in self.errors:
                self.add_error(name, _MISSING[name])
        return asked

    def wish(self) -> Wish | None:
        """The line as a wish; None for an empty one."""
        asked = self.cleaned_data
        if not asked.get("kind") or asked.get("DELETE"):
            return None
        return Wish(
            kind=WishKind(asked["kind"]),
            account=asked["account"],
            security=asked["security"].strip().upper(),
            lot=asked["lot"],
            amount=asked["amount"] or None,
            unit=Unit(asked["unit"] or Unit.SHARES),
            instead=asked["instead"].strip().upper(),
            to_account=asked["to_account"],
        )


_NEEDED = {
    "account": set(WishKind),
    "security": {WishKind.SELL, WishKind.BUY, WishKind.SWAP, WishKind.MOVE, WishKind.SPLIT},
    "amount": {WishKind.SELL, WishKind.BUY, WishKind.SPLIT},
    "instead": {WishKind.SWAP},
    "to_account": {WishKind.MOVE},
    "lot": {WishKind.LOT},
}
_MISSING = {
    "account": "Choose the account.",
    "security": "Enter the security's symbol.",
    "amount": "Enter how many shares or dollars.",
    "instead": "Enter the symbol of the other security.",
    "to_account": "Choose the other account.",
    "lot": "Choose the lot with the button beside it, in the list of trades and lots below.",
}

Rows = forms.formset_factory(Row, extra=1, max_num=WISHES_MAX, absolute_max=WISHES_MAX, can_delete=True)


class Shape:
    """The two forms of the page together: bound to `data`, or fresh from wishes and an objective."""

    def __init__(
        self,
        household: Household,
        *,
        data: Any = None,
        objective: Objective | None = None,
        wishes: Sequence[Wish] = (),
    ) -> None:
        accounts = [(one.id, one.name) for one in household.accounts]
        along = _along(household)
        self.aim = Aim(
            data, initial=_aim(objective) if along is None else {"aim": ALONG}, prefix="aim", along=along
        )
        self.rows: Any = Rows(
            data,
            initial=[asdict(wish) for wish in wishes],
            form_kwargs={"accounts": accounts},
            prefix="rows",
        )
        self.refused: tuple[str, str] | None = None

    @classmethod
    def again(cls, household: Household, data: Mapping[str, Any], *, added: str = "") -> Shape:
        """What was typed so far, unchecked, with a line more: a wish as its page's button says it."""
        made = cls(household)
        given = [_typed(data, number) for number in range(_count(data))]
        rows = [one for one in given if one["kind"] or one["account"] or one["security"]]
        if added and len(rows) < WISHES_MAX:
            rows.append(dict(zip(NAMES, added.split("|"), strict=False)))
        made.rows.initial = rows
        made.aim.initial = {
            name: data.get(f"aim-{name}", "") for name in made.aim.fields if f"aim-{name}" in data
        } or made.aim.initial
        return made

    def is_valid(self) -> bool:
        answers = [self.aim.is_valid(), self.rows.is_valid()]
        return all(answers)

    def wishes(self) -> list[Wish]:
        return [wish for wish in (row.wish() for row in self.rows.forms) if wish is not None]

    def refuse(self, number: int, sentence: str) -> None:
        """Tell what is wrong with a wish at its line."""
        filled = [row for row in self.rows.forms if row.wish() is not None]
        if 0 < number <= len(filled):
            filled[number - 1].add_error("kind", sentence)

    def ask_why(self) -> bool:
        """Whether the reason is there; without it nothing is kept."""
        if self.aim.cleaned_data.get("why"):
            return True
        self.aim.add_error("why", "Say why the plan should change; the reviewer reads it.")
        return False

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Every fault with the id of its field, for the summary on top."""
        found = [("", str(one)) for one in self.rows.non_form_errors()] if self.rows.is_bound else []
        for form in (self.aim, *self.rows.forms):
            if form.is_bound:
                found += [
                    (form[name].id_for_label if name != "__all__" else "", str(error))
                    for name, errors in form.errors.items()
                    for error in errors
                ]
        return found


def _count(data: Mapping[str, Any]) -> int:
    told = str(data.get("rows-TOTAL_FORMS", "0"))
    return min(int(told), WISHES_MAX) if told.isdigit() else 0


def _typed(data: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A line as it was typed; nothing of one that is to be removed."""
    if data.get(f"rows-{number}-DELETE"):
        return dict.fromkeys(NAMES, "")
    return {name: data.get(f"rows-{number}-{name}", "") for name in NAMES}


def _along(household: Household) -> Objective | None:
    """What a revision made from the frontier looks for; None for any other, whose aim can be typed."""
    asked = ways.objective_of(household)
    return asked if asked is not None and not asked.hold_below_bps else None


def _aim(objective: Objective | None) -> dict[str, Any]:
    """The aim of a stored revision, where a person can have asked for it."""
    if objective is not None and objective.mode is Mode.LEAST_TAX and objective.drift_max is not None:
        return {"aim": LEAST_TAX, "drift_points": (objective.drift_max * 100).normalize()}
    if objective is not None and objective.mode is Mode.LEAST_DRIFT:
        return {"aim": LEAST_DRIFT, "gain_max": objective.gain_max, "tax_max": objective.tax_max}
    return {"aim": BALANCE}
