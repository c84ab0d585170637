"""Two households become one, and one becomes two: asked for by the advisor, decided by a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Count

from clients import access
from clients.doors import looking_up
from clients.doors.households import ADVISORS, NOUN, REFUSAL, code_field, not_advisor, page_of
from clients.doors.people import tab_of
from clients.households import splitting as parting
from clients.households.splitting import Returns, joint_accounts
from clients.models import Household
from compliance.actions import Action
from compliance.clock import EASTERN
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from rebalancing.doors.households import listed
from rebalancing.households import merging, splitting
from rebalancing.households.merging import NextPolicy

POLICY_CHOICES = (
    (NextPolicy.KEEP, "The policy of the household that is kept stays, for all accounts"),
    (NextPolicy.DRAFT, "It stays, and a draft of its next version is begun from it"),
    (
        NextPolicy.THEIRS,
        "It stays, and a draft of its next version is begun from the other household’s policy",
    ),
)

APART = [("", "Not needed"), *((one.value, one.label) for one in parting.APART)]

RETURNS = ("going_status", "going_state", "staying_status", "last_joint_year")
"""What is asked only where several people file one return."""


class Merge(DoorForm):
    absorbed = forms.ChoiceField(
        label="Household that becomes part of this one",
        help_text="One of your book. A colleague’s is assigned to you first; an administrator does that.",
        error_messages={
            "required": "Choose a household.",
            "invalid_choice": "Choose a household of your book.",
        },
    )
    policy = forms.ChoiceField(
        label="Policy",
        choices=POLICY_CHOICES,
        widget=forms.RadioSelect,
        help_text="Signed targets and bands stay in force until the client signs others.",
        error_messages={"required": "Say what becomes of the policy."},
    )
    reason = looking_up.reason(missing="Say why the households are merged.")

    def offer(self) -> None:
        found = access.households_for(self.user, on=self.on).filter(
            pk__in=access.advised_by(self.user, on=self.on), closed_on=None
        )
        self.found = {
            one.public_id: one for one in found.exclude(pk=self.subject.pk).order_by("name", "code")
        }
        choices = [(key, f"{one.name} ({one.code})") for key, one in self.found.items()]
        self.fields["absorbed"].choices = [("", "Choose"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"absorbed", "policy"} <= set(given) and (causes := list(merging.obstacles(self.planned()))):
            self.add_error(None, listed(causes))
        return given

    def planned(self) -> merging.Planned:
        given = self.cleaned_data
        return merging.plan(
            self.subject, self.found[given["absorbed"]], next_policy=given["policy"], on=self.on
        )

    def follows(self) -> Sequence[tuple[str, str, str]]:
        return list(merging.lines(self.planned()))

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        kept = merging.merge(
            self.subject,
            self.found[given["absorbed"]],
            next_policy=given["policy"],
            reason=given["reason"],
            on=at.astimezone(EASTERN).date(),
            by=by,
            at=at,
        )
        return Done(f"The households are one: {kept}.", page_of(kept), kept)


class Split(DoorForm):
    code = code_field()
    name = forms.CharField(
        label="Name of the new household",
        max_length=120,
        error_messages={"required": "Write the name of the new household."},
    )
    people = forms.MultipleChoiceField(
        label="Who goes",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose who goes."},
    )
    joint = forms.MultipleChoiceField(
        label="Accounts of both sides that go along",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="The others stay until they are retitled. Accounts of one owner go with their owner.",
    )
    going_status = forms.ChoiceField(
        label="How those who go file from now on",
        choices=APART,
        required=False,
        help_text="Where they share a return with somebody who stays.",
    )
    going_state = looking_up.state(required=False)
    staying_status = forms.ChoiceField(
        label="How the former spouse who stays files from now on",
        choices=APART,
        required=False,
        help_text="Where the shared return is a joint one.",
    )
    last_joint_year = forms.IntegerField(
        label="Last year of the joint return",
        required=False,
        min_value=2000,
        max_value=2100,
        help_text="Who is divorced on December 31 does not file jointly for that year (IRC 7703(a)(1)).",
    )
    policy = forms.ChoiceField(
        label="Policy of the new household",
        choices=(
            ("none", "None yet: it is written with the client"),
            ("draft", "A draft that begins from the policy of this household"),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": "Say how the new household's policy begins."},
    )
    reason = looking_up.reason(missing="Say why the household is split.")

    def offer(self) -> None:
        self.fields["going_state"].label = "State of those who go"
        found = self.subject.people.filter(left_on=None).order_by("pk")
        self.members = {one.public_id: one for one in found}
        self.shared = {one.public_id: one for one in joint_accounts(self.subject)}
        offered: tuple[tuple[str, Mapping[str, object]], ...] = (
            ("people", self.members),
            ("joint", self.shared),
        )
        for name, rows in offered:
            self.fields[name].choices = [(key, str(one)) for key, one in rows.items()]  # type: ignore[attr-defined]
        # What cannot apply is not asked: no account of two owners, no return of several people.
        if not self.shared:
            del self.fields["joint"]
        units = self.subject.tax_units.filter(last_tax_year=None).annotate(filers=Count("members"))
        if not units.filter(filers__gt=1).exists():
            for name in RETURNS:
                del self.fields[name]

    @classmethod
    def now(cls, subject: Household, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"last_joint_year": on.year - 1}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and (causes := list(splitting.obstacles(self.planned()))):
            self.add_error(None, listed(causes))
        return given

    def planned(self) -> splitting.Planned:
        given = self.cleaned_data
        return splitting.plan(
            self.subject,
            code=given["code"],
            name=given["name"],
            people=[self.members[key] for key in given["people"]],
            joint=[self.shared[key] for key in given.get("joint", ())],
            returns=Returns(
                going=given.get("going_status", ""),
                staying=given.get("staying_status", ""),
                state=given.get("going_state", ""),
                last_joint_year=given.get("last_joint_year"),
            ),
            with_draft=given["policy"] == "draft",
            on=self.on,
        )

    def follows(self) -> Sequence[tuple[str, str, str]]:
        return list(splitting.lines(self.planned()))

    def act(self, *, by: Actor, at: datetime) -> Done:
        new = splitting.split(
            self.planned(),
            reason=self.cleaned_data["reason"],
            on=at.astimezone(EASTERN).date(),
            by=by,
            at=at,
        )
        return Done(f"{new} is a household of its own.", page_of(new), new)


COMMON: dict[str, Any] = {
    "namespace": "rebalancing",
    "noun": NOUN,
    "roles": ADVISORS,
    "refusal": REFUSAL,
    "find": looking_up.household,
    "refuse": not_advisor,
    "checked": True,
    "two_people": SubjectKind.CORRECTION,
    "back": lambda household: (household.name, tab_of(household)),
}
MERGE = FormDoor(
    name="household_merge",
    act=Act.RETIRE,
    title="Merge another household into this one",
    path="households/<slug:public_id>/merge/",
    form=Merge,
    button="Ask for the merger",
    lead=(
        "After a marriage, or where two records turn out to be one family. People, returns, accounts with their history, "
        "cash needs, holds and sign-ins come along; the other household is closed and stays readable."
    ),
    actions=(
        Action.HOUSEHOLD_MERGED,
        Action.HOUSEHOLD_CLOSED,
        Action.PERSON_CHANGED,
        Action.PERSON_LEFT,
        Action.TAX_UNIT_CHANGED,
        Action.TAX_PROFILE_CONFIRMED,
        Action.ACCOUNT_CHANGED,
        Action.HOLD_CHANGED,
        Action.LIFE_EVENT_CHANGED,
        Action.BOOK_ENDED,
        Action.POLICY_SUPERSEDED,
        Action.POLICY_DISCARDED,
        Action.POLICY_DRAFTED,
        Action.REVIEW_WITHDRAWN,
    ),
    verbs=(merging.merge,),
    **COMMON,
)
SPLIT = FormDoor(
    name="household_split",
    act=Act.CREATE,
    title="Split the household",
    path="households/<slug:public_id>/split/",
    form=Split,
    button="Ask for the split",
    lead=(
        "After a divorce, or where a child leaves. Who goes takes along the accounts they own, their returns, cash needs, "
        "holds and sign-in. An account of both sides stays until it is retitled, unless it is chosen."
    ),
    actions=(
        Action.HOUSEHOLD_SPLIT,
        Action.HOUSEHOLD_ADDED,
        Action.PERSON_CHANGED,
        Action.TAX_UNIT_ADDED,
        Action.TAX_UNIT_CHANGED,
        Action.TAX_UNIT_RETIRED,
        Action.ACCOUNT_CHANGED,
        Action.HOLD_CHANGED,
        Action.HOLD_PLACED,
        Action.LIFE_EVENT_CHANGED,
        Action.ADVISOR_ASSIGNED,
        Action.POLICY_DRAFTED,
        Action.REVIEW_WITHDRAWN,
    ),
    verbs=(splitting.split,),
    **COMMON,
)
DOORS: tuple[Door | NoDoor, ...] = (MERGE, SPLIT)
