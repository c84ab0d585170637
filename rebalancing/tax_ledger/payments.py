"""Estimated payments that follow from a year's tax: the safe harbor of IRC 6654 and its four days. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.money import ZERO, cents_up
from rebalancing.engine.tax import federal_tax, thresholds
from rebalancing.engine.tax.tables import table
from rebalancing.engine.tax.thresholds import EdgeKind

QUARTER = Decimal("0.25")
SATURDAY = 5
EDGES = {
    EdgeKind.ZERO_RATE_ENDS: "the end of the 0% rate on long-term gains",
    EdgeKind.FIFTEEN_RATE_ENDS: "the end of the 15% rate on long-term gains",
    EdgeKind.ORDINARY_BRACKET: "the next ordinary bracket",
    EdgeKind.INVESTMENT_INCOME_TAX: "the net investment income tax",
    EdgeKind.MINIMUM_TAX_PHASE_OUT: "the phase-out of the minimum tax's exemption",
    EdgeKind.MINIMUM_TAX_EXEMPTION_ENDS: "the end of the minimum tax's exemption",
    EdgeKind.MEDICARE_TIER: "the next Medicare premium tier",
}
CROSSED = {
    EdgeKind.ORDINARY_BRACKET: "an ordinary bracket",
    EdgeKind.MEDICARE_TIER: "a Medicare premium tier, which raises the premiums of the year after next",
}
"""The words where this year's gains have crossed one of several lines of a kind."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What is on record of a return's payments; last year's figures are None where they are not known."""

    prior_tax: Decimal | None = None
    prior_income: Decimal | None = None
    withheld: Decimal = ZERO
    paid: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Payments:
    """What is to be paid so that no penalty follows; dollars. `by_prior` None: last year is not on record.

    `due` is what the next day asks for beyond what was withheld and paid; a quarter of the year's need each time, and
    withholding counts in equal parts (IRC 6654(d)(1)(A), (g)(1)).
    """

    required: Decimal
    by_current: Decimal
    by_prior: Decimal | None
    withheld: Decimal
    paid: Decimal
    due_on: date | None
    due: Decimal

    @property
    def missing(self) -> Decimal:
        """What is still to come for the whole year."""
        return max(ZERO, self.required - self.withheld - self.paid)


def of(unit: TaxUnit, *, federal: Decimal, paid: Paid, year: int, on: date) -> Payments:
    """The payments of a return whose federal tax of the year is computed. Raises UnknownTaxYear."""
    found = thresholds.safe_harbor(
        unit_taxes.profile(unit),
        tax_this_year=federal,
        tax_prior_year=paid.prior_tax,
        agi_prior_year=paid.prior_income,
    )
    days = due_days(year)
    due_on = next((day for day in days if day >= on), None)
    passed = len(days) if due_on is None else days.index(due_on) + 1
    need = cents_up(found.required * QUARTER * passed) - paid.withheld * QUARTER * passed - paid.paid
    return Payments(
        required=found.required,
        by_current=found.by_current_year,
        by_prior=found.by_prior_year,
        withheld=paid.withheld,
        paid=paid.paid,
        due_on=due_on,
        due=max(ZERO, cents_up(need)),
    )


def due_days(year: int) -> tuple[date, date, date, date]:
    """The four days of a calendar year's payments (IRC 6654(c)(2)); on a weekend, the Monday after (IRC 7503)."""
    days = (date(year, 4, 15), date(year, 6, 15), date(year, 9, 15), date(year + 1, 1, 15))
    first, second, third, fourth = (_workday(day) for day in days)
    return first, second, third, fourth


def _workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= SATURDAY else day


@dataclass(frozen=True, slots=True)
class Edge:
    """A line near which the next dollar of gain changes price, and the dollars until it. Crossed: by this year's gains."""

    words: str
    room: Decimal | None
    is_crossed: bool


def edges(unit: TaxUnit) -> tuple[Edge, ...]:
    """Which lines this year's gains have crossed, and how far the next ones are; none at flat rates."""
    if unit.income is None:
        return ()
    profile = unit_taxes.profile(unit)
    after = federal_tax.compute(profile, unit_taxes.ledger(unit, ZERO, ZERO))
    before = federal_tax.compute(profile, federal_tax.NO_GAINS)
    found = [
        Edge(CROSSED.get(one.edge.kind, EDGES[one.edge.kind]), None, is_crossed=True)
        for one in thresholds.crossed(profile, before, after)
        if one.upward
    ]
    return (
        *found,
        *(
            Edge(EDGES[one.edge.kind], one.dollars, is_crossed=False)
            for one in thresholds.room(profile, after)
        ),
    )


def bears_parents_rate(unit: TaxUnit) -> bool:
    """Whether a child's unearned income of the year is above the line of IRC 1(g); that tax is not computed."""
    if unit.income is None:
        return False
    profile = unit_taxes.profile(unit)
    gains = unit_taxes.ledger(unit, ZERO, ZERO)
    unearned = profile.taxable_interest + profile.qualified_dividends + profile.nonqualified_dividends
    unearned += max(ZERO, gains.net_short_term + gains.net_long_term)
    return thresholds.is_above_kiddie_threshold(table(profile.tax_year, profile.filing_status), unearned)
