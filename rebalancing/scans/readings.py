"""What a scan does with one household: measure it, and propose, hold or say why nothing is done.

Load, think, save: the database is read before the arithmetic and written after it, in one transaction
that also settles the lease. A household always gets its reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.db import transaction

from clients.models import Account, Household
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.engine.frontier import Point
from rebalancing.engine.wording import percents, places_between
from rebalancing.models import Proposal, Reading, ScanItem, ScanRun
from rebalancing.portfolios import open_orders, portfolios, record_rows
from rebalancing.portfolios.market import Market
from rebalancing.proposals import frontiers, proposals
from rebalancing.scans import scans
from rebalancing.triggers import due_dates, holds, measures, triggers
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger, day_text

Outcome = Reading.Outcome
SCAN = Actor.system("scan")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be written about one household; `plan` only where a proposal follows."""

    outcome: str
    reason: str
    measured: Measured | None = None
    triggers: tuple[Trigger, ...] = ()
    holds: tuple[holds.Holding, ...] = ()
    portfolio: portfolios.Portfolio | None = None
    plan: Plan | None = None
    points: tuple[Point, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


def turn() -> Callable[[scans.Claim, datetime], Reading]:
    """`read` for one turn of a worker: what its households share is fetched once, and forgotten with the turn."""
    markets: dict[date, Market] = {}
    return partial(read, markets=markets)


def read(mine: scans.Claim, at: datetime, *, markets: dict[date, Market] | None = None) -> Reading:
    """Read the claimed household and write what came of it; the lease is settled in the same transaction."""
    claimed = ScanItem.objects.select_related("household", "run").get(pk=mine.item_id)
    household, run = claimed.household, claimed.run
    market = (markets if markets is not None else {}).setdefault(run.market_on, Market(run.market_on))
    answer = think(household, market=market, trade_on=market_days.trade_day(at))
    with transaction.atomic():
        scans.finish(mine, at=at)
        reading = _write(run, household, answer, at=at)
        if answer.plan is not None and answer.portfolio is not None:
            proposals.draft(
                household,
                portfolio=answer.portfolio,
                plan=answer.plan,
                points=answer.points,
                called_by=answer.triggers,
                run=run,
                reading=reading,
                by=SCAN,
                at=at,
            )
    return reading


def think(household: Household, *, market: Market, trade_on: date) -> Answer:
    """What should happen with this household, decided without writing anything."""
    accounts = record_rows.accounts_of(household, trade_on=trade_on)
    waiting = _already_in_hand(household, accounts)
    portfolio = portfolios.load(
        household, as_of_on=market.on, trade_on=trade_on, accounts=accounts, market=market
    )
    if isinstance(portfolio, portfolios.NotFit):
        if waiting:
            return Answer(Outcome.PENDING, f"{waiting} It was not measured: {' '.join(portfolio.reasons)}")
        outcome = Outcome.NO_POLICY if portfolio.lack is portfolios.Lack.POLICY else Outcome.DATA
        return Answer(outcome, " ".join(portfolio.reasons))
    measured = measures.measure(portfolio)
    # Drift goes on while a proposal waits, and is measured every day; only nothing more is proposed.
    if waiting:
        return Answer(Outcome.PENDING, waiting, measured, portfolio=portfolio)
    found = triggers.find(portfolio, measured)
    days = {"market_on": market.on, "trade_on": trade_on}
    if waits := due_dates.refusal_to_look(household, portfolio.policy, found=found, **days):
        return Answer(Outcome.NOT_DUE, waits, measured, portfolio=portfolio)
    found += due_dates.calendar_trigger(household, portfolio.policy, **days)
    held = holds.find(household, placed=portfolio.rows.holds, triggers=found, on=trade_on)
    # A hold on the whole household keeps every account from trading; that is no fault of the data.
    if not held and not any(account.tradable for account in portfolio.household.accounts):
        reasons = sorted({account.not_tradable_reason for account in portfolio.household.accounts})
        return Answer(Outcome.DATA, " ".join(reasons), measured, found, portfolio=portfolio)
    if not found:
        return Answer(Outcome.IN_BAND, _inside(measured), measured, portfolio=portfolio)
    if held:
        return Answer(Outcome.HELD, " ".join(one.sentence for one in held), measured, found, held, portfolio)
    return _propose(portfolio, measured, found)


def _propose(portfolio: portfolios.Portfolio, measured: Measured, found: tuple[Trigger, ...]) -> Answer:
    plan = proposing.propose(portfolio.household)
    why = " ".join(one.sentence for one in found)
    if plan.state is State.READY:
        points = frontiers.trace(portfolio.household)
        return Answer(Outcome.PROPOSED, why, measured, found, portfolio=portfolio, plan=plan, points=points)
    outcome = Outcome.NO_BENEFIT if plan.state is State.HOLD else Outcome.IMPOSSIBLE
    return Answer(outcome, f"{why} {plan.summary}", measured, found, portfolio=portfolio)


def _already_in_hand(household: Household, accounts: Sequence[Account]) -> str:
    """A proposal that waits, or orders that the custodian's files do not show yet, as a sentence; else nothing."""
    standing = household.proposals.filter(state__in=Proposal.OPEN_STATES).first()
    if standing is not None:
        return f"A proposal is {standing.get_state_display().lower()} already."
    sent = open_orders.of(accounts)
    if sent:
        day = market_days.new_york_date(sent[0].released_at)
        return f"Orders were released on {day_text(day)}; the custodian's next file will show them."
    return ""


def _inside(measured: Measured) -> str:
    worst = measured.worst
    if worst is None:
        return "The household holds nothing to measure."
    places = places_between(worst.weight, worst.target)
    weight, target = percents(worst.weight, worst.target)
    return (
        f"Every class is inside its band. {worst.name} is furthest from target, by {abs(worst.drift * 100):.{places}f} points: "
        f"{weight} against {target}."
    )


def _write(run: ScanRun, household: Household, answer: Answer, *, at: datetime) -> Reading:
    measured = answer.measured
    worst = measured.worst if measured else None
    return Reading.objects.create(
        run=run,
        household=household,
        outcome=answer.outcome,
        reason=f"{answer.reason} {_left_out(answer)}".rstrip(),
        value=measured.value if measured else None,
        worst_drift=worst.drift.quantize(Decimal("0.000001")) if worst else None,
        worst_class=worst.name if worst else "",
        outside_value=measured.outside_value if measured else None,
        measures=[one.as_json() for one in measured.measures] if measured else [],
        account_weights=[one.as_json() for one in measured.accounts] if measured else [],
        triggers=[one.as_json() for one in answer.triggers],
        holds=[one.as_json() for one in answer.holds],
        input_digest=_input_digest(answer),
        prices_as_of_on=answer.portfolio.prices_as_of_on if answer.portfolio else None,
        read_at=at,
    )


def _left_out(answer: Answer) -> str:
    """What is owned, never traded and of unknown value, as a sentence; the weights are of the rest."""
    found = sorted(answer.portfolio.rows.left_out.values()) if answer.portfolio else []
    return f"Measured without {', '.join(found)}: what it is worth is not known." if found else ""


def _input_digest(answer: Answer) -> str:
    """The digest of the household's document; the engine's own answer tells it already."""
    if answer.plan is not None:
        return answer.plan.input_digest
    return serializing.digest(answer.portfolio.household) if answer.portfolio else ""
