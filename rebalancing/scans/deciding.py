"""What should happen with one household on a market day: propose, hold, wait, or say why there is nothing to do. Nothing is written.

The order of the questions is here; each trigger, due date, hold and plan has its own module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from clients.models import Household
from rebalancing import market_days
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.models import Proposal, Reading
from rebalancing.portfolios import open_orders, portfolios, record_rows
from rebalancing.portfolios.market import Market
from rebalancing.portfolios.open_orders import OpenOrder
from rebalancing.proposals import chosen_classes, harvests
from rebalancing.scans import renewals, weighing
from rebalancing.triggers import looks, losses, measures, spare_cash, triggers
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger, day_text
from rebalancing.waiting import past, reasons, withdrawal_soon
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason

Outcome = Reading.Outcome


@dataclass(frozen=True, slots=True)
class ReadingResult:
    """What a reading will record for one household; `plan` only where a proposal follows."""

    outcome: str
    reason: str
    measured: Measured | None = None
    triggers: tuple[Trigger, ...] = ()
    besides: tuple[Trigger, ...] = ()  # What fired as well and calls for nothing on this day.
    holds: tuple[HoldReason, ...] = ()
    portfolio: portfolios.Portfolio | None = None
    plan: Plan | None = None
    facts: dict[str, str] = field(default_factory=dict)


def decide_outcome(
    household: Household, *, market: Market, trade_on: date, is_free: bool = False
) -> ReadingResult:
    """What should happen with this household, decided without writing to the database. `is_free` says that the caller has
    just looked for an open proposal and found none.
    """
    accounts = record_rows.accounts_of(household, trade_on=trade_on, market=market)
    standing = None if is_free else renewals.standing_of(household)
    waiting = _pending_reason(standing, open_orders.of(accounts, household=household, market=market))
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
    reach = looks.on(portfolio, found, market_on=market.on, trade_on=trade_on)
    before = past.of(household, before=market.on, market=market)
    if reach.waits:
        result = _not_due(Look(portfolio, measured, reach.found), reach.waits)
        asked: frozenset[str] | None = reasons.NOT_DUE
    else:
        if reach.only:
            portfolio = chosen_classes.only(portfolio, reach.only)
        look = Look(portfolio, measured, reach.found, days_held=before.days_held, only_cash=reach.only_cash)
        result = _look(look, household)
        asked = reasons.BEFORE if reasons.is_held(result.holds) and result.plan is None else None
    told = (*result.holds, *before.ended(result.holds, asked=asked))
    besides = tuple(one for one in found if one not in result.triggers)
    return replace(result, besides=besides, holds=before.dated(told, on=market.on))


def _not_due(look: Look, waits: str) -> ReadingResult:
    """Nothing more is done on this day; what is raised on a later one waits for it all the same."""
    why = waits + withdrawal_soon.sentences(look.portfolio)
    holds = withdrawal_soon.beside(withdrawal_soon.find(look))
    return ReadingResult(
        Outcome.NOT_DUE, why, look.measured, look.triggers, holds=holds, portfolio=look.portfolio
    )


def _look(look: Look, household: Household) -> ReadingResult:
    """What follows from the triggers: a hold, nothing to do, or a plan and what its figures say."""
    portfolio, measured, found = look.portfolio, look.measured, look.triggers
    noted = reasons.before_plan(look, household)
    is_held = reasons.is_held(noted)
    # A hold on the whole household stops every account from trading and is not a data problem.
    if not is_held and not any(account.tradable for account in portfolio.household.accounts):
        why = sorted({account.not_tradable_reason for account in portfolio.household.accounts})
        return ReadingResult(Outcome.DATA, " ".join(why), measured, found, holds=noted, portfolio=portfolio)
    if reasons.is_inside(replace(look, triggers=looks.calls(found))):
        said = " ".join((*(one.sentence for one in found), measures.inside(measured.worst)))
        why_inside = said + losses.left_alone(portfolio) + withdrawal_soon.sentences(portfolio)
        waits = withdrawal_soon.beside(noted)
        return ReadingResult(Outcome.IN_BAND, why_inside, measured, found, holds=waits, portfolio=portfolio)
    if is_held:
        return _held(look, noted)
    return _propose(look, household, noted)


def _held(look: Look, noted: tuple[HoldReason, ...], *, plan: Plan | None = None) -> ReadingResult:
    """`plan`: what was held back, where one was made; the tax it would have cost is put off."""
    facts = {} if plan is None else {"tax": f"{plan.tax_change:.2f}"}
    why = " ".join(one.sentence for one in noted if one.effect is Effect.HOLDS)
    return ReadingResult(
        Outcome.HELD, why, look.measured, look.triggers, holds=noted, portfolio=look.portfolio, facts=facts
    )


def _propose(look: Look, household: Household, noted: tuple[HoldReason, ...]) -> ReadingResult:
    usual, left_out = reasons.fit_to_trade(look)
    if only_cash := reasons.moves_only_cash(look, noted):
        look = replace(look, triggers=spare_cash.only_cash(look.triggers))
    propose = harvests.proposer(look.triggers, look.measured.investable, only_cash=only_cash)
    weighed = weighing.weigh(replace(look, portfolio=usual), household, propose=propose)
    noted = (*noted, *left_out, *weighed.reasons)
    # That nothing is worth its cost is an answer of its own: the household was looked at, and nobody has to let it go.
    if reasons.is_held(noted) and not reasons.is_not_worth_its_cost(noted):
        return _held(look, noted, plan=weighed.held_back)
    why = " ".join(one.sentence for one in look.triggers)
    portfolio, plan = weighed.portfolio, weighed.plan
    if plan.state is State.READY:
        return ReadingResult(
            Outcome.PROPOSED,
            why,
            look.measured,
            look.triggers,
            holds=noted,
            portfolio=portfolio,
            plan=plan,
        )
    outcome = Outcome.NO_BENEFIT if plan.state is State.HOLD else Outcome.IMPOSSIBLE
    return ReadingResult(
        outcome, f"{why} {plan.summary}", look.measured, look.triggers, holds=noted, portfolio=portfolio
    )


def _pending_reason(standing: Proposal | None, sent: Sequence[OpenOrder]) -> str:
    """An open proposal, or orders that the custodian's files do not show yet, as a sentence; otherwise empty."""
    if standing is not None:
        until = market_days.new_york_date(standing.revisions.order_by("-number")[0].expires_at)
        return f"A proposal is already {standing.get_state_display().lower()}; it can be decided until {day_text(until)}."
    if sent:
        day = market_days.new_york_date(sent[0].released_at)
        return f"Orders were released on {day_text(day)}; the custodian's next file will show them."
    return ""
