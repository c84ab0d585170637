"""What waiting cost or saved, drawn as a table: dollars that would have moved, times what prices did since."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.daily_record import waiting_cost
from rebalancing.daily_record.lines import ClassStood, Read
from rebalancing.daily_record.waiting_cost import Estimate, Priced

SINCE, UNTIL = date(2026, 3, 2), date(2026, 3, 31)


def stood(asset_class: str, value: str, target: str) -> ClassStood:
    weight = D(value) / 1_000_000
    return ClassStood(asset_class, asset_class.title(), D(value), weight, D(target), D(0), D(1), True)


def held(*classes: ClassStood, investable: str | None = "1000000") -> Read:
    return Read(
        reading="re_1",
        outcome="held",
        reason="Held.",
        read_at=datetime(2026, 3, 2, 22, tzinfo=UTC),
        investable=D(investable) if investable else None,
        classes=classes,
    )


STOCKS_HEAVY = (stood("stocks", "700000", "0.6"), stood("bonds", "300000", "0.4"))


def estimated(read: Read, **prices: tuple[str | None, str | None]) -> Estimate | None:
    return waiting_cost.estimate(
        read,
        {
            code: Priced(code.upper(), D(then) if then else None, D(now) if now else None)
            for code, (then, now) in prices.items()
        },
        since_on=SINCE,
        until_on=UNTIL,
        cash_class="cash",
    )


@pytest.mark.parametrize(
    ("stocks", "bonds", "cost"),
    [
        # 100,000 of stocks would have been sold and as many bonds bought.
        (("100", "90"), ("50", "50"), "10000.00"),  # Stocks fell: waiting cost what selling would have kept.
        (("100", "110"), ("50", "50"), "-10000.00"),  # Stocks rose: waiting saved it.
        (("100", "90"), ("50", "55"), "20000.00"),
        (("100", "100"), ("50", "50"), "0.00"),
        (("100", None), ("50", "50"), None),
        ((None, "90"), ("50", "50"), None),
    ],
)
def test_waiting_costs_what_the_trade_would_have_brought(
    stocks: tuple[str | None, str | None], bonds: tuple[str, str], cost: str | None
) -> None:
    found = estimated(held(*STOCKS_HEAVY), stocks=stocks, bonds=bonds)

    assert found is not None
    assert found.cost == (D(cost) if cost else None)
    assert found.unpriced == (() if cost else ("Stocks",))


def test_a_class_without_any_price_leaves_the_total_unknown_and_never_zero() -> None:
    found = estimated(held(*STOCKS_HEAVY), stocks=("100", "90"))

    assert found is not None
    assert (found.cost, found.saved, found.unpriced) == (None, None, ("Bonds",))


def test_cash_brings_nothing_and_what_was_not_measured_has_no_estimate() -> None:
    cash = held(stood("cash", "1000000", "0.9"), stood("bonds", "0", "0.1"))
    found = estimated(cash, bonds=("50", "55"))

    assert found is not None
    assert [(one.name, one.missed) for one in found.classes] == [
        ("Cash", D("0.00")),
        ("Bonds", D("10000.00")),
    ]
    assert estimated(held(*STOCKS_HEAVY, investable=None), stocks=("1", "1"), bonds=("1", "1")) is None
    assert estimated(held(), stocks=("1", "1")) is None
    assert estimated(held(stood("stocks", "600000", "0.6"))) is None


@given(st.decimals("0.1", 1000, places=4), st.decimals("0.1", 1000, places=4))
def test_when_every_class_returns_the_same_waiting_is_worth_nothing(then: D, now: D) -> None:
    found = estimated(held(*STOCKS_HEAVY), stocks=(str(then), str(now)), bonds=(str(then), str(now)))

    assert found is not None
    assert found.cost == 0


@pytest.mark.parametrize(
    ("tax", "put_off", "not_saved"),
    [(None, None, None), ("1200.00", "1200.00", "0"), ("-300.00", "0", "300.00"), ("0.00", "0", "0")],
)
def test_tax_is_put_off_or_was_not_saved(tax: str | None, put_off: str | None, not_saved: str | None) -> None:
    found = Estimate(SINCE, UNTIL, (), None if tax is None else D(tax))

    assert (found.tax_put_off, found.tax_not_saved) == tuple(
        None if one is None else D(one) for one in (put_off, not_saved)
    )
