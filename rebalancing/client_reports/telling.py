"""Telling clients what became of their trades: once the orders have ended, and again whenever that changes.

Whoever ends an order asks for it in its own transaction; a job tells, each proposal in a transaction of its own. It may run
twice and be killed at any point: what is told already is not told again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import transaction

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.client_reports import executions, final_summaries, summaries
from rebalancing.models import ClientSummary, OrderBatch, Proposal, SummaryDue

TRIES_MAX = 5
log = structlog.get_logger("rebalancing.client_reports.telling")


def ask(proposal: Proposal, *, at: datetime) -> None:
    """The orders of a proposal have ended, or what they came to has changed; part of the caller's transaction."""
    SummaryDue.objects.create(proposal=proposal, asked_at=at)


def tell_due(*, by: Actor, now: Callable[[], datetime], until: datetime) -> int:
    """Tell the clients who are to be told, oldest first; how many versions were published."""
    told = 0
    for row in SummaryDue.objects.filter(tries__lt=TRIES_MAX).order_by("asked_at", "pk"):
        if now() >= until:
            break
        try:
            with transaction.atomic():
                told += _tell(row, by=by, at=now())
        except Exception as error:
            # One household's trouble keeps no other client waiting.
            log.exception("a client could not be told", proposal=row.proposal_id)
            SummaryDue.objects.filter(pk=row.pk).update(tries=row.tries + 1, failed_because=str(error)[:300])
    return told


def trouble(proposal: Proposal) -> str:
    """Why the client of a proposal could not be told; empty where that is not so."""
    row = SummaryDue.objects.filter(proposal=proposal, tries__gte=TRIES_MAX).order_by("-pk").first()
    return row.failed_because if row else ""


def _tell(row: SummaryDue, *, by: Actor, at: datetime) -> bool:
    due = SummaryDue.objects.select_for_update(skip_locked=True).filter(pk=row.pk)
    if not due.exists():
        return False
    proposal = Proposal.objects.get(pk=row.proposal_id)
    is_new = proposal.state in Proposal.ENDED_BY_ORDERS and _publish(proposal, by=by, at=at) is not None
    due.delete()
    return is_new


def _publish(proposal: Proposal, *, by: Actor, at: datetime) -> ClientSummary | None:
    """The next version of what the client was told; None where the last one says the same."""
    batch = OrderBatch.objects.select_related("revision__proposal__household", "revision__policy").get(
        revision__proposal=proposal
    )
    revision = batch.revision
    stored = summaries.newest(revision) or summaries.publish(revision, by=by, at=at)
    before = summaries.value_of(stored)
    now = final_summaries.build(revision, executions.of(revision), before=before)
    if before.is_final and final_summaries.says_the_same(before, now):
        return None
    made = summaries.store(revision, now, at=at)
    is_corrected = made.stage == ClientSummary.Stage.CORRECTED
    audit.record(
        audit.Action.SUMMARY_CORRECTED if is_corrected else audit.Action.SUMMARY_FINAL,
        about=made,
        by=by,
        at=at,
        sealing=[("summary", made.pk), ("summary_version", made.pk)],
        proposal=proposal.public_id,
        revision=revision.number,
        version=made.number,
        why=made.difference,
        digest=made.digest,
    )
    return made
