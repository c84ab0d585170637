"""Other plans beside a revision, and what each order is worth: worked out when it is first opened, and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Household
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.engine import proposing
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.models import Comparison, Frontier, FrontierPoint, Revision
from rebalancing.portfolios import portfolios
from rebalancing.proposals import cash_first, comparisons, frontier_plans, frontiers, proposals, revisions
from rebalancing.waiting import year_end
from tests import cast
from tests.at_once import at_once
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.households import a_managed_household
from tests.pages import as_, page_of

NAMES = ["do nothing", "no realized gain", "within budget", "to band edge", "halfway", "to target"]


def the_page(person: Any) -> Any:
    proposal = Revision.objects.get().proposal
    return page_of(as_(person).get(f"/proposals/{proposal.public_id}/"))


@pytest.fixture
def household() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


@pytest.mark.django_db
def test_a_scan_works_out_no_other_plan(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontiers, "trace", lambda *_, **__: pytest.fail("nobody has opened it"))

    scan()

    revision = Revision.objects.get()
    assert not FrontierPoint.objects.exists()
    assert revisions.plan_of(revision).removal_costs == ()
    assert comparisons.kept(revision) is None


@pytest.mark.django_db
def test_what_else_could_have_been_done_is_kept_when_it_is_opened(household: Household) -> None:
    scan()

    comparisons.ensure(Revision.objects.get(), at=SUNDAY_NOON)

    points = {point.name: point for point in Revision.objects.get().frontier.all()}
    assert list(points) == NAMES
    assert points["do nothing"].orders == 0
    assert points["do nothing"].out_of_band == 2
    assert points["to target"].drift < points["to band edge"].drift < points["do nothing"].drift
    assert Comparison.objects.get().why_without == ""


@pytest.mark.django_db
def test_leaving_an_order_out_costs_what_the_engine_says_for_these_documents(household: Household) -> None:
    scan()
    revision = Revision.objects.get()

    comparisons.ensure(revision, at=SUNDAY_NOON)

    again = proposing.propose(revisions.household_of(revision))
    plan = revisions.plan_of(revision)
    assert replace(again, removal_costs=()) == plan
    assert comparisons.removal_costs_of(revision, plan) == {
        one.order: one.explanation for one in again.removal_costs
    }
    assert again.removal_costs


@pytest.mark.django_db
def test_the_second_opening_works_nothing_out(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    scan()
    comparisons.ensure(Revision.objects.get(), at=SUNDAY_NOON)
    monkeypatch.setattr(comparisons, "work_out", lambda *_: pytest.fail("it is kept"))

    comparisons.ensure(Revision.objects.get(), at=SUNDAY_NOON)

    trail = audit.trail(about=Revision.objects.get().proposal)
    assert trail.filter(action=audit.Action.PROPOSAL_COMPARED).count() == 1
    assert audit.verify().is_intact


@pytest.mark.django_db
def test_another_engine_tells_no_price_of_a_plan_that_it_would_not_make(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan()
    revision = Revision.objects.get()
    otherwise = replace(proposing.propose(revisions.household_of(revision)), summary="Another plan.")
    monkeypatch.setattr(proposing, "propose", lambda *_, **__: otherwise)

    comparisons.ensure(revision, at=SUNDAY_NOON)

    kept = Comparison.objects.get()
    # The stored orders themselves can still be priced where they are made again share for share.
    assert kept.removal_costs or kept.why_without == comparisons.OTHERWISE
    assert [point.name for point in FrontierPoint.objects.all()] == NAMES


@pytest.mark.django_db
@pytest.mark.usefixtures("it_is_sunday_noon")
@pytest.mark.parametrize("who", [cast.rui, cast.cora, cast.ana], ids=["reviewer", "compliance", "advisor"])
def test_whoever_may_see_the_proposal_sees_the_other_ways(household: Household, who: Any) -> None:
    scan()

    told = [the_page(who()).alternatives for _ in range(2)]

    assert [row.name for row in told[0].ways][:3] == ["This proposal", "Do nothing", "No realized gain"]
    assert told[0] == told[1]


@pytest.mark.django_db
def test_an_approval_binds_the_documents_whether_the_comparison_came_before_or_after(
    household: Household,
) -> None:
    scan()
    revision = Revision.objects.get()
    seen = revision.fingerprint
    answer_findings(revision.proposal)

    approval = approve(revision.proposal, cast.rui())
    comparisons.ensure(Revision.objects.get(), at=SUNDAY_NOON)

    assert approval.fingerprint == seen == revisions.fingerprint_of(Revision.objects.get())
    assert audit.verify().is_intact


NARROWED = {
    "gains wait for January": lambda portfolio: (
        year_end.without_gains(portfolio, until=date(2027, 1, 4)).household
    ),
    "only cash moves": lambda portfolio: cash_first.propose(portfolio, only_cash=True)[0].household,
    "losses are swapped": lambda portfolio: replace(
        portfolio.household, objective=Objective(mode=Mode.HARVEST, hold_below_bps=D(3))
    ),
}
"""What a household's triggers and reasons to wait make of the document that is usually asked."""


@pytest.mark.django_db
@pytest.mark.parametrize("narrowed", NARROWED.values(), ids=list(NARROWED))
def test_a_narrowed_plan_is_compared_with_what_would_usually_be_asked(
    household: Household, narrowed: Callable[[Any], document.Household], monkeypatch: pytest.MonkeyPatch
) -> None:
    scan()
    usual = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(usual, portfolios.Portfolio)
    asked = narrowed(usual)
    assert asked != usual.household
    monkeypatch.setattr(revisions, "household_of", lambda _: asked)

    assert frontiers.usual(Revision.objects.get()) == usual.household


@pytest.mark.django_db
def test_what_an_advisor_asked_for_stays_in_what_it_is_compared_with(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan()
    shown = revisions.household_of(Revision.objects.get())
    asked = replace(shown, objective=Objective(mode=Mode.LEAST_TAX, drift_max=D("0.02")))
    monkeypatch.setattr(revisions, "household_of", lambda _: asked)

    assert frontiers.usual(Revision.objects.get()) == asked


@pytest.mark.django_db(transaction=True)
def test_two_who_open_it_at_once_share_one_comparison() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    scan()

    at_once(*[lambda: comparisons.ensure(Revision.objects.get(), at=SUNDAY_NOON)] * 3)

    assert Comparison.objects.count() == 1
    assert [point.name for point in FrontierPoint.objects.all()] == NAMES
    trail = audit.trail(about=Revision.objects.get().proposal)
    assert trail.filter(action=audit.Action.PROPOSAL_COMPARED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_open_its_frontier_at_once_share_it_too() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    scan()

    at_once(*[lambda: frontier_plans.ensure(Revision.objects.get(), at=SUNDAY_NOON)] * 2)

    assert Frontier.objects.count() == 1
    trail = audit.trail(about=Revision.objects.get().proposal)
    assert trail.filter(action=audit.Action.PROPOSAL_FRONTIER).count() == 1


@pytest.mark.django_db
def test_a_new_revision_is_compared_by_itself(household: Household) -> None:
    scan()
    first = Revision.objects.get()
    comparisons.ensure(first, at=SUNDAY_NOON)

    second = proposals.revise(
        first.proposal, did="asked for fresh figures", by=Actor.person(cast.ana()), at=SUNDAY_NOON
    )

    assert comparisons.kept(second) is None
    comparisons.ensure(second, at=SUNDAY_NOON)
    assert Comparison.objects.count() == 2
