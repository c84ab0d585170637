"""Custodians' own year-to-date gains: typed from a statement, corrected, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, access_facts
from clients.doors import looking_up
from clients.holdings import stated_gains
from clients.holdings.stated_gains import AccountYear, Terms
from clients.models import Account, Household, StatedGains
from clients.models.columns import MONEY_MAX
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN = "Custodians' year-to-date gains"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "Custodians' figures are typed by the household's advisor or the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."


def dollars(label: str, *, least: Decimal = Decimal(0), **options: Any) -> forms.DecimalField:
    """An amount of dollars."""
    return forms.DecimalField(
        label=label, min_value=least, max_value=MONEY_MAX, max_digits=18, decimal_places=2, **options
    )


class _Figure(DoorForm):
    as_of_on = looking_up.day(label="Up to and including")
    short = dollars(
        "Net short-term gain", least=-MONEY_MAX, help_text="After disallowed losses; a loss is negative."
    )
    long = dollars(
        "Net long-term gain", least=-MONEY_MAX, help_text="After disallowed losses; a loss is negative."
    )
    disallowed = dollars(
        "Wash-sale loss disallowed", required=False, help_text="Positive. Empty: the statement does not say."
    )
    document = forms.CharField(
        label="Read from",
        max_length=200,
        strip=True,
        help_text="For example: statement of October, page 3; Form 1099-B.",
        error_messages={"required": "Say which statement or form it is read from."},
    )

    def terms(self) -> Terms:
        return Terms(**self.cleaned_data)

    def clean_as_of_on(self) -> date:
        as_of_on: date = self.cleaned_data["as_of_on"]
        if as_of_on > self.on:
            raise forms.ValidationError("This day is still to come.")
        return as_of_on


class Record(_Figure):
    @classmethod
    def now(cls, subject: AccountYear, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"as_of_on": min(on, date(subject.year, 12, 31))}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = stated_gains.record(
            self.subject.account, self.terms(), year=self.subject.year, user_id=self.user.pk, by=by, at=at
        )
        return Done("The custodian's figure is on record and compared with the ledger.", back(row)[1], row)


class Correct(_Figure):
    @classmethod
    def now(cls, subject: StatedGains, *, user: Any, on: date) -> Mapping[str, Any]:
        return {
            name: getattr(subject, name) for name in ("as_of_on", "short", "long", "disallowed", "document")
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = stated_gains.correct(self.subject, self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done("The custodian's figure is corrected.", back(row)[1], row)


class TakeBack(DoorForm):
    reason = looking_up.reason(missing="Say why it is taken back.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = stated_gains.take_back(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The custodian's figure is taken back.", back(row)[1], row)


def find_year(user: Any, public_id: str, year: int) -> AccountYear:
    """A taxable account that this member of staff may see, and a year. Raises Http404."""
    account: Account = get_object_or_404(
        access.accounts_of_the_desk(user).select_related("household"), public_id=public_id
    )
    if not 2000 <= int(year) <= 2100:
        raise Http404
    return AccountYear(account, int(year))


def find(user: Any, public_id: str) -> StatedGains:
    """A figure of an account that this member of staff may see. Raises Http404."""
    found: StatedGains = get_object_or_404(
        access_facts.stated_gains_for(user).select_related("account__household"), public_id=public_id
    )
    return found


def ledger_page(household: Household, year: int) -> tuple[str, str]:
    """The household's tax ledger of a year."""
    url = reverse("rebalancing:tax_ledger", args=[household.public_id])
    return f"Tax ledger of {household}", f"{url}?year={year}"


def back(row: StatedGains) -> tuple[str, str]:
    """The ledger in which it stands."""
    return ledger_page(row.account.household, row.tax_year)


def ended(user: Any, row: Any) -> str | None:
    """Why a fact cannot be changed any more."""
    return "This was ended already." if row.ended_at is not None else None


def _refuse_year(user: Any, subject: AccountYear) -> str | None:
    if subject.account.tax_treatment != Account.TaxTreatment.TAXABLE:
        return f"Sales in {subject.account.name} are not taxed."
    if StatedGains.objects.filter(account=subject.account, tax_year=subject.year, ended_at=None).exists():
        return f"The custodian's figure of {subject.year} is on record. Correct that one."
    return None


_ONE: dict[str, Any] = {"namespace": "rebalancing", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_ROW: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": ended}

DOORS = (
    FormDoor(
        name="stated_gains_record", act=Act.CREATE, title="Type the custodian’s year-to-date gains", form=Record,
        path="accounts/<slug:public_id>/stated-gains/<int:year>/", find=find_year, refuse=_refuse_year,
        address=lambda subject: {"public_id": subject.account.public_id, "year": subject.year},
        back=lambda subject: ledger_page(subject.account.household, subject.year),
        actions=(Action.STATED_GAINS_RECORDED,), verbs=(stated_gains.record,), **_ONE,
    ),
    FormDoor(
        name="stated_gains_correct", act=Act.EDIT, title="Correct the custodian’s figure", form=Correct,
        path="stated-gains/<slug:public_id>/correct/", checked=True, actions=(Action.STATED_GAINS_CHANGED,),
        verbs=(stated_gains.correct,), **_ROW,
    ),
    FormDoor(
        name="stated_gains_end", act=Act.RETIRE, title="Take the custodian’s figure back", form=TakeBack,
        path="stated-gains/<slug:public_id>/end/", actions=(Action.STATED_GAINS_ENDED,),
        verbs=(stated_gains.take_back,), **_ROW,
    ),
    *(
        Door(
            noun=NOUN, act=act, title=title, browser="rebalancing:tax_ledger", api=api, roles=READERS,
            refusal=READERS_ONLY,
        )
        for act, title, api in (
            (Act.READ, "Custodians' figures beside the ledger", "api:tax-ledger"),
            (Act.HISTORY, "History of a custodian's figure", "api:event-list"),
        )
    ),
)  # fmt: skip
