"""Where the next dollar of gain changes price: the edges of a year, which were crossed and how far they are.

The lines that matter near year-end are the 0/15/20% edges, the net investment income tax, the phase-out of the
alternative minimum tax's exemption and the Medicare premium tiers; ordinary brackets matter for short-term gains only.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ZERO, cents_up
from rebalancing.engine.tax.federal_tax import TaxComputation, TaxProfile
from rebalancing.engine.tax.tables import FilingStatus, TaxTable, estimated_tax_shares, table


class EdgeKind(StrEnum):
    """What changes at an edge."""

    ZERO_RATE_ENDS = "zero_rate_ends"  # IRC 1(h)(1)(B), on taxable income
    FIFTEEN_RATE_ENDS = "fifteen_rate_ends"  # IRC 1(h)(1)(C), on taxable income
    ORDINARY_BRACKET = "ordinary_bracket"  # IRC 1(j), on ordinary taxable income
    INVESTMENT_INCOME_TAX = "investment_income_tax"  # IRC 1411, on modified AGI
    MINIMUM_TAX_PHASE_OUT = "minimum_tax_phase_out"  # IRC 55(d)(2), on alternative minimum taxable income
    MINIMUM_TAX_EXEMPTION_ENDS = "minimum_tax_exemption_ends"
    MEDICARE_TIER = "medicare_tier"  # 42 U.S.C. 1395r(i), on modified AGI, two years later, a cliff


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge, in dollars of the measure it is about."""

    kind: EdgeKind
    at: Decimal


@dataclass(frozen=True, slots=True)
class Crossing:
    """An edge that lies between two computations; `upward` when income rose over it."""

    edge: Edge
    upward: bool


@dataclass(frozen=True, slots=True)
class Room:
    """Dollars of the edge's own measure left before it is reached."""

    edge: Edge
    dollars: Decimal


@dataclass(frozen=True, slots=True)
class SafeHarbor:
    """What withholding and estimated payments must reach to avoid the penalty of IRC 6654, in dollars."""

    required: Decimal
    by_current_year: Decimal
    by_prior_year: Decimal | None


def edges(profile: TaxProfile) -> tuple[Edge, ...]:
    """All edges of the profile's year and filing status, by kind and height. Raises UnknownTaxYear."""
    figures = table(profile.tax_year, profile.filing_status)
    minimum = figures.minimum_tax
    gone = minimum.phase_out_above + (minimum.exemption - minimum.exemption_min) / minimum.phase_out_rate
    return (
        Edge(EdgeKind.ZERO_RATE_ENDS, figures.zero_rate_up_to),
        Edge(EdgeKind.FIFTEEN_RATE_ENDS, figures.fifteen_rate_up_to),
        *(Edge(EdgeKind.ORDINARY_BRACKET, b.up_to) for b in figures.brackets if b.up_to is not None),
        Edge(EdgeKind.INVESTMENT_INCOME_TAX, figures.niit_above),
        Edge(EdgeKind.MINIMUM_TAX_PHASE_OUT, minimum.phase_out_above),
        Edge(EdgeKind.MINIMUM_TAX_EXEMPTION_ENDS, gone),
        *(Edge(EdgeKind.MEDICARE_TIER, tier) for tier in figures.irmaa_tiers),
    )


def crossed(profile: TaxProfile, before: TaxComputation, after: TaxComputation) -> tuple[Crossing, ...]:
    """The edges between two computations of the same profile. Raises UnknownTaxYear."""
    found = []
    for edge in edges(profile):
        low, high = _measure(edge, profile, before), _measure(edge, profile, after)
        if (low <= edge.at) != (high <= edge.at):
            found.append(Crossing(edge=edge, upward=high > edge.at))
    return tuple(found)


def room(profile: TaxProfile, computation: TaxComputation) -> tuple[Room, ...]:
    """The next edge of each kind above where the year stands, and the dollars until it. Raises UnknownTaxYear."""
    found: dict[EdgeKind, Room] = {}
    for edge in edges(profile):
        left = edge.at - _measure(edge, profile, computation)
        if left > 0 and edge.kind not in found:
            found[edge.kind] = Room(edge=edge, dollars=left)
    return tuple(found.values())


def safe_harbor(
    profile: TaxProfile,
    *,
    tax_this_year: Decimal,
    tax_prior_year: Decimal | None,
    agi_prior_year: Decimal | None,
) -> SafeHarbor:
    """The payments that avoid an underpayment penalty: 90% of this year's tax or 100% (110%) of last year's.

    110% applies above $150,000 of AGI last year ($75,000 married separately). Without last year's figures
    only the first test stands. Source: IRC 6654(d)(1). Raises UnknownTaxYear.
    """
    shares = estimated_tax_shares(profile.tax_year)
    current = cents_up(shares["share_of_current"] * max(ZERO, tax_this_year))
    if tax_prior_year is None or agi_prior_year is None:
        return SafeHarbor(required=current, by_current_year=current, by_prior_year=None)
    separately = profile.filing_status is FilingStatus.MARRIED_SEPARATELY
    line = shares["high_income_above_mfs" if separately else "high_income_above"]
    share = shares["share_of_prior_high_income" if agi_prior_year > line else "share_of_prior"]
    prior = cents_up(share * max(ZERO, tax_prior_year))
    return SafeHarbor(required=min(current, prior), by_current_year=current, by_prior_year=prior)


def is_above_kiddie_threshold(figures: TaxTable, unearned_income: Decimal) -> bool:
    """True when a child's unearned income bears the parents' rate (IRC 1(g)); that tax is not computed."""
    return unearned_income > figures.kiddie_threshold


def _measure(edge: Edge, profile: TaxProfile, computation: TaxComputation) -> Decimal:
    match edge.kind:
        case EdgeKind.ORDINARY_BRACKET:
            return computation.ordinary_taxable
        case EdgeKind.INVESTMENT_INCOME_TAX:
            return computation.agi
        case EdgeKind.MINIMUM_TAX_PHASE_OUT | EdgeKind.MINIMUM_TAX_EXEMPTION_ENDS:
            return computation.minimum_taxable
        case EdgeKind.MEDICARE_TIER:
            return computation.agi + profile.tax_exempt_interest
        case _:
            return computation.taxable_income
