"""How far to trade once a class has left its band, and who pays for it.

To target means fewest future trades and most tax now; to the nearest edge least trading now and a quick
return; halfway is best when each trade also has a fixed cost. Weights are fractions of one, moves are
changes of weight: negative means sell.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from rebalancing.engine.documents.household import Destination
from rebalancing.engine.market.allocations import apportion
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio.bands import Band, Side, absolute, relative
from rebalancing.engine.portfolio.drift import WEIGHT_STEP


class DestinationError(ValueError):
    """Weights or targets that do not describe a portfolio."""


def weight_after(
    weight: Decimal, band: Band, destination: Destination, *, edge_is_breach: bool = True
) -> Decimal:
    """The weight to trade to: unchanged inside the band, else the destination on the breached side."""
    side = band.side_breached(weight, edge_is_breach=edge_is_breach)
    return weight if side is None else destination_of(band, side, destination)


def destination_of(band: Band, side: Side, destination: Destination) -> Decimal:
    """Where a class that has left ``band`` on this side is brought to, as a weight."""
    edge = band.edge_on(side)
    assert edge is not None, "a band is not left on a side without an edge"
    match destination:
        case Destination.TARGET:
            return band.target
        case Destination.EDGE:
            return edge
        case Destination.HALFWAY:
            return (edge + band.target) / 2


def weight_after_inner(weight: Decimal, outer: Band, inner: Band, *, edge_is_breach: bool = True) -> Decimal:
    """Trade only when outside ``outer``, and then only back to the near edge of ``inner``."""
    side = outer.side_breached(weight, edge_is_breach=edge_is_breach)
    edge = inner.edge_on(side) if side else None
    return weight if edge is None else edge


def opportunistic(
    target: Decimal, *, fraction: Decimal, tolerance_part: Decimal = Decimal("0.5")
) -> tuple[Band, Band]:
    """Rebalance band and tolerance band of opportunistic rebalancing, for `weight_after_inner`.

    ``fraction`` is relative to the target (20 percent on 60 is 48 to 72) and ``tolerance_part`` the part
    of it that is tolerated: a half gives 54 to 66. Source: Daryanani, Journal of Financial Planning,
    January 2008, which looks every ten trading days.
    """
    return relative(target, fraction), relative(target, fraction * tolerance_part)


def threshold_and_destination(
    target: Decimal, *, threshold: Decimal, destination: Decimal
) -> tuple[Band, Band]:
    """Outer and inner band of a threshold policy, for `weight_after_inner`; widths as weights.

    200 basis points out, back to 175 basis points from target: Vanguard, The Rebalancing Edge (2024).
    Raises `DestinationError` when the destination is further out than the threshold.
    """
    if destination > threshold:
        raise DestinationError(f"Destination {destination} is further out than the threshold {threshold}.")
    return absolute(target, threshold), absolute(target, destination)


def moves(
    weights: Mapping[str, Decimal],
    targets: Mapping[str, Decimal],
    bands: Mapping[str, Band],
    destination: Destination,
    *,
    only_breached: bool = True,
    edge_is_breach: bool = True,
) -> dict[str, Decimal]:
    """Changes of weight that bring breached classes to their destination, adding up to zero.

    Only classes outside their band trigger. What they sell beyond what they buy goes to the classes on
    the other side of their targets, pro rata to the distance still left there, and never takes one
    through its own target. ``only_breached=False`` brings every class to target as soon as one class is
    out. Raises `DestinationError` unless weights and targets each add up to one.
    """
    if sum(weights.values(), ZERO) != ONE or sum(targets.values(), ZERO) != ONE:
        raise DestinationError("Weights and targets must each add up to one; weigh the values first.")
    names = sorted({*weights, *targets})
    distances = {name: targets.get(name, ZERO) - weights.get(name, ZERO) for name in names}
    breached = [
        name
        for name, band in bands.items()
        if band.side_breached(weights.get(name, ZERO), edge_is_breach=edge_is_breach)
    ]
    if not breached:
        return dict.fromkeys(names, ZERO)
    if not only_breached:
        return distances
    moved = dict.fromkeys(names, ZERO)
    for name in breached:
        weight = weights.get(name, ZERO)
        after = weight_after(weight, bands[name], destination, edge_is_breach=edge_is_breach)
        moved[name] = (after - weight).quantize(WEIGHT_STEP)
    return _funded(moved, distances)


def _funded(moved: Mapping[str, Decimal], distances: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Let the classes on the other side of their targets take up what the moves leave over.

    Distances add up to zero, so the other side always has room for what one side gives up.
    """
    open_amount = -sum(moved.values(), ZERO)
    if open_amount == ZERO:
        return dict(moved)
    sign = 1 if open_amount > ZERO else -1
    # Only classes on the other side of their target have room; breached ones that stopped at an edge too.
    room = {name: max(ZERO, sign * (distances[name] - moved[name])) for name in moved}
    room = {name: part for name, part in room.items() if sign * distances[name] > ZERO}
    parts = apportion(sign * open_amount, room, step=WEIGHT_STEP)
    return {name: move + sign * parts.get(name, ZERO) for name, move in moved.items()}
