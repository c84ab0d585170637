"""Services that may be unavailable: retried only after a pause, logged once, counted for the status page.

The caller decides what an outage means. This module only decides whether to try: a broker that hangs would
otherwise cost every request its whole time limit.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog

log = structlog.get_logger("outages")

PAUSE_MILLISECONDS = 5_000
"""How long a service that did not answer is not tried again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What this process has seen of one service since it started."""

    part: str
    is_away: bool
    failures: int
    skipped: int
    last_failure: str

    @property
    def sentence(self) -> str:
        """The service's state as a sentence; empty when the last call succeeded."""
        return f"does not answer ({self.last_failure})" if self.is_away else ""


class Part:
    """One service, as this process knows it. Shared by threads."""

    def __init__(self, name: str, *, pause_milliseconds: int = PAUSE_MILLISECONDS) -> None:
        self.name = name
        self.pause_milliseconds = pause_milliseconds
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Reset, as in a process that has just started."""
        self._is_away, self._asked_again_at = False, 0
        self._failures, self._skipped, self._last_failure = 0, 0, ""

    def should_try(self) -> bool:
        """Whether to try; a call during the pause is counted as skipped."""
        if not self._is_away or _milliseconds() >= self._asked_again_at:
            return True
        with self._lock:
            self._skipped += 1
        return False

    def failed(self, error: BaseException) -> None:
        """Record a failure. Only the first failure of an outage is logged."""
        with self._lock:
            is_new = not self._is_away
            self._is_away, self._asked_again_at = True, _milliseconds() + self.pause_milliseconds
            self._failures += 1
            self._last_failure = type(error).__name__
        if is_new:
            log.error(
                "a service does not answer", part=self.name, error=type(error).__name__, detail=str(error)
            )

    def answered(self) -> None:
        """Record a success, and log it when it ends an outage."""
        if not self._is_away:
            return
        with self._lock:
            was_away, self._is_away = self._is_away, False
        if was_away:
            log.warning(
                "a service answers again", part=self.name, failures=self._failures, skipped=self._skipped
            )

    def seen(self) -> Seen:
        return Seen(self.name, self._is_away, self._failures, self._skipped, self._last_failure)


def _milliseconds() -> int:
    return time.monotonic_ns() // 1_000_000


CACHE = Part("cache")
BROKER = Part("broker")
PARTS = (CACHE, BROKER)
