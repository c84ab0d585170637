"""`./evenkeel`, as somebody uses it who has just cloned the project, and whose machine then misbehaves."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from advisory.embedded import folders, processes

PROJECT = Path(__file__).resolve().parents[3]
COPIED = ("evenkeel", "manage.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt")
COPIED_FOLDERS = ("advisory", "clients", "compliance", "rebalancing", "templates", "static")


@pytest.fixture
def launcher() -> ModuleType:
    """The launcher's functions, without running it."""
    loader = importlib.machinery.SourceFileLoader("evenkeel_launcher", str(PROJECT / "evenkeel"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the project, already set up, in a folder whose path has spaces and is closed to others."""
    clone = tmp_path / "a firm's desk"
    clone.mkdir(mode=0o700)
    for name in COPIED:
        shutil.copy2(PROJECT / name, clone / name)
    for name in COPIED_FOLDERS:
        # With its bytecode, which spares every process of the copy the compiling.
        shutil.copytree(PROJECT / name, clone / name)
    venv = clone / ".venv"
    (venv / "bin").mkdir(parents=True)
    real = Path(sys.prefix)
    for name in ("lib", "pyvenv.cfg"):
        (venv / name).symlink_to(real / name)
    (venv / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    made = subprocess.run(
        [sys.executable, "-c", STAMP, str(clone / "evenkeel")], capture_output=True, text=True, check=True
    )
    (venv / ".set-up-from-requirements.txt").write_text(made.stdout)
    yield clone
    evenkeel(clone, "stop")
    monkeypatch.setenv("EVENKEEL_STATE", str(clone / ".evenkeel"))
    if (data := folders.servers()).is_relative_to(folders.SHARED):
        shutil.rmtree(data.parent)


STAMP = """
import importlib.machinery, sys
module = importlib.machinery.SourceFileLoader("launcher", sys.argv[1]).load_module()
sys.stdout.write(module.wanted("requirements.txt"))
"""


def environment() -> dict[str, str]:
    ours = ("DATABASE", "REDIS", "EVENKEEL", "DJANGO", "SECRET_KEY", "PYTEST")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def evenkeel(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "evenkeel", *arguments],
        cwd="/", env=environment(), text=True, capture_output=True, timeout=120,
    )  # fmt: skip


# What needs no set-up


def test_help_explains_every_verb_in_a_line() -> None:
    said = evenkeel(PROJECT, "--help").stdout.splitlines()

    verbs = [line.split()[0] for line in said[2:]]
    assert verbs == [
        "demo",
        "run",
        "stop",
        "test",
        "check",
        "manage",
        "draw",
        "bench",
        "mcp",
        "doctor",
        "lock",
    ]
    assert all(len(line.split()) > 4 and len(line) <= 115 for line in said[2:])


def test_an_unknown_verb_is_named() -> None:
    done = evenkeel(PROJECT, "dmeo")

    assert (done.returncode, done.stderr) == (
        1,
        "evenkeel: There is no verb 'dmeo'. `./evenkeel --help` lists them.\n",
    )


@pytest.mark.parametrize("written", [["--date", "2027-01-02"], ["--date=2027-01-02"]])
def test_a_day_to_test_on_moves_the_products_clock_and_leaves_the_rest_to_pytest(
    written: list[str], launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENKEEL_CLOCK_SHIFT_DAYS", "")
    days = (date(2027, 1, 2) - datetime.now(UTC).date()).days

    assert launcher.on_another_day(["-q", *written, "tests/journeys"]) == ["-q", "tests/journeys"]
    assert os.environ["EVENKEEL_CLOCK_SHIFT_DAYS"] == str(days)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["--date"], "''"),
        (["--date="], "''"),
        (["--date", "tomorrow"], "'tomorrow'"),
        (["--date=2027-02-29"], "'2027-02-29'"),
    ],
)
def test_a_day_that_is_none_is_refused_in_a_sentence(
    written: list[str], said: str, launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENKEEL_CLOCK_SHIFT_DAYS", "unchanged")

    with pytest.raises(launcher.Stop, match=f"--date takes a day such as 2027-01-02, and {said} is not one"):
        launcher.on_another_day(written)
    assert os.environ["EVENKEEL_CLOCK_SHIFT_DAYS"] == "unchanged"


def test_a_too_old_python_says_what_is_needed(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(launcher.shutil, "which", lambda name: None)

    with pytest.raises(launcher.Stop, match=r"needs Python 3\.11 or newer and this is 3\.9"):
        launcher.need_python(["demo"])


def test_a_too_old_python_hands_over_to_a_newer_one(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(launcher.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(launcher.shutil, "which", {"python3.12": "/usr/bin/python3.12"}.get)
    monkeypatch.setattr(launcher.os, "execv", lambda *call: started.append(call))

    launcher.need_python(["demo", "--fresh"])

    program = "/usr/bin/python3.12"
    assert started == [(program, [program, str(PROJECT / "evenkeel"), "demo", "--fresh"])]


def test_the_launcher_itself_uses_no_syntax_of_newer_pythons() -> None:
    import ast

    ast.parse((PROJECT / "evenkeel").read_text(), feature_version=(3, 7))


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "The disk is full."),
        ("error: Request failed: dns error: failed to lookup address", "The packages cannot be fetched"),
        ("ERROR: Connection timed out while fetching", "The packages cannot be fetched"),
        ("error: Hash mismatch for `django==5.2.19`", "A fetched package is not the one that was pinned."),
        ("No module named pip", "This Python has neither pip nor venv."),
        ("something else entirely", "The packages could not be installed."),
    ],
)
def test_a_failed_set_up_is_said_in_one_sentence(launcher: ModuleType, output: str, sentence: str) -> None:
    said = launcher.in_one_sentence(output)

    assert said.startswith(sentence)
    assert said.endswith(output)


@pytest.fixture
def untouched(launcher: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The launcher in a project that was never set up; installing only notes that it happened."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text(f"# {name}\n")
    for name, folder in (("PROJECT", ""), ("VENV", ".venv"), ("TOOLS", ".tools"), ("STATE", ".evenkeel")):
        monkeypatch.setattr(launcher, name, tmp_path / folder)
    monkeypatch.setattr(launcher, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    installed: list[str] = []

    def install(requirements: str) -> None:
        launcher.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        launcher.PYTHON.unlink(missing_ok=True)
        launcher.PYTHON.symlink_to(sys.executable)
        installed.append(requirements)

    monkeypatch.setattr(launcher, "install_with_uv", install)
    launcher.installed = installed  # type: ignore[attr-defined]
    return launcher


def test_a_set_up_happens_once_and_again_when_the_requirements_change(untouched: ModuleType) -> None:
    untouched.set_up("requirements.txt")
    untouched.set_up("requirements.txt")
    assert untouched.installed == ["requirements.txt"]

    (untouched.PROJECT / "requirements.txt").write_text("# changed\n")
    untouched.set_up("requirements.txt")
    assert untouched.installed == ["requirements.txt", "requirements.txt"]


def test_the_tests_set_up_serves_the_product_too(untouched: ModuleType) -> None:
    untouched.set_up("requirements-dev.txt")
    untouched.set_up("requirements.txt")

    assert untouched.installed == ["requirements-dev.txt"]


def test_a_set_up_interrupted_half_way_is_done_anew(untouched: ModuleType) -> None:
    untouched.PYTHON.parent.mkdir(parents=True)
    untouched.PYTHON.symlink_to("/nowhere/python3.11")

    untouched.set_up("requirements.txt")

    assert untouched.installed == ["requirements.txt"]


def test_a_full_disk_is_said_before_anything_is_fetched(
    untouched: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=300_000_000)
    monkeypatch.setattr(untouched.shutil, "disk_usage", lambda path: usage)

    with pytest.raises(untouched.Stop, match=r"has 300 MB free and setup needs 1200 MB"):
        untouched.set_up("requirements.txt")
    assert untouched.installed == []


def test_when_neither_way_of_installing_works_the_last_problem_is_told(
    untouched: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untouched, "install_with_uv", lambda requirements: "uv is not here")
    monkeypatch.setattr(untouched, "install_with_pip", lambda requirements: "Could not resolve host")

    with pytest.raises(untouched.Stop, match="package index cannot be reached"):
        untouched.set_up("requirements.txt")


def test_what_takes_long_runs_only_when_asked_and_on_both_cores_when_nothing_is_chosen(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENKEEL_TESTS", "quick")
    both = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile", "--no-loadscope-reorder"]
    quick = ["-m", "not slow and not thorough and not process"]

    assert launcher.pytest_arguments([]) == [*quick, *both]
    assert launcher.pytest_arguments(["tests/spec"]) == [*quick, "tests/spec"]
    assert launcher.pytest_arguments(["tests/spec/test_money.py"]) == [
        "-m",
        "not slow",
        "tests/spec/test_money.py",
    ]
    assert launcher.pytest_arguments(["-m", "browser"]) == ["-m", "browser"]
    assert os.environ["EVENKEEL_TESTS"] == "quick"

    assert launcher.pytest_arguments(["--ci"]) == ["-m", "not slow and not thorough", *both]
    assert os.environ["EVENKEEL_TESTS"] == "ci"
    assert launcher.pytest_arguments(["--all"]) == both
    assert os.environ["EVENKEEL_TESTS"] == "all"


# The whole desk


@pytest.mark.process
def test_a_desk_starts_refuses_a_second_start_survives_a_kill_and_stops(clone: Path) -> None:
    port = a_free_port()
    first = start(clone, port)
    answer(port)

    second = evenkeel(clone, "run", "--port", str(a_free_port()))
    assert second.returncode == 1
    assert f"Evenkeel already runs here at http://127.0.0.1:{port}/" in second.stderr

    crew_before = pids(clone)
    first.kill()
    first.wait()
    third = start(clone, port)
    said = wait_for(third, "Ready after")
    assert "ended what it left running: web, beat, worker" in said
    answer(port)
    crew_after = pids(clone)
    assert not any(processes.alive(pid) for pid in crew_before.values())

    third.send_signal(signal.SIGINT)
    assert third.wait(timeout=40) == 0
    assert not any(processes.alive(pid) for pid in crew_after.values())
    assert evenkeel(clone, "stop").stderr == "Nothing runs here.\n"


@pytest.mark.process
def test_a_busy_port_is_named_with_the_way_out(clone: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = evenkeel(clone, "run", "--port", str(port))

    assert (done.returncode, done.stderr) == (
        1,
        f"evenkeel: Port {port} is taken by another program. Choose another with --port.\n",
    )


def start(clone: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [clone / "evenkeel", "run", "--port", str(port)],
        cwd="/", env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def wait_for(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"ended without saying {words!r}:\n{said}")


def answer(port: int) -> None:
    deadline = time.monotonic() + 300
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as said:
                assert json.load(said)["state"] == "ready"
                return
        except OSError:
            assert time.monotonic() < deadline, "the desk did not answer within five minutes"
            time.sleep(0.2)


def pids(clone: Path) -> dict[str, int]:
    deadline = time.monotonic() + 120
    while True:
        records = list((clone / ".evenkeel" / "run").glob("*.json"))
        crew = {file.stem: file for file in records if file.stem in {"web", "worker", "beat"}}
        if len(crew) == 3:
            return {name: int(json.loads(file.read_text())["pid"]) for name, file in crew.items()}
        assert time.monotonic() < deadline, f"only {sorted(crew)} started"
        time.sleep(0.1)


def a_free_port() -> int:
    return processes.free_port()
