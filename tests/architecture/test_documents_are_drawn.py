"""Documents that are drawn from code are as the code would draw them today, and `./evenkeel draw` sees to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import drawn_documents
from tests.drawn_documents import DRAWINGS, Drawing

HOW = "Run `./evenkeel draw`, read what changed, and commit it."


@pytest.mark.parametrize(
    "drawing",
    # The addresses are asked once, in test_routes.py, which compares them one by one.
    [drawing for drawing in DRAWINGS if drawing.name != "routes"],
    ids=lambda drawing: drawing.name,
)
def test_a_drawn_document_is_up_to_date(drawing: Drawing) -> None:
    assert sorted(drawing.stale()) == [], HOW


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one drawn document, which is of yesterday."""
    monkeypatch.setattr(drawn_documents, "PROJECT", tmp_path)
    drawings = (
        Drawing("tides", "high water", lambda: {"docs/tides.md": "high at 6\n"}),
        Drawing("moons", "full moons", lambda: {"docs/moons.md": "full on 24\n"}),
    )
    monkeypatch.setattr(drawn_documents, "DRAWINGS", drawings)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "tides.md").write_text("high at 5\n")
    (tmp_path / "docs" / "moons.md").write_text("full on 24\n")
    return tmp_path / "docs" / "tides.md"


def test_a_check_names_what_is_stale_and_writes_nothing(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn_documents.main(["--check"]) == 1

    assert capsys.readouterr().out.splitlines() == [
        "tides     docs/tides.md",
        "--- docs/tides.md (on file)",
        "+++ docs/tides.md (from the code)",
        "@@ -1 +1 @@",
        "-high at 5",
        "+high at 6",
        "moons     up to date",
        "Run ./evenkeel draw, read what changed, and commit it.",
    ]
    assert elsewhere.read_text() == "high at 5\n"


def test_drawing_writes_what_is_stale_and_then_nothing_is(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn_documents.main([]) == 0
    assert elsewhere.read_text() == "high at 6\n"
    assert drawn_documents.main(["--check"]) == 0


def test_one_document_is_drawn_by_its_name(elsewhere: Path) -> None:
    (elsewhere.parent / "moons.md").unlink()

    assert drawn_documents.main(["moons"]) == 0

    assert (elsewhere.parent / "moons.md").read_text() == "full on 24\n"
    assert elsewhere.read_text() == "high at 5\n"


def test_a_name_that_there_is_not_is_refused_with_the_list(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn_documents.main(["suns"]) == 2

    assert capsys.readouterr().err.splitlines() == [
        "There is no drawn document 'suns'. These are drawn from code:",
        "  tides     high water",
        "  moons     full moons",
    ]
