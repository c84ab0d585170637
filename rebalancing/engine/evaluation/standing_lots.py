"""What a custodian's standing lot method settles before anything is chosen: which lots leave first, at what basis.

Under average basis every share of the position costs the same and only the holding periods differ, oldest first
(IRC 1012(d); Treas. Reg. 1.1012-1(e)(7)). The average is of all identical shares in the account, locked ones too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from rebalancing.engine.documents.household import Household, Lot, LotMethod
from rebalancing.engine.money import ONE, ZERO, cents, share_of
from rebalancing.engine.tax import basis


def averaged(household: Household) -> Household:
    """``household`` with the basis of each position under average basis spread over its lots by shares.

    To the cent, so that the parts add up to the whole; the same object where nothing changes. A position with an
    unknown basis has no average and is left as it is.
    """
    pools: dict[tuple[str, str], list[Lot]] = defaultdict(list)
    for lot in household.lots:
        if lot.method is LotMethod.AVERAGE:
            pools[lot.account, lot.security].append(lot)
    spread = {lot.id: cost for pool in pools.values() for lot, cost in _spread(pool)}
    if all(lot.basis == spread.get(lot.id, lot.basis) for lot in household.lots):
        return household
    lots = (replace(lot, basis=spread[lot.id]) if lot.id in spread else lot for lot in household.lots)
    return replace(household, lots=tuple(lots))


def with_gifts(household: Household) -> Household:
    """``household`` with the basis and the day that each gift has at its price; the same object where there is none.

    A lot keeps its ``gift`` only where it is sold between its two bases, with neither gain nor loss.
    """
    if all(lot.gift is None for lot in household.lots):
        return household
    nets = {one.id: one.price * (ONE - one.half_spread) for one in household.securities}
    lots = tuple(
        lot if lot.gift is None else _given(lot, proceeds=lot.quantity * nets[lot.security])
        for lot in household.lots
    )
    return replace(household, lots=lots)


def _given(lot: Lot, *, proceeds: Decimal) -> Lot:
    gift = lot.gift
    assert gift is not None, "only gifts are asked for"
    if gift.value_at_gift is None and proceeds < gift.donor_basis:
        return replace(lot, basis=None, gift=None)
    sale = basis.gift(
        donor_basis=gift.donor_basis,
        value_at_gift=gift.donor_basis if gift.value_at_gift is None else gift.value_at_gift,
        proceeds=proceeds,
        given_on=gift.given_on,
        donor_since=gift.donor_acquired,
    )
    if sale.basis is None:
        return replace(lot, basis=proceeds, adjusted_acquired=gift.given_on)
    since = sale.held_since or lot.adjusted_acquired
    return replace(lot, basis=sale.basis, adjusted_acquired=since, gift=None)


def part_of_gift(lot: Lot, shares: Decimal) -> Lot:
    """``shares`` of a lot that was given, with their part of what is known of it."""
    gift = lot.gift
    assert gift is not None, "only gifts are asked for"

    def part(amount: Decimal) -> Decimal:
        return cents(share_of(amount, shares, lot.quantity))

    return replace(
        lot,
        quantity=shares,
        basis=None if lot.basis is None else part(lot.basis),
        gift=replace(
            gift,
            donor_basis=part(gift.donor_basis),
            value_at_gift=None if gift.value_at_gift is None else part(gift.value_at_gift),
        ),
    )


def queue_key(lot: Lot) -> tuple[str, str]:
    """Where a lot stands when lots leave by the custodian's standing method: oldest first, then by identity."""
    return (lot.acquired.isoformat() if lot.acquired else "", lot.id)


def _spread(pool: list[Lot]) -> list[tuple[Lot, Decimal]]:
    if any(lot.basis is None for lot in pool):
        return []
    cost = sum((lot.basis for lot in pool if lot.basis is not None), ZERO)
    shares = sum((lot.quantity for lot in pool), ZERO)
    found, before, counted = [], ZERO, ZERO
    for lot in sorted(pool, key=queue_key):
        counted += lot.quantity
        so_far = cents(share_of(cost, counted, shares))
        found.append((lot, so_far - before))
        before = so_far
    return found
