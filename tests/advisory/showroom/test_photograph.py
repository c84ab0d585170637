"""Taking pictures: what it says when there is nothing to photograph, or nothing to photograph with."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from advisory.management.commands import photograph


def a_port_where_nobody_listens() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_without_a_demonstration_it_says_what_to_start(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{a_port_where_nobody_listens()}"

    with pytest.raises(CommandError, match=r"Start `./evenkeel demo` and give the address it prints"):
        call_command("photograph", address, into=tmp_path / "img")

    assert not (tmp_path / "img").exists()


def test_an_unknown_name_gets_the_list_of_names() -> None:
    with pytest.raises(CommandError, match=r"There is no such picture. Names: sign-in, home"):
        call_command("photograph", only=["hoome"])


def test_without_the_development_packages_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)

    with pytest.raises(CommandError, match=r"Run `./evenkeel check` once, which installs them"):
        photograph._playwright()


def test_every_picture_has_a_name_of_its_own() -> None:
    names = [shot.name for shot in photograph.SHOTS]

    assert len(names) == len(set(names))
