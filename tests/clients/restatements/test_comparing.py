"""What is restated among the lots of one security, case by case, and what holds of any lots."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clients.restatements import comparing
from clients.restatements.comparing import Cause, Context, Lot, Pair, Restated

TOLERANCE = D("0.05")
MARCH, JUNE = date(2020, 3, 2), date(2021, 6, 1)


def lot(shares: str, basis: str = "", held: str = "", unadjusted: str = "", bought: str = "") -> Lot:
    day = date.fromisoformat(held) if held else MARCH
    return Lot(
        D(shares),
        D(basis) if basis else None,
        day,
        date.fromisoformat(bought) if bought else day,
        D(unadjusted) if unadjusted else None,
    )


def causes(*pairs: Pair, **context: bool) -> list[tuple[int, Cause]]:
    found = comparing.lots(pairs, Context(**context), tolerance=TOLERANCE)
    return [(one.key, one.cause) for one in found]


@pytest.mark.parametrize(
    ("what", "before", "after", "context", "cause"),
    [
        ("the same", lot("100", "4000"), lot("100", "4000"), {}, None),
        ("a cent of rounding", lot("100", "4000"), lot("100", "4000.01"), {}, None),
        ("another basis", lot("100", "4000"), lot("100", "4200"), {}, Cause.UNKNOWN),
        ("another basis though shares were sold", lot("100", "4000"), lot("60", "2900"), {"traded": True}, Cause.UNKNOWN),
        ("a sale takes its part along", lot("100", "4000"), lot("60", "2400"), {"traded": True}, None),
        ("a split leaves the basis whole", lot("100", "4000"), lot("200", "4000"), {"acted": True}, None),
        ("a return of capital lowers it", lot("100", "4000"), lot("100", "3900"), {"acted": True}, Cause.CORPORATE_ACTION),
        ("basis that was unknown", lot("100"), lot("100", "4000"), {}, Cause.LATE_BASIS),
        ("basis that is no longer known", lot("100", "4000"), lot("100"), {}, Cause.UNKNOWN),
        ("another day", lot("100", "4000"), lot("100", "4000", "2020-03-05"), {}, Cause.UNKNOWN),
        ("a disallowed loss is added", lot("100", "4000", unadjusted="4000"), lot("100", "4300", unadjusted="4000"), {}, Cause.WASH),
        ("only the holding period moves", lot("100", "4000"), lot("100", "4000", "2020-01-02", bought="2020-03-02"), {}, Cause.WASH),
        ("an average basis moves with a purchase", lot("100", "4000"), lot("100", "4100"), {"traded": True, "is_average": True}, None),
        ("an average basis moves by itself", lot("100", "4000"), lot("100", "4100"), {"is_average": True}, Cause.UNKNOWN),
        ("fewer shares of a day on record", lot("100", "4000"), lot("90", "3600"), {"same_day": True}, Cause.UNKNOWN),
        ("fewer shares of a later day: positions are compared elsewhere", lot("100", "4000"), lot("90", "3600"), {}, None),
    ],
)  # fmt: skip
def test_one_lot_before_and_after(
    what: str, before: Lot, after: Lot, context: dict[str, bool], cause: Cause | None
) -> None:
    assert causes(Pair(1, before, after), **context) == ([] if cause is None else [(1, cause)]), what


def test_shares_that_move_between_lots_without_a_movement_are_restated() -> None:
    first, second = (
        Pair(1, lot("100", "4000"), lot("80", "3200")),
        Pair(2, lot("50", "3000"), lot("70", "4200")),
    )

    assert causes(first, second) == [(1, Cause.UNKNOWN), (2, Cause.UNKNOWN)]
    assert causes(first, second, traded=True) == []


def test_a_lot_under_another_key_is_compared_with_the_one_that_is_gone() -> None:
    gone, fresh = Pair(1, lot("100", "4000"), None), Pair(2, None, lot("100", "4000", "2020-03-05"))

    (found,) = comparing.lots([gone, fresh], Context(), tolerance=TOLERANCE)

    assert found == Restated(2, gone.before, fresh.after, Cause.UNKNOWN)


def test_the_same_lot_under_another_key_is_no_news() -> None:
    assert causes(Pair(1, lot("100", "4000"), None), Pair(2, None, lot("100", "4000"))) == []


def test_lots_that_were_divided_anew_are_told_one_by_one() -> None:
    whole = Pair(1, lot("100", "4000"), None)
    parts = Pair(2, None, lot("60", "2400")), Pair(3, None, lot("40", "1600"))

    assert [key for key, _ in causes(whole, *parts)] == [1, 2, 3]
    assert causes(whole, *parts, traded=True) == []


@pytest.mark.parametrize(
    ("before", "after", "other", "cause"),
    [
        (None, D(1), True, Cause.LATE_BASIS),
        (D(1), D(2), True, Cause.UNKNOWN),
        (D(1), D(1), False, Cause.WASH),
        (D(1), None, True, Cause.UNKNOWN),
    ],
)
def test_why_a_sale_is_stated_anew(before: D | None, after: D | None, other: bool, cause: Cause) -> None:
    assert comparing.sale(before=before, after=after, other_than_disallowed=other) is cause


figures = some.decimals("1", "100000", places=2)
lots = some.builds(
    Lot, some.decimals("1", "1000", places=3), some.none() | figures, some.sampled_from([MARCH, JUNE]),
    some.just(MARCH),
)  # fmt: skip


@given(some.lists(some.tuples(lots, lots)), some.booleans(), some.booleans())
def test_what_did_not_change_is_never_restated_and_each_lot_is_told_once(
    sides: list[tuple[Lot, Lot]], traded: bool, same_day: bool
) -> None:
    pairs = [Pair(key, before, after) for key, (before, after) in enumerate(sides)]
    context = Context(traded=traded, same_day=same_day)

    found = comparing.lots(pairs, context, tolerance=TOLERANCE)

    assert len({one.key for one in found}) == len(found)
    assert all(one.before != one.after for one in found)
    assert (
        comparing.lots([Pair(one.key, one.after, one.after) for one in pairs], context, tolerance=TOLERANCE)
        == []
    )


@given(some.lists(lots, min_size=1, max_size=6))
def test_lots_that_only_changed_their_keys_are_no_news(held: list[Lot]) -> None:
    gone = [Pair(key, one, None) for key, one in enumerate(held)]
    fresh = [Pair(100 + key, None, one) for key, one in enumerate(held)]
    distinct = len({one.shares for one in held}) == len(held)

    found = comparing.lots([*gone, *fresh], Context(), tolerance=TOLERANCE)

    assert found == [] or not distinct
