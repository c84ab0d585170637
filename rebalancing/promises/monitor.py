"""The monitor of the firm's promises: each check is an event of the trail, which is its heartbeat, and what is not kept is an alarm.

An alarm is told once for each promise, and again only after that promise was kept in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from compliance.actions import Action
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from rebalancing.promises import facts
from rebalancing.promises.promises import Promise

OVERDUE_AFTER = timedelta(hours=3)
"""The check runs every hour; without one for so long nobody knows what is kept."""
MONITOR = "monitor"
"""What the alarm is called that tells of the monitor itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The last check on record: when it was, by the product's clock, and how many of each promise were broken.

    Promises that were never checked are those of a young record or a restored copy: there is no alarm about them.
    """

    since: datetime | None = None
    broken: Mapping[str, int] = field(default_factory=dict)
    is_overdue: bool = False

    @property
    def wrong(self) -> tuple[str, ...]:
        """What an alarm is about: the monitor where it does not run, else the promises that are not kept."""
        if self.is_overdue:
            return (MONITOR,)
        return tuple(name for name, count in self.broken.items() if count)

    @property
    def trouble(self) -> str:
        """What is wrong, without any value of the record, because a probe reads it unasked; empty when nothing is."""
        if self.is_overdue:
            return f"the firm's promises have not been checked since {self.since:%Y-%m-%d %H:%M} UTC; is the worker running?"
        named = ", ".join(Promise(name).label for name in self.wrong)
        return f"promises are not kept: {named}" if named else ""


def check(*, by: Actor, at: datetime) -> Standing:
    """Look at every promise of the firm, and put what was found on the trail."""
    found = facts.broken_at_the_firm(at=at)
    counts = {str(promise): sum(one.promise is promise for one in found) for promise in Promise}
    with transaction.atomic():
        audit.record(
            Action.PROMISES_CHECKED, about=audit.Ref("promises", "firm"), by=by, at=at, broken=counts
        )
    return Standing(at, counts)


def last(*, at: datetime) -> Standing:
    """How the promises stand at a moment, by the last check; one query."""
    event = AuditEvent.objects.filter(action=Action.PROMISES_CHECKED).order_by("-seq").first()
    if event is None:
        return Standing()
    told = json.loads(event.facts)["broken"]
    broken = {str(promise): told[promise] for promise in Promise if promise in told}
    return Standing(event.stated_at, broken, at - event.stated_at > OVERDUE_AFTER)


def untold(standing: Standing) -> tuple[str, ...]:
    """What of an alarm nobody was told yet, or not since it was in order."""
    return tuple(_untold(standing))


def told(standing: Standing, *, mailed: int, by: Actor, at: datetime) -> None:
    """Put on the trail that compliance was told."""
    with transaction.atomic():
        audit.record(
            Action.PROMISES_ALARMED,
            about=audit.Ref("promises", "firm"),
            by=by,
            at=at,
            alarm=list(standing.wrong),
            mailed=mailed,
        )


def _untold(standing: Standing) -> Iterator[str]:
    for name in standing.wrong:
        events = AuditEvent.objects.filter(action=Action.PROMISES_ALARMED, facts__contains=f'"{name}"')
        event = events.order_by("-seq").first()
        if event is None:
            yield name
            continue
        since = AuditEvent.objects.filter(action=Action.PROMISES_CHECKED, seq__gt=event.seq)
        if name != MONITOR:
            since = since.filter(facts__contains=f'"{name}":0')
        if since.exists():
            yield name
