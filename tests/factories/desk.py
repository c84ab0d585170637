"""The way to a released batch in one call, through the product's own verbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clients.households import households
from clients.models import Household, Person
from compliance.people.actors import Actor
from rebalancing.execution import orders
from rebalancing.models import ClientSummary, OrderBatch, Proposal
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.households import SET_UP, a_managed_household


@dataclass(frozen=True, slots=True)
class Desk:
    """A household out of its bands and the people around it."""

    household: Household
    ana: Any
    rui: Any
    tom: Any

    @property
    def proposal(self) -> Proposal:
        return Proposal.objects.get(household=self.household)

    @property
    def summary(self) -> ClientSummary:
        return ClientSummary.objects.get(household=self.household)

    def propose(self) -> Proposal:
        scan()
        return self.proposal

    def approve(self) -> Proposal:
        proposal = self.propose() if not Proposal.objects.exists() else self.proposal
        answer_findings(proposal)
        approve(proposal, self.rui)
        return self.proposal

    def release(self) -> OrderBatch:
        return orders.release(self.approve(), by=Actor.person(self.tom), at=SUNDAY_NOON)

    def seen(self) -> str:
        return proposals.current(self.proposal).fingerprint

    def sign_in_for(
        self, person: Person, *, may_see: str = Person.MaySee.HOUSEHOLD, name: str = "Mia"
    ) -> Any:
        """A client sign-in for a person of the household."""
        user = cast.someone(name, "client")
        households.grant_sign_in(person, user=user, may_see=may_see, by=SET_UP, at=SUNDAY_NOON)
        return user


def a_desk(*, taxable_only: bool = False, custodian: str = "house") -> Desk:
    """The Millers, far above their stock band. With `taxable_only` their sales must choose lots."""
    kept = {
        kind: [
            row.replace(",house,", f",{custodian},")
            for row in rows
            if not taxable_only or not row.startswith("11110002")
        ]
        for kind, rows in MILLERS.items()
    }
    ana, rui, tom = cast.ana(), cast.rui(), cast.tom()
    household = a_managed_household(advisor=ana, reviewer=rui, content=bundle(**kept))
    return Desk(household, ana, rui, tom)


def on_record() -> Desk:
    """The same desk where a module's RECORD has put it (tests/records.py)."""
    return Desk(Household.objects.get(code="miller"), cast.ana(), cast.rui(), cast.tom())
