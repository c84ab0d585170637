"""Lists and the parts of a household in a real browser: searched, saved, narrowed, by keyboard and on a phone."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.models import Security
from compliance.models import SavedView
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.desk import a_desk
from tests.factories.households import many_managed_households

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]

TABS = ("overview", "accounts", "people", "policy", "cash", "history")


def test_a_security_is_found_edited_and_retired_without_a_script(page_of: SignedIn) -> None:
    a_desk()
    cora = cast.cora()
    page = page_of(cora, script=False)

    page.goto(reverse("clients:security_list"))
    page.get_by_role("link", name="Add a security").click()
    page.get_by_label("Symbol").fill("NEWB")
    page.get_by_label("Name", exact=True).fill("New Bond Fund")
    page.get_by_label(re.compile("^Reason")).fill("The committee chose it.")
    page.get_by_role("button", name="Add a security").click()
    expect(page.get_by_role("heading", name="Check before you go on")).to_be_visible()
    page.get_by_role("button", name="Add a security").click()
    added = Security.objects.get(symbol="NEWB")

    page.goto(reverse("clients:security_list"))
    page.get_by_role("textbox", name="Symbol or name").fill("new bond")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "bond" not in page.url
    page.get_by_role("link", name="NEWB").click()

    page.get_by_role("link", name="Edit a security").click()
    page.get_by_label("Name", exact=True).fill("New Bond Index Fund")
    page.get_by_label(re.compile("^Reason")).fill("Its name as in the prospectus.")
    page.get_by_role("button", name="Edit a security").click()
    expect(page.get_by_role("cell", name="New Bond Index Fund")).to_be_visible()
    page.get_by_role("button", name="Edit a security").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("NEWB New Bond Index Fund")

    page.get_by_role("link", name="Retire a security").click()
    page.get_by_label(re.compile("^Reason")).fill("Never bought.")
    page.get_by_role("button", name="Retire a security").click()
    page.get_by_role("button", name="Retire a security").click()
    expect(page.get_by_text("NEWB is retired.")).to_be_visible()
    added.refresh_from_db()
    assert (added.name, added.retired_on is not None) == ("New Bond Index Fund", True)


def test_the_parts_of_a_household_are_links_that_the_keyboard_reaches(page_of: SignedIn) -> None:
    desk = a_desk()
    address = reverse("clients:household", args=[desk.household.public_id])
    page = page_of(desk.ana)

    page.goto(address)
    tabs = page.get_by_role("navigation", name="Parts of the household")
    expect(tabs.get_by_role("link")).to_have_count(len(TABS))
    expect(tabs.locator("[aria-current=page]")).to_have_text(re.compile("Overview"))
    tabs.get_by_role("link", name=re.compile("Overview")).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"tab=accounts"))
    expect(tabs.locator("[aria-current=page]")).to_have_text(re.compile("Accounts"))
    page.go_back()
    expect(tabs.locator("[aria-current=page]")).to_have_text(re.compile("Overview"))
    page.goto(f"{address}?tab=nothing")
    expect(tabs.locator("[aria-current=page]")).to_have_text(re.compile("Overview"))


def test_on_a_phone_the_parts_of_a_household_scroll_and_the_page_does_not(page_of: SignedIn) -> None:
    desk = a_desk()
    page = page_of(desk.ana, width=390)

    for tab in TABS:
        page.goto(f"{reverse('clients:household', args=[desk.household.public_id])}?tab={tab}")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, tab
        assert page.evaluate("document.documentElement.scrollHeight") < 6_000, tab
    last = page.get_by_role("navigation", name="Parts of the household").get_by_role("link").last
    last.focus()
    expect(last).to_be_in_viewport()


def test_a_view_is_saved_opened_and_shared_and_columns_are_left_out(page_of: SignedIn) -> None:
    desk = a_desk()
    desk.propose()
    address = reverse("rebalancing:proposal_list")
    page = page_of(desk.ana, script=False)

    page.goto(f"{address}?state=in_review")
    page.get_by_role("link", name="Save this view").click()
    page.get_by_label("Name").fill("To decide")
    page.get_by_role("button", name=re.compile("Save")).click()
    assert SavedView.objects.get().query == "state=in_review"
    page.goto(address)
    page.get_by_role("list", name="Saved views").get_by_role("link", name="To decide").click()
    assert page.url.endswith("?state=in_review")

    expect(page.get_by_role("columnheader", name="Trades")).to_be_visible()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Trades").uncheck()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Trades")).to_be_hidden()
    assert page.url.endswith("?state=in_review")
    other = page_of(desk.rui, script=False)
    other.goto(address)
    expect(other.get_by_role("columnheader", name="Trades")).to_be_visible()


def test_a_long_list_shows_its_first_rows_on_a_phone_and_all_of_them_on_demand(page_of: SignedIn) -> None:
    many_managed_households(20, reviewer=cast.rui())
    tom = cast.tom()
    address = reverse("clients:household_list")
    page = page_of(tom, width=390, script=False)

    page.goto(address)
    rows = page.locator("table.stacks tbody tr")
    expect(rows.nth(14)).to_be_visible()
    expect(rows.nth(15)).to_be_hidden()
    page.get_by_role("link", name="Show all 20 rows of this page").click()
    expect(rows.nth(19)).to_be_visible()

    wide = page_of(tom)
    wide.goto(address)
    expect(wide.locator("table.stacks tbody tr").nth(19)).to_be_visible()
    expect(wide.get_by_role("link", name="Show all 20 rows of this page")).to_be_hidden()


def test_a_home_leads_from_a_line_of_work_to_the_form_that_does_it(page_of: SignedIn) -> None:
    desk = a_desk()
    desk.approve()
    page = page_of(desk.tom, width=390, script=False)

    page.goto("/")
    page.get_by_role("link", name=re.compile("^Check and release")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Check 2 orders before release")
    assert page.url.endswith("/release/")


@pytest.mark.thorough
def test_lists_and_parts_are_accessible_and_fit_in_both_themes_and_on_every_screen(page_of: SignedIn) -> None:
    desk = a_desk()
    desk.propose()
    security = Security.objects.order_by("pk").first()
    assert security is not None
    household = reverse("clients:household", args=[desk.household.public_id])
    look(page_of, desk.ana, {f"household {tab}": f"{household}?tab={tab}" for tab in TABS})
    look(
        page_of,
        cast.cora(),
        {
            "compliance home": "/",
            "securities": reverse("clients:security_list"),
            "security": reverse("clients:security", args=[security.pk]),
            "security edit": reverse("clients:security_edit", args=[security.pk]),
            "classes": reverse("clients:grouping_list"),
            "prices": reverse("clients:price_list"),
            "accounts": reverse("clients:account_list"),
            "readiness": reverse("rebalancing:readiness"),
            "queue": reverse("compliance:queue"),
            "reviews": reverse("compliance:review_list"),
            "audit": reverse("compliance:audit_list"),
            "doors": reverse("compliance:doors"),
            "views": reverse("compliance:view_list"),
        },
    )
    look(
        page_of,
        cast.ada(),
        {"administrator home": "/", "getting started": reverse("advisory:getting_started")},
    )
    look(page_of, desk.tom, {"trader home": "/", "imports": reverse("clients:import_list")})
