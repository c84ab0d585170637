"""The list of triggers forgets none, and each has a code of its own."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from rebalancing.triggers import due_dates, record_changes, sharp_falls, triggers

LOOKS: tuple[ModuleType, ...] = (due_dates, record_changes, sharp_falls)
"""What calls for a look (`looks`), beside what calls for a trade."""
LISTED: tuple[Any, ...] = (*triggers.TRIGGERS, *LOOKS)


def test_every_file_of_the_folder_with_a_code_is_listed() -> None:
    files = {
        file.stem
        for file in Path(triggers.__file__).parent.glob("*.py")
        if "\nCODE = " in file.read_text("utf-8")
    }

    assert files == {kind.__name__.rsplit(".", 1)[-1] for kind in LISTED}


def test_no_two_triggers_share_a_code() -> None:
    codes = [kind.CODE for kind in LISTED]

    assert len(set(codes)) == len(codes)
