"""What stands in the way of a decision, and what this person may do about it, as data; the view hands out the forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from django.urls import reverse

from clients import access as record
from compliance.doors import refused
from compliance.doors.refused import Refused
from compliance.firm import firm_settings
from compliance.models import Approval, Review
from compliance.people.roles import Role
from compliance.refusals import Cause, NotAllowed, Refusal, Stale
from compliance.review_desk import consents, objections
from rebalancing import access, market_days
from rebalancing.client_reports import telling
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan
from rebalancing.execution import waves
from rebalancing.models import Proposal
from rebalancing.pages.proposal import next_steps
from rebalancing.pages.proposal.stored import Stored, approval_of, batch_of
from rebalancing.proposals import expiry, staleness


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    """A request for changes that has not been lifted. `lift_url` only for the reviewer who made it."""

    asked_by: str
    asked_at: datetime
    text: str
    lift_url: str


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    given_by: str
    channel: str
    given_at: datetime
    evidence: str


@dataclass(frozen=True, slots=True)
class ClientConsent:
    """The client's consent; `adults` are those who may give it."""

    is_required: bool
    given: tuple[ConsentGiven, ...]
    may_record: bool
    adults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    reference: str
    approved_by: str
    approved_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Revising:
    """What a new revision may start from: the accounts and securities to leave alone, and the drift of this plan."""

    places: tuple[tuple[str, str], ...]
    drift_points: Decimal


@dataclass(frozen=True, slots=True)
class Decision:
    """`moved` is what changed since the revision was made, `refused` the same with what can be done about it, or why this person
    cannot approve it; `blockers` what has to be settled before an approval.

    `waits_for` is the day whose closing prices the revision waits for before it can be decided, None where it waits for none. `decides`: whether this person has a queue of proposals to decide. `untold` is why the client could not be told what became of its orders.
    """

    review: str
    review_state: str
    moved: tuple[Cause, ...]
    refused: Refused | None
    blockers: tuple[Cause, ...]
    changes_requested: tuple[ChangeRequested, ...]
    refusal_to_decide: str
    refusal_to_approve: str
    consent: ClientConsent
    approval: ApprovalGiven | None
    batch: str
    released_at: datetime | None
    release_url: str
    may_withdraw: bool
    revising: Revising | None
    waits_for: date | None = None
    after_trade_url: str = ""
    orders_said: tuple[str, ...] = ()
    untold: str = ""
    decides: bool = False

    @property
    def is_stale(self) -> bool:
        return bool(self.moved)


def of(user: Any, stored: Stored, *, at: datetime) -> Decision:
    proposal, review = stored.proposal, stored.review
    approval = next(iter(approval_of.rows(review.pk)), None)
    batch = next(iter(batch_of.rows(stored.revision.pk)), None)
    moved = staleness.causes(stored.revision, at=at)[1] if stored.is_open else ()
    refusal_to_approve = objections.refusal_to_approve(user, review, at=at) or ""
    return Decision(
        review=review.public_id,
        review_state=review.state,
        moved=moved,
        refused=_refused(user, stored, moved, refusal_to_approve, at=at),
        blockers=objections.blockers(review, at=at, approver=user, examination=stored.examination),
        changes_requested=_changes_requested(user, stored),
        refusal_to_decide=objections.refusal_to_decide(user, review, at=at) or "",
        refusal_to_approve=refusal_to_approve,
        consent=_consent(user, stored, at=at),
        approval=_approval(approval),
        batch=batch.public_id if batch else "",
        released_at=batch.released_at if batch else None,
        release_url=_release_url(user, proposal) if stored.is_current else "",
        may_withdraw=_may_withdraw(user, stored, approval),
        revising=_revising(user, stored),
        waits_for=_waits_for(stored, at=at),
        after_trade_url=reverse("rebalancing:after_trade", args=[batch.public_id]) if batch else "",
        orders_said=tuple(waves.said_of(batch)) if batch else (),
        untold=telling.trouble(proposal) if batch else "",
        decides=user.has_role(Role.REVIEWER),
    )


def _refused(
    user: Any, stored: Stored, moved: tuple[Cause, ...], sentence: str, *, at: datetime
) -> Refused | None:
    """What moved with the way on, or else why this person cannot approve it with whom to ask; None where they can."""
    if moved:
        refusal: Refusal = Stale(
            "Prices or facts changed since this revision was made.",
            "It cannot be approved as it stands. Work it out again, or wait: that happens by itself at the next closing prices.",
            causes=moved,
        )
    elif sentence and stored.is_open and stored.review.is_active and at < stored.review.expires_at:
        refusal = NotAllowed(sentence)
    else:
        return None
    return refused.told(refusal, known=next_steps.on_page(refusal, stored.revision, user=user, at=at))


def _waits_for(stored: Stored, *, at: datetime) -> date | None:
    if not stored.is_open:
        return None
    figures = firm_settings.in_force(on=market_days.trade_day(at))
    return expiry.life_of(stored.revision, figures=figures, at=at).waits_for


def adults_of(proposal: Proposal) -> tuple[str, ...]:
    """Who may consent for the household."""
    people = proposal.household.people.exclude(part="child").filter(deceased_on=None)
    return tuple(str(person) for person in people)


def places(plan: Plan, shown: document.Household) -> tuple[tuple[str, str], ...]:
    """What an advisor can ask to leave alone: each account that trades, and each security in it."""
    names = {account.id: account.name for account in shown.accounts}
    found: dict[str, str] = {}
    for order in plan.orders:
        found.setdefault(order.account, f"all of {names[order.account]}")
        found[f"{order.account}/{order.security}"] = f"{order.security} in {names[order.account]}"
    return tuple(sorted(found.items(), key=lambda place: place[0]))


def _changes_requested(user: Any, stored: Stored) -> tuple[ChangeRequested, ...]:
    """Those of earlier revisions too."""
    return tuple(
        ChangeRequested(
            asked_by=asked.asked_by_label,
            asked_at=asked.asked_at,
            text=asked.text,
            lift_url=reverse("rebalancing:lift", args=[stored.proposal.public_id, asked.pk])
            if asked.asked_by_id == user.pk and stored.review.is_active
            else "",
        )
        for asked in objections.change_requests_standing(stored.review)
    )


def _consent(user: Any, stored: Stored, *, at: datetime) -> ClientConsent:
    review = stored.review
    given = tuple(
        ConsentGiven(one.given_by, one.get_channel_display(), one.given_at, one.evidence)
        for one in (consents.standing(review, at=at) if review.consent_required else ())
    )
    may_record = (
        stored.is_open
        and review.is_active
        and review.consent_required
        and not given
        and (user.has_role(Role.ADVISOR) or user.has_role(Role.COMPLIANCE))
    )
    return ClientConsent(
        is_required=review.consent_required,
        given=given,
        may_record=may_record,
        adults=adults_of(stored.proposal) if may_record else (),
    )


def _approval(approval: Approval | None) -> ApprovalGiven | None:
    if approval is None:
        return None
    return ApprovalGiven(
        reference=approval.public_id,
        approved_by=approval.approved_by_label,
        approved_at=approval.approved_at,
        url=reverse("rebalancing:approval", args=[approval.public_id]),
    )


def _release_url(user: Any, proposal: Proposal) -> str:
    if proposal.state != Proposal.State.APPROVED or access.refusal_to_release(user):
        return ""
    return reverse("rebalancing:release", args=[proposal.public_id])


def _may_withdraw(user: Any, stored: Stored, approval: Approval | None) -> bool:
    """Whether the withdrawal form is shown; the verb decides again."""
    review: Review = stored.review
    if review.used_at is not None or (review.settled_at is not None and approval is None):
        return False
    made_it = any(maker.person_id == user.pk and maker.done_at is None for maker in review.makers.all())
    approved_it = approval is not None and approval.approved_by_id == user.pk
    can_be = review.is_active or (approval is not None and review.state == "approved")
    return can_be and (
        made_it
        or approved_it
        or user.has_role(Role.COMPLIANCE)
        or record.advises(user, stored.proposal.household)
    )


def _revising(user: Any, stored: Stored) -> Revising | None:
    can_be = stored.proposal.state in {Proposal.State.IN_REVIEW, Proposal.State.RETURNED}
    if not (stored.is_current and can_be and user.has_role(Role.ADVISOR)):
        return None
    return Revising(
        places=places(stored.plan, stored.household),
        drift_points=(stored.plan.after.drift * 100).quantize(Decimal("0.1"), rounding=ROUND_UP),
    )
