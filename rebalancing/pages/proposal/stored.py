"""What a revision was stored with: the source of every section, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from compliance.models import Examination, Review
from compliance.review_desk import findings
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Proposal, Revision
from rebalancing.proposals import revisions


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
        prefetch_related_objects([review], "makers__person")
        newest = proposal.revisions.order_by("-number").values_list("number", flat=True)[0]
        return cls(
            proposal=proposal,
            revision=revision,
            review=review,
            examination=findings.latest(review),
            plan=revisions.plan_of(revision),
            household=revisions.household_of(revision),
            newest=newest,
        )

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
