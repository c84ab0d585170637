"""The supported layouts, listed by hand, and the detection of a file's layout."""

from __future__ import annotations

from dataclasses import dataclass

from clients.custodians.fidelity import fidelity_history, fidelity_lots, fidelity_positions
from clients.custodians.house import house
from clients.custodians.ibkr import ibkr_flex
from clients.custodians.layouts import Layout
from clients.custodians.ofx import ofx
from clients.custodians.reading import Upload
from clients.custodians.schwab import schwab_lots, schwab_positions, schwab_realized, schwab_transactions
from clients.custodians.tables import TableRefused, encoding_of


@dataclass(frozen=True, slots=True)
class NotRecognized:
    """No layout fits. `sentence` is for the person who uploaded; `reasons` are per layout."""

    name: str
    sentence: str
    how_to_fix: str
    reasons: tuple[tuple[str, str], ...] = ()


LAYOUTS: tuple[Layout, ...] = (
    house.LAYOUT,
    schwab_positions.LAYOUT,
    schwab_lots.LAYOUT,
    schwab_transactions.LAYOUT,
    schwab_realized.LAYOUT,
    fidelity_positions.LAYOUT,
    fidelity_history.LAYOUT,
    fidelity_lots.LAYOUT_CLOSED,
    fidelity_lots.LAYOUT_OPEN,
    ibkr_flex.LAYOUT,
    ofx.LAYOUT,
)

# First bytes of files that people upload by mistake.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet workbook (.xls)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file (.gz)"),
    (b"7z\xbc\xaf", "a compressed file (.7z)"),
    (b"Rar!", "a compressed file (.rar)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<html", "a web page"),
)


def detect(name: str, data: bytes) -> Layout | NotRecognized:
    """The layout of a file, detected from its content; the name only helps where the content is not decisive."""
    upload = Upload(name, data)
    if refusal := _unreadable(upload):
        return refusal
    reasons: list[tuple[str, str]] = []
    for layout in LAYOUTS:
        reason = layout.reason_not(upload)
        if reason is None:
            return layout
        reasons.append((layout.name, reason))
    return NotRecognized(
        name,
        "This file is in none of the supported layouts.",
        "Compare it with the samples of the supported layouts, or convert it to the house bundle.",
        tuple(reasons),
    )


def by_slug(slug: str) -> Layout:
    """The layout of this slug. Raises KeyError when there is none."""
    return {layout.slug: layout for layout in LAYOUTS}[slug]


def _unreadable(upload: Upload) -> NotRecognized | None:
    head = upload.data[:512].lstrip()
    for magic, what in _MAGIC:
        if head[: len(magic)].lower() == magic.lower() and not (magic == b"MZ" and b"," in head[:80]):
            return NotRecognized(
                upload.name,
                f"This is {what}, not a custodian's data file.",
                "Export the data as CSV, XML or OFX.",
            )
    if upload.data.startswith(b"PK"):
        return None
    try:
        encoding_of(upload.data)
    except TableRefused as refused:
        return NotRecognized(upload.name, refused.rule, refused.how_to_fix)
    return None
