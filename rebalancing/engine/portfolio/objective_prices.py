"""The prices of the objective: what each kind of cost weighs, by mode.

Penalties for unmet limits are far above every other price, so that a limit is violated only where it must be, and
minimum cash last.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from rebalancing.engine.documents.household import Account, Household, Lot, Security, TaxTreatment
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import CASH_LIMITS, Limit
from rebalancing.engine.documents.tax_units import BudgetKind
from rebalancing.engine.money import ONE, ZERO

BPS = Decimal("0.0001")
SHORT_OF_CASH = Decimal(20)  # Dollars for each dollar of minimum cash missing.
RULE_BROKEN = Decimal(4)  # … for each dollar above a cap or the turnover limit.
LIMIT_BROKEN = Decimal(15)  # … above a hard gain budget, or the gain or tax that the mode allows.
TIE_BREAK = Decimal("0.000001")
LEAST_DRIFT_PRICE = Decimal(
    "0.01"
)  # Dollars for each dollar away from target, where that alone is looked for.


@dataclass(frozen=True, slots=True)
class ObjectivePrices:
    """Dollars for each dollar of tax, spread, deviation inside and outside the zone, and a rank below the first."""

    tax: Decimal
    spread: Decimal
    inside: Decimal
    outside: Decimal
    rank: Decimal
    location: Decimal

    @property
    def past(self) -> Decimal:
        """For each dollar past the destination of a class that has left its band: more than another class gains."""
        return min(self.inside * 2, self.outside)

    @property
    def short(self) -> Decimal:
        """For each dollar short of it inside the band: nearly as much as outside, so that every class comes in first."""
        return self.outside - (self.outside - self.inside) / 10

    def scaled(self, factor: Decimal) -> ObjectivePrices:
        """The same with deviations ``factor`` times as expensive: one step along the frontier."""
        return ObjectivePrices(
            tax=self.tax,
            spread=self.spread,
            inside=self.inside * factor,
            outside=self.outside * factor,
            rank=self.rank,
            location=self.location,
        )


def prices_for(household: Household) -> ObjectivePrices:
    """The prices that the household's mode asks for."""
    prices = household.policy.penalties
    mode = household.objective.mode
    inside, outside = prices.inside_bps * BPS, prices.outside_bps * BPS
    if mode is Mode.LEAST_TAX:
        # Drift has a limit of its own here; a trace of its price chooses among equal taxes.
        inside, outside = inside * BPS, outside * BPS
    rank = prices.rank_bps * BPS
    if mode is Mode.LEAST_DRIFT:
        # Cheap against the limits, so that no limit is broken for the sake of drift; the rest only breaks ties.
        drift, trace = LEAST_DRIFT_PRICE, Decimal("0.0001")
        return ObjectivePrices(trace, trace, drift, drift, rank * trace, BPS * trace)
    if mode is Mode.HARVEST:
        # What stands in for a loss stands where that stood, and second choice is what it is: rank only breaks ties.
        return ObjectivePrices(ONE, ONE, inside, outside, rank / 100, ZERO)
    return ObjectivePrices(tax=ONE, spread=ONE, inside=inside, outside=outside, rank=rank, location=BPS)


def slack_price(household: Household, rule: str, subject: str) -> Decimal:
    """What the objective charges for each dollar by which a rule is not met."""
    if rule in CASH_LIMITS:
        return SHORT_OF_CASH
    if rule in {Limit.NET_GAIN, Limit.TAX}:
        return LIMIT_BROKEN
    if rule == Limit.GAIN_BUDGET:
        budgets = {unit.id: unit.gain_budget for unit in household.tax_units}
        budget = budgets[subject] if subject else household.rules.gain_budget
        is_priced = budget is not None and budget.kind is BudgetKind.PRICED
        return budget.price if budget is not None and is_priced else LIMIT_BROKEN
    return RULE_BROKEN


def wind_down_prices(household: Household) -> dict[str, Decimal]:
    """Dollars for each dollar of a legacy security that is still held, by security."""
    return {legacy.security: legacy.price_bps * BPS for legacy in household.rules.wind_down}


def tie_break(account: Account, security: Security, lot: Lot | None = None) -> Decimal:
    """A price of at most a millionth per dollar traded that depends on what is traded and where, never on a name, so that
    ties are always broken alike."""
    held = None if lot is None else (lot.quantity, lot.acquired)
    kind, cash = account.tax_treatment, (account.cash_settled, account.minimum_cash)
    return _tie_break(kind, *cash, security.price, security.half_spread, held)


@lru_cache(maxsize=16_384)  # The same trade is priced in the model, its evaluation and the check of its plan.
def _tie_break(
    kind: TaxTreatment,
    settled: Decimal,
    minimum: Decimal,
    price: Decimal,
    half_spread: Decimal,
    held: tuple[Decimal, date | None] | None,
) -> Decimal:
    text = f"{kind}/{float(settled)}/{float(minimum)}/{float(price)}/{float(half_spread)}"
    if held is not None:
        text += f"/{float(held[0])}/{held[1]}"
    return TIE_BREAK * (zlib.crc32(text.encode()) % 4096) / 4096
