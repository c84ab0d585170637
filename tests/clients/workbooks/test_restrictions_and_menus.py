"""Clients' restrictions and employers' menus in a workbook: loaded, exported, changed, and never made looser."""

from __future__ import annotations

from typing import Any

import pytest

from clients.households import employer_plans
from clients.models import Account, ClientRestriction, EmployerPlan, Household, PlanFund
from clients.policies import client_restrictions
from clients.workbooks import workbooks, writing
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks as made
from tests.factories.households import SET_UP
from tests.factories.workbooks import loaded, received

pytestmark = pytest.mark.django_db

MENU = {
    "employer_plan": "acme", "plan_name": "Acme 401(k)", "document": "Lineup of January", "symbol": "ZUS",
    "starts_on": "2026-01-01", "weight_min": "5%",
}  # fmt: skip
WISH = {
    "household": "miller", "restriction": "cap", "symbol": "ZUB", "weight_cap": "10%", "reason": "Enough of it.",
    "asked_by": "Mia Miller", "asked_on": "2026-11-20", "document": "Letter", "starts_on": "2026-11-20",
}  # fmt: skip


def rows(*, menu: dict[str, Any] | None = None, wish: dict[str, Any] | None = None) -> Any:
    everything = made.together(made.firm(), made.family())
    everything["plan_menus"] = [MENU | (menu or {})]
    everything["client_restrictions"] = [WISH | (wish or {})]
    everything["accounts"][1] |= {"registration": "plan_401k", "employer_plan": "acme"}
    return everything


@pytest.fixture
def millers() -> Household:
    cast.ana(), cast.rui()
    loaded(made.xlsx(rows()))
    return Household.objects.get()


def sentences(content: bytes, kind: str = "xlsx") -> list[str]:
    plan = workbooks.planned(received(content, f"export.{kind}"), at=SUNDAY_NOON)
    assert plan.faults == ()
    return [step.sentence for one in plan.households for step in one.steps] + [
        step.sentence for step in plan.firm.steps
    ]


def test_a_workbook_brings_restrictions_a_menu_and_its_account(millers: Household) -> None:
    wish = ClientRestriction.objects.get()
    assert (wish.kind, wish.what, str(wish.weight_cap), wish.asked_by) == (
        "cap",
        "ZUB",
        "0.100000",
        "Mia Miller",
    )
    plan = EmployerPlan.objects.get()
    assert [(one.security.symbol, str(one.weight_min)) for one in plan.funds.all()] == [("ZUS", "0.050000")]
    assert employer_plans.plan_of(Account.objects.get(registration="plan_401k")) == plan


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_loaded_again_changes_nothing(millers: Household, kind: str) -> None:
    exported = writing.as_file(writing.everything(Household.objects.all()), kind)

    assert sentences(exported, kind) == []


def test_a_stricter_row_and_a_changed_line_arrive(millers: Household) -> None:
    stricter = rows(menu={"weight_min": "", "closed_on": "2026-12-01"}, wish={"weight_cap": "8%"})

    assert sentences(made.xlsx(stricter)) == [
        "Change the client's restriction: cap",
        "Change ZUS on the menu of Acme 401(k)",
    ]
    loaded(made.xlsx(stricter))
    assert str(ClientRestriction.objects.get(cancelled_at=None).weight_cap) == "0.080000"
    line = PlanFund.objects.get(ended_at=None)
    assert (str(line.closed_on), str(line.weight_min)) == ("2026-12-01", "0.050000")


def test_what_was_cancelled_is_neither_exported_nor_made_again(millers: Household) -> None:
    client_restrictions.cancel(
        ClientRestriction.objects.get(), reason="She sells.", user_id=None, by=SET_UP, at=SUNDAY_NOON
    )

    assert writing.everything(Household.objects.all())["client_restrictions"] == []
    assert sentences(made.xlsx(rows())) == []


HOSTILE: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    # of the menu's row, of the restriction's row, the rule, the cure
    ({}, {"weight_cap": "11%"}, "This would make a client's restriction looser.", "a second person decides"),
    ({}, {"ends_on": "2026-12-31"}, "This would make a client's restriction looser.", "own page"),
    ({}, {"issuers": "Zed"}, "A restriction is about one thing.", "Fill in exactly one"),
    ({}, {"symbol": ""}, "A restriction is about one thing.", "Fill in exactly one"),
    ({}, {"symbol": "ZUX"}, "There is no such thing on record", "Did you mean"),
    ({}, {"symbol": "", "issuers": "Nobody Inc."}, "There is no issuer Nobody Inc.", "Describe its security"),
    ({}, {"restriction": "keep"}, "What is kept until a day needs that day.", "Write the last day"),
    ({}, {"restriction": "do_not_buy"}, "A cap has a percentage, and nothing else has.", "Check the kind"),
    ({}, {"asked_on": "2026-12-20"}, "The day is in the future.", "Check the year"),
    ({"symbol": "ZZZ"}, {}, "There is no such security on record.", "Add it to sheet securities"),
    ({"ends_on": "2025-01-01"}, {}, "It would leave the menu before it comes on.", "Check both days"),
]


@pytest.mark.parametrize(("menu", "wish", "rule", "cure"), HOSTILE)
def test_a_hostile_row_is_named_with_its_cure(
    millers: Household, menu: dict[str, Any], wish: dict[str, Any], rule: str, cure: str
) -> None:
    plan = workbooks.planned(received(made.xlsx(rows(menu=menu, wish=wish)), "hostile.xlsx"), at=SUNDAY_NOON)

    told = [(fault.rule, fault.cure) for fault in plan.faults]
    assert any(one.startswith(rule) and cure in other for one, other in told), told
