"""A firm's first day in a real Chromium: the set-up path, a workbook with faults, its correction, and the reviewer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clients import tasks
from clients.models import Household, Policy, Workbook
from compliance.broker import notifications
from tests import cast
from tests.browser.conftest import SignedIn
from tests.factories import workbooks as made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "notify", lambda *_, **__: False)


def accessible(page: Any) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_set_up_path_of_an_empty_record(page_of: SignedIn, width: int, theme: str) -> None:
    page = page_of(cast.ada(), width=width, theme=theme)
    page.goto("/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Setting up the firm: 0 of 8 steps done")
    assert page.get_by_role("heading", level=2).all_inner_texts()[:2] == [
        "1. The firm",
        "2. Second factors of administrators",
    ]
    assert accessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("button", name="Preview the starter set").click()
    expect(page.get_by_role("heading", name="Classes, securities and models", exact=True)).to_be_visible()
    page.get_by_role("button", name="Load into the record").click()
    expect(page.get_by_text("It is safe to leave this page.").first).to_be_visible()
    tasks.load_workbooks()
    page.goto("/getting-started/")
    expect(page.get_by_text("Drafted models that wait for a reviewer: 3.")).to_be_visible()


def test_a_workbook_is_corrected_loaded_and_its_policies_adopted(page_of: SignedIn, tmp_path: Path) -> None:
    cast.ana(), cast.rui()
    rows = made.together(made.firm(), made.family(), made.family("baker", number="0022220001"))
    rows["people"][3]["part"] = "wife"
    faulty, right = tmp_path / "faulty.xlsx", tmp_path / "right.xlsx"
    faulty.write_bytes(made.xlsx(rows))
    rows["people"][3]["part"] = "spouse"
    right.write_bytes(made.xlsx(rows))

    page = page_of(cast.tom())
    page.goto("/workbooks/")
    page.locator("input[type=file]").set_input_files(faulty)
    page.get_by_role("button", name="Upload and preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Households: 1 new, 1 refused")
    expect(page.get_by_text("This value is not one of the allowed ones.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="people, row 5")).to_be_visible()
    assert accessible(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this list (CSV)").click()
    assert "people,5,D part" in Path(download.value.path()).read_text()

    page.get_by_role("link", name="Workbooks").first.click()
    page.locator("input[type=file]").set_input_files(right)
    page.get_by_role("button", name="Upload and preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Households: 2 new")
    assert not Household.objects.exists()
    page.get_by_role("button", name="Load into the record").click()
    tasks.load_workbooks()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("This workbook is loaded")
    assert Household.objects.count() == 2

    made.publish(made.the_model_version(), reviewer=cast.rui())
    reviewer = page_of(cast.rui())
    reviewer.goto(f"/workbooks/{Workbook.objects.latest('pk').public_id}/policies/")
    assert accessible(reviewer) == []
    reviewer.get_by_role("button", name="Approve and adopt all 2").click()
    expect(reviewer.get_by_text("2 policies are adopted.")).to_be_visible()
    assert set(Policy.objects.values_list("state", flat=True)) == {"adopted"}


def test_what_keeps_households_from_being_traded(page_of: SignedIn) -> None:
    cast.ana(), cast.rui()
    made.loaded(made.xlsx(made.together(made.firm(), made.family())))
    page = page_of(cast.ana(), width=390)
    page.goto("/readiness/")

    expect(page.get_by_role("heading", level=1)).to_have_text("0 of 1 household ready to trade")
    expect(page.get_by_text("Its policy waits for a reviewer.")).to_be_visible()
    assert accessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
