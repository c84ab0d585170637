"""Federal tax by integration, in Fractions: walk along taxable income and ask what each dollar bears.

Losses are netted dollar against dollar from four heaps, in the order of the Schedule D worksheets, instead of by
formula. Figures come as plain numbers so that a wrong reading of the tables shows too.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rebalancing.engine.tax.tables import FilingStatus, TaxTable

ZERO = Fraction(0)


@dataclass(frozen=True)
class Figures:
    brackets: tuple[tuple[Fraction, Fraction | None], ...]  # (rate, upper edge), lowest first
    zero_up_to: Fraction
    fifteen_up_to: Fraction
    deduction: Fraction
    loss_limit: Fraction
    niit_above: Fraction
    is_fiduciary: bool
    minimum: Minimum


@dataclass(frozen=True)
class Minimum:
    """The alternative minimum tax; `kept` is the deduction that it allows too."""

    exemption: Fraction
    phase_out_above: Fraction
    phase_out_rate: Fraction
    upper_rate_above: Fraction
    kept: Fraction
    files_separately: bool


@dataclass(frozen=True)
class Year:
    wages: Fraction
    interest: Fraction
    qualified_dividends: Fraction
    short_term: Fraction  # with carry-over
    long_term: Fraction


@dataclass(frozen=True)
class Answer:
    income_tax: Fraction
    minimum_tax: Fraction
    niit: Fraction
    carry_short: Fraction
    carry_long: Fraction


def tax(figures: Figures, year: Year) -> Answer:
    short_gain, short_loss = max(ZERO, year.short_term), max(ZERO, -year.short_term)
    long_gain, long_loss = max(ZERO, year.long_term), max(ZERO, -year.long_term)
    short_gain, long_loss = cancel(short_gain, long_loss)
    long_gain, short_loss = cancel(long_gain, short_loss)

    allowed = min(figures.loss_limit, short_loss + long_loss)
    other = year.wages + year.interest + year.qualified_dividends
    gross = other + short_gain + long_gain - allowed
    taxable = max(ZERO, gross - figures.deduction)
    sheltered = min(taxable, long_gain + year.qualified_dividends)
    ordinary = taxable - sheltered
    stacked = area(figures, ZERO, ordinary, preferential=False) + area(
        figures, ordinary, taxable, preferential=True
    )
    income_tax = min(stacked, area(figures, ZERO, taxable, preferential=False))

    preferred = long_gain + year.qualified_dividends
    minimum_tax = max(ZERO, tentative(figures, gross, preferred, ordinary) - income_tax)
    magi = gross - figures.deduction if figures.is_fiduciary else gross
    invested = year.interest + year.qualified_dividends + short_gain + long_gain - allowed
    niit = Fraction(38, 1000) * max(ZERO, min(invested, magi - figures.niit_above))

    # What income could not absorb is carried as well; a trust's exemption does not stand in the way.
    to_absorb = other - (ZERO if figures.is_fiduciary else figures.deduction) + short_gain + long_gain
    absorbed = max(ZERO, min(allowed, to_absorb))
    rest, short_loss = cancel(absorbed, short_loss)
    _, long_loss = cancel(rest, long_loss)
    return Answer(income_tax, minimum_tax, niit, short_loss, long_loss)


def tentative(figures: Figures, gross: Fraction, preferred: Fraction, ordinary: Fraction) -> Fraction:
    """Lift the exemption dollar for dollar out of the income, then lay gains on top of regular ordinary income."""
    law = figures.minimum
    income = gross - law.kept
    lost = law.phase_out_rate * max(ZERO, income - law.phase_out_above)
    # Who files separately goes on losing, by an addition to income, until a second exemption is gone.
    base = max(ZERO, income - law.exemption + min(lost, law.exemption * (2 if law.files_separately else 1)))
    own_rates = min(base, preferred)
    stacked = area(figures, ordinary, ordinary + own_rates, preferential=True)
    return min(two_rates(law, base - own_rates) + stacked, two_rates(law, base))


def two_rates(law: Minimum, income: Fraction) -> Fraction:
    return Fraction(26, 100) * income + Fraction(2, 100) * max(ZERO, income - law.upper_rate_above)


def minimum_of(table: TaxTable, deduction: Decimal | None) -> Minimum:
    law = table.minimum_tax
    return Minimum(
        exemption=Fraction(law.exemption),
        phase_out_above=Fraction(law.phase_out_above),
        phase_out_rate=Fraction(law.phase_out_rate),
        upper_rate_above=Fraction(law.upper_rate_above),
        kept=Fraction(deduction or 0),
        files_separately=table.filing_status is FilingStatus.MARRIED_SEPARATELY,
    )


def cancel(one: Fraction, other: Fraction) -> tuple[Fraction, Fraction]:
    both = min(one, other)
    return one - both, other - both


def area(figures: Figures, low: Fraction, high: Fraction, *, preferential: bool) -> Fraction:
    """The integral of the rate from `low` to `high`, cut at every edge there is."""
    edges = [edge for _, edge in figures.brackets if edge is not None]
    edges += [figures.zero_up_to, figures.fifteen_up_to]
    cuts = sorted({low, high, *(edge for edge in edges if low < edge < high)})
    return sum(
        ((b - a) * rate((a + b) / 2, figures, preferential) for a, b in itertools.pairwise(cuts)),
        ZERO,
    )


def rate(at: Fraction, figures: Figures, preferential: bool) -> Fraction:
    if preferential:
        if at < figures.zero_up_to:
            return ZERO
        return Fraction(15, 100) if at < figures.fifteen_up_to else Fraction(20, 100)
    return next(rate for rate, edge in figures.brackets if edge is None or at < edge)
