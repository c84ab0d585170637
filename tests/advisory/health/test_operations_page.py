"""The page an operator reads names every variable the settings read, and no other."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
NOT_SETTINGS = {"EVENKEEL_STATE", "EVENKEEL_REQUIRE_BROWSER", "EVENKEEL_BROWSER"}
"""Read by the launcher's servers and by the tests."""


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    settings = "\n".join(file.read_text() for file in (PROJECT / "advisory" / "settings").glob("*.py"))
    page = (PROJECT / "docs" / "operations.md").read_text()
    read = set(re.findall(r"""(?:env|Environment\(os\.environ\))\.\w+\(\s*"(\w+)\"""", settings))
    table = page.split("## 3. Variables")[1].split("## 4.")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for cell in first_cells for name in re.findall(r"`([A-Z_]+)`", cell)}

    assert read - named == set()
    assert named - read - NOT_SETTINGS == set()
