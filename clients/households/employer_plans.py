"""Employers' plans: their menus of funds, and the accounts that belong to them.

In an account of an employer's plan only what the plan lists may be bought, and without a menu nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from clients.models import Account, EmployerPlan, PlanAccount, PlanFund, Security
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A line of a menu: from when to when, closed to new money from when, and the plan's least share of an account."""

    starts_on: date
    ends_on: date | None = None
    closed_on: date | None = None
    weight_min: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """What one account may buy on a day, and the least share of each fund where the plan names one.

    `plan` is None for an account of an employer whose plan is not on record: nothing may be bought.
    """

    plan: EmployerPlan | None
    securities: frozenset[int]
    minimums: dict[int, Decimal]


def menus(
    accounts: Collection[Account], *, on: date, joined: Iterable[PlanAccount] | None = None
) -> dict[int, Menu]:
    """The menus of those of these accounts that have one or need one, by the account's key. A caller that already has them
    passes the rows that tie them to their plans.
    """
    if joined is None:
        joined = PlanAccount.objects.filter(account__in=accounts, ended_at=None).select_related("plan")
    here = {account.pk for account in accounts}
    of_plans = {one.account_id: one.plan for one in joined if one.account_id in here}
    funds: dict[int, list[PlanFund]] = {}
    if of_plans:
        listed = PlanFund.objects.filter(plan__in=set(of_plans.values()), ended_at=None)
        for fund in listed.order_by("pk"):
            funds.setdefault(fund.plan_id, []).append(fund)
    found = {}
    for account in accounts:
        plan = of_plans.get(account.pk)
        if plan is None and not account.is_of_an_employer:
            continue
        open_funds = [one for one in funds.get(plan.pk if plan else 0, ()) if one.may_be_bought(on=on)]
        found[account.pk] = Menu(
            plan,
            frozenset(one.security_id for one in open_funds),
            {one.security_id: one.weight_min for one in open_funds if one.weight_min is not None},
        )
    return found


@transaction.atomic
def add(*, code: str, name: str, source: str, user_id: int | None, by: Actor, at: datetime) -> EmployerPlan:
    """Put an employer's plan on record. Raises `Conflict` for a code that is taken."""
    _refuse_unsaid(name, source)
    if EmployerPlan.objects.filter(code=code).exists():
        raise Conflict(f"There is a plan with the code {code}.", "Choose another code, or use that plan.")
    plan = EmployerPlan.objects.create(
        code=code, name=name.strip(), source=source.strip(), made_by_id=user_id, made_at=at
    )
    audit.record(
        audit.Action.PLAN_ADDED,
        about=plan,
        by=by,
        at=at,
        sealing=[("employer_plan", plan.pk)],
        code=plan.code,
        name=plan.name,
        source=plan.source,
    )
    return plan


@transaction.atomic
def correct(plan: EmployerPlan, *, name: str, source: str, by: Actor, at: datetime) -> EmployerPlan:
    """Correct a plan's name, or the document its menu comes from."""
    plan = _standing(plan)
    _refuse_unsaid(name, source)
    before = {"name": plan.name, "source": plan.source}
    plan.name, plan.source = name.strip(), source.strip()
    after = {"name": plan.name, "source": plan.source}
    if before == after:
        raise BadInput("Nothing is changed.", "Change the name or the document, or leave the page.")
    plan.save(update_fields=["name", "source"])
    audit.record(
        audit.Action.PLAN_CHANGED,
        about=plan,
        by=by,
        at=at,
        sealing=[("employer_plan", plan.pk)],
        changed={
            key: {"before": before[key], "after": after[key]} for key in before if before[key] != after[key]
        },
    )
    return plan


@transaction.atomic
def retire(plan: EmployerPlan, *, reason: str, user_id: int | None, by: Actor, at: datetime) -> EmployerPlan:
    """Take a plan out of use. Raises `Conflict` while accounts belong to it."""
    plan = _standing(plan)
    if not reason.strip():
        raise BadInput("Retiring a plan needs a reason.", "Say in a sentence why.")
    members = plan.accounts.filter(ended_at=None).count()
    if members:
        counted = f"{members} account{'' if members == 1 else 's'}"
        raise Conflict(
            f"{counted} still {'belongs' if members == 1 else 'belong'} to {plan}.",
            "Take the accounts out of the plan first.",
        )
    plan.retired_at, plan.retired_by_id, plan.retire_reason = at, user_id, reason.strip()
    plan.save(update_fields=["retired_at", "retired_by", "retire_reason"])
    audit.record(
        audit.Action.PLAN_RETIRED,
        about=plan,
        by=by,
        at=at,
        sealing=[("employer_plan_retired", plan.pk)],
        reason=plan.retire_reason,
    )
    return plan


@transaction.atomic
def add_fund(
    plan: EmployerPlan, security: Security, terms: Terms, *, user_id: int | None, by: Actor, at: datetime
) -> PlanFund:
    """Put a fund on a plan's menu. Raises `Conflict` for one that is on it."""
    plan = _standing(plan)
    _refuse_terms(terms)
    if plan.funds.filter(security=security, ended_at=None).exists():
        raise Conflict(f"{security.symbol} is on the menu of {plan}.", "Change its line instead.")
    fund = _listed(plan, security, terms, replaces=None, user_id=user_id, at=at)
    audit.record(
        audit.Action.PLAN_FUND_ADDED,
        about=plan,
        by=by,
        at=at,
        sealing=[("plan_fund", fund.pk)],
        fund=fund.public_id,
        symbol=security.symbol,
        reason=security.symbol,
        **_told(terms),
    )
    return fund


@transaction.atomic
def change_fund(fund: PlanFund, terms: Terms, *, user_id: int | None, by: Actor, at: datetime) -> PlanFund:
    """Put a line with other terms in the place of a fund's. Raises `BadInput` when nothing is changed."""
    fund = _standing_fund(fund)
    _refuse_terms(terms)
    before = terms_of(fund)
    if before == terms:
        raise BadInput("Nothing is changed.", "Change a day or the minimum, or leave the page.")
    _end(fund, reason="Changed", user_id=user_id, at=at)
    fresh = _listed(fund.plan, fund.security, terms, replaces=fund, user_id=user_id, at=at)
    was, now = _told(before), _told(terms)
    audit.record(
        audit.Action.PLAN_FUND_CHANGED,
        about=fund.plan,
        by=by,
        at=at,
        sealing=[("plan_fund", fresh.pk), ("plan_fund_ended", fund.pk)],
        fund=fresh.public_id,
        symbol=fund.security.symbol,
        changed={
            f"{fund.security.symbol} {name}": {"before": str(was[name] or ""), "after": str(now[name] or "")}
            for name in was
            if was[name] != now[name]
        },
    )
    return fresh


@transaction.atomic
def end_fund(fund: PlanFund, *, reason: str, user_id: int | None, by: Actor, at: datetime) -> PlanFund:
    """Take a fund off a plan's menu at once; what accounts hold of it stays until it is sold."""
    fund = _standing_fund(fund)
    if not reason.strip():
        raise BadInput("Taking a fund off the menu needs a reason.", "Say in a sentence why.")
    _end(fund, reason=reason, user_id=user_id, at=at)
    audit.record(
        audit.Action.PLAN_FUND_ENDED,
        about=fund.plan,
        by=by,
        at=at,
        sealing=[("plan_fund_ended", fund.pk)],
        fund=fund.public_id,
        symbol=fund.security.symbol,
        reason=f"{fund.security.symbol}: {fund.end_reason}",
    )
    return fund


@transaction.atomic
def choose(
    account: Account, plan: EmployerPlan | None, *, reason: str, user_id: int | None, by: Actor, at: datetime
) -> PlanAccount | None:
    """Say to which employer's plan an account belongs, or that it belongs to none.

    Raises `BadInput` when nothing is changed, `Conflict` for a plan that is retired.
    """
    account = Account.objects.select_for_update(of=("self",)).select_related("household").get(pk=account.pk)
    plan = _standing(plan) if plan is not None else None
    before = account.plan_accounts.filter(ended_at=None).select_related("plan").first()
    if (before.plan_id if before else None) == (plan.pk if plan else None):
        raise BadInput("Nothing is changed.", "Choose another plan, or leave the page.")
    if before is not None:
        before.ended_at, before.ended_by_id = at, user_id
        before.end_reason = reason.strip() or "Another plan"
        before.save(update_fields=["ended_at", "ended_by", "end_reason"])
        audit.record(
            audit.Action.PLAN_LEFT,
            about=account,
            by=by,
            at=at,
            sealing=[("plan_account_ended", before.pk)],
            plan=before.plan.public_id,
            reason=before.end_reason,
        )
    if plan is None:
        return None
    chosen = PlanAccount.objects.create(account=account, plan=plan, entered_by_id=user_id, entered_at=at)
    audit.record(
        audit.Action.PLAN_JOINED,
        about=account,
        by=by,
        at=at,
        sealing=[("plan_account", chosen.pk)],
        plan=plan.public_id,
        reason=reason.strip() or f"{plan}",
    )
    return chosen


def plan_of(account: Account) -> EmployerPlan | None:
    """The employer's plan an account belongs to."""
    found = account.plan_accounts.filter(ended_at=None).select_related("plan").first()
    return found.plan if found else None


def in_use() -> QuerySet[EmployerPlan]:
    """The plans that are not retired, by name."""
    return EmployerPlan.objects.filter(retired_at=None)


def terms_of(fund: PlanFund) -> Terms:
    """The terms of a line on record."""
    return Terms(
        starts_on=fund.starts_on, ends_on=fund.ends_on, closed_on=fund.closed_on, weight_min=fund.weight_min
    )


def _told(terms: Terms) -> dict[str, date | Decimal | None]:
    return {
        "starts_on": terms.starts_on,
        "ends_on": terms.ends_on,
        "closed_to_new_money_on": terms.closed_on,
        "minimum": terms.weight_min,
    }


def _refuse_unsaid(name: str, source: str) -> None:
    if not name.strip() or not source.strip():
        raise BadInput(
            "A plan has a name, and a document its menu is taken from.",
            "Fill in both, with the document's day.",
        )


def _refuse_terms(terms: Terms) -> None:
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        raise BadInput("The fund would leave the menu before it comes on.", "Check both days.")
    if terms.weight_min is not None and not 0 < terms.weight_min <= ONE:
        raise BadInput(
            "A minimum is a percentage above 0 and up to 100.", "Write 5% as 5, or leave it empty."
        )


def _standing(plan: EmployerPlan) -> EmployerPlan:
    locked: EmployerPlan = EmployerPlan.objects.select_for_update().get(pk=plan.pk)
    if locked.retired_at is not None:
        raise Conflict(f"{locked} is retired.", "Choose a plan that is in use.")
    return locked


def _standing_fund(fund: PlanFund) -> PlanFund:
    locked: PlanFund = (
        PlanFund.objects.select_for_update(of=("self",)).select_related("plan", "security").get(pk=fund.pk)
    )
    if locked.ended_at is not None:
        raise Conflict("This line of the menu has ended already.", "There is nothing to do.")
    return locked


def _listed(
    plan: EmployerPlan,
    security: Security,
    terms: Terms,
    *,
    replaces: PlanFund | None,
    user_id: int | None,
    at: datetime,
) -> PlanFund:
    return PlanFund.objects.create(
        plan=plan,
        security=security,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        closed_on=terms.closed_on,
        weight_min=terms.weight_min,
        entered_by_id=user_id,
        entered_at=at,
        replaces=replaces,
    )


def _end(fund: PlanFund, *, reason: str, user_id: int | None, at: datetime) -> None:
    fund.ended_at, fund.ended_by_id, fund.end_reason = at, user_id, reason.strip()
    fund.save(update_fields=["ended_at", "ended_by", "end_reason"])
