"""Asset location: which account a class is held in, and which account pays for a reduction.

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


@dataclass(frozen=True, slots=True)
class Swap:
    """Yearly tax in dollars with the bonds in one kind of account or the other, and the saving."""

    tax_bonds_deferred: Decimal
    tax_bonds_taxable: Decimal
    saving: Decimal
    saving_of_total: Decimal


@dataclass(frozen=True, slots=True)
class Source:
    """An account (or a lot in it) from which an overweight class could be reduced.

    ``available`` is dollars of the class; ``tax_per_dollar`` the marginal tax of selling one dollar,
    negative for a loss that is worth something and zero in a sheltered account.
    """

    account: str
    available: Decimal
    tax_per_dollar: Decimal = ZERO
    is_sheltered: bool = False
    is_short_term: bool = False


@dataclass(frozen=True, slots=True)
class Reduction:
    """Dollars to sell from one source, and the tax of it."""

    source: Source
    amount: Decimal

    @property
    def tax(self) -> Decimal:
        return self.amount * self.source.tax_per_dollar


def tax_drag(yields: Yields, rates: Rates) -> Decimal:
    """What a dollar of the asset loses to tax a year in a taxable account, as a fraction."""
    return (
        yields.ordinary * rates.ordinary
        + yields.qualified * rates.qualified
        + yields.realized_gain * rates.realized_gain
    )


def order_into_deferred(yields_by_asset: Mapping[str, Yields], rates: Rates) -> tuple[str, ...]:
    """Assets by drag, the highest first: that one belongs in tax-deferred accounts before the others.

    Equals stand in order of name.
    """
    return tuple(sorted(yields_by_asset, key=lambda name: (-tax_drag(yields_by_asset[name], rates), name)))


def order_into_roth(growth_by_asset: Mapping[str, Decimal]) -> tuple[str, ...]:
    """Assets by expected growth, the highest first: what grows in a Roth account is never taxed."""
    return tuple(sorted(growth_by_asset, key=lambda name: (-growth_by_asset[name], name)))


def bond_swap(*, amount_each: Decimal, bonds: Yields, stocks: Yields, rates: Rates) -> Swap:
    """Bonds in the deferred account and stocks in the taxable one, or the other way round.

    Both accounts hold ``amount_each`` dollars. A negative saving says that bonds belong in the taxable
    account, as they do when their yield is very low. Raises `LocationError` for nothing to place.
    """
    if not amount_each > ZERO:
        raise LocationError(f"There is nothing to place in accounts of {amount_each}.")
    stocks_taxable = amount_each * tax_drag(stocks, rates)
    bonds_taxable = amount_each * tax_drag(bonds, rates)
    saving = bonds_taxable - stocks_taxable
    return Swap(
        tax_bonds_deferred=stocks_taxable,
        tax_bonds_taxable=bonds_taxable,
        saving=saving,
        saving_of_total=saving / (2 * amount_each),
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


def reduce(amount: Decimal, sources: Iterable[Source]) -> tuple[Reduction, ...]:
    """Where to sell ``amount`` dollars of an overweight class, cheapest first.

    Sheltered accounts, then losses, then lots whose marginal tax is zero, then long-term lots by tax per
    dollar, then short-term ones. Sources together smaller than the amount are used up; the caller sees
    the difference. What is sold in an account can only be spent there.
    """
    reductions: list[Reduction] = []
    for source in sorted(sources, key=_expense):
        part = min(amount, source.available)
        if part > ZERO:
            reductions.append(Reduction(source, part))
            amount -= part
    return tuple(reductions)


def _expense(source: Source) -> tuple[bool, bool, Decimal, str]:
    is_short_term_gain = source.is_short_term and source.tax_per_dollar > ZERO
    return not source.is_sheltered, is_short_term_gain, source.tax_per_dollar, source.account
