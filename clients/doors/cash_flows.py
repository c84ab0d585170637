"""Cash needs: added, corrected, cancelled, marked as done; and recurring ones: begun, changed, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, figures
from clients.doors import looking_up
from clients.households import cash_flows, recurring_cash
from clients.households.recurring_cash import Terms
from clients.models import Account, CashFlow, CashFlowRule, Household
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN, RECURRING = "Cash needs", "Recurring cash needs"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "Holds and cash needs are added by the advisor or the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
AMOUNT_MAX = Decimal(10) ** 10
LAST_DAY = 31


class _Money(DoorForm):
    """An account of the household, and how much goes in or out. The sign follows from the kind."""

    account = forms.ChoiceField(label="Account")
    kind = forms.ChoiceField(choices=CashFlow.Kind.choices, initial=CashFlow.Kind.WITHDRAWAL)
    amount = forms.DecimalField(
        label="Amount",
        min_value=Decimal("0.01"),
        max_value=AMOUNT_MAX,
        decimal_places=2,
        help_text="In dollars, for example 25000.",
        error_messages={"min_value": "The amount must be more than zero."},
    )

    @property
    def household(self) -> Household:
        return self.subject if isinstance(self.subject, Household) else self.subject.account.household

    def offer(self) -> None:
        accounts = access.accounts_for(self.user).filter(household=self.household).order_by("name", "pk")
        own = getattr(self.subject, "account_id", None)
        self.accounts: dict[str, Account] = {
            one.public_id: one for one in accounts if one.closed_on is None or one.pk == own
        }
        self.fields["account"].choices = [(key, str(one)) for key, one in self.accounts.items()]  # type: ignore[attr-defined]

    def money(self) -> dict[str, Any]:
        """The account, the kind and the signed amount."""
        given = self.cleaned_data
        is_in = given["kind"] == CashFlow.Kind.CONTRIBUTION
        return {
            "account": self.accounts[given["account"]],
            "kind": given["kind"],
            "amount": given["amount"] if is_in else -given["amount"],
        }

    def done(self, sentence: str, thing: Any) -> Done:
        return Done(sentence, reverse("clients:household", args=[self.household.public_id]), thing)


class Need(_Money):
    """Money due into or out of an account on a day."""

    due_on = looking_up.day(label="Due on")
    note = forms.CharField(max_length=200, required=False)

    def clean_due_on(self) -> date:
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self.on and due_on != self.initial.get("due_on"):
            raise forms.ValidationError("This day has passed. Choose today or later.")
        return due_on


class Add(Need):
    def act(self, *, by: Actor, at: datetime) -> Done:
        flow = cash_flows.expect(
            **self.money(),
            due_on=self.cleaned_data["due_on"],
            note=self.cleaned_data["note"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return self.done("The cash need is on record. The next scan plans for it.", flow)


class Correct(Need):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {
            "account": subject.account.public_id,
            "kind": subject.kind,
            "amount": abs(subject.amount),
            "due_on": subject.due_on,
            "note": subject.note,
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        flow = cash_flows.correct(
            self.subject,
            **self.money(),
            due_on=self.cleaned_data["due_on"],
            note=self.cleaned_data["note"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return self.done("The cash need is corrected. What was typed before stays on record.", flow)


class Cancel(DoorForm):
    reason = looking_up.reason(missing="Say why it is no longer due.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        flow = cash_flows.cancel(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The cash need is cancelled.", back(flow)[1], flow)


class MarkDone(DoorForm):
    done_on = looking_up.day(label="Moved on", help_text="The day on which the money left or arrived.")

    def clean_done_on(self) -> date:
        done_on: date = self.cleaned_data["done_on"]
        if done_on > self.on:
            raise forms.ValidationError(
                "This day is still to come. Mark it as done once the money has moved."
            )
        return done_on

    def act(self, *, by: Actor, at: datetime) -> Done:
        flow = cash_flows.mark_done(
            self.subject, done_on=self.cleaned_data["done_on"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The cash need is done.", back(flow)[1], flow)


class _Rule(_Money):
    """Money due again and again, from a first day on."""

    every = forms.ChoiceField(label="How often", choices=CashFlowRule.Every.choices)
    starts_on = looking_up.day(
        label="First due on", help_text="The day of the month follows from it: the 15th from the 15th."
    )
    is_last_day = forms.BooleanField(
        required=False, label="On the last day of the month", help_text="Instead of the day of the first."
    )
    until_on = looking_up.day(label="Last day", required=False, help_text="Empty: until it is ended.")
    count = forms.IntegerField(
        label="How many times", required=False, min_value=1, max_value=600, help_text="Empty: no limit."
    )
    moved = forms.ChoiceField(
        label="On a day without business, move it",
        choices=CashFlowRule.Moved.choices,
        initial=CashFlowRule.Moved.BEFORE,
    )
    note = forms.CharField(max_length=200, required=False)

    def clean_starts_on(self) -> date:
        starts_on: date = self.cleaned_data["starts_on"]
        if starts_on < self.on:
            raise forms.ValidationError("This day has passed. Choose today or later.")
        return starts_on

    def terms(self) -> Terms:
        given = self.cleaned_data
        return Terms(
            **self.money(),
            every=given["every"],
            day=LAST_DAY if given["is_last_day"] else given["starts_on"].day,
            starts_on=given["starts_on"],
            until_on=given["until_on"],
            count=given["count"],
            moved=given["moved"],
            note=given["note"],
        )


class Begin(_Rule):
    def act(self, *, by: Actor, at: datetime) -> Done:
        rule = recurring_cash.begin(self.terms(), user_id=self.user.pk, by=by, at=at, on=self.on)
        return self.done("The recurring cash need is on record, with its next weeks.", rule)


class Change(_Rule):
    starts_on = looking_up.day(
        label="From",
        help_text="The first day of the changed rule. Open occurrences from then on are made again.",
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        first = (
            subject.flows.filter(done_on=None, cancelled_at=None, occurs_on__gte=on)
            .order_by("occurs_on")
            .first()
        )
        return {
            "account": subject.account.public_id,
            "kind": subject.kind,
            "amount": abs(subject.amount),
            "every": subject.every,
            "starts_on": first.occurs_on if first else max(on, subject.starts_on),
            "is_last_day": subject.day == LAST_DAY,
            "until_on": subject.until_on,
            "count": None,
            "moved": subject.moved,
            "note": subject.note,
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        rule = recurring_cash.change(
            self.subject, self.terms(), user_id=self.user.pk, by=by, at=at, on=self.on
        )
        return self.done("The recurring cash need is changed.", rule)


class End(DoorForm):
    since = looking_up.day(label="From", help_text="Open occurrences from this day on are cancelled.")
    reason = looking_up.reason(missing="Say why the rule ends.")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"since": on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        rule = recurring_cash.end(
            self.subject,
            reason=self.cleaned_data["reason"],
            since=self.cleaned_data["since"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The recurring cash need is ended.", back(rule)[1], rule)


def find(user: Any, public_id: str) -> CashFlow:
    """A cash need that this person may see. Raises Http404."""
    found: CashFlow = get_object_or_404(
        access.cash_flows_for(user).select_related("account__household"), public_id=public_id
    )
    return found


def find_rule(user: Any, public_id: str) -> CashFlowRule:
    """A recurring cash need that this person may see. Raises Http404."""
    found: CashFlowRule = get_object_or_404(
        access.cash_flow_rules_for(user).select_related("account__household"), public_id=public_id
    )
    return found


def back(subject: CashFlow | CashFlowRule) -> tuple[str, str]:
    """The page of the household whose money it is."""
    return looking_up.household_page(subject.account.household)


def settled(user: Any, flow: CashFlow) -> str | None:
    """Why a cash need cannot be changed any more."""
    if flow.done_on is not None:
        return f"This cash need was done on {figures.day(flow.done_on)}."
    return "This cash need is cancelled." if flow.cancelled_at is not None else None


def ended(user: Any, rule: CashFlowRule) -> str | None:
    """Why a rule cannot be changed any more."""
    return "This recurring cash need has ended." if rule.ended_at is not None else None


_ONE: dict[str, Any] = {
    "namespace": "clients",
    "noun": NOUN,
    "roles": ROLES,
    "refusal": REFUSAL,
    "back": back,
}
_FLOW: dict[str, Any] = {**_ONE, "find": find, "refuse": settled}
_RULE: dict[str, Any] = {**_ONE, "noun": RECURRING, "find": find_rule, "refuse": ended}
_NEW: dict[str, Any] = {**_ONE, "find": looking_up.household, "back": looking_up.household_page}

DOORS = (
    FormDoor(
        name="cash_need_add", act=Act.CREATE, title="Add a cash need", form=Add, button="Add cash need",
        path="households/<slug:public_id>/cash-need/", actions=(Action.CASH_NEED_ADDED,),
        verbs=(cash_flows.expect,), **_NEW,
    ),
    FormDoor(
        name="cash_need_correct", act=Act.EDIT, title="Correct the cash need", form=Correct, button="Correct it",
        path="cash-needs/<slug:public_id>/correct/", actions=(Action.CASH_NEED_CHANGED,),
        verbs=(cash_flows.correct,), checked=True, **_FLOW,
    ),
    FormDoor(
        name="cash_need_done", act=Act.RETIRE, title="Mark as done", form=MarkDone,
        path="cash-needs/<slug:public_id>/done/", actions=(Action.CASH_NEED_DONE,),
        verbs=(cash_flows.mark_done,), **_FLOW,
    ),
    FormDoor(
        name="cash_need_cancel", act=Act.RETIRE, title="Cancel the cash need", form=Cancel, button="Cancel it",
        path="cash-needs/<slug:public_id>/cancel/", actions=(Action.CASH_NEED_CANCELLED,),
        verbs=(cash_flows.cancel,), **_FLOW,
    ),
    Door(
        noun=NOUN, act=Act.READ, title="Cash needs that are due", browser="clients:cash_need_list",
        api="api:cash-need-list", roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="A cash need and its history", browser="clients:cash_need",
        api="api:cash-need", roles=READERS, refusal=READERS_ONLY,
    ),
    FormDoor(
        name="recurring_cash_add", act=Act.CREATE, title="Add a recurring cash need", form=Begin,
        button="Add recurring cash need", path="households/<slug:public_id>/recurring-cash-need/",
        actions=(Action.CASH_RULE_ADDED, Action.CASH_NEED_ADDED), verbs=(recurring_cash.begin,),
        **{**_NEW, "noun": RECURRING},
    ),
    FormDoor(
        name="recurring_cash_change", act=Act.EDIT, title="Change the recurring cash need", form=Change,
        button="Change it", path="recurring-cash-needs/<slug:public_id>/change/",
        actions=(Action.CASH_RULE_CHANGED, Action.CASH_NEED_CANCELLED, Action.CASH_NEED_ADDED),
        verbs=(recurring_cash.change,), checked=True, **_RULE,
    ),
    FormDoor(
        name="recurring_cash_end", act=Act.RETIRE, title="End the recurring cash need", form=End, button="End it",
        path="recurring-cash-needs/<slug:public_id>/end/",
        actions=(Action.CASH_RULE_ENDED, Action.CASH_NEED_CANCELLED), verbs=(recurring_cash.end,), checked=True,
        **_RULE,
    ),
    Door(
        noun=RECURRING, act=Act.READ, title="Recurring cash needs", browser="clients:recurring_cash_list",
        api="api:recurring-cash-need-list", roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=RECURRING, act=Act.HISTORY, title="A recurring cash need and its history",
        browser="clients:recurring_cash", api="api:recurring-cash-need", roles=READERS, refusal=READERS_ONLY,
    ),
)  # fmt: skip
