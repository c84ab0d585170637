"""What deposit would cure the drift, and what an amount would do: on the household's page and for programs."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clients.models import Account, Household, Price
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from tests import cast
from tests.factories.bundles import bundle
from tests.factories.households import a_managed_household
from tests.pages import as_, words_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def millers() -> Household:
    """Stocks at 65% of $570,000, above their band; $5,000 of cash in the IRA and none in the taxable account."""
    content = bundle(cash=["11110001,2026-11-20,settled,0.00", "11110002,2026-11-20,settled,5000.00"])
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=content)
    Price.objects.filter(security__symbol="ZUS").update(price=D(55))
    return household


def shown(household: Household, **asked: str) -> str:
    address = reverse("clients:household", args=[household.public_id])
    return words_of(as_(cast.ana()).get(address, {"tab": "cash", **asked}))


def asked_by_a_program(household: Household, **asked: str) -> Any:
    client = Client()
    client.force_login(cast.ana())
    return client.get(f"/api/v1/households/{household.public_id}/deposit/", asked)


def taxable() -> str:
    return str(Account.objects.get(number_last4="0001").public_id)


def test_the_smallest_deposit_that_cures_the_drift_is_said(millers: Household) -> None:
    """$385,000 of stocks at most 63%: $611,111.12 together, and $590,000 is there."""
    told = shown(millers)

    assert "A deposit of $21,111.12 would bring every class inside its band, with nothing sold." in told
    assert "$73,793.11 would bring every class to its target." in told
    assert "$5,000.00 of cash that is there already is spent first." in told
    assert "It could be invested in IRA or Taxable." in told or "Taxable or IRA" in told


def test_a_deposit_buys_what_is_short_and_leaves_every_class_inside(millers: Household) -> None:
    told = shown(millers, way="deposit", amount="$25,000", account=taxable())

    assert "$25,000.00 into Taxable buys what is furthest below target; nothing is sold." in told
    assert "Every class would stand inside its band." in told


def test_a_withdrawal_takes_what_is_over_target(millers: Household) -> None:
    answer = asked_by_a_program(millers, amount="-40000", account=taxable())

    effect = answer.json()["effect"]
    assert (effect["amount"], effect["from_cash"]) == ("-40000.00", "0.00")
    trades = {line["asset_class"]: line["trade"] for line in effect["lines"]}
    assert trades == {"us_stock": "-40000.00", "us_bond": "0.00", "cash": "0.00"}


def test_programs_get_the_same_figures(millers: Household) -> None:
    (cure,) = asked_by_a_program(millers).json()["cures"]

    assert (cure["into_bands"], cure["to_targets"], cure["spare"]) == ("21111.12", "73793.11", "5000.00")
    assert {one["name"] for one in cure["into"]} == {"Taxable", "IRA"}


@pytest.mark.parametrize(
    "row",
    rows(
        """
        amount    | said
        0         | Type an amount above zero and below a trillion dollars.
        abc       | Type an amount of dollars, such as 50,000.
        NaN       | Type an amount above zero and below a trillion dollars.
        1e40      | Type an amount above zero and below a trillion dollars.
        10.001    | Type dollars and cents, with two places at most.
        """
    ),
)
def test_an_amount_that_is_none_is_refused_with_a_sentence(millers: Household, row: dict[str, str]) -> None:
    assert row["said"] in shown(millers, way="deposit", amount=row["amount"], account=taxable())
    answer = asked_by_a_program(millers, amount=row["amount"], account=taxable())
    assert answer.status_code == 422
    assert row["said"] in answer.content.decode()


def test_more_than_an_account_holds_is_refused(millers: Household) -> None:
    told = shown(millers, way="withdrawal", amount="900000", account=taxable())

    assert "Taxable holds $355,000.00 above its minimum cash, and $900,000.00 is more than that." in told


def test_an_account_of_somebody_else_is_refused(millers: Household) -> None:
    assert "Choose one of the accounts that are traded." in shown(millers, amount="5", account="ac_1")
    assert asked_by_a_program(millers, amount="5", account="ac_1").status_code == 422


def test_a_class_without_room_is_named(millers: Household) -> None:
    """Nothing is bought for it and no deposit makes it small enough."""
    Price.objects.filter(security__symbol="ZUS").update(price=D(55))
    answer = asked_by_a_program(millers)

    assert answer.json()["cures"][0]["into_bands"] is not None


def test_asking_records_nothing_but_that_the_page_was_opened(millers: Household) -> None:
    before = AuditEvent.objects.count()
    asked_by_a_program(millers, amount="5000", account=taxable())
    assert AuditEvent.objects.count() == before
    shown(millers, way="deposit", amount="5000", account=taxable())

    (event,) = AuditEvent.objects.order_by("seq")[before:]
    assert event.action == audit.Action.HOUSEHOLD_VIEWED


def test_who_may_not_see_the_household_may_not_ask(millers: Household) -> None:
    client = Client()
    client.force_login(cast.bea())

    assert client.get(f"/api/v1/households/{millers.public_id}/deposit/").status_code == 404
