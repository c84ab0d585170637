"""The plan that is proposed: where the policy says so, new money only buys and money due out only sells, unless a class
is outside its band all the same. Then cash goes first, and what is sold serves the bands and nothing else.

New money is what a custodian's file shows, whoever sent it. Money that is only expected pays for nothing. Each account
finances itself: no dollar of one is spent in another.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from rebalancing.engine import proposing
from rebalancing.engine.documents import parsing
from rebalancing.engine.documents.household import Destination, Household
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Plan, Position, State
from rebalancing.engine.evaluation.one_way import short_accounts
from rebalancing.engine.evaluation.situations import EDGE_MARGIN, lay_out
from rebalancing.engine.portfolio.bands import Side
from rebalancing.models import Revision
from rebalancing.portfolios import money_due
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import spare_cash
from rebalancing.triggers.trigger import Trigger

ZERO, ONE, TWO = Decimal(0), Decimal(1), Decimal(2)
STEP = Decimal("1e-9")
Proposed = tuple[Portfolio, Plan]


def propose(portfolio: Portfolio, *, found: tuple[Trigger, ...] = (), only_cash: bool = False) -> Proposed:
    """The plan for a portfolio, with the portfolio that it answers.

    `found` are the triggers it answers; with `only_cash` nothing but cash may move, whatever the policy says. What an
    advisor asks for with an objective or an edit of their own is left alone.
    """
    asked = portfolio.household
    if _is_usual(asked) and (only_cash or (portfolio.policy.uses_cash_flows and _moves_cash(asked, found))):
        plan = _with_cash(portfolio)
        if only_cash or _is_enough(plan[1], found):
            return plan
        if plan[1].state not in {State.IMPOSSIBLE, State.UNPROVEN}:
            served = _with_bands(portfolio, plan[1])
            if served[1].state is State.READY:
                return served
            if plan[1].state is State.READY:
                return plan
    # What is traded anyway raises along what is due later, so that nothing is bought that is sold next month.
    usual = replace(portfolio, household=money_due.with_all(asked))
    return usual, proposing.propose(usual.household, removal_costs=False)


def moved_only(revision: Revision) -> bool:
    """Whether a revision moved cash and nothing else, so that its next one does too unless an advisor asks for more."""
    asked = parsing.read_household(revision.household_document).objective
    return asked.one_way and not asked.gives


def _is_enough(plan: Plan, found: tuple[Trigger, ...]) -> bool:
    """Whether cash alone leaves every class inside its band; where there is nothing to do with it, whether nothing else
    called for a trade.
    """
    if any(one.out_of_band for one in (*plan.after.classes, *plan.after.sleeves)):
        return False
    is_all_cash = bool(found) and spare_cash.only_cash(found) == found
    return plan.state is State.READY or (plan.state is State.HOLD and is_all_cash)


def _with_cash(portfolio: Portfolio) -> Proposed:
    """Only cash moves: accounts short of it sell, or, where none is, the others buy with what they have."""
    return _solved(portfolio, gives=frozenset(), turnover_max=_raised_at_most(portfolio.household))


def _raised_at_most(household: Household) -> Decimal | None:
    """The limit on turnover that keeps accounts from raising more than they are short of: that, its costs, and a share for
    what rounding adds. None where no account is short.
    """
    situation = lay_out(ordered(household))
    most = ZERO
    for account in short_accounts(situation):
        short = situation.accounts[account].minimum_cash - situation.cash_at_end(account)
        held = [situation.securities[name] for owner, name in situation.lots_by_position if owner == account]
        most += short * (ONE + TWO * max((one.half_spread for one in held), default=ZERO))
        most += max((one.price for one in held), default=ZERO)
    return _part(most, situation.investable) if most else None


def _part(dollars: Decimal, investable: Decimal) -> Decimal:
    """Dollars bought and sold as one-way turnover."""
    part = dollars / TWO / investable if investable > ZERO else ONE
    return part.quantize(STEP, rounding=ROUND_CEILING)


def _with_bands(portfolio: Portfolio, with_cash: Plan) -> Proposed:
    """Cash moves as in `with_cash`, and what still stands outside its band then is brought just inside."""
    after, household = with_cash.after, portfolio.household
    traded = sum((order.shares * order.price for order in with_cash.orders), ZERO)
    most = traded + TWO * _outside(after, household)
    return _solved(
        portfolio,
        gives=_giving(after, household),
        turnover_max=_part(most, with_cash.before.investable),
    )


def _giving(after: Position, household: Household) -> frozenset[str]:
    """The classes above their bands; where another stands below its band, everything above its target."""
    classes = [one for one in after.classes if one.asset_class != household.policy.cash_class]
    over = {one.asset_class for one in classes if one.out_of_band and one.weight > one.target}
    if any(one.out_of_band and one.weight < one.target for one in after.classes):
        over |= {one.asset_class for one in classes if one.weight > one.target}
    return frozenset(over)


def _solved(portfolio: Portfolio, *, gives: frozenset[str], turnover_max: Decimal | None) -> Proposed:
    """Classes are filled to their targets; those that give are trimmed to the edges of their bands."""
    household = portfolio.household
    classes = tuple(
        replace(one, destination=Destination.EDGE if one.id in gives else Destination.TARGET)
        for one in household.policy.classes
    )
    objective = replace(
        household.objective,
        mode=Mode.CASH_ONLY,
        one_way=True,
        gives=tuple(sorted(gives)),
        turnover_max=turnover_max,
        # Money that has come in is invested though its class is inside its band, where drift costs little.
        hold_below_bps=ZERO,
    )
    asked = replace(household, objective=objective, policy=replace(household.policy, classes=classes))
    return replace(portfolio, household=asked), proposing.propose(asked, removal_costs=False)


def _outside(after: Position, household: Household) -> Decimal:
    """Dollars that have to be sold so that every class comes just inside its band."""
    widths = {one.id: (one.target - one.lower, one.upper - one.target) for one in household.policy.classes}
    over: dict[str | None, Decimal] = {}
    under: dict[str | None, Decimal] = {}
    totals: dict[str | None, Decimal] = {}
    for one in after.classes:
        totals[one.account] = totals.get(one.account, ZERO) + one.value
    for one in after.classes:
        if not one.out_of_band:
            continue
        below, above = widths[one.asset_class]
        whole = totals[one.account]
        top = (one.upper - above * EDGE_MARGIN) * whole
        bottom = (one.lower + below * EDGE_MARGIN) * whole
        over[one.account] = over.get(one.account, ZERO) + max(ZERO, one.value - top)
        under[one.account] = under.get(one.account, ZERO) + max(ZERO, bottom - one.value)
    return sum((max(over[key], under[key]) for key in over), ZERO)


def _is_usual(household: Household) -> bool:
    return household.objective == Objective() and not household.edits


def _moves_cash(household: Household, found: tuple[Trigger, ...]) -> bool:
    """Whether money has come in, or an account that may be traded is short of what is due."""
    if any(one.code in spare_cash.CODES for one in found):
        return True
    situation = lay_out(ordered(household))
    tradable = {account.id for account in household.accounts if account.tradable}
    return bool(tradable & short_accounts(situation)) or any(
        zone.policy.id == household.policy.cash_class and zone.left is Side.OVER
        for scope in situation.scopes
        for zone in scope.zones
    )
