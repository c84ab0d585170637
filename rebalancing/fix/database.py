"""The FIX process's way to the database: one thread and one connection, so that the event loop never waits for a disk
longer than it must, and what is written is written in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection

Answer = TypeVar("Answer")


class Database:
    """Runs functions one after another in its thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fix-database")

    def now(self, do: Callable[..., Answer], *given: Any) -> Answer:
        """Run and wait here. For what is rare: a resend, a reset, a start."""
        return self._thread.submit(_on_a_usable_connection, do, given).result()

    async def later(self, do: Callable[..., Answer], *given: Any) -> Answer:
        """Run while the event loop goes on."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _on_a_usable_connection, do, given)

    def close(self) -> None:
        self._thread.submit(lambda: connection.close()).result()  # Its own connection, not this thread's.
        self._thread.shutdown()


def _on_a_usable_connection(do: Callable[..., Answer], given: tuple[Any, ...]) -> Answer:
    connection.close_at = None  # The connection holds the process's lock: it ends when it breaks, not by age.
    connection.close_if_unusable_or_obsolete()
    return do(*given)
