"""The mode that harvests: which lots may be sold, what may be bought for them, and between what the money must balance.

A loss lot gives way to a replacement in the same account, of the same class and sleeve. Within such a part what is bought
costs no more than the sales bring, and no more is left over than one increment of a replacement costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from rebalancing.engine.documents.harvest_validation import kept_part
from rebalancing.engine.documents.household import Household, Lot
from rebalancing.engine.documents.objective import Harvest, Mode
from rebalancing.engine.documents.plan import LotSale
from rebalancing.engine.evaluation import household_wash_sales
from rebalancing.engine.evaluation.situations import Position, Situation
from rebalancing.engine.money import ONE, ZERO, cents_up

Part = tuple[str, str, str]  # Account, class, sleeve.
NOTHING_ELSE = "only losses are harvested; nothing else is traded"


def is_harvest(household: Household) -> bool:
    return household.objective.mode is Mode.HARVEST


def rows_by_lot(household: Household) -> dict[str, Harvest]:
    """Every lot that the document speaks of, also those it leaves alone."""
    return {row.lot: row for row in household.objective.harvest}


def stand_ins(situation: Situation) -> dict[Position, tuple[str, ...]]:
    """By position that may be harvested, what may be bought in its account instead, best first."""
    found: dict[Position, tuple[str, ...]] = {}
    for row in situation.household.objective.harvest:
        if row.replacements:
            lot = situation.lots[row.lot]
            found[lot.account, lot.security] = row.replacements
    return found


def may_be_bought(situation: Situation) -> frozenset[Position]:
    """What a harvest may buy, and where."""
    return frozenset(
        (account, other) for (account, _), others in stand_ins(situation).items() for other in others
    )


def part_of(situation: Situation, position: Position) -> Part:
    """The account, class and sleeve within which the position's money has to balance."""
    account, security = position
    return account, *kept_part(situation.securities[security])


def leftover_max(situation: Situation, account: str, others: Iterable[str]) -> Decimal:
    """The most dollars that may stay uninvested: one increment of the dearest replacement."""
    home = situation.accounts[account]
    rows = (situation.securities[other] for other in others)
    return max((cents_up(s.price * s.increment_in(home) * (ONE + s.half_spread)) for s in rows), default=ZERO)


def why_left(situation: Situation, lot: Lot) -> str:
    """Why the document leaves the lot alone; empty where it may be harvested."""
    row = rows_by_lot(situation.household).get(lot.id)
    return NOTHING_ELSE if row is None else row.left_because


def washed_by(situation: Situation, lot: Lot) -> str:
    """What was or will be bought of the same within 30 days, beside the lot itself, as a sentence; empty for nothing."""
    security = situation.securities[lot.security]
    rows = household_wash_sales.replacements(situation).get(security.group, ())
    for row in rows if security.wash_applies else ():
        if row.id != lot.id:
            return f"the same security was or will be bought on {row.on}, which would disallow its loss (wash sale)"
    return ""


def lower_basis(household: Household, sales: Iterable[LotSale]) -> Decimal:
    """The tax that the losses taken are expected to cost later, in today's dollars."""
    rows: Mapping[str, Harvest] = rows_by_lot(household)
    total = ZERO
    for sale in sales:
        if sale.lot in rows and sale.gain is not None and sale.gain < 0:
            total -= sale.gain * rows[sale.lot].later
    return total
