"""What calls for placing or raising cash, and what is said and done until its day has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.households import cash_flows
from clients.models import Account, Household, Price, Transaction
from compliance.firm.cash_figures import CASH_SHARE, IDLE_DAYS, RAISE_SLACK
from compliance.people.actors import Actor
from rebalancing.engine.documents.plan import Plan
from rebalancing.engine.portfolio import cash_needs
from rebalancing.models import Proposal, Reading, ScanRun
from rebalancing.proposals import proposals, revisions
from rebalancing.scans import readings, scans
from rebalancing.triggers import cash_arrived, cash_due, cash_idle, cash_income, columns
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.waiting import withdrawal_soon
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.firm_settings import decided
from tests.factories.households import SET_UP, a_managed_household

INSIDE = "40"
"""At this price of ZUS the Millers, worth about $500,000, stand inside every band."""


def the_millers(
    *, taxable: str = "10000.00", ira: str = "5000.00", price: str = INSIDE, **terms: Any
) -> Household:
    """The Millers with so much cash in each account; they look at their policy once a year unless told otherwise."""
    content = bundle(cash=[f"11110001,2026-11-20,settled,{taxable}", f"11110002,2026-11-20,settled,{ira}"])
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=content, **terms)
    Price.objects.filter(security__symbol="ZUS").update(price=D(price))
    return household


def cash_stands_at(amount: str, *, number: str = "0001") -> None:
    """The custodian's next file shows another balance."""
    account = Account.objects.get(number_last4=number)
    account.cash.settled = D(amount)
    account.cash.save()


def it_moved(kind: str, amount: str, *, on: date = date(2026, 11, 20)) -> None:
    account = Account.objects.get(number_last4="0001")
    Transaction.objects.create(
        account=account, key=f"{kind}-{on}-{amount}", kind=kind, traded_on=on, amount=D(amount)
    )


def is_due(amount: int, on: date, *, number: str = "0001") -> None:
    cash_flows.expect(
        Account.objects.get(number_last4=number),
        kind="withdrawal",
        amount=D(-amount),
        due_on=on,
        note="",
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON,
    )


def read(market_on: date = date(2026, 11, 20)) -> Reading:
    """The scan of the evening of a market day, at the prices of November 20."""
    # The firm begins on Sunday noon; what was put on record then is no change since the first look.
    at = max(datetime.combine(market_on, SUNDAY_NOON.timetz()) + timedelta(hours=6), SUNDAY_NOON)
    for price in Price.objects.filter(as_of_on=date(2026, 11, 20)):
        Price.objects.update_or_create(
            security=price.security,
            as_of_on=market_on,
            source=price.source,
            defaults={"price": price.price, "received_at": at},
        )
    run = scans.start(
        scan=ScanRun.Scan.DAILY, market_on=market_on, code_version="test", user_id=None,
        by=Actor.system("timetable"), at=at,
    )  # fmt: skip
    scans.work(worker="here", now=lambda: at, do=readings.read, run=run, households_max=100)
    return Reading.objects.get(run=run)


def plan() -> Plan:
    return revisions.plan_of(proposals.current(Proposal.objects.get()))


def trades() -> set[tuple[str, str]]:
    return {(order.side.value, order.security) for order in plan().orders}


def codes(reading: Reading) -> list[str]:
    return [one["code"] for one in reading.triggers]


pytestmark = pytest.mark.django_db


# ── Money that is due out ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("due", [0, 90_000])
def test_a_weight_that_money_due_out_has_moved_says_how_much_is_due(due: int) -> None:
    the_millers(price="60")
    if due:
        is_due(due, date(2026, 11, 25))

    told = [one["sentence"] for one in read().triggers if one["code"] == "out_of_band"]

    assert told
    assert all(one.startswith("Once $90,000 that is due has been paid out, ") == bool(due) for one in told)


# ── Money that comes in ──────────────────────────────────────────────────────────────────────────


def test_a_deposit_waits_for_no_look_and_only_buys() -> None:
    """$25,000 comes in between two yearly looks, into a household where stocks stand high in their band."""
    the_millers(look="annual", price="50")
    assert read().outcome == "in_band"
    cash_stands_at("35000.00")
    it_moved("deposit", "25000.00", on=date(2026, 11, 23))

    reading = read(date(2026, 11, 23))

    assert (reading.outcome, codes(reading)[0]) == ("proposed", "cash_arrived")
    # What stands outside its band is on record and waits for the look.
    assert [one["code"] for one in proposals.current(Proposal.objects.get()).triggers] == ["cash_arrived"]
    assert "$25,000 came in since November 9, and cash stands $" in reading.reason
    assert trades() == {("buy", "ZBD")}
    assert plan().tax_change == 0


def test_what_a_balance_has_risen_by_came_in_though_no_transaction_says_so() -> None:
    the_millers()
    read()
    cash_stands_at("60000.00")

    reading = read(date(2026, 11, 23))

    assert codes(reading)[-1] == "cash_arrived"
    assert reading.triggers[-1]["figures"]["came_in"] == "50000.00"


def test_a_deposit_below_the_firms_figure_is_no_reason() -> None:
    """$6,000 into $495,000: less than $25,000, and less than 2%."""
    the_millers()
    read()
    cash_stands_at("12000.00")
    it_moved("deposit", "6000.00")

    assert codes(read(date(2026, 11, 23))) == []


def test_a_deposit_into_a_large_household_is_a_reason_though_it_is_a_small_share() -> None:
    """$50,000 is 1.3% of $3.8 million."""
    rows = {
        "positions": [
            "11110001,2026-11-20,ZUS,34000,no", "11110001,2026-11-20,ZBD,11000,no",
            "11110002,2026-11-20,ZUS,20000,no", "11110002,2026-11-20,ZBD,8000,no",
        ],
        "lots": [
            "11110001,2026-11-20,ZUS,A1,2020-03-02,34000,680000.00,covered",
            "11110001,2026-11-20,ZBD,A3,2021-06-01,11000,890000.00,covered",
            "11110002,2026-11-20,ZUS,B1,2020-03-02,20000,400000.00,covered",
            "11110002,2026-11-20,ZBD,B2,2021-06-01,8000,640000.00,covered",
        ],
        "cash": ["11110001,2026-11-20,settled,60000.00", "11110002,2026-11-20,settled,16000.00"],
        "transactions": [],
    }  # fmt: skip
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=bundle(**(MILLERS | rows)))
    Price.objects.filter(security__symbol="ZUS").update(price=D(INSIDE))
    assert read().outcome == "in_band"
    cash_stands_at("110000.00")

    reading = read(date(2026, 11, 23))

    assert (reading.outcome, codes(reading)) == ("proposed", ["cash_arrived"])
    assert {side for side, _ in trades()} == {"buy"}
    bought = sum(order.amount for order in plan().orders)
    assert D(45_000) < bought < D(52_000)


def test_dividends_that_pile_up_are_placed() -> None:
    the_millers(look="annual")
    read()
    cash_stands_at("18000.00")
    for on in (date(2026, 9, 30), date(2026, 10, 30), date(2026, 11, 20)):
        it_moved("dividend", "2500.00", on=on)

    reading = read(date(2026, 11, 23))

    assert "cash_income" in codes(reading)
    assert "$7,500 of dividends and interest came in within 90 days" in reading.reason
    assert {side for side, _ in trades()} == {"buy"}


def test_what_was_reinvested_does_not_pile_up() -> None:
    the_millers()
    read()
    cash_stands_at("12500.00")
    it_moved("dividend", "7500.00")
    it_moved("reinvestment", "-7500.00")

    assert codes(read(date(2026, 11, 23))) == []


def test_cash_that_lies_idle_is_placed_after_the_firms_days() -> None:
    """More than target for three market days, and the firm lets it lie for two."""
    the_millers(taxable="13000.00")
    decided(IDLE_DAYS, 2)
    decided(CASH_SHARE, D("0.01"))
    days = [date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)]
    assert [codes(read(on)) for on in days] == [[], [], []]

    reading = read(date(2026, 11, 25))

    assert codes(reading) == ["cash_idle"]
    assert "Cash has stood above its target since November 20, for 3 market days" in reading.reason
    assert {side for side, _ in trades()} == {"buy"}


def test_cash_in_an_ira_is_placed_in_the_ira() -> None:
    the_millers(price="44")
    read()
    cash_stands_at("45000.00", number="0002")

    read(date(2026, 11, 23))

    ira = Account.objects.get(number_last4="0002").public_id
    assert {(order.account, order.side.value) for order in plan().orders} == {(ira, "buy")}


def test_what_a_band_still_needs_is_sold_and_no_more() -> None:
    """Stocks stand at 76%: $50,000 of new money buys bonds, and the rest of what bonds need comes from stocks in the IRA."""
    the_millers(price="100", taxable="60000.00", harvests_losses=False)

    read()

    assert trades() == {("buy", "ZBD"), ("sell", "ZUS")}
    after = {one.asset_class: one for one in plan().after.classes}
    assert D("0.62") < after["us_stock"].weight < D("0.63")
    assert not any(one.out_of_band for one in after.values())


# ── Money that goes out ──────────────────────────────────────────────────────────────────────────


def test_a_withdrawal_in_a_month_is_not_raised_today_and_nothing_else_is_traded() -> None:
    """Stocks stand outside their band, $100,000 is due in five weeks, and $10,000 is there."""
    the_millers(price="55", taxable="10000.00")
    is_due(100_000, date(2026, 12, 24))

    reading = read()

    assert (reading.outcome, Proposal.objects.count()) == ("held", 0)
    (held,) = reading.holds
    assert (held["code"], held["ends_on"]) == ("withdrawal_soon", "2026-12-21")
    assert (
        "$100,000 is due out of Taxable on December 24; $90,000 of it is raised from December 21."
        in reading.reason
    )


def test_it_is_raised_once_in_full_in_time_and_by_sales_alone() -> None:
    the_millers(price="50", taxable="10000.00")
    is_due(60_000, date(2026, 11, 30))
    day_before = read(date(2026, 11, 20))
    assert (day_before.outcome, Proposal.objects.count()) in {("in_band", 0), ("held", 0)}
    assert "raised from November 24" in day_before.reason

    reading = read(date(2026, 11, 23))

    assert (reading.outcome, codes(reading)[-1]) == ("proposed", "cash_due")
    assert {side for side, _ in trades()} == {"sell"}
    taxable = Account.objects.get(number_last4="0001").public_id
    assert {order.account for order in plan().orders} == {taxable}
    assert sum(order.amount for order in plan().orders) >= D(50_000)
    assert sum(order.amount for order in plan().orders) < D(50_200)
    assert all(order.settles_on <= date(2026, 11, 30) for order in plan().orders)


def test_where_it_unbalances_the_rest_what_the_band_needs_is_traded_beside_it() -> None:
    """Only stocks can be sold in the taxable account, since its bonds stand at a loss: stocks end below their band. The IRA
    buys another fund of theirs, never the one that is sold.
    """
    the_millers(price="44", taxable="10000.00")
    is_due(100_000, date(2026, 11, 27))

    read()

    assert trades() == {("sell", "ZUS"), ("sell", "ZBD"), ("buy", "ZUB")}
    assert not any(one.out_of_band for one in plan().after.classes)
    after = {one.asset_class: one.weight for one in plan().after.classes}
    assert D("0.53") < after["us_stock"] < D("0.54")


def test_cash_that_is_there_is_kept_for_it() -> None:
    """$60,000 is there and $55,000 of it is due: no trigger calls for placing it."""
    the_millers(taxable="10000.00")
    read()
    cash_stands_at("60000.00")
    is_due(55_000, date(2026, 12, 24))

    reading = read(date(2026, 11, 23))

    assert (reading.outcome, codes(reading)) == ("in_band", [])


def test_new_money_in_another_account_is_placed_while_a_withdrawal_waits() -> None:
    """It buys where it is; nothing is sold anywhere."""
    the_millers(price="44", taxable="4000.00")
    is_due(40_000, date(2026, 12, 24))
    read()
    cash_stands_at("45000.00", number="0002")

    reading = read(date(2026, 11, 23))

    assert reading.outcome == "proposed"
    ira = Account.objects.get(number_last4="0002").public_id
    assert {(order.account, order.side.value) for order in plan().orders} == {(ira, "buy")}


def test_the_firms_slack_moves_the_day() -> None:
    the_millers(taxable="10000.00")
    decided(RAISE_SLACK, 0)
    is_due(100_000, date(2026, 11, 30))

    assert "raised from November 27" in read().reason


def test_a_small_withdrawal_holds_nothing_back_and_is_raised_along() -> None:
    """$12,000 is due in a month and $10,000 is there; stocks stand outside their band today."""
    the_millers(price="60", taxable="10000.00", uses_cash_flows=False)
    is_due(12_000, date(2026, 12, 24))

    reading = read()

    assert (reading.outcome, set(codes(reading))) == ("proposed", {"out_of_band"})
    taxable = Account.objects.get(number_last4="0001").public_id
    (after,) = [one for one in plan().after.accounts if one.account == taxable]
    assert after.cash >= 0
    assert not proposals.staleness.causes(proposals.current(Proposal.objects.get()), at=SUNDAY_NOON)[1]


# ── The rules, over columns ──────────────────────────────────────────────────────────────────────

HAIR = st.sampled_from([D(0), D("0.000001"), D("-0.000001"), D("0.00000000000001")])
MONEY = st.decimals(0, 10**9, places=2)
SHARE = st.sampled_from([D("0.005"), D("0.02"), D("0.05"), D(1)])


def both(rule: Callable[[Columns], Truth], given_rows: list[dict[str, Any]]) -> list[bool]:
    """What the firm's scan answers, after asserting that each row by itself answers the same."""
    exact = columns.rows(*given_rows)

    def of_row(row: int) -> Columns:
        return {name: column[row : row + 1] for name, column in exact.items()}

    found = [bool(one) for one in columns.decide(rule, columns.floats(exact), of_row)]
    assert found == [bool(rule(of_row(row)).yes[0]) for row in range(len(given_rows))]
    return found


drawn = st.lists(
    st.tuples(MONEY, MONEY, SHARE, st.none() | MONEY, HAIR, st.integers(0, 60)), min_size=1, max_size=6
)


@given(drawn)
def test_new_money_and_income_reach_the_smaller_of_amount_and_share(given_rows: list[Any]) -> None:
    for rule, name in ((cash_arrived, "came_in"), (cash_income, "income")):
        made = [
            {
                name: came,
                "excess": min(amount, share * value) + off,
                "value": value,
                "amount": amount,
                "share": share,
            }
            for amount, value, share, came, off, _ in given_rows
        ]
        assert both(rule.fires, made) == [
            one[name] is not None
            and min(one[name], one["excess"]) >= min(one["amount"], one["share"] * one["value"])
            for one in made
        ]


@given(drawn)
def test_idle_cash_lies_longer_than_the_firm_lets_it(given_rows: list[Any]) -> None:
    made = [
        {
            "excess": min(amount, share * value) + off,
            "value": value,
            "idle_days": None if came is None else days,
            "amount": amount,
            "share": share,
            "days_max": 10,
        }
        for amount, value, share, came, off, days in given_rows
    ]
    assert both(cash_idle.fires, made) == [
        one["idle_days"] is not None
        and one["idle_days"] > 10
        and one["excess"] >= min(one["amount"], one["share"] * one["value"])
        for one in made
    ]


@given(drawn)
def test_money_due_is_short_as_the_cash_need_says(given_rows: list[Any]) -> None:
    made = [
        {"outflows": outflows, "cash": outflows + minimum + off, "minimum": minimum}
        for outflows, minimum, _, _, off, _ in given_rows
    ]
    assert both(cash_due.fires, made) == [
        one["outflows"] > 0
        and cash_needs.cash_need(one["outflows"], cash=one["cash"], minimum=one["minimum"]).to_raise > 0
        for one in made
    ]


@given(drawn)
def test_a_withdrawal_is_large_by_the_smaller_of_amount_and_share(given_rows: list[Any]) -> None:
    made = [
        {
            "withdrawal": withdrawal_soon.threshold(value, amount=amount, share=share) + off,
            "days_until": days,
            "value": value,
            "window_days": 35,
            "amount": amount,
            "share": share,
        }
        for amount, value, share, _, off, days in given_rows
    ]
    assert both(withdrawal_soon.fires, made) == [
        one["days_until"] <= 35 and one["withdrawal"] >= min(one["amount"], one["share"] * one["value"])
        for one in made
    ]
