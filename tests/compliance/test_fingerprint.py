from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.digests import canonical, fingerprint

EXACT = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.dates()
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Trade:
    symbol: str
    shares: Decimal
    on: date


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), '"1.5"'),
        (Decimal("-0.00"), '"0"'),
        (Decimal("1E+3"), '"1000"'),
        (Decimal("123456789012345678901234567890.10"), '"123456789012345678901234567890.1"'),
        (date(2026, 11, 23), '"2026-11-23"'),
        (
            datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=-5))),
            '"2026-11-23T14:30:00.000000Z"',
        ),
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        (frozenset({"VTI", "BND"}), '["BND","VTI"]'),
        (
            Trade("VTI", Decimal("-10.0"), date(2026, 11, 23)),
            '{"on":"2026-11-23","shares":"-10","symbol":"VTI"}',
        ),
    ],
)
def test_one_value_has_one_text(value: object, text: str) -> None:
    assert canonical.text(value) == text


@pytest.mark.parametrize(
    "value",
    [
        0.1,
        Decimal("NaN"),
        Decimal("Infinity"),
        datetime(2026, 11, 23, 9, 30),
        {1: "a"},
        object(),
        "\ud800",
        b"x",
    ],
    ids=lambda value: type(value).__name__ if type(value) is object else repr(value),
)
def test_what_has_no_exact_text_is_refused_with_its_place(value: object) -> None:
    with pytest.raises(canonical.NotCanonical, match=r"value\.trades\[0\]"):
        canonical.text({"trades": [value]})


def test_a_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    one = fingerprint.of({"a": 1, "b": 2}, kind="proposal")

    assert one == fingerprint.of({"b": 2, "a": 1}, kind="proposal")


def test_the_kind_is_part_of_the_fingerprint() -> None:
    assert fingerprint.of({"a": 1}, kind="policy") != fingerprint.of({"a": 1}, kind="model")


def test_parts_cannot_run_together() -> None:
    assert fingerprint.of("b", kind="a") != fingerprint.of("", kind='a1:"b",')


def test_a_fingerprint_stays_what_it_is_from_release_to_release() -> None:
    trade = Trade("VTI", Decimal("-10"), date(2026, 11, 23))

    assert fingerprint.of(trade, kind="proposal") == (
        "8e877105dd5627defff04146484d396ce4ce79ca0733d16e0c9b137722d50c0f"
    )


@given(EXACT)
def test_the_same_value_has_the_same_fingerprint_twice(value: Any) -> None:
    assert fingerprint.of(value, kind="any") == fingerprint.of(value, kind="any")


@given(EXACT, EXACT)
def test_different_texts_have_different_fingerprints(one: Any, other: Any) -> None:
    same_text = canonical.text(one) == canonical.text(other)

    assert (fingerprint.of(one, kind="any") == fingerprint.of(other, kind="any")) == same_text


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_exactly(number: Decimal) -> None:
    assert Decimal(canonical.decimal_text(number)) == number


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_read_back_exactly(moment: datetime) -> None:
    assert datetime.fromisoformat(canonical.moment_text(moment)) == moment
