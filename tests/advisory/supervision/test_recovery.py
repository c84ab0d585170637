"""Whatever is killed or hangs comes back by itself: real processes under the real supervisor."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisory.embedded import folders, processes
from tests.processes.running_desk import Desk, at_work

pytestmark = pytest.mark.process

KILLED_SECONDS = 60
HUNG_SECONDS = 120
SILENT_SECONDS = 360
"""Bounds for a machine with other work; what an idle one needs stands in docs/operations.md."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    state = tmp_path / "state"
    monkeypatch.setenv("EVENKEEL_STATE", str(state))
    with at_work(state) as desk:
        yield desk
    if (data := folders.servers()).is_relative_to(folders.SHARED):
        shutil.rmtree(data.parent)


def comes_back(
    desk: Desk, name: str, number: signal.Signals, *, seconds: float, also: tuple[str, ...] = ()
) -> None:
    """Send a part that signal, and wait until another process does its work and the desk is ready."""
    others = {one: desk.pid(one) for one in also}
    before = desk.pid(name)
    # What hangs, hangs with its children; a kill takes the first process only and leaves them behind.
    for pid in (before, *(processes.children(before) if number == signal.SIGSTOP else ())):
        os.kill(pid, number)

    def is_back() -> bool:
        return (
            desk.pid(name) not in {0, before}
            and all(desk.pid(one) not in {0, pid} for one, pid in others.items())
            and desk.is_ready()
        )

    took = desk.wait_for(is_back, f"back after {number.name} of {name}", seconds=seconds)
    print(f"{name}: back {took:.0f} s after {number.name}", flush=True)


def test_each_killed_part_comes_back(desk: Desk) -> None:
    for name in ("web", "worker", "beat", "fix", "broker", "database"):
        comes_back(desk, name, signal.SIGKILL, seconds=KILLED_SECONDS)


def test_a_hanging_web_server_broker_or_database_comes_back(desk: Desk) -> None:
    for name in ("broker", "database", "web"):
        comes_back(desk, name, signal.SIGSTOP, seconds=HUNG_SECONDS)


@pytest.mark.parametrize(
    ("hangs", "other"),
    # Four minutes each, most of which is waiting for the canary to count as silent.
    [("beat", "worker"), pytest.param("worker", "beat", marks=pytest.mark.slow)],
)
def test_when_the_canary_is_silent_both_timetable_and_worker_come_back(
    desk: Desk, hangs: str, other: str
) -> None:
    comes_back(desk, hangs, signal.SIGSTOP, seconds=SILENT_SECONDS, also=(other,))
    assert "Worker or beat have not responded for a while" in desk.said


def test_a_hanging_fix_process_comes_back(desk: Desk) -> None:
    comes_back(desk, "fix", signal.SIGSTOP, seconds=HUNG_SECONDS)
    assert "The connections to brokers have given no sign for a while" in desk.said
