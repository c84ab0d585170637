"""A line for every day, folded without losing one; drawn as tables, and as properties. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.daily_record import folding, lines
from rebalancing.daily_record.lines import Calendar, Line, Read, RunOfDay, Unread

MARCH_2 = date(2026, 3, 2)
MONDAY_TO_FRIDAY = tuple(MARCH_2 + timedelta(days=number) for number in range(5))
EVERY_DAY = Calendar(
    sessions=frozenset(MONDAY_TO_FRIDAY),
    scan_days=frozenset(MONDAY_TO_FRIDAY),
    startable=frozenset(MONDAY_TO_FRIDAY),
    priced=frozenset(MONDAY_TO_FRIDAY),
    first_scan_on=date(2026, 1, 2),
)


def read(
    on: date,
    outcome: str = "in_band",
    *,
    drift: str | None = "0.018",
    worst: str = "Bonds",
    triggers: tuple[str, ...] = (),
    holds: tuple[str, ...] = (),
    hour: int = 22,
) -> Read:
    return Read(
        reading=f"re_{on}_{hour}",
        outcome=outcome,
        reason="Every class is inside its band." if outcome == "in_band" else "As the scan said.",
        read_at=datetime.combine(on, time(hour), UTC),
        triggers=triggers,
        holds=holds,
        worst_class=worst,
        worst_drift=D(drift) if drift else None,
    )


def told(
    *,
    read_on: dict[date, list[Read]] | None = None,
    runs: tuple[RunOfDay, ...] = (),
    calendar: Calendar = EVERY_DAY,
    opened_on: date = date(2020, 1, 1),
    closed_on: date | None = None,
) -> tuple[Line, ...]:
    return lines.of_days(
        MONDAY_TO_FRIDAY,
        opened_on=opened_on,
        closed_on=closed_on,
        read=read_on or {},
        runs=runs,
        calendar=calendar,
    )


def but(**changed: object) -> Calendar:
    return replace(EVERY_DAY, **changed)  # type: ignore[arg-type]


WEDNESDAY = MONDAY_TO_FRIDAY[2]
NOT_WEDNESDAY = frozenset(MONDAY_TO_FRIDAY) - {WEDNESDAY}


@pytest.mark.parametrize(
    ("given_", "because"),
    [
        ({"calendar": but(sessions=NOT_WEDNESDAY)}, Unread.CLOSED_MARKET),
        ({"opened_on": MONDAY_TO_FRIDAY[3]}, Unread.NOT_OPENED),
        # On the day it closes it is not scanned any more.
        ({"closed_on": WEDNESDAY}, Unread.NO_LONGER),
        ({"calendar": but(first_scan_on=MONDAY_TO_FRIDAY[3])}, Unread.BEFORE_SCANS),
        ({"calendar": but(first_scan_on=None)}, Unread.BEFORE_SCANS),
        ({"calendar": but(scan_days=NOT_WEDNESDAY)}, Unread.NOT_A_SCAN_DAY),
        ({"calendar": but(startable=NOT_WEDNESDAY)}, Unread.NOT_YET),
        ({"calendar": but(priced=NOT_WEDNESDAY)}, Unread.NO_PRICES),
        ({"runs": (RunOfDay(WEDNESDAY, "running"),)}, Unread.RUNNING),
        ({"runs": (RunOfDay(WEDNESDAY, "cancelled"),)}, Unread.CANCELLED),
        ({"runs": (RunOfDay(WEDNESDAY, "completed"),)}, Unread.LEFT_OUT),
        ({}, Unread.NO_SCAN),
    ],
)
def test_a_day_without_a_reading_gives_its_reason(given_: dict[str, object], because: Unread) -> None:
    line = told(**given_)[2]  # type: ignore[arg-type]

    assert (line.on, line.read, line.unread) == (WEDNESDAY, None, because)
    assert line.sentence == f"No scan read this household on March 4: {because.because}."


@pytest.mark.parametrize(
    ("outcomes", "speaks"),
    [
        (["in_band"], 0),
        (["in_band", "data"], 1),
        # What was proposed in the morning is what the day was about, though a later scan finds it open.
        (["proposed", "pending"], 0),
        (["in_band", "failed"], 0),
        (["failed", "failed"], 1),
    ],
)
def test_of_several_readings_one_speaks_for_the_day(outcomes: list[str], speaks: int) -> None:
    found = [read(MARCH_2, outcome, hour=12 + number) for number, outcome in enumerate(outcomes)]

    (line, *_) = told(read_on={MARCH_2: found})

    assert line.read == found[speaks]
    assert line.readings == len(outcomes)


def test_equal_days_are_told_as_one_with_the_range_of_their_drift() -> None:
    drifts = ("0.018", "0.029", "0.021", "0.02", "0.018")
    days = {on: [read(on, drift=drift)] for on, drift in zip(MONDAY_TO_FRIDAY, drifts, strict=True)}

    (stretch,) = folding.fold(told(read_on=days))

    assert stretch.days == "March 2–6, 5 market days"
    assert stretch.sentence == "Every class was inside its band. Largest drift 1.8–2.9 points, in Bonds."
    assert not stretch.is_waiting


def test_what_waits_while_every_class_is_inside_is_named() -> None:
    (stretch,) = folding.fold((Line(MARCH_2, read(MARCH_2, holds=("withdrawal_soon",))),))

    assert stretch.sentence == (
        "Every class was inside its band. What waits: Withdrawal soon. Largest drift 1.8 points, in Bonds."
    )
    assert not stretch.is_waiting


def test_a_closed_market_breaks_no_stretch_and_a_missing_scan_does() -> None:
    monday, tuesday, wednesday, _, friday = MONDAY_TO_FRIDAY
    days = {on: [read(on)] for on in (monday, wednesday, friday)}
    calendar = but(sessions=frozenset(MONDAY_TO_FRIDAY) - {tuesday})

    found = folding.fold(told(read_on=days, calendar=calendar))

    assert [(one.days, one.first.label) for one in found] == [
        ("March 2–4, 2 market days", "Inside its bands"),
        ("March 5", "No scan"),
        ("March 6", "Inside its bands"),
    ]


def test_days_over_the_turn_of_a_year_say_both_years() -> None:
    days = [date(2026, 12, 31), date(2027, 1, 4)]
    stretch = folding.Stretch(tuple(Line(on, read(on)) for on in days))

    assert stretch.days == "December 31, 2026–January 4, 2027, 2 market days"


def test_what_another_hold_holds_back_is_another_stretch() -> None:
    held = [("hold_legal",), ("hold_legal",), ("life_event",), (), ()]
    days = {
        on: [
            read(on, "held" if codes else "in_band", triggers=("out_of_band",) if codes else (), holds=codes)
        ]
        for on, codes in zip(MONDAY_TO_FRIDAY, held, strict=True)
    }

    found = folding.fold(told(read_on=days))

    assert [(one.market_days, one.is_waiting) for one in found] == [(2, True), (1, True), (2, False)]


READINGS = st.lists(
    st.sampled_from(["in_band", "held", "proposed", "pending", "data", "failed", "not_due"]), max_size=3
)
STATES = st.lists(st.sampled_from(["running", "completed", "cancelled"]), max_size=2)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Line, ...]:
    """Any weeks of a household: read or not, by any runs, on any market days."""
    first = draw(st.dates(date(2026, 1, 1), date(2026, 6, 1)))
    days = [first + timedelta(days=number) for number in range(draw(st.integers(1, 40)))]
    some = st.frozensets(st.sampled_from(days))
    calendar = Calendar(
        sessions=draw(some),
        scan_days=draw(some),
        startable=draw(some),
        priced=draw(some),
        first_scan_on=draw(st.none() | st.sampled_from(days)),
    )
    found = {
        on: [read(on, outcome, hour=1 + number, drift=None) for number, outcome in enumerate(outcomes)]
        for on in days
        if (outcomes := draw(READINGS))
    }
    runs = [RunOfDay(on, state) for on in days for state in draw(STATES)]
    return lines.of_days(
        days,
        opened_on=draw(st.sampled_from(days)),
        closed_on=draw(st.none() | st.sampled_from(days)),
        read=found,
        runs=runs,
        calendar=calendar,
    )


@given(histories())
def test_every_day_has_exactly_one_line_that_says_what_was_the_case(told_: tuple[Line, ...]) -> None:
    days = [one.on for one in told_]

    assert days == sorted(set(days))
    assert all((one.read is None) != (one.unread is None) for one in told_)
    assert all(one.label and one.sentence for one in told_)


@given(histories())
def test_folding_loses_no_day_and_joins_only_equal_ones(told_: tuple[Line, ...]) -> None:
    stretches = folding.fold(told_)

    assert tuple(line for stretch in stretches for line in stretch.lines) == told_
    open_keys = [
        {folding.key_of(one) for one in stretch.lines if one.unread is not Unread.CLOSED_MARKET}
        for stretch in stretches
    ]
    assert all(len(keys) <= 1 for keys in open_keys)
    # Neighbors differ: what could be told as one is told as one.
    assert all(left != right for left, right in pairwise(open_keys))
