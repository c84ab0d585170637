"""The connection of one session: dialing with TLS, reading, and dialing again with longer and longer pauses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseError
from fixcore.application import Application
from fixcore.session.session_id import SessionID
from fixcore.transport.framer import MessageFramer

from rebalancing.fix import inbox, outbox
from rebalancing.fix.database import Database
from rebalancing.fix.messages import Outgoing
from rebalancing.fix.session import VERSION, KeepingSession, MaskedLog, settings_for
from rebalancing.fix.store import RowStore
from rebalancing.models import FixOutbox, FixSession

PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 1, 60
CONNECT_SECONDS = 10
HEARD_EVERY_SECONDS = 5
"""How often the moment of the last message is written, so that a heartbeat is not a write."""

logger = logging.getLogger("rebalancing.fix")


class Line(Application):
    """One session from the moment it is wanted to the moment it is not. Runs in the event loop of the FIX process."""

    def __init__(
        self,
        row: FixSession,
        database: Database,
        *,
        now: Callable[[], datetime],
        on_kept: Callable[[], None],
        pause_seconds: float = PAUSE_SECONDS_MIN,
    ) -> None:
        self._row, self._database, self._now, self._on_kept = row, database, now, on_kept
        self._pause_first = pause_seconds
        self.store: RowStore | None = None
        self.session: KeepingSession | None = None
        self._stopping = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._heard_written: float = 0
        self._pumping = asyncio.Lock()
        self._has_logged_on = False

    # ---- What the engine calls -------------------------------------------------------------

    def on_logon(self, session_id: SessionID) -> None:
        self._has_logged_on = True
        self._write(state=FixSession.State.LOGGED_ON, last_error="", last_error_at=None)

    def on_logout(self, session_id: SessionID) -> None:
        self._write(state=FixSession.State.CONNECTING)

    def trouble(self, sentence: str) -> None:
        """Put what went wrong where the trader reads it."""
        logger.warning("%s: %s", self._row.name, sentence)
        self._write(last_error=sentence[:300], last_error_at=True)

    # ---- Life ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected until asked to stop."""
        pause: float = self._pause_first
        while not self._stopping.is_set():
            began = asyncio.get_running_loop().time()
            try:
                await self._connected_once()
            except (OSError, TimeoutError, ssl.SSLError) as error:
                self.trouble(f"Cannot connect to {self._row.host}:{self._row.port}: {_words(error)}")
            except Exception as error:
                # Most often the database: without it nothing is read, and the broker sends it again.
                logger.exception("%s: connection dropped", self._row.name)
                self.trouble(f"Connection dropped: {_words(error).splitlines()[0]}")
            if asyncio.get_running_loop().time() - began > PAUSE_SECONDS_MAX:
                pause = self._pause_first
            with contextlib.suppress(TimeoutError):
                # A little chance keeps sessions that failed together from dialing together.
                await asyncio.wait_for(self._stopping.wait(), pause * random.randint(80, 120) / 100)  # noqa: S311
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
        self._write(state=FixSession.State.OFF)

    async def stop(self) -> None:
        """Log out where logged on, and close."""
        self._stopping.set()
        if self.session is not None and self.session.is_logged_on:
            with contextlib.suppress(Exception):
                await self.session.send_logout()
                await asyncio.sleep(1 / 5)
        if self._writer is not None:
            self._writer.close()

    async def _connected_once(self) -> None:
        row = self._row = await self._database.later(_fresh, self._row.pk)
        self._has_logged_on = False
        if row.state != FixSession.State.REFUSED:
            self._write(state=FixSession.State.CONNECTING)
        tls = context() if row.uses_tls else None
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(row.host, row.port, ssl=tls, server_hostname=row.host if tls else None),
            CONNECT_SECONDS,
        )
        self._writer = writer
        session = self.session = self._make(row)
        framer = MessageFramer()

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        async def close() -> None:
            writer.close()

        try:
            await session.on_connect(send, close)
            while data := await reader.read(65536):
                for raw in framer.feed(data):
                    await session.on_data(raw)
                await self._heard()
            if not self._has_logged_on and not self._stopping.is_set():
                self._write(state=FixSession.State.REFUSED)
        finally:
            # Closed first: whatever fails after it, the broker must not think that we are still there.
            self._writer = None
            writer.close()
            await session.on_disconnect()
            with contextlib.suppress(Exception):
                await writer.wait_closed()

    def _make(self, row: FixSession) -> KeepingSession:
        session_id = SessionID(VERSION, row.our_comp_id, row.their_comp_id)
        settings = settings_for(session_id, heartbeat=row.heartbeat_seconds, resets=row.is_reset_wanted)
        store = self.store = RowStore(row.pk, self._database, now=self._now)
        return KeepingSession(
            session_id,
            settings,
            self,
            store,
            MaskedLog(row.name, on_trouble=self.trouble),
            keep=self._keep,
            set_aside=self._set_aside,
        )

    # ---- In and out ------------------------------------------------------------------------

    async def _keep(self, number: int, kind: str, raw: str) -> None:
        assert self.store is not None, "a session has its store"
        epoch = self.store.epoch
        await self._database.later(
            lambda: inbox.keep(self._row.pk, epoch=epoch, number=number, kind=kind, raw=raw, at=self._now())
        )
        self._on_kept()

    async def _set_aside(self, number: int, raw: str, why: str) -> None:
        assert self.store is not None, "a session has its store"
        epoch = self.store.epoch
        await self._database.later(
            lambda: inbox.set_aside(
                self._row.pk, epoch=epoch, number=number, raw=raw, why=f"Set aside: {why}", at=self._now()
            )
        )

    async def pump(self) -> int:
        """Send what waits, while logged on; how many it was. Never two at once."""
        if self.session is None or not self.session.is_logged_on or self._pumping.locked():
            return 0
        async with self._pumping:
            rows: list[FixOutbox] = await self._database.later(
                lambda: outbox.to_send(self._row, at=self._now())
            )
            sent = 0
            for row in rows:
                if not self.session.is_logged_on or self.store is None:
                    break
                if not await self._database.later(outbox.not_stopped, [row]):
                    continue
                self.store.sending = row.pk
                try:
                    await self.session.send(Outgoing.of_text(row.message))
                finally:
                    self.store.sending = None
                sent += 1
            return sent

    async def _heard(self) -> None:
        moment = asyncio.get_running_loop().time()
        if moment - self._heard_written >= HEARD_EVERY_SECONDS:
            self._heard_written = moment
            await self._database.later(self._update, {"heard_at": True})

    # ---- The row ---------------------------------------------------------------------------

    def _write(self, **values: Any) -> None:
        """Note a state. A database that is away does not end the session for it: the next state is noted again."""
        try:
            self._database.now(self._update, values)
        except DatabaseError as error:
            logger.warning(
                "%s: its state could not be noted: %s", self._row.name, _words(error).splitlines()[0]
            )

    def _update(self, values: dict[str, Any]) -> None:
        at = self._now()
        written = {name: at if value is True else value for name, value in values.items()}
        if "state" in written:
            written["state_at"] = at
        FixSession.objects.filter(pk=self._row.pk).update(**written)


def context() -> ssl.SSLContext:
    """TLS 1.2 or newer, the certificate checked against the system's authorities and the host's name."""
    found = ssl.create_default_context()
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    return found


def _fresh(key: int) -> FixSession:
    return FixSession.objects.get(pk=key)


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
