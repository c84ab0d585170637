"""The same broker over sockets: the shipped paper broker on loopback, and the FIX process as a process of its own that is killed.

Every day it is killed once while it sends or keeps a message, at a step that the seed draws, and once more in the evening.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from django.db import connection

from advisory.embedded import folders
from advisory.paper_broker.book import Book
from advisory.paper_broker.broker import Broker as PaperBroker
from advisory.paper_broker.broker import Quote
from rebalancing import market_days
from rebalancing.models import FixInbox, FixOutbox, FixSession
from tests.factories import fix_messages
from tests.processes.fix_that_dies import IN_THE_PROCESS
from tests.simulation.broker import US, Broker

SECONDS_MAX = 90
OUT, IN = "\x0135=D\x01", "\x0135=8\x01"


class BrokerOverSockets(Broker):
    """What the broker knows is read from its file; what we know, from our record."""

    def __init__(
        self,
        folder: Path,
        session: FixSession,
        quote: Callable[[str], Quote | None],
        now: Callable[[], datetime],
        seed: int,
    ) -> None:
        self._session, self._now = session, now
        self._server = PaperBroker(
            folder, quote=quote, now=now, trade_day=market_days.trade_day, closes_at=market_days.closed_at
        )
        self.book = Book(folder / f"{US}.sqlite3", now=now)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        port = asyncio.run_coroutine_threadsafe(self._server.start(0), self._loop).result(10)
        fix_messages.moved(port=port, their_comp_id="PAPER")
        self._chance = random.Random(f"{seed}/fix process")
        self._process: subprocess.Popen[bytes] | None = None
        self.deaths: list[str] = []

    def a_day_begins(self) -> None:
        """The process of this day will die at some step."""
        self._dies_now()
        place = self._chance.randrange(len(IN_THE_PROCESS))
        self._starts(
            IN_THE_PROCESS[place], OUT if place >= IN_THE_PROCESS.index("before an order is marked") else IN
        )

    def closes(self) -> None:
        self._dies_now()
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self.book.close()

    def _dies_now(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _starts(self, *step: str) -> None:
        at = connection.settings_dict
        url = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.fix_that_dies", "process", *step],
            cwd=folders.PROJECT,
            env={
                **os.environ,
                "EVENKEEL_ENVIRONMENT": "development",
                "EVENKEEL_CLOCK_SHIFT_DAYS": "0",  # The database's clock is ahead already.
                "EVENKEEL_PROCESS": "worker",
                "DJANGO_SETTINGS_MODULE": "advisory.settings",
                "DATABASE_URL": url,
                "DATABASE_OWNER_URL": url,
                "REDIS_URL": "redis://127.0.0.1:9/0",
            },
        )
        self._step = step

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for the two processes; one that died is started again, and lives."""
        end = time.monotonic() + SECONDS_MAX
        while not holds():
            if self._process is None:
                self._starts()
            elif (code := self._process.poll()) is not None:
                assert code == -signal.SIGKILL, f"the FIX process ended by itself with {code}"
                self.deaths.append(self._step[0] if self._step else "living")
                self._starts()
            assert time.monotonic() < end, f"{what}: waited for {SECONDS_MAX} s in vain"
            time.sleep(0.02)

    # ── What the days ask ────────────────────────────────────────────────────────────────────────

    def is_told(self) -> None:
        self._until(self._has_everything, "what waits in the outbox reaches the broker")

    def _has_everything(self) -> bool:
        if FixOutbox.objects.filter(sent_at=None, withheld_at=None).exists():
            return False
        sent = FixOutbox.objects.exclude(sent_at=None).order_by("-number").values_list("number", flat=True)
        return all(self.book.has_seen(number) for number in sent[:50] if number is not None)

    def says(self) -> None:
        self._until(lambda: not self.book.due() and not self._rests_too_long(), "the broker says what is due")

    def _rests_too_long(self) -> bool:
        return any(
            self._now() >= market_days.closed_at(date.fromisoformat(row["trade_on"]))
            for row in self.book.resting()
        )

    def reaches_us(self, chance: random.Random | None = None) -> int:
        self._until(self._is_kept, "what the broker said is kept")
        return FixInbox.objects.filter(done_at=None).count()

    def _is_kept(self) -> bool:
        said = self.book.next_sender_msg_seq_num()
        return (
            FixSession.objects.get(pk=self._session.pk).next_in == said == self.book.next_sender_msg_seq_num()
        )

    @property
    def is_silent(self) -> bool:
        return not self.book.anything_planned()
