"""How an examiner is let in, for how long and to what: opened, changed and ended by compliance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from advisory.people import examiners as admitting
from clients import access as record
from compliance import access as desk
from compliance import examiners
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import ExaminerAccess
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Examiners' accesses"
ROLES = frozenset({Role.COMPLIANCE})
REFUSAL = "Only compliance opens, changes and ends examiners' accesses."
REASON: dict[str, Any] = {
    "label": "Reason",
    "max_length": 900,
    "help_text": "The examination and its reference. It stays on record.",
    "error_messages": {"required": "Name the examination it is for. It stays on record."},
}


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": f"Give the day: {label.lower()}."},
    )


class Terms(DoorForm):
    """The period and the last day."""

    since_on = _day("Record from", required=False, help_text="Of a client: empty for all there is.")
    until_on = _day("Record to", required=False)
    ends_on = _day("Last day of the access", help_text=f"At most {examiners.DAYS_MAX} days from today.")
    reason = forms.CharField(**REASON)


class Open(Terms):
    """Who, and what they may read."""

    email = forms.EmailField(
        label="E-mail", max_length=254, error_messages={"required": "Give the examiner's e-mail address."}
    )
    name = forms.CharField(max_length=120, error_messages={"required": "Give the examiner's name."})
    household: Any = forms.ModelChoiceField(
        None,
        label="Client",
        required=False,
        to_field_name="public_id",
        empty_label="Every client, of the period",
    )
    field_order = ("email", "name", "household", "since_on", "until_on", "ends_on", "reason")

    def offer(self) -> None:
        field: Any = self.fields["household"]
        field.queryset = record.households_for(self.user).order_by("name", "pk")

    def act(self, *, by: Actor, at: datetime) -> Done:
        asked = dict(self.cleaned_data)
        household = asked.pop("household")
        made = admitting.admit(
            asked.pop("email"), household_ref=household.public_id if household else "", **asked, by=by, at=at
        )
        return Done("The access is open. Whoever has no sign-in yet gets a set-up link.", _url(made), made)


class Change(Terms):
    """Prolonged or narrowed."""

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"since_on": subject.since_on, "until_on": subject.until_on, "ends_on": subject.ends_on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        made = examiners.change(self.subject, **self.cleaned_data, by=by, at=at)
        return Done("The access has new terms. The former ones stay on record.", _url(made), made)


class End(DoorForm):
    """Over at once."""

    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        examiners.end(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The access is over. Nothing can be read with it any more.", _url(self.subject))


def _find(user: Any, public_id: str) -> ExaminerAccess:
    found = desk.examiner_accesses_for(user)
    return get_object_or_404(found, public_id=public_id)


def _over(user: Any, access: ExaminerAccess) -> str | None:
    return "This access is over. Open a new one." if access.ended_at is not None else None


def _url(access: ExaminerAccess) -> str:
    return reverse("rebalancing:examination", args=[access.public_id])


def _back(access: ExaminerAccess | None) -> tuple[str, str]:
    if access is None:
        return "Examiners", reverse("rebalancing:examinations")
    return "Access", _url(access)


COMMON: dict[str, Any] = {
    "namespace": "advisory",
    "noun": NOUN,
    "roles": ROLES,
    "refusal": REFUSAL,
    "back": _back,
}
OPEN = FormDoor(
    **COMMON,
    name="examiner_open",
    act=Act.CREATE,
    title="Let an examiner in",
    path="examiners/open/",
    form=Open,
    checked=True,
    confirmed=True,
    lead="They read, and change nothing: one client, or a period of the firm's record. Every page they open is on the trail.",
    actions=(Action.EXAMINER_ADMITTED, Action.USER_ADDED, Action.INVITATION_SENT),
    verbs=(admitting.admit,),
)
CHANGE = FormDoor(
    **COMMON,
    name="examiner_change",
    act=Act.EDIT,
    title="Prolong or narrow",
    path="examiners/<slug:public_id>/change/",
    find=_find,
    refuse=_over,
    form=Change,
    checked=True,
    confirmed=True,
    actions=(Action.EXAMINER_CHANGED,),
    verbs=(examiners.change,),
)
END = FormDoor(
    **COMMON,
    name="examiner_end",
    act=Act.RETIRE,
    title="End the access",
    path="examiners/<slug:public_id>/end/",
    find=_find,
    refuse=_over,
    form=End,
    actions=(Action.EXAMINER_DISMISSED,),
    verbs=(examiners.end,),
)
DOORS: tuple[Door | NoDoor, ...] = (
    OPEN,
    CHANGE,
    END,
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Examiners and what they may read",
        roles=ROLES,
        refusal=REFUSAL,
        browser="rebalancing:examinations",
    ),
    NoDoor(NOUN, Act.HISTORY, "A change keeps the former access; its page and the audit trail have both."),
)
