"""PTC-39 and 48: are the figures the proposal stands on still true?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from compliance.rules.facts.case import Stage
from compliance.rules.facts.thresholds import Thresholds
from compliance.rules.findings.severity import Severity
from compliance.rules.price_freshness import LIVE_PRICE_STAGES
from tests.compliance.rules.cases import (
    FRIDAY,
    HEALTHY,
    MONDAY,
    TUESDAY,
    at,
    severity,
    with_account,
    with_buy,
    with_market,
    with_sell,
    worst,
)
from tests.spec.drawn import rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        now              | priced           | stage    | level
        2026-11-23 11:00 | 2026-11-23 10:18 | release  | BLOCK
        2026-11-23 11:00 | 2026-11-23 10:45 | release  | PASS
        2026-11-23 11:00 | 2026-11-23 10:44 | release  | BLOCK
        2026-11-23 11:00 | 2026-11-23 11:01 | release  | BLOCK
        2026-11-23 11:00 | 2026-11-20 16:00 | release  | BLOCK
        2026-11-23 11:00 | 2026-11-20 16:00 | approval | PASS
        2026-11-23 11:00 | 2026-11-20 16:00 | build    | PASS
        2026-11-23 11:00 | 2026-11-20 15:59 | approval | BLOCK
        2026-11-23 08:00 | 2026-11-20 16:00 | release  | PASS
        2026-11-23 08:00 | 2026-11-19 16:00 | release  | BLOCK
        2026-11-23 17:00 | 2026-11-23 16:00 | release  | PASS
        2026-11-23 17:00 | 2026-11-23 15:59 | release  | BLOCK
        2026-11-23 17:00 | 2026-11-20 16:00 | build    | BLOCK
        """
    ),
)
def test_ptc_39_minutes_old_in_hours_and_the_last_close_otherwise(row: dict[str, str]) -> None:
    priced = at(row["priced"])
    case = with_buy(with_sell(priced_at=priced, price_now_at=priced), priced_at=priced, price_now_at=priced)

    assert (
        severity("PTC-39", replace(case, now=at(row["now"])), Stage(row["stage"])) is Severity[row["level"]]
    )


def test_ptc_39_a_firm_without_live_prices_trades_on_the_last_close() -> None:
    friday = at("2026-11-20 16:00")
    case = with_buy(with_sell(price_now_at=friday), price_now_at=friday)
    daily = replace(case, thresholds=Thresholds().with_(LIVE_PRICE_STAGES, frozenset()))

    assert severity("PTC-39", case) is Severity.BLOCK
    assert severity("PTC-39", daily) is Severity.PASS


@pytest.mark.parametrize(
    "row",
    rows(
        """
        move   | level
        0.03   | PASS
        0.031  | OVERRIDE
        -0.03  | PASS
        -0.031 | OVERRIDE
        """
    ),
)
def test_ptc_39_a_large_move_of_the_market_needs_a_person(row: dict[str, str]) -> None:
    case = with_market(index_move=D(row["move"]))

    assert severity("PTC-39", case) is Severity[row["level"]]


def test_ptc_39_says_how_old_the_price_is() -> None:
    case = with_sell(price_now_at=at("2026-11-23 10:18"))

    assert worst("PTC-39", case).sentence == "The price of VTI is 42 minutes old; 15 is the limit."


@pytest.mark.parametrize(
    "row",
    rows(
        """
        built      | trade      | level
        2026-11-20 | 2026-11-24 | BLOCK
        2026-11-20 | 2026-11-23 | PASS
        2026-11-22 | 2026-11-23 | PASS
        2026-11-23 | 2026-11-23 | PASS
        2026-11-19 | 2026-11-23 | BLOCK
        """
    ),
)
def test_ptc_48_a_proposal_lives_one_trading_day(row: dict[str, str]) -> None:
    trade_on = date.fromisoformat(row["trade"])
    case = replace(
        with_account(reconciled_on=MONDAY),
        built_on=date.fromisoformat(row["built"]),
        trade_on=trade_on,
        trading_days=(date(2026, 11, 18), date(2026, 11, 19), FRIDAY, MONDAY, TUESDAY),
    )

    assert severity("PTC-48", case) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        built at | now    | level
        80       | 81.60  | PASS
        80       | 81.61  | BLOCK
        80       | 78.40  | PASS
        80       | 78.39  | BLOCK
        """
    ),
)
def test_ptc_48_a_price_that_ran_away_means_building_again(row: dict[str, str]) -> None:
    case = with_buy(price=D(row["built at"]), price_now=D(row["now"]))

    assert severity("PTC-48", case) is Severity[row["level"]]
    assert severity("PTC-48", case, Stage.BUILD) is Severity.PASS


def test_ptc_48_every_account_agrees_with_the_custodian_since_the_last_business_day() -> None:
    assert severity("PTC-48", with_account(reconciled_on=FRIDAY)) is Severity.PASS
    assert severity("PTC-48", with_account(reconciled_on=date(2026, 11, 19))) is Severity.BLOCK


def test_ptc_48_names_what_changed() -> None:
    found = worst("PTC-48", replace(HEALTHY, changed_since_build=("positions", "cash")))

    assert found.severity is Severity.BLOCK
    assert found.sentence == "Since this proposal was built something changed: positions and cash."
