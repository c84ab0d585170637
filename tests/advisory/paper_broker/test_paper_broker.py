"""The paper broker over loopback, asked by our own session: what it says, in which order, and what a restart keeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fixcore.application import Application
from fixcore.log.base import Log
from fixcore.session.session_id import SessionID
from fixcore.store.memory import MemoryStore
from fixcore.transport.framer import MessageFramer

from advisory.paper_broker import behavior
from advisory.paper_broker.behavior import Order, Say, Trouble
from advisory.paper_broker.broker import Broker
from rebalancing.execution.reports import Kind, Report
from rebalancing.fix import messages, reading
from rebalancing.fix.messages import OrderTerms, Outgoing, Share
from rebalancing.fix.session import KeepingSession, settings_for

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 30)
PRICES = {"VTI": (Decimal("250.00"), Decimal("0.0002")), "BRK.B": (Decimal("480"), None)}
BUY = OrderTerms(reference="BL-1", symbol="VTI", side="buy", quantity=Decimal("103.5"), trade_on=MONDAY)


def test_an_order_is_acknowledged_and_filled_in_parts_at_the_close_and_half_the_spread(
    tmp_path: Path,
) -> None:
    async def story(desk: Desk) -> None:
        await desk.send(messages.new_order(BUY, at=AT))
        await desk.until(lambda: bool(desk.reports) and desk.reports[-1].leaves == 0)

    reports = play(story, tmp_path).reports

    assert [one.kind for one in reports] == [Kind.ACKNOWLEDGED, *[Kind.FILL] * (len(reports) - 1)]
    assert sum(one.quantity for one in reports) == Decimal("103.5")
    assert {one.price for one in reports[1:]} == {Decimal("250.05")}
    assert {(one.reference, one.symbol, one.side, one.trade_on) for one in reports} == {
        ("BL-1", "VTI", "buy", MONDAY)
    }
    assert len({one.exec_id for one in reports}) == len(reports)


def test_a_share_class_is_understood_and_each_order_is_answered_by_itself(tmp_path: Path) -> None:
    sale = OrderTerms(reference="BL-2", symbol="BRK.B", side="sell", quantity=Decimal(5), trade_on=MONDAY)

    async def story(desk: Desk) -> None:
        await desk.send(messages.new_order(BUY, at=AT))
        await desk.send(messages.new_order(sale, at=AT))
        await desk.until(lambda: sum(1 for one in desk.reports if one.leaves == 0) == 2)

    reports = play(story, tmp_path).reports

    assert {(one.reference, one.symbol) for one in reports} == {("BL-1", "VTI"), ("BL-2", "BRK.B")}


def test_a_symbol_without_a_price_is_refused(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.send(messages.new_order(OrderTerms("BL-3", "NONE", "buy", Decimal(1)), at=AT))
        await desk.until(lambda: bool(desk.reports))

    assert [(one.kind, one.text) for one in play(story, tmp_path).reports] == [
        (Kind.REJECTED, "Unknown symbol")
    ]


def test_an_order_that_rests_is_replaced_and_then_filled(tmp_path: Path) -> None:
    rests = OrderTerms("BL-4", "VTI", "buy", Decimal(100), limit=Decimal("249.00"))
    better = OrderTerms("BL-4", "VTI", "buy", Decimal(60), limit=Decimal("251.00"))

    async def story(desk: Desk) -> None:
        await desk.send(messages.new_order(rests, at=AT))
        await desk.until(lambda: bool(desk.reports))
        await desk.send(messages.replace(better, number=1, at=AT))
        await desk.until(lambda: sum((one.quantity for one in desk.reports), Decimal(0)) == 60)

    reports = play(story, tmp_path).reports

    assert [one.kind for one in reports[:2]] == [Kind.ACKNOWLEDGED, Kind.REPLACED]
    assert {one.reference for one in reports} == {"BL-4"}
    assert reports[-1].leaves == 0


def test_an_order_that_rests_is_canceled_once_and_the_second_cancel_is_too_late(tmp_path: Path) -> None:
    rests = OrderTerms("BL-5", "VTI", "buy", Decimal(100), limit=Decimal("249.00"))

    async def story(desk: Desk) -> None:
        await desk.send(messages.new_order(rests, at=AT))
        await desk.send(messages.cancel(rests, number=1, at=AT))
        await desk.send(messages.cancel(rests, number=2, at=AT))
        await desk.until(lambda: any(one.kind is Kind.CANCEL_REJECTED for one in desk.reports))

    reports = play(story, tmp_path).reports

    assert sorted((one.kind, one.reference) for one in reports if one.kind is not Kind.ACKNOWLEDGED) == [
        (Kind.CANCEL_REJECTED, "BL-5"),
        (Kind.CANCELED, "BL-5"),
    ]


def test_an_allocation_is_received_and_accepted(tmp_path: Path) -> None:
    shares = (Share("12345678", Decimal(60), "BL-1-1"), Share("87654321", Decimal("43.5"), "BL-1-2"))

    async def story(desk: Desk) -> None:
        await desk.send(messages.allocation(BUY, shares, number=1, average_price=Decimal("250.05"), at=AT))
        await desk.until(lambda: len(desk.answers) == 2)

    answers = play(story, tmp_path).answers

    assert [(one.reference, one.state) for one in answers] == [
        ("BL-1.A1", "received"),
        ("BL-1.A1", "accepted"),
    ]


def test_a_restart_forgets_neither_orders_nor_what_it_has_to_say(tmp_path: Path) -> None:
    desk = Desk()

    async def first(desk: Desk) -> None:
        await desk.send(messages.new_order(BUY, at=AT))
        await desk.until(lambda: len(desk.reports) >= 2)

    async def second(desk: Desk) -> None:
        await desk.until(lambda: desk.reports[-1].leaves == 0)

    play(first, tmp_path, desk)
    said = len(desk.reports)
    play(second, tmp_path, desk)

    assert len(desk.reports) > said or desk.reports[-1].leaves == 0
    assert sum(one.quantity for one in desk.reports) == Decimal("103.5")
    assert len({one.exec_id for one in desk.reports}) == len(desk.reports)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_is_a_story_whose_shares_add_up(trouble: Trouble) -> None:
    order = Order("BL-1", "1", Decimal(100))

    told = behavior.story(order, Decimal("10.00"), trouble)

    bought = sum(one.quantity for one in told if one.say is Say.FILL)
    busted = sum(one.quantity for one in told if one.say is Say.BUST)
    whole = trouble in (Trouble.CORRECT, Trouble.BUST, Trouble.LATE, Trouble.DUPLICATE)
    assert (bought - busted == 100) if whole else bought < 100
    assert (told == ()) == (trouble is Trouble.SILENCE)


def test_the_same_seed_gives_the_same_trouble() -> None:
    orders = [Order(f"BL-{number}", "1", Decimal(100)) for number in range(200)]

    drawn = [behavior.trouble_for(order, 7) for order in orders]

    assert drawn == [behavior.trouble_for(order, 7) for order in orders]
    assert set(drawn) == {None, *Trouble}
    assert all(behavior.trouble_for(order, None) is None for order in orders)


# ---- What the stories share -------------------------------------------------------------------


class Silent(Log):  # type: ignore[misc]
    def on_incoming(self, message: str) -> None: ...
    def on_outgoing(self, message: str) -> None: ...
    def on_event(self, text: str) -> None: ...


class Desk:
    """Our side, with everything it was told."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.answers: list[reading.AllocationAnswer] = []
        self.session: KeepingSession | None = None
        self.store = MemoryStore()

    async def keep(self, number: int, kind: str, raw: str) -> None:
        read = reading.read(raw, broker="Paper")
        if isinstance(read, Report):
            self.reports.append(read)
        elif isinstance(read, reading.AllocationAnswer):
            self.answers.append(read)

    async def send(self, message: Outgoing) -> None:
        assert self.session is not None
        await self.session.send(message)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(8):
            while not holds():
                await asyncio.sleep(0.01)


def running_clock() -> Callable[[], datetime]:
    """Monday at ten in New York, from the first time it is asked."""
    began = time.monotonic()
    return lambda: AT + timedelta(seconds=time.monotonic() - began)


def play(story: Callable[[Desk], Awaitable[None]], folder: Path, desk: Desk | None = None) -> Desk:
    """Start the broker, connect to it, and let a story happen; an order's story takes a fiftieth of its time."""
    ours = desk or Desk()

    async def whole() -> None:
        broker = Broker(
            folder,
            quote=lambda symbol: PRICES.get(symbol),
            now=running_clock(),
            trade_day=lambda at: MONDAY,
            closes_at=lambda day: datetime(day.year, day.month, day.day, 21, tzinfo=UTC),
            hurry=0.02,
        )
        port = await broker.start(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        identity = SessionID("FIX.4.4", "EVENKEEL", "PAPER")
        ours.session = KeepingSession(
            identity,
            settings_for(identity, heartbeat=30),
            Application(),
            ours.store,
            Silent(),
            keep=ours.keep,
        )

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        async def close() -> None:
            writer.close()

        async def read() -> None:
            framer = MessageFramer()
            while data := await reader.read(65536):
                for raw in framer.feed(data):
                    await ours.session.on_data(raw)

        await ours.session.on_connect(send, close)
        reading_task = asyncio.create_task(read())
        await ours.until(lambda: ours.session is not None and ours.session.is_logged_on)
        await story(ours)
        writer.close()
        await reading_task
        await ours.session.on_disconnect()
        await broker.stop()

    asyncio.run(whole())
    return ours
