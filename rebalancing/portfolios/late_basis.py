"""Sales of ours from lots whose basis came only after the sale: their gain is known then, from what the lot costs a share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from clients.models import TaxLot
from rebalancing.engine.money import cents
from rebalancing.engine.tax import holding_periods
from rebalancing.models import ProposedLot
from rebalancing.portfolios import sent_lots

KNOWN = (TaxLot.BasisStatus.COVERED, TaxLot.BasisStatus.NONCOVERED)
PROCEEDS = "executed_proceeds"
"""Where the proceeds of an executed use stand, in place of the estimate."""


def filled(uses: Iterable[ProposedLot]) -> list[ProposedLot]:
    """The uses, those of unknown gain with what their lot's basis gives now. The rows are changed in memory only."""
    rows = list(uses)
    unknown = [use for use in rows if use.gain is None]
    lots = TaxLot.objects.in_bulk({use.lot_id for use in unknown}) if unknown else {}
    for use in unknown:
        lot = lots[use.lot_id]
        sold_on = sent_lots.sold_on(use)
        if (
            (found := basis_of(lot, use.quantity)) is None
            or (since := _since(lot)) is None
            or sold_on < since
        ):
            continue
        use.basis, use.gain = found, proceeds_of(use) - found
        use.term = str(ProposedLot.Term(holding_periods.term(since, sold_on).value))
    return rows


def basis_of(lot: TaxLot, shares: Decimal) -> Decimal | None:
    """What so many shares of a lot cost, in dollars; None while its basis is not known."""
    if lot.basis is None or not lot.quantity or lot.basis_status not in KNOWN:
        return None
    return cents(lot.basis * shares / lot.quantity)


def proceeds_of(use: ProposedLot) -> Decimal:
    """What the shares of one lot brought: as executed, else their part of the order's estimate."""
    executed: Decimal | None = getattr(use, PROCEEDS, None)
    if executed is not None:
        return executed
    return cents(abs(use.order.amount) * use.quantity / use.order.quantity)


def _since(lot: TaxLot) -> date | None:
    return lot.adjusted_acquired_on or lot.acquired_on
