"""Gain budgets, drawn as a table: net gain of the year against what the client wants at most."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import gain_budgets
from rebalancing.engine.tax.federal_tax import GainLedger
from rebalancing.engine.tax.gain_budgets import Severity, Thresholds, Usage
from tests.spec.drawn import refused, rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        budget | short | long  | carry | paid_out | new_short | new_long | before | after  | used  | severity
        20000  | 0     | 9000  | 0     | 1500     | 0         | 4000     | 10500  | 14500  | 14500 | PASS
        10000  | 0     | 12000 | 15000 | 0        | 3000      | 8000     | -3000  | 8000   | 8000  | PASS
        10000  | 0     | 8000  | 0     | 0        | 0         | 0.01     | 8000   | 8000.01 | 8000.01 | WARN
        10000  | 0     | 8000  | 0     | 0        | 0         | 2000     | 8000   | 10000  | 10000 | WARN
        10000  | 0     | 8000  | 0     | 0        | 2000      | 0.01     | 8000   | 10000.01 | 10000.01 | OVERRIDE
        10000  | 0     | 8000  | 0     | 0        | 0         | 3000     | 8000   | 11000  | 11000 | OVERRIDE
        10000  | 0     | 8000  | 0     | 0        | 0         | 3000.01  | 8000   | 11000.01 | 11000.01 | BLOCK
        15000  | 3000  | 11000 | 0     | 0        | -6000     | 5000     | 14000  | 13000  | 13000 | WARN
        10000  | -9000 | 0     | 0     | 0        | 0         | 500      | -9000  | -8500  | 0     | PASS
        0      | 0     | 0     | 0     | 0        | 0         | 0        | 0      | 0      | 0     | PASS
        0      | 0     | 0     | 0     | 0        | 0         | 1        | 0      | 1      | 1     | BLOCK
        """
    ),
    ids=lambda row: f"{row['used']} of {row['budget']}",
)
def test_a_proposal_uses_up_budget(row: dict[str, str]) -> None:
    budget, used = D(row["budget"]), D(row["used"])
    ledger = GainLedger(D(row["short"]), D(row["long"]), D(row["carry"]), distributions=D(row["paid_out"]))

    assert gain_budgets.usage(
        budget, ledger, proposed_short_term=D(row["new_short"]), proposed_long_term=D(row["new_long"])
    ) == Usage(
        budget=budget,
        net_before=D(row["before"]),
        net_after=D(row["after"]),
        used=used,
        remaining=budget - used,
        utilization=used / budget if budget else None,
        severity=Severity(row["severity"]),
    )


def test_a_second_budget_looks_at_short_term_gains_alone() -> None:
    ledger = GainLedger(D(4000), D(90_000), D(1000), D(50_000), distributions=D(7000))
    found = gain_budgets.short_term_usage(D(5000), ledger, proposed_short_term=D(3000))

    assert (found.net_before, found.net_after, found.severity) == (3000, 6000, Severity.BLOCK)


def test_a_firm_sets_its_own_thresholds() -> None:
    strict = Thresholds(warn_above=D("0.5"), override_above=D("0.6"), block_above=D("0.7"))
    found = gain_budgets.short_term_usage(D(100), GainLedger(short_term=D(65)), thresholds=strict)

    assert found.severity is Severity.OVERRIDE
    assert gain_budgets.usage(D(100), GainLedger(D(55)), thresholds=strict).severity is Severity.WARN


def test_thresholds_rise_and_budgets_are_not_negative() -> None:
    for falling in ({"warn_above": D("1.2")}, {"block_above": D("0.9")}):
        with refused("Budget thresholds must rise: warn, then override, then block."):
            Thresholds(**falling)
    with refused("A gain budget cannot be negative (-1); zero means no net gain at all."):
        gain_budgets.usage(D(-1), GainLedger())


def test_levels_may_coincide() -> None:
    at_once = Thresholds(warn_above=D(1), override_above=D(1), block_above=D(1))

    assert gain_budgets.usage(D(100), GainLedger(D(100)), thresholds=at_once).severity is Severity.PASS
    assert gain_budgets.usage(D(100), GainLedger(D(101)), thresholds=at_once).severity is Severity.BLOCK
    assert Thresholds(warn_above=D(0)).warn_above == 0
