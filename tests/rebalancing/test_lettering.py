"""A letter can be set for a family of any name, in any of the world's common scripts, and never refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rebalancing import lettering, letters
from tests.rebalancing import pdf_text
from tests.rebalancing.test_letters import LATE, SUMMARY

NAMES = {
    "Chinese": "王小明与李秀英",
    "Traditional Chinese": "陳樂聲",
    "Japanese": "渡邉さくら・サイトウ",
    "Korean": "김민준",
    "Arabic": "عائلة الخوري",
    "Hebrew": "משפחת כהן",
    "Devanagari": "शर्मा परिवार",
    "Thai": "ครอบครัวสุวรรณ",
    "Cyrillic": "Семья Иванова",
    "Greek": "Οικογένεια Παπαδοπούλου",
    "Armenian": "Պետրոսյան",
    "Georgian": "გელაშვილი",
    "Bengali": "সেন পরিবার",
    "Tamil": "முருகன்",
    "Vietnamese": "Nguyễn Thị Ngọc",
    "Amharic": "ቤተሰብ",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_family_reads_its_own_name(name: str) -> None:
    assert lettering.unsettable(name) == ()

    pdf = letters.pdf_of(replace(SUMMARY, household=name, contact=name), published_at=LATE)

    # Neither a name in words nor the plain letter was needed: both write brackets.
    assert "[" not in pdf_text.text_of(pdf)


@pytest.mark.parametrize(
    "name",
    [
        "The 😀🏡 Household",
        "Zoë 👩‍👩‍👧 Lund",
        "𓀀𓁐",
        "\U0001f9ff",
        "Control\x07\u202e\ud7ff",
        "e\u0301\u0327" * 20,
    ],
)
def test_what_no_font_has_is_written_out_and_never_refused(name: str) -> None:
    assert letters.pdf_of(replace(SUMMARY, household=name), published_at=LATE).startswith(b"%PDF")


def test_an_emoji_is_named_in_words() -> None:
    assert lettering.settable("The 😀 Household") == "The [grinning face] Household"
    assert lettering.settable("Zoë 👩\u200d👧") == "Zoë [woman][girl]" or "\u200d" in lettering.settable(
        "Zoë 👩\u200d👧"
    )


def test_every_place_of_a_letter_takes_any_script() -> None:
    strange = " ".join((*NAMES.values(), "😀"))
    summary = replace(
        SUMMARY,
        household=strange,
        contact=strange,
        headline=strange,
        why=(strange,),
        classes=tuple(replace(line, name=strange) for line in SUMMARY.classes),
        changes=tuple(replace(one, account=strange, what=strange, why=strange) for one in SUMMARY.changes),
        left_alone=tuple(replace(one, account=strange, what=strange) for one in SUMMARY.left_alone),
    )

    assert letters.pdf_of(summary, published_at=LATE).startswith(b"%PDF")


def test_the_license_lies_beside_the_fonts() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (lettering.FONTS / "OFL.txt").read_text()
