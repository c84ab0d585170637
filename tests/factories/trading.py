"""Many households whose proposals are approved, ready for one release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.people.actors import Actor
from rebalancing.execution import releases
from rebalancing.models import Proposal, Release
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.households import many_managed_households


@dataclass(frozen=True, slots=True)
class Floor:
    """Approved proposals, and the trader who sends them."""

    proposals: tuple[Proposal, ...]
    tom: Any
    rui: Any

    @property
    def chosen(self) -> list[tuple[Proposal, str]]:
        return [(one, proposals.current(one).fingerprint) for one in self.proposals]

    @property
    def by_tom(self) -> Actor:
        return Actor.person(self.tom)

    def start(self, *, at: datetime = SUNDAY_NOON) -> Release:
        return releases.start(self.chosen, by=self.by_tom, at=at)

    def release(self, *, at: datetime = SUNDAY_NOON) -> Release:
        return releases.carry_on(self.start(at=at), by=self.by_tom, now=lambda: at)


def a_floor(count: int = 3) -> Floor:
    """So many households out of their bands, each with an approved proposal."""
    rui = cast.rui()
    many_managed_households(count, reviewer=rui)
    scan()
    found = tuple(Proposal.objects.order_by("pk"))
    for one in found:
        answer_findings(one)
        approve(one, rui)
    return Floor(tuple(Proposal.objects.order_by("pk")), cast.tom(), rui)
