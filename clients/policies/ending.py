"""The end of a household's policies without a successor: its household became part of another one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clients.models import Household, Policy
from clients.policies import drafts
from compliance.audit_trail import audit
from compliance.people.actors import Actor


@transaction.atomic
def end_all(household: Household, *, reason: str, by: Actor, at: datetime) -> list[Policy]:
    """Discard every version that is under way, planned ones too, and let the version in force end.

    Everything stays readable. Returns the versions that ended.
    """
    ended = []
    for policy in household.policies.filter(state__in=drafts.UNDER_WAY).order_by("version"):
        ended.append(drafts.discard(policy, reason=reason, by=by, at=at))
    for policy in household.policies.select_for_update().filter(state=Policy.State.ADOPTED):
        policy.state, policy.superseded_at = Policy.State.SUPERSEDED, at
        policy.save(update_fields=["state", "superseded_at"])
        audit.record(
            audit.Action.POLICY_SUPERSEDED,
            about=policy,
            by=by,
            at=at,
            sealing=[("policy_state", policy.pk)],
            reason=reason,
        )
        ended.append(policy)
    return ended
