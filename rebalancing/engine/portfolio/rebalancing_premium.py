"""The diversification return of fixed weights, and why it is not an advantage over buy and hold.

``1/2 (sum w s^2 - s_p^2)`` is the gap between the portfolio's growth rate and the weighted average of its
parts' growth rates (Booth and Fama 1992; Willenbrock 2011). Buy and hold also earns by letting winners
grow, so the sign of the difference depends on reversal or trend (Chambers and Zdanowicz 2014; Cuthbertson
et al. 2016). Everything is a yearly fraction. Not for client pages: it is no forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio.bands import covariance_from, tracking_variance


class PremiumError(ValueError):
    """Figures that do not describe a portfolio."""


@dataclass(frozen=True, slots=True)
class Premium:
    """Yearly variances and the diversification return that follows from them."""

    portfolio_variance: Decimal
    weighted_variance: Decimal
    diversification_return: Decimal


@dataclass(frozen=True, slots=True)
class Growth:
    """What one dollar became with fixed weights and with buy and hold."""

    rebalanced: Decimal
    buy_and_hold: Decimal

    @property
    def difference(self) -> Decimal:
        return self.rebalanced - self.buy_and_hold


def premium(
    weights: Sequence[Decimal],
    volatilities: Sequence[Decimal],
    correlations: Sequence[Sequence[Decimal]],
) -> Premium:
    """The diversification return of a portfolio held at fixed weights.

    Raises `PremiumError` when the lengths differ or the weights do not add up to one.
    """
    if len(weights) != len(volatilities) or len(correlations) != len(weights):
        raise PremiumError("Weights, volatilities and correlations must be of one length.")
    if sum(weights, ZERO) != ONE:
        raise PremiumError(f"Weights must add up to one, not {sum(weights, ZERO)}.")
    portfolio = tracking_variance(weights, covariance_from(volatilities, correlations))
    weighted = sum((w * s * s for w, s in zip(weights, volatilities, strict=True)), ZERO)
    return Premium(portfolio, weighted, (weighted - portfolio) / 2)


def growth(weights: Sequence[Decimal], returns_by_period: Sequence[Sequence[Decimal]]) -> Growth:
    """A dollar over some periods of returns, weights restored after each, and left alone.

    ``returns_by_period`` holds one return per class and period, in the order of the weights. Raises
    `PremiumError` when the weights do not add up to one or a period lacks a class.
    """
    if sum(weights, ZERO) != ONE or any(len(each) != len(weights) for each in returns_by_period):
        raise PremiumError("Weights must add up to one and every period needs a return for every class.")
    rebalanced = ONE
    held = list(weights)
    for returns in returns_by_period:
        rebalanced *= ONE + sum((w * r for w, r in zip(weights, returns, strict=True)), ZERO)
        held = [value * (ONE + r) for value, r in zip(held, returns, strict=True)]
    return Growth(rebalanced=rebalanced, buy_and_hold=sum(held, ZERO))
