"""What required distributions need: terms of a retirement account, and figures of a year, each made, corrected, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, access_facts
from clients.doors import accounts as account_doors
from clients.doors import looking_up
from clients.households import distribution_facts
from clients.households.distribution_facts import CONCERNED, OF_IRAS, Figure, Terms
from clients.models import Account, DistributionFigure, DistributionTerms, Household, Person
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import Refusal

TERMS, FIGURES = "Terms of required distributions", "Figures of required distributions"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "Facts of required distributions are entered by the household's advisor or the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
AMOUNT_MAX = Decimal(10) ** 10
Kind = DistributionFigure.Kind


def _source(**options: Any) -> forms.CharField:
    return forms.CharField(
        label="Where this is written",
        max_length=200,
        strip=True,
        help_text="Such as the custodian’s statement of December 31, or a letter.",
        error_messages={"required": "Say where this is written."},
        **options,
    )


class _Checked(DoorForm):
    """A form that is told what the verb would refuse before its check page."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                self.check()
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given

    def check(self) -> None:
        """Raise what the verb would raise."""


class _Terms(_Checked):
    inherited_from = forms.CharField(
        label="Inherited from", max_length=120, required=False, strip=True, help_text="Empty for an account of the owner’s own."
    )  # fmt: skip
    decedent_born_on = looking_up.day(label="Their birth date", required=False)
    died_on = looking_up.day(label="The day they died", required=False)
    beneficiary = forms.ChoiceField(
        label="Who inherited it",
        required=False,
        choices=[("", "Nobody died"), *DistributionTerms.Beneficiary.choices],
    )
    spouse_choice = forms.ChoiceField(
        label="What the spouse chose",
        required=False,
        choices=[("", "No spouse inherited"), *DistributionTerms.SpouseChoice.choices],
    )
    still_working = forms.BooleanField(
        label="The owner still works for the plan’s employer", required=False,
        help_text="Then the plan’s distributions wait until the year of retirement (IRC 401(a)(9)(C)).",
    )  # fmt: skip
    retired_on = looking_up.day(label="Retired from that employer on", required=False)
    owns_five_percent = forms.BooleanField(
        label="The owner has more than 5% of that employer", required=False, help_text="Then nothing waits."
    )
    source = _source()

    def terms(self) -> Terms:
        given = self.cleaned_data
        return Terms(**{one.name: given[one.name] for one in fields(Terms)})

    @property
    def account(self) -> Account:
        return self.subject if isinstance(self.subject, Account) else self.subject.account

    def check(self) -> None:
        distribution_facts.check_terms(self.account, self.terms(), on=self.on)


class RecordTerms(_Terms):
    def act(self, *, by: Actor, at: datetime) -> Done:
        row = distribution_facts.record_terms(
            self.subject, self.terms(), on=self.on, user_id=self.user.pk, by=by, at=at
        )
        return Done(
            "The terms are on record. Required distributions follow them from now on.", terms_page(row), row
        )


class CorrectTerms(_Terms):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {one.name: getattr(subject, one.name) for one in fields(Terms)}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = distribution_facts.correct_terms(
            self.subject, self.terms(), on=self.on, user_id=self.user.pk, by=by, at=at
        )
        return Done("The terms are corrected.", terms_page(row), row)


class RetractTerms(DoorForm):
    reason = looking_up.reason(missing="Say why they do not count.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = distribution_facts.retract_terms(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The terms are taken back.", terms_page(row), row)


class _Figure(_Checked):
    year = forms.IntegerField(
        label="Year of the distribution", min_value=2000, max_value=2200,
        help_text="A balance is that of December 31 before this year.",
    )  # fmt: skip
    amount = forms.DecimalField(
        label="Amount", required=False, min_value=Decimal(0), max_value=AMOUNT_MAX, decimal_places=2,
        help_text="In dollars, with what was withheld; for everything but a divisor.",
    )  # fmt: skip
    divisor = forms.DecimalField(
        label="Divisor", required=False, min_value=Decimal(1), max_value=Decimal("99.9"), decimal_places=1,
        help_text=(
            "From the Joint and Last Survivor Table (Publication 590-B, Table II) where the only beneficiary is a spouse "
            "more than ten years younger, or of the table that a spouse has elected."
        ),
    )  # fmt: skip
    taken_on = looking_up.day(label="Paid on", required=False, help_text="For what was taken or given only.")
    place = forms.CharField(
        label="The other firm",
        max_length=120,
        required=False,
        strip=True,
        help_text="For what lies elsewhere.",
    )
    plan = forms.ChoiceField(
        label="It counts with", required=False, choices=[("", "—"), *DistributionFigure.Plan.choices],
        help_text="For what lies elsewhere: IRAs count together, and so do 403(b) plans.",
    )  # fmt: skip
    source = _source()


class RecordFigure(_Figure):
    kind = forms.ChoiceField(label="Which figure", choices=Kind.choices)
    account = forms.ChoiceField(
        label="Account", required=False, help_text="Empty for what lies at another firm."
    )
    owner = forms.ChoiceField(label="Owner", required=False, help_text="For what lies at another firm.")

    field_order = (
        "kind",
        "account",
        "owner",
        "year",
        "amount",
        "divisor",
        "taken_on",
        "place",
        "plan",
        "source",
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"year": on.year}

    def offer(self) -> None:
        household: Household = self.subject
        self.order_fields(self.field_order)
        accounts = access.accounts_of_the_desk(self.user).filter(
            household=household, registration__in=sorted(CONCERNED)
        )
        self.accounts: dict[str, Account] = {
            one.public_id: one for one in accounts.select_related("owner__household").order_by("name", "pk")
        }
        people = household.people.filter(kind=Person.Kind.PERSON).order_by("pk")
        self.people: dict[str, Person] = {one.public_id: one for one in people}
        self._choices("account", {key: str(one) for key, one in self.accounts.items()})
        self._choices("owner", {key: str(one) for key, one in self.people.items()})

    def _choices(self, name: str, offered: Mapping[str, str]) -> None:
        self.fields[name].choices = [("", "—"), *offered.items()]  # type: ignore[attr-defined]

    def figure(self) -> Figure:
        given = self.cleaned_data
        account = self.accounts.get(given["account"])
        owner = account.owner if account else self.people.get(given["owner"])
        if owner is None:
            raise forms.ValidationError("Choose the account, or the owner of what lies at another firm.")
        return Figure(
            person=owner,
            account=account,
            **{
                name: given[name]
                for name in ("kind", "year", "amount", "divisor", "taken_on", "place", "plan", "source")
            },
        )

    def check(self) -> None:
        distribution_facts.check_figure(self.figure(), on=self.on)

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = distribution_facts.record_figure(self.figure(), on=self.on, user_id=self.user.pk, by=by, at=at)
        return Done("The figure is on record.", figure_page(row), row)


class CorrectFigure(_Figure):
    NAMES = ("year", "amount", "divisor", "taken_on", "place", "plan", "source")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {name: getattr(subject, name) for name in cls.NAMES}

    def offer(self) -> None:
        kind = self.subject.kind
        unused = {
            *(("amount",) if kind == Kind.DIVISOR else ("divisor",)),
            *(() if kind in DistributionFigure.ON_A_DAY else ("taken_on",)),
            *(() if kind in DistributionFigure.OUTSIDE else ("place", "plan")),
        }
        for name in unused:
            del self.fields[name]

    def figure(self) -> Figure:
        before, given = Figure.of(self.subject), self.cleaned_data
        changed = {name: given[name] for name in self.NAMES if name in given}
        return Figure(**{**{one.name: getattr(before, one.name) for one in fields(Figure)}, **changed})

    def check(self) -> None:
        distribution_facts.check_figure(self.figure(), on=self.on)

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = distribution_facts.correct_figure(
            self.subject, self.figure(), on=self.on, user_id=self.user.pk, by=by, at=at
        )
        return Done("The figure is corrected.", figure_page(row), row)


class RetractFigure(DoorForm):
    reason = looking_up.reason(missing="Say why it does not count.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = distribution_facts.retract_figure(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The figure is taken back.", figure_page(row), row)


def find_terms(user: Any, public_id: str) -> DistributionTerms:
    """Terms that this member of staff may see. Raises Http404."""
    found: DistributionTerms = get_object_or_404(
        access_facts.distribution_terms_for(user).select_related(
            "account__household", "account__owner", "entered_by"
        ),
        public_id=public_id,
    )
    return found


def find_figure(user: Any, public_id: str) -> DistributionFigure:
    """A figure that this member of staff may see. Raises Http404."""
    found: DistributionFigure = get_object_or_404(
        access_facts.distribution_figures_for(user).select_related(
            "person__household", "account__household", "account__owner", "entered_by"
        ),
        public_id=public_id,
    )
    return found


def terms_page(row: DistributionTerms) -> str:
    """The address of the terms' own page."""
    return reverse("clients:distribution_terms", args=[row.public_id])


def figure_page(row: DistributionFigure) -> str:
    """The address of the figure's own page."""
    return reverse("clients:distribution_figure", args=[row.public_id])


def back_to_terms(row: DistributionTerms) -> tuple[str, str]:
    """The terms' own page."""
    return str(row), terms_page(row)


def back_to_figure(row: DistributionFigure) -> tuple[str, str]:
    """The figure's own page."""
    return str(row), figure_page(row)


def no_terms_here(user: Any, account: Account) -> str | None:
    """Why no terms can be entered for an account."""
    if account.registration not in CONCERNED:
        return f"No distribution is ever required from a {account.get_registration_display()} account."
    if account.registration in OF_IRAS:
        return "An IRA of the owner’s own leaves nothing open. Correct its registration if it was inherited."
    if account.distribution_terms.filter(ended_at=None).exists():
        return "This account has such terms on record. Correct those."
    return None


def ended(user: Any, row: Any) -> str | None:
    """Why what has ended is not changed."""
    return "This was corrected or taken back already." if row.ended_at is not None else None


_BOTH: dict[str, Any] = {"namespace": "clients", "roles": ROLES, "refusal": REFUSAL}
_TERMS: dict[str, Any] = {**_BOTH, "noun": TERMS, "find": find_terms, "back": back_to_terms, "refuse": ended}
_FIGURE: dict[str, Any] = {
    **_BOTH,
    "noun": FIGURES,
    "find": find_figure,
    "back": back_to_figure,
    "refuse": ended,
}

DOORS = (
    FormDoor(
        name="distribution_terms_record", act=Act.CREATE, title="Say from whom it was inherited, or who still works",
        form=RecordTerms, button="Record it", path="accounts/<slug:public_id>/distribution-terms/",
        find=account_doors.find, back=account_doors.back, refuse=no_terms_here, noun=TERMS,
        actions=(Action.DISTRIBUTION_TERMS_RECORDED,), verbs=(distribution_facts.record_terms,), checked=True,
        file="sheet `distribution_terms`", **_BOTH,
    ),
    FormDoor(
        name="distribution_terms_correct", act=Act.EDIT, title="Correct the terms", form=CorrectTerms,
        button="Correct them", path="distribution-terms/<slug:public_id>/correct/",
        actions=(Action.DISTRIBUTION_TERMS_CHANGED,), verbs=(distribution_facts.correct_terms,), checked=True, **_TERMS,
    ),
    FormDoor(
        name="distribution_terms_retract", act=Act.RETIRE, title="Take the terms back", form=RetractTerms,
        button="Take them back", path="distribution-terms/<slug:public_id>/retract/",
        actions=(Action.DISTRIBUTION_TERMS_RETRACTED,), verbs=(distribution_facts.retract_terms,), **_TERMS,
    ),
    Door(
        noun=TERMS, act=Act.READ, title="Terms of required distributions", browser="clients:distribution_terms_list",
        api="api:distribution-terms-list", roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=TERMS, act=Act.HISTORY, title="An account’s terms and their history", browser="clients:distribution_terms",
        api="api:distribution-terms", roles=READERS, refusal=READERS_ONLY,
    ),
    FormDoor(
        name="distribution_figure_record", act=Act.CREATE, title="Record a balance, gift or payment",
        form=RecordFigure, button="Record it", path="households/<slug:public_id>/distribution-figure/",
        find=looking_up.household, back=looking_up.household_page, noun=FIGURES,
        actions=(Action.DISTRIBUTION_FIGURE_RECORDED,), verbs=(distribution_facts.record_figure,), checked=True,
        file="sheet `distribution_figures`", **_BOTH,
    ),
    FormDoor(
        name="distribution_figure_correct", act=Act.EDIT, title="Correct the figure", form=CorrectFigure,
        button="Correct it", path="distribution-figures/<slug:public_id>/correct/",
        actions=(Action.DISTRIBUTION_FIGURE_CHANGED,), verbs=(distribution_facts.correct_figure,), checked=True,
        **_FIGURE,
    ),
    FormDoor(
        name="distribution_figure_retract", act=Act.RETIRE, title="Take the figure back", form=RetractFigure,
        button="Take it back", path="distribution-figures/<slug:public_id>/retract/",
        actions=(Action.DISTRIBUTION_FIGURE_RETRACTED,), verbs=(distribution_facts.retract_figure,), **_FIGURE,
    ),
    Door(
        noun=FIGURES, act=Act.READ, title="Figures of required distributions",
        browser="clients:distribution_figure_list", api="api:distribution-figure-list", roles=READERS,
        refusal=READERS_ONLY,
    ),
    Door(
        noun=FIGURES, act=Act.HISTORY, title="A figure and its history", browser="clients:distribution_figure",
        api="api:distribution-figure", roles=READERS, refusal=READERS_ONLY,
    ),
)  # fmt: skip
