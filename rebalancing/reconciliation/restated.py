"""Breaks of lots that a restatement explains: once somebody has said what it was, nobody is asked a second time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clients.models import Restatement
from clients.restatements import restatements
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.fills import breaks
from rebalancing.models import Break
from rebalancing.reconciliation import comparing

CAUSES = (str(comparing.Cause.LOT_BASIS), str(comparing.Cause.LOT_SHARES))


@transaction.atomic
@audit.lines_last()
def see(row: Restatement, *, seen_as: str, remark: str, user_id: int, by: Actor, at: datetime) -> Restatement:
    """Say what a restatement was, and explain the open breaks of its lots with it; an error of the custodian explains none.

    Raises what `restatements.see` raises.
    """
    row = restatements.see(row, seen_as=seen_as, remark=remark, user_id=user_id, by=by, at=at)
    if row.lot_id is not None and seen_as != Restatement.SeenAs.CUSTODIAN_ERROR:
        reason = f"{row.get_seen_as_display()}. {row.seen_note}".strip()
        found = Break.objects.filter(
            account=row.account_id, security=row.security_id, cause__in=CAUSES, ended_at=None
        )
        for one in found.order_by("pk"):
            breaks.explain(one, reason=reason, user_id=user_id, by=by, at=at)
    return row
