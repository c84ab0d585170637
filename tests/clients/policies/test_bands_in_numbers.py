"""Every kind of band is computed in percent and in dollars of the household before anything is saved."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.urls import reverse

from clients.models import AssetClass, Policy
from tests import cast
from tests.factories.households import a_managed_household
from tests.factories.policy_versions import begun, edited
from tests.pages import as_, page_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

VALUE = D(915_000)
"""What the Millers own at Friday's prices."""


@pytest.fixture
def draft() -> Policy:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    for code, volatility, correlation in (("us_stock", "0.16", "1"), ("us_bond", "0.05", "0.1")):
        AssetClass.objects.filter(code=code).update(
            volatility=D(volatility), market_correlation=D(correlation)
        )
    return begun(household)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind       | target | points | share | multiple | risk | lower | upper | low    | high
        absolute   | 60     | 5      |       |          |      |       |       | 0.55   | 0.65
        relative   | 10     |        | 25    |          |      |       |       | 0.075  | 0.125
        relative   | 60     |        | 5     |          |      |       |       | 0.57   | 0.63
        narrower   | 60     | 5      | 25    |          |      |       |       | 0.55   | 0.65
        narrower   | 10     | 5      | 25    |          |      |       |       | 0.075  | 0.125
        narrower   | 3      | 5      | 25    |          |      |       |       | 0.0225 | 0.0375
        wider      | 60     | 5      | 25    |          |      |       |       | 0.45   | 0.75
        cash       | 3      | 2      |       |          |      | 1     |       | 0.01   | 0.05
        asymmetric | 60     |        |       |          |      | 50    | 65    | 0.50   | 0.65
        """
    ),
)
def test_low_and_high_in_percent_and_dollars(draft: Policy, row: dict[str, str]) -> None:
    typed = {
        f"targets__0__{name}": row[name] for name in ("points", "share", "multiple", "risk", "lower", "upper")
    }

    page = page_of(
        edited(as_(cast.ana()), draft, action="show", targets__0__target=row["target"],
               targets__0__band=row["kind"], **typed)
    )  # fmt: skip

    band, low, high = page.bands[0], D(row["low"]), D(row["high"])
    assert (band.lower, band.upper, band.fault) == (low, high, "")
    assert page.value == VALUE
    assert band.dollars == (VALUE * low, VALUE * high)


@pytest.mark.parametrize(("kind", "typed"), [("volatility", {"multiple": "2"}), ("risk", {"risk": "0.5"})])
def test_bands_that_are_scaled_by_what_the_firm_assumes(
    draft: Policy, kind: str, typed: dict[str, str]
) -> None:
    changes = {f"targets__0__{name}": value for name, value in typed.items()}

    page = page_of(
        edited(as_(cast.ana()), draft, action="show", targets__0__band=kind, targets__0__points="", **changes)
    )

    band = page.bands[0]
    assert band.lower < band.target < band.upper
    assert band.upper - band.target == band.target - band.lower
    assert band.dollars[0] == pytest.approx(VALUE * band.lower, abs=D("0.01"))
    assert band.chance is not None


def test_a_hard_range_is_shown_in_both_and_ends_with_the_band_where_it_is_empty(draft: Policy) -> None:
    page = page_of(edited(as_(cast.ana()), draft, action="show", targets__1__hard_upper="70"))

    stocks = page.bands[1]
    assert (stocks.name, stocks.hard) == ("US stocks", (D("0.53"), D("0.7")))
    assert stocks.hard_dollars == (VALUE * D("0.53"), VALUE * D("0.7"))


def test_the_policys_page_shows_its_bands_at_what_the_household_owns_now(draft: Policy) -> None:
    page = page_of(as_(cast.ana()).get(reverse("clients:policy", args=[draft.public_id])))

    assert page.value == VALUE
    assert {row.name: row.dollars for row in page.targets}["US stocks"] == (
        VALUE * D("0.53"),
        VALUE * D("0.63"),
    )
