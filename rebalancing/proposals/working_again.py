"""Working a proposal out again on today's facts, with everything that was asked of the revision before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from compliance.models import AnchorKind
from compliance.people.actors import Actor
from compliance.refusals import Stale
from compliance.review_desk import threads
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.objective import Edit
from rebalancing.engine.money import ZERO
from rebalancing.models import Proposal, Revision
from rebalancing.portfolios.portfolios import NotMeasurable
from rebalancing.proposals import proposals, revisions, staleness, ways

CAUSES_MAX = 20


def work_again(proposal: Proposal, *, seen: str, by: Actor, at: datetime) -> Revision:
    """Make the next revision from today's prices, holdings and policy; what changed stands in its thread.

    Raises `Stale` where another revision came in between (somebody was first, or this is a second click), and what
    `proposals.revise` raises.
    """
    with transaction.atomic():
        _, last = proposals.lock(proposal)
        if seen != last.fingerprint:
            raise Stale(
                f"Revision {last.number} was made meanwhile.",
                "Read it; it may already be what you want.",
                kind="already-settled",
            )
        shown = revisions.household_of(last)
        now, causes = staleness.causes(last, at=at)
        edits = shown.edits if isinstance(now, NotMeasurable) else _still_there(shown.edits, now.household)
        made = proposals.revise(
            proposal,
            objective=ways.objective_of(shown),
            edits=edits,
            did="had it worked out again on newer facts",
            by=by,
            at=at,
        )
        said = [f"Revision {made.number}: worked out again on newer facts."]
        said += [f"{cause}." for cause in causes[:CAUSES_MAX]]
        if len(causes) > CAUSES_MAX:
            said.append(f"And {len(causes) - CAUSES_MAX} more.")
        if left := len(shown.edits) - len(edits):
            said.append(f"Not asked again, because what they were about is gone: {left}.")
        threads.comment(
            revisions.review_of(made), "\n".join(said), anchor_kind=AnchorKind.WHOLE, by=by, at=at
        )
    return made


def _still_there(edits: Sequence[Edit], now: document.Household) -> list[Edit]:
    """The edits about accounts, securities and lots that the household still has."""
    accounts, securities = {one.id for one in now.accounts}, {one.id for one in now.securities}
    lots = {(one.id, one.account): one.quantity for one in now.lots}
    return [
        edit
        for edit in edits
        if edit.account in accounts
        and (edit.security is None or edit.security in securities)
        and (edit.lot is None or (edit.lot, edit.account) in lots)
        and (edit.lot is None or (edit.shares or ZERO) <= lots[edit.lot, edit.account])
    ]
