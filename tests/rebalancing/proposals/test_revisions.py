"""What a revision keeps of the moment it was made: its policy, and what called for action."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import Household, Price
from compliance.people.actors import Actor
from rebalancing.client_reports import summaries
from rebalancing.models import Proposal
from rebalancing.proposals import proposals, revisions, staleness
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.factories.households import an_adopted_policy

RECORD = "the desk"
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return on_record()


def another_policy(household: Household, *, reviewer: object) -> None:
    policy = household.policies.get()
    an_adopted_policy(household, model=policy.model, reviewer=reviewer, objectives="Growth alone.")


def revised(proposal: Proposal, desk: Desk) -> None:
    proposals.revise(proposal, did="asked for fresh figures", by=Actor.person(desk.ana), at=SUNDAY_NOON)


def test_each_revision_keeps_the_policy_it_was_made_under(desk: Desk) -> None:
    proposal = desk.propose()
    first = proposals.current(proposal)
    another_policy(desk.household, reviewer=cast.rosa())

    revised(proposal, desk)

    second = proposals.current(proposal)
    assert [first.policy.version, second.policy.version] == [1, 2]
    first.refresh_from_db()
    assert revisions.fingerprint_of(first) == first.fingerprint
    assert revisions.fingerprint_of(second) == second.fingerprint
    assert [cause.input for cause in staleness.causes(first, at=SUNDAY_NOON)[1]] == ["policy"]
    assert staleness.causes(second, at=SUNDAY_NOON)[1] == ()


def test_a_later_revision_quotes_what_called_for_action_when_it_was_made(desk: Desk) -> None:
    proposal = desk.propose()
    first = proposals.current(proposal)
    Price.objects.filter(security__symbol="ZUS").update(price=D(95))

    revised(proposal, desk)

    second = proposals.current(proposal)
    before, after = summaries.build(first).why[0], summaries.build(second).why[0]
    assert "stand at 76.5" in before
    assert "stand at 75.6" in after
