"""An employer's plan: its menu, past lines of it, its accounts and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from clients import access, figures
from clients.models import Account, EmployerPlan, PlanFund
from clients.pages import facts
from clients.pages.facts import Event
from compliance.doors import pages
from compliance.doors.pages import DoorLink

DOORS = ("clients:plan_fund_add", "clients:employer_plan_correct", "clients:employer_plan_retire")
FUND_DOORS = ("clients:plan_fund_change", "clients:plan_fund_end")


@dataclass(frozen=True, slots=True)
class FundRow:
    """A line of the menu. `state` says in words whether it may be bought today."""

    symbol: str
    name: str
    url: str
    since: date
    until: date | None
    closed_on: date | None
    least: str
    state: str
    tone: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class MemberRow:
    account: str
    last_four: str
    url: str
    household: str
    household_url: str


@dataclass(frozen=True, slots=True)
class PlanPage:
    plan: EmployerPlan
    list_url: str
    doors: tuple[DoorLink, ...]
    menu: tuple[FundRow, ...]
    past: tuple[FundRow, ...]
    members: tuple[MemberRow, ...]
    others: int
    """Accounts of households that this person does not see."""
    events: tuple[Event, ...]


def show(user: Any, plan: EmployerPlan, *, on: date) -> PlanPage:
    """One plan as a member of staff sees it."""
    lines = list(plan.funds.select_related("security", "plan").order_by("security__symbol", "-pk"))
    members = Account.objects.filter(plan_accounts__plan=plan, plan_accounts__ended_at=None)
    seen = members.filter(household__in=access.households_for(user)).select_related("household")
    rows = tuple(_member(one) for one in seen.order_by("household__name", "name", "pk"))
    return PlanPage(
        plan=plan,
        list_url=reverse("clients:employer_plan_list"),
        doors=pages.links(DOORS, user, plan),
        menu=tuple(_row(user, one, on=on) for one in lines if one.ended_at is None),
        past=tuple(_row(user, one, on=on) for one in lines if one.ended_at is not None),
        members=rows,
        others=members.count() - len(rows),
        events=facts.history([plan]),
    )


def state_of(fund: PlanFund, *, on: date) -> tuple[str, str]:
    """Whether a fund may be bought on a day, in words, and its tone."""
    if fund.ended_at is not None:
        return fund.end_reason, "plain"
    if fund.starts_on > on:
        return "To come", "plain"
    if fund.ends_on is not None and fund.ends_on < on:
        return "Off the menu", "plain"
    if not fund.may_be_bought(on=on):
        return "Closed to new money", "attention"
    return "May be bought", "order"


def _row(user: Any, fund: PlanFund, *, on: date) -> FundRow:
    state, tone = state_of(fund, on=on)
    return FundRow(
        symbol=fund.security.symbol,
        name=fund.security.name,
        url=reverse("clients:security", args=[fund.security_id]),
        since=fund.starts_on,
        until=fund.ends_on,
        closed_on=fund.closed_on,
        least=f"{figures.weight_trimmed(fund.weight_min)}%" if fund.weight_min is not None else "",
        state=state,
        tone=tone,
        doors=pages.links(FUND_DOORS, user, fund),
    )


def _member(account: Account) -> MemberRow:
    return MemberRow(
        account=account.name,
        last_four=account.number_last4,
        url=reverse("clients:account", args=[account.public_id]),
        household=account.household.name,
        household_url=reverse("clients:household", args=[account.household.public_id]),
    )
