"""The modes of cash alone: which accounts raise it, which only buy, and what may be sold for the bands of others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rebalancing.engine.documents.household import Security
from rebalancing.engine.documents.plan import SkipReason
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.units import BuyUnit, Exclusion, SellUnit

NO_SALE = Exclusion(SkipReason.CASH_ONLY, "only available cash is invested")
ONLY_RAISED = "only the cash needed is raised"


def short_accounts(situation: Situation) -> frozenset[str]:
    """The accounts that are short of their minimum cash once everything known has happened."""
    return frozenset(
        account.id
        for account in situation.household.accounts
        if situation.cash_at_end(account.id) < account.minimum_cash
    )


def gives(security: Security, classes: Collection[str]) -> bool:
    """Whether a class that holds most of the security is among those that give."""
    most = max(part.weight for part in security.weights)
    return any(part.weight == most and part.asset_class in classes for part in security.weights)


def main_class(security: Security) -> str:
    """The class that holds most of the security; the first by name among equals."""
    return max(security.weights, key=lambda part: (part.weight, part.asset_class)).asset_class


def cash_only(
    situation: Situation, sells: tuple[SellUnit, ...], buys: tuple[BuyUnit, ...]
) -> tuple[tuple[SellUnit, ...], tuple[BuyUnit, ...]]:
    """Accounts with cash to spare only buy, accounts that are short of it only sell."""
    spare = {
        account.id
        for account in situation.household.accounts
        if situation.cash_at_end(account.id) >= account.minimum_cash
    }
    return (
        tuple(replace(u, exclusion=u.exclusion or (NO_SALE if u.account in spare else None)) for u in sells),
        tuple(
            replace(u, exclusion=u.exclusion or (None if u.account in spare else ONLY_RAISED)) for u in buys
        ),
    )


def only(
    situation: Situation, sells: tuple[SellUnit, ...], buys: tuple[BuyUnit, ...]
) -> tuple[tuple[SellUnit, ...], tuple[BuyUnit, ...]]:
    """As with cash alone, and nothing is bought that may be sold. Where classes give, accounts with cash sell of them too."""
    short, classes = short_accounts(situation), situation.household.objective.gives
    giving = {one.id for one in situation.household.securities if gives(one, classes)}
    sells = tuple(
        replace(u, exclusion=u.exclusion or (None if u.account in short or u.security in giving else NO_SALE))
        for u in sells
    )
    sold = {situation.securities[unit.security].group for unit in sells if unit.exclusion is None}

    def why_not(unit: BuyUnit) -> str | None:
        if unit.account in short or (short and not classes):
            return ONLY_RAISED
        if unit.security in giving or situation.securities[unit.security].group in sold:
            return "it is sold for cash or for what a band needs"
        return None

    return sells, tuple(replace(unit, exclusion=unit.exclusion or why_not(unit)) for unit in buys)
