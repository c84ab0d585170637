"""Prices, the same in every run: straight lines between a few days, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal as D

CENT = D("0.01")
LIKE = {"ITOT": ("VTI", D("1.2")), "IEFA": ("VEA", D("1.1")), "AGG": ("BND", D("1.3"))}
"""Funds that move with another one."""


@dataclass(frozen=True)
class Market:
    """What shares cost: by symbol its price on each of the days, and straight lines between them."""

    days: Sequence[date]
    paths: Mapping[str, Sequence[float]]

    @property
    def symbols(self) -> tuple[str, ...]:
        return (*self.paths, *LIKE)

    def price(self, symbol: str, on: date) -> D:
        """What a share costs at the close of a day."""
        if symbol in LIKE:
            model, factor = LIKE[symbol]
            return (self.price(model, on) * factor).quantize(CENT)
        path = [D(str(one)) for one in self.paths[symbol]]
        after = next((place for place, day in enumerate(self.days) if day >= on), len(self.days) - 1)
        if after == 0:
            return path[0].quantize(CENT)
        first, last = self.days[after - 1], self.days[after]
        share = min(D(1), D((on - first).days) / D((last - first).days))
        return (path[after - 1] + (path[after] - path[after - 1]) * share).quantize(CENT)


THE_YEAR = Market(
    days=(
        date(2026, 3, 2),
        date(2026, 5, 15),
        date(2026, 7, 15),
        date(2026, 10, 1),
        date(2026, 11, 20),
        date(2026, 12, 31),
        date(2027, 4, 30),
    ),
    paths={
        # Stocks at home grow out of their bands, those abroad fall below what was paid for them, bonds stand.
        "VTI": (100, 106, 114, 122, 128, 130, 133),
        "VEA": (60, 60, 59, 56, 55, 50, 52),
        "VWO": (40, 41, 40, 38, 37, 37, 39),
        "BND": (75, 75, 74, 74, 75, 75, 75),
        "SCHP": (50, 50, 51, 51, 51, 51, 52),
    },
)
