"""Gain budgets, drawn as a table: net gain of the year against what the client wants at most."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from compliance.rules.findings.severity import Severity
from compliance.rules.gain_budget import budget_severity
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from tests.spec.drawn import rows


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
    unit = TaxUnit(
        id="return",
        realized_short=D(row["short"]),
        realized_long=D(row["long"]),
        carryforward_short=D(row["carry"]),
        expected_distributions=D(row["paid_out"]),
    )
    net_before = sum(unit_taxes.base(unit))
    net_after = net_before + D(row["new_short"]) + D(row["new_long"])

    assert (net_before, net_after, max(0, net_after)) == (D(row["before"]), D(row["after"]), D(row["used"]))
    assert budget_severity(net_after=net_after, budget=D(row["budget"])) is Severity[row["severity"]]


def test_a_firm_sets_its_own_thresholds() -> None:
    strict = {"warn_above": D("0.5"), "override_above": D("0.6"), "block_above": D("0.7")}

    assert budget_severity(net_after=D(65), budget=D(100), **strict) is Severity.OVERRIDE
    assert budget_severity(net_after=D(55), budget=D(100), **strict) is Severity.WARN
    assert budget_severity(net_after=D(71), budget=D(100), **strict) is Severity.BLOCK


def test_levels_may_coincide() -> None:
    at_once = {"warn_above": D(1), "override_above": D(1), "block_above": D(1)}

    assert budget_severity(net_after=D(100), budget=D(100), **at_once) is Severity.PASS
    assert budget_severity(net_after=D(101), budget=D(100), **at_once) is Severity.BLOCK
