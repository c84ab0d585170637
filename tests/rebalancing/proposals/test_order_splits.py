"""Advice that can be carried out on the page: a large order is split, and one answer settles one cause."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.urls import reverse

from compliance.firm.catalog import BY_CODE
from compliance.models import FindingRow, Override, SeverityLevel
from compliance.people.actors import Actor
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Proposal
from rebalancing.proposals import order_splits, proposals, revisions
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.factories.firm_settings import decided
from tests.pages import as_, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    """The firm looks twice at everything above a fiftieth of the household, so that the Millers' orders are large."""
    desk = on_record()
    decided(BY_CODE["rules.order_fraction"], D("0.02"))
    desk.propose()
    return desk


def large(proposal: Proposal) -> list[FindingRow]:
    review = proposals.current(proposal).review
    assert review is not None
    newest = review.examinations.latest("examined_at", "id")
    return list(newest.findings.filter(rule="PTC-43", severity=SeverityLevel.OVERRIDE).order_by("position"))


def plan_of(proposal: Proposal) -> Plan:
    return revisions.plan_of(proposals.current(proposal))


def test_the_advice_to_split_is_a_button_that_makes_a_revision_of_a_normal_size(desk: Desk) -> None:
    proposal, finding = desk.proposal, large(desk.proposal)[0]
    advised = order_splits.of(finding, plan_of(proposal))
    assert advised is not None
    page = as_(desk.ana).get(reverse("rebalancing:proposal", args=[proposal.public_id]))
    address = reverse("rebalancing:split", args=[proposal.public_id, finding.pk])

    assert f"Split: {advised.shares:,f} of {advised.order.shares:,f} shares now" in words_of(page)
    as_(desk.ana).post(address)

    after = proposals.current(proposal)
    assert after.number == 2
    same = [order for order in plan_of(proposal).orders if order.id == advised.order.id]
    assert [order.shares for order in same] == [advised.shares]
    assert all(finding.about != row.about for row in large(proposal))


def test_a_second_split_keeps_the_first(desk: Desk) -> None:
    proposal = desk.proposal
    first, second = large(proposal)[:2]
    as_(desk.ana).post(reverse("rebalancing:split", args=[proposal.public_id, first.pk]))
    again = next((row for row in large(proposal) if row.about == second.about), None)
    if again is not None:
        as_(desk.ana).post(reverse("rebalancing:split", args=[proposal.public_id, again.pk]))

    edits = revisions.household_of(proposals.current(proposal)).edits
    assert len({edit.id for edit in edits}) == len(edits) >= 1
    assert all(first.about != row.about for row in large(proposal))


def test_a_split_of_a_plan_of_the_frontier_keeps_to_it(desk: Desk) -> None:
    proposal = desk.proposal
    along = proposals.revise(
        proposal, way="halfway", did="chose a plan", by=Actor.person(desk.ana), at=SUNDAY_NOON
    )
    wanted = revisions.household_of(along)
    finding = large(proposal)[0]
    advised = order_splits.of(finding, plan_of(proposal))
    assert advised is not None

    as_(desk.ana).post(reverse("rebalancing:split", args=[proposal.public_id, finding.pk]))

    made = proposals.current(proposal)
    kept = revisions.household_of(made)
    assert made.number == 3
    assert (kept.objective, kept.policy) == (wanted.objective, wanted.policy)
    same = [order.shares for order in plan_of(proposal).orders if order.id == advised.order.id]
    assert same == [advised.shares]


def test_a_plan_of_the_frontier_of_a_split_revision_keeps_the_split(desk: Desk) -> None:
    proposal, finding = desk.proposal, large(desk.proposal)[0]
    advised = order_splits.of(finding, plan_of(proposal))
    assert advised is not None
    as_(desk.ana).post(reverse("rebalancing:split", args=[proposal.public_id, finding.pk]))

    made = proposals.revise(
        proposal, way="halfway", did="chose a plan", by=Actor.person(desk.ana), at=SUNDAY_NOON
    )

    assert [edit.shares for edit in revisions.household_of(made).edits] == [advised.shares]
    assert [one.shares for one in plan_of(proposal).orders if one.id == advised.order.id] == [advised.shares]


def test_who_may_not_revise_sees_no_button_and_is_refused(desk: Desk) -> None:
    proposal, finding = desk.proposal, large(desk.proposal)[0]
    page = as_(desk.rui).get(reverse("rebalancing:proposal", args=[proposal.public_id]))

    assert "Split:" not in words_of(page)
    refused = as_(desk.rui).post(reverse("rebalancing:split", args=[proposal.public_id, finding.pk]))
    assert refused.status_code == 403
    assert proposals.current(proposal).number == 1


def test_one_answer_settles_every_finding_of_one_cause(desk: Desk) -> None:
    proposal, found = desk.proposal, large(desk.proposal)
    assert len(found) > 1
    said = {
        "seen": proposals.current(proposal).fingerprint,
        "reason": "facts_confirmed",
        "text": "The sizes follow from the drift.",
    }
    address = reverse("rebalancing:override", args=[proposal.public_id, found[0].pk])
    as_(desk.rui).post(address, {**said, "alike": "on"})

    assert set(Override.objects.values_list("key", flat=True)) == {row.key for row in found}


def test_without_asking_for_all_only_one_is_answered(desk: Desk) -> None:
    proposal, found = desk.proposal, large(desk.proposal)
    said = {
        "seen": proposals.current(proposal).fingerprint,
        "reason": "facts_confirmed",
        "text": "Looked at.",
    }
    as_(cast.nina()).post(reverse("rebalancing:override", args=[proposal.public_id, found[0].pk]), said)

    assert [one.key for one in Override.objects.all()] == [found[0].key]
