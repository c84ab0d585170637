"""What the entries of a year add up to, by return: gains by term, the budget, and what is not known. Pure values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.tax_ledger.washes import Entry


@dataclass(frozen=True, slots=True)
class Sums:
    """Dollars. `short` and `long` are what is recognized and known; `unknown` are the sales that neither has.

    A term that nobody knows counts as short, which is taxed more for a gain.
    """

    short: Decimal
    long: Decimal
    reported_disallowed: Decimal
    deferred: Decimal
    lost: Decimal
    recorded: Decimal
    unknown: tuple[Entry, ...]

    @property
    def net(self) -> Decimal:
        return self.short + self.long

    @property
    def disallowed(self) -> Decimal:
        return self.reported_disallowed + self.deferred + self.lost + self.recorded


def of(entries: Sequence[Entry]) -> Sums:
    """The sums of entries; each is exactly in one of them."""
    known = [(one, one.recognized) for one in entries]
    return Sums(
        short=sum((gain for one, gain in known if gain is not None and one.term is not Term.LONG), ZERO),
        long=sum((gain for one, gain in known if gain is not None and one.term is Term.LONG), ZERO),
        reported_disallowed=sum((one.reported_disallowed for one in entries), ZERO),
        deferred=sum((one.deferred for one in entries), ZERO),
        lost=sum((one.lost for one in entries), ZERO),
        recorded=sum((one.recorded for one in entries), ZERO),
        unknown=tuple(one for one, gain in known if gain is None),
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """A gain budget and what is used of it, in dollars; `limit` None: none is agreed."""

    limit: Decimal | None
    net: Decimal

    @property
    def used(self) -> Decimal:
        """Net gains of the year, never below zero: losses realized later give it back."""
        return max(ZERO, self.net)

    @property
    def left(self) -> Decimal | None:
        return None if self.limit is None else self.limit - self.used

    @property
    def share(self) -> Decimal | None:
        """The part that is used, as a fraction of one."""
        return None if not self.limit else self.used / self.limit


def budget(unit: TaxUnit, limit: Decimal | None) -> Budget:
    """The budget of one return: gains and distributions less what is carried in."""
    return Budget(limit, cents(sum(unit_taxes.base(unit), ZERO)))


@dataclass(frozen=True, slots=True)
class Year:
    """One return's year as a computation: the tax that its gains cost, and what it carries on by character."""

    tax_on_gains: Decimal
    state_on_gains: Decimal
    federal: Decimal | None
    carry_short: Decimal
    carry_long: Decimal


def year(unit: TaxUnit) -> Year:
    """Two full computations, with the year's gains and without. Federal tax as a whole is None at flat rates."""
    with_gains = unit_taxes.compute(unit, ZERO, ZERO)
    bare = replace(
        unit,
        realized_short=ZERO,
        realized_long=ZERO,
        expected_distributions=ZERO,
        carryforward_short=ZERO,
        carryforward_long=ZERO,
    )
    without = unit_taxes.compute(bare, ZERO, ZERO)
    return Year(
        tax_on_gains=cents(with_gains.total - without.total),
        state_on_gains=cents(with_gains.state - without.state),
        federal=None if unit.income is None else cents(with_gains.federal + with_gains.niit),
        carry_short=cents(with_gains.carryforward_short),
        carry_long=cents(with_gains.carryforward_long),
    )
