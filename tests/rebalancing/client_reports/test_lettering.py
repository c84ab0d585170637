"""A letter can be set for a family of any name, in any of the world's common scripts, and never refuses."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from compliance.models import Approval, AuditEvent
from compliance.people.actors import Actor
from compliance.refusals import Blocked
from rebalancing.client_reports import letters, printable_text
from rebalancing.models import ClientSummary
from rebalancing.proposals import proposals
from tests.clock import SUNDAY_NOON
from tests.factories.deciding import answer_findings
from tests.factories.desk import Desk, a_desk
from tests.factories.firm_settings import A_LETTERHEAD
from tests.factories.letters import LATE, SUMMARY
from tests.rebalancing.client_reports import pdf_text

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
    assert printable_text.printable(name) == unicodedata.normalize("NFC", name)

    pdf = letters.pdf_of(
        replace(SUMMARY, household=name, contact=name), published_at=LATE, letterhead=A_LETTERHEAD
    )

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
    assert letters.pdf_of(
        replace(SUMMARY, household=name), published_at=LATE, letterhead=A_LETTERHEAD
    ).startswith(b"%PDF")


def test_an_emoji_is_named_in_words() -> None:
    assert printable_text.printable("The 😀 Household") == "The [grinning face] Household"
    assert printable_text.printable("Zoë 👩\u200d👧").replace("\u200d", "") == "Zoë [woman][girl]"


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

    assert letters.pdf_of(summary, published_at=LATE, letterhead=A_LETTERHEAD).startswith(b"%PDF")


def test_the_license_lies_beside_the_fonts() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (printable_text.FONTS / "OFL.txt").read_text()


def on_record(desk: Desk) -> tuple[str, int, int]:
    """The proposal's state, and how many approvals and summaries there are."""
    return desk.proposal.state, Approval.objects.count(), ClientSummary.objects.count()


@pytest.mark.django_db
def test_an_approval_whose_letter_cannot_be_set_is_refused_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import typst

    desk = a_desk()
    proposal = desk.propose()
    answer_findings(proposal)
    before, lines = on_record(desk), AuditEvent.objects.count()

    def approve() -> Any:
        return proposals.approve(
            proposal,
            seen=desk.seen(),
            text="Agreed.",
            acknowledge_warnings=True,
            by=Actor.person(desk.rui),
            at=SUNDAY_NOON,
        )

    def broken(*_: Any, **__: Any) -> Any:
        raise typst.TypstError("no glyph for a character")

    with monkeypatch.context() as press:
        press.setattr(typst, "compile", broken)
        with pytest.raises(Blocked, match="letter cannot be printed") as refused:
            approve()

    assert "Look for unusual characters" in refused.value.how_to_fix
    assert on_record(desk) == before
    # The refused attempt itself is on the trail, as every one is.
    (line,) = AuditEvent.objects.order_by("seq")[lines:]
    assert line.action == "approval.refused"

    # With a press that works the same approval goes through.
    approve()
    assert on_record(desk) == ("approved", before[1] + 1, 1)
