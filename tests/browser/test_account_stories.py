"""Money due and accounts in a real browser: added, corrected, taken back; and the new pages in both themes."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.models import Account, CashFlow, TaxLot
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def test_a_cash_need_is_added_corrected_and_cancelled_without_a_script(page_of: SignedIn) -> None:
    desk = a_desk()
    page = page_of(desk.ana, script=False)

    page.goto(reverse("clients:cash_need_add", args=[desk.household.public_id]))
    page.get_by_label("Amount").fill("250000")
    page.get_by_label("Due on").fill("2026-12-10")
    page.get_by_role("button", name="Add cash need").click()
    typed = CashFlow.objects.get()
    page.goto(reverse("clients:cash_need", args=[typed.public_id]))
    page.get_by_role("link", name="Correct the cash need").click()
    page.get_by_label("Amount").fill("25000")
    page.get_by_role("button", name="Correct it").click()
    expect(page.get_by_role("row", name="Amount 250,000.00 25,000")).to_be_visible()
    page.get_by_role("button", name="Correct it").click()
    fixed = CashFlow.objects.get(replaces=typed)
    page.goto(reverse("clients:cash_need", args=[fixed.public_id]))
    page.get_by_role("link", name="Cancel the cash need").click()
    page.get_by_label("Reason").fill("No roof.")
    page.get_by_role("button", name="Cancel it").click()

    page.goto(reverse("clients:cash_need", args=[fixed.public_id]))
    expect(page.get_by_text("amount: -250000.00 → -25000")).to_be_visible()
    fixed.refresh_from_db()
    assert fixed.cancel_reason == "No roof."


@pytest.mark.thorough
def test_the_pages_of_accounts_and_lists_are_accessible_and_fit(page_of: SignedIn) -> None:
    desk = a_desk()
    account, lot = Account.objects.order_by("pk")[0], TaxLot.objects.order_by("pk")[0]

    look(
        page_of,
        desk.ana,
        {
            "accounts": reverse("clients:account_list"),
            "account": reverse("clients:account", args=[account.public_id]),
            "lot": reverse("clients:lot", args=[lot.public_id]),
            "money": reverse("clients:cash_need_list"),
            "holds": reverse("clients:hold_list"),
            "correct": reverse("clients:lot_correct", args=[lot.public_id]),
            "open": reverse("clients:account_open", args=[desk.household.public_id]),
        },
    )
