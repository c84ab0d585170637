"""What a client asks for and what an employer's plan lists, in a real browser: recorded, loosened by two, looked at."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.models import Account, ClientRestriction, EmployerPlan, PlanFund, TaxLot
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def typed(page: Any, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"main [name={name}]").fill(value)


def a_kept_lot(page: Any, lot: TaxLot) -> ClientRestriction:
    """The advisor comes from the lot's own page, where kind and lot are filled in."""
    page.goto(reverse("clients:lot", args=[lot.public_id]))
    page.get_by_role("link", name="The client keeps this lot").click()
    typed(
        page, reason="From my mother.", asked_by="Mia Miller", asked_on="2026-11-20", starts_on="2026-11-20"
    )
    page.get_by_role("button", name="Record a client’s restriction").click()
    page.get_by_role("button", name="Record a client’s restriction").click()
    return ClientRestriction.objects.get()


def test_an_advisor_records_a_wish_and_two_people_give_it_an_end(page_of: SignedIn) -> None:
    desk, cora = a_desk(), cast.cora()
    page = page_of(desk.ana, script=False)
    row = a_kept_lot(page, TaxLot.objects.order_by("pk")[0])
    expect(
        page.get_by_text("The restriction is on record. Plans obey it from its first day.")
    ).to_be_visible()

    page.goto(f"{reverse('clients:household', args=[desk.household.public_id])}?tab=policy")
    expect(page.get_by_text("Outside the policy", exact=False)).to_be_visible()
    expect(page.get_by_text("From my mother.")).to_be_visible()

    page.goto(reverse("clients:client_restriction_tighten", args=[row.public_id]))
    typed(page, ends_on="2026-12-31")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_text("This would make it looser: it would end earlier.", exact=False)).to_be_visible()
    page.goto(reverse("clients:client_restriction_loosen", args=[row.public_id]))
    typed(page, ends_on="2026-12-31")
    page.get_by_role("button", name="Propose the change").click()
    page.get_by_role("button", name="Propose the change").click()
    expect(page.get_by_text("A second person decides about this; nothing has changed yet.")).to_be_visible()

    other = page_of(cora, script=False)
    other.goto("/reviews/")
    other.get_by_role("link", name="Make the restriction looser", exact=False).click()
    other.get_by_label("Approve exactly this").check()
    other.get_by_role("button", name="Record the decision").click()

    changed = ClientRestriction.objects.get(cancelled_at=None)
    assert str(changed.ends_on) == "2026-12-31"
    page.goto(reverse("clients:client_restriction", args=[changed.public_id]))
    expect(page.get_by_text("ends: nothing → 2026-12-31", exact=False)).to_be_visible()


def test_a_plan_gets_its_menu_and_an_account_buys_from_it(page_of: SignedIn) -> None:
    desk = a_desk()
    page = page_of(desk.tom, script=False)

    page.goto(reverse("clients:employer_plan_list"))
    page.get_by_role("link", name="Add an employer’s plan").click()
    typed(page, code="acme", name="Acme 401(k)", source="Lineup of January")
    page.get_by_role("button", name="Add an employer’s plan").click()
    page.get_by_role("link", name="Put a fund on the menu").click()
    typed(page, symbol="ZUS", starts_on="2026-01-01")
    page.get_by_role("button", name="Put a fund on the menu").click()
    expect(page.get_by_text("May be bought")).to_be_visible()

    account = Account.objects.order_by("pk")[0]
    page.goto(reverse("clients:account_plan", args=[account.public_id]))
    page.get_by_label("Employer's plan").select_option("acme")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Acme 401(k): only what its menu lists is bought")).to_be_visible()

    page.get_by_role("link", name="The menu of its employer’s plan").click()
    page.get_by_role("link", name="Change the fund’s line").click()
    typed(page, closed_on="2026-11-01")
    page.get_by_role("button", name="Change it").click()
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_text("Closed to new money", exact=True).last).to_be_visible()
    assert PlanFund.objects.filter(ended_at=None).count() == 1


@pytest.mark.thorough
def test_the_pages_are_accessible_and_fit(page_of: SignedIn) -> None:
    desk = a_desk()
    page = page_of(desk.ana, script=False)
    row = a_kept_lot(page, TaxLot.objects.order_by("pk")[0])
    trader = page_of(desk.tom, script=False)
    trader.goto(reverse("clients:employer_plan_add"))
    typed(trader, code="acme", name="Acme 401(k)", source="Lineup of January")
    trader.get_by_role("button", name="Add an employer’s plan").click()
    trader.get_by_role("link", name="Put a fund on the menu").click()
    typed(trader, symbol="ZUS", starts_on="2026-01-01")
    trader.get_by_role("button", name="Put a fund on the menu").click()
    plan, fund = EmployerPlan.objects.get(), PlanFund.objects.get()
    household = reverse("clients:household", args=[desk.household.public_id])

    look(
        page_of,
        desk.ana,
        {
            "restrictions": reverse("clients:client_restriction_list"),
            "restriction": reverse("clients:client_restriction", args=[row.public_id]),
            "restriction-record": reverse(
                "clients:client_restriction_record", args=[desk.household.public_id]
            ),
            "restriction-loosen": reverse("clients:client_restriction_loosen", args=[row.public_id]),
            "policy-tab": f"{household}?tab=policy",
            "plans": reverse("clients:employer_plan_list"),
            "plan": reverse("clients:employer_plan", args=[plan.public_id]),
            "fund": reverse("clients:plan_fund_change", args=[fund.public_id]),
            "account": reverse("clients:account", args=[Account.objects.order_by("pk")[0].public_id]),
        },
    )
