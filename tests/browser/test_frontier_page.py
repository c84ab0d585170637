"""The frontier in a real browser: a plan is chosen with the slider, a button or a number, and becomes a revision."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from rebalancing.models import FrontierPlan, Revision
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.desk import Desk, a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


@pytest.fixture
def desk() -> Desk:
    made = a_desk(taxable_only=True)
    made.propose()
    return made


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_a_plan_of_the_frontier_becomes_a_revision(page_of: SignedIn, desk: Desk, script: bool) -> None:
    page = page_of(desk.ana, script=script)

    page.goto(reverse("rebalancing:proposal", args=[desk.proposal.public_id]))
    page.get_by_role("link", name="See tax against drift as a picture").click()
    page.get_by_role("button", name="To target", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("To target"))).to_be_visible()
    page.get_by_label("Why").fill("The client has asked to be on target before the year ends.")
    page.get_by_role("button", name="Use this plan as revision 2").click()

    expect(page.get_by_text("Revision 2 is in review. A colleague has to decide on it.")).to_be_visible()
    made = Revision.objects.get(proposal=desk.proposal, number=2)
    assert made.plan_digest in set(FrontierPlan.objects.values_list("plan_digest", flat=True))


def test_the_slider_moves_with_the_keyboard_and_shows_each_plan_as_it_rests(
    page_of: SignedIn, desk: Desk
) -> None:
    page = page_of(desk.ana)
    page.goto(reverse("rebalancing:frontier", args=[desk.proposal.public_id]))
    slider = page.get_by_role("slider")

    slider.focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("heading", name="Plan 1 of")).to_be_visible()
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("heading", name="Plan 2 of")).to_be_visible()
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Plan 2: tax .* from target"))
    expect(page).to_have_url(re.compile(r"\?plan=2$"))
    expect(page.locator(".frontier-here.frontier-mark")).to_have_count(2)  # In the picture, and in its key.


def test_a_number_that_is_no_amount_is_told_at_its_field(page_of: SignedIn, desk: Desk) -> None:
    page = page_of(desk.ana, script=False)
    page.goto(reverse("rebalancing:frontier", args=[desk.proposal.public_id]))

    page.get_by_label("Estimated tax at most").fill("little")
    page.get_by_label("Estimated tax at most").press("Enter")

    expect(page.get_by_role("link", name="Enter an amount in dollars, for example 4200.")).to_be_visible()


def test_it_is_accessible_and_fits_on_every_screen(page_of: SignedIn, desk: Desk) -> None:
    address = reverse("rebalancing:frontier", args=[desk.proposal.public_id])

    look(page_of, desk.ana, {"frontier": address, "frontier-target": f"{address}?preset=to-target"})
