"""Every figure the rules compare with: the firm's settings, with the shipped defaults.

A client's own figures may only be stricter than the firm's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

LOWER = {"stricter": "lower"}
HIGHER = {"stricter": "higher"}


class LooserThreshold(ValueError):
    """A client's figure would relax the firm's rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Fractions are fractions of one, ``_usd`` dollars, ``_bps`` basis points, days are calendar days."""

    # PTC-04, PTC-05: months since a review or a confirmation.
    review_warn_months: int = field(default=12, metadata=LOWER)
    review_override_months: int = field(default=18, metadata=LOWER)
    profile_months: int = field(default=36, metadata=LOWER)
    tax_profile_months: int = field(default=12, metadata=LOWER)
    # PTC-13: one issuer's share of the household.
    issuer_override: Decimal = field(default=Decimal("0.10"), metadata=LOWER)
    issuer_block: Decimal = field(default=Decimal("0.20"), metadata=LOWER)
    # PTC-25: the larger of the two is the smallest trade worth making.
    trade_min_usd: Decimal = field(default=Decimal(250), metadata=HIGHER)
    trade_min_fraction: Decimal = field(default=Decimal("0.001"), metadata=HIGHER)
    # PTC-29, PTC-30: the law's own window; a client may ask for a longer one.
    wash_window_days: int = field(default=30, metadata=HIGHER)
    # PTC-31
    long_term_window_days: int = field(default=45, metadata=HIGHER)
    long_term_saving_usd: Decimal = field(default=Decimal(50), metadata=LOWER)
    # PTC-32: shares of the gain budget.
    budget_warn: Decimal = field(default=Decimal("0.8"), metadata=LOWER)
    budget_override: Decimal = field(default=Decimal("1.0"), metadata=LOWER)
    budget_block: Decimal = field(default=Decimal("1.1"), metadata=LOWER)
    # PTC-33
    tax_bps_per_point: Decimal = field(default=Decimal(15), metadata=LOWER)
    # PTC-39
    price_age_minutes: int = field(default=15, metadata=LOWER)
    index_move: Decimal = field(default=Decimal("0.03"), metadata=LOWER)
    live_price_stages: frozenset[str] = field(default=frozenset({"release"}), metadata={"stricter": "more"})
    """Stages at which a price must be minutes old while the market is open. Elsewhere the last close will
    do: a person reads a proposal for hours, and PTC-48 compares the prices again before anything is sent."""
    # PTC-40
    participation_warn: Decimal = field(default=Decimal("0.10"), metadata=LOWER)
    participation_override: Decimal = field(default=Decimal("0.25"), metadata=LOWER)
    # PTC-43
    order_fraction: Decimal = field(default=Decimal("0.25"), metadata=LOWER)
    order_usd: Decimal = field(default=Decimal(1_000_000), metadata=LOWER)
    order_times_usual: Decimal = field(default=Decimal(3), metadata=LOWER)
    # PTC-48
    proposal_age_trading_days: int = field(default=1, metadata=LOWER)
    price_move: Decimal = field(default=Decimal("0.02"), metadata=LOWER)

    def tightened(self, stricter: Mapping[str, Any]) -> Thresholds:
        """These thresholds with a client's own, stricter figures.

        Raises ``LooserThreshold`` naming the first figure that is unknown or would relax the firm's rule.
        """
        known = {one.name: one for one in fields(self)}
        for name, wanted in stricter.items():
            if name not in known:
                raise LooserThreshold(f"There is no threshold called {name}.")
            ours = getattr(self, name)
            direction = known[name].metadata["stricter"]
            looser = {"lower": wanted > ours, "higher": wanted < ours, "more": not wanted >= ours}[direction]
            if looser:
                raise LooserThreshold(
                    f"{name} is {ours} for the firm; {wanted} would be looser. A client's own figure "
                    f"may only be stricter."
                )
        return replace(self, **dict(stricter))
