"""What is traded today would be traded back soon: versions of models, and funds that pay a distribution."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Household, ModelPortfolio, Security
from clients.registers import fund_distributions, register
from compliance.firm import waiting_figures
from rebalancing.engine.documents.plan import Side
from rebalancing.portfolios.market import Market
from rebalancing.scans import deciding
from rebalancing.scans.deciding import ReadingResult
from rebalancing.waiting.reason import Effect
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories import firm_settings
from tests.factories.desk import Desk, a_desk
from tests.factories.households import SET_UP, a_managed_household
from tests.factories.model_versions import scheduled

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    """Only the taxable account."""
    return a_desk(taxable_only=True)


def looked_at(household: Household) -> ReadingResult:
    return deciding.decide_outcome(household, market=Market(LAST_FRIDAY), trade_on=MONDAY)


def codes(result: ReadingResult) -> list[str]:
    return [one.code for one in result.holds]


@pytest.fixture
def follower() -> Household:
    """The Millers under a policy that follows its model by name."""
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model")


def test_a_version_of_the_model_that_takes_effect_soon_is_waited_for(follower: Household) -> None:
    scheduled(ModelPortfolio.objects.get())

    found = looked_at(follower)

    assert (found.outcome, codes(found)) == ("held", ["policy_pending"])
    assert (found.holds[0].ends_on, found.holds[0].subject) == (date(2026, 12, 1), "model")


def test_a_version_far_ahead_is_not_waited_for(follower: Household) -> None:
    scheduled(ModelPortfolio.objects.get(), effective_on=date(2027, 1, 4))

    assert "policy_pending" not in codes(looked_at(follower))


def distribution(desk: Desk, symbol: str, **changes: Any) -> None:
    values: dict[str, Any] = {
        **dict.fromkeys(fund_distributions.REGISTER.columns),
        "security": Security.objects.get(symbol=symbol),
        "ex_on": date(2026, 12, 1),
        "long_gain": D("4.00"),
        "is_final": False,
        "source": "The fund's page",
        **changes,
    }
    register.enter(fund_distributions.REGISTER, values, user_id=desk.tom.pk, by=SET_UP, at=SUNDAY_NOON)


def test_nobody_buys_the_dividend_in_a_taxed_account(desk: Desk) -> None:
    distribution(desk, "ZBD")

    found = looked_at(desk.household)

    told = {one.code: one for one in found.holds}["distribution_coming"]
    assert told.sentence == (
        "ZBD pays about 5.0% of its price on December 1 (an estimate): it is not bought in taxed accounts before."
    )
    assert (told.ends_on, told.effect) == (date(2026, 12, 1), Effect.PARTLY)
    bought = {order.security for order in (found.plan.orders if found.plan else ()) if order.side is Side.BUY}
    assert "ZBD" not in bought


@pytest.mark.parametrize(
    "changes",
    [
        {"ex_on": MONDAY},  # Who buys on the ex-day does not get it.
        {"ex_on": date(2026, 12, 15)},  # Further ahead than the firm looks.
        {"long_gain": D("0.10")},  # Hardly anything.
        {"long_gain": None, "return_of_capital": D("4.00")},  # Not taxed.
    ],
)
def test_a_distribution_that_is_far_or_small_or_untaxed_bars_nothing(
    desk: Desk, changes: dict[str, Any]
) -> None:
    distribution(desk, "ZBD", **changes)

    assert "distribution_coming" not in codes(looked_at(desk.household))
