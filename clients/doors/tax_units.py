"""Tax units: who files a return together. Added, corrected, retired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients import access
from clients.doors import looking_up
from clients.doors.households import ADVISORS, READERS, READERS_ONLY, REFUSAL, not_advisor
from clients.doors.people import tab_of
from clients.households import tax_units
from clients.models import Household, Person, TaxUnit
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor

NOUN = "Tax units"


class _Filed(DoorForm):
    code = forms.SlugField(
        label="Code",
        max_length=32,
        help_text="Unique within the household; files may name it.",
        error_messages={"required": "Write a code, such as own or trust."},
    )
    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Write who files this return."}
    )
    filing_status = forms.ChoiceField(
        label="Filing status",
        choices=TaxUnit.FilingStatus.choices,
        help_text="At present. Each year's profile has its own.",
    )
    state = looking_up.state(required=False)
    members = forms.MultipleChoiceField(
        label="Members", required=False, widget=forms.CheckboxSelectMultiple, help_text="Who files it."
    )

    def household(self) -> Household:
        raise NotImplementedError

    def offer(self) -> None:
        self.people = {one.public_id: one for one in self.household().people.filter(left_on=None)}
        self.fields["members"].choices = [(key, str(one)) for key, one in self.people.items()]  # type: ignore[attr-defined]

    def clean_members(self) -> list[Person]:
        return [self.people[key] for key in self.cleaned_data["members"]]


class Add(_Filed):
    def household(self) -> Household:
        found: Household = self.subject
        return found

    def act(self, *, by: Actor, at: datetime) -> Done:
        unit = tax_units.add(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(
            f"{unit} is on record. Confirm its figures of this year next.", tab_of(self.subject), unit
        )


class Correct(_Filed):
    reason = looking_up.reason(missing="Say why it is corrected.")

    def household(self) -> Household:
        found: Household = self.subject.household
        return found

    @classmethod
    def now(cls, subject: TaxUnit, *, user: Any, on: date) -> Mapping[str, Any]:
        facts = {name: getattr(subject, name) for name in ("code", "name", "filing_status", "state")}
        return {**facts, "members": [one.public_id for one in subject.members.all()]}

    def act(self, *, by: Actor, at: datetime) -> Done:
        unit = tax_units.correct(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{unit} is corrected.", tab_of(unit.household), unit)


class Retire(DoorForm):
    last_tax_year = forms.IntegerField(
        label="Last tax year", min_value=2000, max_value=2100, help_text="The last year for which it files."
    )
    reason = looking_up.reason(missing="Say why it files no longer.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        unit = tax_units.retire(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{unit} files for {unit.last_tax_year} last.", tab_of(unit.household), unit)


def find(user: Any, public_id: str) -> TaxUnit:
    """A tax unit of a household that this member of staff may see. Raises Http404."""
    found: TaxUnit = get_object_or_404(access.tax_units_for(user), public_id=public_id)
    return found


def not_advisor_of(user: Any, unit: TaxUnit) -> str | None:
    """Why this person may not change a unit's facts, or None."""
    return not_advisor(user, unit.household)


def back(unit: TaxUnit) -> tuple[str, str]:
    """The label and address of the tab that shows a unit."""
    return str(unit.household), tab_of(unit.household)


COMMON: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ADVISORS, "refusal": REFUSAL}
ADD = FormDoor(
    name="tax_unit_add",
    act=Act.CREATE,
    title="Add a tax unit",
    path="households/<slug:public_id>/tax-units/add/",
    form=Add,
    find=looking_up.household,
    refuse=not_advisor,
    back=lambda household: (str(household), tab_of(household)),
    actions=(Action.TAX_UNIT_ADDED, Action.ACCOUNT_CHANGED),
    verbs=(tax_units.add,),
    **COMMON,
)
CORRECT = FormDoor(
    name="tax_unit_correct",
    act=Act.EDIT,
    title="Correct a tax unit",
    path="tax-units/<slug:public_id>/correct/",
    form=Correct,
    find=find,
    refuse=not_advisor_of,
    back=back,
    actions=(Action.TAX_UNIT_CHANGED, Action.ACCOUNT_CHANGED),
    verbs=(tax_units.correct,),
    checked=True,
    **COMMON,
)
RETIRE = FormDoor(
    name="tax_unit_retire",
    act=Act.RETIRE,
    title="Retire a tax unit",
    path="tax-units/<slug:public_id>/retire/",
    form=Retire,
    find=find,
    refuse=not_advisor_of,
    back=back,
    actions=(Action.TAX_UNIT_RETIRED,),
    verbs=(tax_units.retire,),
    checked=True,
    **COMMON,
)
DOORS: tuple[Door | NoDoor, ...] = (
    ADD,
    CORRECT,
    RETIRE,
    *(
        Door(
            noun=NOUN,
            act=act,
            title=title,
            roles=READERS,
            refusal=READERS_ONLY,
            browser="clients:household",
            api=api,
        )
        for act, title, api in (
            (Act.READ, "Tax units of a household", "api:household"),
            (Act.HISTORY, "History of a tax unit", "api:event-list"),
        )
    ),
)
