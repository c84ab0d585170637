"""The report of approvals in a batch: what became of each proposal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients import figures
from rebalancing import access
from rebalancing.models import ApprovalBatch, ApprovalBatchRow


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One proposal: what became of it, why, and where to read on."""

    household: str
    url: str
    fingerprint: str
    outcome: str
    outcome_label: str
    sentence: str
    approval_url: str


@dataclass(frozen=True, slots=True)
class BatchReport:
    reference: str
    heading: str
    started_by: str
    started_at: datetime
    text: str
    rows: tuple[BatchRow, ...]
    is_over: bool
    list_url: str
    more_url: str

    @property
    def has_reasons(self) -> bool:
        return any(row.sentence for row in self.rows)

    @property
    def asks_again_seconds(self) -> int:
        """After how long the page asks again by itself; 0 once each row is settled."""
        return 0 if self.is_over else 3


def report(user: Any, batch: ApprovalBatch) -> BatchReport:
    """A batch as this person may see it: the households of their scope."""
    rows = list(
        batch.rows.filter(proposal__in=access.proposals_for(user))
        .select_related("proposal__household", "approval")
        .order_by("position")
    )
    return BatchReport(
        reference=batch.public_id,
        heading=_heading(rows),
        started_by=str(batch.started_by),
        started_at=batch.started_at,
        text=batch.text,
        rows=tuple(_row(row) for row in rows),
        is_over=all(row.outcome != ApprovalBatchRow.Outcome.PENDING for row in rows),
        list_url=reverse("rebalancing:proposal_list"),
        more_url=reverse("rebalancing:approve_many"),
    )


def _heading(rows: list[ApprovalBatchRow]) -> str:
    labels = dict(ApprovalBatchRow.Outcome.choices)
    counts = {value: sum(row.outcome == value for row in rows) for value in labels}
    said = [f"{count} {str(labels[value]).lower()}" for value, count in counts.items() if count]
    return f"{figures.counted(len(rows), 'proposal')}: {', '.join(said)}"


def _row(row: ApprovalBatchRow) -> BatchRow:
    sentence = row.sentence
    if row.outcome == ApprovalBatchRow.Outcome.HELD_OUT:
        sentence = "Read it on its own page and decide there."
    return BatchRow(
        household=row.proposal.household.name,
        url=reverse("rebalancing:proposal", args=[row.proposal.public_id]),
        fingerprint=row.seen,
        outcome=row.outcome,
        outcome_label=row.get_outcome_display(),
        sentence=sentence,
        approval_url=reverse("rebalancing:approval", args=[row.approval.public_id]) if row.approval else "",
    )
