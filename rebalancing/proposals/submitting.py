"""Submitting a revision: stored, examined by the rules, and put before the review desk with everybody who shaped it.

Part of the transaction of the verb that makes the revision (`proposals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.models import ReviewMaker
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.review_desk import reviews
from compliance.rules.facts import case
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Proposal, Revision
from rebalancing.portfolios import portfolios
from rebalancing.proposals import examinations, expiry, revisions
from rebalancing.proposals import makers as maker_trail
from rebalancing.triggers.trigger import Trigger


def submit(
    proposal: Proposal,
    number: int,
    *,
    portfolio: portfolios.Portfolio,
    plan: Plan,
    called_by: Sequence[Trigger],
    did: str,
    expires_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Revision:
    """Store a revision, run the rules over it and request its review. Without `expires_at` it gets a new proposal's end."""
    until = expires_at or expiry.of_new(portfolio.household.trade_on, figures=portfolio.rows.figures)
    revision = revisions.store(
        proposal,
        number,
        portfolio=portfolio,
        plan=plan,
        triggers=called_by,
        expires_at=until,
        at=at,
    )
    answer = examinations.of(
        revision,
        portfolio,
        shown=ordered(portfolio.household),
        plan=plan,
        stage=case.Stage.BUILD,
        at=at,
    )
    review = reviews.request(
        subject_kind=SubjectKind.PROPOSAL,
        subject_id=proposal.public_id,
        subject_revision=number,
        title=f"Proposal for {proposal.household.name}",
        fingerprint=revision.fingerprint,
        expires_at=revision.expires_at,
        makers=_makers(revision, portfolio, by, did),
        household_ref=proposal.household.public_id,
        consent_required=_needs_consent(portfolio, plan),
        answer=answer,
        by=by,
        at=at,
    )
    revisions.put_before_the_desk(revision, review)
    return revision


def _makers(revision: Revision, portfolio: portfolios.Portfolio, by: Actor, did: str) -> list[reviews.Maker]:
    """Everyone who shaped this revision or an earlier one of the same proposal. A person who entered a fact
    it is based on has shaped it too (see `makers`).
    """
    makers = {int(by.person_ref): did} if by.is_person else {}
    if revision.number > 1:
        earlier = ReviewMaker.objects.filter(review__revision__proposal=revision.proposal_id, done_at=None)
        newest_first = earlier.order_by("-review__revision__number", "pk")
        for person, what in newest_first.values_list("person_id", "did"):
            makers.setdefault(person, what)
    entered = maker_trail.makers(
        revision.proposal.household,
        symbols={row.symbol for row in portfolio.household.securities},
        priced_on=portfolio.prices_as_of_on,
        model=revision.model_used.model.public_id,
        before=revision.proposal.reading,
        market=portfolio.rows.market,
    )
    return [*(reviews.Maker(person_pk=key, did=what) for key, what in makers.items()), *entered]


def _needs_consent(portfolio: portfolios.Portfolio, plan: Plan) -> bool:
    """Whether an account is traded that we do not decide about alone, so that its client has to consent (rule PTC-01)."""
    traded = {order.account for order in plan.orders}
    return any(
        account.public_id in traded and not portfolio.decides_alone(account) for account in portfolio.accounts
    )
