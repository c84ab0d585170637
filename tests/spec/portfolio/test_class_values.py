"""What the weights of a household are of: funds looked through, reserves left out, accounts together or apart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from rebalancing.engine.documents.household import ClassWeight, Level, Security
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation import situations
from rebalancing.engine.evaluation.situations import Scope
from tests.spec.adapters.documents import account, class_policies, fund, held, household

SIXTY_FORTY = {"STOCK": D("0.6"), "BOND": D("0.4")}


def scopes(
    *, points: str = "0.05", level: Level = Level.HOUSEHOLD, **held_by_account: dict[str, int]
) -> list[Scope]:
    document = household(
        [account(name) for name in held_by_account],
        [
            held(name, asset, D(dollars))
            for name, values in held_by_account.items()
            for asset, dollars in values.items()
        ],
        class_policies(SIXTY_FORTY, points=D(points)),
        level=level,
    )
    return list(situations.lay_out(ordered(document)).scopes)


def is_breached(scope: Scope) -> bool:
    return any(zone.breached for zone in scope.zones)


def test_a_balanced_fund_is_looked_through() -> None:
    weights = (
        ClassWeight(asset_class="STOCK", weight=D("0.6")),
        ClassWeight(asset_class="BOND", weight=D("0.4")),
    )
    balanced: Security = replace(fund("BALANCED"), weights=weights)
    document = household(
        [account("IRA"), account("TAXABLE")],
        [held("IRA", "BALANCED", D(100_000)), held("TAXABLE", "STOCK", D(50_000))],
        class_policies(SIXTY_FORTY),
    )
    situation = situations.lay_out(ordered(replace(document, securities=(*document.securities, balanced))))

    assert {name: value for name, value in situation.scopes[0].values.items() if value} == {
        "STOCK": D(110_000),
        "BOND": D(40_000),
    }
    assert situation.values_by_account["IRA"]["STOCK"] == 60_000
    assert situation.values_by_account["TAXABLE"]["STOCK"] == 50_000


def test_two_accounts_far_off_may_be_a_household_inside_its_bands() -> None:
    accounts = {
        "TAXABLE": {"STOCK": 470_000, "BOND": 30_000},
        "IRA": {"STOCK": 140_000, "BOND": 360_000},
    }
    (together,) = scopes(**accounts)
    apart = scopes(level=Level.ACCOUNT, **accounts)

    assert together.values["STOCK"] / together.investable == D("0.61")
    assert not is_breached(together)
    assert {scope.account: is_breached(scope) for scope in apart} == {"IRA": True, "TAXABLE": True}


@pytest.mark.parametrize("level", Level)
def test_a_household_on_the_edge_of_its_bands_is_out(level: Level) -> None:
    (on_edge,) = scopes(level=level, TAXABLE={"STOCK": 65_000, "BOND": 35_000})
    (inside,) = scopes(level=level, TAXABLE={"STOCK": 64_999, "BOND": 35_001})

    assert (is_breached(on_edge), is_breached(inside)) == (True, False)


@pytest.mark.parametrize(("reserve", "left"), [(100_000, 0), (30_000, 70_000), (0, 100_000)])
def test_a_cash_reserve_stands_outside_the_model(reserve: int, left: int) -> None:
    document = household(
        [account("ALL", cash_settled=D(100_000), minimum_cash=D(reserve))],
        [held("ALL", "STOCK", D(560_000)), held("ALL", "BOND", D(340_000))],
        class_policies({**SIXTY_FORTY, "CASH": D(0)}),
        cash_class="CASH",
    )
    (scope,) = situations.lay_out(ordered(document)).scopes

    assert (scope.values["CASH"], scope.investable) == (left, 900_000 + left)
