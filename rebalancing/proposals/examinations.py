"""Runs the rule book over a revision: what was shown, with the facts and overrides of now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from clients.models import Account
from compliance.models import Override, Review
from compliance.people.actors import Actor
from compliance.refusals import Blocked
from compliance.review_desk import decisions
from compliance.rules import book
from compliance.rules.facts import case
from rebalancing.cases import cases
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Revision
from rebalancing.portfolios import portfolios
from rebalancing.proposals import bindings, revisions, staleness


def revalidated(revision: Revision, *, approver: Actor | None, at: datetime) -> decisions.Revalidated:
    """What has changed since the revision was made, and what the rule book says about it now.

    Raises `Blocked` when the stored rows or documents are not what was submitted for review.
    """
    bindings.refuse_if_changed(revision)
    portfolio, causes = staleness.causes(revision, at=at)
    digest = revisions.fingerprint_of(revision)
    if causes:
        # The rules compare the shown document with current rows, so a stale revision cannot be examined.
        return decisions.Revalidated(fingerprint=digest, causes=causes)
    answer = of_stored(
        revision,
        portfolio,
        stage=case.Stage.APPROVAL,
        review=revisions.review_of(revision),
        approver=approver,
        at=at,
    )
    return decisions.Revalidated(fingerprint=digest, causes=causes, answer=answer)


def of_stored(
    revision: Revision,
    now: portfolios.Portfolio | portfolios.NotMeasurable,
    *,
    stage: case.Stage,
    review: Review,
    approver: Actor | None = None,
    at: datetime,
) -> book.Examination:
    """Run the rule book over a stored revision; the facts around it are those of now.

    Raises `Blocked` when the household cannot be measured now.
    """
    if isinstance(now, portfolios.NotMeasurable):
        raise Blocked(" ".join(now.reasons), "Correct the record, then make a new revision.")
    return of(
        revision,
        now,
        shown=revisions.household_of(revision),
        plan=revisions.plan_of(revision),
        stage=stage,
        preparers=_preparers(review),
        approver=approver,
        consents=_consents(review, revision, now.accounts),
        overrides=_overrides(review),
        at=at,
    )


def of(
    revision: Revision,
    now: portfolios.Portfolio,
    *,
    shown: document.Household,
    plan: Plan,
    stage: case.Stage,
    preparers: Sequence[str] = (),
    approver: Actor | None = None,
    consents: tuple[case.Consent, ...] = (),
    overrides: tuple[case.Override, ...] = (),
    at: datetime,
) -> book.Examination:
    """Run the rule book over a revision whose two documents are already parsed."""
    on_shown = replace(
        now,
        household=shown,
        # The loaded policy has its targets prefetched; where another one was shown, that one applies.
        policy=now.policy if now.policy.pk == revision.policy_id else revision.policy,
        model_version=revision.model_used,
        prices_as_of_on=revision.prices_as_of_on,
    )
    asked = cases.build(
        on_shown,
        plan,
        proposal=revision.proposal.public_id,
        version=revision.number,
        digest=revision.fingerprint,
        built_at=revision.created_at,
        preparers=preparers,
        approver=approver.person_ref if approver else None,
        approver_roles=approver.roles if approver else None,
        consents=consents,
        overrides=overrides,
        changed_since_build=(),
        at=at,
    )
    return book.examine(asked, stage)


def of_what_is_left(
    revision: Revision,
    now: portfolios.Portfolio,
    plan: Plan,
    *,
    household: document.Household,
    review: Review,
    approver: Actor,
    at: datetime,
) -> book.Examination:
    """Run the rule book over what leaves on a later day than its release, with every fact of that day.

    `household` is the household of now with what we sent and no file shows yet. Consents and overrides are those of the
    revision that was approved. That the revision itself is older than a proposal may be, and at other prices, is asked
    elsewhere (`execution/day_checks.py`): what is examined here was made a moment ago.
    """
    asked = cases.build(
        replace(now, household=household),
        plan,
        proposal=revision.proposal.public_id,
        version=revision.number,
        digest=revision.fingerprint,
        built_at=at,
        preparers=_preparers(review),
        approver=approver.person_ref,
        approver_roles=approver.roles,
        consents=_consents(review, revision, now.accounts),
        overrides=_overrides(review),
        changed_since_build=(),
        at=at,
    )
    return book.examine(asked, case.Stage.RELEASE)


def _preparers(review: Review) -> list[str]:
    """Everyone who shaped it; a proposal that only a system job has touched was prepared by that job."""
    people = [str(maker.person_id) for maker in review.makers.all()]
    return people or [f"job:{review.requested_by_label}"]


def _consents(review: Review, revision: Revision, accounts: Sequence[Account]) -> tuple[case.Consent, ...]:
    """The desk's consents as the rules read them: one consent covers every non-discretionary account."""
    return tuple(
        case.Consent(
            account=account.public_id,
            proposal_version=revision.number,
            proposal_hash=given.fingerprint,
            given_by=given.given_by,
            given_at=given.given_at,
            channel=given.channel,
        )
        for given in review.consents.all()
        for account in accounts
        if not given.account_ref or given.account_ref == account.public_id
    )


def _overrides(review: Review) -> tuple[case.Override, ...]:
    return tuple(
        case.Override(
            rule=given.finding.rule,
            proposal_hash=given.fingerprint,
            by=str(given.approver_id),
            roles=frozenset(given.roles.split(",")),
            reason=given.reason,
            words=given.text,
            at=given.given_at,
            expires_at=given.expires_at,
        )
        for given in Override.objects.filter(review=review).select_related("finding")
    )
