"""Accounts by hand: opened, corrected, closed, reopened, moved, renumbered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, figures
from clients.doors import looking_up
from clients.households import account_records
from clients.households.account_records import Facts
from clients.models import Account, FormerNumber, Household, Person
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN = "Accounts"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "Accounts are opened and corrected by the household's advisor or the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
AGREEMENT = "Of the advisory agreement."


def _number() -> forms.CharField:
    return forms.CharField(
        label="Account number",
        max_length=32,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="The whole number, as the custodian prints it, without spaces. It is stored encrypted.",
    )


class _Facts(DoorForm):
    """What the firm says about an account."""

    name = forms.CharField(
        max_length=120, strip=True, help_text="As the client knows it, for example Ana's Roth IRA."
    )
    registration = forms.ChoiceField(
        choices=Account.Registration.choices, help_text="How its trades are taxed follows from it."
    )
    owner = forms.ChoiceField()
    joint_owner = forms.ChoiceField(required=False)
    opened_on = looking_up.day(required=False)
    agreement_signed_on = looking_up.day(label="Agreement signed on", required=False, help_text=AGREEMENT)
    agreement_effective_on = looking_up.day(
        label="Agreement in force from", required=False, help_text="Without it nothing is traded."
    )
    agreement_terminated_on = looking_up.day(label="Agreement ended on", required=False)
    discretion = forms.ChoiceField(choices=Account.Discretion.choices)
    discretion_from_on = looking_up.day(label="Discretion from", required=False)
    discretion_until_on = looking_up.day(label="Discretion until", required=False)
    margin = forms.ChoiceField(choices=Account.Margin.choices, initial=Account.Margin.NONE)
    lot_method = forms.ChoiceField(
        label="Standing lot method", choices=Account.LotMethod.choices, initial=Account.LotMethod.UNKNOWN,
        help_text="Which lots the custodian sells when no instruction names them.",
    )  # fmt: skip
    lot_method_since_on = looking_up.day(label="Lot method since", required=False)
    minimum_cash = forms.DecimalField(
        label="Minimum cash", min_value=Decimal(0), max_value=Decimal(10) ** 10, decimal_places=2, initial=Decimal(0),
        help_text="Dollars that stay uninvested in this account.",
    )  # fmt: skip

    @property
    def household(self) -> Household:
        return self.subject if isinstance(self.subject, Household) else self.subject.household

    def offer(self) -> None:
        self.people: dict[str, Person] = {one.public_id: one for one in self.household.people.order_by("pk")}
        named = [(key, str(one)) for key, one in self.people.items()]
        self.fields["owner"].choices = named  # type: ignore[attr-defined]
        self.fields["joint_owner"].choices = [("", "Nobody"), *named]  # type: ignore[attr-defined]

    def facts(self) -> Facts:
        given = self.cleaned_data
        values = {one.name: given[one.name] for one in fields(Facts)}
        return Facts(
            **{
                **values,
                "owner": self.people[given["owner"]],
                "joint_owner": self.people.get(given["joint_owner"]),
            }
        )


class Open(_Facts):
    custodian = forms.ChoiceField(choices=Account.Custodian.choices)
    number = _number()

    field_order = ("name", "custodian", "number")

    def offer(self) -> None:
        super().offer()
        self.order_fields(self.field_order)

    def act(self, *, by: Actor, at: datetime) -> Done:
        account = account_records.open_account(
            self.subject,
            facts=self.facts(),
            custodian=self.cleaned_data["custodian"],
            number=self.cleaned_data["number"],
            by=by,
            at=at,
        )
        return done("The account is on record. Its holdings come with the custodian's next file.", account)


class Correct(_Facts):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        values = {one.name: getattr(subject, one.name) for one in fields(Facts)}
        joint = subject.joint_owner
        return {**values, "owner": subject.owner.public_id, "joint_owner": joint.public_id if joint else ""}

    def act(self, *, by: Actor, at: datetime) -> Done:
        account = account_records.correct(self.subject, facts=self.facts(), by=by, at=at)
        return done("The account is corrected.", account)


class Close(DoorForm):
    closed_on = looking_up.day(label="Closed on")
    reason = looking_up.reason(missing="Say why the account is closed.")
    is_sure = forms.BooleanField(
        label="What it holds on record has left the account",
        error_messages={
            "required": "Confirm that what is on record has left the account, or wait for its last file."
        },
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"closed_on": on}

    def offer(self) -> None:
        account: Account = self.subject
        lots = account.lots.filter(closed_on=None).count()
        cash = getattr(account, "cash", None)
        held = [
            *([figures.counted(lots, "lot")] if lots else []),
            *([f"{figures.money(cash.settled + cash.unsettled)} in cash"] if cash and (cash.settled or cash.unsettled) else []),
        ]  # fmt: skip
        if held:
            self.fields[
                "is_sure"
            ].help_text = f"On record: {' and '.join(held)}. It counts no more, and stays on record."
        else:
            del self.fields["is_sure"]

    def clean_closed_on(self) -> date:
        closed_on: date = self.cleaned_data["closed_on"]
        if closed_on > self.on:
            raise forms.ValidationError("This day is still to come. Close the account on that day.")
        return closed_on

    def act(self, *, by: Actor, at: datetime) -> Done:
        account = account_records.close(
            self.subject,
            closed_on=self.cleaned_data["closed_on"],
            reason=self.cleaned_data["reason"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return done("The account is closed. Its cash needs, holds and bindings have ended.", account)


class Reopen(DoorForm):
    reason = looking_up.reason(missing="Say why the account is reopened.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        account = account_records.reopen(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return done("The account is open again. Bind it, and enter its cash needs and holds anew.", account)


class Move(DoorForm):
    custodian = forms.ChoiceField(label="New custodian", choices=Account.Custodian.choices)
    number = _number()
    moved_on = looking_up.day(label="Moved on")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"custodian": subject.custodian, "moved_on": on}

    def offer(self) -> None:
        account: Account = self.subject
        locked = account.lots.filter(closed_on=None).exclude(lock="").count()
        self.fields["number"].label = "New account number"
        if locked:
            self.fields["moved_on"].help_text = (
                f"{figures.counted(locked, 'locked lot')}: the new custodian names its lots anew, so lock them again "
                "once its file has come."
            )

    def act(self, *, by: Actor, at: datetime) -> Done:
        account = account_records.move(
            self.subject,
            custodian=self.cleaned_data["custodian"],
            number=self.cleaned_data["number"],
            moved_on=self.cleaned_data["moved_on"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return done(
            "The account has moved. It is traded again once the new custodian's file reconciles.", account
        )


class Renumber(DoorForm):
    number = _number()
    why = forms.ChoiceField(
        label="Why",
        choices=[one for one in FormerNumber.Why.choices if one[0] == FormerNumber.Why.CORRECTED],
        widget=forms.RadioSelect,
        help_text="A number that the custodian changes is announced, and confirmed by a second person.",
    )

    def offer(self) -> None:
        self.fields["number"].label = "New account number"

    def act(self, *, by: Actor, at: datetime) -> Done:
        account = account_records.renumber(
            self.subject,
            number=self.cleaned_data["number"],
            why=self.cleaned_data["why"],
            on=self.on,
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return done("The account has its new number. The old one stays in its history.", account)


def find(user: Any, public_id: str) -> Account:
    """An account that this member of staff may see. Raises Http404."""
    mine = access.accounts_of_the_desk(user).select_related(
        "household", "owner", "joint_owner", "tax_unit", "cash"
    )
    found: Account = get_object_or_404(mine, public_id=public_id)
    return found


def back(account: Account) -> tuple[str, str]:
    """The account's own page."""
    return str(account), reverse("clients:account", args=[account.public_id])


def closed(user: Any, account: Account) -> str | None:
    """Why a closed account cannot be changed."""
    return f"This account is closed since {figures.day(account.closed_on)}." if account.closed_on else None


def still_open(user: Any, account: Account) -> str | None:
    """Why an open account cannot be reopened."""
    return None if account.closed_on else "This account is open."


def done(sentence: str, account: Account) -> Done:
    """What a person is told, and the account's page."""
    return Done(sentence, back(account)[1], account)


_ONE: dict[str, Any] = {
    "namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL, "find": find, "back": back,
}  # fmt: skip
_OPEN: dict[str, Any] = {**_ONE, "refuse": closed, "checked": True}

DOORS = (
    FormDoor(
        name="account_open", act=Act.CREATE, title="Open an account", form=Open, checked=True,
        path="households/<slug:public_id>/account/", actions=(Action.ACCOUNT_ADDED,),
        verbs=(account_records.open_account,),
        refuse=looking_up.closed, **{**_ONE, "find": looking_up.household, "back": looking_up.household_page},
    ),
    FormDoor(
        name="account_correct", act=Act.EDIT, title="Correct the account", form=Correct, button="Correct it",
        path="accounts/<slug:public_id>/correct/", actions=(Action.ACCOUNT_CHANGED,),
        verbs=(account_records.correct,), **_OPEN,
    ),
    FormDoor(
        name="account_move", act=Act.EDIT, title="Move to another custodian", form=Move, button="Move it",
        path="accounts/<slug:public_id>/move/", actions=(Action.ACCOUNT_MOVED, Action.ACCOUNT_UNBOUND),
        verbs=(account_records.move,), **_OPEN,
    ),
    FormDoor(
        name="account_renumber", act=Act.EDIT, title="Correct its number", form=Renumber, button="Correct it",
        path="accounts/<slug:public_id>/number/", actions=(Action.ACCOUNT_RENUMBERED,),
        verbs=(account_records.renumber,), **_OPEN,
    ),
    FormDoor(
        name="account_close", act=Act.RETIRE, title="Close the account", form=Close, button="Close it",
        path="accounts/<slug:public_id>/close/",
        actions=(
            Action.ACCOUNT_CLOSED, Action.CASH_NEED_CANCELLED, Action.CASH_RULE_ENDED, Action.HOLD_LIFTED,
            Action.ACCOUNT_UNBOUND,
        ),
        verbs=(account_records.close,), **_OPEN,
    ),
    FormDoor(
        name="account_reopen", act=Act.EDIT, title="Reopen the account", form=Reopen, button="Reopen it",
        path="accounts/<slug:public_id>/reopen/", actions=(Action.ACCOUNT_REOPENED,),
        verbs=(account_records.reopen,), **{**_ONE, "refuse": still_open},
    ),
    Door(
        noun=NOUN, act=Act.READ, title="Accounts", browser="clients:account_list", api="api:account-list",
        roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="An account with its history", browser="clients:account", api="api:account",
        roles=READERS, refusal=READERS_ONLY, actions=(Action.ACCOUNT_VIEWED,),
    ),
)  # fmt: skip
