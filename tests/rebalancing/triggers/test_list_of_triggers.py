"""The list of triggers forgets none, and each has a code of its own."""

from __future__ import annotations

from pathlib import Path

from rebalancing.triggers import triggers


def test_every_file_of_the_folder_with_a_code_is_listed() -> None:
    files = {
        file.stem
        for file in Path(triggers.__file__).parent.glob("*.py")
        if "\nCODE = " in file.read_text("utf-8")
    }

    assert files == {kind.__name__.rsplit(".", 1)[-1] for kind in triggers.TRIGGERS}


def test_no_two_triggers_share_a_code() -> None:
    codes = [kind.CODE for kind in triggers.TRIGGERS]

    assert len(set(codes)) == len(codes)
