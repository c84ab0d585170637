"""What selling a lot costs: the difference of two full computations, and what waiting would be worth.

Prices of single lots do not add up: rates change inside a lot and with every lot before it. Rank with these,
then price the whole proposed set once with `tax_of_change`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine.money import ONE, ZERO, cents
from rebalancing.engine.tax import federal_tax, flat_rates
from rebalancing.engine.tax.federal_tax import GainLedger, TaxChange, TaxProfile
from rebalancing.engine.tax.flat_rates import FlatRates
from rebalancing.engine.tax.holding_periods import Term

TaxRules = TaxProfile | FlatRates


@dataclass(frozen=True, slots=True)
class LotTax:
    """The tax of one lot, in dollars to the cent; `federal` includes the net investment income tax.

    `effective_rate` is tax for a dollar of gain, `rate_on_proceeds` for a dollar raised; None where there is
    nothing to divide by. `shelter_used` is the part of carried losses that the sale uses up (dollars); its
    later worth is the hidden price of a lot that looks free this year.
    """

    lot: str
    federal: Decimal
    state: Decimal
    effective_rate: Decimal | None
    rate_on_proceeds: Decimal | None
    shelter_used: Decimal

    @property
    def total(self) -> Decimal:
        """Federal and state together; negative is a saving."""
        return self.federal + self.state

    def with_shadow(self, future_rate: Decimal, discount: Decimal) -> Decimal:
        """The tax with the shelter used up priced at `future_rate` × `discount` (fractions), to the cent."""
        return cents(self.total + self.shelter_used * future_rate * discount)


def tax_of_change(rules: TaxRules, before: GainLedger, after: GainLedger) -> TaxChange:
    """What moving from `before` to `after` costs this year, by the full law or at flat rates, to the cent.

    Raises UnknownTaxYear for a profile whose year has no table.
    """
    if isinstance(rules, FlatRates):
        return flat_rates.tax_of_change(rules, before, after)
    return federal_tax.tax_of_change(rules, before, after)


def marginal_tax_of_lot(
    rules: TaxRules,
    ledger: GainLedger,
    *,
    lot: str,
    gain: Decimal,
    term: Term,
    proceeds: Decimal | None = None,
) -> LotTax:
    """The tax of realizing `gain` dollars (negative: a loss) of this character on top of `ledger`.

    Washed losses must be left out of `gain`. Raises UnknownTaxYear.
    """
    change = tax_of_change(rules, ledger, ledger.plus(gain, term))
    untouched = tax_of_change(rules, ledger, ledger)
    return LotTax(
        lot=lot,
        federal=change.federal + change.niit,
        state=change.state,
        effective_rate=change.total / gain if gain else None,
        rate_on_proceeds=change.total / proceeds if proceeds else None,
        shelter_used=_carried(untouched) - _carried(change),
    )


def marginal_rates(rules: TaxRules, ledger: GainLedger, step: Decimal = ONE) -> dict[Term, Decimal]:
    """Tax on the next dollar of short-term and of long-term gain, as fractions of one.

    Measured over `step` dollars, exactly. Raises UnknownTaxYear.
    """
    before = _total(rules, ledger)
    return {term: (_total(rules, ledger.plus(step, term)) - before) / step for term in Term}


def ranked(candidates: Sequence[LotTax]) -> tuple[LotTax, ...]:
    """Cheapest first by tax for a dollar raised (by tax where proceeds are unknown), then by lot id."""
    by_proceeds = all(candidate.rate_on_proceeds is not None for candidate in candidates)

    def place(candidate: LotTax) -> tuple[Decimal, str]:
        rate = candidate.rate_on_proceeds if by_proceeds else None
        return (candidate.total if rate is None else rate, candidate.lot)

    return tuple(sorted(candidates, key=place))


def cheapest(candidates: Sequence[LotTax]) -> LotTax | None:
    """The candidate with the least tax in dollars; None when two or more share it to the cent.

    Raises ValueError without candidates.
    """
    if not candidates:
        raise ValueError("There is no cheapest lot without lots to choose from.")
    least = min(candidate.total for candidate in candidates)
    found = [candidate for candidate in candidates if candidate.total == least]
    return found[0] if len(found) == 1 else None


def timing_cost(
    tax_now: Decimal,
    *,
    tax_later: Decimal,
    years: Decimal,
    after_tax_rate: Decimal,
    is_forgiven: bool = False,
) -> Decimal:
    """The cost in dollars of paying `tax_now` instead of `tax_later` dollars `years` from now.

    Deferral is not forgiveness: `tax_now - tax_later / (1 + after_tax_rate) ^ years`. `is_forgiven` says the
    holding is expected to be given to charity or held until death, so that nothing is due later (IRC 170,
    1014). Raises ValueError for negative years or a rate of -100% or less.
    """
    if years < 0 or after_tax_rate <= -1:
        raise ValueError("A deferral needs zero or more years and a discount rate above -100%.")
    later = ZERO if is_forgiven else tax_later
    return tax_now - later / (ONE + after_tax_rate) ** years


def drift_benefit(
    drift: Decimal, relative_volatility: Decimal, *, risk_aversion: Decimal = Decimal(4), years: Decimal = ONE
) -> Decimal:
    """What removing drift is worth, as a fraction of the portfolio: 0.5 × risk aversion × TE² × years.

    TE (tracking error) = `drift` × `relative_volatility`, fractions of one. Second order: small drifts almost
    never justify large realized gains on these grounds; the risk promise of the policy does.
    """
    tracking_error = drift * relative_volatility
    return tracking_error * tracking_error * risk_aversion * years / 2


def _carried(change: TaxChange) -> Decimal:
    return change.short_term_carryover_after + change.long_term_carryover_after


def _total(rules: TaxRules, ledger: GainLedger) -> Decimal:
    if isinstance(rules, FlatRates):
        return flat_rates.compute(rules, ledger).tax
    return federal_tax.compute(rules, ledger).total
