"""Employers' plans: menus of funds that change line by line, and the accounts that buy from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clients.households import employer_plans
from clients.households.employer_plans import Terms
from clients.models import Account, EmployerPlan, Household, PlanFund, Security
from compliance.audit_trail import audit
from compliance.refusals import BadInput, Conflict
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.at_doors import acted, door
from tests.factories.households import SET_UP, a_managed_household
from tests.pages import as_
from tests.spec.drawn import rows

pytestmark = pytest.mark.django_db

ACTS: dict[str, Any] = {"user_id": None, "by": SET_UP, "at": SUNDAY_NOON}
SINCE = date(2026, 1, 1)


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


@pytest.fixture
def plan() -> EmployerPlan:
    return employer_plans.add(code="acme", name="Acme 401(k)", source="Lineup of January", **ACTS)


def fund(plan: EmployerPlan, symbol: str = "ZUS", **terms: Any) -> PlanFund:
    security = Security.objects.get(symbol=symbol)
    return employer_plans.add_fund(plan, security, Terms(**{"starts_on": SINCE, **terms}), **ACTS)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        starts     | ends       | closed     | on         | may be bought
        2026-01-01 |            |            | 2026-01-01 | yes
        2026-01-02 |            |            | 2026-01-01 | no
        2026-01-01 | 2026-03-31 |            | 2026-03-31 | yes
        2026-01-01 | 2026-03-31 |            | 2026-04-01 | no
        2026-01-01 |            | 2026-03-01 | 2026-02-28 | yes
        2026-01-01 |            | 2026-03-01 | 2026-03-01 | no
        """
    ),
)
def test_a_fund_may_be_bought_while_it_is_listed_and_open(
    millers: Household, plan: EmployerPlan, row: dict[str, str]
) -> None:
    def day(name: str) -> date | None:
        return date.fromisoformat(row[name]) if row[name] else None

    line = fund(plan, starts_on=day("starts"), ends_on=day("ends"), closed_on=day("closed"))

    assert line.may_be_bought(on=date.fromisoformat(row["on"])) is (row["may be bought"] == "yes")


def test_a_changed_line_takes_the_place_of_the_old_one(millers: Household, plan: EmployerPlan) -> None:
    old = fund(plan)

    new = employer_plans.change_fund(old, Terms(starts_on=SINCE, weight_min=D("0.05")), **ACTS)

    old.refresh_from_db()
    assert (old.end_reason, new.replaces) == ("Changed", old)
    assert list(plan.funds.filter(ended_at=None)) == [new]
    assert audit.differences(about=[plan]) == []
    with pytest.raises(IntegrityError, match="stays as it was entered"), transaction.atomic():
        connection.cursor().execute("UPDATE clients_planfund SET weight_min = 0.5 WHERE id = %s", [new.pk])


def test_a_fund_is_on_a_menu_once(millers: Household, plan: EmployerPlan) -> None:
    fund(plan)

    with pytest.raises(Conflict, match="ZUS is on the menu of Acme"):
        fund(plan)


def test_a_plan_with_accounts_is_not_retired(millers: Household, plan: EmployerPlan) -> None:
    account = millers.accounts.order_by("pk")[0]
    employer_plans.choose(account, plan, reason="", **ACTS)

    with pytest.raises(Conflict, match="1 account still belongs to Acme"):
        employer_plans.retire(plan, reason="Gone.", **ACTS)
    employer_plans.choose(account, None, reason="Left the company.", **ACTS)
    retired = employer_plans.retire(plan, reason="Gone.", **ACTS)

    assert retired.retired_at == SUNDAY_NOON
    assert audit.differences(about=[plan, account]) == []
    with pytest.raises(Conflict, match="is retired"):
        employer_plans.choose(account, plan, reason="", **ACTS)
    with pytest.raises(BadInput, match="Nothing is changed"):
        employer_plans.choose(account, None, reason="", **ACTS)


def test_an_account_of_an_employer_without_a_menu_may_buy_nothing(
    millers: Household, plan: EmployerPlan
) -> None:
    taxable, ira = millers.accounts.order_by("pk")
    Account.objects.filter(pk=ira.pk).update(registration="plan_401k")
    ira.refresh_from_db()

    def menu() -> Any:
        return employer_plans.menus([taxable, ira], on=date(2026, 11, 23))

    assert (menu().keys(), menu()[ira.pk].plan, menu()[ira.pk].securities) == ({ira.pk}, None, frozenset())
    employer_plans.choose(ira, plan, reason="", **ACTS)
    line = fund(plan, weight_min=D("0.05"))
    assert menu()[ira.pk] == employer_plans.Menu(
        plan, frozenset({line.security_id}), {line.security_id: D("0.05")}
    )


def test_a_menu_is_kept_at_its_doors(millers: Household) -> None:
    tom, ana = cast.tom(), cast.ana()
    acted(tom, door("employer_plan_add"), code="acme", name="Acme 401(k)", source="Lineup of January")
    plan = EmployerPlan.objects.get()
    acted(tom, door("plan_fund_add", plan.public_id), symbol="zus", starts_on="2026-01-01", weight_min="5")
    line = PlanFund.objects.get()
    acted(ana, door("plan_fund_change", line.public_id), starts_on="2026-01-01", closed_on="2026-12-01")
    account = millers.accounts.order_by("pk")[0]
    acted(ana, door("account_plan", account.public_id), plan="acme", reason="")

    page = as_(ana).get(door("employer_plan", plan.public_id)).content.decode()
    told = as_(ana).get(f"/api/v1/employer-plans/{plan.public_id}/").json()
    listed = as_(ana).get(door("employer_plan_list")).content.decode()

    assert (line.weight_min, line.security.symbol) == (D("0.05"), "ZUS")
    assert "Lines that have ended" in page
    assert "Miller" in page
    assert [one["closed_on"] for one in told["funds"]] == ["2026-12-01", None]
    assert told["accounts"] == [account.public_id]
    assert "Acme 401(k)" in listed
    employer_plans.choose(account, None, reason="Left.", **ACTS)
    acted(tom, door("plan_fund_end", PlanFund.objects.get(ended_at=None).public_id), reason="Dropped.")
    acted(tom, door("employer_plan_correct", plan.public_id), name="Acme plan", source="Lineup of May")
    acted(tom, door("employer_plan_retire", plan.public_id), reason="Closed.")
    plan.refresh_from_db()
    assert (plan.name, plan.retire_reason) == ("Acme plan", "Closed.")
    assert audit.differences(about=[plan]) == []


def test_reviewers_read_menus_and_change_none(millers: Household, plan: EmployerPlan) -> None:
    assert as_(cast.rui()).get(door("employer_plan", plan.public_id)).status_code == 200
    assert as_(cast.rui()).get(door("plan_fund_add", plan.public_id)).status_code == 403
