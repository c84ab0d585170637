"""Deciding in a real Chromium: on a phone, on facts that moved, and of several proposals beside each other."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from playwright.sync_api import Page, expect

from clients.models import Price
from compliance.firm import batch_figures
from compliance.firm.catalog import BY_CODE
from compliance.models import Approval
from compliance.people.actors import Actor
from rebalancing.models import Proposal
from rebalancing.proposals import proposals
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories.deciding import answer_findings
from tests.factories.desk import Desk, a_desk
from tests.factories.firm_settings import decided, looking_twice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk() -> Desk:
    set_clock(SUNDAY_NOON)
    made = a_desk()
    looking_twice()
    made.propose()
    return made


def address(desk: Desk) -> str:
    return f"/proposals/{desk.proposal.public_id}/"


def top_of(page: Page, selector: str) -> float:
    """How far down the page something begins, in CSS pixels."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return float(box["y"])


def approve(page: Page) -> None:
    page.get_by_role("button", name="Check and approve").click()
    if page.get_by_label("I have read the notes above").count():
        page.get_by_label("I have read the notes above").check()
    page.get_by_role("button", name="Approve exactly this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approved")


def test_on_a_phone_what_it_would_do_the_decision_and_what_blocks_it_come_before_everything_else(
    desk: Desk, page_of: SignedIn
) -> None:
    page = page_of(desk.rui, width=390)
    page.goto(address(desk))

    places = [".proposal-bar h1", ".summary .key-figures", "form.decision", "#checks", ".evidence"]
    tops = [top_of(page, one) for one in places]
    assert tops == sorted(tops)
    assert page.locator(".summary dt").all_text_contents()[-1] == "Estimated tax"
    # Within two screens of the phone.
    assert top_of(page, "form.decision .actions") < 2 * 844
    titles = page.locator("main h2").all_text_contents()
    assert len(titles) == len(set(titles))
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_a_reviewer_approves_on_a_phone(desk: Desk, page_of: SignedIn, script: bool) -> None:
    answer_findings(desk.proposal)
    page = page_of(desk.rui, width=390, script=script)
    page.goto(address(desk))

    approve(page)

    assert Approval.objects.filter(subject_kind="proposal").count() == 1


def test_what_is_stale_is_asked_for_worked_out_again_and_approved(desk: Desk, page_of: SignedIn) -> None:
    Price.objects.filter(security__symbol="ZUS").update(price="95")
    rui = page_of(desk.rui)
    rui.goto(address(desk))
    moved = rui.get_by_role("table", name="What changed")
    expect(moved.get_by_role("row").nth(1)).to_contain_text("100.00")
    expect(moved.get_by_role("row").nth(1)).to_contain_text("95.00")
    rui.get_by_role("button", name="Ask Ana to work it out again").click()
    expect(rui.get_by_text("It stands on the home page of Ana.")).to_be_visible()

    ana = page_of(desk.ana)
    ana.goto("/")
    ana.get_by_role("region", name="Asked of you").get_by_role("link", name="Answer").click()
    ana.get_by_role("button", name="Work it out again").click()
    expect(ana.get_by_text("Revision 2 is worked out on today's facts.")).to_be_visible()

    answer_findings(desk.proposal)
    rui.goto(address(desk))
    approve(rui)
    assert proposals.current(desk.proposal).number == 2
    assert desk.proposal.state == Proposal.State.APPROVED


def test_refusals_are_readable_on_every_screen(desk: Desk, page_of: SignedIn) -> None:
    Price.objects.filter(security__symbol="ZUS").update(price="95")
    look(page_of, desk.ana, {"stale": address(desk)})
    look(page_of, desk.rui, {"stale-check": f"{address(desk)}approve/"})


def test_several_are_approved_beside_each_other_and_compliance_sees_how_fast(
    desk: Desk, page_of: SignedIn
) -> None:
    decided(BY_CODE["rules.order_fraction"], D(1))
    for setting, value in (
        (batch_figures.BATCH_GAIN, D(100_000)), (batch_figures.BATCH_TURNOVER, D(1)), (batch_figures.BATCH_HELD_OUT, 1),
    ):  # fmt: skip
        decided(setting, value)
    as_made = proposals.revise(desk.proposal, did="looked again", by=Actor.person(desk.ana), at=SUNDAY_NOON)
    page = page_of(desk.rui)
    page.goto("/approval-batches/new/")
    page.get_by_label("Miller").check()
    if page.get_by_label("I have read the notes of each").count():
        page.get_by_label("I have read the notes of each").check()
    page.get_by_role("button", name="Approve exactly these").click()
    page.get_by_role("button", name="Approve exactly these").click()
    # One in one is held out, so this one has to be read by itself.
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 drawn for a reading of its own")

    cora = page_of(cast.cora())
    cora.goto("/compliance/")
    rows = cora.get_by_role("row")
    expect(rows.filter(has_text="Held-out samples")).to_contain_text("Proposal for Miller")
    expect(rows.filter(has_text="Approved within seconds")).to_contain_text("was open for")
    assert as_made.number == 2
