"""The figures of a tax year, read from dated files; never a figure in code, never a projection.

One file a year in `tables/`; every group there names its source. A year without a file is refused here: a
guessed bracket would look exactly like a known one. A plan for a year to come asks `year_to_use` and says so.
To add a year, add the file and run the spec.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from rebalancing.engine.money import ZERO


class UnknownTaxYear(LookupError):
    """No table of figures for this year ships with the engine."""


class FilingStatus(StrEnum):
    """Who files. Estates and trusts share the trust brackets and differ in their exemption (IRC 642(b))."""

    SINGLE = "single"
    MARRIED_JOINTLY = "mfj"
    SURVIVING_SPOUSE = "qss"
    HEAD_OF_HOUSEHOLD = "hoh"
    MARRIED_SEPARATELY = "mfs"
    TRUST = "trust"
    SIMPLE_TRUST = "simple_trust"
    ESTATE = "estate"

    @property
    def is_fiduciary(self) -> bool:
        """True for trusts and estates: no standard deduction, an exemption, compressed brackets."""
        return self in (FilingStatus.TRUST, FilingStatus.SIMPLE_TRUST, FilingStatus.ESTATE)

    @property
    def schedule(self) -> str:
        """The key of this status in the tables: surviving spouses use the joint figures (IRC 1(a), 2(a)).

        Two groups know surviving spouses apart, because they ask for a joint return: senior deduction, Medicare.
        """
        if self is FilingStatus.SURVIVING_SPOUSE:
            return FilingStatus.MARRIED_JOINTLY.value
        return FilingStatus.TRUST.value if self.is_fiduciary else self.value


@dataclass(frozen=True, slots=True)
class Bracket:
    """Taxable income up to `up_to` dollars (None: no end) bears `rate`, a fraction of one."""

    rate: Decimal
    up_to: Decimal | None


@dataclass(frozen=True, slots=True)
class MinimumTaxTable:
    """The alternative minimum tax of one year and status. Dollars, rates as fractions of one."""

    exemption: Decimal  # IRC 55(d)(1)
    phase_out_above: Decimal  # Alternative minimum taxable income, IRC 55(d)(2)
    phase_out_rate: Decimal
    # Married persons who file separately add to their income what the exemption would go on to lose below zero, up to
    # one exemption (IRC 55(d)(2), last sentence).
    exemption_min: Decimal
    rate: Decimal  # IRC 55(b)(1)
    upper_rate: Decimal
    upper_rate_above: Decimal

    def exemption_at(self, income: Decimal) -> Decimal:
        """What is exempt of `income` dollars of alternative minimum taxable income."""
        return max(
            self.exemption_min,
            self.exemption - self.phase_out_rate * max(ZERO, income - self.phase_out_above),
        )

    def tax_on(self, income: Decimal) -> Decimal:
        """26 and 28% of `income` dollars, gains with rates of their own left out."""
        over = max(ZERO, income - self.upper_rate_above)
        return self.rate * (max(ZERO, income) - over) + self.upper_rate * over


@dataclass(frozen=True, slots=True)
class TaxTable:
    """All figures of one year for one filing status. Dollars, rates as fractions of one."""

    tax_year: int
    filing_status: FilingStatus
    brackets: tuple[Bracket, ...]  # IRC 1(j), lowest first
    zero_rate_up_to: Decimal  # IRC 1(h)(1)(B)
    fifteen_rate_up_to: Decimal  # IRC 1(h)(1)(C)
    deduction: Decimal  # basic standard deduction, or the exemption of a trust or estate
    age_or_blind_addition: Decimal  # for each person and each condition, IRC 63(f)
    senior_deduction: Decimal  # for each person of 65 or more, IRC 151(d)(5)(C); 0 where it does not apply
    senior_phase_out_rate: Decimal
    senior_phase_out_above: Decimal
    capital_loss_limit: Decimal  # IRC 1211(b)
    niit_rate: Decimal  # IRC 1411
    niit_above: Decimal
    collectibles_rate: Decimal  # IRC 1(h)(4)
    unrecaptured_1250_rate: Decimal  # IRC 1(h)(6)
    kiddie_threshold: Decimal  # unearned income of a child taxed at the parents' rate, IRC 1(g)
    minimum_tax: MinimumTaxTable
    # MAGI above which this year's Medicare premiums step up; income of a year decides the premiums two years
    # later, whose tiers are not published yet. Empty: not modeled for this status.
    irmaa_tiers: tuple[Decimal, ...]

    def ordinary_tax(self, income: Decimal) -> Decimal:
        """Tax in dollars on `income` dollars of taxable income at ordinary rates (IRC 1(j))."""
        tax, floor = ZERO, ZERO
        for bracket in self.brackets:
            ceiling = income if bracket.up_to is None else min(income, bracket.up_to)
            if ceiling <= floor:
                break
            tax += (ceiling - floor) * bracket.rate
            floor = ceiling
        return tax


def known_years() -> tuple[int, ...]:
    """The tax years with figures, oldest first."""
    folder = resources.files("rebalancing.engine") / "tables"
    stems = (file.name.removesuffix(".json") for file in folder.iterdir())
    return tuple(sorted(int(stem) for stem in stems if stem.isdecimal()))


def year_to_use(tax_year: int) -> int:
    """The year whose figures a plan for `tax_year` is computed with: its own, or the last one known.

    A year's figures come out late in the year before, and a desk does not stand still until somebody has added
    them. Whoever uses another year's says so beside the figures; see `explanations.warnings`. Years before the first known stay
    as they are and are refused.
    """
    return min(tax_year, known_years()[-1])


@lru_cache(maxsize=64)
def table(tax_year: int, filing_status: FilingStatus) -> TaxTable:
    """The figures of `tax_year` for `filing_status`.

    Raises UnknownTaxYear for a year without a file.
    """
    figures = _figures(tax_year)
    key = filing_status.schedule
    edges = figures["capital_gain_edges"][key]
    senior = figures["senior_deduction"]
    senior_phase_out_above = senior["phase_out_above"].get(filing_status.value)
    niit = figures["net_investment_income_tax"]
    deduction = (
        figures["trust_exemption"][filing_status.value]
        if filing_status.is_fiduciary
        else figures["standard_deduction"][key]
    )
    return TaxTable(
        tax_year=tax_year,
        filing_status=filing_status,
        brackets=tuple(
            Bracket(rate=Decimal(b["rate"]), up_to=None if b["up_to"] is None else Decimal(b["up_to"]))
            for b in figures["ordinary_brackets"][key]
        ),
        zero_rate_up_to=Decimal(edges["zero_up_to"]),
        fifteen_rate_up_to=Decimal(edges["fifteen_up_to"]),
        deduction=Decimal(deduction),
        age_or_blind_addition=Decimal(figures["age_or_blind_addition"].get(key, 0)),
        senior_deduction=ZERO if senior_phase_out_above is None else Decimal(senior["per_person"]),
        senior_phase_out_rate=Decimal(senior["phase_out_rate"]),
        senior_phase_out_above=Decimal(senior_phase_out_above or 0),
        capital_loss_limit=Decimal(figures["capital_loss_limit"][key]),
        niit_rate=Decimal(niit["rate"]),
        niit_above=Decimal(niit["above"][key]),
        collectibles_rate=Decimal(figures["special_rates"]["collectibles"]),
        unrecaptured_1250_rate=Decimal(figures["special_rates"]["unrecaptured_1250"]),
        kiddie_threshold=Decimal(figures["kiddie_threshold"]["unearned_income"]),
        minimum_tax=_minimum_tax(figures["minimum_tax"], filing_status),
        irmaa_tiers=tuple(Decimal(edge) for edge in figures["irmaa_tiers"].get(filing_status.value, ())),
    )


def _minimum_tax(figures: dict[str, Any], filing_status: FilingStatus) -> MinimumTaxTable:
    key = filing_status.schedule
    exemption = Decimal(figures["exemption"][key])
    return MinimumTaxTable(
        exemption=exemption,
        phase_out_above=Decimal(figures["phase_out_above"][key]),
        phase_out_rate=Decimal(figures["phase_out_rate"]),
        exemption_min=-exemption if filing_status is FilingStatus.MARRIED_SEPARATELY else ZERO,
        rate=Decimal(figures["rate"]),
        upper_rate=Decimal(figures["rate_above"]),
        upper_rate_above=Decimal(figures["upper_rate_above"][key]),
    )


def estimated_tax_shares(tax_year: int) -> Mapping[str, Decimal]:
    """The safe-harbor shares and income edges of IRC 6654(d), by name. Raises UnknownTaxYear."""
    return {name: Decimal(value) for name, value in _figures(tax_year)["estimated_tax"].items()}


def _figures(tax_year: int) -> dict[str, Any]:
    return {group: body["values"] for group, body in _document(tax_year).items() if group != "year"}


@lru_cache(maxsize=16)
def _document(tax_year: int) -> dict[str, Any]:
    if tax_year not in known_years():
        raise UnknownTaxYear(
            f"There are no tax figures for {tax_year} (known: {', '.join(map(str, known_years()))}). "
            "Use a known year, or add its published figures to the engine's tables; projections are not used."
        )
    text = (resources.files("rebalancing.engine") / "tables" / f"{tax_year}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
