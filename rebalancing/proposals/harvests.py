"""A proposal that losses alone call for: each is swapped for its replacement, and nothing else is traded.

With another reason to act, or where the policy lets a harvest rebalance, the usual plan is made, which takes losses too.
There is no way back after the window: selling the replacement would tax what the loss put off, so that it stays until
something else asks for a trade, and the plan says from when on the former holding may be bought again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from compliance.firm import harvest_figures
from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import EditKind, Mode, Objective
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Revision
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.proposals import cash_first
from rebalancing.triggers import looks, losses
from rebalancing.triggers.loss_lots import Weighing
from rebalancing.triggers.trigger import Trigger

BPS = Decimal(10_000)
STEP = Decimal("0.000001")
ALONE = frozenset({losses.CODE}) | looks.NO_REASON_TO_TRADE
"""Losses, and reasons to look that are none to trade."""


def proposer(
    found: Sequence[Trigger],
    investable: Decimal,
    *,
    only_cash: bool = False,
    last: Revision | None = None,
) -> Callable[[Portfolio], tuple[Portfolio, Plan]]:
    """How the plan of a household is made that `found` call for: the swap of its losses where they are alone, or the usual.
    With `only_cash`, or after a revision that did no more, nothing but cash moves.
    """
    only_cash = only_cash or (last is not None and cash_first.moved_only(last))

    def propose(portfolio: Portfolio) -> tuple[Portfolio, Plan]:
        weighing = losses.weighed(portfolio) if is_alone(portfolio, found) else None
        if weighing is None or not weighing.taken:
            return cash_first.propose(portfolio, found=tuple(found), only_cash=only_cash)
        asked = _asked(portfolio, weighing, investable)
        return replace(portfolio, household=asked), proposing.propose(asked, removal_costs=False)

    return propose


def is_alone(portfolio: Portfolio, found: Iterable[Trigger]) -> bool:
    """Whether losses are all that calls for a trade, and the policy keeps such a trade to them."""
    codes = {trigger.code for trigger in found}
    return (
        losses.CODE in codes
        and codes <= ALONE
        and not portfolio.policy.harvest_rebalances
        and portfolio.household.rules.harvest_losses
        and _is_usual(portfolio.household)
    )


def _is_usual(household: Household) -> bool:
    """An advisor's own objective, or an order of the advisor's own, makes it another plan; what they leave alone does not."""
    return household.objective == Objective() and all(
        edit.kind is EditKind.NO_TRADE for edit in household.edits
    )


def _asked(portfolio: Portfolio, weighing: Weighing, investable: Decimal) -> Household:
    usual = portfolio.household
    # A sale and a purchase at least, each worth what the firm asks of an order.
    least = 2 * portfolio.rows.figures.of(harvest_figures.ORDER_BENEFIT)
    floor = (least / investable * BPS).quantize(STEP) if investable > 0 else usual.objective.hold_below_bps
    objective = replace(
        usual.objective, mode=Mode.HARVEST, harvest=weighing.rows(usual), hold_below_bps=floor
    )
    # A loss is worth its orders by what it saves, not by its share of an account.
    return replace(usual, objective=objective, rules=replace(usual.rules, minimum_trade_weight=None))
