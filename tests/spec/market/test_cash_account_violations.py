"""Violations in cash accounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

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
from tests.spec.drawn import refused, rows

NEW_YORK = calendars.new_york()
MONDAY = date(2026, 11, 23)


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
