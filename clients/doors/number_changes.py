"""The account's number changes: announced, confirmed by a second person, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients import access_facts
from clients.doors import looking_up
from clients.doors.accounts import READERS, READERS_ONLY, ROLES, closed
from clients.doors.accounts import back as account_page
from clients.doors.accounts import find as find_account
from clients.households import number_changes
from clients.models import NumberChange
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor

NOUN = "Changes of account numbers"
REFUSAL = "Numbers are announced and confirmed by the household's advisor or the trading desk."


class Announce(DoorForm):
    number = forms.CharField(
        label="New account number",
        max_length=32,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="The whole number, as the custodian prints it, without spaces. It is stored encrypted.",
    )
    from_on = looking_up.day(
        label="From", help_text="Files of this day or later with the old number are refused."
    )
    document = forms.CharField(
        label="Papers", max_length=200, required=False, strip=True, help_text="The custodian's notice."
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"from_on": on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = number_changes.announce(self.subject, **self.cleaned_data, user_id=self.user.pk, by=by, at=at)
        return Done("The number is announced. Somebody else confirms it.", account_page(row.account)[1], row)


class Confirm(DoorForm):
    last_four = forms.CharField(
        label="Its last four characters",
        max_length=4,
        strip=True,
        help_text="As the custodian's notice has them.",
    )

    def clean_last_four(self) -> str:
        last_four = str(self.cleaned_data["last_four"])
        if last_four != self.subject.number_last4:
            raise forms.ValidationError("These are not the last characters of the announced number.")
        return last_four

    def act(self, *, by: Actor, at: datetime) -> Done:
        account = number_changes.confirm(self.subject, on=self.on, by=by, at=at)
        return Done(
            "The account has its new number. The old one stays known.", account_page(account)[1], account
        )


class Withdraw(DoorForm):
    reason = looking_up.reason(missing="Say why it is withdrawn.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = number_changes.withdraw(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The announced number is withdrawn.", account_page(row.account)[1], row)


def find(user: Any, public_id: str) -> NumberChange:
    """A change that this person may see. Raises Http404."""
    found: NumberChange = get_object_or_404(
        access_facts.number_changes_for(user).select_related("account__household"), public_id=public_id
    )
    return found


def back(row: NumberChange) -> tuple[str, str]:
    """The account's page."""
    return account_page(row.account)


def over(user: Any, row: NumberChange) -> str | None:
    """Why a change is not decided any more."""
    return None if row.is_open else "This change is over."


def not_mine(user: Any, row: NumberChange) -> str | None:
    """Why this person does not confirm it."""
    if user.pk == row.announced_by_id:
        return "You announced this number; somebody else confirms it."
    return over(user, row)


_ONE: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_ROW: dict[str, Any] = {**_ONE, "find": find, "back": back}
_READ: dict[str, Any] = {
    "noun": NOUN, "browser": "clients:account", "api": "api:account", "roles": READERS, "refusal": READERS_ONLY,
}  # fmt: skip
DOORS = (
    FormDoor(
        name="account_number_announce", act=Act.CREATE, title="The custodian changes its number", form=Announce,
        path="accounts/<slug:public_id>/new-number/", find=find_account, back=account_page, refuse=closed,
        button="Announce it", actions=(Action.ACCOUNT_NUMBER_ANNOUNCED,), verbs=(number_changes.announce,), **_ONE,
    ),
    FormDoor(
        name="account_number_confirm", act=Act.EDIT, title="Confirm the new number", form=Confirm,
        path="number-changes/<slug:public_id>/confirm/", refuse=not_mine,
        actions=(Action.ACCOUNT_RENUMBERED,), verbs=(number_changes.confirm,), **_ROW,
    ),
    FormDoor(
        name="account_number_withdraw", act=Act.RETIRE, title="Withdraw the new number", form=Withdraw,
        path="number-changes/<slug:public_id>/withdraw/", refuse=over,
        actions=(Action.ACCOUNT_NUMBER_WITHDRAWN,), verbs=(number_changes.withdraw,), **_ROW,
    ),
    Door(act=Act.READ, title="The account with its numbers", **_READ),
    Door(act=Act.HISTORY, title="The account's numbers and what became of them", **_READ),
)  # fmt: skip
