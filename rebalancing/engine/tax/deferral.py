"""What waiting to sell is worth, and what it costs in drift: the two sides of not trading today."""

from __future__ import annotations

from decimal import Decimal

from rebalancing.engine.money import ONE, ZERO


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
