"""Ada keeps a webhook in a real browser, without a script; its pages fit every screen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.cast import PASSWORD
from tests.factories.webhooks import a_failed_delivery, a_webhook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def confirm(page: Any) -> None:
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and go on").click()


def test_a_webhook_is_made_confirmed_and_its_secret_shown_once(page_of: SignedIn, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset()
    settings.STEP_UP_MINUTES = 5
    page = page_of(cast.ada(), script=False)

    page.goto("/webhooks/")
    page.get_by_role("link", name="Make a webhook").click()
    page.get_by_label("Name").fill("client portal")
    page.get_by_label("Address").fill("https://10.0.0.8/hooks")
    page.get_by_label("Proposals and decisions").check()
    page.get_by_role("button", name="Make a webhook").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Address").fill("https://hooks.example.com/evenkeel")
    page.get_by_role("button", name="Make a webhook").click()
    confirm(page)
    expect(page.get_by_text("Needs a secret")).to_be_visible()
    page.get_by_role("button", name="Make a secret").click()
    confirm(page)

    expect(page.locator("dd code").first).to_have_text(re.compile("^whsec_"))
    page.goto("/webhooks/")
    page.get_by_role("link", name="client portal").click()
    expect(page.get_by_text("whsec_")).to_have_count(0)


@pytest.mark.thorough
def test_the_pages_of_webhooks_are_accessible_and_fit(page_of: SignedIn, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset()
    ada = cast.ada()
    long = "https://a-very-long-name-of-a-host.hooks.example.com/evenkeel/" + "token" * 40
    endpoint = a_webhook(ada, "record", "proposals", "orders", "access", url=long)
    delivery = a_failed_delivery(endpoint)

    look(
        page_of,
        ada,
        {
            "webhooks": "/webhooks/",
            "webhook": f"/webhooks/{endpoint.public_id}/",
            "webhook-make": "/webhooks/make/",
            "webhook-again": f"/webhook-deliveries/{delivery.public_id}/again/",
        },
    )
