"""What a version of a model would mean for one household, from the same steps as a scan; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.models import Household, ModelVersion
from rebalancing.engine import proposing
from rebalancing.engine.documents.plan import State
from rebalancing.engine.money import cents
from rebalancing.models import Reading
from rebalancing.portfolios import portfolios, record_rows
from rebalancing.portfolios.market import Market
from rebalancing.triggers import cash_due, measures, triggers
from rebalancing.waiting import circumstances, holds, reasons

ZERO = Decimal(0)
Outcome = Reading.Outcome


@dataclass(frozen=True, slots=True)
class Side:
    """A household under one version of the model. Dollars; None where it could not be measured."""

    outcome: str
    reason: str
    value: Decimal | None = None
    outside: Decimal | None = None
    traded: Decimal = ZERO
    tax: Decimal = ZERO
    orders: int = 0


def sides(
    household: Household, version: ModelVersion, *, market: Market, trade_on: date
) -> tuple[Side, Side]:
    """The household with the version it follows on the trade day, and with `version`.

    An open proposal, orders under way and the day of the next evaluation are left aside: the preview says what the
    version asks for, whenever the household is next looked at.
    """
    return (
        _side(household, None, market=market, trade_on=trade_on),
        _side(household, version, market=market, trade_on=trade_on),
    )


def _side(household: Household, version: ModelVersion | None, *, market: Market, trade_on: date) -> Side:
    portfolio = portfolios.load(
        household,
        as_of_on=market.on,
        trade_on=trade_on,
        accounts=record_rows.accounts_of(household, trade_on=trade_on),
        market=market,
        model_version=version,
    )
    if isinstance(portfolio, portfolios.NotMeasurable):
        outcome = Outcome.NO_POLICY if portfolio.missing is portfolios.MissingInput.POLICY else Outcome.DATA
        return Side(outcome, " ".join(portfolio.reasons))
    measured = measures.measure(portfolio)
    value = None if measured.value is None else cents(measured.value)
    outside = cents(measured.outside_value)
    found = triggers.find(portfolio, measured)
    if not found:
        return Side(Outcome.IN_BAND, "Every class is inside its band.", value, outside)
    why = " ".join(one.sentence for one in found)
    held = [
        *holds.find(portfolio.rows.holds),
        *circumstances.find(
            household, raises_cash=any(one.code == cash_due.CODE for one in found), on=trade_on
        ),
    ]
    if reasons.is_held(held):
        return Side(Outcome.HELD, " ".join(one.sentence for one in held), value, outside)
    if not any(account.tradable for account in portfolio.household.accounts):
        return Side(Outcome.DATA, "None of its accounts may be traded.", value, outside)
    plan = proposing.propose(portfolio.household, removal_costs=False)
    if plan.state is not State.READY:
        outcome = Outcome.NO_BENEFIT if plan.state is State.HOLD else Outcome.IMPOSSIBLE
        return Side(outcome, f"{why} {plan.summary}", value, outside)
    traded = cents(sum((order.amount for order in plan.orders), ZERO))
    return Side(Outcome.PROPOSED, why, value, outside, traded, cents(plan.tax_change), len(plan.orders))
