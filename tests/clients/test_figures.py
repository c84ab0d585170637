"""How figures read: drawn as tables, because the wording is a promise to people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import figures
from tests.spec.drawn import rows

WORDED = rows("""
    wording         | value       | reads
    money           | 1234.5      | $1,234.50
    money           | -80         | −$80.00
    money           | 0.005       | $0.01
    money           | -0.004      | $0.00
    money           | 0           | $0.00
    money           |             | unknown
    whole money     | 1234567.5   | $1,234,568
    whole money     | -0.4        | $0
    signed money    | 80          | +$80.00
    signed money    | -80         | −$80.00
    signed money    | 0           | $0.00
    amount          | -1234.5     | −1,234.50
    amount          |             | unknown
    weight          | 0.682       | 68.20%
    weight          | 1           | 100.00%
    weight          | -0.001      | −0.10%
    weight          |             | unknown
    bare weight     | 0.125       | 12.50
    spoken weight   | 0.55        | 55
    spoken weight   | 0.125       | 12.5
    spoken weight   | 0           | 0
    points          | 0.018       | +1.8 pts
    points          | -0.069      | −6.9 pts
    points          | 0           | 0.0 pts
    points          | 0.0002      | +0.02 pts
    points          | 0.00001     | 0.00 pts
    points          |             | unknown
    quantity        | 12.500000   | 12.5
    quantity        | 1000        | 1,000
    quantity        | 0.123456789 | 0.123457
    quantity        | -3.10       | −3.1
    quantity        | 0           | 0
    quantity        |             | unknown
""")

WORDINGS: dict[str, Callable[[Decimal | None], str]] = {
    "money": figures.money,
    "whole money": lambda value: figures.money(value, cents=False),
    "signed money": lambda value: figures.money(value, signed=True),
    "amount": figures.amount,
    "weight": figures.weight,
    "bare weight": figures.weight_number,
    "spoken weight": lambda value: figures.weight_trimmed(value or Decimal(0)),
    "points": figures.points,
    "quantity": figures.quantity,
}


@pytest.mark.parametrize("row", WORDED, ids=lambda row: f"{row['wording']} {row['value'] or 'unknown'}")
def test_a_figure_reads_as_people_write_it(row: dict[str, str]) -> None:
    value = Decimal(row["value"]) if row["value"] else None

    assert WORDINGS[row["wording"]](value).replace(figures.NO_BREAK, " ") == row["reads"]


@pytest.mark.parametrize("wrong", [1.5, "12", True])
def test_a_float_a_text_or_a_yes_is_no_figure(wrong: object) -> None:
    with pytest.raises(TypeError, match="Decimal, int or None"):
        figures.money(wrong)  # type: ignore[arg-type]


def test_not_a_number_is_no_figure_to_show() -> None:
    with pytest.raises(ValueError, match="None for an unknown one"):
        figures.amount(Decimal("NaN"))


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_money_on_screen_is_the_amount_to_half_a_cent(amount: Decimal) -> None:
    read = figures.money(amount)

    back = Decimal(read.replace("$", "").replace(",", "").replace(figures.MINUS, "-"))
    assert abs(back - amount) <= Decimal("0.005")
    assert not read.startswith(figures.MINUS) or back < 0


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_quantity_of_six_decimals_loses_nothing(units: Decimal) -> None:
    assert Decimal(figures.quantity(units).replace(",", "").replace(figures.MINUS, "-")) == units


def test_days_and_moments_are_read_in_eastern_time() -> None:
    before_midnight_in_new_york = datetime(2026, 12, 13, 4, 59, tzinfo=UTC)
    in_summer = datetime(2026, 7, 1, 13, 30, tzinfo=UTC)

    assert figures.day(date(2026, 12, 2)) == "Dec 2, 2026"
    assert figures.moment(before_midnight_in_new_york) == "Dec 12, 2026, 23:59 ET"
    assert figures.clock(in_summer) == "09:30 ET"
    assert [figures.day(None), figures.moment(None), figures.clock(None)] == ["unknown"] * 3


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        figures.moment(datetime(2026, 12, 12, 6, 2))


def test_an_account_is_named_by_its_last_four_digits_and_a_whole_number_is_refused() -> None:
    assert figures.masked("1234") == "····1234"
    assert figures.masked(None) == "unknown"
    with pytest.raises(ValueError, match="last four digits"):
        figures.masked("123456789")
