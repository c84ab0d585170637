"""How the trail stands: what the last recorded verification found, and whether it is too long ago."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.actions import Action
from compliance.models import AuditEvent

OVERDUE_AFTER = timedelta(days=2)
"""Two nights without a verification are an alarm, because nothing else would say that the job does not run."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The last verification on record: by the database's clock and by the product's. Without one all is None.

    A trail that was never verified is young or a restored copy; who looks after the worker is told by its heartbeat.
    """

    verified_at: datetime | None = None
    since: datetime | None = None
    last_seq: int | None = None
    first_bad_seq: int | None = None
    problem: str = ""
    is_overdue: bool = False

    @property
    def is_broken(self) -> bool:
        return self.first_bad_seq is not None

    @property
    def trouble(self) -> str:
        """What is wrong, without any value of the record, because a probe reads it unasked; empty when nothing is."""
        if self.is_broken:
            return f"the audit trail is broken at event #{self.first_bad_seq}; change nothing and run `manage.py verify_audit`"
        if self.is_overdue:
            return (
                f"the audit trail has not been verified since {self.since:%Y-%m-%d %H:%M} UTC; "
                "is the worker running? `manage.py verify_audit` does it now"
            )
        return ""

    @property
    def alarm(self) -> str:
        """What an alarm is known by: the same break is one alarm however often it is found; empty when nothing is wrong."""
        if self.is_broken:
            return f"broken at {self.first_bad_seq}: {self.problem}"
        return f"not verified since {self.since}" if self.is_overdue else ""


def last(*, at: datetime) -> Standing:
    """How the trail stands at a moment; one query."""
    event = AuditEvent.objects.filter(action=Action.TRAIL_VERIFIED).order_by("-seq").first()
    if event is None:
        return Standing()
    found = json.loads(event.facts)
    return Standing(
        verified_at=event.occurred_at,
        since=event.stated_at,
        last_seq=found["last_seq"],
        first_bad_seq=found["first_bad_seq"],
        problem=found["problem"] or "",
        is_overdue=at - event.stated_at > OVERDUE_AFTER,
    )


def is_told(standing: Standing) -> bool:
    """Whether this alarm was told already, and the trail has not been whole in between."""
    event = AuditEvent.objects.filter(action=Action.TRAIL_ALARMED).order_by("-seq").first()
    if event is None or json.loads(event.facts)["alarm"] != standing.alarm:
        return False
    since = AuditEvent.objects.filter(action=Action.TRAIL_VERIFIED, seq__gt=event.seq)
    return not since.filter(facts__contains='"intact":true').exists()
