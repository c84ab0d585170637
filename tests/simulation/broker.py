"""The broker of the FIX session: the paper broker's own desk and book, with the wire between it and us in memory.

The engine's sockets have tests of their own; here every message is the real one, numbered by the real store, kept in the real
inbox and taken by the real task.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from pathlib import Path
from typing import Any

from advisory.paper_broker.behavior import Trouble
from advisory.paper_broker.book import Book
from advisory.paper_broker.broker import Desk, Quote
from rebalancing import market_days
from rebalancing.fix import inbox, outbox
from rebalancing.fix.messages import Outgoing
from rebalancing.fix.reading import Incoming
from rebalancing.fix.store import RowStore
from rebalancing.models import FixOutbox, FixSession

SOH = "\x01"
US = "EVENKEEL"


@dataclass(frozen=True)
class Sent:
    """A message on its way to us."""

    number: int
    kind: str
    raw: str


class Here:
    """The FIX process's way to the database, without its thread."""

    def now(self, do: Callable[..., Any], *given: Any) -> Any:
        return do(*given)


class Wire:
    """The session as the broker sees it: always logged on, and what it sends waits until it is delivered."""

    is_logged_on = True

    def __init__(self, book: Book, now: Callable[[], datetime]) -> None:
        self._book, self._now = book, now
        self.waiting: list[Sent] = []

    async def send(self, message: Outgoing) -> None:
        number = self._book.next_sender_msg_seq_num()
        raw = _text(message, number, self._now(), sender="PAPER", target=US)
        self._book.set(number, raw.encode("latin-1"))
        self.waiting.append(Sent(number, message.kind, raw))


class Broker:
    """What a broker knows of our blocks, and the wire to it."""

    def __init__(
        self,
        folder: Path,
        session: FixSession,
        quote: Callable[[str], Quote | None],
        now: Callable[[], datetime],
    ) -> None:
        self._session, self._now = session, now
        self.book = Book(folder / f"{US}.sqlite3", now=now)
        self.desk = Desk(US, self.book, quote, now, market_days.trade_day, market_days.closed_at, 1.0)
        self.wire = Wire(self.book, now)
        self._arrived_until = 0
        self.desk.session = self.wire  # type: ignore[assignment]

    def is_told(self) -> None:
        """What waits in our outbox leaves, and reaches the broker. A process that died first sends what never arrived: the
        broker sees the gap and asks for it.
        """
        store = RowStore(self._session.pk, Here(), now=self._now)  # type: ignore[arg-type]
        for number in range(self._arrived_until + 1, store.next_sender_msg_seq_num()):
            if not self.book.has_seen(number):
                for raw in store.get(number, number):
                    self._arrives(number, raw.decode("latin-1"))
        for row in outbox.to_send(self._session, at=self._now()):
            number = store.next_sender_msg_seq_num()
            raw = _text(Outgoing.of_text(row.message), number, self._now(), sender=US, target="PAPER")
            store.sending = row.pk
            store.set(number, raw.encode("latin-1"))
            self._arrives(number, raw)

    def _arrives(self, number: int, raw: str) -> None:
        self._arrived_until = max(self._arrived_until, number)
        asyncio.run(self.desk.take(number, Incoming.of(raw).kind, raw))

    def says(self) -> None:
        """Whatever is due by now goes onto the wire."""
        asyncio.run(self.desk.say_due())

    def reaches_us(self, chance: random.Random | None = None) -> int:
        """What is on the wire is kept in our inbox, in whatever order; how many messages it was."""
        count = len(self.wire.waiting)
        if chance is not None:
            chance.shuffle(self.wire.waiting)
        while self.wire.waiting:
            one = self.wire.waiting[0]
            inbox.keep(
                self._session.pk, epoch=1, number=one.number, kind=one.kind, raw=one.raw, at=self._now()
            )
            del self.wire.waiting[0]
        return count

    @property
    def is_silent(self) -> bool:
        """Whether nothing is on its way and nothing is planned to be said."""
        return not self.wire.waiting and not self.book.anything_planned()

    def silenced(self) -> set[str]:
        """The blocks about which it will never say anything."""
        return {row["reference"] for row in self.book.orders() if row["trouble"] == Trouble.SILENCE}

    def executed(self) -> dict[str, tuple[date, D, D]]:
        """By the block's reference: its day, the shares that were traded of it and what they cost to the cent."""
        return {
            row["reference"]: (
                date.fromisoformat(row["trade_on"]),
                D(row["done"]),
                D(row["paid"]).quantize(D("0.01"), ROUND_HALF_UP),
            )
            for row in self.book.orders()
        }

    def allocated(self) -> dict[str, list[tuple[str, str, D]]]:
        """By the block's reference, the last allocation that it was told: account number, our order, shares."""
        found: dict[str, list[tuple[str, str, D]]] = {}
        rows = FixOutbox.objects.filter(kind=FixOutbox.Kind.ALLOCATION, sent_at__isnull=False).order_by("pk")
        for row in rows:
            fields = dict(Outgoing.of_text(row.message).fields)
            parts = [dict(part) for part in fields[78]]  # type: ignore[arg-type]
            found[row.block_reference] = [(str(one[79]), str(one[467]), D(str(one[80]))) for one in parts]
        return found


def _text(message: Outgoing, number: int, at: datetime, *, sender: str, target: str) -> str:
    """A message as bytes on a wire would say it."""
    head = [
        (8, "FIX.4.4"),
        (35, message.kind),
        (34, str(number)),
        (49, sender),
        (56, target),
        (52, f"{at:%Y%m%d-%H:%M:%S}"),
    ]
    return "".join(f"{tag}={value}{SOH}" for tag, value in [*head, *_flat(message.fields)])


def _flat(fields: Any) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for tag, value in fields:
        if isinstance(value, str):
            found.append((tag, value))
            continue
        found.append((tag, str(len(value))))
        for part in value:
            found += _flat(part)
    return found
