"""A policy may limit how far the portfolio moves apart from its targets: reaching the limit calls for a proposal."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import AssetClass, Household, Price
from rebalancing.models import Proposal, Reading
from tests import cast
from tests.factories.deciding import scan
from tests.factories.households import a_managed_household
from tests.pages import as_, words_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

INSIDE = D(40)
"""At this price of ZUS the Millers stand inside every band: stocks 1.4 points below their target."""


def the_millers(*, assumed: bool = True, **terms: Any) -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), **terms)
    Price.objects.filter(security__symbol="ZUS").update(price=INSIDE)
    if assumed:
        for code, volatility, correlation in (("us_stock", "0.16", "1"), ("us_bond", "0.05", "0.1")):
            AssetClass.objects.filter(code=code).update(
                volatility=D(volatility), market_correlation=D(correlation)
            )
    return household


@pytest.mark.parametrize(
    "row",
    rows(
        """
        limit | calls
        0.001 | yes
        0.002 | yes
        0.003 | no
        0.02  | no
        """
    ),
)
def test_the_limit_calls_although_every_class_is_inside_its_band(row: dict[str, str]) -> None:
    # Stocks -1.43 points, bonds +0.40: sqrt of (0.0143 x 0.16)² and little more is 0.22% a year.
    the_millers(tracking_error_limit=D(row["limit"]))

    scan()

    reading = Reading.objects.get()
    called = [one["code"] for one in reading.triggers]
    assert called == (["tracking_error"] if row["calls"] == "yes" else [])
    if row["calls"] == "yes":
        assert reading.triggers[0]["sentence"].startswith("The weights add a tracking error of 0.2")
        assert D(reading.triggers[0]["figures"]["limit"]) == D(row["limit"])
    else:
        assert reading.outcome == "in_band"


def test_without_a_limit_nothing_is_measured() -> None:
    the_millers(tracking_error_limit=None)

    scan()

    assert (Reading.objects.get().triggers, Reading.objects.get().outcome) == ([], "in_band")


def test_without_assumptions_the_household_is_not_measured_and_says_why() -> None:
    household = the_millers(assumed=False, tracking_error_limit=D("0.01"))

    scan()

    reading = Reading.objects.get()
    assert reading.outcome == "data"
    assert "the firm has no assumption of how much these move: US bonds, US stocks" in reading.reason
    page = words_of(as_(cast.ana()).get(f"/households/{household.public_id}/"))
    assert "no assumption of how much these move" in page


def test_each_account_by_itself_where_the_policy_measures_so() -> None:
    the_millers(tracking_error_limit=D("0.001"), level="account")

    scan()

    found = [one for one in Reading.objects.get().triggers if one["code"] == "tracking_error"]
    assert len({one["figures"]["account"] for one in found}) == len(found) == 2


def test_what_it_calls_for_is_shown_to_people_and_programs() -> None:
    household = the_millers(tracking_error_limit=D("0.001"), destination_taxable="target")
    scan()
    ana = as_(cast.ana())

    page = words_of(ana.get(f"/households/{household.public_id}/"))

    reading = Reading.objects.get()
    if reading.outcome == "proposed":
        assert "tracking error" in words_of(ana.get(f"/proposals/{Proposal.objects.get().public_id}/"))
    assert "tracking error" in page
