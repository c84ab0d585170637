"""The FIX process: keeps every enabled session connected, sends what the outbox holds, and tells the workers what came in.

It may be killed at any moment. Only one runs at a time: it holds a lock of the database for as long as its connection
lives, and a second one waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from django.db import Error as DatabaseError
from django.db import connection

from rebalancing.fix import heartbeat, locking
from rebalancing.fix.connection import Line
from rebalancing.fix.database import Database
from rebalancing.models import FixSession

LOOK_SECONDS = 1 / 2

logger = logging.getLogger("rebalancing.fix")


class Process:
    """All sessions of the firm, or the one of a name."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        tell_workers: Callable[[], object],
        name: str = "",
        look_seconds: float = LOOK_SECONDS,
        beat_seconds: float = heartbeat.BEAT_SECONDS,
        pause_seconds: float = 1,
    ) -> None:
        self._now, self._tell, self._name = now, tell_workers, name
        self._look_seconds, self._pause_seconds = look_seconds, pause_seconds
        self._beat_seconds = beat_seconds
        self._beaten: float | None = None
        self._database = Database()
        self._lines: dict[int, tuple[tuple[object, ...], Line, asyncio.Task[None]]] = {}
        self._stopping = asyncio.Event()
        self._something_came = False

    async def run(self) -> None:
        """Work until `stop`."""
        self._something_came = True  # What an earlier process kept and nobody took.
        is_away = False
        try:
            while not self._stopping.is_set():
                try:
                    await self._look()
                    is_away = False
                except (DatabaseError, OSError) as error:
                    if not is_away:
                        logger.warning("The database does not answer; trying again: %s", error)
                    is_away = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._look_seconds)
        finally:
            await self._end(list(self._lines))
            self._database.close()

    def stop(self) -> None:
        """Ask for the end; callable from a signal handler."""
        self._stopping.set()

    @property
    def lines(self) -> list[Line]:
        return [line for _, line, _ in self._lines.values()]

    async def _look(self) -> None:
        if not await self._database.later(_holds_the_lock):
            await self._end(list(self._lines))
            return
        moment = asyncio.get_running_loop().time()
        if self._beaten is None or moment - self._beaten >= self._beat_seconds:
            self._beaten = moment
            await self._database.later(_beat)
        wanted = {row.pk: row for row in await self._database.later(self._wanted)}
        changed = [
            key
            for key, (terms, _, task) in self._lines.items()
            if key not in wanted or terms != _terms(wanted[key]) or task.done()
        ]
        # A session that shall begin at number 1 again logs out first, and its next logon says so.
        changed += [
            key
            for key, row in wanted.items()
            if row.is_reset_wanted and key in self._lines and self._settled(key)
        ]
        await self._end(sorted(set(changed)))
        for key, row in wanted.items():
            if key not in self._lines:
                line = Line(
                    row,
                    self._database,
                    now=self._now,
                    on_kept=self._came,
                    pause_seconds=self._pause_seconds,
                )
                self._lines[key] = (
                    _terms(row),
                    line,
                    asyncio.create_task(line.run(), name=f"fix-{row.name}"),
                )
        for line in self.lines:
            with contextlib.suppress(OSError, RuntimeError):
                await line.pump()
        if self._something_came:
            self._something_came = False
            await self._database.later(self._tell)

    def _settled(self, key: int) -> bool:
        session = self._lines[key][1].session
        return session is not None and session.is_logged_on

    def _wanted(self) -> list[FixSession]:
        rows = FixSession.objects.filter(is_enabled=True, is_wanted=True)
        return list(rows.filter(name=self._name) if self._name else rows)

    def _came(self) -> None:
        self._something_came = True

    async def _end(self, keys: list[int]) -> None:
        for key in keys:
            _, line, task = self._lines.pop(key)
            await line.stop()
            with contextlib.suppress(TimeoutError, asyncio.CancelledError, DatabaseError):
                await asyncio.wait_for(task, 5)


def _terms(row: FixSession) -> tuple[object, ...]:
    """What a session must be connected anew for when it changes."""
    return row.host, row.port, row.uses_tls, row.our_comp_id, row.their_comp_id, row.heartbeat_seconds


def _holds_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(locking.TAKE, [locking.LOCK, locking.LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])


def _beat() -> None:
    with connection.cursor() as cursor:
        cursor.execute(heartbeat.BEAT)
