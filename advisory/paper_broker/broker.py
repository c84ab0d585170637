"""The paper broker's process: listens on loopback, takes orders, and says in time what it has to say."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from fixcore.application import Application
from fixcore.session.session_id import SessionID
from fixcore.transport.framer import MessageFramer

from advisory.paper_broker import answers, behavior
from advisory.paper_broker.behavior import Order, Trouble
from advisory.paper_broker.book import OPEN_STATES, Book
from rebalancing.fix.messages import Outgoing
from rebalancing.fix.reading import Incoming
from rebalancing.fix.session import VERSION, KeepingSession, MaskedLog, settings_for

NAME = "PAPER"
SAY_SECONDS = 0.1
ALLOCATION_SECONDS = 1.0

logger = logging.getLogger("advisory.paper_broker")

Quote = tuple[Decimal, Decimal | None]
"""A close, and half the spread as a fraction of it."""


class Broker:
    """Everybody's counterparty on this machine. `quote` gives the price of a symbol, or None where there is none."""

    def __init__(
        self,
        folder: Path,
        *,
        quote: Callable[[str], Quote | None],
        now: Callable[[], datetime],
        trade_day: Callable[[datetime], date],
        closes_at: Callable[[date], datetime],
        hurry: float = 1.0,
    ) -> None:
        self._folder, self._quote, self._now, self._trade_day = folder, quote, now, trade_day
        self._closes_at, self._hurry = closes_at, hurry
        self._desks: dict[str, Desk] = {}
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Listen on loopback; the port, which is a free one for 0."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for desk in self._desks.values():
            await desk.hang_up()
        self._desks.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer, desk = MessageFramer(), None
        try:
            while data := await reader.read(65536):
                for raw in framer.feed(data):
                    if desk is None:
                        desk = self._desk(raw)
                        if desk is None or desk.is_busy:
                            return
                        await desk.connected(writer)
                    await desk.session.on_data(raw)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            if desk is not None and desk.writer is writer:
                await desk.disconnected()
            writer.close()

    def _desk(self, raw: bytes) -> Desk | None:
        """The desk of whoever says hello; each counterparty has a file of its own."""
        theirs = Incoming.of(raw.decode("latin-1")).text(49)
        if not re.fullmatch(r"[\w.-]{1,40}", theirs):
            return None
        if theirs not in self._desks:
            book = Book(self._folder / f"{theirs}.sqlite3", now=self._now)
            self._desks[theirs] = Desk(
                theirs, book, self._quote, self._now, self._trade_day, self._closes_at, self._hurry
            )
        return self._desks[theirs]


class Desk(Application):
    """One counterparty: its session, its book, and the clock that says what is due."""

    def __init__(
        self,
        theirs: str,
        book: Book,
        quote: Callable[[str], Quote | None],
        now: Callable[[], datetime],
        trade_day: Callable[[datetime], date],
        closes_at: Callable[[date], datetime],
        hurry: float,
    ) -> None:
        self.book, self._quote, self._now, self._trade_day = book, quote, now, trade_day
        self._closes_at, self._hurry = closes_at, hurry
        identity = SessionID(VERSION, NAME, theirs)
        self.session = KeepingSession(
            identity,
            settings_for(identity, heartbeat=30, initiates=False),
            self,
            book,
            MaskedLog(f"paper broker for {theirs}"),
            keep=self.take,
        )
        self.writer: asyncio.StreamWriter | None = None
        self._saying: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        return self.writer is not None

    async def connected(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        async def close() -> None:
            writer.close()

        await self.session.on_connect(send, close)
        self._saying = asyncio.create_task(self._say_what_is_due())

    async def disconnected(self) -> None:
        self.writer = None
        if self._saying is not None:
            self._saying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._saying
            self._saying = None
        await self.session.on_disconnect()

    async def hang_up(self) -> None:
        if self.writer is not None:
            self.writer.close()
        if self._saying is not None:
            self._saying.cancel()
        self.book.close()

    # ---- In --------------------------------------------------------------------------------

    async def take(self, number: int, kind: str, raw: str) -> None:
        """Do what a message asks for, once: the engine hands it over again if we die before it counts."""
        one = Incoming.of(raw)
        quote = await self._quoted(one) if kind in ("D", "G") else None
        with self.book.together():
            if not self.book.first_time(number):
                return
            if kind == "D":
                self._order(one, quote)
            elif kind in ("F", "G"):
                self._change(one, quote, is_replace=kind == "G")
            elif kind == "J":
                self._allocate(one)

    async def _quoted(self, message: Incoming) -> Quote | None:
        suffix = message.text(65)
        symbol = message.text(55)
        return await asyncio.to_thread(self._quote, f"{symbol}.{suffix}" if suffix else symbol)

    def _order(self, message: Incoming, quote: Quote | None) -> None:
        order = Order(
            message.needed(11), message.needed(54), message.figure(38) or Decimal(0), _limit(message)
        )
        seed = self.book.setting("trouble")
        trouble = behavior.trouble_for(order, int(seed) if seed else None)
        taken = self.book.add(
            order,
            symbol=message.needed(55),
            suffix=message.text(65),
            trouble=trouble or "",
            trade_on=self._trade_day(self._now()),
        )
        if taken:
            price = behavior.price_for(order, *quote) if quote is not None else None
            self._plan(order.reference, behavior.story(order, price, trouble))

    def _change(self, message: Incoming, quote: Quote | None, *, is_replace: bool) -> None:
        asked_as, original = message.needed(11), message.needed(41)
        order = self.book.order(original)
        if order is not None and order["trouble"] == Trouble.SILENCE:
            return
        if order is None or order["state"] not in OPEN_STATES:
            self._refuse(
                asked_as, original, order["state"] if order is not None else "", is_replace=is_replace
            )
            return
        reference = order["reference"]
        self.book.forget_plans(reference)
        if not is_replace:
            said = answers.ended(order, answers.CANCELED, self.book, at=self._now(), asked_as=asked_as)
            self.book.update(said.changes)
            self.book.plan_message(reference, said.message.text(), after=0.2 * self._hurry)
            return
        done, limit = Decimal(order["done"]), _limit(message)
        wanted = max(message.figure(38) or Decimal(order["quantity"]), done)
        terms = {"reference": reference, "quantity": wanted, "limit_price": "" if limit is None else limit}
        self.book.update(terms)
        changed = self.book.order(reference)
        assert changed is not None, "it was there a moment ago"
        said = answers.ended(changed, answers.REPLACED, self.book, at=self._now(), asked_as=asked_as)
        state = answers.FILLED if wanted == done else answers.PARTLY if done else answers.NEW
        self.book.update({"reference": reference, "known_as": asked_as, "state": state})
        self.book.plan_message(reference, said.message.text(), after=0.2 * self._hurry)
        renewed = Order(reference, order["side"], wanted, limit)
        if quote is None or wanted == done:
            return
        price = behavior.price_for(renewed, *quote)
        if not behavior.rests(renewed, price):
            first = self.book.fills_so_far(reference) + 1
            self._plan(reference, behavior.fills(renewed, wanted - done, price, first))

    def _refuse(self, asked_as: str, original: str, state: str, *, is_replace: bool) -> None:
        refusal = answers.cancel_reject(
            asked_as,
            original,
            is_replace=is_replace,
            state=state or answers.REJECTED,
            text="Too late" if state else "Unknown order",
            at=self._now(),
        )
        self.book.plan_message(original, refusal.text(), after=0.2 * self._hurry)

    def _allocate(self, message: Incoming) -> None:
        reference, at = message.needed(70), self._now()
        trade_on = message.day(75) or self._trade_day(at)
        seed = self.book.setting("trouble")
        refused = (
            bool(seed)
            and behavior.trouble_for(Order(reference, "1", Decimal(1)), int(seed)) is Trouble.REJECT
        )
        for status, after in (("3", 0.2), ("1" if refused else "0", ALLOCATION_SECONDS)):
            text = "Unknown account" if status == "1" else ""
            ack = answers.allocation_ack(reference, status=status, at=at, trade_on=trade_on, text=text)
            self.book.plan_message(reference, ack.text(), after=after * self._hurry)

    def _plan(self, reference: str, steps: Sequence[behavior.Step]) -> None:
        hurried = [
            behavior.Step(one.say, one.after * self._hurry, one.quantity, one.price, one.of, one.text)
            for one in steps
        ]
        self.book.plan(reference, hurried)

    # ---- Out -------------------------------------------------------------------------------

    async def _say_what_is_due(self) -> None:
        while True:
            await asyncio.sleep(SAY_SECONDS * min(self._hurry, 1))
            if not self.session.is_logged_on:
                continue
            try:
                await self.say_due()
            except (OSError, RuntimeError):
                logger.info("The counterparty is gone; what is due waits.", exc_info=True)

    async def say_due(self) -> None:
        """Say everything that is to be said by now."""
        self._expire()
        for due in self.book.due():
            if due.ready:
                await self._send(due.key, Outgoing.of_text(due.ready), {"reference": due.reference})
                continue
            order = self.book.order(due.reference)
            assert due.step is not None, "what is due is a step or a message"
            said = answers.of_step(order, due.step, self.book, at=self._now()) if order is not None else None
            if said is None:
                self.book.drop(due.key)
                continue
            await self._send(due.key, said.message, said.changes)

    async def _send(self, key: int, message: Outgoing, changes: dict[str, object]) -> None:
        self.book.saying = (key, changes)
        try:
            await self.session.send(message)
        finally:
            self.book.saying = None

    def _expire(self) -> None:
        """Day orders that still rest when their market day has closed are over."""
        at = self._now()
        for order in self.book.resting():
            if at < self._closes_at(date.fromisoformat(order["trade_on"])):
                continue
            said = answers.ended(order, answers.EXPIRED, self.book, at=at)
            with self.book.together():
                self.book.update(said.changes)
                self.book.plan_message(order["reference"], said.message.text(), after=0)


def _limit(message: Incoming) -> Decimal | None:
    return message.figure(44) if message.text(40) == "2" else None
