"""A household's sales put before the wash-sale rule (``wash_sales.process``), with everything bought round them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from rebalancing.engine import wash_sales
from rebalancing.engine.household import RecentKind
from rebalancing.engine.money import ZERO, cents_up
from rebalancing.engine.situations import Position, Situation

LONG_AGO = date(1900, 1, 1)  # A lot whose purchase date is not known replaces nothing.


def disallowed_by_lot(
    situation: Situation, sold: Mapping[str, tuple[Decimal, Decimal]], bought: Mapping[Position, Decimal]
) -> dict[str, Decimal]:
    """Dollars of loss disallowed, by lot, to the cent upward, when ``sold`` lots (shares, proceeds) go and
    ``bought`` positions come on the trade day."""
    securities = situation.securities
    groups = {
        securities[situation.lots[lot].security].group
        for lot in sold
        if securities[situation.lots[lot].security].wash_applies
    }
    acquisitions = [a for a in _acquisitions(situation, bought) if a.wash_group in groups]
    known = {acquisition.id for acquisition in acquisitions}
    sales = [
        wash_sales.Sale(lot, situation.household.trade_on, lot, shares, proceeds)
        for lot, (shares, proceeds) in sold.items()
        if lot in known
    ]
    found: dict[str, Decimal] = {}
    for outcome in wash_sales.process(acquisitions, sales).outcomes:
        found[outcome.lot] = found.get(outcome.lot, ZERO) + outcome.disallowed
    return {lot: cents_up(amount) for lot, amount in found.items()}


def _acquisitions(situation: Situation, bought: Mapping[Position, Decimal]) -> list[wash_sales.Acquisition]:
    household = situation.household
    used = {recent.lot: recent.matched for recent in household.recent if recent.lot is not None}
    made = [
        wash_sales.Acquisition(
            id=lot.id,
            on=lot.acquired or LONG_AGO,
            shares=lot.quantity,
            cost=lot.basis or ZERO,
            owner=_owner(situation, lot.account),
            wash_group=_group(situation, lot.security),
            held_since=lot.held_since,
            shares_used=min(used.get(lot.id, ZERO), lot.quantity),
        )
        for lot in household.lots
    ]
    for recent in household.recent:
        if recent.kind is not RecentKind.LOSS_SALE and recent.lot is None:
            made.append(
                wash_sales.Acquisition(
                    id=f"recent {recent.id}",
                    on=recent.on,
                    shares=recent.shares,
                    cost=ZERO,
                    owner=_owner(situation, recent.account),
                    wash_group=_group(situation, recent.security),
                    shares_used=recent.matched,
                )
            )
    for (account, security), shares in bought.items():
        made.append(
            wash_sales.Acquisition(
                id=f"bought {account} {security}",
                on=household.trade_on,
                shares=shares,
                cost=ZERO,
                owner=_owner(situation, account),
                wash_group=_group(situation, security),
            )
        )
    return made


def _owner(situation: Situation, account: str) -> wash_sales.Owner:
    """As far as what is disallowed goes, only whether the account is taxed matters; held-away accounts count as taxed."""
    found = situation.accounts.get(account)
    return wash_sales.Owner.IRA if found is not None and not found.is_taxed else wash_sales.Owner.SELF_TAXABLE


def _group(situation: Situation, security: str) -> str | None:
    found = situation.securities[security]
    return found.group if found.wash_applies else None
