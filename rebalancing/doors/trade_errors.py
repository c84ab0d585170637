"""The doors to errors made in trading: recorded, corrected, approved by somebody else, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access as record
from clients.doors import looking_up
from clients.models import Account, Security
from clients.models.columns import MONEY_MAX
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from rebalancing import access
from rebalancing.models import Order, TradeError
from rebalancing.reconciliation import trade_errors
from rebalancing.reconciliation.trade_errors import Correction, Mistake, Moved

NOUN = "Trade errors"
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
ROLES = frozenset({Role.TRADER, Role.COMPLIANCE, Role.ADVISOR})
REFUSAL = "Errors in trading are recorded by the desk, the advisor or compliance."
APPROVERS = frozenset({Role.COMPLIANCE, Role.REVIEWER})
APPROVERS_ONLY = "Corrections are approved by compliance or a reviewer."


class Record(DoorForm):
    cause = forms.ChoiceField(label="What went wrong", choices=TradeError.Cause.choices)
    happened_on = looking_up.day(label="On")
    description = looking_up.reason(
        "What was done, and what should have been done", missing="Say what went wrong.", length=1000
    )
    order = forms.CharField(
        label="Our order",
        max_length=40,
        required=False,
        strip=True,
        help_text="Its reference, if it was one.",
    )

    def clean_happened_on(self) -> date:
        return not_ahead(self.cleaned_data["happened_on"], on=self.on)

    def clean_order(self) -> Order | None:
        reference = self.cleaned_data["order"]
        if not reference:
            return None
        found: Order | None = (
            access.orders_for(self.user).filter(account=self.subject, reference=reference).first()
        )
        if found is None:
            raise forms.ValidationError("This account has no order of this reference.")
        return found

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = trade_errors.record(
            self.subject, Mistake(**self.cleaned_data), user_id=self.user.pk, by=by, at=at
        )
        return Done("The error is on record.", back(row)[1], row)


class Correct(DoorForm):
    correction = looking_up.reason(
        "What was traded or booked to undo it", missing="Say how it was corrected.", length=1000
    )
    corrected_on = looking_up.day(label="On")
    effect = forms.DecimalField(
        label="What it did to the client",
        min_value=-MONEY_MAX,
        max_value=MONEY_MAX,
        max_digits=18,
        decimal_places=2,
        help_text="Dollars; a loss is negative and the firm pays it whole, a gain stays with the client.",
    )
    paid_on = looking_up.day(
        label="The firm paid on", required=False, help_text="Empty where the client lost nothing."
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        if subject.corrected_at is None:
            return {"corrected_on": on}
        return {name: getattr(subject, name) for name in ("correction", "corrected_on", "effect", "paid_on")}

    def clean_corrected_on(self) -> date:
        return not_ahead(self.cleaned_data["corrected_on"], on=self.on)

    def clean_paid_on(self) -> date | None:
        day = self.cleaned_data["paid_on"]
        if day is None:
            return None
        if day < self.subject.happened_on:
            raise forms.ValidationError("The error happened after this day.")
        return not_ahead(day, on=self.on)

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = trade_errors.correct(
            self.subject, Correction(**self.cleaned_data), user_id=self.user.pk, by=by, at=at
        )
        return Done("The correction is on record; somebody else approves it.", back(row)[1], row)


class Move(DoorForm):
    error_account = forms.CharField(
        label="Error account", max_length=60, strip=True, help_text="What the firm calls it at the custodian."
    )
    way = forms.ChoiceField(
        label="Which way",
        choices=[("out", "Out of the client’s account"), ("back", "Back into the client’s account")],
    )
    symbol = forms.CharField(label="Security", max_length=40, strip=True, help_text="Its symbol.")
    shares = forms.DecimalField(
        label="Shares", min_value=Decimal("0.000001"), max_digits=20, decimal_places=6
    )
    price = forms.DecimalField(
        label="Price", min_value=Decimal("0.000001"), max_digits=18, decimal_places=6,
        help_text="Dollars a share that the client’s account got, or paid where they came back.",
    )  # fmt: skip
    moved_on = looking_up.day(label="On")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        last = subject.entries.last()
        return {
            "moved_on": on,
            "error_account": last.error_account if last else "",
            "symbol": subject.order.security.symbol if subject.order else "",
        }

    def clean_moved_on(self) -> date:
        return not_ahead(self.cleaned_data["moved_on"], on=self.on)

    def clean_symbol(self) -> Security:
        found: Security | None = (
            record.securities_for(self.user).filter(symbol=self.cleaned_data["symbol"].upper()).first()
        )
        if found is None:
            raise forms.ValidationError("There is no security of this symbol on record.")
        return found

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        moved = Moved(
            error_account=given["error_account"],
            security=given["symbol"],
            quantity=given["shares"] if given["way"] == "out" else -given["shares"],
            price=given["price"],
            moved_on=given["moved_on"],
        )
        trade_errors.move(self.subject, moved, user_id=self.user.pk, by=by, at=at)
        return Done("The shares are on record in the error account.", back(self.subject)[1], self.subject)


class Approve(DoorForm):
    def act(self, *, by: Actor, at: datetime) -> Done:
        row = trade_errors.approve(self.subject, user_id=self.user.pk, by=by, at=at)
        return Done("The correction is approved.", back(row)[1], row)


class Withdraw(DoorForm):
    reason = looking_up.reason("Why it was no error", missing="Say why it was no error.", length=300)

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = trade_errors.withdraw(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The error is withdrawn.", back(row)[1], row)


def not_ahead(day: date, *, on: date) -> date:
    if day > on:
        raise forms.ValidationError("This day is still to come.")
    return day


def find_account(user: Any, public_id: str) -> Account:
    """An account that this member of staff may see. Raises Http404."""
    found: Account = get_object_or_404(
        record.accounts_of_the_desk(user).select_related("household"), public_id=public_id
    )
    return found


def find(user: Any, public_id: str) -> TradeError:
    """An error that this person may see. Raises Http404."""
    found: TradeError = get_object_or_404(
        access.trade_errors_for(user).select_related("account__household", "order__security"),
        public_id=public_id,
    )
    return found


def back(row: TradeError) -> tuple[str, str]:
    """The page of the error."""
    return "Trade error", reverse("rebalancing:trade_error", args=[row.public_id])


def _list(account: Account) -> tuple[str, str]:
    return "Trade errors", reverse("rebalancing:trade_error_list")


def settled(user: Any, row: TradeError) -> str | None:
    """Why nothing is done about an error any more."""
    if row.approved_at is not None:
        return "This error is settled."
    return "This error was withdrawn." if row.withdrawn_at is not None else None


def not_approvable(user: Any, row: TradeError) -> str | None:
    """Why this person does not approve a correction."""
    if row.corrected_at is None:
        return "This error is not corrected yet."
    if user.pk in (row.corrected_by_id, row.made_by_id):
        return "You recorded or corrected this error; somebody else approves it."
    return settled(user, row)


_ONE: dict[str, Any] = {"namespace": "rebalancing", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_ROW: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": settled}
_READ: dict[str, Any] = {"noun": NOUN, "roles": READERS, "refusal": READERS_ONLY}

DOORS = (
    FormDoor(
        name="trade_error_record", act=Act.CREATE, title="Record an error in trading", form=Record,
        path="accounts/<slug:public_id>/trade-errors/record/", find=find_account, back=_list,
        actions=(Action.TRADE_ERROR_RECORDED,), verbs=(trade_errors.record,), **_ONE,
    ),
    FormDoor(
        name="trade_error_correct", act=Act.EDIT, title="Say how it was corrected", form=Correct,
        path="trade-errors/<slug:public_id>/correct/", checked=True, actions=(Action.TRADE_ERROR_CORRECTED,),
        verbs=(trade_errors.correct,), **_ROW,
    ),
    FormDoor(
        name="trade_error_move", act=Act.EDIT, title="Move shares to the error account", form=Move,
        path="trade-errors/<slug:public_id>/error-account/", checked=True, actions=(Action.TRADE_ERROR_MOVED,),
        verbs=(trade_errors.move,), **_ROW,
    ),
    FormDoor(
        name="trade_error_approve", act=Act.EDIT, title="Approve the correction", form=Approve,
        path="trade-errors/<slug:public_id>/approve/", actions=(Action.TRADE_ERROR_APPROVED,),
        verbs=(trade_errors.approve,),
        **{**_ROW, "roles": APPROVERS, "refusal": APPROVERS_ONLY, "refuse": not_approvable},
    ),
    FormDoor(
        name="trade_error_withdraw", act=Act.RETIRE, title="Withdraw the error", form=Withdraw,
        path="trade-errors/<slug:public_id>/withdraw/", actions=(Action.TRADE_ERROR_WITHDRAWN,),
        verbs=(trade_errors.withdraw,), **_ROW,
    ),
    Door(act=Act.READ, title="Errors in trading", browser="rebalancing:trade_error_list",
         api="api:trade-error-list", **_READ),
    Door(act=Act.HISTORY, title="An error and its correction", browser="rebalancing:trade_error",
         api="api:trade-error", **_READ),
)  # fmt: skip
