"""What the objective charges, drawn as a table. Dollars for each dollar."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from rebalancing.engine.documents.household import Household, Penalties, TaxTreatment, WindDown
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.tax_units import BudgetKind, GainBudget
from rebalancing.engine.portfolio import objective_prices
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices
from tests.engine import families
from tests.spec.drawn import rows

HOUSEHOLD = families.household("taxable", "small")


def asked(mode: str) -> Household:
    prices = Penalties(inside_bps=D(30), outside_bps=D(1000), rank_bps=D(4))
    policy = replace(HOUSEHOLD.policy, penalties=prices)
    return replace(HOUSEHOLD, policy=policy, objective=Objective(mode=Mode(mode)))


@pytest.mark.parametrize(
    "row",
    rows(
        """
        mode         | tax    | spread | inside    | outside | rank       | location
        priced_drift | 1      | 1      | 0.003     | 0.1     | 0.0004     | 0.0001
        cash_only    | 1      | 1      | 0.003     | 0.1     | 0.0004     | 0.0001
        raise_cash   | 1      | 1      | 0.003     | 0.1     | 0.0004     | 0.0001
        least_tax    | 1      | 1      | 0.0000003 | 0.00001 | 0.0004     | 0.0001
        least_drift  | 0.0001 | 0.0001 | 0.01      | 0.01    | 0.00000004 | 0.00000001
        """
    ),
    ids=lambda row: row["mode"],
)
def test_each_mode_has_its_prices(row: dict[str, str]) -> None:
    assert objective_prices.prices_for(asked(row["mode"])) == ObjectivePrices(
        **{name: D(price) for name, price in row.items() if name != "mode"}
    )


def test_a_step_along_the_frontier_makes_deviations_dearer_and_nothing_else() -> None:
    once = ObjectivePrices(*map(D, (1, 2, 3, 4, 5, 6)))

    assert once.scaled(D(10)) == ObjectivePrices(*map(D, (1, 2, 30, 40, 5, 6)))


@pytest.mark.parametrize(
    ("rule", "subject", "price"),
    [
        ("cash_until_settlement", "acct-1", "20"),
        ("cash", "", "20"),
        ("net_gain", "", "15"),
        ("tax", "", "15"),
        ("cap", "US", "4"),
        ("turnover", "", "4"),
        ("gain_budget", "hard", "15"),
        ("gain_budget", "priced", "0.3"),
        ("gain_budget", "none", "15"),
        ("gain_budget", "", "0.5"),
    ],
)
def test_cash_gives_way_last_and_a_priced_budget_at_its_price(rule: str, subject: str, price: str) -> None:
    unit, *_ = HOUSEHOLD.tax_units
    budgets = {
        "hard": GainBudget(limit=D(1000), price=D("0.7")),
        "priced": GainBudget(limit=D(1000), kind=BudgetKind.PRICED, price=D("0.3")),
        "none": None,
    }
    household = replace(
        HOUSEHOLD,
        tax_units=tuple(replace(unit, id=name, gain_budget=budget) for name, budget in budgets.items()),
        rules=replace(
            HOUSEHOLD.rules,
            gain_budget=GainBudget(limit=D(1000), kind=BudgetKind.PRICED, price=D("0.5")),
        ),
    )

    assert objective_prices.slack_price(household, rule, subject) == D(price)


def test_what_is_wound_down_has_a_price_for_every_dollar_still_held() -> None:
    legacy = (WindDown(security="IBM"), WindDown(security="GE", price_bps=D(100)))
    household = replace(HOUSEHOLD, rules=replace(HOUSEHOLD.rules, wind_down=legacy))

    assert objective_prices.wind_down_prices(household) == {"IBM": D("0.25"), "GE": D("0.01")}


def test_ties_are_broken_by_what_is_traded_where_and_by_no_name() -> None:
    account, security = HOUSEHOLD.accounts[0], HOUSEHOLD.securities[0]
    lot = HOUSEHOLD.lots[0]
    account = replace(
        account, tax_treatment=TaxTreatment.TAXABLE, cash_settled=D(100), minimum_cash=D("0.00")
    )
    security = replace(security, price=D("92.50"), half_spread=D("0.0002"))
    lot = replace(lot, quantity=D(10), acquired=date(2020, 1, 2))
    renamed = (
        replace(account, id="other"),
        replace(security, id="other", symbol="OTHER"),
        replace(lot, id="other"),
    )
    priced = [
        objective_prices.tie_break(account, security),
        objective_prices.tie_break(account, security, lot),
        objective_prices.tie_break(account, replace(security, price=D("92.51"))),
    ]

    # CRC-32 of "taxable/100.0/0.0/92.5/0.0002" (and so on), the last twelve bits, in 4096ths of a millionth.
    texts = ["92.5/0.0002", "92.5/0.0002/10.0/2020-01-02", "92.51/0.0002"]
    told = [zlib.crc32(f"taxable/100.0/0.0/{text}".encode()) % 4096 for text in texts]
    assert [price * 4096 * 1_000_000 for price in priced] == told
    assert len(set(told)) == 3
    assert [objective_prices.tie_break(*renamed[:2]), objective_prices.tie_break(*renamed)] == priced[:2]
