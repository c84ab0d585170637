"""What the families ask for outside their policies, and the employer's plan that some of them save in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from advisory.models import User
from advisory.showroom.demo.households import BY, OnRecord
from clients.households import employer_plans
from clients.models import ClientRestriction, Security, SleeveMember
from clients.policies import client_restrictions
from clients.policies.restriction_terms import Terms

PLAN: dict[str, Any] = {
    "code": "harbor-works",
    "name": "Harbor Works retirement plan",
    "source": "Fund lineup of the plan's sponsor, January",
}


def record(on_record: list[OnRecord], *, users: dict[str, User], as_of: date, at: datetime) -> None:
    """One plan for all accounts of employers' plans, and one family that excludes two companies."""
    _plan(on_record, user=users["alma"], as_of=as_of, at=at)
    for one in on_record:
        if one.family.situation.code == "restricted":
            _exclusion(one, user=users[one.family.advisor], as_of=as_of, at=at)


def _plan(on_record: list[OnRecord], *, user: User, as_of: date, at: datetime) -> None:
    acts: dict[str, Any] = {"user_id": user.pk, "by": BY, "at": at}
    plan = employer_plans.add(**PLAN, **acts)
    listed = Security.objects.exclude(kind=Security.Kind.STOCK).filter(
        pk__in=SleeveMember.objects.values("security")
    )
    since = employer_plans.Terms(starts_on=as_of - timedelta(days=300))
    for security in listed.order_by("symbol"):
        employer_plans.add_fund(plan, security, since, **acts)
    for one in on_record:
        for account in one.household.accounts.order_by("pk"):
            if account.is_of_an_employer:
                employer_plans.choose(account, plan, reason="", **acts)


def _exclusion(one: OnRecord, *, user: User, as_of: date, at: datetime) -> None:
    companies = Security.objects.filter(kind=Security.Kind.STOCK).exclude(issuer="").order_by("symbol")[:2]
    terms = Terms(
        kind=ClientRestriction.Kind.DO_NOT_BUY,
        issuers=tuple(security.issuer for security in companies),
        reason="The client serves on a board with ties to both companies.",
        asked_by=one.family.name,
        asked_on=as_of - timedelta(days=30),
        starts_on=as_of - timedelta(days=30),
        document="Letter in the client's folder",
    )
    client_restrictions.record(one.household, terms, on=as_of, user_id=user.pk, by=BY, at=at)
