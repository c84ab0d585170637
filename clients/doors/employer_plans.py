"""Employers' plans: the menu of each, kept once for all its accounts, and which accounts belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, access_facts
from clients.doors import looking_up
from clients.doors.households import code_field
from clients.households import employer_plans
from clients.households.employer_plans import Terms
from clients.models import Account, EmployerPlan, PlanFund
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN, FUNDS, MEMBERS = "Employers' plans", "Menus of employers' plans", "Accounts in employers' plans"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "Employers' plans are kept by advisors and the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
HUNDRED = Decimal(100)
SHEET = "sheet `plan_menus`"


class Add(DoorForm):
    code = code_field()
    name = forms.CharField(
        label="Name",
        max_length=120,
        error_messages={"required": "Write the plan's name, such as Acme 401(k)."},
    )
    source = forms.CharField(
        label="Document",
        max_length=200,
        help_text="Where the menu is taken from, with its day: fund lineup of January 2026.",
        error_messages={"required": "Name the document with the plan's funds."},
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        plan = employer_plans.add(**self.cleaned_data, user_id=self.user.pk, by=by, at=at)
        return Done("The plan is on record. Put its funds on the menu next.", page_of(plan), plan)


class Correct(DoorForm):
    name = forms.CharField(label="Name", max_length=120)
    source = forms.CharField(label="Document", max_length=200)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"name": subject.name, "source": subject.source}

    def act(self, *, by: Actor, at: datetime) -> Done:
        plan = employer_plans.correct(self.subject, **self.cleaned_data, by=by, at=at)
        return Done("The plan is corrected.", page_of(plan), plan)


class Retire(DoorForm):
    reason = looking_up.reason(missing="Say why it is retired.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        plan = employer_plans.retire(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The plan is retired.", page_of(plan), plan)


class _Line(DoorForm):
    """The days of a line of the menu, and the plan's least share."""

    starts_on = looking_up.day(label="On the menu from")
    ends_on = looking_up.day(
        label="Until", required=False, help_text="Its last day on the menu. Empty: until it is taken off."
    )
    closed_on = looking_up.day(
        label="Closed to new money from",
        required=False,
        help_text="From this day nothing more is bought; what is held may stay.",
    )
    weight_min = forms.DecimalField(
        label="Least share of an account, in percent",
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=4,
        help_text="Where the plan lets nobody hold less of it. Empty: none.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts, ends = given.get("starts_on"), given.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "It would leave the menu before it comes on.")
        return given

    def terms(self) -> Terms:
        given = self.cleaned_data
        least = given.get("weight_min")
        return Terms(
            starts_on=given["starts_on"],
            ends_on=given.get("ends_on"),
            closed_on=given.get("closed_on"),
            weight_min=least / HUNDRED if least else None,
        )


class AddFund(_Line):
    symbol = forms.CharField(
        label="Fund", max_length=40, error_messages={"required": "Write the fund's symbol."}
    )

    field_order = ("symbol", "starts_on", "ends_on", "closed_on", "weight_min")

    def offer(self) -> None:
        self.order_fields(self.field_order)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"starts_on": on}

    def clean_symbol(self) -> str:
        symbol = str(self.cleaned_data["symbol"]).strip()
        self.security = access.securities_for(self.user).filter(symbol__iexact=symbol).first()
        if self.security is None:
            raise forms.ValidationError(f"There is no security {symbol} on record.")
        return symbol

    def act(self, *, by: Actor, at: datetime) -> Done:
        assert self.security is not None, "a valid form has found it"
        fund = employer_plans.add_fund(
            self.subject, self.security, self.terms(), user_id=self.user.pk, by=by, at=at
        )
        return Done(f"{fund.security.symbol} is on the menu.", page_of(fund.plan), fund)


class ChangeFund(_Line):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        least = subject.weight_min
        return {
            "starts_on": subject.starts_on,
            "ends_on": subject.ends_on,
            "closed_on": subject.closed_on,
            "weight_min": None if least is None else (least * HUNDRED).normalize(),
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        fund = employer_plans.change_fund(self.subject, self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done(f"The line of {fund.security.symbol} is changed.", page_of(fund.plan), fund)


class EndFund(DoorForm):
    reason = looking_up.reason(missing="Say why it leaves the menu.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        fund = employer_plans.end_fund(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done(f"{fund.security.symbol} is off the menu.", page_of(fund.plan), fund)


class Choose(DoorForm):
    plan = forms.ChoiceField(label="Employer's plan", required=False)
    reason = looking_up.reason(missing="Say why.", required=False)

    def offer(self) -> None:
        self.plans = {one.code: one for one in employer_plans.in_use()}
        nothing = "None on record: nothing is bought" if self.subject.is_of_an_employer else "None"
        self.fields["plan"].choices = [("", nothing), *((key, str(one)) for key, one in self.plans.items())]  # type: ignore[attr-defined]

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        plan = employer_plans.plan_of(subject)
        return {"plan": plan.code if plan else ""}

    def act(self, *, by: Actor, at: datetime) -> Done:
        plan = self.plans.get(self.cleaned_data["plan"])
        employer_plans.choose(
            self.subject, plan, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        told = (
            f"The account buys from the menu of {plan}." if plan else "The account is in no employer's plan."
        )
        return Done(told, account_page(self.subject)[1], self.subject)


def find(user: Any, public_id: str) -> EmployerPlan:
    """A plan, for those who may read the record's facts. Raises Http404."""
    return get_object_or_404(access_facts.employer_plans_for(user), public_id=public_id)


def find_fund(user: Any, public_id: str) -> PlanFund:
    """A line of a menu. Raises Http404."""
    lines = access_facts.plan_funds_for(user).select_related("plan", "security")
    return get_object_or_404(lines, public_id=public_id)


def find_account(user: Any, public_id: str) -> Account:
    """An account that this member of staff may see. Raises Http404."""
    found: Account = get_object_or_404(
        access.accounts_of_the_desk(user).select_related("household"), public_id=public_id
    )
    return found


def page_of(plan: EmployerPlan) -> str:
    """The address of a plan's page."""
    return reverse("clients:employer_plan", args=[plan.public_id])


def back(plan: EmployerPlan) -> tuple[str, str]:
    """The plan's own page."""
    return plan.name, page_of(plan)


def account_page(account: Account) -> tuple[str, str]:
    """The account's own page."""
    return str(account), reverse("clients:account", args=[account.public_id])


def _listed(_: Any) -> tuple[str, str]:
    return "Employers' plans", reverse("clients:employer_plan_list")


def _retired(user: Any, plan: EmployerPlan) -> str | None:
    return "This plan is retired." if plan.retired_at is not None else None


def _ended(user: Any, fund: PlanFund) -> str | None:
    return "This line of the menu has ended already." if fund.ended_at is not None else None


def _closed(user: Any, account: Account) -> str | None:
    return f"{account} is closed." if account.closed_on is not None else None


_ONE: dict[str, Any] = {"namespace": "clients", "roles": ROLES, "refusal": REFUSAL}
_PLAN: dict[str, Any] = {**_ONE, "noun": NOUN, "find": find, "back": back, "refuse": _retired}
_FUND: dict[str, Any] = {
    **_ONE, "noun": FUNDS, "find": find_fund, "back": lambda fund: back(fund.plan), "refuse": _ended,
}  # fmt: skip
_READ: dict[str, Any] = {"roles": READERS, "refusal": READERS_ONLY}
OF_A_PLAN = ("clients:plan_fund_add", "clients:employer_plan_correct", "clients:employer_plan_retire")
OF_A_FUND = ("clients:plan_fund_change", "clients:plan_fund_end")

DOORS = (
    FormDoor(
        name="employer_plan_add", act=Act.CREATE, title="Add an employer’s plan", form=Add, noun=NOUN,
        path="employer-plans/add/", back=_listed, actions=(Action.PLAN_ADDED,), verbs=(employer_plans.add,),
        file=SHEET, **_ONE,
    ),
    FormDoor(
        name="employer_plan_correct", act=Act.EDIT, title="Correct the plan", form=Correct, button="Correct it",
        path="employer-plans/<slug:public_id>/correct/", actions=(Action.PLAN_CHANGED,),
        verbs=(employer_plans.correct,), checked=True, **_PLAN,
    ),
    FormDoor(
        name="employer_plan_retire", act=Act.RETIRE, title="Retire the plan", form=Retire, button="Retire it",
        path="employer-plans/<slug:public_id>/retire/", actions=(Action.PLAN_RETIRED,),
        verbs=(employer_plans.retire,), **_PLAN,
    ),
    Door(
        noun=NOUN, act=Act.READ, title="Employers’ plans", browser="clients:employer_plan_list",
        api="api:employer-plan-list", **_READ,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="A plan with its menu and history", browser="clients:employer_plan",
        api="api:employer-plan", **_READ,
    ),
    FormDoor(
        name="plan_fund_add", act=Act.CREATE, title="Put a fund on the menu", form=AddFund,
        path="employer-plans/<slug:public_id>/funds/add/", actions=(Action.PLAN_FUND_ADDED,),
        verbs=(employer_plans.add_fund,), file=SHEET, **{**_PLAN, "noun": FUNDS},
    ),
    FormDoor(
        name="plan_fund_change", act=Act.EDIT, title="Change the fund’s line", form=ChangeFund,
        button="Change it", path="plan-funds/<slug:public_id>/change/", actions=(Action.PLAN_FUND_CHANGED,),
        verbs=(employer_plans.change_fund,), checked=True, **_FUND,
    ),
    FormDoor(
        name="plan_fund_end", act=Act.RETIRE, title="Take the fund off the menu", form=EndFund,
        button="Take it off", path="plan-funds/<slug:public_id>/end/", actions=(Action.PLAN_FUND_ENDED,),
        verbs=(employer_plans.end_fund,), **_FUND,
    ),
    Door(
        noun=FUNDS, act=Act.READ, title="A plan’s menu", browser="clients:employer_plan",
        api="api:employer-plan", **_READ,
    ),
    Door(
        noun=FUNDS, act=Act.HISTORY, title="Lines of the menu that have ended", browser="clients:employer_plan",
        api="api:employer-plan", **_READ,
    ),
    FormDoor(
        name="account_plan", act=Act.EDIT, title="Say which employer’s plan it belongs to", form=Choose,
        button="Save", noun=MEMBERS, path="accounts/<slug:public_id>/employer-plan/", find=find_account,
        back=account_page, refuse=_closed, actions=(Action.PLAN_JOINED, Action.PLAN_LEFT),
        verbs=(employer_plans.choose,), checked=True, file="sheet `accounts`, column `employer_plan`", **_ONE,
    ),
    Door(
        noun=MEMBERS, act=Act.READ, title="The accounts of a plan", browser="clients:employer_plan",
        api="api:employer-plan", **_READ,
    ),
    Door(
        noun=MEMBERS, act=Act.HISTORY, title="An account’s plans so far", browser="clients:account",
        api="api:event-list", **_READ,
    ),
    NoDoor(MEMBERS, Act.CREATE, "An account comes into a plan by saying which plan it belongs to."),
    NoDoor(MEMBERS, Act.RETIRE, "An account leaves a plan by saying that it belongs to another, or to none."),
)  # fmt: skip
