"""Who entered a fact that a proposal rests on has shaped it, and does not approve it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clients.households import books, cash_flows, holds, life_events
from clients.imports import custodian_files
from clients.models import Security
from clients.securities import decisions
from compliance.models import ReviewMaker
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from compliance.review_desk import objections
from rebalancing import access
from rebalancing.models import Proposal, Reading, ScanRun
from rebalancing.proposals import proposals
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.bundles import bundle
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.firm_settings import looking_twice
from tests.factories.households import SET_UP, a_managed_household, received

pytestmark = pytest.mark.django_db


def shaped_by(proposal: Proposal) -> list[tuple[str, str]]:
    rows = ReviewMaker.objects.filter(review__revision__proposal=proposal).order_by("person__name", "did")
    return [(row.person.name, row.did) for row in rows]


def a_cash_need(household: Any, by: Any) -> None:
    cash_flows.expect(
        household.accounts.order_by("pk")[0],
        kind="withdrawal",
        amount=Decimal(-40_000),
        due_on=date(2026, 11, 27),
        note="",
        user_id=by.pk,
        by=Actor.person(by),
        at=SUNDAY_NOON,
    )


def test_who_added_the_cash_need_does_not_approve_what_it_leads_to(ana: Any, rui: Any, bea: Any) -> None:
    household = a_managed_household(advisor=ana, reviewer=rui)
    a_cash_need(household, bea)
    scan()
    proposal = Proposal.objects.get()
    answer_findings(proposal)

    assert shaped_by(proposal) == [("Bea", "added a withdrawal of $40,000.00 due Nov 27, 2026")]
    with pytest.raises(
        NotAllowed,
        match=r"You added a withdrawal of .* due Nov 27, 2026 on Nov 22, 2026, 12:00 ET, and revision 1 is based on "
        r"it, so a colleague has to decide. Rui can.",
    ):
        approve(proposal, bea)
    assert approve(proposal, rui).approved_by_label == "Rui"


@pytest.mark.parametrize("what", ["hold lifted", "life event", "lots loaded", "wash group", "hold placed"])
def test_every_fact_that_shapes_it_makes_a_maker(what: str, ana: Any, rui: Any, bea: Any) -> None:
    household = a_managed_household(advisor=ana, reviewer=rui)
    by, at = Actor.person(bea), SUNDAY_NOON
    if what.startswith("hold"):
        hold = holds.place(
            household, account=None, security=None, kind="advisor", reason="A transfer.", user_id=bea.pk,
            starts_on=date(2026, 11, 1), expires_on=date(2026, 11, 30), by=by, at=at,
        )  # fmt: skip
        holds.lift(hold, user_id=ana.pk if what == "hold placed" else bea.pk, by=by, at=at)
    elif what == "life event":
        # A marriage before the policy: it holds nothing back.
        life_events.record(
            household, kind="marriage", opened_on=date(2025, 1, 1), person=None, note="", by=by, at=at
        )
    elif what == "lots loaded":
        rows = ["11110001,2026-11-20,settled,11000.00", "11110002,2026-11-20,settled,5000.00"]
        file = received(bundle(cash=rows), name="friday.zip", user=bea)
        custodian_files.load(file, user_id=bea.pk, by=by, at=at)
    else:
        cora = cast.cora()
        decisions.decide_wash_group(
            Security.objects.get(symbol="ZUS"), code="us", reason="Alike.", by=Actor.person(cora), at=at
        )
        bea = cora
    scan()

    assert bea.name in {who for who, _ in shaped_by(Proposal.objects.get())}, what
    assert objections.refusal_as_maker(bea, proposals.current(Proposal.objects.get()).review)


def test_who_loads_the_files_of_the_day_opens_and_withdraws_nothing_by_it(ana: Any, rui: Any) -> None:
    tom = cast.tom()
    a_managed_household(advisor=ana, reviewer=rui)
    file = received(
        bundle(cash=["11110001,2026-11-20,settled,11000.00", "11110002,2026-11-20,settled,5000.00"])
    )
    custodian_files.load(file, user_id=tom.pk, by=Actor.person(tom), at=SUNDAY_NOON)
    scan()
    proposal = Proposal.objects.get()
    answer_findings(proposal)

    assert [who for who, _ in shaped_by(proposal)] == ["Tom"]
    with pytest.raises(NotAllowed):
        proposals.withdraw(proposal, reason="Why not.", by=Actor.person(tom), at=SUNDAY_NOON)
    # The firm still works: everybody but the one who loaded them may approve.
    approve(proposal, rui)


def test_a_fact_taken_in_by_an_earlier_settled_reading_bars_nobody_for_good(
    ana: Any, rui: Any, bea: Any
) -> None:
    household = a_managed_household(advisor=ana, reviewer=rui)
    life_events.record(
        household, kind="marriage", opened_on=date(2025, 1, 1), person=None, note="", by=Actor.person(bea),
        at=SUNDAY_NOON,
    )  # fmt: skip
    _settle(household)

    assert shaped_by(Proposal.objects.get()) == []


def test_a_withdrawn_proposal_launders_nobody(ana: Any, rui: Any, bea: Any) -> None:
    household = a_managed_household(advisor=ana, reviewer=rui)
    life_events.record(
        household, kind="marriage", opened_on=date(2025, 1, 1), person=None, note="", by=Actor.person(bea),
        at=SUNDAY_NOON,
    )  # fmt: skip
    scan()
    proposals.withdraw(Proposal.objects.get(), reason="Once more.", by=Actor.person(ana), at=SUNDAY_NOON)
    _requested()

    assert [who for who, _ in shaped_by(Proposal.objects.latest("pk"))] == ["Bea"]


def test_who_answers_for_a_finding_is_not_its_only_approver(ana: Any, rui: Any) -> None:
    rosa = cast.rosa()
    looking_twice()
    household = a_managed_household(advisor=ana, reviewer=rui)
    scan()
    proposal = Proposal.objects.get()
    answer_findings(proposal, rui)
    with pytest.raises(NotAllowed, match=r"No other reviewer has this household .* the book of Rosa\."):
        approve(proposal, rui)
    in_book = {"part": "reviewer", "starts_on": date(2020, 1, 2), "by": SET_UP, "at": SUNDAY_NOON}
    books.assign(household, user=rosa, **in_book)

    with pytest.raises(
        NotAllowed, match=r"You overrode PTC-43 on .* so somebody else has to approve. Rosa can."
    ):
        approve(proposal, rui)
    review = proposals.current(proposal).review
    assert objections.refusal_to_decide(rui, review, at=SUNDAY_NOON) is None, "he may still reject it"
    assert approve(proposal, rosa).approved_by_label == "Rosa"


def test_the_page_and_the_api_say_who_shaped_it_and_when(ana: Any, rui: Any, bea: Any) -> None:
    household = a_managed_household(advisor=ana, reviewer=rui)
    a_cash_need(household, bea)
    scan()
    proposal = Proposal.objects.get()
    browser = Client()
    browser.force_login(rui, backend=settings.AUTHENTICATION_BACKENDS[0])

    page = browser.get(reverse("rebalancing:proposal", args=[proposal.public_id])).content.decode()
    told = browser.get(f"/api/v1/proposals/{proposal.public_id}/").json()

    assert "Who shaped it" in page
    assert "added a withdrawal of $40,000.00 due Nov 27, 2026" in page
    assert [(one["name"], one["done_at"][:10]) for one in told["makers"]] == [("Bea", "2026-11-22")]
    assert access.refusal_to_release(rui)


def _settle(household: Any) -> None:
    """A reading that took every fact in and ended there."""
    run = scans.start(
        scan=ScanRun.Scan.DAILY, market_on=LAST_FRIDAY, code_version="test", user_id=None,
        by=Actor.system("timetable"), at=SUNDAY_NOON,
    )  # fmt: skip
    Reading.objects.create(
        run=run, household=household, outcome=Reading.Outcome.IN_BAND, reason="Inside.", read_at=SUNDAY_NOON
    )
    scans.cancel(run, by=Actor.system("timetable"), at=SUNDAY_NOON)
    _requested()


def _requested() -> None:
    later = SUNDAY_NOON + timedelta(minutes=1)
    run = scans.start(
        scan=ScanRun.Scan.REQUESTED, market_on=LAST_FRIDAY, code_version="test", user_id=None,
        by=Actor.system("timetable"), at=later,
    )  # fmt: skip
    scans.work(worker="here", now=lambda: later, do=readings.read, run=run, households_max=100)
