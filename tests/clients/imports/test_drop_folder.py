"""The watched folder: whole files come in once, half-written ones wait, and nothing is lost on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clients import tasks
from clients.imports import custodian_files, drop_folder
from clients.models import CustodianFile
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import the_millers

pytestmark = pytest.mark.django_db

WATCH = Actor.system("watched folder")
PRICES = table("prices", MILLERS["prices"])


def a_minute_later() -> datetime:
    """Files carry the machine's own clock, so the watch is asked a minute after they were written."""
    return datetime.now(UTC) + timedelta(minutes=1)


def receive_all(folder: Path, at: datetime | None = None) -> list[drop_folder.Taken]:
    return drop_folder.receive_all(folder, by=WATCH, at=at or a_minute_later())


def lying_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_a_file_put_down_is_received_and_waits_for_a_person(tmp_path: Path) -> None:
    the_millers()
    (tmp_path / "bundle.zip").write_bytes(bundle())

    receive_all(tmp_path)

    file = CustodianFile.objects.get()
    assert (file.state, file.channel, file.received_by) == ("previewed", "folder", None)
    assert lying_in(tmp_path) == [f"done/{file.public_id}-bundle.zip"]
    assert [(event.action, event.actor_label) for event in audit.trail(about=file)] == [
        ("file.received", "watched folder")
    ]


def test_the_same_bytes_again_settle_without_a_second_file(tmp_path: Path) -> None:
    for name in ("monday.csv", "tuesday.csv"):
        (tmp_path / name).write_bytes(PRICES)
        receive_all(tmp_path)

    file = CustodianFile.objects.get()
    assert lying_in(tmp_path) == [f"done/{file.public_id}-monday.csv", f"done/{file.public_id}-tuesday.csv"]
    assert receive_all(tmp_path) == []


def test_what_cannot_be_read_is_put_aside_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custodian_files, "SIZE_MAX", 5_000)
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "large.csv").write_bytes(b"x" * 5_001)
    (tmp_path / "statement.pdf").write_bytes(b"%PDF-1.7")

    reasons = {
        one.name: one.moved_to.with_name(f"{one.moved_to.name}.why.txt").read_text()
        for one in receive_all(tmp_path)
    }

    assert {path.split("/")[0] for path in lying_in(tmp_path)} == {"refused"}
    assert reasons["empty.csv"].startswith("The file is empty.")
    assert "files may be up to" in reasons["large.csv"]
    assert "This is a PDF document" in reasons["statement.pdf"]
    assert CustodianFile.objects.get().name == "statement.pdf"


@pytest.mark.parametrize(
    "name", ["prices.csv.part", "prices.tmp", "PRICES.FILEPART", ".prices.csv", ".prices.csv.swp"]
)
def test_a_name_that_says_unfinished_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PRICES)
    assert receive_all(tmp_path) == []
    assert lying_in(tmp_path) == [name]


def test_a_file_still_growing_is_left_alone_until_it_rests(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_bytes(PRICES)
    now = datetime.now(UTC)

    assert receive_all(tmp_path, at=now + timedelta(seconds=5)) == []
    assert len(receive_all(tmp_path, at=now + timedelta(seconds=40))) == 1


def test_links_folders_and_pipes_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.txt"
    secret.write_text("not a custodian's file")
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    (folder / "link.csv").symlink_to(secret)
    os.mkfifo(folder / "pipe.csv")

    assert receive_all(folder) == []
    assert secret.read_text() == "not a custodian's file"


def test_what_a_killed_worker_had_claimed_is_taken_up_later_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "taking").mkdir()
    orphan = tmp_path / "taking" / "prices.csv"
    orphan.write_bytes(PRICES)
    now = datetime.now(UTC)

    assert receive_all(tmp_path, at=now + timedelta(minutes=1)) == []
    assert [one.name for one in receive_all(tmp_path, at=now + timedelta(minutes=11))] == ["prices.csv"]
    assert CustodianFile.objects.count() == 1


def test_a_newer_file_of_a_claimed_name_waits_its_turn(tmp_path: Path) -> None:
    (tmp_path / "taking").mkdir()
    (tmp_path / "taking" / "prices.csv").write_bytes(PRICES)
    (tmp_path / "prices.csv").write_bytes(PRICES + b"ZUS,2026-11-19,99,generated\n")

    assert receive_all(tmp_path) == []
    assert (tmp_path / "taking" / "prices.csv").read_bytes() == PRICES


def test_names_from_outside_are_harmless(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/pri\xffces\x1b[31m.csv"
    with open(raw, "wb") as out:
        out.write(PRICES)

    receive_all(tmp_path)

    assert CustodianFile.objects.get().name == "prices[31m.csv"


def test_the_task_does_nothing_without_a_folder_and_says_when_it_is_missing(
    tmp_path: Path, settings: object, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DROP_FOLDER = ""  # type: ignore[attr-defined]
    tasks.watch_folder()
    settings.DROP_FOLDER = str(tmp_path / "gone")  # type: ignore[attr-defined]

    tasks.watch_folder()

    assert not CustodianFile.objects.exists()
    assert "cannot be used: No such file or directory" in caplog.text


def test_the_task_takes_in_what_rests_and_keeps_names_out_of_the_log(
    tmp_path: Path,
    settings: object,
    set_clock: Callable[[datetime], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.DROP_FOLDER = str(tmp_path)  # type: ignore[attr-defined]
    (tmp_path / "XXX526.csv").write_bytes(PRICES)

    set_clock(datetime.now(UTC))
    tasks.watch_folder()
    assert not CustodianFile.objects.exists(), "it was written a moment ago"
    set_clock(a_minute_later())
    tasks.watch_folder()

    assert CustodianFile.objects.get().name == "XXX526.csv"
    assert "received a file" in caplog.text
    assert "XXX526" not in caplog.text


@pytest.mark.parametrize(("files", "asked"), [(1, 0), (2, 1), (3, 1)])
def test_another_worker_is_asked_for_its_part_where_several_files_wait(
    tmp_path: Path,
    settings: object,
    set_clock: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
    files: int,
    asked: int,
) -> None:
    settings.DROP_FOLDER = str(tmp_path)  # type: ignore[attr-defined]
    for number in range(files):
        (tmp_path / f"{number}.csv").write_bytes(table("prices", [f"ZU{number},2026-11-20,100,house"]))
    (tmp_path / "half.part").write_bytes(PRICES)
    called: list[str] = []
    monkeypatch.setattr(
        "clients.tasks.notifications.notify", lambda task, *, queue: called.append(f"{task.name} {queue}")
    )

    set_clock(a_minute_later())
    tasks.watch_folder()

    assert called == ["clients.watch_folder import"] * asked
    assert CustodianFile.objects.count() == files
