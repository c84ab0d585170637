"""Accounts elsewhere that a client has told of: declared, changed, taken off the list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, access_facts
from clients.doors import looking_up
from clients.doors.households import ADVISORS, READERS, READERS_ONLY, not_advisor
from clients.doors.households import REFUSAL as NOT_THEIRS
from clients.households import outside_accounts
from clients.households.outside_accounts import Terms
from clients.models import Account, Household, OutsideAccount
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from rebalancing.doors.stated_gains import ended

NOUN = "Accounts elsewhere"
WHY = (
    "What is bought there within 30 days of a sale at a loss washes it, also in an IRA or in a spouse's account (IRC 1091;"
    " Rev. Rul. 2008-5). Nobody here sees those purchases; what is declared is named wherever windows are shown."
)


class _Told(DoorForm):
    name = forms.CharField(label="What the client calls it", max_length=120, strip=True)
    institution = forms.CharField(label="Where it is kept", max_length=120, required=False, strip=True)
    registration = forms.ChoiceField(label="Kind of account", choices=Account.Registration.choices)
    has_statements = forms.BooleanField(label="The client sends its statements", required=False)
    buys = forms.CharField(
        label="Buys by itself, one symbol a line",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Payroll purchases, savings plans, reinvested dividends. No day is safe for a loss in them.",
    )
    declared_on = looking_up.day(label="The client told of it on")

    def clean_declared_on(self) -> date:
        declared_on: date = self.cleaned_data["declared_on"]
        if declared_on > self.on:
            raise forms.ValidationError("This day is still to come.")
        return declared_on

    def clean_buys(self) -> tuple[str, ...]:
        symbols = {line.strip().upper() for line in self.cleaned_data["buys"].splitlines() if line.strip()}
        known = (
            {one.symbol.upper(): one.symbol for one in access.securities_for(self.user)} if symbols else {}
        )
        if unknown := sorted(symbols - known.keys()):
            raise forms.ValidationError(f"There is no security {', '.join(unknown)} on record.")
        return tuple(sorted(known[one] for one in symbols))

    def terms(self) -> Terms:
        given = self.cleaned_data
        return Terms(
            name=given["name"],
            registration=given["registration"],
            declared_on=given["declared_on"],
            institution=given.get("institution", ""),
            has_statements=given["has_statements"],
            buys=given["buys"],
        )


class Declare(_Told):
    owner = forms.ChoiceField(label="Whose")
    field_order = ("owner", "name", "institution", "registration", "has_statements", "buys", "declared_on")

    @classmethod
    def now(cls, subject: Household, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"declared_on": on}

    def offer(self) -> None:
        self.order_fields(self.field_order)
        self.people = {one.public_id: one for one in self.subject.people.filter(left_on=None).order_by("pk")}
        self.fields["owner"].choices = [(key, str(one)) for key, one in self.people.items()]  # type: ignore[attr-defined]

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = outside_accounts.declare(
            self.subject,
            self.people[self.cleaned_data["owner"]],
            self.terms(),
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done(f"{row} is on the list of accounts that nobody here sees.", back(row)[1], row)


class Change(_Told):
    @classmethod
    def now(cls, subject: OutsideAccount, *, user: Any, on: date) -> Mapping[str, Any]:
        names = ("name", "institution", "registration", "has_statements", "declared_on")
        return {**{name: getattr(subject, name) for name in names}, "buys": "\n".join(subject.buys)}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = outside_accounts.change(self.subject, self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done(f"{row} is changed.", back(row)[1], row)


class TakeOff(DoorForm):
    reason = looking_up.reason(missing="Say why, such as that it was closed.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = outside_accounts.take_off(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done(f"{row} is off the list.", back(row)[1], row)


def find(user: Any, public_id: str) -> OutsideAccount:
    """An account elsewhere of a household that this member of staff may see. Raises Http404."""
    found: OutsideAccount = get_object_or_404(
        access_facts.outside_accounts_for(user).select_related("household", "owner"), public_id=public_id
    )
    return found


def calendar_page(household: Household) -> tuple[str, str]:
    """The household's wash calendar, which names the accounts elsewhere."""
    return f"Wash calendar of {household}", reverse("rebalancing:wash_calendar", args=[household.public_id])


def back(row: OutsideAccount) -> tuple[str, str]:
    """The wash calendar of its household."""
    return calendar_page(row.household)


def _not_theirs(user: Any, row: OutsideAccount) -> str | None:
    return ended(user, row) or not_advisor(user, row.household)


_ONE: dict[str, Any] = {
    "namespace": "rebalancing", "noun": NOUN, "roles": ADVISORS, "refusal": NOT_THEIRS, "lead": WHY,
}  # fmt: skip
_ROW: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": _not_theirs}

DOORS = (
    FormDoor(
        name="outside_account_declare", act=Act.CREATE, title="Declare an account elsewhere", form=Declare,
        path="households/<slug:public_id>/outside-account/", find=looking_up.household, back=calendar_page,
        refuse=not_advisor, actions=(Action.OUTSIDE_ACCOUNT_DECLARED,), verbs=(outside_accounts.declare,), **_ONE,
    ),
    FormDoor(
        name="outside_account_change", act=Act.EDIT, title="Change the account elsewhere", form=Change,
        path="outside-accounts/<slug:public_id>/change/", checked=True,
        actions=(Action.OUTSIDE_ACCOUNT_CHANGED,), verbs=(outside_accounts.change,), **_ROW,
    ),
    FormDoor(
        name="outside_account_end", act=Act.RETIRE, title="Take the account elsewhere off", form=TakeOff,
        path="outside-accounts/<slug:public_id>/end/", actions=(Action.OUTSIDE_ACCOUNT_ENDED,),
        verbs=(outside_accounts.take_off,), **_ROW,
    ),
    *(
        Door(
            noun=NOUN, act=act, title=title, browser="rebalancing:wash_calendar", api=api, roles=READERS,
            refusal=READERS_ONLY,
        )
        for act, title, api in (
            (Act.READ, "Which accounts are seen", "api:wash-calendar"),
            (Act.HISTORY, "History of an account elsewhere", "api:event-list"),
        )
    ),
)  # fmt: skip
