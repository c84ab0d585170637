"""How long a proposal's page stood open before somebody decided, read from the trail, which notes each opening."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from compliance.audit_trail.audit import Action
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from rebalancing.models import Revision

OPENINGS_MAX = 200


@dataclass(frozen=True, slots=True)
class Dwell:
    """Openings of one revision's page by one person, and whole seconds since the last and the first; None where there was none."""

    openings: int
    seconds: int | None
    seconds_since_first: int | None

    def as_facts(self) -> dict[str, int | None]:
        """The form in which an approval's line on the trail keeps it."""
        return {
            "page_openings": self.openings,
            "dwell_seconds": self.seconds,
            "seconds_since_first_opening": self.seconds_since_first,
        }


def before(revision: Revision, *, by: Actor, at: datetime) -> Dwell:
    """How long before `at` this person opened the revision's page. Nobody closes a page where we see it, so what counts is the
    time since it was opened.
    """
    events = AuditEvent.objects.filter(
        action=Action.PROPOSAL_VIEWED,
        about_kind="proposal",
        about_id=revision.proposal.public_id,
        person_ref=by.person_ref,
        occurred_at__lte=at,
    )
    found = [
        moment
        for moment, facts in events.order_by("-seq").values_list("occurred_at", "facts")[:OPENINGS_MAX]
        if json.loads(facts).get("revision") == revision.number
    ]
    if not found:
        return Dwell(0, None, None)
    return Dwell(len(found), int((at - found[0]).total_seconds()), int((at - min(found)).total_seconds()))
