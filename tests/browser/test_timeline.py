"""Why did nothing happen in March? The timeline, the page of a day and the record in a real browser, by mouse and by keyboard."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect

from clients.models import Hold
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.journeys.conftest import Firm, firm, no_broker, the_clock
from tests.journeys.evenings import a_year_is_confirmed, closes

__all__ = ("firm", "no_broker", "the_clock")

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REASON = "The house is being sold."
KEYS_MAX = 60
"""From the top of the page to the last of its days; whoever cannot reach one by then is lost."""


@pytest.fixture
def march(firm: Firm, page_of: SignedIn) -> Firm:
    """In March 2027 stocks leave their band, Ana holds the Millers back, one day has no prices, and in April she lets them go."""
    a_year_is_confirmed(firm, 2027, on=date(2027, 3, 1))
    for day in (1, 2):
        closes(firm, date(2027, 3, day), stock="100", finds="in_band")
    firm.clock.at = datetime(2027, 3, 3, 15, tzinfo=UTC)
    page = page_of(firm.person("ana"))
    page.goto(f"/households/{firm.household.public_id}/hold/")
    page.get_by_label("Kind").select_option("advisor")
    page.get_by_label("Reason").fill(REASON)
    page.get_by_label("Until").fill("2027-04-30")
    page.get_by_role("button", name="Place a hold").click()
    for day in (3, 4, 5, 9):
        closes(firm, date(2027, 3, day), stock="110", finds="held")
    firm.clock.at = datetime(2027, 4, 1, 15, tzinfo=UTC)
    page.goto(f"/households/{firm.household.public_id}/holds/{Hold.objects.get().public_id}/lift/")
    page.get_by_label("Reason").fill("The house is sold.")
    page.get_by_role("button", name="Lift the hold").click()
    closes(firm, date(2027, 4, 1), stock="110", finds="proposed")
    return firm


def tabbed_to(page: Page, words: str) -> None:
    """Press Tab until a link with these words has the focus."""
    wanted = page.get_by_role("link", name=words).first
    for _ in range(KEYS_MAX):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab never reached “{words}” on {page.url}.")


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_why_nothing_happened_in_march(march: Firm, page_of: SignedIn, script: bool) -> None:
    page = page_of(march.person("ana"), script=script)
    page.goto(f"/households/{march.household.public_id}/")
    page.get_by_role("link", name="Every day since").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 proposal")

    # She asks about March.
    page.get_by_role("link", name="March 2027", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Miller in March 2027: why nothing was proposed"
    )
    expect(page.get_by_text("held back on 4, inside its bands on 2")).to_be_visible()

    # Each market day of the month is a cell of the strip and says what it was; the days together tell when it changed.
    strip = page.locator(".strip")
    expect(strip.get_by_role("link")).to_have_count(22)
    expect(strip.get_by_role("link", name="Mar 4, 2027: Held back")).to_be_visible()
    expect(strip.get_by_role("link", name="Mar 8, 2027: No prices")).to_be_visible()
    expect(page.locator(".timeline-event", has_text=REASON).last).to_contain_text("March 3–5, 3 market days")

    # She opens a day: what was asked, what spoke, and what holds until when.
    strip.get_by_role("link", name="Mar 4, 2027: Held back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Miller on Mar 4, 2027: held back")
    expect(page.get_by_label("What calls for a trade", exact=True)).to_contain_text(
        "US stocks stand at 64.5%"
    )
    expect(page.get_by_label("What holds back", exact=True)).to_contain_text(REASON)
    page.get_by_role("link", name="Market day after").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mar 5, 2027")


def test_by_keyboard_from_the_strip_to_a_day_and_through_the_record(march: Firm, page_of: SignedIn) -> None:
    page = page_of(march.person("ana"))
    page.goto(f"/households/{march.household.public_id}/timeline/?since=2027-03-01&until=2027-03-31")
    tabbed_to(page, "Mar 9, 2027: Held back")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Miller on Mar 9, 2027: held back")

    # The record over all households, asked for what was held back by its advisor.
    page.goto("/record/")
    page.locator("summary", has_text="More filters").press("Enter")
    page.locator("select[name=hold]").select_option(label="Hold: advisor")
    page.get_by_role("button", name="Show", exact=True).last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("4 lines")).to_be_visible()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Mar 5, 2027")).to_be_focused()
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text("Miller on Mar 5, 2027: held back")
    with page.expect_download() as download:
        page.goto("/record/?hold=hold_advisor")
        page.get_by_role("link", name="CSV").click()
    told = download.value.path().read_text()
    assert told.count("hold_advisor") == 4
    assert REASON in told


@pytest.mark.thorough
def test_the_pages_of_the_record_are_accessible_and_fit(march: Firm, page_of: SignedIn) -> None:
    at = f"/households/{march.household.public_id}/"
    addresses = {
        "timeline": f"{at}timeline/?since=2027-03-01&until=2027-04-01",
        "month": f"{at}timeline/?since=2027-03-01&until=2027-03-31",
        "day held back": f"{at}days/2027-03-04/",
        "day without prices": f"{at}days/2027-03-08/",
        "day with a proposal": f"{at}days/2027-04-01/",
        "record": "/record/?hold=hold_advisor",
    }
    look(page_of, march.person("ana"), addresses)
    look(page_of, march.person("cora"), {"record of compliance": "/record/?trigger=out_of_band"})
