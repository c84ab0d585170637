"""The firm's settings in a real browser: proposed by one person, decided by another, and how the firm rebalances."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from compliance.firm.desk_figures import HOLD_DAYS_MAX
from compliance.firm.firm_settings import in_force
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import MONDAY

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def test_a_setting_is_changed_by_two_people_without_a_script(page_of: SignedIn) -> None:
    ada, cora = cast.ada(), cast.cora()
    page = page_of(ada, script=False)
    page.goto("/settings/")
    page.locator("summary", has_text="Triggers and holds").click()
    page.get_by_role("link", name="Change settings: Triggers and holds").click()
    page.get_by_label("Longest hold (days)").fill("60")
    page.get_by_label("Reason").fill("Two months are enough.")
    page.get_by_role("button", name="Propose the change").click()
    expect(page.get_by_role("heading", name="Check before you go on")).to_be_visible()
    page.get_by_role("button", name="Propose the change").click()
    expect(page.get_by_text("A second person decides about this; nothing has changed yet.")).to_be_visible()
    assert in_force(on=MONDAY).of(HOLD_DAYS_MAX) == 90

    other = page_of(cora, script=False)
    other.goto("/reviews/")
    other.get_by_role("link", name="Change settings: Triggers and holds").click()
    other.get_by_label("Approve exactly this").check()
    other.get_by_role("button", name="Record the decision").click()

    expect(other.get_by_text("It is approved.")).to_be_visible()
    assert in_force(on=MONDAY).of(HOLD_DAYS_MAX) == 60
    other.goto("/settings/versions/")
    expect(other.get_by_text("Longest hold: 90 days → 60 days")).to_be_visible()
    other.goto("/how-we-rebalance/")
    expect(other.get_by_text("lasts at most 60 days and can be renewed")).to_be_visible()


@pytest.mark.thorough
def test_the_pages_are_accessible_and_fit_in_both_themes_and_on_every_screen(page_of: SignedIn) -> None:
    look(
        page_of,
        cast.cora(),
        {
            "settings": "/settings/",
            "settings form": "/settings/rules/change/",
            "settings versions": "/settings/versions/",
            "promises": "/promises/",
            "how we rebalance": "/how-we-rebalance/",
        },
    )
