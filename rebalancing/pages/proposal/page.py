"""The proposal page: everything a reviewer decides on, from the stored revision and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.statements import reads
from rebalancing import market_days
from rebalancing.models import Proposal, Revision
from rebalancing.pages import waiting_lines
from rebalancing.pages.proposal import (
    alternatives,
    basis,
    beside,
    changes,
    checks,
    company,
    decision,
    header,
    makers,
    outcome,
    talk,
    taxes,
    trades,
)
from rebalancing.pages.proposal.alternatives import Alternatives
from rebalancing.pages.proposal.basis import Basis
from rebalancing.pages.proposal.changes import Changes
from rebalancing.pages.proposal.checks import Checks
from rebalancing.pages.proposal.company import Companion
from rebalancing.pages.proposal.decision import Decision
from rebalancing.pages.proposal.header import Header
from rebalancing.pages.proposal.makers import Makers
from rebalancing.pages.proposal.outcome import Outcome
from rebalancing.pages.proposal.stored import Stored
from rebalancing.pages.proposal.talk import Talk
from rebalancing.pages.proposal.taxes import Taxes
from rebalancing.pages.proposal.trades import LeftAlone, Trades
from rebalancing.pages.waiting_lines import Waiting
from rebalancing.portfolios import foreseen
from rebalancing.waiting import circumstances


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """One revision of a proposal as one person sees it: sections of plain values, no table rows and no forms."""

    header: Header
    decision: Decision
    outcome: Outcome
    changes: Changes | None
    trades: Trades
    left_alone: LeftAlone
    taxes: Taxes
    alternatives: Alternatives
    checks: Checks
    makers: Makers
    talk: Talk
    basis: Basis
    waiting: tuple[Waiting, ...] = ()
    explained_url: str = ""
    """Where the decision on this revision is explained, for those who may read it."""
    company: tuple[Companion, ...] = ()
    """Who else is at it while it is open."""


@reads.once()
def show(user: Any, proposal: Proposal, revision: Revision, *, at: datetime) -> ProposalPage:
    """The page for one person."""
    stored = Stored.of(proposal, revision)
    reads.together(
        *stored.asked(at=at),
        *changes.asked(user, stored),
        # What is open is compared with the record of today.
        *(
            (*_of_today(proposal, at=at), company.openings.asked(proposal.public_id))
            if stored.is_open
            else ()
        ),
    )
    if proposal.reading is not None:
        proposal.reading.household = proposal.household
    found, checked = trades.of(user, stored), checks.of(user, stored, at=at)
    said = talk.of(stored, beside.places(found, checked))
    return ProposalPage(
        header=header.of(stored),
        decision=decision.of(user, stored, at=at),
        outcome=outcome.of(stored),
        changes=changes.since_last_look(user, stored),
        trades=beside.with_trades(found, said),
        left_alone=trades.left_alone(stored),
        taxes=taxes.of(stored),
        alternatives=alternatives.of(stored),
        checks=beside.with_checks(checked, said),
        makers=makers.of(stored.review),
        talk=said,
        basis=basis.of(stored),
        waiting=waiting_lines.of(proposal.reading) if proposal.reading is not None else (),
        explained_url="" if stored.review.settled_at is None else header.explained_url(user, revision),
        company=company.of(user, proposal.public_id, at=at) if stored.is_open else (),
    )


def _of_today(proposal: Proposal, *, at: datetime) -> tuple[reads.Asked | None, ...]:
    household, on = proposal.household, market_days.trade_day(at)
    return (*foreseen.asked(household, trade_on=on), circumstances.OPEN.asked(household.pk, on))
