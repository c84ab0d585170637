"""Samples of how approvals are given, for compliance: what was held out of a batch by lot and waits, and what was approved fast."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from clients import figures
from compliance.audit_trail.audit import Action
from compliance.firm import batch_figures, firm_settings
from compliance.models import Approval, AuditEvent
from compliance.pages.queue_items import QUEUE_DAYS
from rebalancing import access, market_days
from rebalancing.models import ApprovalBatch, ApprovalBatchRow, Proposal

ROWS_MAX = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """A proposal that was held out of a batch by lot, or an approval that was given fast; `person` gave it."""

    key: str
    title: str
    sentence: str
    who: str
    person: int | None
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Samples:
    """`held_out` wait for a reading of their own; `fast` were approved sooner after the page was opened than the firm asks."""

    held_out: tuple[Sample, ...]
    fast: tuple[Sample, ...]


def of(user: Any, at: datetime) -> Samples:
    """The samples that this person may see."""
    least = int(firm_settings.in_force(on=market_days.new_york_date(at)).of(batch_figures.DWELL_LEAST))
    since = at - timedelta(days=QUEUE_DAYS)
    fast = [*_fast_approvals(user, since, least), *_fast_batches(user, since, least)]
    fast.sort(key=lambda one: one.at, reverse=True)
    return Samples(tuple(_held_out(user)), tuple(fast[:ROWS_MAX]))


def _held_out(user: Any) -> Iterator[Sample]:
    """Held out of a batch, and nobody has decided on the revision that was drawn."""
    rows = ApprovalBatchRow.objects.filter(
        outcome=ApprovalBatchRow.Outcome.HELD_OUT,
        proposal__in=access.proposals_for(user),
        proposal__state__in=(Proposal.State.IN_REVIEW, Proposal.State.RETURNED),
        proposal__revisions__review__state__in=("open", "returned"),
    ).select_related("proposal__household", "batch__started_by")
    drawn: dict[str, Sample] = {}
    for row in rows.order_by("batch__started_at", "pk").distinct()[:ROWS_MAX]:
        drawn[row.seen] = Sample(
            key=row.proposal.public_id,
            title=f"Proposal for {row.proposal.household.name}",
            sentence="Held-out sample: it is read on its own page and decided there.",
            who=str(row.batch.started_by),
            person=row.batch.started_by_id,
            url=reverse("rebalancing:proposal", args=[row.proposal.public_id]),
            at=row.batch.started_at,
        )
    standing = Proposal.objects.filter(
        revisions__fingerprint__in=drawn, revisions__review__state__in=("open", "returned")
    ).values_list("revisions__fingerprint", flat=True)
    kept = set(standing) if drawn else set()
    yield from (one for seen, one in drawn.items() if seen in kept)


def _fast_approvals(user: Any, since: datetime, least: int) -> Iterator[Sample]:
    """Approvals one by one, sooner after their page was opened than the firm asks, or without it."""
    found = access.approvals_for(user).filter(approved_at__gte=since, batch_row=None)
    approvals = {one.public_id: one for one in found.order_by("-approved_at")[: ROWS_MAX * 4]}
    events = AuditEvent.objects.filter(
        action=Action.REVIEW_DECIDED,
        about_kind="review",
        about_id__in=[one.review.public_id for one in approvals.values()],
    )
    for text in events.values_list("facts", flat=True):
        facts = json.loads(text)
        approval = approvals.get(str(facts.get("approval")))
        if approval is None or "dwell_seconds" not in facts:
            continue
        seconds = facts["dwell_seconds"]
        if seconds is not None and seconds >= least:
            continue
        yield Sample(
            key=approval.public_id,
            title=f"Proposal for {_household(approval)}",
            sentence="Approved without opening its page."
            if seconds is None
            else f"Approved {figures.counted(seconds, 'second')} after its page was opened.",
            who=approval.approved_by_label,
            person=approval.approved_by_id,
            url=reverse("rebalancing:approval", args=[approval.public_id]),
            at=approval.approved_at,
        )


def _fast_batches(user: Any, since: datetime, least: int) -> Iterator[Sample]:
    """Batches whose page stood open for less than the firm asks for each of its proposals."""
    found = ApprovalBatch.objects.filter(started_at__gte=since).select_related("started_by")
    batches = {one.public_id: one for one in found.order_by("-started_at")[:ROWS_MAX]}
    events = AuditEvent.objects.filter(
        action=Action.APPROVALS_STARTED, about_kind="approvalbatch", about_id__in=list(batches)
    )
    for key, text in events.values_list("about_id", "facts"):
        facts = json.loads(text)
        seconds, count = facts.get("page_seconds"), len(facts.get("proposals", ()))
        if "page_seconds" not in facts or (seconds is not None and seconds >= least * count):
            continue
        batch = batches[key]
        many = figures.counted(count, "proposal")
        yield Sample(
            key=batch.public_id,
            title=f"Approvals of {many} together",
            sentence=f"Started by a program, which opens no page: {many}."
            if seconds is None
            else f"The page of {many} was open for {figures.counted(seconds, 'second')}.",
            who=str(batch.started_by),
            person=batch.started_by_id,
            url=reverse("rebalancing:approval_batch", args=[batch.public_id]),
            at=batch.started_at,
        )


def _household(approval: Approval) -> str:
    return str(approval.review.revision.proposal.household.name)
