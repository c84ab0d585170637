"""Plans of the frontier beside a revision: kept once, worked out again with it, and asked again by what follows from one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from compliance.people.actors import Actor
from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Destination
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.search.highs import SolverFailed
from rebalancing.engine.verifier import verification
from rebalancing.models import FrontierPlan, Revision
from rebalancing.proposals import (
    comparisons,
    frontier_plans,
    frontiers,
    proposals,
    replays,
    revisions,
    shaping,
    ways,
)
from rebalancing.waiting import year_end
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.days import priced, scan_of
from tests.factories.desk import Desk, on_record

RECORD = "a proposal under review"
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return on_record()


def current(desk: Desk) -> Revision:
    return proposals.current(desk.proposal)


def took(desk: Desk, way: str) -> Revision:
    """A revision made of a plan of the frontier."""
    frontier_plans.ensure(current(desk), at=SUNDAY_NOON)
    stored = next(one for one in frontier_plans.whole(current(desk)) if way in one.ways)
    return proposals.revise(
        desk.proposal,
        way=stored.ways[0],
        seen=stored.plan_digest,
        did="took a plan of the frontier",
        by=Actor.person(desk.ana),
        at=SUNDAY_NOON,
    )


def test_a_plan_that_the_verifier_refuses_is_left_out_and_it_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision, signs = current(desk), verification.verify

    def signs_no_way_to_target(asked: Any, plan: Any) -> Any:
        found = signs(asked, plan)
        is_refused = asked.policy.penalties.outside_bps > D(20_000)
        return replace(found, signature=None) if is_refused else found

    monkeypatch.setattr(verification, "verify", signs_no_way_to_target)

    found, why_without = frontier_plans.work_out(revision)

    assert all(one.ways[0] != "to target" for one in found)
    assert why_without in {"", "One plan did not pass the second check and is not shown."}
    assert bool(why_without) == all("to target" not in one.ways for one in found)


def test_a_way_that_the_solver_does_not_answer_is_left_out_and_it_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision, solve = current(desk), proposing.propose

    def answers_no_drift_alone(asked: Any, **rest: Any) -> Any:
        if asked.objective.mode is Mode.LEAST_DRIFT:
            raise SolverFailed("no optimum")
        return solve(asked, **rest)

    monkeypatch.setattr(proposing, "propose", answers_no_drift_alone)

    found, why_without = frontier_plans.work_out(revision)

    assert all("no realized gain" not in one.ways for one in found)
    assert why_without == "One plan could not be worked out."


def test_the_ways_change_what_is_asked_and_nothing_of_the_facts(desk: Desk) -> None:
    shown = revisions.household_of(current(desk))

    for way, asked in ways.of(current(desk)).items():
        if way == "do nothing":
            continue
        same = replace(asked, objective=shown.objective, policy=shown.policy)
        assert replace(same, policy=replace(same.policy, classes=shown.policy.classes)) == shown, way


def test_a_replay_works_the_frontier_out_again(desk: Desk) -> None:
    frontier_plans.ensure(current(desk), at=SUNDAY_NOON)

    found = replays.replay(current(desk), by=Actor.system("a test"), at=SUNDAY_NOON)

    count = FrontierPlan.objects.count()
    assert found.sentence == (
        f"Worked out again to the last digit, with the engine that made it. So were the {count} plans of its frontier."
    )


def test_a_replay_names_a_plan_of_the_frontier_that_comes_out_otherwise(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    frontier_plans.ensure(current(desk), at=SUNDAY_NOON)
    stored = frontier_plans.whole(current(desk))[-1]
    plan_of = frontier_plans.plan_of
    monkeypatch.setattr(
        frontier_plans,
        "plan_of",
        lambda one: replace(plan_of(one), summary="Another.") if one.pk == stored.pk else plan_of(one),
    )

    found = replays.of(current(desk))

    assert {one.place for one in found.differences} >= {f"/frontier/{stored.position}/summary"}
    assert all(one.place.startswith(f"/frontier/{stored.position}/") for one in found.differences)


def test_a_renewal_keeps_to_the_way_that_was_taken(desk: Desk) -> None:
    way = revisions.household_of(took(desk, "halfway"))
    priced("ZUS", MONDAY, "101")

    scan_of(MONDAY)

    renewed = current(desk)
    shown = revisions.household_of(renewed)
    assert renewed.number == 3
    assert shown.objective == way.objective
    assert shown.policy.penalties == way.policy.penalties
    assert [one.destination for one in shown.policy.classes] == [
        one.destination for one in way.policy.classes
    ]


def test_the_ways_beside_such_a_revision_are_those_of_the_policy(desk: Desk) -> None:
    before = frontiers.usual(current(desk))
    made = took(desk, "to target")

    assert ways.is_along(revisions.household_of(made))
    assert frontiers.usual(made) == before
    comparisons.ensure(made, at=SUNDAY_NOON)
    within = made.frontier.get(name="within budget")
    assert within.drift == frontiers.trace(before)[2].drift.quantize(D("0.000001"))


def test_shaping_a_plan_that_came_from_the_frontier_begins_from_the_usual_aim(desk: Desk) -> None:
    first = current(desk)
    took(desk, "to target")

    tried = shaping.try_out(desk.proposal, current(desk), objective=None, at=SUNDAY_NOON)

    assert tried.plan.orders == revisions.plan_of(first).orders


def test_gains_that_wait_for_january_wait_on_the_frontier_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = revisions.household_of(current(desk))
    lot = shown.lots[0]
    held = replace(lot, lock_reason=f"{year_end.WAITS} January 4", locked_until=date(2027, 1, 4))
    waiting = replace(shown, lots=(held, *shown.lots[1:]))

    wide = ways.widened(waiting, current(desk).policy)

    assert frontier_plans.gains_wait(waiting)
    assert not frontier_plans.gains_wait(shown)
    assert wide.lots[0] == held
    assert ways.usual(waiting, current(desk).policy).lots[0] == lot


def test_an_objective_that_an_advisor_asked_for_is_no_way(desk: Desk) -> None:
    shown = revisions.household_of(current(desk))

    for objective in (Objective(), Objective(mode=Mode.LEAST_TAX, drift_max=D("0.02"), hold_below_bps=D(0))):
        assert not ways.is_along(replace(shown, objective=objective))
    halfway = ways.of(current(desk))["halfway"]
    assert ways.is_along(halfway)
    assert {one.destination for one in halfway.policy.classes} == {Destination.HALFWAY}
