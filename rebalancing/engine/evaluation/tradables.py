"""What may be sold and what may be bought, and why everything else may not.

Every exclusion that does not depend on the solution is decided here, exactly: restrictions, locks, frozen securities,
unknown basis, short-term rules, and that nothing is bought within 30 days after it was sold at a loss (IRC 1091).
What depends on the solution is decided by branching: nothing is bought that is sold at a loss, and how much of a
loss is left after known purchases.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from rebalancing.engine.documents.household import (
    Account,
    Household,
    Lot,
    LotMethod,
    RestrictedBy,
    Restriction,
    Security,
    SecurityStatus,
)
from rebalancing.engine.documents.objective import Edit, EditKind, Mode
from rebalancing.engine.documents.plan import SkipReason
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.evaluation import harvesting, one_way
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.evaluation.units import BuyUnit, Exclusion, Opportunities, SellUnit
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.tax.holding_periods import Term, days_until_long_term, term

__all__ = ("BuyUnit", "Exclusion", "Opportunities", "SellUnit", "find", "gain_per_share")

WINDOW = timedelta(days=30)


def find(situation: Situation) -> Opportunities:
    """What the household may sell and buy on its trade day."""
    no_trade_edits = [edit for edit in situation.household.edits if edit.kind is EditKind.NO_TRADE]
    sells = tuple(_sells(situation, no_trade_edits))
    buys = tuple(_buys(situation, no_trade_edits))
    if situation.household.objective.mode is Mode.CASH_ONLY:
        narrow = one_way.only if situation.household.objective.one_way else one_way.cash_only
        sells, buys = narrow(situation, sells, buys)
    return Opportunities(sells=sells, buys=buys)


def _loss_sales(situation: Situation) -> dict[str, RecentTrade]:
    """By wash group the latest known loss sale within 30 days; purchases stay excluded for 30 days after it (IRC 1091)."""
    found: dict[str, RecentTrade] = {}
    for recent in situation.household.recent_trades:
        security = situation.securities[recent.security]
        near = abs(recent.on - situation.household.trade_on) <= WINDOW
        if recent.kind is RecentTradeKind.LOSS_SALE and security.wash_applies and near:
            known = found.get(security.group)
            found[security.group] = recent if known is None or recent.on > known.on else known
    return found


def gain_per_share(lot: Lot, security: Security) -> Decimal:
    """Proceeds less basis of one share, half-spread taken off; an unknown basis counts as zero."""
    proceeds = security.price * (ONE - security.half_spread)
    return proceeds - (lot.basis or ZERO) / lot.quantity


def _sells(situation: Situation, no_trade_edits: list[Edit]) -> Iterable[SellUnit]:
    household = situation.household
    forced_lots = {edit.lot for edit in household.edits if edit.kind is EditKind.SELL_LOT}
    forced_positions = {
        (edit.account, edit.security) for edit in household.edits if edit.kind is EditKind.SELL
    }
    for position, lots in situation.lots_by_position.items():
        account, security = situation.accounts[position[0]], situation.securities[position[1]]
        exclusion_of_all = _sale_exclusion(household, account, security, no_trade_edits)
        if not account.is_taxed:
            if harvesting.is_harvest(household) and exclusion_of_all is None:
                exclusion_of_all = Exclusion(SkipReason.NOT_HARVESTED, harvesting.NOTHING_ELSE)
            quantity = situation.quantity(position)
            locked = next((lot.lock_reason for lot in lots if _is_locked(lot, household)), None)
            exclusion = exclusion_of_all or (
                Exclusion(SkipReason.LOCKED, f"locked: {locked}") if locked else None
            )
            yield SellUnit(account.id, security.id, None, quantity, None, None, False, exclusion)
            continue
        yield from _taxed_sells(
            situation, exclusion_of_all, lots, forced_lots, is_forced=position in forced_positions
        )


def _taxed_sells(
    situation: Situation,
    exclusion_of_all: Exclusion | None,
    lots: tuple[Lot, ...],
    forced_lots: set[str | None],
    *,
    is_forced: bool,
) -> Iterable[SellUnit]:
    household = situation.household
    security = situation.securities[lots[0].security]
    in_queue = lots[0].method is not LotMethod.SPECIFIC
    queued = sorted(lots, key=queue_key) if in_queue else list(lots)
    in_front: Exclusion | None = None
    lost = _loss_exclusion(situation, security, lots[0].account)
    for lot in queued:
        held_since = lot.held_since
        held = term(held_since, household.trade_on) if held_since is not None else Term.SHORT
        gain = gain_per_share(lot, security)
        exclusion = exclusion_of_all or (
            Exclusion(SkipReason.LOCKED, f"locked: {lot.lock_reason}") if _is_locked(lot, household) else None
        )
        if exclusion is None and not (lot.id in forced_lots or is_forced):
            exclusion = _lot_exclusion(household, lot, gain, held) or (lost if gain < 0 else None)
            if exclusion is None and harvesting.is_harvest(household):
                exclusion = _not_harvested(situation, lot)
        if in_queue and exclusion is None and in_front is not None:
            exclusion = Exclusion(
                SkipReason.LOT_ORDER,
                f"the account's lot method sells older shares first, and those may not be sold: {in_front}",
            )
        if in_queue and exclusion is not None and in_front is None:
            in_front = exclusion
        may_lose = security.wash_applies and lot.basis is not None and gain < 0
        yield SellUnit(lot.account, security.id, lot, lot.quantity, gain, held, may_lose, exclusion)


def _is_locked(lot: Lot, household: Household) -> bool:
    return lot.lock_reason is not None and (lot.locked_until is None or household.trade_on < lot.locked_until)


def _sale_exclusion(
    household: Household, account: Account, security: Security, no_trade_edits: list[Edit]
) -> Exclusion | None:
    if not account.tradable:
        return Exclusion(
            SkipReason.ACCOUNT_NOT_TRADED, account.not_tradable_reason or "the account is not traded"
        )
    if security.status is SecurityStatus.FROZEN:
        return Exclusion(SkipReason.FROZEN, "the security is frozen")
    if (restriction := _restriction(household.rules.do_not_sell, account, security)) is not None:
        exclusion_of_all = (
            SkipReason.FIRM_RESTRICTION
            if restriction.source is RestrictedBy.FIRM
            else SkipReason.CLIENT_RESTRICTION
        )
        return Exclusion(
            exclusion_of_all,
            f"do not sell: {restriction.reason}" if restriction.reason else "it is on the do-not-sell list",
        )
    if any(e.account == account.id and e.security in {None, security.id} for e in no_trade_edits):
        return Exclusion(SkipReason.ADVISOR_NO_TRADE, "the advisor excluded it from trading")
    if any(
        e.kind is EditKind.BUY and (e.account, e.security) == (account.id, security.id)
        for e in household.edits
    ):
        return Exclusion(SkipReason.ADVISOR_BUYS, "the advisor buys it here")
    return None


def _lot_exclusion(household: Household, lot: Lot, gain: Decimal, held: Term) -> Exclusion | None:
    rules = household.rules
    if lot.basis is None or lot.held_since is None:
        return Exclusion(SkipReason.BASIS_UNKNOWN, "its cost basis is not known")
    if gain > 0 and held is Term.SHORT:
        not_before = rules.short_term_gains_from
        if not rules.short_term_gains_allowed and (not_before is None or household.trade_on < not_before):
            return Exclusion(SkipReason.SHORT_TERM_GAIN, "it would be a short-term gain")
        days = days_until_long_term(lot.held_since, household.trade_on)
        if days <= rules.wait_for_long_term_days:
            return Exclusion(SkipReason.ALMOST_LONG_TERM, f"its gain becomes long-term in {days} days")
    if gain < 0 and not rules.harvest_losses:
        return Exclusion(SkipReason.LOSSES_NOT_HARVESTED, "losses are not harvested here")
    return None


def _not_harvested(situation: Situation, lot: Lot) -> Exclusion | None:
    if why := harvesting.why_left(situation, lot):
        return Exclusion(SkipReason.NOT_HARVESTED, why)
    washed = harvesting.washed_by(situation, lot)
    return Exclusion(SkipReason.WASH_SALE, washed) if washed else None


def _loss_exclusion(situation: Situation, security: Security, seller: str) -> Exclusion | None:
    """Why no loss of ``security`` is taken in this account: shares bought elsewhere would permanently disallow
    it (Rev. Rul. 2008-5)."""
    if situation.household.rules.permanent_disallowance_allowed or not security.wash_applies:
        return None
    unit = situation.accounts[seller].tax_unit
    for recent in situation.household.recent_trades:
        account = situation.accounts.get(recent.account)
        near = abs(recent.on - situation.household.trade_on) <= WINDOW
        same = situation.securities[recent.security].group == security.group
        is_purchase = recent.kind is not RecentTradeKind.LOSS_SALE and recent.shares > recent.shares_used
        keeps = account is not None and account.is_taxed and account.tax_unit == unit
        if near and same and is_purchase and not keeps:
            where = account.name or account.id if account else "an account held away"
            return Exclusion(
                SkipReason.PERMANENTLY_DISALLOWED,
                f"the same security was bought in {where} on {recent.on}, so a loss taken through"
                f" {recent.on + WINDOW} would be permanently disallowed (wash sale)",
            )
    return None


def _restriction(
    restrictions: tuple[Restriction, ...], account: Account, security: Security
) -> Restriction | None:
    for found in restrictions:
        if found.security == security.id and found.account in {None, account.id}:
            return found
    return None


def _buys(situation: Situation, no_trade_edits: list[Edit]) -> Iterable[BuyUnit]:
    household = situation.household
    loss_sales = _loss_sales(situation)
    forced = {(e.account, e.security) for e in household.edits if e.kind is EditKind.BUY}
    location = {(c.asset_class, c.treatment): c.cost_bps for c in household.policy.location}
    for account in household.accounts:
        ranks = _ranks(situation, account)
        for owner, security_id in sorted(forced, key=str):
            if owner == account.id and security_id is not None:
                ranks.setdefault(security_id, 1)
        for security_id in sorted(ranks):
            security = situation.securities[security_id]
            cost = sum(
                (
                    location.get((part.asset_class, account.tax_treatment), ZERO) * part.weight
                    for part in security.weights
                ),
                ZERO,
            )
            is_forced = (account.id, security_id) in forced
            exclusion = _purchase_exclusion(
                situation, loss_sales, account, security, no_trade_edits, is_forced=is_forced
            )
            yield BuyUnit(account.id, security_id, ranks[security_id], cost, exclusion)


def _positions_sold_by_edit(situation: Situation) -> set[tuple[str, str | None]]:
    sold: set[tuple[str, str | None]] = set()
    for edit in situation.household.edits:
        if edit.kind is EditKind.SELL_LOT and edit.lot is not None:
            sold.add((edit.account, situation.lots[edit.lot].security))
        elif edit.kind is EditKind.SELL:
            sold.add((edit.account, edit.security))
    return sold


def _ranks(situation: Situation, account: Account) -> dict[str, int]:
    """The securities this account may fill its sleeves with, by rank; replacements come after all members."""
    ranks: dict[str, int] = {}
    sleeves = [
        [m for m in sleeve.members if not m.treatments or account.tax_treatment in m.treatments]
        for sleeve in situation.household.policy.sleeves
    ]
    for members in sleeves:
        for member in members:
            ranks[member.security] = min(member.rank, ranks.get(member.security, member.rank))
    for members in sleeves:
        last = max((member.rank for member in members), default=0)
        for member in members:
            for step, other in enumerate(situation.securities[member.security].replacements, start=1):
                ranks.setdefault(other, last + step)
    return ranks


def _purchase_exclusion(
    situation: Situation,
    loss_sales: dict[str, RecentTrade],
    account: Account,
    security: Security,
    no_trade_edits: list[Edit],
    *,
    is_forced: bool,
) -> str | None:
    household = situation.household
    if not account.tradable:
        return account.not_tradable_reason or "the account is not traded"
    if security.status is not SecurityStatus.OPEN:
        return "the security is not open to purchases"
    if account.may_buy is not None and security.id not in account.may_buy:
        return "this account may not buy it"
    if any(legacy.security == security.id for legacy in household.rules.wind_down):
        return "it is being wound down"
    if (restriction := _restriction(household.rules.do_not_buy, account, security)) is not None:
        return f"do not buy: {restriction.reason}" if restriction.reason else "it is on the do-not-buy list"
    if any(e.account == account.id and e.security in {None, security.id} for e in no_trade_edits):
        return "the advisor excluded it from trading"
    sold = loss_sales.get(security.group) if security.wash_applies else None
    if (account.id, security.id) in _positions_sold_by_edit(situation):
        return "the advisor sells it here"
    if sold is not None:
        until = sold.on + WINDOW
        return f"it was sold at a loss on {sold.on}; a purchase through {until} would disallow that loss (wash sale)"
    if is_forced:
        return None
    if household.objective.mode is Mode.RAISE_CASH:
        return "cash is being raised"
    if harvesting.is_harvest(household) and (account.id, security.id) not in harvesting.may_be_bought(
        situation
    ):
        return "only what stands in for a harvested loss is bought"
    return None
