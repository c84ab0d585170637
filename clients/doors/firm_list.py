"""Doors to the firm's restricted and watch lists. Compliance keeps them; the record knows the issuers' names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.doors.looking_up import day
from clients.securities.securities import issuers_on_record
from compliance import restrictions
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import ListKind, RestrictedIssuer, SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Restricted and watch lists"
COMPLIANCE = frozenset({Role.COMPLIANCE})
REFUSAL = "Only compliance can change the restricted list."


class Dates(DoorForm):
    starts_on = day(label="From")
    ends_on = day(label="To", required=False, help_text="Empty: until lifted.")
    reason = forms.CharField(
        max_length=1_900,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why; it stays on record."},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts, ends = given.get("starts_on"), given.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "This would end before it starts.")
        return given


class Place(Dates):
    issuer = forms.CharField(
        max_length=120,
        help_text="As the securities on record name it.",
        error_messages={"required": "Name the issuer."},
    )
    kind = forms.ChoiceField(choices=ListKind.choices, label="List")
    unmatched = forms.BooleanField(
        required=False, label="No security on record has this issuer; list it anyway"
    )
    field_order = ("issuer", "kind", "starts_on", "ends_on", "reason", "unmatched")

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = dict(self.cleaned_data)
        placed = restrictions.place(
            given.pop("issuer"),
            **{**given, "kind": ListKind(given["kind"])},
            on_record=issuers_on_record(),
            by=by,
            at=at,
        )
        kind = placed.get_kind_display().lower()
        return Done(f"{placed.issuer} is on the {kind} list.", _list_url(), placed)


class Change(Dates):
    @classmethod
    def now(cls, subject: RestrictedIssuer, *, user: Any, on: date) -> dict[str, Any]:
        return {"starts_on": subject.starts_on, "ends_on": subject.ends_on, "reason": subject.reason}

    def act(self, *, by: Actor, at: datetime) -> Done:
        placed = restrictions.replace(self.subject, **self.cleaned_data, asked_by=self.user.pk, by=by, at=at)
        return Done(f"The entry of {placed.issuer} is replaced.", _list_url(), placed)


class Lift(DoorForm):
    reason = forms.CharField(
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why; it stays on record."},
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        lifted = restrictions.lift(self.subject, self.cleaned_data["reason"], by=by, at=at)
        return Done(f"{lifted.issuer} is off the list.", _list_url(), lifted)


def _list_url() -> str:
    return reverse("clients:firm_list")


def _find(user: Any, public_id: str) -> RestrictedIssuer:
    return get_object_or_404(access.firm_list_for(user).filter(lifted_at=None), public_id=public_id)


def _back(entry: Any) -> tuple[str, str]:
    return "Restricted and watch lists", _list_url()


PLACE = FormDoor(
    namespace="clients",
    name="firm_list_add",
    noun=NOUN,
    act=Act.CREATE,
    title="Put an issuer on a list",
    path="firm-list/add/",
    roles=COMPLIANCE,
    refusal=REFUSAL,
    form=Place,
    back=_back,
    actions=(Action.ISSUER_RESTRICTED,),
    verbs=(restrictions.place,),
    checked=True,
)
CHANGE = FormDoor(
    namespace="clients",
    name="firm_list_change",
    noun=NOUN,
    act=Act.EDIT,
    title="Change the dates or reason of an entry",
    lead="The entry is replaced by one with these dates; the old one stays on record as lifted.",
    path="firm-list/<slug:public_id>/change/",
    find=_find,
    roles=COMPLIANCE,
    refusal=REFUSAL,
    form=Change,
    back=_back,
    actions=(Action.CHANGE_PROPOSED, Action.ISSUER_RELEASED, Action.ISSUER_RESTRICTED),
    verbs=(restrictions.replace,),
    two_people=SubjectKind.CORRECTION,
)
LIFT = FormDoor(
    namespace="clients",
    name="firm_list_lift",
    noun=NOUN,
    act=Act.RETIRE,
    title="Take an issuer off its list",
    path="firm-list/<slug:public_id>/lift/",
    find=_find,
    roles=COMPLIANCE,
    refusal=REFUSAL,
    refuse=lambda user, entry: (
        "You put this issuer on the list, so a colleague has to remove it."
        if entry.placed_by_id == user.pk
        else None
    ),
    form=Lift,
    back=_back,
    actions=(Action.ISSUER_RELEASED,),
    verbs=(restrictions.lift,),
    checked=True,
)
OF_ONE = (CHANGE.browser, LIFT.browser)

DOORS: tuple[Door | NoDoor, ...] = (
    PLACE,
    CHANGE,
    LIFT,
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Issuers on the lists",
        browser="clients:firm_list",
        api="api:firm-list",
        roles=COMPLIANCE,
        refusal=REFUSAL,
    ),
    Door(
        noun=NOUN,
        act=Act.HISTORY,
        title="Every entry, lifted and ended ones too",
        browser="clients:firm_list",
        api="api:firm-list",
        roles=COMPLIANCE,
        refusal=REFUSAL,
    ),
)
