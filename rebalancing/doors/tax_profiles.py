"""Yearly tax profiles: confirmed with last year's figures as a start, corrected with their history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.doors import looking_up, tax_units
from clients.doors.households import ADVISORS, READERS, READERS_ONLY, REFUSAL, not_advisor, not_after
from clients.doors.people import tab_of
from clients.households import filing, tax_profiles
from clients.models import TaxProfile, TaxUnit
from clients.models.columns import MONEY_MAX
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from rebalancing.portfolios import carryovers

NOUN = "Yearly tax profiles"
HUNDRED = Decimal(100)
PERCENTS = ("rate_short", "rate_long", "rate_investment", "state_rate")
COPIED = ("wages", "taxable_interest", "qualified_dividends", "other_income", "deduction", "gain_budget")
"""What last year's profile is a fair start for; gains, losses and distributions are each year's own."""


@dataclass(frozen=True, slots=True)
class UnitYear:
    """A tax unit and the year whose figures are confirmed."""

    unit: TaxUnit
    year: int

    def __str__(self) -> str:
        return f"{self.unit} {self.year}"


def _dollars(label: str, *, least: Decimal = Decimal(0), **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=least,
        max_value=MONEY_MAX,
        max_digits=18,
        decimal_places=2,
        **{"error_messages": {"required": "Write an amount in dollars; 0 for none."}, **options},
    )


def _percent(label: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_value=HUNDRED, decimal_places=4, **options)


class _Figures(DoorForm):
    filing_status = forms.ChoiceField(label="Filing status of the year", choices=TaxUnit.FilingStatus.choices)
    state = looking_up.state(required=False)
    wages = _dollars(
        "Wages", required=False, help_text="Needed for the full computation; empty with flat rates."
    )
    taxable_interest = _dollars("Taxable interest", required=False, help_text="Empty is none.")
    qualified_dividends = _dollars("Qualified dividends", required=False, help_text="Empty is none.")
    other_income = _dollars(
        "Other ordinary income", required=False, help_text="Pensions, IRA distributions. Empty is none."
    )
    deduction = _dollars("Itemized deductions", required=False, help_text="Empty is the standard deduction.")
    state_rate = _percent("State rate, %", help_text="Flat rate on net gains; 0 where there is none.")
    rate_short = _percent(
        "Flat federal rate, short-term, %",
        required=False,
        help_text="Instead of the income above: both flat rates, or neither.",
    )
    rate_long = _percent("Flat federal rate, long-term, %", required=False)
    rate_investment = _percent(
        "Net investment income tax on top of the flat rates, %",
        required=False,
        help_text="3.8 above the income limits of IRC 1411.",
    )
    short_term_carryover = _dollars("Short-term loss carried in", help_text="As a positive figure.")
    long_term_carryover = _dollars("Long-term loss carried in", help_text="As a positive figure.")
    short_term_before = _dollars(
        "Short-term gains realized before the record begins",
        least=-MONEY_MAX,
        help_text="A loss is negative.",
    )
    long_term_before = _dollars(
        "Long-term gains realized before the record begins", least=-MONEY_MAX, help_text="A loss is negative."
    )
    distributions_expected = _dollars(
        "Capital-gain distributions, received or expected", help_text="Long-term by law (IRC 852(b)(3)(B))."
    )
    gain_budget = _dollars(
        "Gain budget",
        required=False,
        help_text="Net realized gain allowed in the year; empty is none agreed.",
    )
    confirmed_on = looking_up.day(label="Confirmed with the client on")

    def clean_confirmed_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["confirmed_on"], "The day")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        is_flat = given["rate_short"] is not None or given["rate_long"] is not None
        if not is_flat and given["wages"] is None:
            self.add_error("wages", "Write the wages, 0 for none, or give flat rates.")
        return given

    def figures(self) -> dict[str, Any]:
        """What was typed as the verb takes it: rates as fractions of one, what may be left empty as zero."""
        given = {name: self.cleaned_data[name] for name in tax_profiles.FIGURES}
        for name in PERCENTS:
            given[name] = None if given[name] is None else given[name] / HUNDRED
        for name in ("wages", "taxable_interest", "qualified_dividends", "other_income", "rate_investment"):
            given[name] = given[name] or Decimal(0)
        return given


class Confirm(_Figures):
    def offer(self) -> None:
        subject: UnitYear = self.subject
        if filing.is_asked_for(subject.unit, subject.year):
            status: Any = self.fields["filing_status"]
            status.choices = [("", "Choose"), *status.choices]
            status.help_text = " ".join(
                filing.refusal(subject.unit, str(subject.unit.filing_status), subject.year) or ()
            )
            status.error_messages["required"] = "Say how they file for this year."
        carried = carryovers.into(subject.unit, subject.year, on=self.on)
        for name in ("short_term_carryover", "long_term_carryover"):
            self.fields[name].help_text = f"As a positive figure. {carried.sentence}"

    @classmethod
    def now(cls, subject: UnitYear, *, user: Any, on: date) -> Mapping[str, Any]:
        there = tax_profiles.of_year(subject.unit, subject.year)
        if there is not None:
            return {**values_of(there), "confirmed_on": on}
        last = tax_profiles.latest_before(subject.unit, subject.year)
        kept = values_of(last) if last is not None else {}
        zeros = dict.fromkeys(("short_term_before", "long_term_before", "distributions_expected"), Decimal(0))
        return {
            "filing_status": ""
            if filing.is_asked_for(subject.unit, subject.year)
            else subject.unit.filing_status,
            "state": subject.unit.state,
            "state_rate": Decimal(0),
            **{name: kept[name] for name in (*COPIED, *PERCENTS) if name in kept},
            **zeros,
            "confirmed_on": on,
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        subject: UnitYear = self.subject
        profile = tax_profiles.confirm(
            subject.unit,
            tax_year=subject.year,
            confirmed_on=self.cleaned_data["confirmed_on"],
            by=by,
            at=at,
            **self.figures(),
        )
        rest = tax_profiles.unconfirmed(access.tax_units_for(self.user), year=subject.year)
        url = f"{reverse('clients:tax_profile_list')}?year={subject.year}"
        return Done(
            f"The tax profile of {subject.unit} for {subject.year} is confirmed.",
            url if rest else tab_of(subject.unit.household),
            profile,
        )


class Correct(_Figures):
    reason = looking_up.reason(missing="Say why it is corrected.")

    @classmethod
    def now(cls, subject: TaxProfile, *, user: Any, on: date) -> Mapping[str, Any]:
        return {**values_of(subject), "confirmed_on": subject.confirmed_on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        profile = tax_profiles.confirm(
            self.subject.tax_unit,
            tax_year=self.subject.tax_year,
            confirmed_on=self.cleaned_data["confirmed_on"],
            reason=self.cleaned_data["reason"],
            by=by,
            at=at,
            **self.figures(),
        )
        return Done(
            "The profile is corrected; the previous figures stay in its history.",
            tab_of(profile.tax_unit.household),
            profile,
        )


def values_of(profile: TaxProfile) -> dict[str, Any]:
    """A profile's figures as the form shows them: rates in percent, unused income lines empty."""
    found = {name: getattr(profile, name) for name in tax_profiles.FIGURES}
    for name in PERCENTS:
        # Without the zeros of the column, which are more places than the form takes.
        found[name] = None if found[name] is None else (found[name] * HUNDRED).normalize()
    if profile.is_flat:
        found |= dict.fromkeys(tax_profiles.INCOME)
    else:
        found["rate_investment"] = None
    return found


def find_year(user: Any, public_id: str, year: int) -> UnitYear:
    """A unit that the person may see, with a year for which it can file. Raises Http404."""
    unit = tax_units.find(user, public_id)
    if not 2000 <= int(year) <= 2100:
        raise Http404
    return UnitYear(unit, int(year))


def find(user: Any, public_id: str) -> TaxProfile:
    """A profile of a household that this member of staff may see. Raises Http404."""
    found: TaxProfile = get_object_or_404(access.tax_profiles_for(user), public_id=public_id)
    return found


def _refuse_year(user: Any, subject: UnitYear) -> str | None:
    if not subject.unit.files_for(subject.year):
        return f"{subject.unit} files for {subject.unit.last_tax_year} last."
    there = tax_profiles.of_year(subject.unit, subject.year)
    if there is not None and there.confirmed_on is not None:
        return f"The profile of {subject.year} is confirmed. Correct it instead."
    return not_advisor(user, subject.unit.household)


COMMON: dict[str, Any] = {"namespace": "rebalancing", "noun": NOUN, "roles": ADVISORS, "refusal": REFUSAL}
CONFIRM = FormDoor(
    name="tax_profile_confirm",
    act=Act.CREATE,
    title="Confirm a year’s tax profile",
    path="tax-units/<slug:public_id>/profiles/<int:year>/confirm/",
    form=Confirm,
    find=find_year,
    refuse=_refuse_year,
    address=lambda subject: {"public_id": subject.unit.public_id, "year": subject.year},
    back=lambda subject: tax_units.back(subject.unit),
    lead="It starts with the income, rates and budget of the last year on record. Gains and losses are each year's own.",
    button="Check",
    actions=(Action.TAX_PROFILE_CONFIRMED,),
    verbs=(tax_profiles.confirm,),
    checked=True,
    **COMMON,
)
CORRECT = FormDoor(
    name="tax_profile_correct",
    act=Act.EDIT,
    title="Correct a tax profile",
    path="tax-profiles/<slug:public_id>/correct/",
    form=Correct,
    find=find,
    refuse=lambda user, profile: not_advisor(user, profile.tax_unit.household),
    back=lambda profile: tax_units.back(profile.tax_unit),
    actions=(Action.TAX_PROFILE_CORRECTED,),
    verbs=(tax_profiles.confirm,),
    checked=True,
    **COMMON,
)
DOORS: tuple[Door | NoDoor, ...] = (
    CONFIRM,
    CORRECT,
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Profiles not confirmed",
        roles=READERS,
        refusal=READERS_ONLY,
        browser="clients:tax_profile_list",
        api="api:tax-profile-waiting",
    ),
    NoDoor(
        NOUN,
        Act.RETIRE,
        "a year's figures stay; a wrong profile is corrected, and a unit that files no more retires",
    ),
    Door(
        noun=NOUN,
        act=Act.HISTORY,
        title="History of a tax profile",
        roles=READERS,
        refusal=READERS_ONLY,
        browser="clients:household",
        api="api:event-list",
    ),
)
