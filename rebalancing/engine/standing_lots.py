"""What a custodian's standing lot method settles before anything is chosen: which lots leave first, at what basis.

Under average basis every share of the position costs the same and only the holding periods differ, oldest first
(IRC 1012(d); Treas. Reg. 1.1012-1(e)(7)). The average is of all identical shares in the account, locked ones too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from rebalancing.engine.household import Household, Lot, LotMethod
from rebalancing.engine.money import ZERO, cents, share_of


def averaged(household: Household) -> Household:
    """``household`` with the basis of each position under average basis spread over its lots by shares.

    To the cent, so that the parts add up to the whole; the same object where nothing changes. A position with an
    unknown basis has no average and is left as it is.
    """
    pools: dict[tuple[str, str], list[Lot]] = defaultdict(list)
    for lot in household.lots:
        if lot.method is LotMethod.AVERAGE:
            pools[lot.account, lot.security].append(lot)
    spread = {lot.id: basis for pool in pools.values() for lot, basis in _spread(pool)}
    if all(lot.basis == spread.get(lot.id, lot.basis) for lot in household.lots):
        return household
    lots = (replace(lot, basis=spread[lot.id]) if lot.id in spread else lot for lot in household.lots)
    return replace(household, lots=tuple(lots))


def queue_key(lot: Lot) -> tuple[str, str]:
    """Where a lot stands when lots leave by the custodian's standing method: oldest first, then by identity."""
    return (lot.acquired.isoformat() if lot.acquired else "", lot.id)


def _spread(pool: list[Lot]) -> list[tuple[Lot, Decimal]]:
    if any(lot.basis is None for lot in pool):
        return []
    basis = sum((lot.basis for lot in pool if lot.basis is not None), ZERO)
    shares = sum((lot.quantity for lot in pool), ZERO)
    found, before, counted = [], ZERO, ZERO
    for lot in sorted(pool, key=queue_key):
        counted += lot.quantity
        so_far = cents(share_of(basis, counted, shares))
        found.append((lot, so_far - before))
        before = so_far
    return found
