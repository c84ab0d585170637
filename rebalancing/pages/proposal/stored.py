"""What a revision was stored with: the source of every section, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from compliance.models import Approval, Comment, Examination, Review, ReviewMaker
from compliance.review_desk import findings, objections
from compliance.statements.reads import Asked, joined, prepared, together
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import OrderBatch, Proposal, ProposedLot, ProposedOrder, Revision
from rebalancing.proposals import comparisons, revisions, ticks


@dataclass(frozen=True, slots=True)
class Stored:
    """A revision with its review, the newest run of the rules and its two documents, read once for all sections."""

    proposal: Proposal
    revision: Revision
    review: Review
    examination: Examination | None
    plan: Plan
    household: document.Household
    newest: int

    @classmethod
    def of(cls, proposal: Proposal, revision: Revision) -> Stored:
        review = revisions.review_of(revision)
        makers, (newest,), _ = together(
            _makers.asked(review.pk),
            _newest.asked(proposal.pk),
            findings.newest.asked(review.pk, review.fingerprint),
        )
        joined([review], "makers", makers, by="review")
        return cls(
            proposal=proposal,
            revision=revision,
            review=review,
            examination=findings.latest(review),
            plan=revisions.plan_of(revision),
            household=revisions.household_of(revision),
            newest=newest,
        )

    def asked(self, *, at: datetime) -> Iterator[Asked | None]:
        """What the sections ask of what is stored, to be sent with other questions."""
        review, revision, examination = self.review, self.revision.pk, self.examination
        yield from (approval_of.asked(review.pk), batch_of.asked(revision), orders_of.asked(revision))
        yield from (lots_of.asked(revision), comparisons.ways.asked(revision))
        yield objections.changes_asked.asked(str(review.subject_kind), review.subject_id)
        yield findings.standing.asked(review.pk, review.fingerprint, at)
        if examination is not None:
            yield findings.rows_of.asked(examination.pk)
        yield said_about.asked(str(review.subject_kind), review.subject_id)
        yield reviews_of.asked(self.proposal.public_id)
        yield ticks.events.asked(self.proposal.public_id)

    @property
    def is_current(self) -> bool:
        return self.revision.number == self.newest

    @property
    def is_open(self) -> bool:
        """Whether anything can still be decided on this revision."""
        return self.is_current and self.proposal.state in Proposal.OPEN_STATES

    @property
    def account_names(self) -> dict[str, str]:
        return {account.id: account.name for account in self.household.accounts}


@prepared
def _makers(review: int) -> QuerySet[ReviewMaker]:
    return ReviewMaker.objects.filter(review=review).select_related("person")


@prepared
def _newest(proposal: int) -> QuerySet[Revision, int]:
    numbers = Revision.objects.filter(proposal=proposal).values_list("number", flat=True)
    return numbers.order_by("-number")[:1]


@prepared
def approval_of(review: int) -> QuerySet[Approval]:
    """The approval of a review."""
    return Approval.objects.filter(review=review)


@prepared
def batch_of(revision: int) -> QuerySet[OrderBatch]:
    """The batch that a revision was released in."""
    return OrderBatch.objects.filter(revision=revision)


@prepared
def orders_of(revision: int) -> QuerySet[ProposedOrder]:
    """A revision's orders in their order."""
    found = ProposedOrder.objects.filter(revision=revision).select_related("account", "security")
    return found.order_by("position")


@prepared
def lots_of(revision: int) -> QuerySet[ProposedLot]:
    """The lots of a revision's orders."""
    found = ProposedLot.objects.filter(order__revision=revision).select_related("lot")
    return found.order_by("order", "id")


@prepared
def said_about(subject_kind: str, subject_id: str) -> QuerySet[Comment]:
    """What was said about a subject, of earlier revisions too, the oldest first."""
    found = Comment.objects.filter(review__subject_kind=subject_kind, review__subject_id=subject_id)
    return found.select_related("review").order_by("written_at", "pk")


@prepared
def reviews_of(proposal: str) -> QuerySet[Review]:
    """The reviews of a proposal's revisions."""
    return Review.objects.filter(subject_kind="proposal", subject_id=proposal)
