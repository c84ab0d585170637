"""What should happen with one household on a market day: propose, hold, wait, or say why there is nothing to do. Nothing is written.

The order of the questions is here; each trigger, due date, hold and plan has its own module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from clients.models import Account, Household
from rebalancing import market_days
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.engine.frontier import Point
from rebalancing.engine.wording import percents, places_between
from rebalancing.models import Proposal, Reading
from rebalancing.portfolios import open_orders, portfolios, record_rows
from rebalancing.portfolios.market import Market
from rebalancing.proposals import cash_first, frontiers
from rebalancing.triggers import due_dates, holds, measures, triggers
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger, day_text

Outcome = Reading.Outcome


@dataclass(frozen=True, slots=True)
class ReadingResult:
    """What a reading will record for one household; `plan` only where a proposal follows."""

    outcome: str
    reason: str
    measured: Measured | None = None
    triggers: tuple[Trigger, ...] = ()
    holds: tuple[holds.HoldReason, ...] = ()
    portfolio: portfolios.Portfolio | None = None
    plan: Plan | None = None
    points: tuple[Point, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


def decide_outcome(household: Household, *, market: Market, trade_on: date) -> ReadingResult:
    """What should happen with this household, decided without writing to the database."""
    accounts = record_rows.accounts_of(household, trade_on=trade_on)
    waiting = _pending_reason(household, accounts)
    portfolio = portfolios.load(
        household, as_of_on=market.on, trade_on=trade_on, accounts=accounts, market=market
    )
    if isinstance(portfolio, portfolios.NotMeasurable):
        if waiting:
            return ReadingResult(
                Outcome.PENDING, f"{waiting} It was not measured: {' '.join(portfolio.reasons)}"
            )
        outcome = Outcome.NO_POLICY if portfolio.missing is portfolios.MissingInput.POLICY else Outcome.DATA
        return ReadingResult(outcome, " ".join(portfolio.reasons))
    measured = measures.measure(portfolio)
    # Drift is measured every day even while a proposal is open; only nothing more is proposed.
    if waiting:
        return ReadingResult(Outcome.PENDING, waiting, measured, portfolio=portfolio)
    found = triggers.find(portfolio, measured)
    days = {"market_on": market.on, "trade_on": trade_on}
    if waits := due_dates.reason_not_due(household, portfolio.policy, found=found, **days):
        return ReadingResult(Outcome.NOT_DUE, waits, measured, portfolio=portfolio)
    found += due_dates.calendar_trigger(household, portfolio.policy, **days)
    held = holds.find(household, placed=portfolio.rows.holds, triggers=found, on=trade_on)
    # A hold on the whole household stops every account from trading and is not a data problem.
    if not held and not any(account.tradable for account in portfolio.household.accounts):
        reasons = sorted({account.not_tradable_reason for account in portfolio.household.accounts})
        return ReadingResult(Outcome.DATA, " ".join(reasons), measured, found, portfolio=portfolio)
    if not found:
        return ReadingResult(Outcome.IN_BAND, _inside(measured), measured, portfolio=portfolio)
    if held:
        return ReadingResult(
            Outcome.HELD, " ".join(one.sentence for one in held), measured, found, held, portfolio
        )
    return _propose(portfolio, measured, found)


def _propose(
    portfolio: portfolios.Portfolio, measured: Measured, found: tuple[Trigger, ...]
) -> ReadingResult:
    usual = portfolio.household
    portfolio, plan = cash_first.propose(portfolio)
    why = " ".join(one.sentence for one in found)
    if plan.state is State.READY:
        points = frontiers.trace(usual)
        return ReadingResult(
            Outcome.PROPOSED, why, measured, found, portfolio=portfolio, plan=plan, points=points
        )
    outcome = Outcome.NO_BENEFIT if plan.state is State.HOLD else Outcome.IMPOSSIBLE
    return ReadingResult(outcome, f"{why} {plan.summary}", measured, found, portfolio=portfolio)


def _pending_reason(household: Household, accounts: Sequence[Account]) -> str:
    """An open proposal, or orders that the custodian's files do not show yet, as a sentence; otherwise empty."""
    standing = household.proposals.filter(state__in=Proposal.OPEN_STATES).first()
    if standing is not None:
        return f"A proposal is already {standing.get_state_display().lower()}."
    sent = open_orders.of(accounts)
    if sent:
        day = market_days.new_york_date(sent[0].released_at)
        return f"Orders were released on {day_text(day)}; the custodian's next file will show them."
    return ""


def _inside(measured: Measured) -> str:
    worst = measured.worst
    if worst is None:
        return "The household has no holdings to measure."
    places = places_between(worst.weight, worst.target)
    weight, target = percents(worst.weight, worst.target)
    return (
        f"Every class is inside its band. The largest drift is in {worst.name}: {abs(worst.drift * 100):.{places}f} points "
        f"({weight} against {target})."
    )
