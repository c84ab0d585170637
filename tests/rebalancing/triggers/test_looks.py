"""Which combination of terms looks on which day, how far, and at what: drawn, and walked through year after year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.models import Policy
from rebalancing.engine.market.calendars import new_york
from rebalancing.triggers import due_dates, looks, record_changes, sharp_falls
from rebalancing.triggers.history import History
from rebalancing.triggers.record_changes import Change
from rebalancing.triggers.trigger import Trigger
from tests.spec.drawn import rows

SINCE = date(2026, 3, 3)
ALL = {
    "soft": Trigger("out_of_band", "Stocks stand at 64%.", {"asset_class": "us_stock"}),
    "bonds": Trigger("out_of_band", "Bonds stand at 33%.", {"asset_class": "us_bond"}),
    "part": Trigger("sleeve_out_of_band", "Small stocks stand at 9%.", {"asset_class": "us_stock/small"}),
    "hard": Trigger("out_of_hard_range", "Stocks stand at 71%.", {"asset_class": "us_stock"}),
    "cash": Trigger("cash_due", "Money is due.", {}),
    "loss": Trigger("losses", "Lots stand below their cost.", {}),
    "error": Trigger("tracking_error", "The weights add up to too much.", {}),
    "fall": Trigger("sharp_fall", "The market fell.", {}),
    "change": Trigger("record_changed", "The model changed.", {}),
    "calendar": Trigger("calendar", "", {}),
}


def a_policy(**terms: Any) -> Policy:
    return Policy(**{"look": "daily", "effective_on": SINCE, **terms})


TABLE = """
    look        | calendar    | soft    | on_fall | classes  | session | on         | looked     | found           | calls
    daily       |             | at_once |         |          | 1       | 2026-11-23 | 2026-11-19 | soft bonds      | soft bonds
    daily       |             | at_once |         |          | 1       | 2026-11-23 | 2026-11-19 |                 |
    daily       |             | at_once | harvest |          | 1       | 2026-11-23 | 2026-11-19 | loss fall       | loss
    quarterly   |             | at_once |         |          | 1       | 2026-10-01 | 2026-09-29 | soft            | soft
    quarterly   |             | at_once |         |          | 1       | 2026-11-23 | 2026-10-01 | soft loss       | waits
    quarterly   |             | at_once |         |          | 4       | 2026-10-05 | 2026-07-08 | soft            | waits
    quarterly   |             | at_once |         |          | 4       | 2026-10-06 | 2026-07-08 | soft            | soft
    quarterly   |             | at_once |         |          | 1       | 2026-11-23 | 2026-10-01 | hard            | waits
    quarterly   |             | at_once |         |          | 1       | 2026-11-23 | 2026-10-01 | cash soft       | cash soft
    quarterly   |             | at_once |         |          | 1       | 2026-11-23 | 2026-10-01 | change          | change
    quarterly   |             | at_once |         |          | 1       | 2026-11-23 | 2026-10-01 | soft change     | soft change
    quarterly   |             | waits   |         |          | 1       | 2026-10-01 | 2026-09-29 | soft            | soft
    quarterly   |             | waits   |         |          | 1       | 2026-11-23 | 2026-10-01 | soft            | waits
    quarterly   |             | waits   |         |          | 1       | 2026-11-23 | 2026-10-01 | hard bonds      | hard bonds
    quarterly   |             | at_once | harvest |          | 1       | 2026-11-23 | 2026-10-01 | soft loss fall  | fall loss
    quarterly   |             | at_once | harvest |          | 1       | 2026-11-23 | 2026-10-01 | soft fall       | waits
    quarterly   |             | at_once | classes | us_stock | 1       | 2026-11-23 | 2026-10-01 | soft bonds fall | fall soft
    quarterly   |             | at_once | classes | us_stock | 1       | 2026-11-23 | 2026-10-01 | part loss fall  | fall part
    quarterly   |             | at_once | classes | us_bond  | 1       | 2026-11-23 | 2026-10-01 | soft loss fall  | waits
    quarterly   |             | at_once |         |          | 1       | 2026-11-23 | 2026-10-01 | soft loss       | waits
    daily       |             | waits   |         |          | 1       | 2026-11-23 | 2026-11-19 | soft            | waits
    daily       |             | waits   |         |          | 1       | 2026-11-23 | 2026-11-19 | hard soft       | hard soft
    daily       |             | waits   |         |          | 1       | 2026-11-23 | 2026-11-19 | soft loss       | loss
    daily       |             | waits   |         |          | 1       | 2026-11-23 | 2026-11-19 | soft cash       | soft cash
    daily       |             | waits   |         |          | 1       | 2026-11-23 | 2026-11-19 | error soft      | error
    daily       |             | waits   | classes | us_stock | 1       | 2026-11-23 | 2026-11-19 | soft bonds fall | fall soft
    daily       | quarterly   | waits   |         |          | 1       | 2026-10-01 | 2026-09-29 | soft            | soft calendar
    daily       | quarterly   | waits   |         |          | 1       | 2026-10-02 | 2026-09-30 | soft            | waits
    daily       | quarterly   | at_once |         |          | 1       | 2026-10-01 | 2026-09-29 |                 | calendar
    daily       | quarterly   | at_once |         |          | 1       | 2026-11-23 | 2026-11-19 |                 |
    annual      | quarterly   | at_once |         |          | 1       | 2026-10-01 | 2026-09-29 |                 | calendar
    annual      | quarterly   | at_once |         |          | 1       | 2026-11-23 | 2026-10-01 | soft            | waits
    anniversary |             | at_once |         |          | 1       | 2027-03-02 | 2026-03-03 | soft            | waits
    anniversary |             | at_once |         |          | 1       | 2027-03-03 | 2026-03-03 | soft            | soft
    daily       | anniversary | at_once |         |          | 1       | 2026-11-23 | 2026-11-19 |                 |
    daily       | anniversary | at_once |         |          | 1       | 2027-03-03 | 2027-03-01 |                 | calendar
"""


@pytest.mark.parametrize(
    "row",
    rows(TABLE),
    ids=lambda row: f"{row['look']} {row['calendar']} {row['soft']} {row['on_fall']}: {row['found']}",
)
def test_what_a_combination_does_on_a_day(row: dict[str, str]) -> None:
    policy = a_policy(
        look=row["look"],
        calendar=row["calendar"],
        soft_breach=row["soft"],
        on_fall=row["on_fall"],
        fall_classes=row["classes"],
        due_session=int(row["session"]),
    )
    given_names = row["found"].split()
    found = tuple(ALL[name] for name in given_names if name not in ("fall", "change"))

    look = looks.decide(
        policy,
        History(looked_on=date.fromisoformat(row["looked"])),
        found,
        changed=[ALL["change"]] if "change" in given_names else [],
        fall=[ALL["fall"]] if "fall" in given_names else [],
        trade_on=date.fromisoformat(row["on"]),
    )

    expected = row["calls"]
    if expected == "waits":
        assert look.waits
        assert not looks.calls(look.found)
    else:
        assert not look.waits
        assert [_name(one) for one in look.found] == expected.split()


def _name(one: Trigger) -> str:
    return next(
        name for name, known in ALL.items() if one.code == known.code and (one == known or name == "calendar")
    )


def test_a_narrow_look_names_its_classes_and_a_full_one_none() -> None:
    policy = a_policy(look="annual", on_fall="classes", fall_classes="us_stock,reit")
    on, seen = date(2026, 11, 23), History(looked_on=date(2026, 3, 3))

    narrow = looks.decide(policy, seen, (ALL["soft"],), changed=[], fall=[ALL["fall"]], trade_on=on)
    full = looks.decide(
        policy, seen, (ALL["soft"],), changed=[ALL["change"]], fall=[ALL["fall"]], trade_on=on
    )

    assert (narrow.only, full.only) == ({"us_stock", "reit"}, frozenset())


def test_the_sentence_of_a_wait_says_what_ends_it() -> None:
    seen = History(looked_on=date(2026, 11, 2))
    on = date(2026, 11, 23)
    told = [
        looks.decide(policy, seen, (ALL["soft"],), changed=[], fall=fall, trade_on=on).waits
        for policy, fall in (
            (a_policy(look="quarterly", due_session=4), []),
            (a_policy(look="quarterly", calendar="monthly", due_session=1), []),
            (a_policy(soft_breach="waits", calendar="annual"), []),
            (a_policy(look="annual", on_fall="harvest"), [ALL["fall"]]),
        )
    ]

    assert told == [
        "The policy is evaluated once a quarter; the next evaluation is due on January 7, 2027.",
        "The policy is evaluated once a quarter; the next evaluation is due on December 1.",
        "Stocks stand at 64%. The policy lets it wait for a scheduled look or for cash; the next look by the calendar is due on January 4, 2027.",
        "The market fell. Nothing there calls for a trade. The policy is evaluated once a year; the next evaluation is due on January 4, 2027.",
    ]


SESSIONS = new_york().sessions_between(date(2026, 3, 3), date(2027, 6, 30))
LOOKS = st.sampled_from(list(Policy.Look.values))


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "look": LOOKS,
            "calendar": st.sampled_from(["", *Policy.Look.values]),
            "due_session": st.integers(1, 15),
            "due_day": st.none() | st.integers(1, 28),
            "soft_breach": st.sampled_from(list(Policy.SoftBreach.values)),
            "on_fall": st.sampled_from(["", *Policy.OnFall.values]),
        }
    ),
    st.lists(st.tuples(st.integers(0, len(SESSIONS) - 60), st.integers(-5, 40)), max_size=3),
    st.sets(st.integers(0, len(SESSIONS) - 1), max_size=4),
    st.sets(st.integers(0, len(SESSIONS) - 1), max_size=30),
    st.booleans(),
)
def test_no_trigger_fires_twice_for_one_cause_in_one_period(
    terms: dict[str, Any],
    changes: list[tuple[int, int]],
    falls: set[int],
    failing: set[int],
    is_outside: bool,
) -> None:
    """Sixteen months of days: falls and changes come, some days fail, and every look that is made is remembered."""
    policy = a_policy(fall_classes="us_stock", **terms)
    made = [
        Change(
            kind="model",
            sentence="It changed.",
            made_at=_evening(SESSIONS[at]),
            from_on=SESSIONS[at] + timedelta(days=off),
        )
        for at, off in changes
    ]
    prices = _prices(falls)
    history = History()
    calendar_periods: list[tuple[date, date]] = []
    answered: list[Change] = []
    for before, market_on, trade_on in zip(SESSIONS, SESSIONS[1:], SESSIONS[2:], strict=False):
        at = _evening(market_on) + timedelta(hours=1)
        changed = [
            one
            for one in made
            if one.made_at < at
            and bool(
                record_changes.fires(
                    record_changes.facts(one, evaluated_at=history.evaluated_at, trade_on=trade_on)
                ).yes[0]
            )
        ]
        fell = sharp_falls.fires(
            sharp_falls.facts(
                {day: price for day, price in prices.items() if before <= day <= market_on},
                on=market_on,
                least=D("0.07"),
                since=looks.fall_counts_from(policy, history).fall_on,
            )
        ).yes[0]
        look = looks.decide(
            policy,
            history,
            (ALL["soft"],) if is_outside else (),
            changed=[ALL["change"]] if changed else [],
            fall=[ALL["fall"]] if fell and policy.on_fall else [],
            trade_on=trade_on,
        )
        if SESSIONS.index(market_on) in failing:
            continue
        codes = [one.code for one in look.found]
        if "calendar" in codes and policy.calendar != "daily":
            calendar_periods.append(due_dates.period(policy.calendar, trade_on, due_dates.timing(policy)))
        if "sharp_fall" in codes:
            history = replace(history, fall_on=market_on)
        elif not look.waits:
            assert not [one for one in changed if one in answered], "a change calls once"
            answered += changed
            history = replace(history, looked_on=market_on, evaluated_at=at)
            if "calendar" in codes:
                history = replace(history, calendar_on=market_on)
        elif changed:
            raise AssertionError("a change does not wait")
    assert len(set(calendar_periods)) == len(calendar_periods)


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(22), tzinfo=UTC)


def _prices(falls: set[int]) -> dict[date, D]:
    price, found = D(100), {}
    for number, day in enumerate(SESSIONS):
        if number in falls:
            price *= D("0.9")
        found[day] = price
    return found
