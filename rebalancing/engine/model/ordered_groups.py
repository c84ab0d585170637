"""What the search knows of a wash group that is written in the law's order (``wash_order``)."""

from __future__ import annotations

from dataclasses import dataclass

from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.model.wash_groups import TOLERANCE


@dataclass(frozen=True, slots=True)
class OrderedLot:
    """A losing lot: its column, that of what is allowed of it, reference dollars and dollars of loss per dollar."""

    sold: int
    allowed: int | None
    weight: float
    loss: float
    is_recent: bool


@dataclass(frozen=True, slots=True)
class OrderedGroup:
    """One wash group in the law's order. ``flags`` are integral, ``used_up`` the one that says that no replacement shares are
    left; ``sold`` all columns of shares of the group that may be sold, ``own`` the columns that it has for itself."""

    id: str
    lots: tuple[OrderedLot, ...]
    flags: tuple[int, ...]
    used_up: int | None
    sold: tuple[int, ...]
    own: tuple[int, ...]

    def marginal_gains(self, values: Floats) -> dict[int, float]:
        """What the next dollar of each losing lot recognizes."""
        gains: dict[int, float] = {}
        is_used_up = self.used_up is not None and values[self.used_up] > 0.5
        spared = 0.0  # What the lot at the boundary loses, in reference dollars: others move its part.
        for lot in reversed(self.lots):
            is_allowed = lot.allowed is not None and values[lot.allowed] > TOLERANCE
            if is_allowed and not lot.is_recent:
                spared = lot.loss / lot.weight
            gains[lot.sold] = -lot.loss if is_allowed else -spared * lot.weight if is_used_up else 0.0
        return gains
