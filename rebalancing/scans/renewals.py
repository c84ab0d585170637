"""Proposals that nobody has decided yet, at the closing prices of a new day: repriced, worked out again, or taken back.

Only prices moved, and none by more than the firm's tolerance, and the same orders are still good enough (`proposals.pinned`):
repriced, share for share. Anything else: worked out again, a new revision for the reviewer to read as new. Approvals,
consents and answers to findings bind exactly what was seen, so that none of them counts for the new revision. Nothing worth trading comes out: the machine takes it back, and
the household is read as one without a proposal. What was asked of the plan stays: the advisor's objective and edits, the
classes it was about, its way along the frontier, and that only cash moves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Max

from clients.models import Household
from clients.securities import securities
from compliance.audit_trail.audit import Action
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.models import Proposal, Revision
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.market import Market
from rebalancing.proposals import (
    chosen_classes,
    expiry,
    harvests,
    moves,
    pinned,
    proposals,
    revisions,
    staleness,
    ways,
)
from rebalancing.scans import weighing
from rebalancing.triggers import measures, triggers
from rebalancing.triggers.trigger import Trigger, day_text
from rebalancing.waiting import overrides, year_end
from rebalancing.waiting.look import Look


class How(StrEnum):
    """What became of a proposal at the prices of a new day."""

    REPRICED = "repriced"
    REFRESHED = "worked out again"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is to become of the revision `seen`, worked out and not yet stored. `why` goes on the trail and the page."""

    seen: Revision
    how: How
    why: str
    portfolio: portfolios.Portfolio
    plan: Plan
    called_by: Sequence[Trigger]


def renew(proposal: Proposal, *, by: Actor, at: datetime) -> Renewal | None:
    """Bring a proposal to the closing prices of the last market day; None where nothing was to do, or could be done."""
    found = work_out(proposal, at=at)
    return found if found is not None and carry_out(found, by=by, at=at) else None


def work_out(proposal: Proposal, *, at: datetime) -> Renewal | None:
    """What is to become of a proposal, without writing. None where it is of the last close and nothing changed, where it waits
    for its maker or has ended, and where the household cannot be measured: it then waits for the record.
    """
    seen = proposals.current(proposal)
    if proposal.state not in proposals.RENEWED or expiry.has_ended(seen, at=at):
        return None
    if not securities.has_prices_of(market_days.last_close(at)):
        return None
    shown, before = revisions.household_of(seen), revisions.plan_of(seen)
    now, causes = staleness.causes(seen, at=at)
    if isinstance(now, portfolios.NotMeasurable):
        return None
    if not causes and shown.as_of >= now.household.as_of:
        return None
    asked = portfolios.load(
        proposal.household,
        as_of_on=market_days.last_close(at),
        trade_on=market_days.trade_day(at),
        objective=ways.objective_of(shown),
        edits=shown.edits,
    )
    if isinstance(asked, portfolios.NotMeasurable):
        return None
    if year_end.CODE not in overrides.in_force(proposal.household, on=asked.household.trade_on):
        asked = year_end.kept_back(asked, shown, edits=shown.edits)
    asked = ways.kept(chosen_classes.as_in(asked, shown), shown)
    usual = asked.household
    measured = measures.measure(asked)
    called_by = triggers.find(asked, measured)
    propose = harvests.proposer(called_by, measured.investable, last=seen)
    portfolio, plan = propose(asked)
    gains = ""
    if plan.state is State.READY and not shown.edits and ways.objective_of(shown) is None:
        # Gains that are new in it are priced beside January's, as when it was first proposed.
        look = Look(asked, measured, tuple(called_by), plan)
        weighed = weighing.for_january(look, proposal.household, portfolio, propose=propose)
        portfolio, plan = weighed.portfolio, weighed.plan
        gains = "".join(f" {one.sentence}" for one in weighed.reasons)
    moved = moves.prices(shown, usual, traded=before.orders)
    day = day_text(usual.as_of)
    if plan.state is not State.READY:
        why = f"At the prices of {day} nothing calls for these trades any more: {plan.summary}{gains}"
        return Renewal(seen, How.TAKEN_BACK, why, portfolio, plan, called_by)
    if causes:
        how, because = How.REFRESHED, "; ".join(str(cause) for cause in causes)
    elif (kept := pinned.keep(portfolio, before, plan)).plan is not None:
        plan = kept.plan
        moved_words = moves.sentence(moved) or "no price moved"
        how, because = How.REPRICED, f"{moved_words}. The orders are the same, share for share"
    else:
        how, because = How.REFRESHED, f"prices moved little ({moves.sentence(moved)}), but {kept.why_not}"
    why = f"{how.capitalize()} at the prices of {day}: {because.rstrip('.')}.{gains}"
    return Renewal(seen, how, why, portfolio, plan, called_by)


def carry_out(found: Renewal, *, by: Actor, at: datetime) -> bool:
    """Store what was worked out; False where somebody acted on the proposal meanwhile."""
    if found.how is How.TAKEN_BACK:
        return proposals.end(found.seen, why=found.why, by=by, at=at)
    action = Action.PROPOSAL_REPRICED if found.how is How.REPRICED else Action.PROPOSAL_REFRESHED
    stored = proposals.renew(
        found.seen,
        portfolio=found.portfolio,
        plan=found.plan,
        called_by=found.called_by,
        action=action,
        why=found.why,
        by=by,
        at=at,
    )
    return stored is not None


def standing_of(household: Household, *, market: Market | None = None) -> Proposal | None:
    """The household's open proposal, of which the database allows one. `market` has those of the households read together."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Proposal]]:
        found = Proposal.objects.filter(household__in=keys, state__in=Proposal.OPEN_STATES)
        return ((one.household_id, one) for one in found)

    (found,) = (market or Market(date.min)).rows_of(household.pk, ("standing",), fetch) or (None,)
    if found is not None:
        found.household = household
    return found


def due(market_on: date, *, at: datetime) -> list[Proposal]:
    """The proposals whose newest revision was made before the closing prices of this day were final."""
    if not securities.has_prices_of(market_on):
        return []
    final_at = market_days.closed_at(market_on) + timedelta(minutes=market_days.CLOSE_SETTLED_AFTER_MINUTES)
    found = Proposal.objects.filter(state__in=proposals.RENEWED).annotate(
        made_at=Max("revisions__created_at"), ends_at=Max("revisions__expires_at")
    )
    late = found.filter(made_at__lt=final_at, ends_at__gt=at)
    return list(late.select_related("household").order_by("made_at", "pk"))
