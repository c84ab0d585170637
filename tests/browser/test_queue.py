"""Compliance's queue in a real browser: narrowed, taken, handed over and settled without a script, and read on a phone."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from compliance import restrictions
from compliance.models import ListKind, QueueOwner, RestrictedIssuer
from compliance.people.actors import Actor
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import SUNDAY_NOON
from tests.factories.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]
QUEUE = "/compliance/"


@pytest.fixture
def _something_to_do() -> None:
    """A proposal in review, and an issuer that Nina has just put on the watch list."""
    a_desk().propose()
    restrictions.place(
        "Bigcorp", on_record=("Bigcorp",), kind=ListKind.WATCH, starts_on=date(2026, 11, 20), reason="Talks.",
        by=Actor.person(cast.nina()), at=SUNDAY_NOON,
    )  # fmt: skip


@pytest.mark.usefixtures("_something_to_do")
def test_an_item_is_taken_handed_over_and_settled_without_a_script(page_of: SignedIn) -> None:
    cora, nina = cast.cora(), cast.nina()
    page = page_of(cora, script=False)

    page.goto(QUEUE)
    page.get_by_role("link", name="Restricted and watch lists 1").first.click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("Bigcorp (watch)")
    row.get_by_role("link", name="Take it: Bigcorp (watch)").click()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("The item is yours.")).to_be_visible()

    page.get_by_role("link", name="Hand over: Bigcorp (watch)").click()
    page.get_by_label("Who works it").select_option(label=nina.get_full_name())
    page.get_by_label("What they should know").fill("You placed it.")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("The item is handed over.")).to_be_visible()

    page.get_by_role("link", name="Settle: Bigcorp (watch)").click()
    page.get_by_label("What you found").fill("It is as she wrote.")
    page.get_by_role("button", name="Settle it").click()
    expect(page.get_by_text("The item is settled.")).to_be_visible()
    assert page.get_by_role("link", name="Settle: Bigcorp (watch)").count() == 0
    assert [one.ending for one in QueueOwner.objects.order_by("pk")] == ["handed_over", "settled"]


@pytest.mark.usefixtures("_something_to_do")
def test_the_queue_is_read_in_both_themes_and_on_a_phone(page_of: SignedIn) -> None:
    item = RestrictedIssuer.objects.get().public_id
    look(
        page_of,
        cast.cora(),
        {
            "queue": QUEUE,
            "queue, one kind": f"{QUEUE}?kind=review",
            "take": f"/compliance/items/listed/{item}/take/",
            "hand over": f"/compliance/items/listed/{item}/hand-over/",
            "settle": f"/compliance/items/listed/{item}/settle/",
            "promises": "/promises/",
        },
    )
