"""A decision explained in a real browser: read, taken away as a pack, worked out again, with the keyboard and without scripts."""

from __future__ import annotations

import zipfile

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_compliance_takes_the_pack_and_works_the_decision_out_again(page_of: SignedIn, script: bool) -> None:
    proposal = a_desk().approve()
    page = page_of(cast.cora(), script=script)

    page.goto(reverse("rebalancing:proposal", args=[proposal.public_id]))
    page.get_by_role("link", name="Explain this approval").click()
    expect(page.get_by_role("heading", name="Approved by Rui", level=1)).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the pack (ZIP)").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        assert {"explanation.pdf", "explanation.json", "manifest.json", "trail.jsonl"} <= set(
            archive.namelist()
        )
    page.get_by_role("button", name="Work it out again").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="It comes out the same, to the cent", level=1)).to_be_visible()
    page.get_by_role("link", name="Back to the explanation").click()
    expect(page.get_by_role("cell", name="It comes out the same, to the cent")).to_be_visible()


def test_both_pages_are_accessible_and_fit_on_every_screen(page_of: SignedIn) -> None:
    proposal = a_desk().approve()
    number = proposal.revisions.get().number
    page = page_of(cast.cora())
    page.goto(reverse("rebalancing:explained", args=[proposal.public_id, number]))
    page.get_by_role("button", name="Work it out again").click()
    expect(page.get_by_role("heading", name="It comes out the same, to the cent", level=1)).to_be_visible()

    look(
        page_of,
        cast.cora(),
        {
            "explained": reverse("rebalancing:explained", args=[proposal.public_id, number]),
            "replay": page.url,
        },
    )
