"""Where a class that has left its band is brought to, which of several classes gives way, and cash that waits or is idle.

Households of one account and one fund a class, drawn as tables: price, shares held, target and band in percent.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import (
    Account,
    Cap,
    CapKind,
    ClassPolicy,
    ClassWeight,
    DatedAmount,
    Destination,
    Household,
    Lot,
    Member,
    Policy,
    Rules,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Plan, Side, State
from rebalancing.engine.evaluation.neutral_names import Names
from rebalancing.engine.verifier import verification
from tests.engine import small_households
from tests.examples import PLANS
from tests.spec.drawn import rows

D = Decimal
TODAY = date(2026, 3, 11)  # A Wednesday.
ALL = Objective(fewest_orders=False, hold_below_bps=D(0))


def household(
    table: str,
    *,
    cash: str = "0",
    flow: str = "0",
    objective: Objective = ALL,
    cash_class: str | None = "CASH",
    **rules,
) -> Household:
    """A household of one IRA that holds the funds of ``table``; the class of cash has no fund."""
    drawn = rows(table)
    funds = [row for row in drawn if row["class"] != cash_class]
    flows = (DatedAmount(on=TODAY, amount=D(flow)),) if D(flow) else ()
    return Household(
        id="drawn",
        as_of=TODAY,
        trade_on=TODAY,
        tax_units=(),
        accounts=(Account(id="ira", tax_treatment=TaxTreatment.TAX_FREE, cash_settled=D(cash), flows=flows),),
        securities=tuple(
            Security(
                id=row["class"],
                price=D(row["price"]),
                price_on=TODAY,
                weights=(ClassWeight(asset_class=row["class"], weight=D(1)),),
                half_spread=D(row.get("spread") or "0.0003"),
                settles_in_days=int(row.get("days") or 1),
            )
            for row in funds
        ),
        lots=tuple(
            Lot(
                id=f"{row['class']}-{part}",
                account="ira",
                security=row["class"],
                quantity=D(shares),
                basis=None,
            )
            for row in funds
            for part, shares in enumerate((row["held"] or "0").split("+"), start=1)
            if D(shares)
        ),
        policy=Policy(
            classes=tuple(
                ClassPolicy(
                    id=row["class"],
                    target=D(row["target"]) / 100,
                    lower=D(row["lower"]) / 100,
                    upper=D(row["upper"]) / 100,
                    destination=Destination(row.get("to") or "target"),
                )
                for row in drawn
            ),
            sleeves=tuple(
                Sleeve(id=row["class"], asset_class=row["class"], members=(Member(security=row["class"]),))
                for row in funds
            ),
            cash_class=cash_class,
        ),
        rules=Rules(minimum_trade=D(0), **rules),
        objective=objective,
    )


def signed(asked: Household) -> Plan:
    plan = proposing.propose(asked)
    assert verification.verify(asked, plan).faults == ()
    return plan


def weights(plan: Plan) -> dict[str, Decimal]:
    """Percent of each class after the plan, to a tenth."""
    return {row.asset_class: round(row.weight * 100, 1) for row in plan.after.classes}


def traded(plan: Plan) -> dict[str, Decimal]:
    """Shares bought of each fund, sold ones negative."""
    return {o.security: o.shares if o.side is Side.BUY else -o.shares for o in plan.orders}


# Destinations.

DRIFTED = """
    class | price | held | target | lower | upper | to | spread
    EAST  | 20    | 3900 |     60 |    52 |    68 | {to} | {spread}
    WEST  | 10    | 2200 |     40 |    32 |    48 | {to} | {spread}
    CASH  |       |      |      0 |     0 |     0 |    |
"""


@pytest.mark.parametrize("spread", ["0", "0.0001", "0.0004", "0.003", "0.02"])
@pytest.mark.parametrize(
    ("to", "east"),
    [("target", "60.0"), ("halfway", "64.0"), ("edge", "67.8")],
    ids=["target", "halfway", "edge"],
)
def test_a_destination_is_kept_whatever_trading_costs(to, east, spread):
    plan = signed(household(DRIFTED.format(to=to, spread=spread)))

    assert abs(weights(plan)["EAST"] - D(east)) <= D("0.3")
    assert not any(row.out_of_band for row in plan.after.classes if row.asset_class != "CASH")


def test_a_class_inside_its_band_does_not_pull_another_past_its_destination():
    plan = signed(
        household("""
            class | price | held | target | lower | upper | to   | spread
            EAST  | 20    | 3500 |     60 |    52 |    68 | edge | 0
            NORTH | 25    |  600 |     20 |    10 |    30 | edge | 0
            WEST  | 10    | 1500 |     20 |    10 |    30 | edge | 0
            CASH  |       |      |      0 |     0 |     0 |      |
        """)
    )

    assert weights(plan)["EAST"] == D("67.8")


@pytest.mark.parametrize("to", list(Destination))
@pytest.mark.parametrize("invested", [False, True], ids=["new cash", "holdings"])
def test_no_class_stays_outside_its_band_where_a_cap_leaves_another_short_of_its_target(to, invested):
    table = f"""
        class | price | held | target | lower | upper | to
        EAST  | 20    | {2400 if invested else 0} | 60 | 40 | 80 | {to.value}
        WEST  | 10    | {1200 if invested else 0} | 40 | 20 | 60 | {to.value}
        CASH  |       |      |      0 |     0 |     0 |
    """
    cap = Cap(kind=CapKind.SECURITY, id="EAST", weight_max=D("0.44"))
    plan = signed(household(table, cash="0" if invested else "60000", caps=(cap,)))

    assert [
        row.asset_class for row in plan.after.classes if row.out_of_band and row.asset_class != "CASH"
    ] == []
    assert weights(plan)["CASH"] == 0
    assert weights(plan)["EAST"] <= 44


# Ties.

OVERWEIGHT = """
    class | price | held | target | lower | upper | spread
    {first} | 10  | {east} | 30 | {low} | {high} | 0.0002
    {second} | 10 | {north} | 30 |  20 |    40 | 0.0002
    WEST  | 10    | {west} | 40 |   25 |    55 | 0.0002
    CASH  |       |       |  0 |    0 |     0 |
"""


@pytest.mark.parametrize(
    ("east", "north", "low", "high", "sold"),
    [
        (3900, 3300, 20, 40, {"EAST": -500}),
        (3300, 3900, 20, 40, {"NORTH": -500}),
        (3500, 3500, 20, 40, {"EAST": -250, "NORTH": -250}),
        # As far over, in a band of half the width.
        (3500, 3500, 25, 35, {"EAST": -500}),
        # The one that is farther over comes down to the other, then both alike.
        (3600, 3400, 20, 40, {"EAST": -350, "NORTH": -150}),
    ],
    ids=["east is farther over", "north is", "both alike", "relative to their bands", "level"],
)
@pytest.mark.parametrize("names", [("EAST", "NORTH"), ("NORTH", "EAST")], ids=["as drawn", "names swapped"])
def test_the_class_farthest_over_its_target_gives_way_and_equals_give_alike(
    east, north, low, high, sold, names
):
    objective = replace(ALL, mode=Mode.CASH_ONLY)
    swap = dict(zip(("EAST", "NORTH"), names, strict=True))
    table = OVERWEIGHT.format(
        first=swap["EAST"],
        second=swap["NORTH"],
        east=east,
        north=north,
        west=10_500 - east - north,
        low=low,
        high=high,
    )
    plan = signed(household(table, flow="-5000", objective=objective))

    found = traded(plan)
    assert {name: round(found.get(swap[name], D(0)), -1) for name in sold} == {
        n: D(s) for n, s in sold.items()
    }
    assert abs(sum(found.values()) + 500) <= 2


def renaming(asked: Household, seed: int) -> Names:
    """Other names for everything, in another order. Lots keep their order: the law and the custodian go by it."""
    rng = random.Random(seed)

    def anew(letter: str, names: list[str]) -> dict[str, str]:
        numbers = rng.sample(range(100, 1000), len(names))
        return {name: f"{letter}{number}" for name, number in zip(names, numbers, strict=True)}

    places = sorted(asked.lots, key=lambda lot: lot.id)
    return Names(
        accounts=anew("k", [account.id for account in asked.accounts]),
        securities=anew("s", [security.id for security in asked.securities]),
        classes=anew("c", [row.id for row in asked.policy.classes]),
        units=anew("u", [unit.id for unit in asked.tax_units]),
        lots={lot.id: f"t{place:03}" for place, lot in enumerate(places)},
        groups=anew("g", sorted({security.group for security in asked.securities})),
    )


@settings(max_examples=PLANS, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_names_move_no_dollar(seed):
    asked = ordered(small_households.household(seed))
    names = renaming(asked, seed)
    plan, other = (proposing.propose(one, removal_costs=False) for one in (asked, names.household(asked)))

    def moved(one: Plan) -> list[tuple[object, ...]]:
        return [(o.account, o.side, o.security, o.shares, o.amount, len(o.lots)) for o in one.orders]

    back = sorted(names.order(order).id for order in plan.orders)
    assert sorted(order.id for order in other.orders) == back
    assert sorted(row[3:] for row in moved(other)) == sorted(row[3:] for row in moved(plan))
    assert (other.state, other.objective, other.bound) == (plan.state, plan.objective, plan.bound)
    assert other.tax_change == plan.tax_change


# Cash.


@pytest.mark.parametrize("lots", ["30", "10+10+10", "1+2+3+4+5+6+9"])
def test_the_last_cent_buys_the_last_share_however_many_lots_the_proceeds_come_from(lots):
    plan = signed(
        household(f"""
            class | price | held | target | lower | upper | spread
            OLD   | 15    | {lots} |    0 |     0 |     0 | 0
            NEW   | 25    |      |    100 |   100 |   100 | 0
            CASH  |       |      |      0 |     0 |     0 |
        """)
    )

    assert traded(plan) == {"OLD": -30, "NEW": 18}


@pytest.mark.parametrize("names", [("EAST", "WEST"), ("WEST", "EAST")])
def test_cash_without_a_class_is_outside_the_policy_and_gets_invested(names):
    over, under = names
    plan = signed(
        household(
            f"""
            class  | price | held | target | lower | upper | spread
            {over} | 40    |  350 |     40 |    40 |    40 | 0
            {under}| 20    |  300 |     60 |    60 |    60 | 0
            """,
            cash_class=None,
            turnover_max=D("0.04"),
        )
    )

    assert traded(plan) == {over: -20, under: 40}


SLOW = """
    class | price | held | target | lower | upper | days
    BONDS | 50    | 2000 |     50 |    42 |    58 | 2
    STOCK | 20    |      | {stock} | {low} | {high} | 1
    CASH  |       |      | {cash} | {cash} | {cash} |
"""


@pytest.mark.parametrize(("cash", "state"), [(0, State.HOLD), (3, State.READY)])
def test_a_plan_says_that_settlement_stands_in_the_way_and_from_when_on_it_does_not(cash, state):
    plan = signed(household(SLOW.format(stock=50 - cash, low=42 - cash, high=58 - cash, cash=cash)))

    assert plan.state is state
    assert "STOCK" not in traded(plan)
    assert [told for told in plan.warnings if "settlement" in told] == [
        "ira: settlement timing prevents a trade. A sale of BONDS settles on March 13, 2026, but STOCK bought today must be"
        " paid for on March 12, 2026. Sell BONDS first; the proceeds can buy STOCK on or after March 12, 2026."
    ]
    assert not any("reduce drift as much" in skipped.explanation for skipped in plan.skipped)


def test_nothing_is_said_of_settlement_where_everything_settles_on_one_day():
    plan = signed(household(SLOW.replace("| 2\n", "| 1\n").format(stock=50, low=42, high=58, cash=0)))

    assert not any("settlement" in told for told in plan.warnings)
    assert abs(weights(plan)["STOCK"] - 50) <= D("0.1")
