"""A FIX process that exists and gives no sign is ended by the supervisor, and no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from advisory.supervision import watching
from rebalancing.fix import heartbeat


class Member:
    def __init__(self, *, is_running: bool = True, seconds_up: float = 300) -> None:
        self.is_running, self.seconds_up, self.stopped = is_running, seconds_up, 0

    def stop(self) -> None:
        self.stopped += 1


@pytest.mark.parametrize(
    ("member", "age", "stopped"),
    [
        (Member(), heartbeat.SILENT_SECONDS + 1, 1),
        (Member(), heartbeat.SILENT_SECONDS - 1, 0),
        # The database is away, or no process ever worked: nothing is known of this one.
        (Member(), None, 0),
        (Member(seconds_up=3), 900.0, 0),
        (Member(is_running=False), 900.0, 0),
    ],
)
def test_only_one_that_was_silent_for_long_is_ended(
    monkeypatch: pytest.MonkeyPatch, member: Member, age: float | None, stopped: int
) -> None:
    monkeypatch.setattr(watching, "_fix_silence", lambda _: age)
    people: Any = SimpleNamespace(named=lambda name: member)
    addresses: Any = SimpleNamespace(database_url="")
    watching._end_a_silent_fix(people, addresses)
    assert member.stopped == stopped
