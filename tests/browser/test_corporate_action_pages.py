"""Corporate actions in a real browser on every screen: the list, one with its lots, and announcing it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.corporate_actions import applying
from clients.models import CorporateAction, Security
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import MONDAY_NOON
from tests.factories import actions
from tests.factories.households import a_managed_household

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def announced() -> tuple[CorporateAction, CorporateAction]:
    """A spin-off to be agreed to, and a split that is applied."""
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    spun: dict[str, Any] = {
        "shares_new": Decimal(1),
        "shares_old": Decimal(8),
        "basis_share": Decimal("0.125"),
        "lieu_price": Decimal(30),
        "new_security": Security.objects.get(symbol="ZUB"),
    }
    coming = actions.announced("ZBD", "spin_off", **spun)
    done = actions.agreed()
    applying.run(at=MONDAY_NOON)
    return coming, done


@pytest.mark.thorough
def test_the_pages_of_corporate_actions_are_accessible_and_fit_on_every_screen(page_of: SignedIn) -> None:
    coming, done = announced()
    look(
        page_of,
        cast.ana(),
        {
            "corporate-actions": reverse("clients:corporate_action_list"),
            "corporate-action": reverse("clients:corporate_action", args=[coming.public_id]),
            "corporate-action-applied": reverse("clients:corporate_action", args=[done.public_id]),
        },
    )
    enter = reverse("clients:corporate_action_enter")
    look(
        page_of,
        cast.tom(),
        {"corporate-action-enter": enter, "corporate-action-enter-spin-off": f"{enter}?kind=spin_off"},
    )


def test_tom_announces_a_split_and_sees_what_becomes_of_every_lot(page_of: SignedIn) -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    page = page_of(cast.tom())
    page.goto(reverse("clients:corporate_action_list"))
    page.get_by_role("link", name="Enter a corporate action").first.click()
    page.get_by_label("What happens").select_option("split")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Stock split")).to_be_visible()
    expect(page.get_by_label("Cash for each old share")).to_have_count(0)
    page.get_by_label("Symbol", exact=True).fill("ZUS")
    page.get_by_label("Ex-day or effective day").fill("2026-12-01")
    page.get_by_label("Shares after").fill("4")
    page.get_by_label("For so many before").fill("1")
    page.get_by_label("Source", exact=True).fill("Notice of November 20")
    page.get_by_role("button", name="Enter a corporate action").click()
    page.get_by_role("button", name="Enter a corporate action").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Stock split of ZUS on Dec 1, 2026: 4 for 1")
    lots = page.get_by_role("table").first
    expect(lots).to_contain_text("12,000")
    expect(lots).to_contain_text("$120,000.00")
    expect(page.get_by_text("3 lots in 2 accounts")).to_be_visible()
