"""The advisor's and the reviewer's pages in a real browser, and the whole decision without a script."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.models import ModelPortfolio, Policy
from rebalancing.models import Proposal, ScanRun
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.deciding import answer_findings
from tests.factories.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


@pytest.mark.thorough
def test_the_work_pages_are_accessible_and_fit_in_both_themes_and_on_every_screen(page_of: SignedIn) -> None:
    desk = a_desk()
    proposal = desk.propose()

    look(
        page_of,
        desk.ana,
        {
            "home": "/",
            "households": reverse("clients:household_list"),
            "household": reverse("clients:household", args=[desk.household.public_id]),
            "policy": reverse("clients:policy", args=[Policy.objects.get().public_id]),
            "models": reverse("clients:model_list"),
            "model": reverse("clients:model", args=[ModelPortfolio.objects.get().public_id]),
            "drift": reverse("rebalancing:drift"),
            "scans": reverse("rebalancing:scan_list"),
            "scan": reverse("rebalancing:scan", args=[ScanRun.objects.get().public_id]),
            "proposals": reverse("rebalancing:proposal_list"),
            "proposal": reverse("rebalancing:proposal", args=[proposal.public_id]),
        },
    )
    look(
        page_of,
        desk.rui,
        {"queue": "/", "blocked": reverse("rebalancing:approve", args=[proposal.public_id])},
    )


def test_a_reviewer_approves_without_a_script(page_of: SignedIn) -> None:
    desk = a_desk()
    proposal = desk.propose()
    answer_findings(proposal)
    page = page_of(desk.rui, script=False)

    page.goto("/")
    page.get_by_role("link", name="Proposal for Miller").click()
    page.get_by_role("textbox", name="Comment").fill("Clean.")
    page.get_by_role("button", name="Check and approve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve 2 trades for Miller?")
    page.get_by_role("button", name="Approve exactly this").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    approved = Proposal.objects.get(pk=proposal.pk)
    assert approved.state == Proposal.State.APPROVED


def test_the_decision_comes_before_the_tables_on_a_phone_and_beside_them_on_a_desk(page_of: SignedIn) -> None:
    desk = a_desk()
    address = reverse("rebalancing:proposal", args=[desk.propose().public_id])

    def places(width: int) -> tuple[dict[str, float], dict[str, float]]:
        page = page_of(desk.rui, width=width)
        page.goto(address)
        decision, trades = (page.locator(one).bounding_box() for one in (".decision", "table.trades"))
        assert decision is not None
        assert trades is not None
        return dict(decision), dict(trades)

    decision, trades = places(390)
    assert decision["y"] + decision["height"] < trades["y"]
    decision, trades = places(1440)
    assert decision["x"] > trades["x"] + trades["width"]
    assert decision["y"] < 500


def test_a_list_is_sorted_filtered_and_taken_as_a_file_without_a_script(page_of: SignedIn) -> None:
    desk = a_desk()
    desk.propose()
    page = page_of(desk.ana, script=False)

    page.goto(reverse("rebalancing:proposal_list"))
    page.get_by_role("link", name="Household", exact=True).click()
    expect(page.get_by_role("columnheader", name="Household")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="In review 1").click()
    assert "state=in_review" in page.url
    assert "ordering=household" in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename == "proposals-2026-11-22.xlsx"
    page.get_by_role("link", name="Rejected 0").click()
    expect(page.get_by_text("No proposal matches these filters")).to_be_visible()
