"""The orders of the last revision at new prices, share for share, where that is still good enough.

A new solution of the same household is nearly always another set of shares, which a reviewer would have to read as new. So
the orders stay as they are while they pass every check and no other plan is better by more than the firm's figure; amounts,
gains, taxes and weights are worked out anew from the new prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from compliance.firm.desk_figures import REPRICED_WITHIN
from rebalancing.engine import repricing
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.engine.verifier import verification
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio

BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Kept:
    """The former orders at the new prices; `plan` is None where they are not kept, and `why_not` says why."""

    plan: Plan | None
    why_not: str = ""


def keep(portfolio: Portfolio, before: Plan, best: Plan) -> Kept:
    """The orders of `before` for this household, against the `best` plan for it now."""
    if are_share_for_share(before, best):
        return Kept(best)
    plan = repricing.repriced(portfolio.household, before.orders, removal_costs=False)
    if plan is None:
        return Kept(None, "the same orders would leave more unmet than others do, or cannot all be made")
    if plan.state is not State.READY:
        return Kept(None, "the same orders are not worth sending any more")
    if verification.verify(portfolio.household, plan).signature is None:
        return Kept(None, "the same orders do not pass the second check any more")
    limit = portfolio.rows.figures.of(REPRICED_WITHIN) * best.before.investable / BPS
    worse = plan.objective - best.objective
    if worse > limit:
        return Kept(
            None,
            f"other orders are better by {dollars(worse)}, and the firm keeps the same ones up to {dollars(limit)}",
        )
    return Kept(plan)


def are_share_for_share(before: Plan, now: Plan) -> bool:
    """Whether both plans trade the same shares of the same lots."""
    return traded(before) == traded(now)


def traded(plan: Plan) -> dict[tuple[str, str, str], tuple[Decimal, tuple[tuple[str, Decimal], ...]]]:
    """Shares and lots of a plan's orders, by account, security and side."""
    return {
        (order.account, order.security, order.side.value): (
            order.shares,
            tuple(sorted((sale.lot, sale.shares) for sale in order.lots)),
        )
        for order in plan.orders
    }
