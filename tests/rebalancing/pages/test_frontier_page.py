"""The frontier: whole plans from doing nothing to target, kept when first opened, and one of them used as a revision."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal as D
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from django.urls import reverse

from clients import figures
from clients.models import Price
from compliance.audit_trail import audit
from compliance.models import Comment
from compliance.people.actors import Actor
from rebalancing.engine import proposing
from rebalancing.engine.documents.household import TaxTreatment
from rebalancing.engine.verifier import verification
from rebalancing.models import Frontier, FrontierPlan
from rebalancing.pages.proposal import frontier as frontier_page
from rebalancing.proposals import frontier_plans, proposals, revisions, ways
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.pages import as_, page_of, words_of

RECORD = "an opened frontier"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    return on_record()


def url(desk: Desk) -> str:
    return reverse("rebalancing:frontier", args=[desk.proposal.public_id])


def opened(desk: Desk, **asked: Any) -> Any:
    return page_of(as_(desk.ana).get(url(desk), asked))


def plans(desk: Desk) -> list[FrontierPlan]:
    return list(FrontierPlan.objects.filter(revision=proposals.current(desk.proposal)))


def plan_named(desk: Desk, way: str) -> FrontierPlan:
    return next(one for one in plans(desk) if way in one.ways)


def use(desk: Desk, one: FrontierPlan, *, by: Any = None, **other: Any) -> Any:
    """The form beside a plan, as a browser sends it."""
    told = {"way": one.ways[0], "seen": one.plan_digest, "revision": 1, "why": "The client wants less drift."}
    return as_(by or desk.ana).post(url(desk), told | other)


def test_it_opens_on_whole_signed_plans_from_doing_nothing_to_target(desk: Desk) -> None:
    page = opened(desk)

    kept = plans(desk)
    asked = ways.of(proposals.current(desk.proposal))
    assert {way for one in kept for way in one.ways} == set(asked)
    assert [one.drift for one in kept] == sorted((one.drift for one in kept), reverse=True)
    for one in kept:
        plan = frontier_plans.plan_of(one)
        assert proposing.propose(asked[one.ways[0]], removal_costs=False) == plan
        assert verification.verify(asked[one.ways[0]], plan).signature == one.verifier_signature
        assert (one.tax, one.orders, one.gap_bps) == (plan.tax_change, len(plan.orders), plan.gap_bps)
    assert [row.number for row in page.rows] == list(range(1, len(kept) + 1))
    assert "Do nothing" in page.rows[0].names


def test_ways_that_come_to_the_same_trades_are_one_plan_and_say_so(desk: Desk) -> None:
    answer = as_(desk.ana).get(url(desk))

    page = page_of(answer)
    several = [row for row in page.rows if len(row.names) > 1]
    assert several
    assert "; ".join(several[0].names) + ": the same trades" in words_of(answer)
    documents = [one.plan_document for one in plans(desk)]
    assert len(documents) == len(set(documents))


def test_they_are_worked_out_once_and_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened(desk)
    monkeypatch.setattr(frontier_plans, "work_out", lambda *_: pytest.fail("they are kept"))

    assert page_of(as_(desk.rui).get(url(desk))).rows == first.rows
    assert Frontier.objects.count() == 1
    trail = audit.trail(about=desk.proposal)
    assert trail.filter(action=audit.Action.PROPOSAL_FRONTIER).count() == 1
    assert audit.verify().is_intact


def test_that_somebody_looked_at_a_plan_is_on_the_trail(desk: Desk) -> None:
    opened(desk, preset="to-target")

    event = audit.trail(about=desk.proposal).filter(action=audit.Action.PROPOSAL_VIEWED).latest("pk")
    facts = json.loads(event.facts)
    assert (facts["revision"], facts["frontier"]) == (1, plan_named(desk, "to target").ways[0])


# ── Looking at one of them ───────────────────────────────────────────────────────────────────────


def test_it_begins_with_the_plan_that_is_nearest_to_the_one_under_review(desk: Desk) -> None:
    page = opened(desk)

    own = revisions.plan_of(proposals.current(desk.proposal))
    nearest = min(plans(desk), key=lambda one: abs(one.drift - own.after.drift))
    assert page.chosen.row.number == nearest.position


@pytest.mark.parametrize("way", ["no realized gain", "within budget", "to band edge", "halfway", "to target", "do nothing"])  # fmt: skip
def test_a_preset_shows_its_plan(desk: Desk, way: str) -> None:
    page = opened(desk, preset=way.replace(" ", "-"))

    assert page.chosen.row.number == plan_named(desk, way).position
    assert page.chosen.orders == frontier_plans.plan_of(plan_named(desk, way)).orders


def test_the_line_under_its_name_says_what_the_plan_comes_to_not_what_it_began_from(desk: Desk) -> None:
    opened(desk)
    for one in plans(desk):
        summary = opened(desk, plan=one.position).chosen.summary
        plan = frontier_plans.plan_of(one)
        outside = sum(row.out_of_band for row in plan.after.classes)
        if plan.orders:
            assert summary.startswith(f"{len(plan.orders)} trade")
            assert ("every class inside its band then" in summary) is (outside == 0)
        else:
            assert summary == plan.summary


def test_the_heading_says_the_least_tax_of_the_plans_that_come_nearest(desk: Desk) -> None:
    page = opened(desk)

    kept = plans(desk)
    nearest = [one for one in kept if figures.weight(one.drift) == figures.weight(kept[-1].drift)]
    least = figures.money(min(one.tax for one in nearest), cents=False)
    assert f"coming that near adds {least} of estimated tax" in page.sentence


def test_only_who_can_change_single_trades_is_led_to_where_they_are_changed(desk: Desk) -> None:
    shape = reverse("rebalancing:shape", args=[desk.proposal.public_id])
    assert opened(desk).shape_url == shape
    assert page_of(as_(cast.cora()).get(url(desk))).shape_url == ""

    desk.approve()

    decided = as_(desk.ana).get(url(desk))
    assert page_of(decided).shape_url == ""
    assert shape not in decided.content.decode()


def test_the_slider_shows_the_plan_of_its_number_and_what_it_changes(desk: Desk) -> None:
    own = revisions.plan_of(proposals.current(desk.proposal))
    last = len(opened(desk).rows)

    chosen = opened(desk, plan=last).chosen

    target = frontier_plans.plan_of(plans(desk)[-1])
    shown = {row.name: (row.revision, row.asked) for row in chosen.figures}
    assert shown["Trades"] == (str(len(own.orders)), str(len(target.orders)))
    assert shown["Distance from target"][1].startswith(f"{target.after.drift * 100:.2f}")
    assert len(chosen.changes) == frontier_plans.apart(own, target) == chosen.row.apart


def test_the_number_box_shows_the_plan_nearest_to_target_that_adds_no_more_tax(desk: Desk) -> None:
    opened(desk)
    most = max(one.tax for one in plans(desk))

    for asked in sorted({D(0), most, most / 2}):
        expected = min((one for one in plans(desk) if one.tax <= asked), key=lambda one: (one.drift, one.tax))
        assert opened(desk, tax=f"{asked:.2f}").chosen.row.number == expected.position


WRONG: list[tuple[dict[str, str], str]] = [
    ({"plan": "99"}, "The plans are numbered 1 to "),
    ({"plan": "0"}, "The plans are numbered 1 to "),
    ({"plan": "the cheap one"}, "Plans have numbers."),
    ({"tax": "-900000000"}, "Every plan adds more than that. The least is "),
    ({"tax": "as little as you can"}, "Enter an amount in dollars, for example 4200."),
    ({"tax": "NaN"}, "Enter an amount in dollars"),
    ({"preset": "gentle"}, "There is no such plan here."),
]


@pytest.mark.parametrize(("asked", "sentence"), WRONG, ids=[str(asked) for asked, _ in WRONG])
def test_what_cannot_be_shown_is_told_and_the_page_stays(
    desk: Desk, asked: dict[str, str], sentence: str
) -> None:
    answer = as_(desk.ana).get(url(desk), asked)

    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert "<title>Error: " in words_of(answer)
    assert page_of(answer, status=422).chosen is not None


def test_the_picture_has_a_mark_for_each_plan_and_its_sentence(desk: Desk) -> None:
    page = opened(desk)

    drawn = fromstring(page.drawing)
    marks = [one for one in drawn.iter() if "frontier-mark" in one.get("class", "")]
    assert len(marks) == len(page.rows) + (page.reviewed is not None)
    assert sum("frontier-here" in one.get("class", "") for one in marks) == 1
    assert sum("frontier-reviewed" in one.get("class", "") for one in marks) == 1
    assert drawn.get("aria-label") == page.sentence


def test_a_tax_that_is_not_known_is_never_a_figure(desk: Desk) -> None:
    one = plan_named(desk, "to target")
    stands = ways.of(one.revision)[one.ways[0]]
    (unit,) = stands.tax_units
    accounts = tuple(
        replace(account, tax_treatment=TaxTreatment.TAXABLE, tax_unit=unit.id) for account in stands.accounts
    )
    household, plan = replace(stands, accounts=accounts), frontier_plans.plan_of(one)
    assert frontier_plans.tax_is_known(plan, stands)
    assert one.tax_is_known
    without_basis = tuple(
        replace(order, lots=tuple(replace(sale, gain=None) for sale in order.lots)) for order in plan.orders
    )
    assert not frontier_plans.tax_is_known(replace(plan, orders=without_basis), household)
    not_reported = replace(household, tax_units=(replace(unit, realized_unknown="a sale of ZUS"),))
    assert not frontier_plans.tax_is_known(plan, not_reported)

    one.tax_is_known, one.position = False, 1
    page = frontier_page.show(desk.ana, desk.proposal, one.revision, Frontier.objects.get(), [one], one)

    assert page.rows[0].tax == "not known"
    assert {row.name: row.asked for row in page.chosen.figures}["Estimated tax"].startswith("not known")
    assert "a tax that is not known" in page.sentence


def test_a_plan_that_is_not_proven_says_its_gap(desk: Desk) -> None:
    one = plan_named(desk, "halfway")
    one.gap_bps = D("12.5")

    one.position = 1
    page = frontier_page.show(desk.ana, desk.proposal, one.revision, Frontier.objects.get(), [one], one)

    investable = revisions.plan_of(one.revision).before.investable
    assert page.rows[0].gap == f"not proven: within ${investable * D('0.00125'):,.0f}"


# ── Using one ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["to target", "to band edge", "drift at 45 bps"])
def test_the_revision_is_the_plan_that_was_looked_at_to_the_cent(desk: Desk, way: str) -> None:
    one = plan_named(desk, way)

    answer = use(desk, one)

    assert answer.status_code == 302, words_of(answer)
    made = proposals.current(desk.proposal)
    assert made.number == 2
    assert made.plan_document == one.plan_document
    assert made.input_digest == one.input_digest
    said = Comment.objects.latest("pk").text
    assert (
        said
        == f"Revision 2: The client wants less drift.\nFrom the frontier: {frontier_page.name_of(one.ways[0])}."
    )


def test_the_frontier_of_such_a_revision_has_the_same_plans(desk: Desk) -> None:
    opened(desk)
    before = {one.plan_digest: one.ways for one in plans(desk)}
    use(desk, plan_named(desk, "to target"))

    page = opened(desk)

    assert {one.plan_digest: one.ways for one in plans(desk)} == before
    assert page.chosen.row.is_reviewed
    assert page.chosen.refusal == "This is the plan under review."


def test_the_maker_of_such_a_revision_cannot_approve_it(desk: Desk) -> None:
    opened(desk)
    use(desk, plan_named(desk, "to target"))

    makers = proposals.current(desk.proposal).review.makers.values_list("person_id", "did")
    assert (desk.ana.pk, "took a plan of the frontier") in list(makers)


def test_facts_that_moved_are_named_and_today_stands_beside_what_was_shown(desk: Desk) -> None:
    one = plan_named(desk, "to target")
    Price.objects.filter(security__symbol="ZUS").update(price=D("90"))

    answer = use(desk, one)

    page = page_of(answer, status=409)
    assert proposals.current(desk.proposal).number == 1
    assert any("ZUS" in sentence for sentence in page.today.moved), page.today.moved
    shown = {row.name: (row.revision, row.asked) for row in page.today.figures}
    assert shown["Distance from target"][0] != shown["Distance from target"][1]
    again = use(desk, one, seen=page.today.seen)
    assert again.status_code == 302
    made = proposals.current(desk.proposal)
    assert made.plan_digest == page.today.seen


def test_a_revision_that_came_in_between_is_named(desk: Desk) -> None:
    one = plan_named(desk, "to target")
    proposals.revise(desk.proposal, did="asked for fresh figures", by=Actor.person(desk.ana), at=SUNDAY_NOON)

    answer = use(desk, one)

    assert page_of(answer, status=409).today.moved == ("Revision 2 has replaced revision 1.",)
    assert proposals.current(desk.proposal).number == 2


def test_a_plan_of_other_facts_is_not_taken_by_another_digest(desk: Desk) -> None:
    opened(desk)

    answer = use(desk, plan_named(desk, "to target"), seen="0" * 64)

    assert answer.status_code == 409
    assert "What was sent is not the plan that is worked out now." in words_of(answer)


def test_without_a_reason_nothing_is_made(desk: Desk) -> None:
    opened(desk)

    answer = use(desk, plan_named(desk, "to target"), why=" ")

    assert answer.status_code == 422
    assert "Say why the plan should change; the reviewer reads it." in words_of(answer)
    assert proposals.current(desk.proposal).number == 1


def test_doing_nothing_is_no_revision(desk: Desk) -> None:
    opened(desk)

    answer = use(desk, plan_named(desk, "do nothing"))

    assert answer.status_code == 423
    assert opened(desk, preset="do-nothing").chosen.refusal.startswith("Doing nothing needs no revision")
    assert proposals.current(desk.proposal).number == 1


def test_a_way_that_there_is_not_is_refused(desk: Desk) -> None:
    opened(desk)

    assert use(desk, plan_named(desk, "to target"), way="drift at 7 bps").status_code == 409


def test_who_may_not_revise_looks_and_is_told_who_may(desk: Desk) -> None:
    opened(desk)

    page = page_of(as_(desk.rui).get(url(desk), {"preset": "to-target"}))

    assert page.chosen.refusal == "Only an advisor can change a proposal. Request changes instead."
    assert use(desk, plan_named(desk, "to target"), by=desk.rui).status_code == 403
    assert proposals.current(desk.proposal).number == 1


def test_nobody_sees_the_frontier_of_another_advisors_household(desk: Desk) -> None:
    otto = as_(cast.someone("Otto", "advisor"))

    assert otto.get(url(desk)).status_code == 404
    assert otto.post(url(desk), {"way": "to target"}).status_code == 404


def test_a_decided_proposal_shows_its_frontier_and_keeps_its_plan(desk: Desk) -> None:
    one = plan_named(desk, "to target")
    proposals.withdraw(desk.proposal, reason="Not now.", by=Actor.person(desk.ana), at=SUNDAY_NOON)

    assert opened(desk, plan=one.position).chosen.refusal == (
        "This proposal is withdrawn, so its plan stays as it is."
    )
    assert use(desk, one).status_code == 409


def test_a_plan_under_review_is_told_apart_by_its_lots_too(desk: Desk) -> None:
    plan = revisions.plan_of(proposals.current(desk.proposal))
    number, order = next((n, one) for n, one in enumerate(plan.orders) if one.lots)
    sale = replace(order.lots[0], lot="another")
    other = replace(order, lots=(sale, *order.lots[1:]))
    changed = replace(plan, orders=(*plan.orders[:number], other, *plan.orders[number + 1 :]))

    assert frontier_plans.apart(plan, changed) == 1


def test_it_is_linked_from_the_proposal_and_from_the_page_that_shapes_it(desk: Desk) -> None:
    proposal = reverse("rebalancing:proposal", args=[desk.proposal.public_id])
    shape = reverse("rebalancing:shape", args=[desk.proposal.public_id])

    for address, person in ((proposal, desk.ana), (proposal, desk.rui), (shape, desk.ana)):
        assert f'href="{url(desk)}"' in words_of(as_(person).get(address))


def test_nothing_that_moved_is_named_while_nothing_has(desk: Desk) -> None:
    assert frontier_plans.moved(proposals.current(desk.proposal), at=SUNDAY_NOON) == ()
