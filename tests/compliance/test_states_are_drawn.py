from __future__ import annotations

from pathlib import Path

from compliance.models import State
from compliance.review_desk.states import NEXT, diagram

DRAWING = Path(__file__).parents[2] / "docs" / "states.md"


def test_the_drawing_is_the_table() -> None:
    assert f"```mermaid\n{diagram()}```\n" in DRAWING.read_text(encoding="utf-8")


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(NEXT) == set(State)
