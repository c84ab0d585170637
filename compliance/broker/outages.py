"""Parts that may be away for a while: asked again only after a pause, logged once, counted for the status page.

What a part's absence means is decided where the part is used. Here stands only whether it is worth
asking: a broker that hangs would otherwise cost every request its whole time limit.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog

log = structlog.get_logger("outages")

PAUSE_MILLISECONDS = 5_000
"""How long a part that did not answer is left alone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What this process has seen of one part since it started."""

    part: str
    is_away: bool
    failures: int
    skipped: int
    last_failure: str

    @property
    def sentence(self) -> str:
        """How the part is; the empty sentence when it answered the last time it was asked."""
        return f"does not answer ({self.last_failure})" if self.is_away else ""


class Part:
    """One part, as this process knows it. Threads share it."""

    def __init__(self, name: str, *, pause_milliseconds: int = PAUSE_MILLISECONDS) -> None:
        self.name = name
        self.pause_milliseconds = pause_milliseconds
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin again, as a process that has just started."""
        self._is_away, self._asked_again_at = False, 0
        self._failures, self._skipped, self._last_failure = 0, 0, ""

    def is_worth_asking(self) -> bool:
        """Whether to ask; while the pause lasts the question is counted as skipped."""
        if not self._is_away or _milliseconds() >= self._asked_again_at:
            return True
        with self._lock:
            self._skipped += 1
        return False

    def failed(self, error: BaseException) -> None:
        """Note that the part did not answer. Only the first failure of an outage is logged."""
        with self._lock:
            is_new = not self._is_away
            self._is_away, self._asked_again_at = True, _milliseconds() + self.pause_milliseconds
            self._failures += 1
            self._last_failure = type(error).__name__
        if is_new:
            log.error("a part does not answer", part=self.name, error=type(error).__name__, detail=str(error))

    def answered(self) -> None:
        """Note that the part answered, and say so when it had been away."""
        if not self._is_away:
            return
        with self._lock:
            was_away, self._is_away = self._is_away, False
        if was_away:
            log.warning(
                "a part answers again", part=self.name, failures=self._failures, skipped=self._skipped
            )

    def seen(self) -> Seen:
        return Seen(self.name, self._is_away, self._failures, self._skipped, self._last_failure)


def _milliseconds() -> int:
    return time.monotonic_ns() // 1_000_000


CACHE = Part("cache")
BROKER = Part("broker")
PARTS = (CACHE, BROKER)
