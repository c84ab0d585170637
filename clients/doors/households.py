"""Households: opened with their first people, corrected, confirmed and reopened.

Closing, merging and splitting concern orders and proposals too, so those doors are on the floor above.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.urls import reverse

from clients import access
from clients.doors import looking_up
from clients.households import households, opening
from clients.households.opening import FirstPerson
from clients.models import Household, TaxUnit
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Households"
ADVISORS = frozenset({Role.ADVISOR})
READERS = frozenset({Role.ADVISOR, Role.REVIEWER, Role.COMPLIANCE, Role.TRADER})
READERS_ONLY = "These pages are for the firm's desk."
REFUSAL = "Only the household's advisor can change its record."
CODE_HELP = "Short and for good: files name the household by it. Letters, digits and hyphens."


def code_field(**options: Any) -> forms.SlugField:
    """The firm's own short code of a household."""
    return forms.SlugField(
        label="Code",
        max_length=32,
        help_text=CODE_HELP,
        error_messages={
            "required": "Write a code, such as hart-2.",
            "invalid": "Write letters, digits and hyphens only.",
        },
        **options,
    )


def not_after(on: date, given: date | None, what: str) -> date | None:
    """A day up to today; raises the form's error for a later one."""
    if given is not None and given > on:
        raise forms.ValidationError(f"{what} is in the future. Choose today or an earlier day.")
    return given


class Open(DoorForm):
    code = code_field()
    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Write the name of the household."}
    )
    opened_on = looking_up.day(label="Client since")
    profile_confirmed_on = looking_up.day(
        label="Profile confirmed on",
        required=False,
        help_text="When objectives, horizon and risk were last confirmed with the client.",
    )
    given_name = forms.CharField(
        label="Given name", max_length=60, error_messages={"required": "Write the first person's given name."}
    )
    family_name = forms.CharField(
        label="Family name",
        max_length=120,
        error_messages={"required": "Write the first person's family name."},
    )
    born_on = looking_up.day(label="Born on", required=False, help_text="Stored encrypted.")
    tax_number = looking_up.tax_number(required=False)
    spouse_given_name = forms.CharField(label="Spouse’s given name", max_length=60, required=False)
    spouse_family_name = forms.CharField(label="Spouse’s family name", max_length=120, required=False)
    spouse_born_on = looking_up.day(label="Spouse born on", required=False, help_text="Stored encrypted.")
    spouse_tax_number = looking_up.tax_number(label="Spouse’s tax number", required=False)
    filing_status = forms.ChoiceField(
        label="Filing status",
        required=False,
        choices=[
            ("", "Decide later"),
            *(one for one in TaxUnit.FilingStatus.choices if one[0] != TaxUnit.FilingStatus.TRUST),
        ],
        help_text="One return is recorded with these people; trusts and children's returns are added later.",
    )
    state = looking_up.state(required=False)
    reviewer = forms.ChoiceField(
        label="Reviewer", required=False, help_text="Who decides about proposals. You are its advisor."
    )

    def offer(self) -> None:
        self.reviewers = {str(one.pk): one for one in people.holding(Role.REVIEWER) if one.pk != self.user.pk}
        self.fields["reviewer"].choices = [  # type: ignore[attr-defined]
            ("", "Decide later"),
            *((key, one.get_full_name()) for key, one in self.reviewers.items()),
        ]

    def clean_opened_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["opened_on"], "The day")

    def clean_profile_confirmed_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["profile_confirmed_on"], "The day")

    def clean_born_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["born_on"], "The day of birth")

    def clean_spouse_born_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["spouse_born_on"], "The day of birth")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        names = [given.get("spouse_given_name"), given.get("spouse_family_name")]
        others = [given.get("spouse_born_on"), given.get("spouse_tax_number")]
        if any((*names, *others)) and not all(names):
            self.add_error(
                "spouse_given_name", "Write the spouse's given and family name, or nothing about them."
            )
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        household = opening.open_with(
            FirstPerson(
                given_name=given["given_name"],
                family_name=given["family_name"],
                born_on=given["born_on"],
                tax_number=given["tax_number"] or None,
            ),
            FirstPerson(
                given_name=given["spouse_given_name"],
                family_name=given["spouse_family_name"],
                born_on=given["spouse_born_on"],
                tax_number=given["spouse_tax_number"] or None,
            )
            if given["spouse_given_name"]
            else None,
            code=given["code"],
            name=given["name"],
            opened_on=given["opened_on"],
            profile_confirmed_on=given["profile_confirmed_on"],
            filing_status=given["filing_status"],
            state=given["state"],
            advisor=get_user_model()._default_manager.get(pk=self.user.pk),
            reviewer=self.reviewers.get(given["reviewer"]),
            on=self.on,
            by=by,
            at=at,
        )
        return Done(
            f"{household} is on record. Its accounts and policy come next.", page_of(household), household
        )


class Correct(DoorForm):
    code = code_field()
    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Write the name of the household."}
    )
    opened_on = looking_up.day(label="Client since")
    reason = looking_up.reason(missing="Say why it is corrected.")

    @classmethod
    def now(cls, subject: Household, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"code": subject.code, "name": subject.name, "opened_on": subject.opened_on}

    def clean_opened_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["opened_on"], "The day")

    def act(self, *, by: Actor, at: datetime) -> Done:
        household = households.correct(self.subject, **self.cleaned_data, by=by, at=at)
        return Done("The household is corrected.", page_of(household), household)


class ConfirmProfile(DoorForm):
    confirmed_on = looking_up.day(
        label="Confirmed on", help_text="When objectives, horizon and risk were confirmed with the client."
    )

    @classmethod
    def now(cls, subject: Household, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"confirmed_on": subject.profile_confirmed_on}

    def clean_confirmed_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["confirmed_on"], "The day")

    def act(self, *, by: Actor, at: datetime) -> Done:
        household = households.confirm_profile(self.subject, **self.cleaned_data, by=by, at=at)
        return Done("The profile is confirmed.", page_of(household), household)


class Reopen(DoorForm):
    reason = looking_up.reason(missing="Say why it is reopened.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        advisor = get_user_model()._default_manager.get(pk=self.user.pk)
        household = households.reopen(
            self.subject, advisor=advisor, on=self.on, **self.cleaned_data, by=by, at=at
        )
        return Done(f"{household} is open again, in your book.", page_of(household), household)


def page_of(household: Household) -> str:
    """The address of a household's page."""
    return looking_up.household_page(household)[1]


def not_advisor(user: Any, household: Household) -> str | None:
    """Why this person may not change an open household's record, or None."""
    if sentence := looking_up.closed(user, household):
        return sentence
    return None if access.advises(user, household) else REFUSAL


def _not_closed(user: Any, household: Household) -> str | None:
    if household.merged_into is not None:
        return (
            f"{household} was merged into {household.merged_into}. Split its people off from there instead."
        )
    return None if household.closed_on is not None else f"{household} is not closed."


def find_closed(user: Any, public_id: str) -> Household:
    """A closed household that this person looked after at its end, or one they may see. Raises Http404."""
    closed = access.closed_households_for(user).filter(public_id=public_id).first()
    return closed or looking_up.household(user, public_id)


COMMON: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ADVISORS, "refusal": REFUSAL}
OF_ONE: dict[str, Any] = {
    **COMMON,
    "find": looking_up.household,
    "refuse": not_advisor,
    "back": looking_up.household_page,
}

OPEN = FormDoor(
    name="household_open",
    act=Act.CREATE,
    title="Open a household",
    path="households/open/",
    form=Open,
    lead="With its first people and the return they file. You become its advisor.",
    back=lambda _: ("Households", reverse("clients:household_list")),
    actions=(
        Action.HOUSEHOLD_ADDED,
        Action.PERSON_ADDED,
        Action.PEOPLE_MARRIED,
        Action.TAX_UNIT_ADDED,
        Action.ADVISOR_ASSIGNED,
    ),
    verbs=(opening.open_with,),
    checked=True,
    **{**COMMON, "refusal": "Only an advisor can open a household."},
)
CORRECT = FormDoor(
    name="household_correct",
    act=Act.EDIT,
    title="Rename or correct the household",
    path="households/<slug:public_id>/correct/",
    form=Correct,
    actions=(Action.HOUSEHOLD_CHANGED,),
    verbs=(households.correct,),
    checked=True,
    **OF_ONE,
)
CONFIRM_PROFILE = FormDoor(
    name="household_confirm_profile",
    act=Act.EDIT,
    title="Confirm the client’s profile",
    path="households/<slug:public_id>/confirm-profile/",
    form=ConfirmProfile,
    actions=(Action.HOUSEHOLD_CHANGED,),
    verbs=(households.confirm_profile,),
    **OF_ONE,
)
REOPEN = FormDoor(
    name="household_reopen",
    act=Act.CREATE,
    title="Reopen the household",
    path="households/<slug:public_id>/reopen/",
    form=Reopen,
    find=find_closed,
    refuse=_not_closed,
    back=looking_up.household_page,
    lead="It comes into your book. Its assignments, holds and cash needs stay ended.",
    actions=(Action.HOUSEHOLD_REOPENED, Action.ADVISOR_ASSIGNED),
    verbs=(households.reopen,),
    **{**COMMON, "refusal": "Only an advisor can reopen a household."},
)
DOORS: tuple[Door | NoDoor, ...] = (
    OPEN,
    CORRECT,
    CONFIRM_PROFILE,
    REOPEN,
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Households of your book",
        roles=READERS,
        refusal=READERS_ONLY,
        browser="clients:household_list",
        api="api:household-list",
    ),
    Door(
        noun=NOUN,
        act=Act.READ,
        title="One household",
        roles=READERS,
        refusal=READERS_ONLY,
        browser="clients:household",
        api="api:household",
    ),
    Door(
        noun=NOUN,
        act=Act.HISTORY,
        title="History of a household",
        roles=READERS,
        refusal=READERS_ONLY,
        browser="clients:household",
        api="api:event-list",
    ),
)
