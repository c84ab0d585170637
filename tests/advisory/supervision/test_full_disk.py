"""A disk that is full for a minute: said everywhere, nothing half written is shown, and all comes back by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.running_desk import Desk, at_work

pytestmark = pytest.mark.process

FULL_SECONDS = 60
BACK_SECONDS = 180
ROOMY_BYTES = 3_000_000_000
LINES = b"".join(b"ZU%05d,2026-11-17,47.00,generated\n" % number for number in range(20_000))
PRICES = b"symbol,on,price,source\n" + LINES


def may_mount() -> bool:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True).returncode != 0:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of its own in memory, which takes no more of it than is written."""
    if not may_mount():
        pytest.skip("A small disk can be mounted by root only, and not in every container.")
    # Passable by the account of the servers, so that their data lies on this disk too.
    folder = Path(tempfile.mkdtemp(prefix="evenkeel-disk-", dir="/tmp"))
    folder.chmod(0o755)
    size = ["-o", f"size={ROOMY_BYTES},mode=755"]
    subprocess.run(["mount", "-t", "tmpfs", *size, "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


def fill(disk: Path) -> None:
    """Leave no room: the disk becomes as small as what is on it."""
    for _ in range(20):
        used = shutil.disk_usage(disk).used
        if subprocess.run(["mount", "-o", f"remount,size={used}", disk], capture_output=True).returncode == 0:
            break
    assert shutil.disk_usage(disk).free < 1_000_000


def files(desk: Desk) -> list[str]:
    status, text = desk.get("/api/v1/custodian-files/")
    assert status == 200
    return [one["name"] for one in json.loads(text)["results"]]


def kept(desk: Desk) -> list[Path]:
    return [one for one in (desk.state / "files").rglob("*") if one.is_file()]


def test_a_full_disk_is_said_and_once_there_is_room_everything_comes_back(disk: Path) -> None:
    with at_work(disk / "state") as desk:
        desk.environment["TMPDIR"] = str(disk)
        desk.sign_in("trader")
        desk.wait_for(
            lambda: json.loads(desk.get("/statusz")[1])["worker"] == "ok",
            "visited by the canary",
            seconds=120,
        )
        before = kept(desk)
        fill(disk)

        # It is said, by each of those who can say it.
        began = time.monotonic()
        status, text = desk.get("/statusz")
        assert (status, "0.0 GB free" in json.loads(text)["disk"]) == (200, True)
        assert "The disk is almost full" in desk.get("/households/")[1]
        said = desk.manage("doctor").stdout
        assert "0.0 GB free" in said, said

        # What cannot be written is refused whole, and nothing of it is there.
        answers = set()
        while time.monotonic() - began < FULL_SECONDS:
            answers.add(desk.upload("/api/v1/custodian-files/upload/", "prices.csv", PRICES)[0])
            time.sleep(5)
        print(f"uploads onto a full disk were answered {sorted(answers)}")
        assert answers <= {0, 503}, answers

        resize(disk, ROOMY_BYTES)
        began = time.monotonic()
        desk.wait_for(desk.is_ready, "ready after there was room", seconds=BACK_SECONDS)
        assert (files(desk), kept(desk)) == ([], before)
        assert desk.upload("/api/v1/custodian-files/upload/", "prices.csv", PRICES)[0] == 201
        assert files(desk) == ["prices.csv"]
        desk.wait_for(
            lambda: json.loads(desk.get("/statusz")[1] or "{}").get("worker") == "ok",
            "visited by the canary again",
            seconds=BACK_SECONDS,
        )
        print(f"all well {time.monotonic() - began:.0f} s after there was room")
        assert json.loads(desk.get("/statusz")[1])["disk"] == "ok"
        assert desk.manage("verify_audit").returncode == 0
