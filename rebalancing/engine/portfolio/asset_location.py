"""Asset location: what a class costs by being held in a taxable account, and what an account is worth after tax.

Yields and rates are fractions of one a year, amounts dollars. All figures are first-year tax drag: what an
asset costs by being held in a taxable account. They ignore the later tax on withdrawals, which
`after_tax_weights` makes visible instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio.drift import weigh


class LocationError(ValueError):
    """Figures from which no location follows."""


@dataclass(frozen=True, slots=True)
class Yields:
    """What an asset pays out a year: ordinary income, qualified dividends, realized gains."""

    ordinary: Decimal = ZERO
    qualified: Decimal = ZERO
    realized_gain: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Rates:
    """The owner's marginal rates on the three kinds of income, federal, net investment and state together."""

    ordinary: Decimal
    qualified: Decimal
    realized_gain: Decimal


class Bond(StrEnum):
    """The answer to municipal or taxable."""

    MUNICIPAL = "MUNI"
    TAXABLE = "TAXABLE"
    TIE = "TIE"


@dataclass(frozen=True, slots=True)
class BondComparison:
    """A municipal bond beside a taxable one. ``break_even_rate`` is the rate at which both pay the same."""

    taxable_after_tax: Decimal
    break_even_rate: Decimal
    better: Bond


def tax_drag(yields: Yields, rates: Rates) -> Decimal:
    """What a dollar of the asset loses to tax a year in a taxable account, as a fraction."""
    return (
        yields.ordinary * rates.ordinary
        + yields.qualified * rates.qualified
        + yields.realized_gain * rates.realized_gain
    )


def compare_bonds(*, municipal_yield: Decimal, taxable_yield: Decimal, rate: Decimal) -> BondComparison:
    """Municipal interest is exempt (IRC 103), also from the net investment income tax; which pays more?

    ``rate`` is the marginal rate on taxable interest. Raises `LocationError` without a taxable yield.
    """
    if not taxable_yield > ZERO:
        raise LocationError(f"A taxable yield of {taxable_yield} cannot be compared; it must be above zero.")
    after_tax = taxable_yield * (ONE - rate)
    better = Bond.TIE
    if municipal_yield != after_tax:
        better = Bond.MUNICIPAL if municipal_yield > after_tax else Bond.TAXABLE
    return BondComparison(
        taxable_after_tax=after_tax,
        break_even_rate=ONE - municipal_yield / taxable_yield,
        better=better,
    )


def pre_tax_weights(values_by_account: Iterable[tuple[Mapping[str, Decimal], Decimal]]) -> dict[str, Decimal]:
    """Weights of the classes over all accounts, as the statements show them; see `after_tax_weights`."""
    return after_tax_weights((values, ZERO) for values, _rate in values_by_account)


def after_tax_weights(
    values_by_account: Iterable[tuple[Mapping[str, Decimal], Decimal]],
) -> dict[str, Decimal]:
    """Weights of the classes when every account is worth what its owner will keep of it.

    Each account is its dollars by class and the rate expected on withdrawal: a traditional IRA's dollar
    is worth one minus that rate, a Roth's and a taxable account's a whole one (rate zero).
    """
    totals: dict[str, Decimal] = {}
    for values, withdrawal_rate in values_by_account:
        for name, value in values.items():
            totals[name] = totals.get(name, ZERO) + value * (ONE - withdrawal_rate)
    return weigh(totals)
