"""The gallery in a real browser: nothing blocked, nothing inaccessible, nothing wider than the screen."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignedIn
from tests.cast import ana

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1440, 390, 320)
THEMES = ("light", "dark")


def complaints_of(page: Page) -> list[str]:
    """What the browser says against the page while it is used: blocked styles, faults in scripts, missing files."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.mark.thorough
def test_the_gallery_is_accessible_and_fits_in_both_themes_and_on_every_screen(page_of: SignedIn) -> None:
    person = ana()
    for theme in THEMES:
        for width in WIDTHS:
            page = page_of(person, width=width, theme=theme)
            said = complaints_of(page)
            page.goto("/styleguide/")
            expect(page.get_by_role("heading", level=1)).to_have_text(
                "Every part of the desk, in every state"
            )

            found = Axe().run(page).response["violations"]
            assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert said == []


def test_the_keyboard_walks_the_rows_and_is_dead_while_somebody_writes(page_of: SignedIn) -> None:
    page = page_of(ana())
    page.goto("/styleguide/")
    page.get_by_role("heading", level=1).click()

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Okafor & Reyes")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next, previous row")
    page.get_by_role("button", name="Turn the keys off").click()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Okafor & Reyes")).to_be_focused()

    comment = page.get_by_label("Comment")
    comment.click()
    comment.press_sequentially("j?")
    expect(comment).to_have_value("j?")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_the_appearance_stays_with_the_browser(page_of: SignedIn, script: bool) -> None:
    page = page_of(ana(), script=script)
    said = complaints_of(page)
    page.goto("/styleguide/")

    page.get_by_text("Ana", exact=True).click()
    with page.expect_response("**/appearance/"):
        page.get_by_role("button", name="Dark").click()
    page.goto("/styleguide/")

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(231, 236, 236)"
    assert said == []
