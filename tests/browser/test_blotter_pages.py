"""The blotter, a release, a block and the FIX sessions, in a real browser: fills arrive while somebody looks."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from compliance.firm import order_figures
from rebalancing.fix import inbox
from rebalancing.models import Block, FixInbox, FixSession, Release, TradingStop
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import SUNDAY_NOON
from tests.factories import firm_settings, fix_messages
from tests.factories.desk import Desk, a_desk
from tests.factories.released import IN_SESSION

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def with_the_broker() -> tuple[Desk, FixSession, Block]:
    """The Millers' orders, released by FIX: the session, and the first block that it carries."""
    firm_settings.decided(order_figures.WAITS_FOR_SESSION, False)
    session = fix_messages.session(made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON)
    desk = a_desk(taxable_only=True)
    desk.release()
    return desk, session, Block.objects.filter(state=Block.State.SENT).order_by("pk")[0]


@pytest.mark.thorough
def test_the_pages_of_execution_are_accessible_and_fit_on_every_screen(page_of: SignedIn) -> None:
    desk, session, block = with_the_broker()
    # All of them are over, so no region asks again while a screen is looked at.
    for number, one in enumerate(Block.objects.filter(state=Block.State.SENT), 4):
        whole = f"{one.quantity}"
        fix_messages.tell(session, one, number, t32=whole, t31="99.5", t14=whole, t151="0", t39="2")
    garbled = fix_messages.raw("8", [(37, "B1")])
    inbox.keep(session.pk, epoch=1, number=3, kind="8", raw=garbled, at=IN_SESSION)
    fix_messages.work()
    look(
        page_of,
        desk.tom,
        {
            "blotter": reverse("rebalancing:blotter"),
            "release-report": reverse("rebalancing:release_report", args=[Release.objects.get().public_id]),
            "block": reverse("rebalancing:block", args=[block.public_id]),
            "fix-sessions": reverse("rebalancing:fix_sessions"),
            "fix-session": reverse("rebalancing:fix_session", args=[session.public_id]),
        },
    )


def test_fills_stream_onto_the_open_blotter_and_leave_the_focus_where_it_is(page_of: SignedIn) -> None:
    desk, session, block = with_the_broker()
    page = page_of(desk.tom)
    page.goto("/blotter/")
    line = page.locator("#in-hand tr", has_text=block.reference)
    link = line.get_by_role("link")
    expect(line).to_contain_text("Sent")
    link.focus()

    fix_messages.tell(session, block, 2, t150="0", t32="", t31="")
    fix_messages.tell(session, block, 3, t32="10", t31="99.5", t14="10", t151=f"{block.quantity - 10}")
    fix_messages.work()
    expect(line).to_contain_text("Partly filled", timeout=10_000)
    expect(link).to_be_focused()

    rest = block.quantity - 10
    fix_messages.tell(
        session, block, 4, t32=f"{rest}", t31="99.7", t14=f"{block.quantity}", t151="0", t39="2"
    )
    fix_messages.work()
    expect(line.locator("[data-label=State]")).to_contain_text("Filled", timeout=10_000)
    expect(line.locator("[data-label=Left]")).to_have_text("0")


def test_a_desk_that_does_not_answer_leaves_the_blotter_as_it_was_and_is_asked_again(
    page_of: SignedIn,
) -> None:
    desk, session, block = with_the_broker()
    page = page_of(desk.tom)
    page.route("**/blotter/in-hand/", lambda route: route.fulfill(status=503, body="<h1>Away</h1>"), times=1)
    page.goto("/blotter/")

    expect(page.locator("#announcements")).to_contain_text("does not answer", timeout=10_000)
    expect(page.get_by_text("Away")).to_have_count(0)
    fix_messages.tell(session, block, 2, t150="0", t32="", t31="")
    fix_messages.work()

    expect(page.locator("#in-hand tr", has_text=block.reference)).to_contain_text("Working", timeout=10_000)


def test_a_trader_stops_trading_from_the_blotter_by_keyboard(page_of: SignedIn) -> None:
    desk, _, _ = with_the_broker()
    page = page_of(desk.tom)
    page.goto("/blotter/")

    page.get_by_role("link", name="Stop trading").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("What is stopped").select_option("firm")
    page.get_by_label("Reason").fill("The broker's fills look wrong.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Trading is stopped for")).to_be_visible()
    assert TradingStop.objects.get().reason == "The broker's fills look wrong."


def test_a_message_that_nobody_understood_is_dealt_with_on_its_sessions_page(page_of: SignedIn) -> None:
    desk, session, _ = with_the_broker()
    garbled = fix_messages.raw("8", [(37, "B1")])
    inbox.keep(session.pk, epoch=1, number=3, kind="8", raw=garbled, at=IN_SESSION)
    fix_messages.work()
    page = page_of(desk.tom)

    page.goto("/fix/")
    expect(page.get_by_text("1 set aside")).to_be_visible()
    page.get_by_role("link", name=session.name).first.click()
    expect(page.get_by_text("Set aside").first).to_be_visible()
    page.get_by_role("link", name="Deal with").first.click()
    page.get_by_label("Reason").fill("The broker says it was a test.")
    page.get_by_role("button", name="Dealt with").click()

    expect(page.get_by_text("Dealt with").first).to_be_visible()
    assert FixInbox.objects.get(number=3).settled_at is not None
