"""Ticks and threads in a real browser, without a script too: looked at, asked about one lot, answered, resolved."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from compliance.models import Comment
from rebalancing.proposals import proposals, ticks
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.desk import Desk, a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


@pytest.fixture
def desk() -> Desk:
    made = a_desk(taxable_only=True)
    made.propose()
    return made


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_an_account_is_ticked_and_a_lot_is_asked_about(page_of: SignedIn, desk: Desk, script: bool) -> None:
    address = reverse("rebalancing:proposal", args=[desk.proposal.public_id])
    rui, ana = page_of(desk.rui, script=script), page_of(desk.ana, script=script)

    rui.goto(address)
    expect(rui.get_by_text("Nobody has ticked the trades of Taxable as looked at.")).to_be_visible()
    rui.get_by_role("button", name=re.compile(r"Tick as looked at\s*: Taxable")).click()
    expect(rui.get_by_text("Looked at by Rui")).to_be_visible()
    rui.locator("summary", has_text="Comment on this trade: ZUS").click()
    rui.get_by_label("About").first.select_option(index=1)
    rui.get_by_label("Your words").first.fill("Is this basis right?")
    rui.get_by_role("button", name="Begin the thread").click()

    ana.goto(address)
    expect(ana.get_by_text("Looked at by Rui")).to_be_visible()
    beside = ana.locator(".table .thread")
    expect(beside.get_by_text("Is this basis right?")).to_be_visible()
    beside.locator("summary", has_text="Reply").click()
    beside.get_by_label("Reply").fill("It is the custodian's.")
    beside.get_by_role("button", name="Reply").click()

    rui.goto(address)
    expect(rui.locator("#threads").get_by_text("It is the custodian's.")).to_be_visible()
    rui.locator(".table .thread").get_by_role("button", name="Resolve").click()
    expect(rui.get_by_text("The thread is resolved.")).to_be_visible()
    first = Comment.objects.get(thread=None)
    assert (first.anchor_kind, first.resolved_at is not None) == ("lot", True)
    assert [one.name for one in ticks.of(proposals.current(desk.proposal))] == ["Rui"]


def test_it_is_accessible_and_fits_on_every_screen(page_of: SignedIn, desk: Desk) -> None:
    address = reverse("rebalancing:proposal", args=[desk.proposal.public_id])
    page = page_of(desk.rui, script=False)
    page.goto(address)
    page.get_by_role("button", name=re.compile(r"Tick as looked at\s*: Taxable")).click()
    page.locator("summary", has_text="Comment on this trade: ZUS").click()
    page.get_by_label("Your words").first.fill("Why so much at once?")
    page.get_by_role("button", name="Begin the thread").click()

    look(page_of, desk.ana, {"threads": address})
