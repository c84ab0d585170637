"""The letter: the frozen summary on at most two tagged pages, the same bytes every time."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from decimal import Decimal

import pikepdf
import pytest

from clients import figures
from rebalancing.client_reports import letters
from tests.factories.firm_settings import A_LETTERHEAD
from tests.factories.letters import LATE, SUMMARY
from tests.rebalancing.client_reports import pdf_text

LONG = (
    "US stocks stand at 68.2% against a target of 60.0%, outside the band of 55.0% to 65.0%. These shares have "
    "the highest cost of all that could be sold, so that selling them costs the least tax."
)
MANY = replace(
    SUMMARY,
    why=SUMMARY.why * 2,
    classes=SUMMARY.classes * 15,
    changes=tuple(replace(change, why=LONG) for change in SUMMARY.changes * 30),
    taxes=SUMMARY.taxes * 3,
    left_alone=tuple(replace(one, why=LONG) for one in SUMMARY.left_alone * 6),
    next_steps=SUMMARY.next_steps * 3,
)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return letters.pdf_of(SUMMARY, published_at=LATE, letterhead=A_LETTERHEAD)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_same_summary_gives_the_same_bytes(pdf: bytes) -> None:
    assert letters.pdf_of(SUMMARY, published_at=LATE, letterhead=A_LETTERHEAD) == pdf


def test_it_declares_what_it_is_title_language_and_both_standards(pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        with document.open_metadata() as about:
            declared = {
                name: about.get(name)
                for name in ("dc:title", "pdfuaid:part", "pdfaid:part", "pdfaid:conformance")
            }
        assert declared == {
            "dc:title": "What we are changing for Okafor & Reyes #[evil] $x$",
            "pdfuaid:part": "1",
            "pdfaid:part": "2",
            "pdfaid:conformance": "A",
        }
        assert str(document.Root.Lang).lower().startswith("en")
        assert document.Root.MarkInfo.Marked
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert not any("/JS" in str(item) or "/JavaScript" in str(item) for item in document.Root)


def test_its_tables_have_heads_and_its_drawings_their_sentences(pdf: bytes) -> None:
    tags = pdf_text.tags_of(pdf)

    assert tags.count("H1") == 1
    assert tags.count("Table") == 3
    assert tags.count("TH") == 3 + 6 + 4
    assert {"H2", "TR", "TD", "L", "LI"} <= set(tags)
    sentences = [letters.bar_of(line).sentence for line in SUMMARY.classes]
    assert [words(one) for one in pdf_text.alternatives_of(pdf)] == [
        words(one) for one in (sentences[0], *sentences)
    ]


def test_every_figure_and_sentence_is_the_frozen_one(pdf: bytes) -> None:
    text = words(pdf_text.text_of(pdf))

    for sentence in (SUMMARY.headline, *SUMMARY.why, *SUMMARY.next_steps, SUMMARY.taxes[0].sentence):
        assert words(sentence) in text
    for change in SUMMARY.changes:
        assert words(change.what) in text
        assert figures.money(Decimal(change.amount)) in text
    frozen = {figures.money(Decimal(change.amount)) for change in SUMMARY.changes}
    frozen |= {"$1,210.40", "$5,420.00", "$631.44", "$179,970"}
    assert set(re.findall(r"\$[\d,]+(?:\.\d\d)?", text)) == frozen
    for line in SUMMARY.classes:
        for weight in (line.target, line.before, line.after):
            assert words(figures.weight(Decimal(weight), places=1)) in text


def test_client_text_is_data_and_never_markup(pdf: bytes) -> None:
    assert "Okafor & Reyes #[evil] $x$" in words(pdf_text.text_of(pdf))


def test_it_is_dated_by_the_day_in_new_york(pdf: bytes) -> None:
    text = pdf_text.text_of(pdf)
    assert "Nov 22, 2026" in text
    assert "All prices in this letter are generated" in words(text)


def test_a_letter_never_has_more_than_two_pages_and_says_what_it_leaves_to_the_page() -> None:
    pdf = letters.pdf_of(MANY, published_at=LATE, letterhead=A_LETTERHEAD)

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 2
    text = words(pdf_text.text_of(pdf))
    (left_off,) = re.findall(r"(\d+) smaller trades", text)
    assert 40 < int(left_off) < 60
    assert re.search(r"\d+ more classes that change less are on your portfolio page\.", text)


@pytest.mark.parametrize("limits", letters.ROW_LIMITS, ids=str)
def test_what_a_letter_sums_up_still_adds_up(limits: letters.RowLimits) -> None:
    told = letters.template_values(MANY, published_at=LATE, letterhead=A_LETTERHEAD, limits=limits)

    shown = sum(Decimal(row["amount"].replace("$", "").replace(",", "")) for row in told["changes"])
    assert shown == sum(Decimal(change.amount) for change in MANY.changes)
    assert len(told["changes"]) == limits.changes + 1


def test_a_letter_about_untaxed_trades_says_so() -> None:
    pdf = letters.pdf_of(
        replace(SUMMARY, taxes=(), left_alone=(), prices_are_generated=False),
        published_at=LATE,
        letterhead=A_LETTERHEAD,
    )
    text = words(pdf_text.text_of(pdf))
    assert "These trades are in accounts where selling is not taxed." in text
    assert "What we did not change" not in text
    assert "generated" not in text
