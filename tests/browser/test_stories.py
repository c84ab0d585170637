"""The main story in a real Chromium: with and without scripts, by mouse and by keyboard, in both themes, on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from compliance.audit_trail import audit
from compliance.models import Approval
from rebalancing.models import Proposal
from tests.browser.conftest import SignedIn
from tests.cast import PASSWORD
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Firm, firm, no_broker, the_clock
from tests.journeys.custody import november

__all__ = ("firm", "no_broker", "the_clock")

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEYS_MAX = 12


class Watched:
    """A page whose complaints are kept: blocked by the policy, faults in scripts, missing files."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        page.on(
            "console", lambda message: self.said.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.said.append(str(error)))


@pytest.fixture
def opened(page_of: SignedIn) -> Iterator[Any]:
    """Open a watched page; afterwards none of them may have complained."""
    watched = []

    def open_one(person: Any, address: str, **screen: Any) -> Page:
        watched.append(Watched(page_of(person, **screen)))
        page = watched[-1].page
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        return page

    yield open_one
    assert [one.said for one in watched if one.said] == []


def a_proposal_of(firm: Firm) -> Proposal:
    """November's file is in and the scan has run."""
    households.loaded(november())
    firm.a_scan_at(SUNDAY_NOON)
    return Proposal.objects.get()


def answer_what_is_asked(page: Page) -> None:
    """Give a reason for each finding that a named person may answer for."""
    while page.get_by_text("Answer for this").count():
        page.get_by_text("Answer for this").first.click()
        finding = page.locator(".finding details[open]").first
        finding.get_by_label("Reason").select_option("facts_confirmed")
        finding.get_by_label("Explanation").fill("The size follows from the drift.")
        finding.get_by_role("button").click()


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_a_quarterly_rebalance(firm: Firm, opened: Any, script: bool) -> None:
    # Tom uploads what the custodian sent, looks at the preview and confirms it.
    page = opened(firm.person("tom"), "/imports/upload/", script=script)
    page.locator("input[type=file]").set_input_files(
        {"name": "friday.zip", "mimeType": "application/zip", "buffer": november()}
    )
    page.get_by_role("button", name="Upload and preview").click()
    page.get_by_role("button", name="Load into the record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 accounts loaded")

    firm.a_scan_at(SUNDAY_NOON)
    address = f"/proposals/{Proposal.objects.get().public_id}/"

    # Ana finds the household on her home page and comments on its proposal.
    page = opened(firm.person("ana"), "/", script=script)
    page.locator(f"main a[href='{address}']").first.click()
    page.get_by_role("textbox", name="Comment").fill("Mia expects a call.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_text("Mia expects a call.").first).to_be_visible()

    # Cora answers for what needs an answer; Rui, who answered for nothing, checks and approves.
    answer_what_is_asked(opened(firm.person("cora"), address, script=script))
    page = opened(firm.person("rui"), "/", script=script)
    page.locator(f"main a[href='{address}']").first.click()
    page.get_by_role("button", name="Check and approve").click()
    if page.get_by_label("I have read the notes above").count():
        page.get_by_label("I have read the notes above").check()
    page.get_by_role("button", name="Approve exactly this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approved")

    # Tom checks the orders, releases them and takes the files.
    page = opened(firm.person("tom"), "/blotter/", script=script)
    page.get_by_role("link", name="Check and release").click()
    page.get_by_role("button", name="Release 2 orders").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download orders").click()
    assert "11110002" in download.value.path().read_text()

    # Carl reads what was done and why; Cora finds the chain whole.
    page = opened(firm.person("carl"), "/portfolio/", script=script)
    page.locator("main a[href^='/portfolio/summaries/']").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("US stocks from 64.48%")
    page = opened(firm.person("cora"), "/audit/", script=script)
    page.get_by_role("button", name="Verify").click()
    assert audit.verify().is_intact


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_an_approval_is_confirmed_with_the_password(
    firm: Firm, opened: Any, page_of: SignedIn, settings: Any, script: bool
) -> None:
    settings.STEP_UP_MINUTES = 5
    proposal = a_proposal_of(firm)
    answer_what_is_asked(opened(firm.person("cora"), f"/proposals/{proposal.public_id}/", script=script))
    # Unwatched: a browser's console complains of the 403 with which a confirmation is asked for.
    page = page_of(firm.person("rui"), script=script)
    page.goto(f"/proposals/{proposal.public_id}/")
    page.get_by_role("button", name="Check and approve").click()
    if page.get_by_label("I have read the notes above").count():
        page.get_by_label("I have read the notes above").check()
    page.get_by_role("button", name="Approve exactly this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    assert Axe().run(page).response["violations"] == [] if script else True
    page.get_by_label("Your password").fill("no sentence of his")
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_text("That was not right").first).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and go on").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    assert Approval.objects.filter(subject_kind="proposal").count() == 1


def test_a_reviewer_approves_from_the_home_page_with_the_keyboard_alone(firm: Firm, opened: Any) -> None:
    proposal = a_proposal_of(firm)
    answer_what_is_asked(opened(firm.person("cora"), f"/proposals/{proposal.public_id}/"))
    page = opened(firm.person("rui"), "/")
    pressed: list[str] = []

    def press(key: str) -> None:
        pressed.append(key)
        page.keyboard.press(key)

    press("g")
    press("p")
    expect(page.get_by_role("heading", level=1)).to_contain_text("proposal")
    press("j")
    press("o")
    page.wait_for_url(f"**/proposals/{proposal.public_id}/")
    press("a")
    expect(page.get_by_role("button", name="Check and approve")).to_be_focused()
    press("Enter")
    page.wait_for_url("**/decide/")
    press("a")
    if page.get_by_label("I have read the notes above").count():
        press("Space")
        press("a")
    expect(page.get_by_role("button", name="Approve exactly this")).to_be_focused()
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Approved")

    assert Approval.objects.filter(subject_kind="proposal").count() == 1
    assert len(pressed) <= KEYS_MAX, pressed


def test_no_main_page_is_wider_than_a_small_phone(firm: Firm, opened: Any) -> None:
    proposal = a_proposal_of(firm)
    household, at = firm.household, f"/proposals/{proposal.public_id}/"
    policy = household.policies.get()
    looks = {
        "ana": ["/", "/households/", f"/households/{household.public_id}/", f"/policies/{policy.public_id}/"],
        "rui": ["/", "/proposals/", at, f"{at}approve/", "/scans/", f"/scans/{proposal.run.public_id}/"],
        "tom": ["/", "/blotter/", "/imports/"],
        "cora": ["/", "/audit/", "/compliance/"],
        "carl": ["/portfolio/"],
    }
    for name, addresses in looks.items():
        page = opened(firm.person(name), addresses[0], width=320)
        for address in addresses:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            assert page.evaluate("document.documentElement.scrollWidth") == 320, address


def test_the_pages_of_compliance_are_accessible_in_both_themes(firm: Firm, opened: Any) -> None:
    """The other pages are held in the same way beside what they show: see test_work_pages and test_desk_pages."""
    proposal = a_proposal_of(firm)
    answer_what_is_asked(opened(firm.person("rui"), f"/proposals/{proposal.public_id}/"))
    page = opened(firm.person("cora"), "/")
    for address in ("/", "/audit/", "/compliance/"):
        page.goto(address)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                # The theme changes nothing but colors, so in the dark only their contrast is asked again.
                rules = {"runOnly": ["color-contrast"]} if theme == "dark" else {}
                found = Axe().run(page, options=rules).response["violations"]
                wrong = [
                    (one["id"], one["nodes"][0]["html"])
                    for one in found
                    if one["impact"] in {"serious", "critical"}
                ]
                assert wrong == [], (address, width, theme)
