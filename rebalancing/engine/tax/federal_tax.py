"""Tax on capital gains by the full federal computation; what a change costs is the difference of two.

Year-to-date facts go in (`TaxProfile`, `GainLedger`), one frozen answer comes out (`TaxComputation`).
Nothing here multiplies a gain by a table rate: rates change inside a lot (0/15/20% edges, the net
investment income tax, loss absorption), so every price of a trade is `T(with) - T(without)`.

Sources: IRC 1, 1(h), 55, 1211(b), 1212(b), 1222, 1411; Schedule D with its Tax Worksheet, the Qualified
Dividends and Capital Gain Tax Worksheet and the Capital Loss Carryover Worksheet; Forms 6251 and 8960.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.tax.tables import FilingStatus, TaxTable, table

# Shown beside every tax figure: parts of the law that can change it and are left out.
NOT_MODELED = (
    "taxation of Social Security benefits (IRC 86)",
    "Medicare premium surcharges",
    "preference items of the alternative minimum tax (stock options, private activity bonds, state tax"
    " among itemized deductions) and its credit (IRC 53, 56, 57)",
    "credits, qualified business income and itemized limits",
    "the deduction of state tax on the federal return",
)

FIFTEEN = Decimal("0.15")
TWENTY = Decimal("0.20")


@dataclass(frozen=True, slots=True)
class TaxProfile:
    """A taxpayer's year apart from capital gains, in dollars; rates and shares as fractions of one.

    `deduction` None takes the basic standard deduction (or a trust's exemption) from the table. For trusts
    the deduction also lowers AGI (IRC 67(e)(2)) and income is taken as kept, not distributed.
    """

    tax_year: int
    filing_status: FilingStatus
    wages: Decimal = ZERO
    taxable_interest: Decimal = ZERO
    qualified_dividends: Decimal = ZERO
    nonqualified_dividends: Decimal = ZERO
    other_ordinary_income: Decimal = ZERO  # pensions, IRA distributions, ...: in AGI, not investment income
    tax_exempt_interest: Decimal = ZERO  # counts toward the Medicare edges only
    deduction: Decimal | None = None
    age_or_blind_conditions: int = 0  # one for each person and condition, IRC 63(f)
    seniors: int = 0  # persons of 65 or more who claim the deduction of IRC 151(d)(5)(C)
    state_rate: Decimal = ZERO
    state_long_term_share: Decimal = ONE  # the part of a net long-term gain that the state taxes
    state_loss_limit: Decimal | None = None  # None: as the federal limit; 0: no net loss deducted

    def __post_init__(self) -> None:
        for name in ("wages", "taxable_interest", "qualified_dividends", "nonqualified_dividends"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"TaxProfile.{name} is {getattr(self, name)}; give a figure of zero or more."
                )
        if self.deduction is not None and self.deduction < 0:
            raise ValueError(
                f"TaxProfile.deduction is {self.deduction}; give zero or more, or None for standard."
            )
        if not 0 <= self.state_rate < 1:
            raise ValueError(f"TaxProfile.state_rate is {self.state_rate}; write five percent as 0.05.")


@dataclass(frozen=True, slots=True)
class GainLedger:
    """Realized gains and losses of one tax unit and year, in dollars; carry-overs are positive losses.

    `long_term` leaves out `distributions` (capital-gain distributions, always long-term). Of the long-term
    total, `collectibles` is the part under the 28% cap and `unrecaptured_1250` the part under 25%.
    """

    short_term: Decimal = ZERO
    long_term: Decimal = ZERO
    short_term_carryover: Decimal = ZERO
    long_term_carryover: Decimal = ZERO
    distributions: Decimal = ZERO
    collectibles: Decimal = ZERO
    unrecaptured_1250: Decimal = ZERO

    def __post_init__(self) -> None:
        for name in ("short_term_carryover", "long_term_carryover", "distributions", "unrecaptured_1250"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"GainLedger.{name} is {getattr(self, name)}; give a figure of zero or more."
                )

    @property
    def net_short_term(self) -> Decimal:
        """Short-term gains less losses and carry-over (IRC 1222(5)-(6), 1212(b))."""
        return self.short_term - self.short_term_carryover

    @property
    def net_long_term(self) -> Decimal:
        """Long-term gains and distributions less losses and carry-over (IRC 1222(7)-(8), 852(b)(3))."""
        return self.long_term + self.distributions - self.long_term_carryover


NO_GAINS = GainLedger()


@dataclass(frozen=True, slots=True)
class TaxComputation:
    """One full computation. Dollars, unrounded; `income_tax` + `minimum_tax` + `niit` = `federal`, plus `state` = `total`."""

    net_short_term: Decimal
    net_long_term: Decimal
    capital_loss_deduction: Decimal  # what IRC 1211(b) allows, whether or not income can absorb it
    net_capital_gain: Decimal  # IRC 1222(11), taxed at preferential rates
    agi: Decimal
    deduction: Decimal
    taxable_income: Decimal
    ordinary_taxable: Decimal
    amount_at_0: Decimal  # including qualified dividends, as the next two
    amount_at_15: Decimal
    amount_at_20: Decimal
    amount_at_25: Decimal
    amount_at_28: Decimal
    income_tax: Decimal
    minimum_tax: Decimal  # what IRC 55(a) adds to the income tax
    minimum_taxable: Decimal  # IRC 55(b)(2), before the exemption
    net_investment_income: Decimal
    niit: Decimal
    state: Decimal
    short_term_carryover: Decimal  # to next year, positive
    long_term_carryover: Decimal

    @property
    def federal(self) -> Decimal:
        """Income tax, alternative minimum tax and net investment income tax."""
        return self.income_tax + self.minimum_tax + self.niit

    @property
    def total(self) -> Decimal:
        """Federal and state."""
        return self.federal + self.state


def compute(profile: TaxProfile, ledger: GainLedger) -> TaxComputation:
    """The year's tax of `profile` with the gains of `ledger`. Raises UnknownTaxYear."""
    figures = table(profile.tax_year, profile.filing_status)
    net_short, net_long = ledger.net_short_term, ledger.net_long_term
    net = net_short + net_long
    loss_deduction = min(figures.capital_loss_limit, max(ZERO, -net))
    capital_amount = max(net, -loss_deduction)
    net_capital_gain = max(ZERO, net_long - max(ZERO, -net_short))

    dividends = profile.qualified_dividends + profile.nonqualified_dividends
    investment_income = max(ZERO, profile.taxable_interest + dividends + capital_amount)
    gross = (
        profile.wages + profile.taxable_interest + dividends + profile.other_ordinary_income + capital_amount
    )
    deduction, personal_deduction = _deductions(profile, figures, gross)
    agi = gross - deduction if profile.filing_status.is_fiduciary else gross
    taxable_before_floor = gross - deduction
    taxable = max(ZERO, taxable_before_floor)

    parts = _rate_parts(figures, ledger, taxable, net_capital_gain, profile.qualified_dividends)
    income_tax = parts.tax(figures, taxable)
    minimum_taxable = gross - _kept_deduction(profile)
    tentative = parts.tentative_minimum_tax(figures, minimum_taxable)
    niit = figures.niit_rate * min(investment_income, max(ZERO, agi - figures.niit_above))
    carry_short, carry_long = _carryovers(
        net_short,
        net_long,
        loss_deduction,
        income_before_loss=taxable_before_floor + personal_deduction + loss_deduction,
    )
    return TaxComputation(
        net_short_term=net_short,
        net_long_term=net_long,
        capital_loss_deduction=loss_deduction,
        net_capital_gain=net_capital_gain,
        agi=agi,
        deduction=deduction,
        taxable_income=taxable,
        ordinary_taxable=parts.ordinary,
        amount_at_0=parts.at_0,
        amount_at_15=parts.at_15,
        amount_at_20=parts.at_20,
        amount_at_25=parts.at_25,
        amount_at_28=parts.at_28,
        income_tax=income_tax,
        minimum_tax=max(ZERO, tentative - income_tax),
        minimum_taxable=minimum_taxable,
        net_investment_income=investment_income,
        niit=niit,
        state=_state_tax(profile, figures, net, net_capital_gain),
        short_term_carryover=carry_short,
        long_term_carryover=carry_long,
    )


@dataclass(frozen=True, slots=True)
class _RateParts:
    """Taxable income split by the rate it bears (Schedule D Tax Worksheet)."""

    ordinary: Decimal
    at_0: Decimal
    at_15: Decimal
    at_20: Decimal
    at_25: Decimal
    at_28: Decimal
    adjusted: Decimal  # gains and dividends at 0, 15 and 20%, before taxable income caps them
    capped_25: Decimal

    def tax(self, figures: TaxTable, taxable: Decimal) -> Decimal:
        preferential = (
            figures.ordinary_tax(self.ordinary)
            + FIFTEEN * self.at_15
            + TWENTY * self.at_20
            + figures.unrecaptured_1250_rate * self.at_25
            + figures.collectibles_rate * self.at_28
        )
        # Preferential rates are a ceiling, never a surcharge (IRC 1(h)(1): "shall not exceed").
        return min(preferential, figures.ordinary_tax(taxable))

    def tentative_minimum_tax(self, figures: TaxTable, income: Decimal) -> Decimal:
        """IRC 55(b)(1) on `income` dollars of alternative minimum taxable income (Form 6251, Part III).

        Gains keep the rates of 1(h) and the room that regular ordinary income leaves under their edges (55(b)(3));
        collectibles have no rate of their own here.
        """
        law = figures.minimum_tax
        base = max(ZERO, income - law.exemption_at(income))
        with_own_rates = min(base, self.adjusted + self.capped_25)
        preferred = min(base, self.adjusted)
        room_0 = max(ZERO, figures.zero_rate_up_to - self.ordinary)
        room_15 = max(ZERO, figures.fifteen_rate_up_to - self.ordinary - room_0)
        at_0 = min(preferred, room_0)
        at_15 = min(preferred - at_0, room_15)
        kept = (
            law.tax_on(base - with_own_rates)
            + FIFTEEN * at_15
            + TWENTY * (preferred - at_0 - at_15)
            + figures.unrecaptured_1250_rate * (with_own_rates - preferred)
        )
        return min(kept, law.tax_on(base))


def _rate_parts(
    figures: TaxTable,
    ledger: GainLedger,
    taxable: Decimal,
    net_capital_gain: Decimal,
    qualified_dividends: Decimal,
) -> _RateParts:
    """Preferential income sits on top of ordinary income; the 28 and 25% groups sit just below the rest."""
    preferential = net_capital_gain + qualified_dividends
    capped_28, capped_25 = _special_groups(ledger, net_capital_gain)
    adjusted = preferential - capped_28 - capped_25
    # Losing groups can push ordinary rates down to the end of the last bracket below 25%, but no lower.
    below_25 = max(
        b.up_to for b in figures.brackets if b.up_to is not None and b.rate < figures.unrecaptured_1250_rate
    )
    under_adjusted = max(ZERO, taxable - adjusted)
    ordinary = max(max(ZERO, taxable - preferential), min(under_adjusted, min(taxable, below_25)))

    room_0 = min(taxable, figures.zero_rate_up_to)
    at_0 = room_0 - min(under_adjusted, room_0)
    adjusted_taxed = min(taxable, adjusted)
    room_15 = max(ZERO, min(taxable, figures.fifteen_rate_up_to) - (ordinary + at_0))
    at_15 = min(adjusted_taxed - at_0, room_15)
    at_20 = adjusted_taxed - at_0 - at_15
    at_25 = max(ZERO, min(net_capital_gain, capped_25) - max(ZERO, preferential + ordinary - taxable))
    at_28 = taxable - ordinary - at_0 - at_15 - at_20 - at_25
    return _RateParts(ordinary, at_0, at_15, at_20, at_25, at_28, adjusted=adjusted, capped_25=capped_25)


def _special_groups(ledger: GainLedger, net_capital_gain: Decimal) -> tuple[Decimal, Decimal]:
    """The 28% and 25% gains left after losses: short-term losses and carry-overs meet the 28% group first.

    Source: IRC 1(h)(4)-(6); 28% Rate Gain and Unrecaptured Section 1250 Gain Worksheets of Schedule D.
    """
    losses = ledger.long_term_carryover + max(ZERO, -ledger.net_short_term)
    net_28 = ledger.collectibles - losses
    net_25 = max(ZERO, ledger.unrecaptured_1250 + min(ZERO, net_28))
    capped_28 = min(max(ZERO, net_28), net_capital_gain)
    return capped_28, min(net_25, net_capital_gain - capped_28)


def _deductions(profile: TaxProfile, figures: TaxTable, gross: Decimal) -> tuple[Decimal, Decimal]:
    """All deductions, and the part of them that IRC 151 gives or that stands in its place (642(b))."""
    base = figures.deduction if profile.deduction is None else profile.deduction
    if profile.filing_status.is_fiduciary:
        return base, base
    addition = (
        figures.age_or_blind_addition * profile.age_or_blind_conditions if profile.deduction is None else ZERO
    )
    phase_out = figures.senior_phase_out_rate * max(ZERO, gross - figures.senior_phase_out_above)
    senior = profile.seniors * max(ZERO, figures.senior_deduction - phase_out)
    return base + addition + senior, senior


def _kept_deduction(profile: TaxProfile) -> Decimal:
    """What the alternative minimum tax allows too: a deduction that was given, never the standard one, the seniors' or
    an exemption (IRC 56(b)(1)(D))."""
    return ZERO if profile.deduction is None else profile.deduction


def _carryovers(
    net_short: Decimal, net_long: Decimal, allowed: Decimal, *, income_before_loss: Decimal
) -> tuple[Decimal, Decimal]:
    """Losses carried to next year by character: the deduction consumes the short-term part first.

    What income cannot absorb carries too. Source: IRC 1212(b)(1)-(2); Capital Loss Carryover Worksheet.
    """
    absorbed = min(allowed, max(ZERO, income_before_loss))
    short_loss = max(ZERO, -net_short - max(ZERO, net_long))
    long_loss = max(ZERO, -net_long - max(ZERO, net_short))
    from_short = min(short_loss, absorbed)
    return short_loss - from_short, max(ZERO, long_loss - (absorbed - from_short))


def _state_tax(profile: TaxProfile, figures: TaxTable, net: Decimal, net_capital_gain: Decimal) -> Decimal:
    """A flat rate on the net gain; a net loss saves the rate up to the state's own limit."""
    if net < 0:
        limit = figures.capital_loss_limit if profile.state_loss_limit is None else profile.state_loss_limit
        return -profile.state_rate * min(limit, -net)
    ordinary_part = net - net_capital_gain
    return profile.state_rate * (ordinary_part + profile.state_long_term_share * net_capital_gain)
