"""Cash by settlement day, and violations in cash accounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.documents.household import DatedAmount
from rebalancing.engine.market import calendars, cash_account_violations
from rebalancing.engine.market.cash_account_violations import (
    CashAccountError,
    Event,
    Finding,
    Kind,
    Restriction,
    Tolerance,
    Violation,
)
from rebalancing.engine.market.settlement import settlement_date
from rebalancing.engine.portfolio import cash_ladders
from rebalancing.engine.portfolio.cash_ladders import Ladder, LadderError, Sale, Step
from tests.examples import many
from tests.spec.drawn import refused, rows

NEW_YORK = calendars.new_york()
MONDAY = date(2026, 11, 23)


# ── Ladders ──────────────────────────────────────────────────────────────────────────────────────


def moves(table: str) -> list[DatedAmount]:
    return [DatedAmount(on=date.fromisoformat(row["on"]), amount=D(row["amount"])) for row in rows(table)]


LADDER = cash_ladders.ladder(
    D(12000),
    moves("""
        on         | amount
        2026-11-25 | -30000
        2026-11-24 | 36000
        2026-11-24 | -50000
        2026-12-15 | -6000
        2026-11-27 | 40000
    """),
    as_of=MONDAY,
)


def test_cash_moves_on_settlement_days() -> None:
    assert LADDER.steps == (
        Step(date(2026, 11, 24), D(36000), D(50000), D(-2000)),
        Step(date(2026, 11, 25), D(0), D(30000), D(-32000)),
        Step(date(2026, 11, 27), D(40000), D(0), D(8000)),
        Step(date(2026, 12, 15), D(0), D(6000), D(2000)),
    )
    assert (LADDER.opening, LADDER.closing, LADDER.lowest) == (D(12000), D(2000), D(-32000))


def test_a_ladder_answers_for_any_day() -> None:
    days = [MONDAY, date(2026, 11, 24), date(2026, 11, 26), date(2027, 1, 4)]

    assert [LADDER.balance_on(day) for day in days] == [D(12000), D(-2000), D(-32000), D(2000)]
    assert LADDER.first_below() == LADDER.steps[0]
    assert LADDER.first_below(D(-50000)) is None
    assert LADDER.first_below(D(-32000)) is None
    assert [LADDER.free_from(day) for day in (MONDAY, date(2026, 11, 27), date(2026, 12, 16))] == [
        D(0),
        D(2000),
        D(2000),
    ]


def test_an_account_without_movements_keeps_its_cash() -> None:
    still = cash_ladders.ladder(D(500), [], as_of=MONDAY)

    assert still == Ladder(as_of=MONDAY, opening=D(500), steps=())
    assert (still.closing, still.lowest, still.free_from(MONDAY)) == (D(500), D(500), D(500))


def test_a_movement_in_the_past_is_refused() -> None:
    for label, named in (("", "A movement"), ("Salary", "Salary")):
        with refused(
            f"{named} of 5 settles on 2026-11-20, before the ladder starts on 2026-11-23; "
            "it belongs in the opening balance.",
            LadderError,
        ):
            cash_ladders.ladder(
                D(0), [DatedAmount(on=date(2026, 11, 20), amount=D(5), label=label)], as_of=MONDAY
            )


def test_purchases_may_count_on_sales_that_settle_in_time() -> None:
    tuesday, wednesday = date(2026, 11, 24), date(2026, 11, 25)
    sales = [
        Sale(D(10000), tuesday, is_filled=True),
        Sale(D("1000.01"), tuesday),
        Sale(D(1000), tuesday, is_fund=True),
        Sale(D(77777), wednesday, is_filled=True),
    ]

    assert cash_ladders.spendable(D(5000), sales, settles_on=tuesday) == D("16970.00")
    assert cash_ladders.spendable(
        D(5000), sales, settles_on=tuesday, minimum=D(1000), open_buys=D(15000)
    ) == D("970.00")
    assert cash_ladders.spendable(D(0), [], settles_on=tuesday, minimum=D(1000)) == 0


def test_purchases_shrink_with_a_sale_that_failed() -> None:
    buys = {"VTI": D(3000), "BND": D(1000)}

    assert cash_ladders.scaled(buys, D(4000)) == buys
    assert cash_ladders.scaled({"VTI": D("1000.005")}, D("1000.005")) == {"VTI": D("1000.005")}
    assert cash_ladders.scaled(buys, D("1000.009")) == {"VTI": D(750), "BND": D(250)}
    assert cash_ladders.scaled(buys, D("1000.019")) == {"VTI": D("750.01"), "BND": D(250)}
    assert cash_ladders.scaled(buys, D(-5)) == {"VTI": D(0), "BND": D(0)}


@pytest.mark.parametrize(
    "row",
    rows(
        """
        from       | cycle | money      | buy
        2026-11-23 | 1     | 2026-11-24 | 2026-11-23
        2026-11-23 | 1     | 2026-11-25 | 2026-11-24
        2026-11-10 | 1     | 2026-11-12 | 2026-11-10
        2026-11-25 | 1     | 2026-11-30 | 2026-11-27
        2026-11-22 | 0     | 2026-11-23 | 2026-11-23
        """
    ),
)
def test_a_purchase_waits_for_the_money_that_pays_it(row: dict[str, str]) -> None:
    first = cash_ladders.earliest_buy(
        date.fromisoformat(row["from"]),
        buy_days=int(row["cycle"]),
        funds_settle_on=date.fromisoformat(row["money"]),
        calendar=NEW_YORK,
    )

    assert first == date.fromisoformat(row["buy"])


amounts = st.decimals("-1e9", "1e9", places=2)
movements = st.lists(
    st.builds(DatedAmount, on=st.dates(MONDAY, date(2027, 1, 31)), amount=amounts), max_size=20
)


@many
@given(amounts, movements)
def test_a_ladder_conserves_cash(opening: D, movements: list[DatedAmount]) -> None:
    ladder = cash_ladders.ladder(opening, movements, as_of=MONDAY)

    assert ladder.closing == opening + sum((each.amount for each in movements), D(0))
    assert sum(step.money_in - step.money_out for step in ladder.steps) == ladder.closing - opening
    assert cash_ladders.ladder(opening, reversed(movements), as_of=MONDAY) == ladder


@many
@given(amounts, movements, st.dates(MONDAY, date(2027, 1, 31)))
def test_what_is_free_can_leave_without_a_debit(opening: D, movements: list[DatedAmount], on: date) -> None:
    free = cash_ladders.ladder(opening, movements, as_of=MONDAY).free_from(on)
    if free:
        after = cash_ladders.ladder(opening, [*movements, DatedAmount(on=on, amount=-free)], as_of=MONDAY)
        assert after.balance_on(on) >= 0
        assert all(step.balance >= 0 for step in after.steps if step.on >= on)


# ── Violations ───────────────────────────────────────────────────────────────────────────────────


def events(table: str) -> list[Event]:
    return [
        Event(
            on=date.fromisoformat(row["on"]),
            kind=Kind(row["kind"]),
            amount=D(row["amount"]),
            settles_on=settlement_date(date.fromisoformat(row["on"]), 1, NEW_YORK),
            security=row["of"],
            is_fully_paid=bool(row["held"]),
        )
        for row in rows(table)
    ]


@pytest.mark.parametrize(
    ("why", "cash", "table", "found", "unpaid"),
    [
        (
            "sold before the money that bought it settled",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 10000  | yes
            2026-11-16 | buy  | ABC | 10000  |
            2026-11-16 | sell | ABC | 10100  |
            """,
            "2026-11-16 GOOD_FAITH ABC",
            "0",
        ),
        (
            "kept until it settled",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 10000  | yes
            2026-11-16 | buy  | ABC | 10000  |
            2026-11-17 | sell | ABC | 10100  |
            """,
            "",
            "0",
        ),
        (
            "a second round trip on one day",
            "10000",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | XYZ | 10000  |
            2026-11-16 | sell | XYZ | 10500  |
            2026-11-16 | buy  | ABC | 10500  |
            2026-11-16 | sell | ABC | 10600  |
            """,
            "2026-11-16 GOOD_FAITH ABC",
            "0",
        ),
        (
            "only the part bought with unsettled money is enough",
            "9000",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 10000  | yes
            2026-11-16 | buy  | ABC | 10000  |
            2026-11-16 | sell | ABC | 100    |
            """,
            "2026-11-16 GOOD_FAITH ABC",
            "0",
        ),
        (
            "other shares of it were held before",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 10000  | yes
            2026-11-16 | buy  | ABC | 10000  |
            2026-11-16 | sell | ABC | 100    | yes
            """,
            "",
            "0",
        ),
        (
            "over Veterans Day the money settles a day later",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-10 | sell | XYZ | 10000  | yes
            2026-11-10 | buy  | ABC | 10000  |
            2026-11-11 | sell | ABC | 10100  |
            """,
            "2026-11-11 GOOD_FAITH ABC",
            "0",
        ),
        (
            "paid for with the sale of the same security",
            "1000",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 1300   |
            2026-11-17 | sell | ABC | 1350   |
            """,
            "2026-11-17 FREERIDING ABC",
            "0",
        ),
        (
            "a deposit by settlement pays for it",
            "1000",
            """
            on         | kind    | of  | amount | held
            2026-11-16 | buy     | ABC | 1300   |
            2026-11-17 | deposit |     | 300    |
            2026-11-17 | sell    | ABC | 1350   |
            """,
            "",
            "0",
        ),
        (
            "a deposit after settlement comes too late",
            "1000",
            """
            on         | kind    | of  | amount | held
            2026-11-16 | buy     | ABC | 1300   |
            2026-11-17 | sell    | ABC | 1350   |
            2026-11-18 | deposit |     | 300    |
            """,
            "2026-11-17 FREERIDING ABC",
            "0",
        ),
        (
            "another holding sold a day late to pay",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 10000  |
            2026-11-17 | sell | XYZ | 10500  | yes
            """,
            "2026-11-17 LIQUIDATION XYZ",
            "0",
        ),
        (
            "another holding sold the same day settles in time",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 10000  |
            2026-11-16 | sell | XYZ | 10500  | yes
            """,
            "",
            "0",
        ),
        (
            "but the purchase it paid for must wait for it",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 10000  |
            2026-11-16 | sell | XYZ | 10500  | yes
            2026-11-16 | sell | ABC | 10000  |
            """,
            "2026-11-16 GOOD_FAITH ABC",
            "0",
        ),
        (
            "two purchases, one sale pays for the first and part of the second",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 1000   |
            2026-11-16 | buy  | DEF | 1000   |
            2026-11-16 | sell | XYZ | 1500   | yes
            """,
            "",
            "500",
        ),
        (
            "every sale of what is left of it counts, and none after it is gone",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 10000  | yes
            2026-11-16 | buy  | ABC | 10000  |
            2026-11-16 | sell | ABC | 4000   |
            2026-11-16 | sell | ABC | 6000   |
            2026-11-16 | sell | ABC | 500    |
            """,
            "2026-11-16 GOOD_FAITH ABC 2026-11-16 GOOD_FAITH ABC",
            "0",
        ),
        (
            "money withdrawn is not there to pay",
            "1000",
            """
            on         | kind       | of  | amount | held
            2026-11-16 | withdrawal |     | 800    |
            2026-11-16 | buy        | ABC | 1000   |
            """,
            "",
            "800",
        ),
        (
            "proceeds are settled cash from the day on which they settle, once",
            "1000",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 500    | yes
            2026-11-17 | buy  | ABC | 2000   |
            """,
            "",
            "500",
        ),
        (
            "and so is a deposit from its day on",
            "1000",
            """
            on         | kind    | of  | amount | held
            2026-11-16 | deposit |     | 500    |
            2026-11-16 | buy     | ABC | 2000   |
            """,
            "",
            "500",
        ),
        (
            "a purchase takes its money away",
            "5000",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 1000   |
            2026-11-16 | buy  | DEF | 4500   |
            """,
            "",
            "500",
        ),
        (
            "of settled and of unsettled money",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 1000   | yes
            2026-11-16 | buy  | ABC | 600    |
            2026-11-16 | buy  | DEF | 600    |
            """,
            "",
            "200",
        ),
        (
            "a deposit on the day of settlement pays, and is spent",
            "1000",
            """
            on         | kind    | of  | amount | held
            2026-11-16 | buy     | ABC | 1300   |
            2026-11-17 | deposit |     | 300    |
            2026-11-17 | buy     | DEF | 300    |
            """,
            "",
            "300",
        ),
        (
            "unsettled proceeds that were not needed do not tie the purchase",
            "1000",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 500    | yes
            2026-11-16 | buy  | ABC | 1000   |
            2026-11-16 | sell | ABC | 1000   |
            """,
            "",
            "0",
        ),
        (
            "a later sale has nothing to do with a purchase that is paid",
            "1000",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 1000   |
            2026-11-17 | sell | XYZ | 500    | yes
            """,
            "",
            "0",
        ),
        (
            "a sale pays for the purchase that needs it, not for the one before",
            "1000",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 1000   |
            2026-11-16 | buy  | DEF | 500    |
            2026-11-16 | sell | XYZ | 500    | yes
            """,
            "",
            "0",
        ),
        (
            "what a sale brings beyond its own purchase pays for the next",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | buy  | ABC | 300    |
            2026-11-16 | buy  | DEF | 300    |
            2026-11-16 | sell | ABC | 600    |
            """,
            "2026-11-16 FREERIDING ABC",
            "0",
        ),
        (
            "the oldest purchase is sold first",
            "0",
            """
            on         | kind | of  | amount | held
            2026-11-16 | sell | XYZ | 1000   | yes
            2026-11-16 | buy  | ABC | 400    |
            2026-11-16 | buy  | ABC | 600    |
            2026-11-16 | sell | ABC | 500    |
            2026-11-16 | sell | ABC | 450    |
            2026-11-16 | sell | ABC | 50     |
            2026-11-16 | sell | ABC | 1      |
            """,
            "2026-11-16 GOOD_FAITH ABC 2026-11-16 GOOD_FAITH ABC 2026-11-16 GOOD_FAITH ABC",
            "0",
        ),
    ],
)
def test_a_cash_account_is_paid_in_full(why: str, cash: str, table: str, found: str, unpaid: str) -> None:
    review = cash_account_violations.review(events(table), settled_cash=D(cash))

    assert " ".join(f"{each.on} {each.violation} {each.security}" for each in review.findings) == found, why
    assert review.unpaid == D(unpaid), why


def test_events_come_in_order() -> None:
    with refused("Events must be in the order in which they happened.", CashAccountError):
        cash_account_violations.review(
            events("""
                on         | kind | of  | amount | held
                2026-11-17 | sell | XYZ | 10500  | yes
                2026-11-16 | buy  | ABC | 10000  |
            """),
            settled_cash=D(0),
        )


def test_the_first_clean_day_to_sell() -> None:
    bought_on = date(2026, 11, 16)

    assert cash_account_violations.earliest_clean_sale(bought_on=bought_on, funds_settle_on=None) == bought_on
    assert cash_account_violations.earliest_clean_sale(
        bought_on=bought_on, funds_settle_on=date(2026, 11, 17)
    ) == date(2026, 11, 17)
    assert (
        cash_account_violations.earliest_clean_sale(bought_on=bought_on, funds_settle_on=date(2026, 11, 13))
        == bought_on
    )


def found(*days: str, kind: Violation = Violation.GOOD_FAITH) -> list[Finding]:
    return [Finding(date.fromisoformat(day), kind, "ABC") for day in days]


@pytest.mark.parametrize(
    ("findings", "on", "ends"),
    [
        (found("2026-11-17", kind=Violation.FREE_RIDING), "2026-11-17", "2027-02-15"),
        (found("2026-11-17", kind=Violation.FREE_RIDING), "2027-02-15", "2027-02-15"),
        (found("2026-11-17", kind=Violation.FREE_RIDING), "2027-02-16", None),
        (found("2026-11-17", "2026-11-20", kind=Violation.FREE_RIDING), "2026-11-20", "2027-02-18"),
        (found("2026-11-17", "2026-11-18"), "2026-11-18", None),
        (found("2026-01-05", "2026-06-05", "2026-11-05"), "2026-11-05", "2027-02-03"),
        (found("2025-11-05", "2026-06-05", "2026-11-05"), "2026-11-05", None),
        (found("2025-11-06", "2026-06-05", "2026-11-05"), "2026-11-05", "2027-02-03"),
        (
            found("2026-11-02", "2026-11-03") + found("2026-11-04", kind=Violation.LIQUIDATION),
            "2026-11-04",
            None,
        ),
        (
            found("2026-01-05", kind=Violation.FREE_RIDING) + found("2026-06-05", "2026-06-08"),
            "2026-06-08",
            None,
        ),
        ([], "2026-11-04", None),
    ],
)
def test_a_custodian_loses_patience(findings: list[Finding], on: str, ends: str | None) -> None:
    restriction = cash_account_violations.restriction(findings, on=date.fromisoformat(on))

    assert (restriction.ends_on.isoformat() if restriction else None) == ends


def test_patience_differs_by_custodian() -> None:
    day = date(2028, 2, 29)

    assert cash_account_violations.restriction(
        [Finding(day, Violation.LIQUIDATION, "ABC")],
        on=day,
        tolerance=Tolerance(count=1, restriction_days=30),
    ) == Restriction(day, date(2028, 3, 30), 30)
