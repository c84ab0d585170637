"""What a scan does with one household: measure it, and propose, hold or say why nothing is done.

The database is read before the arithmetic and written after it, in one transaction that also settles the
lease. Every household gets a reading.
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
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.engine.frontier import Point
from rebalancing.engine.wording import percents, places_between
from rebalancing.models import Proposal, Reading, ScanItem, ScanRun
from rebalancing.portfolios import open_orders, portfolios, record_rows, tax_units
from rebalancing.portfolios.market import Market
from rebalancing.proposals import cash_first, frontiers, proposals
from rebalancing.scans import scans
from rebalancing.triggers import due_dates, holds, measures, triggers
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger, day_text

Outcome = Reading.Outcome
SCAN = Actor.system("scan")


class AccountsMoved(Exception):
    """Accounts came or went while the household was read; the next attempt reads it as it is now."""


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


def reader_for_turn() -> Callable[[scans.Claim, datetime], Reading | None]:
    """`read` for one turn of a worker: securities and prices that its households share are fetched once per
    turn.
    """
    markets: dict[date, Market] = {}
    return partial(read, markets=markets)


def read(mine: scans.Claim, at: datetime, *, markets: dict[date, Market] | None = None) -> Reading | None:
    """Read the claimed household and store the outcome; the lease is settled in the same transaction.

    None where the household was closed since the run began: merged into another one, which is read by itself.
    """
    claimed = ScanItem.objects.select_related("household", "run").get(pk=mine.item_id)
    household, run = claimed.household, claimed.run
    market = (markets if markets is not None else {}).setdefault(run.market_on, Market(run.market_on))
    result = decide_outcome(household, market=market, trade_on=market_days.trade_day(at))
    with transaction.atomic():
        # A merger or a split holds this lock: what was read before it is not proposed after it.
        now = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        if now.merged_into_id is not None:
            scans.skip(mine, at=at)
            return None
        _refuse_other_accounts(household, result)
        scans.finish(mine, at=at)
        reading = _write(run, household, result, at=at)
        if result.plan is not None and result.portfolio is not None:
            proposals.draft(
                household,
                portfolio=result.portfolio,
                plan=result.plan,
                points=result.points,
                called_by=result.triggers,
                run=run,
                reading=reading,
                by=SCAN,
                at=at,
            )
    return reading


def _refuse_other_accounts(household: Household, result: ReadingResult) -> None:
    """Raise `AccountsMoved` where a plan was made for accounts that are not the household's any more, or not all."""
    if result.plan is None or result.portfolio is None:
        return
    planned = {account.pk for account in result.portfolio.accounts}
    trade_on = result.portfolio.rows.trade_on
    if planned != {account.pk for account in record_rows.open_on(household, trade_on)}:
        raise AccountsMoved(f"The accounts of {household} changed while it was read.")


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


def _write(run: ScanRun, household: Household, result: ReadingResult, *, at: datetime) -> Reading:
    measured = result.measured
    worst = measured.worst if measured else None
    return Reading.objects.create(
        run=run,
        household=household,
        outcome=result.outcome,
        reason=" ".join(filter(None, (result.reason, named(result), _left_out(result)))),
        value=measured.value if measured else None,
        worst_drift=worst.drift.quantize(Decimal("0.000001")) if worst else None,
        worst_class=worst.name if worst else "",
        outside_value=measured.outside_value if measured else None,
        measures=[one.as_json() for one in measured.measures] if measured else [],
        account_weights=[one.as_json() for one in measured.accounts] if measured else [],
        triggers=[one.as_json() for one in result.triggers],
        holds=[one.as_json() for one in result.holds],
        input_digest=_input_digest(result),
        prices_as_of_on=result.portfolio.prices_as_of_on if result.portfolio else None,
        read_at=at,
    )


def named(result: ReadingResult) -> str:
    """A sentence for each return whose year is not confirmed, where the reason does not say it already."""
    if result.portfolio is None:
        return ""
    rows = result.portfolio.rows
    told = [
        tax_units.sentence_without_profile(unit, rows.trade_on.year)
        for unit in record_rows.without_profile(rows)
    ]
    return " ".join(sentence for sentence in told if sentence not in result.reason)


def _left_out(result: ReadingResult) -> str:
    """Holdings of unknown value that are not in the weights, and what cannot be bought for want of a price."""
    if result.portfolio is None:
        return ""
    rows = result.portfolio.rows
    said = []
    if found := sorted(rows.left_out.values()):
        said.append(f"Measured without {', '.join(found)}: its value is unknown.")
    if found := sorted(rows.not_offered.values()):
        said.append(f"Not offered for purchase, as no price is known: {', '.join(found)}.")
    return " ".join(said)


def _input_digest(result: ReadingResult) -> str:
    """The digest of the household's document; the plan already holds it where there is one."""
    if result.plan is not None:
        return result.plan.input_digest
    return serializing.digest(result.portfolio.household) if result.portfolio else ""
