"""Gain budgets: the most net realized gain a tax unit wants in a year.

Per tax unit, never per account: joint filers share one, a trust or a minor has its own. Losses realized
later give budget back; washed losses do not count. Netting as in IRC 1222 and 1212(b).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.tax.federal_tax import GainLedger


class Severity(StrEnum):
    """How a rule answers, mildest first."""

    PASS = "PASS"  # noqa: S105 - a level, not a secret
    WARN = "WARN"
    OVERRIDE = "OVERRIDE"
    BLOCK = "BLOCK"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Utilization (fraction of the budget) above which each level begins."""

    warn_above: Decimal = Decimal("0.8")
    override_above: Decimal = ONE
    block_above: Decimal = Decimal("1.1")

    def __post_init__(self) -> None:
        if not 0 <= self.warn_above <= self.override_above <= self.block_above:
            raise ValueError("Budget thresholds must rise: warn, then override, then block.")


@dataclass(frozen=True, slots=True)
class Usage:
    """A budget before and after a proposal, in dollars.

    `used` never falls below zero; `utilization` is None for a budget of zero. A budget of zero is used up by
    the first dollar.
    """

    budget: Decimal
    net_before: Decimal
    net_after: Decimal
    used: Decimal
    remaining: Decimal
    utilization: Decimal | None
    severity: Severity


def usage(
    budget: Decimal,
    ledger: GainLedger,
    *,
    proposed_short_term: Decimal = ZERO,
    proposed_long_term: Decimal = ZERO,
    thresholds: Thresholds = Thresholds(),
) -> Usage:
    """How a proposal would use the yearly budget of `budget` dollars of net gain.

    `ledger` is the year to date with carry-overs and the distributions received or expected.
    Raises ValueError for a negative budget.
    """
    if budget < 0:
        raise ValueError(f"A gain budget cannot be negative ({budget}); zero means no net gain at all.")
    net_before = ledger.net_short_term + ledger.net_long_term
    net_after = net_before + proposed_short_term + proposed_long_term
    used = max(ZERO, net_after)
    return Usage(
        budget=budget,
        net_before=net_before,
        net_after=net_after,
        used=used,
        remaining=budget - used,
        utilization=used / budget if budget else None,
        severity=_severity(used, budget, thresholds),
    )


def short_term_usage(
    budget: Decimal,
    ledger: GainLedger,
    *,
    proposed_short_term: Decimal = ZERO,
    thresholds: Thresholds = Thresholds(),
) -> Usage:
    """The same for the optional second budget, on net short-term gain alone."""
    short_only = GainLedger(short_term=ledger.short_term, short_term_carryover=ledger.short_term_carryover)
    return usage(budget, short_only, proposed_short_term=proposed_short_term, thresholds=thresholds)


def _severity(used: Decimal, budget: Decimal, thresholds: Thresholds) -> Severity:
    """Compared without dividing, so that a budget of zero needs no case of its own."""
    if used > thresholds.block_above * budget:
        return Severity.BLOCK
    if used > thresholds.override_above * budget:
        return Severity.OVERRIDE
    return Severity.WARN if used > thresholds.warn_above * budget else Severity.PASS
