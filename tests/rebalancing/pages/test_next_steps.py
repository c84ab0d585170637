"""What a page says beside a refusal: what changed side by side, who may, and the next step as a form or a link."""

from __future__ import annotations

import re
from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Price, TaxLot
from compliance.models import AnchorKind, Approval, Comment, FindingRow, SeverityLevel
from compliance.refusals import Step
from rebalancing.models import Proposal
from rebalancing.proposals import proposals, revisions
from tests import cast
from tests.clock import LAST_FRIDAY
from tests.factories.deciding import answer_findings
from tests.factories.desk import Desk, on_record
from tests.factories.firm_settings import looking_twice
from tests.pages import as_, page_of, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    made = on_record()
    looking_twice()
    made.propose()
    return made


def url(desk: Desk, name: str = "proposal") -> str:
    return reverse(f"rebalancing:{name}", args=[desk.proposal.public_id])


def the_price_falls() -> None:
    Price.objects.filter(security__symbol="ZUS").update(price=D("90"))


def steps(answer: Any) -> dict[str, Step]:
    """The next steps of a page by their labels."""
    page = answer.context["page"]
    told = page["refused"] if isinstance(page, dict) else page.refused
    return {step.label: step for step in told.steps}


def take(person: Any, step: Step, **typed: str) -> Any:
    """Press a step's button, with the words that stand there unless others are typed."""
    assert step.is_form
    sent = dict(step.sends)
    if step.asks:
        sent[step.asks[0]] = step.asks[2]
    return as_(person).post(step.url, {**sent, **typed}, follow=True)


def asked_of(person: Any) -> list[tuple[str, str]]:
    return [(row.what, row.whom) for row in page_of(as_(person).get("/")).asked]


# ── Stale ────────────────────────────────────────────────────────────────────────────────────────


def test_what_moved_stands_side_by_side_and_its_advisor_works_it_out_again_in_place(desk: Desk) -> None:
    the_price_falls()
    answer_findings(desk.proposal)
    page = page_of(as_(desk.ana).get(url(desk)))
    (moved,) = page.decision.refused.moved
    assert (moved.input, moved.shown, moved.now) == ("price of ZUS", "100.00", "90.00")
    again = page.decision.refused.steps[0]
    assert (again.label, again.is_form) == ("Work it out again", True)

    answer = take(desk.ana, again)

    now = page_of(answer)
    assert (now.header.revision, now.decision.moved) == (2, ())
    assert "price of ZUS: shown 100.00, now 90.00." in [
        line for thread in now.talk.threads for line in thread.first.text.splitlines()
    ]
    assert any(cause.did == "had it worked out again on newer facts" for cause in now.makers.deeds)


def test_a_second_click_makes_no_third_revision_and_leads_to_the_second(desk: Desk) -> None:
    the_price_falls()
    again = page_of(as_(desk.ana).get(url(desk))).decision.refused.steps[0]
    take(desk.ana, again)

    answer = take(desk.ana, again)

    assert answer.status_code == 409
    assert "Revision 2 was made meanwhile." in words_of(answer)
    assert url(desk) in [step.url for step in steps(answer).values()]
    assert proposals.current(desk.proposal).number == 2


def test_what_was_asked_of_the_plan_is_asked_again(desk: Desk) -> None:
    as_(desk.ana).post(
        url(desk, "revise"), {"revise-objective": "no_gains", "revise-why": "No gains this year."}
    )
    before = revisions.household_of(proposals.current(desk.proposal))
    the_price_falls()

    take(desk.ana, page_of(as_(desk.ana).get(url(desk))).decision.refused.steps[0])

    after = revisions.household_of(proposals.current(desk.proposal))
    assert proposals.current(desk.proposal).number == 3
    assert after.objective == before.objective
    assert {one.price for one in after.securities} != {one.price for one in before.securities}


@pytest.mark.parametrize("seen", ["", "0" * 64, "é" * 5000])
def test_working_out_again_needs_what_was_seen(desk: Desk, seen: str) -> None:
    the_price_falls()

    answer = as_(desk.ana).post(url(desk, "work_again"), {"seen": seen})

    assert answer.status_code == 409
    assert proposals.current(desk.proposal).number == 1


def test_a_reviewer_cannot_make_the_revision_and_asks_its_advisor_whose_home_page_says_so(
    desk: Desk,
) -> None:
    answer_findings(desk.proposal)
    the_price_falls()
    refused = as_(desk.rui).post(url(desk, "approve"), {"seen": desk.seen(), "acknowledge": "on"})
    assert refused.status_code == 409
    assert re.search(r"Price of ZUS.*100\.00.*90\.00", words_of(refused))
    assert as_(desk.rui).post(url(desk, "work_again"), {"seen": desk.seen()}).status_code == 403

    take(desk.rui, steps(refused)["Ask Ana to work it out again"])

    assert asked_of(desk.ana) == [("Proposal for Miller", "Rui asks")]
    assert [asked_of(one) for one in (desk.rui, desk.tom, cast.otto(), cast.max_())] == [[], [], [], []]
    # Once it is worked out again, the question is answered.
    take(desk.ana, page_of(as_(desk.ana).get(url(desk))).decision.refused.steps[0])
    assert asked_of(desk.ana) == []


def test_lots_that_changed_are_told_with_what_was_held_and_what_is(desk: Desk) -> None:
    TaxLot.objects.filter(key="A1").update(closed_on=LAST_FRIDAY)

    moved = page_of(as_(desk.ana).get(url(desk))).decision.refused.moved

    found = {one.input: (one.shown, one.now) for one in moved}
    shown, now = found["lots of ZUS"]
    assert "shares in" in shown
    assert "basis $" in shown
    assert shown != now


def test_an_approval_of_an_older_revision_leads_to_the_current_one(desk: Desk) -> None:
    answer_findings(desk.proposal)

    answer = as_(desk.rui).post(url(desk, "approve"), {"seen": "0" * 64})

    assert answer.status_code == 409
    assert steps(answer)["Read revision 1, the current one"].url == url(desk)


# ── Blocked ──────────────────────────────────────────────────────────────────────────────────────


def test_each_blocker_leads_by_name_to_the_form_that_answers_it(desk: Desk) -> None:
    rui = as_(desk.rui)
    found = [
        step
        for label, step in steps(rui.get(url(desk, "approve"))).items()
        if label.startswith("Answer for PTC-43")
    ]

    rows = FindingRow.objects.filter(severity=SeverityLevel.OVERRIDE).order_by("position")
    assert [step.url for step in found] == [f"{url(desk)}#answer-{row.pk}" for row in rows]
    page = rui.get(url(desk)).content.decode()
    for row in rows:
        assert f'id="answer-{row.pk}"' in page
    refused = rui.post(url(desk, "approve"), {"seen": desk.seen(), "acknowledge": "on"})
    assert refused.status_code == 423
    assert {step.url for step in found} <= {step.url for step in steps(refused).values()}


# ── Not allowed ──────────────────────────────────────────────────────────────────────────────────


def test_whoever_may_not_decide_reads_who_may_and_asks_them(desk: Desk) -> None:
    refused = as_(desk.ana).post(url(desk, "approve"), {"seen": desk.seen(), "acknowledge": "on"})
    assert refused.status_code == 403
    assert "Rui can." in words_of(refused)

    answer = take(desk.ana, steps(refused)["Ask Rui"], text="The client travels from Tuesday.")

    assert "Asked. It stands on the home page of Rui." in words_of(answer)
    assert asked_of(desk.rui) == [("Proposal for Miller", "Ana asks")]
    question = Comment.objects.get(anchor_kind=AnchorKind.ASKED)
    assert (question.anchor_ref, question.text) == ("reviewer", "The client travels from Tuesday.")
    assert "Asked of: reviewer" in words_of(as_(desk.rui).get(url(desk)))

    as_(desk.rui).post(reverse("rebalancing:resolve", args=[desk.proposal.public_id, question.pk]))
    assert asked_of(desk.rui) == []


def test_the_page_of_whoever_may_not_decide_offers_the_question(desk: Desk) -> None:
    (step,) = page_of(as_(desk.ana).get(url(desk))).decision.refused.steps

    assert (step.label, step.is_form) == ("Ask a reviewer", True)


def test_a_question_that_is_sent_twice_is_asked_once(desk: Desk) -> None:
    (step,) = page_of(as_(desk.ana).get(url(desk))).decision.refused.steps
    take(desk.ana, step)
    take(desk.ana, step)

    assert Comment.objects.filter(anchor_kind=AnchorKind.ASKED).count() == 1


@pytest.mark.parametrize(
    ("of", "text"),
    [("", "Please."), ("client", "Please."), ("reviewer,reviewer", "Please."), ("reviewer", " "),
     ("reviewer", "x" * 5_001), ("nobody", "Please."), ("reviewer", "a\x00b")],
)  # fmt: skip
def test_a_question_to_nobody_or_of_nothing_is_refused_with_a_way_back(
    desk: Desk, of: str, text: str
) -> None:
    (step,) = page_of(as_(desk.ana).get(url(desk))).decision.refused.steps

    answer = as_(desk.ana).post(step.url, {"of": of, "text": text})

    assert answer.status_code == 422
    assert steps(answer)
    assert not Comment.objects.filter(anchor_kind=AnchorKind.ASKED).exists()


@pytest.mark.parametrize("who", ["otto", "max_", "carl"])
def test_people_outside_its_scope_cannot_ask(desk: Desk, who: str) -> None:
    (step,) = page_of(as_(desk.ana).get(url(desk))).decision.refused.steps

    answer = as_(getattr(cast, who)()).post(step.url, {"of": "reviewer", "text": "Please."})

    assert answer.status_code in (403, 404)
    assert not Comment.objects.exists()


# ── Settled ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_decided_already_leads_to_the_approval(desk: Desk) -> None:
    desk.approve()
    cast.rosa()

    answer = as_(desk.rui).post(url(desk, "decide"), {
        "verdict": "reject", "seen": desk.seen(), "text": "No.",
    })  # fmt: skip

    assert answer.status_code == 409
    approval = Approval.objects.get(subject_kind="proposal")
    assert steps(answer)["See the approval and its reference"].url == reverse(
        "rebalancing:approval", args=[approval.public_id]
    )


def test_a_release_that_is_refused_says_what_to_do_in_place(desk: Desk) -> None:
    answer = as_(desk.tom).get(url(desk, "release"))
    assert "only approved ones are released" in words_of(answer)
    assert url(desk) in [step.url for step in page_of(answer).refused.steps]

    desk.approve()
    asked = as_(desk.ana).get(url(desk, "release"))
    assert "Tom can." in words_of(asked)
    take(desk.ana, steps(asked)["Ask Tom"])
    assert asked_of(desk.tom) == [("Proposal for Miller", "Ana asks")]

    the_price_falls()
    refused = as_(desk.tom).post(url(desk, "release"), {"seen": desk.seen()})
    assert refused.status_code in (409, 423)
    assert page_of(refused, refused.status_code).refused.steps
    assert desk.proposal.state == Proposal.State.APPROVED


# ── Programs ─────────────────────────────────────────────────────────────────────────────────────


def test_a_program_reads_what_it_can_do_next(desk: Desk) -> None:
    answer_findings(desk.proposal)
    the_price_falls()
    one = f"/api/v1/proposals/{desk.proposal.public_id}/"
    sent = {"fingerprint": desk.seen(), "acknowledge_warnings": True}
    match = {"If-Match": f'"{desk.seen()}"'}

    refused = as_(desk.rui).post(f"{one}approve/", sent, "application/json", headers=match)
    assert refused.status_code == 409
    review = proposals.current(desk.proposal).review
    assert review is not None
    assert refused.json()["next"] == [
        {
            "title": "Ask Ana to work it out again",
            "method": "POST",
            "href": f"/api/v1/reviews/{review.public_id}/comment/",
        },
        {"title": "Open the proposal as it is now", "method": "GET", "href": one},
    ]

    asked = as_(desk.rui).post(
        refused.json()["next"][0]["href"],
        {"text": "Please work it out again.", "anchor_kind": "asked", "anchor_ref": "advisor"},
        "application/json",
    )
    assert asked.status_code == 201
    assert asked_of(desk.ana) == [("Proposal for Miller", "Rui asks")]
    nobody = as_(desk.rui).post(
        refused.json()["next"][0]["href"],
        {"text": "Please.", "anchor_kind": "asked", "anchor_ref": "client"},
        "application/json",
    )
    assert nobody.status_code == 422

    made = as_(desk.ana).post(f"{one}work-again/", {"fingerprint": desk.seen()}, "application/json", headers=match)  # fmt: skip
    assert (made.status_code, made.json()["revision"]) == (200, 2)
    late = as_(desk.ana).post(f"{one}work-again/", {"fingerprint": sent["fingerprint"]}, "application/json", headers=match)  # fmt: skip
    assert late.status_code == 412
    assert late.json()["next"][0]["href"] == one
