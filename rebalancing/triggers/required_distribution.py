"""A required distribution is open, in no plan, and its account does not hold the cash: it is raised, from what is over target."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.distribution_figures import RAISE_DAYS
from rebalancing.distributions import distributions
from rebalancing.distributions.distributions import Required
from rebalancing.engine.documents.household import Account
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger, day_text

CODE = "required_distribution"
NEEDS = ("to_plan", "days_left", "raise_days", "outflows", "cash", "minimum")
"""Of a pool: what is in no plan, and the days to the firm's day; of the account that pays: its money due and its cash."""

ZERO = Decimal(0)


def fires(facts: Columns) -> Truth:
    """Something is open, the firm's day is near, and the account that pays is short of cash."""
    return (
        columns.more_than(facts["to_plan"], 0)
        & columns.at_least(facts["raise_days"], facts["days_left"])
        & columns.more_than(facts["outflows"] + facts["minimum"], facts["cash"])
    )


def facts(one: Required, account: Account, portfolio: Portfolio) -> dict[str, Fact]:
    """The facts of one pool and the account that pays it."""
    assert one.firms_day is not None, "nothing is open without a deadline"
    pending = sum((part.amount for part in account.cash_unsettled), ZERO)
    return {
        "to_plan": one.to_plan,
        "days_left": (one.firms_day - portfolio.household.trade_on).days,
        "raise_days": portfolio.rows.figures.of(RAISE_DAYS),
        "outflows": sum((-flow.amount for flow in account.flows if flow.amount < ZERO), ZERO),
        "cash": account.cash_settled + pending,
        "minimum": account.minimum_cash,
    }


def find(portfolio: Portfolio, _measured: Measured) -> list[Trigger]:
    """The open distributions of the household that have to be raised now."""
    accounts = {one.id: one for one in portfolio.household.accounts}
    found = []
    for one in portfolio.rows.open_distributions:
        pays = distributions.payer(one, portfolio.accounts)
        if pays is None or not columns.holds(fires, **facts(one, accounts[pays.public_id], portfolio)):
            continue
        found.append(
            Trigger(
                code=CODE,
                sentence=sentence(one),
                figures={
                    "account": pays.public_id,
                    "year": str(one.pool.year),
                    "required": f"{one.pool.required or ZERO:.2f}",
                    "taken": f"{one.settled.taken + one.settled.charitable_counted:.2f}",
                    "planned": f"{one.planned:.2f}",
                    "to_plan": f"{one.to_plan:.2f}",
                    "deadline": one.pool.deadline.isoformat() if one.pool.deadline else "",
                },
            )
        )
    return found


def sentence(one: Required) -> str:
    """Who has to take how much, from where and by when, and what was taken."""
    pool, settled = one.pool, one.settled
    taken = settled.taken + settled.charitable_counted
    so_far = "nothing has been taken" if not taken else f"{dollars(taken, cents=True)} has been taken"
    year = "" if pool.deadline is None or pool.deadline.year == pool.year else f", {pool.deadline.year}"
    return (
        f"{pool.owner.name} has to take {dollars(pool.required or ZERO, cents=True)} from "
        f"{pool.name if pool.name == 'IRAs' else 'the ' + pool.name} for {pool.year} by {day_text(pool.deadline)}{year}; "
        f"{so_far}, and {dollars(one.to_plan, cents=True)} is in no plan."
    )
