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
