"""What waiting cost or saved so far: an estimate for the firm's staff, never a promise and never shown to clients. Pure.

The dollars that would have moved on the first day of waiting, times what each class returned since: had it been bought, the
gain was missed; had it been sold, the gain was kept. Tax put off is what the trades would have cost on the first day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.daily_record.lines import Read
from rebalancing.engine.money import cents

ZERO = Decimal(0)
LEAST_MOVE = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Priced:
    """The prices by which a class is judged on two days; None: not on record. `symbol` names the security."""

    symbol: str
    then: Decimal | None
    now: Decimal | None

    @property
    def return_(self) -> Decimal | None:
        """As a fraction of one; distributions are not in it."""
        return self.now / self.then - 1 if self.then and self.now else None


@dataclass(frozen=True, slots=True)
class ClassMoved:
    """One class: dollars that would have been bought (positive) or sold, and its return since."""

    name: str
    dollars: Decimal
    symbol: str
    since: Decimal | None

    @property
    def missed(self) -> Decimal | None:
        """What trading would have brought; negative: what waiting kept."""
        return None if self.since is None else cents(self.dollars * self.since)


@dataclass(frozen=True, slots=True)
class Estimate:
    """`cost` is positive where waiting has cost and negative where it has saved; None: a price is missing.
    `tax` is what the plan of the first day would have added to the year's, negative where it takes losses; None: no plan was
    made, so the tax is not known.
    """

    since_on: date
    until_on: date
    classes: tuple[ClassMoved, ...]
    tax: Decimal | None

    @property
    def cost(self) -> Decimal | None:
        missed = [one.missed for one in self.classes]
        return None if None in missed else sum((one for one in missed if one is not None), ZERO)

    @property
    def saved(self) -> Decimal | None:
        """The same the other way round."""
        cost = self.cost
        return None if cost is None else -cost

    @property
    def tax_put_off(self) -> Decimal | None:
        return None if self.tax is None else max(ZERO, self.tax)

    @property
    def tax_not_saved(self) -> Decimal | None:
        return None if self.tax is None else max(ZERO, -self.tax)

    @property
    def unpriced(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.classes if one.since is None)


def estimate(
    read: Read,
    prices: Mapping[str, Priced],
    *,
    since_on: date,
    until_on: date,
    tax: Decimal | None = None,
    cash_class: str,
) -> Estimate | None:
    """The estimate for a household that waits since `since_on`; `prices` by the code of the class. Cash returns nothing
    here. None where the first day was not measured, or nothing would have moved.
    """
    if read.investable is None or not read.classes:
        return None
    moved = tuple(_moved(read, prices, cash_class=cash_class))
    return Estimate(since_on, until_on, moved, tax) if moved else None


def _moved(read: Read, prices: Mapping[str, Priced], *, cash_class: str) -> Sequence[ClassMoved]:
    assert read.investable is not None, "only what was measured is estimated"
    found = []
    for one in read.classes:
        dollars = cents(one.target * read.investable - one.value)
        if abs(dollars) < LEAST_MOVE:
            continue
        priced = prices.get(one.asset_class)
        since = ZERO if one.asset_class == cash_class else priced.return_ if priced else None
        found.append(ClassMoved(one.name, dollars, priced.symbol if priced else "", since))
    return found
