"""Elections of the average basis: recorded for a fund in an account, corrected, revoked or changed for the future."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, access_facts
from clients.doors import looking_up
from clients.holdings import basis_elections
from clients.models import Account, BasisElection
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN = "Average basis elections"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "Elections of the average basis are recorded by the household's advisor or the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
LAW = (
    "One average over all shares of the fund in the account; lots can no longer be chosen, and holding periods go first in, "
    "first out (IRC 1012(d); Treas. Reg. 1.1012-1(e)). Plans use the average from its day on, and the ledger foresees with it."
)


class _Day(DoorForm):
    elected_on = looking_up.day(label="Elected on")
    document = forms.CharField(
        label="Where the written election is kept",
        max_length=200,
        strip=True,
        error_messages={"required": "An election is made in writing. Say where it is kept."},
    )

    def clean_elected_on(self) -> date:
        elected_on: date = self.cleaned_data["elected_on"]
        if elected_on > self.on:
            raise forms.ValidationError("This day is still to come.")
        return elected_on


class Elect(_Day):
    symbol = forms.ChoiceField(label="Fund")
    field_order = ("symbol", "elected_on", "document")

    def offer(self) -> None:
        self.order_fields(self.field_order)
        held = access.securities_held_in(Account.objects.filter(pk=self.subject.pk))
        self.securities = {
            one.symbol: one for one in held if basis_elections.refusal(self.subject, one) is None
        }
        self.fields["symbol"].choices = [(key, f"{key} {one.name}") for key, one in self.securities.items()]  # type: ignore[attr-defined]

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        row = basis_elections.elect(
            self.subject,
            self.securities[given["symbol"]],
            elected_on=given["elected_on"],
            document=given["document"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The election is on record. Plans use the average basis.", back(row)[1], row)


class Correct(_Day):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"elected_on": subject.elected_on, "document": subject.document}

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        row = basis_elections.correct(
            self.subject,
            elected_on=given["elected_on"],
            document=given["document"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The election is corrected.", back(row)[1], row)


class End(DoorForm):
    ends_on = looking_up.day(label="On")
    reason = looking_up.reason(missing="Say why it ends.")

    def offer(self) -> None:
        may = basis_elections.may_be_revoked(self.subject, on=self.on)
        self.fields["ends_on"].help_text = (
            "Today it can still be revoked, as if it had never been made."
            if may
            else "It is too late to revoke it: it is changed for the future, and shares held keep their average."
        )

    def clean_ends_on(self) -> date:
        ends_on: date = self.cleaned_data["ends_on"]
        if not self.subject.elected_on <= ends_on <= self.on:
            raise forms.ValidationError("Choose a day from the election until today.")
        return ends_on

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = basis_elections.end(
            self.subject,
            ends_on=self.cleaned_data["ends_on"],
            reason=self.cleaned_data["reason"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        how = "revoked, as if it had never been made" if row.is_revoked else "changed for the future"
        return Done(f"The election is {how}.", back(row)[1], row)


def find_account(user: Any, public_id: str) -> Account:
    """An account that this member of staff may see. Raises Http404."""
    found: Account = get_object_or_404(
        access.accounts_of_the_desk(user).select_related("household"), public_id=public_id
    )
    return found


def find(user: Any, public_id: str) -> BasisElection:
    """An election that this member of staff may see. Raises Http404."""
    found: BasisElection = get_object_or_404(
        access_facts.basis_elections_for(user).select_related("account__household", "security"),
        public_id=public_id,
    )
    return found


def account_page(account: Account) -> tuple[str, str]:
    """The account's own page."""
    return str(account), reverse("clients:account", args=[account.public_id])


def back(row: BasisElection) -> tuple[str, str]:
    """The page of the account it is for."""
    return account_page(row.account)


def nothing_to_elect(user: Any, account: Account) -> str | None:
    """Why nothing can be elected here."""
    if account.closed_on is not None:
        return "This account is closed."
    if account.tax_treatment != Account.TaxTreatment.TAXABLE:
        return f"Sales in {account.name} are not taxed, so a basis does not matter there."
    return None


def ended(user: Any, row: BasisElection) -> str | None:
    """Why an election cannot be changed any more."""
    return "This election has ended already." if row.ended_at is not None else None


_ONE: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_ROW: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": ended}

DOORS = (
    FormDoor(
        name="basis_elect", act=Act.CREATE, title="Elect the average basis", form=Elect, checked=True, lead=LAW,
        path="accounts/<slug:public_id>/average-basis/", find=find_account, back=account_page,
        refuse=nothing_to_elect, actions=(Action.BASIS_ELECTED,), verbs=(basis_elections.elect,), **_ONE,
    ),
    FormDoor(
        name="basis_election_correct", act=Act.EDIT, title="Correct the election", form=Correct, checked=True,
        path="basis-elections/<slug:public_id>/correct/", actions=(Action.BASIS_ELECTION_CHANGED,),
        verbs=(basis_elections.correct,), **_ROW,
    ),
    FormDoor(
        name="basis_election_end", act=Act.RETIRE, title="End the average basis", form=End,
        path="basis-elections/<slug:public_id>/end/", actions=(Action.BASIS_ELECTION_ENDED,),
        verbs=(basis_elections.end,), **_ROW,
    ),
    *(
        Door(
            noun=NOUN, act=act, title=title, browser="clients:account", api=api, roles=READERS,
            refusal=READERS_ONLY,
        )
        for act, title, api in (
            (Act.READ, "Elections of an account", "api:account"),
            (Act.HISTORY, "History of an election", "api:event-list"),
        )
    ),
)  # fmt: skip
