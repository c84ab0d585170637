"""From a scan to an approved, released order batch: what each step keeps, and what each refuses."""

from __future__ import annotations

from typing import Any

import pytest

from clients.models import Household, Price
from compliance.audit_trail import audit
from compliance.models import Approval
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Conflict, NotAllowed, Stale
from rebalancing.client_reports import letters
from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.engine.verifier import verification
from rebalancing.execution import orders
from rebalancing.models import ClientSummary, OrderBatch, Proposal, Reading, Revision
from rebalancing.proposals import proposals, revisions
from tests import cast
from tests.clock import MONDAY_MORNING, SUNDAY_NOON
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db

ANA, RUI, TOM = "ana", "rui", "tom"


@pytest.fixture
def people() -> dict[str, Any]:
    return {ANA: cast.ana(), RUI: cast.rui(), TOM: cast.tom()}


@pytest.fixture
def household(people: dict[str, Any]) -> Household:
    return a_managed_household(advisor=people[ANA], reviewer=people[RUI])


def test_a_household_out_of_its_bands_gets_a_reading_a_proposal_and_a_review(household: Household) -> None:
    run = scan()

    reading = Reading.objects.get(household=household)
    proposal = Proposal.objects.get(household=household)
    revision = proposals.current(proposal)
    assert (run.state, reading.outcome, reading.proposal) == ("completed", "proposed", proposal)
    assert "stand at 76.5%" in reading.reason
    assert revision.review is not None
    assert revision.review.state == "open"
    assert [(one.side, one.security.symbol) for one in revision.orders.all()] == [
        ("sell", "ZUS"),
        ("buy", "ZBD"),
    ]
    assert {event.action for event in audit.trail(about=proposal)} == {"proposal.drafted"}


def test_a_stored_revision_replays_to_the_same_bytes(household: Household) -> None:
    scan()
    revision = Revision.objects.get()

    again = proposing.propose(revisions.household_of(revision), removal_costs=False)

    assert serializing.canonical(again).decode() == revision.plan_document
    assert (
        verification.verify(revisions.household_of(revision), again).signature == revision.verifier_signature
    )
    assert revisions.fingerprint_of(revision) == revision.fingerprint


def test_the_whole_way_from_scan_to_orders_and_a_letter(household: Household, people: dict[str, Any]) -> None:
    scan()
    proposal = Proposal.objects.get()

    answer_findings(proposal)
    approval = approve(proposal, people[RUI])
    batch = orders.release(proposal, by=Actor.person(people[TOM]), at=SUNDAY_NOON)

    assert batch.fingerprint == approval.fingerprint == proposals.current(proposal).fingerprint
    assert [(order.side, order.security.symbol) for order in batch.orders.all()] == [
        ("sell", "ZUS"),
        ("buy", "ZBD"),
    ]
    assert Proposal.objects.get().state == Proposal.State.RELEASED
    kinds = {file.kind: file.content for file in batch.files.all()}
    assert "11110002" in kinds["orders"]
    assert "ZUS" in kinds["orders"]
    summary = ClientSummary.objects.get()
    letter = letters.render(summary, by=Actor.person(people[ANA]), at=SUNDAY_NOON)
    assert bytes(letter.pdf).startswith(b"%PDF")
    trail = [event.action for event in audit.trail(about=batch)]
    assert trail == ["batch.released"]
    assert audit.verify().is_intact


def test_nobody_approves_what_they_asked_for(household: Household, people: dict[str, Any]) -> None:
    scan()
    proposal = Proposal.objects.get()
    both = cast.bea()
    proposals.revise(proposal, did="asked for fresh figures", by=Actor.person(both), at=SUNDAY_NOON)

    with pytest.raises(NotAllowed, match="asked for fresh figures"):
        approve(Proposal.objects.get(), both)


def test_a_price_that_moved_makes_the_approval_stale_and_names_it(
    household: Household, people: dict[str, Any]
) -> None:
    scan()
    Price.objects.filter(security__symbol="ZUS").update(price=97)

    with pytest.raises(Stale) as refused:
        approve(Proposal.objects.get(), people[RUI])

    assert "price of ZUS: shown 100.00, now 97.00" in [str(cause) for cause in refused.value.causes]
    assert not Approval.objects.filter(subject_kind="proposal").exists()


def test_orders_are_released_once_and_only_by_the_desk(household: Household, people: dict[str, Any]) -> None:
    scan()
    proposal = Proposal.objects.get()
    with pytest.raises(Conflict, match="only approved ones"):
        orders.release(proposal, by=Actor.person(people[TOM]), at=SUNDAY_NOON)
    answer_findings(proposal)
    approve(proposal, people[RUI])
    with pytest.raises(NotAllowed):
        orders.release(proposal, by=Actor.person(people[ANA]), at=SUNDAY_NOON)

    first = orders.release(proposal, by=Actor.person(people[TOM]), at=SUNDAY_NOON)
    again = orders.release(proposal, by=Actor.person(people[TOM]), at=MONDAY_MORNING)

    assert first == again
    assert OrderBatch.objects.count() == 1
    with pytest.raises(Conflict, match="Tom released these orders already"):
        orders.release(proposal, by=Actor.person(cast.tess()), at=MONDAY_MORNING)


def test_a_client_who_keeps_the_last_word_must_say_yes_first(people: dict[str, Any]) -> None:
    household = a_managed_household(advisor=people[ANA], reviewer=people[RUI])
    household.accounts.update(discretion="non_discretionary", discretion_from_on=None)
    scan()
    proposal = Proposal.objects.get()
    answer_findings(proposal)
    with pytest.raises(Blocked):
        approve(proposal, people[RUI])

    proposals.consent(
        proposal,
        seen=proposals.current(proposal).fingerprint,
        given_by="Mia Miller",
        channel="phone",
        evidence="Recorded call of Sunday noon.",
        by=Actor.person(people[ANA]),
        at=SUNDAY_NOON,
    )

    assert approve(proposal, people[RUI]).fingerprint == proposals.current(proposal).fingerprint
