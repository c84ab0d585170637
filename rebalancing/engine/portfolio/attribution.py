"""What rebalancing did: the actual portfolio beside a shadow that was never rebalanced.

The shadow starts with the same holdings, takes the same external flows on the same days at its own current
weights, reinvests what each class pays in that class, and trades for no other reason. Its start is fixed
when reporting begins and never moved afterwards. A shadow is hypothetical performance: what compares with
it inherits that label. Values are dollars, returns and weights fractions of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio.performance import drawdown_max, linked, volatility

Values = Mapping[str, Decimal]


class AttributionError(ValueError):
    """Periods or portfolios that cannot be compared."""


@dataclass(frozen=True, slots=True)
class Period:
    """One stretch without external flows: each class's return, then the flow that ends it (dollars)."""

    returns: Values
    flow_after: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Path:
    """A portfolio through the periods: its return in each, and what it held at the end by class."""

    returns: tuple[Decimal, ...]
    end_values: Values

    @property
    def end(self) -> Decimal:
        return sum(self.end_values.values(), ZERO)

    @property
    def time_weighted_return(self) -> Decimal:
        return linked(self.returns)

    def weight_at_end(self, name: str) -> Decimal:
        """Weight of a class at the end: a shadow's share of stocks drifts up in good years."""
        return self.end_values.get(name, ZERO) / self.end


@dataclass(frozen=True, slots=True)
class Risk:
    """How rough the way was. ``volatility`` is yearly, None below two periods; ``drawdown`` a fraction."""

    volatility: Decimal | None
    drawdown: Decimal


@dataclass(frozen=True, slots=True)
class Effect:
    """Actual minus shadow. ``effect_return`` is a difference of time-weighted returns, a fraction."""

    actual: Path
    shadow: Path
    tax: Decimal
    cost: Decimal

    @property
    def effect(self) -> Decimal:
        return self.actual.end - self.shadow.end

    @property
    def effect_return(self) -> Decimal:
        return self.actual.time_weighted_return - self.shadow.time_weighted_return

    @property
    def effect_after_tax_and_cost(self) -> Decimal:
        """The effect in dollars less the tax realized and the costs paid to have it."""
        return self.effect - self.tax - self.cost


def shadow(start: Values, periods: Sequence[Period]) -> Path:
    """The path of a portfolio that drifts and takes flows at its own current weights.

    Raises `AttributionError` when a class has no return or a withdrawal takes more than there is.
    """
    return _path(start, periods, targets=None, after_last=False)


def rebalanced(
    start: Values, targets: Values, periods: Sequence[Period], *, after_last: bool = False
) -> Path:
    """The path of a portfolio brought back to its targets with the flow at the end of every period.

    ``after_last`` also trades after the last period, which no longer changes its value. Raises
    `AttributionError` as `shadow` does, and for targets that do not add up to one.
    """
    if sum(targets.values(), ZERO) != ONE:
        raise AttributionError(f"Targets must add up to one: {dict(targets)}.")
    return _path(start, periods, targets=targets, after_last=after_last)


def effect(actual: Path, beside: Path, *, tax: Decimal = ZERO, cost: Decimal = ZERO) -> Effect:
    """Compare two paths over the same periods; tax and cost in dollars are those of the actual one.

    Harvested losses belong on their own line, not in here. Raises `AttributionError` for paths of
    different length.
    """
    if len(actual.returns) != len(beside.returns):
        raise AttributionError("Both portfolios must be measured over the same periods.")
    return Effect(actual=actual, shadow=beside, tax=tax, cost=cost)


def risk(path: Path, *, periods_per_year: int) -> Risk:
    """Volatility and largest drawdown of a path, to be shown beside the effect on return."""
    return Risk(volatility(path.returns, periods_per_year=periods_per_year), drawdown_max(path.returns))


def _path(start: Values, periods: Sequence[Period], *, targets: Values | None, after_last: bool) -> Path:
    values = dict(start)
    returns = []
    with localcontext(prec=40):
        for number, period in enumerate(periods, start=1):
            before = sum(values.values(), ZERO)
            if not before > ZERO:
                raise AttributionError(f"The portfolio is worth {before} at the start of period {number}.")
            if lacking := sorted(name for name in values if values[name] and name not in period.returns):
                raise AttributionError(f"Period {number} has no return for {', '.join(lacking)}.")
            values = {name: value * (ONE + period.returns.get(name, ZERO)) for name, value in values.items()}
            total = sum(values.values(), ZERO)
            returns.append(total / before - ONE)
            if total + period.flow_after < ZERO:
                raise AttributionError(f"Period {number} ends with a withdrawal of more than {total}.")
            if targets is not None and (after_last or number < len(periods)):
                values = {name: target * (total + period.flow_after) for name, target in targets.items()}
            elif period.flow_after:
                values = {name: value * (ONE + period.flow_after / total) for name, value in values.items()}
    return Path(returns=tuple(returns), end_values=values)
