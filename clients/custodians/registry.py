"""Which layouts we know, and which of them a file is. The list is written by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clients.custodians import house
from clients.custodians.house_columns import TABLES
from clients.custodians.reading import Upload
from clients.custodians.rows import ParsedFile, RowKind
from clients.custodians.tables import TableRefused, encoding_of


@dataclass(frozen=True, slots=True)
class Layout:
    """A file layout: how it is called, what it brings, how to tell it and how to read it.

    `confirmed` says where the layout is known from. A layout that is not confirmed has no entry here.
    `reason_not` answers None for a file of this layout, else why it is not one, in words that fit
    after "not a Schwab positions export: ".
    """

    slug: str
    name: str
    custodian: str | None
    confirmed: str
    page: str
    kinds: frozenset[RowKind]
    reason_not: Callable[[Upload], str | None]
    parse: Callable[[Upload], ParsedFile]

    @property
    def has_lots(self) -> bool:
        return RowKind.LOT in self.kinds


@dataclass(frozen=True, slots=True)
class NotRecognised:
    """No layout fits. `sentence` is for the person who uploaded; `reasons` are per layout."""

    name: str
    sentence: str
    how_to_fix: str
    reasons: tuple[tuple[str, str], ...] = ()


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        slug=house.SLUG,
        name="House bundle",
        custodian=None,
        confirmed="our own layout",
        page="formats/house-bundle.md",
        kinds=frozenset(TABLES),
        reason_not=house.reason_not,
        parse=house.parse,
    ),
)

# First bytes of what people upload by mistake.
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


def detect(name: str, data: bytes) -> Layout | NotRecognised:
    """The layout of a file, told by its content; the name only helps where content does not decide."""
    upload = Upload(name, data)
    if refusal := _unreadable(upload):
        return refusal
    reasons: list[tuple[str, str]] = []
    for layout in LAYOUTS:
        reason = layout.reason_not(upload)
        if reason is None:
            return layout
        reasons.append((layout.name, reason))
    return NotRecognised(
        name,
        "This file is in none of the layouts we read.",
        "Compare it with the samples of the supported layouts, or convert it to the house bundle.",
        tuple(reasons),
    )


def by_slug(slug: str) -> Layout:
    """The layout of this slug. Raises KeyError when there is none."""
    return {layout.slug: layout for layout in LAYOUTS}[slug]


def _unreadable(upload: Upload) -> NotRecognised | None:
    head = upload.data[:512].lstrip()
    for magic, what in _MAGIC:
        if head[: len(magic)].lower() == magic.lower() and not (magic == b"MZ" and b"," in head[:80]):
            return NotRecognised(
                upload.name,
                f"This is {what}, not a custodian's data file.",
                "Export the data as CSV, XML or OFX.",
            )
    if upload.data.startswith(b"PK"):
        return None
    try:
        encoding_of(upload.data)
    except TableRefused as refused:
        return NotRecognised(upload.name, refused.rule, refused.how_to_fix)
    return None
