"""Loading the demonstration firm: once, whole or not at all, and never over somebody's own record."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from advisory.embedded.services import Addresses, Services
from advisory.embedded.trouble import Trouble
from advisory.health import canary
from advisory.supervision import crew, firm, watching

ADDRESSES = Addresses(
    "postgresql://app@127.0.0.1:9/x", "postgresql://owner@127.0.0.1:9/x", "redis://127.0.0.1:9/0"
)
OPTIONS = argparse.Namespace(seed=7, households=None, fresh=False)


class Desk:
    """What the supervisor would do to the machine, noted instead of done."""

    def __init__(self) -> None:
        self.people = False
        self.loads: list[tuple[str, ...]] = []
        self.thrown_away = 0
        self.fails = False
        self.how_old = ""

    def command(self, base: Mapping[str, str], *arguments: str, capture: bool = False) -> str:
        self.loads.append(arguments)
        self.people = True
        if self.fails:
            raise firm.Ended
        return "ana@firm.example  advisor"

    def remove_data(self, services: Services) -> None:
        self.thrown_away += 1
        self.people = False


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setenv("EVENKEEL_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(firm, "_command", desk.command)
    monkeypatch.setattr(firm, "_people_on_record", lambda url: desk.people)
    monkeypatch.setattr(firm, "_how_old", lambda url: desk.how_old)
    monkeypatch.setattr(Services, "remove_data", lambda services: desk.remove_data(services))
    return desk


def start(*, fresh: bool = False) -> str:
    firm._make_room_for_demo(Services(), fresh=fresh)
    return firm._load_demo({}, ADDRESSES, OPTIONS)


def test_the_firm_is_loaded_once_and_who_signs_in_is_said_at_every_start(desk: Desk) -> None:
    assert start() == "ana@firm.example  advisor"
    assert start() == "ana@firm.example  advisor"

    assert desk.loads == [("demo", "--seed", "7")]


def test_a_second_start_on_a_later_day_says_what_is_old_and_the_way_out(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    start()
    assert "--fresh" not in capsys.readouterr().err

    desk.how_old = "The latest prices on record are of Nov 20, 2026. `./evenkeel demo --fresh` makes it anew."
    assert start() == "ana@firm.example  advisor"
    assert desk.how_old in capsys.readouterr().err


def test_fresh_throws_away_and_loads_anew(desk: Desk) -> None:
    start()
    start(fresh=True)

    assert (desk.thrown_away, len(desk.loads)) == (1, 2)


def test_a_load_interrupted_half_way_is_cleared_and_done_anew(desk: Desk) -> None:
    desk.fails = True
    with pytest.raises(firm.Ended):
        start()

    desk.fails = False
    assert start() == "ana@firm.example  advisor"
    assert desk.thrown_away == 1


def test_a_record_that_is_not_the_demonstrations_is_left_alone(desk: Desk) -> None:
    desk.people = True

    with pytest.raises(Trouble, match=r"Start it with `\./evenkeel run`"):
        start()
    assert (desk.thrown_away, desk.loads) == (0, [])


def test_a_database_of_the_users_own_is_never_emptied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", ADDRESSES.database_url)

    with pytest.raises(Trouble, match="DATABASE_URL names one of yours"):
        start(fresh=True)
    assert desk.thrown_away == 0


# A worker that lives but does nothing


class Silent(crew.Member):
    stops = 0

    @property
    def is_running(self) -> bool:
        return True

    def stop(self) -> None:
        type(self).stops += 1


@pytest.mark.parametrize(
    ("seconds_up", "canary_age", "ended"),
    [(10, None, False), (500, 20.0, False), (500, 200.0, True), (500, None, True)],
)
def test_a_worker_without_a_sign_of_life_is_ended_but_a_young_one_gets_time(
    seconds_up: float, canary_age: float | None, ended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "age_seconds", lambda url: canary_age)
    monkeypatch.setattr(Silent, "seconds_up", property(lambda member: seconds_up))
    monkeypatch.setattr(Silent, "stops", 0)
    worker = Silent("worker", (), {}, patience_seconds=1)

    watching._end_who_does_no_work(crew.Crew([worker]), ADDRESSES)

    assert Silent.stops == int(ended)


def test_a_process_that_keeps_dying_is_started_again_later_and_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENKEEL_STATE", str(tmp_path / "state"))
    member = crew.Member("web", ("-c", "raise SystemExit(1)"), {}, patience_seconds=1)
    people = crew.Crew()
    people.start(member)
    waits: list[float] = []
    for _ in range(7):
        assert member.process is not None
        member.process.wait()
        member.started_at -= 40  # As if this much time had passed.
        assert people.restart_dead() == ["web"]
        waits.append(member.back_off_seconds)

    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert json.loads((tmp_path / "state" / "run" / "web.json").read_text())["pid"] == _pid(member)
    people.stop()


def _pid(member: Any) -> int:
    return int(member.process.pid)


@pytest.mark.parametrize("households", ["0", "-3", "91", "20000"])
def test_a_number_of_households_that_cannot_be_is_refused_before_anything_is_deleted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, households: str
) -> None:
    monkeypatch.setattr(firm, "_work", lambda *_, **__: pytest.fail("something was started"))

    with pytest.raises(Trouble, match="from 1 to 90 households"):
        firm.demo(["--fresh", "--households", households])

    assert (desk.thrown_away, desk.loads) == (0, [])
