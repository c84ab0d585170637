"""Shaping a plan in a real browser: several requests without a script, what they cost, and the revision that is kept."""

from __future__ import annotations

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from rebalancing.models import Revision
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def worked_out(page: Page) -> None:
    """A smaller sale and a purchase left alone, asked for with the buttons beside the trades."""
    page.get_by_role("button", name="Another amount of ZUS in IRA").click()
    page.get_by_label("Amount").first.fill("700")
    page.get_by_role("button", name="Leave alone ZBD in IRA").click()
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_role("heading", name="What it would do")).to_be_visible()


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_two_requests_are_worked_out_together_and_kept(page_of: SignedIn, script: bool) -> None:
    desk = a_desk()
    proposal = desk.propose()
    page = page_of(desk.ana, script=script)

    page.goto(reverse("rebalancing:proposal", args=[proposal.public_id]))
    page.get_by_role("link", name="Change single trades").click()
    worked_out(page)
    expect(page.get_by_role("rowheader", name="Sell exactly 700 shares of ZUS in IRA.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Leave ZBD in IRA alone.")).to_be_visible()
    page.get_by_label("Why").fill("The bonds stay where they are until the client's loan is settled.")
    page.get_by_role("button", name="Keep as revision 2").click()

    expect(page.get_by_text("Revision 2 is in review. A colleague has to decide on it.")).to_be_visible()
    assert Revision.objects.filter(proposal=proposal).count() == 2


def test_it_is_accessible_and_fits_on_every_screen(page_of: SignedIn) -> None:
    desk = a_desk()
    proposal = desk.propose()

    look(page_of, desk.ana, {"shape": reverse("rebalancing:shape", args=[proposal.public_id])})


@pytest.mark.parametrize("width", [1440, 390])
def test_what_was_worked_out_is_accessible_and_fits(page_of: SignedIn, width: int) -> None:
    desk = a_desk()
    proposal = desk.propose()
    page = page_of(desk.ana, width=width)

    page.goto(reverse("rebalancing:shape", args=[proposal.public_id]))
    worked_out(page)

    if folder := os.environ.get("EVENKEEL_PICTURES"):
        page.screenshot(path=f"{folder}/shape-worked-out-{width}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
