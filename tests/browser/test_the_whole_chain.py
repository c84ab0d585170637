"""From an approval to a client who reads what was done: by FIX through a broker's own process, and by files without any."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal as D
from itertools import count, product
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from advisory.paper_broker import behavior
from advisory.paper_broker.behavior import Order
from compliance.audit_trail import audit
from rebalancing import tasks
from rebalancing.execution import blocks
from rebalancing.models import Block, Break, ClientSummary, FixInbox, Reconciled
from rebalancing.models import Order as PlacedOrder
from rebalancing.proposals import proposals
from tests import clock
from tests.browser.conftest import SignedIn
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories import fix_messages
from tests.factories.deciding import answer_findings
from tests.factories.desk import Desk, a_desk
from tests.factories.evening_files import evening_file
from tests.factories.released import IN_SESSION
from tests.processes import paper_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]

TUESDAY_MORNING = datetime.fromisoformat("2026-11-24T07:00:00-05:00")
SECONDS = 40


def test_orders_go_by_fix_and_fills_arrive_until_the_client_reads_what_was_done(
    page_of: SignedIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = a_desk(taxable_only=True)
    carl = _client_of(page_of, desk)
    with paper_desk.paper_broker(tmp_path / "broker") as port:
        session = fix_messages.session(
            port=port, their_comp_id="PAPER", made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON
        )
        with paper_desk.fix_process():
            _is_approved(page_of, desk)
            _in_four_parts(desk, monkeypatch)
            _reads_an_estimate(carl)
            clock.set_clock(IN_SESSION)
            tom = page_of(desk.tom)
            _is_released(tom)

            # Nobody reloads the blotter: the sale works, is filled in part, then whole; its purchase was waiting for that.
            tom.goto("/blotter/")
            sale = tom.locator("#in-hand tr", has_text="Sell").locator("[data-label=State]")
            purchase = tom.locator("#in-hand tr", has_text="Buy").locator("[data-label=State]")
            expect(purchase).to_contain_text("Held")
            for told in (sale, purchase):
                _works(tom, until=_a_part_has_come(told is sale))
                # What is held is looked at every fifteen seconds, and every three once a broker has it.
                expect(told).to_contain_text("Partly filled", timeout=25_000)
                _works(tom, until=_reads_filled(told))
            assert {one.filled_quantity - one.quantity for one in Block.objects.all()} == {D(0)}

            # The broker is told whose shares they are, and accepts.
            _works(tom, until=_are_allocated)
            tom.goto(f"/fix/{session.public_id}/")
            expect(
                tom.get_by_role("row").filter(has_text="Allocation").filter(has_text="Accepted")
            ).to_have_count(4)

    _lots_are_relieved(tom)
    _reads_what_was_done(carl, tom)

    # The custodian's file of the evening shows the same, and the morning finds nothing that differs.
    paid = {one.security.symbol: one.average_price for one in Block.objects.select_related("security")}
    _the_evening_file_agrees(tom, paid)
    _works(tom, turns=2)
    assert ClientSummary.objects.count() == 2, "a morning that changes nothing tells nobody anything"
    assert audit.verify().is_intact


def test_the_same_by_file_where_the_evening_file_tells_the_fills(page_of: SignedIn) -> None:
    desk = a_desk(taxable_only=True)
    carl = _client_of(page_of, desk)
    _is_approved(page_of, desk)
    _reads_an_estimate(carl)
    clock.set_clock(IN_SESSION)
    tom = page_of(desk.tom)
    _is_released(tom)

    # Tom takes the orders to the custodian himself.
    tom.goto("/blotter/")
    tom.locator("main a[href^='/releases/']").last.click()
    with tom.expect_download() as taken:
        tom.get_by_role("button", name="Download orders for House format").click()
    assert b"11110001" in Path(taken.value.path()).read_bytes()
    tom.goto("/blotter/")
    expect(tom.locator("#in-hand [data-label=State]", has_text="Exported")).to_have_count(2)

    # The evening file tells what was traded, and from it everything else follows.
    _the_evening_file_agrees(tom, {"ZUS": D("99.50"), "ZBD": D("80.20")})
    tom.goto("/blotter/")
    expect(tom.locator("#in-hand [data-label=State]", has_text="Filled")).to_have_count(2)
    _lots_are_relieved(tom)
    _works(tom, turns=1)
    _reads_what_was_done(carl, tom)
    assert audit.verify().is_intact


# ---- What both tell ---------------------------------------------------------------------------


def _client_of(page_of: SignedIn, desk: Desk) -> Page:
    return page_of(desk.sign_in_for(desk.household.people.get(given_name="Mia")))


def _is_approved(page_of: SignedIn, desk: Desk) -> None:
    proposal = desk.propose()
    answer_findings(proposal)
    rui = page_of(desk.rui)
    rui.goto(f"/proposals/{proposal.public_id}/")
    rui.get_by_role("button", name="Check and approve").click()
    rui.get_by_role("button", name="Approve exactly this").click()
    expect(rui.get_by_text("Reference").first).to_be_visible()


def _is_released(tom: Page) -> None:
    tom.goto("/blotter/")
    tom.get_by_role("link", name="Check and release").click()
    tom.get_by_role("button", name="Release 2 orders").click()
    expect(tom.get_by_role("heading", name="2 orders released for Miller")).to_be_visible()
    _works(tom, turns=1)


def _lots_are_relieved(tom: Page) -> None:
    """The sale took the lots that were named, to the share."""
    order = PlacedOrder.objects.get(side="sell")
    tom.goto(f"/batches/{order.batch.public_id}/after-trade/")
    tom.locator("summary", has_text="Sell ZUS").click()
    lots = tom.get_by_role("table", name="Lots that were relieved").locator("[data-label=Shares]")
    expect(lots.first).to_be_visible()
    assert sum(D(one.replace(",", "")) for one in lots.all_inner_texts()) == order.filled_quantity


def _reads_an_estimate(carl: Page) -> None:
    carl.goto("/portfolio/")
    carl.locator("main a[href^='/portfolio/summaries/']").first.click()
    expect(carl.get_by_text("amounts are estimates at the closing prices")).to_be_visible()


def _reads_what_was_done(carl: Page, tom: Page) -> None:
    _works(tom, until=lambda: ClientSummary.objects.count() == 2)
    carl.goto("/portfolio/")
    carl.get_by_role("link", name="Read it").first.click()
    expect(carl.get_by_text("Final, version 2")).to_be_visible()
    expect(carl.get_by_text("at the prices of the trades")).to_be_visible()
    carl.get_by_role("link", name="Version 1, estimate").click()
    expect(carl.get_by_text("There is a newer version of this page")).to_be_visible()


def _the_evening_file_agrees(tom: Page, paid: dict[str, D]) -> None:
    """Tom loads the custodian's file on Tuesday morning; it is compared with our book, and nothing differs."""
    clock.set_clock(TUESDAY_MORNING)
    tom.goto("/imports/upload/")
    content = evening_file(MONDAY, paid=paid)
    tom.locator("input[type=file]").set_input_files(
        {"name": "monday.zip", "mimeType": "application/zip", "buffer": content}
    )
    tom.get_by_role("button", name="Upload and preview").click()
    tom.get_by_role("button", name="Load into the record").click()
    expect(tom.get_by_text("1 account loaded").first).to_be_visible()
    before = Reconciled.objects.count()
    tasks.reconcile()
    assert Reconciled.objects.count() == before + 1
    assert [one.sentence for one in Break.objects.all()] == []
    tom.goto("/breaks/")
    expect(tom.get_by_role("heading", name="No break is open")).to_be_visible()


# ---- What works behind the pages --------------------------------------------------------------


def _works(page: Page, *, until: Callable[[], bool] = lambda: False, turns: int = 0) -> None:
    """The workers' turns, as the timetable calls for them: so many, or until something is there."""
    began, done = time.monotonic(), 0
    while not until() and not (turns and done == turns):
        assert time.monotonic() - began < SECONDS, "it did not come"
        tasks.send_orders()
        tasks.take_reports()
        done += 1
        # The page lives on meanwhile.
        page.wait_for_timeout(50)


def _a_part_has_come(is_sale: bool) -> Callable[[], bool]:
    """Something of the sale, or of the purchase, is filled, and not all of it."""
    side = "sell" if is_sale else "buy"
    return lambda: Block.objects.filter(side=side, state=Block.State.PARTLY_FILLED).exists()


def _reads_filled(told: Locator) -> Callable[[], bool]:
    return lambda: told.inner_text().startswith("Filled")


def _are_allocated() -> bool:
    """The broker has accepted both allocations."""
    return FixInbox.objects.filter(kind="P", done_at__isnull=False).count() == 4


def _in_four_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the blocks so that the paper broker, whose story follows the name, fills each in four parts, none too soon."""
    sizes = [one.quantity.normalize() for one in proposals.current(desk.proposal).orders.all()]
    stories = (
        (
            name,
            [
                behavior.fills(Order(f"{name}-B{number}", "1", size), size, D(1))
                for number, size in product((1, 2), sizes)
            ],
        )
        for name in (f"CHAIN{number}" for number in count())
    )
    name = next(
        name
        for name, found in stories
        if all(len(story) == 4 and min(step.after for step in story) > 1 for story in found)
    )
    monkeypatch.setattr(
        blocks, "_reference", lambda release: f"{name}-B{Block.objects.filter(release=release).count() + 1}"
    )
