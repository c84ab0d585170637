"""A policy may let a class outside its band wait; outside its hard range it is traded at once, whenever that is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Account, CashFlow, Household, Policy
from clients.policies.targets import TargetSpec
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.days import priced, scan_of
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
TARGETS: Any = (
    TargetSpec(
        asset_class="us_stock",
        target=D("0.58"),
        points=D("0.05"),
        hard_lower=D("0.48"),
        hard_upper=D("0.70"),
    ),
    TargetSpec(asset_class="us_bond", target=D("0.40"), points=D("0.20")),
    TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
)


def the_millers(**terms: Any) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), targets=TARGETS, **terms)


def stocks_at(price: D) -> None:
    priced("ZUS", LAST_FRIDAY, price)
    priced("ZUS", MONDAY, price)


def test_a_soft_breach_waits_and_says_so() -> None:
    the_millers(soft_breach="waits")
    stocks_at(D(58))

    reading = scan_of(LAST_FRIDAY, SUNDAY_NOON)

    # What fired is on record all the same.
    assert (reading.outcome, [one["code"] for one in reading.triggers]) == ("not_due", ["out_of_band"])
    assert reading.reason.startswith("US stocks stand at 65")
    assert "The policy lets it wait for a scheduled look or for cash." in reading.reason


def test_the_trigger_says_which_band_was_broken() -> None:
    the_millers(soft_breach="waits")
    stocks_at(D(90))

    reading = scan_of(LAST_FRIDAY, SUNDAY_NOON)

    stocks = reading.triggers[0]
    assert (stocks["code"], stocks["figures"]["asset_class"]) == ("out_of_hard_range", "us_stock")
    assert "and 48.0% to 70.0% at the utmost." in stocks["sentence"]
    assert reading.outcome == "proposed"


def test_a_hard_breach_does_not_wait_for_a_yearly_look_and_a_soft_one_does() -> None:
    the_millers(soft_breach="waits", look="annual")
    stocks_at(D(40))
    assert scan_of(LAST_FRIDAY, SUNDAY_NOON).outcome == "in_band"
    priced("ZUS", MONDAY, 58)
    assert scan_of(MONDAY).outcome == "not_due"
    priced("ZUS", date(2026, 11, 24), 90)

    assert scan_of(date(2026, 11, 24)).triggers[0]["code"] == "out_of_hard_range"


def test_at_the_first_look_of_a_quarter_a_soft_breach_is_traded() -> None:
    the_millers(soft_breach="waits", calendar="quarterly")
    stocks_at(D(58))
    taken = scan_of(LAST_FRIDAY, SUNDAY_NOON)

    assert [one["code"] for one in taken.triggers] == ["out_of_band", "calendar"]
    assert taken.outcome == "proposed"


def test_with_money_due_a_soft_breach_is_traded() -> None:
    the_millers(soft_breach="waits")
    stocks_at(D(58))
    assert scan_of(LAST_FRIDAY, SUNDAY_NOON).outcome == "not_due"
    CashFlow.objects.create(
        account=Account.objects.get(number_last4="0001"),
        kind="withdrawal",
        amount=D(-60_000),
        due_on=date(2026, 11, 25),
    )
    codes = [one["code"] for one in scan_of(MONDAY).triggers]
    assert {"out_of_band", "cash_due"} <= set(codes)


def test_where_each_account_is_measured_by_itself_the_trigger_names_it() -> None:
    the_millers(level=Policy.Level.ACCOUNT)
    stocks_at(D(90))

    told = {one["figures"]["account"]: one["sentence"] for one in scan_of(LAST_FRIDAY, SUNDAY_NOON).triggers}

    names = dict(Account.objects.values_list("public_id", "name"))
    assert told
    assert all(sentence.startswith(f"In {names[account]}, ") for account, sentence in told.items())


def test_by_the_usual_terms_a_class_outside_is_traded_at_every_look() -> None:
    the_millers()
    stocks_at(D(58))

    assert [one["code"] for one in scan_of(LAST_FRIDAY, SUNDAY_NOON).triggers] == ["out_of_band"]
