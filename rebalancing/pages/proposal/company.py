"""Who else is at this proposal: whoever opened it a moment ago, so that two people do not decide about it unknown to each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.statements.reads import prepared

LATELY = timedelta(minutes=15)
"""A page is not known to be closed: who opened it longer ago is taken to be gone."""
OPENINGS_MAX = 40

Opening = tuple[str, str, datetime]


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody who opened the proposal lately, and how many whole minutes ago."""

    name: str
    minutes: int


@prepared
def openings(proposal: str) -> QuerySet[AuditEvent, Opening]:
    """Who opened a proposal and when, the last first."""
    found = AuditEvent.objects.filter(
        about_kind="proposal", about_id=proposal, action=audit.Action.PROPOSAL_VIEWED
    )
    return found.order_by("-seq").values_list("person_ref", "actor_label", "stated_at")[:OPENINGS_MAX]


def of(user: Any, proposal: str, *, at: datetime) -> tuple[Companion, ...]:
    """The others who are at a proposal now, by when they opened it last."""
    return among(openings.rows(proposal), but=Actor.person(user).person_ref, at=at)


def among(opened: Iterable[Opening], *, but: str, at: datetime) -> tuple[Companion, ...]:
    """Those of the last minutes, each once, without one person. Pure."""
    found: dict[str, Companion] = {}
    for person, name, moment in opened:
        if person and person != but and person not in found and timedelta(0) <= at - moment <= LATELY:
            found[person] = Companion(name, int((at - moment).total_seconds()) // 60)
    return tuple(found.values())
