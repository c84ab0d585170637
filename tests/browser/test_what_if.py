"""The what-if in a real browser: asked without a script, refused at its field, and accessible on every screen."""

from __future__ import annotations

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


def test_other_bands_are_asked_about_without_a_script(page_of: SignedIn) -> None:
    a_desk()
    page = page_of(cast.cora(), script=False)

    page.goto("/")
    page.locator(".sections summary").click()
    page.get_by_role("link", name="What if").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 1 household is outside a band")
    page.get_by_label("Band in points").fill("2000")
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Band in points").fill("20")
    page.get_by_role("button", name="Show what it means").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "0 of 1 household would be outside a band, 1 is now"
    )
    expect(page.get_by_role("cell", name="No longer outside")).to_be_visible()


def test_what_if_is_accessible_and_fits_on_every_screen(page_of: SignedIn) -> None:
    a_desk()
    page = reverse("rebalancing:what_if")

    look(page_of, cast.cora(), {"what if": page, "what if, asked": f"{page}?points=3&share=20&tax_rate=15"})
