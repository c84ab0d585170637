"""Which layouts we know, and which of them a file is. The list is written by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clients.custodians.fidelity import fidelity_history, fidelity_lots, fidelity_positions
from clients.custodians.house import house
from clients.custodians.house.house_columns import TABLES
from clients.custodians.ibkr import ibkr_flex
from clients.custodians.kinds import RowKind
from clients.custodians.ofx import ofx
from clients.custodians.reading import Upload
from clients.custodians.rows import ParsedFile
from clients.custodians.schwab import schwab_lots, schwab_positions, schwab_realized, schwab_transactions
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


@dataclass(frozen=True, slots=True)
class NotRecognized:
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
    Layout(
        slug=schwab_positions.SLUG,
        name="Schwab positions",
        custodian="schwab",
        confirmed="several independent readers' samples, 2020 to 2026",
        page="formats/schwab-positions.md",
        kinds=frozenset({RowKind.POSITION, RowKind.CASH}),
        reason_not=schwab_positions.reason_not,
        parse=schwab_positions.parse,
    ),
    Layout(
        slug=schwab_lots.SLUG,
        name="Schwab lot details",
        custodian="schwab",
        confirmed="one reader's samples, 2020 to 2022",
        page="formats/schwab-lots.md",
        kinds=frozenset({RowKind.LOT}),
        reason_not=schwab_lots.reason_not,
        parse=schwab_lots.parse,
    ),
    Layout(
        slug=schwab_transactions.SLUG,
        name="Schwab transactions",
        custodian="schwab",
        confirmed="several independent readers' samples, to 2026",
        page="formats/schwab-transactions.md",
        kinds=frozenset({RowKind.TRANSACTION}),
        reason_not=schwab_transactions.reason_not,
        parse=schwab_transactions.parse,
    ),
    Layout(
        slug=schwab_realized.SLUG,
        name="Schwab realized gain and loss",
        custodian="schwab",
        confirmed="several independent readers' samples, to 2026",
        page="formats/schwab-realized.md",
        kinds=frozenset({RowKind.CLOSED_LOT}),
        reason_not=schwab_realized.reason_not,
        parse=schwab_realized.parse,
    ),
    Layout(
        slug=fidelity_positions.SLUG,
        name="Fidelity positions",
        custodian="fidelity",
        confirmed="several independent readers' samples, 2021 to 2026",
        page="formats/fidelity-positions.md",
        kinds=frozenset({RowKind.POSITION, RowKind.CASH}),
        reason_not=fidelity_positions.reason_not,
        parse=fidelity_positions.parse,
    ),
    Layout(
        slug=fidelity_history.SLUG,
        name="Fidelity account history",
        custodian="fidelity",
        confirmed="several independent readers' samples, to 2026",
        page="formats/fidelity-history.md",
        kinds=frozenset({RowKind.TRANSACTION}),
        reason_not=fidelity_history.reason_not,
        parse=fidelity_history.parse,
    ),
    Layout(
        slug=fidelity_lots.SLUG_CLOSED,
        name="Fidelity closed lots",
        custodian="fidelity",
        confirmed="three generations of samples, 2021 to 2026",
        page="formats/fidelity-lots.md",
        kinds=frozenset({RowKind.CLOSED_LOT}),
        reason_not=fidelity_lots.reason_not_closed,
        parse=fidelity_lots.parse_closed,
    ),
    Layout(
        slug=fidelity_lots.SLUG_OPEN,
        name="Fidelity stock plan lots",
        custodian="fidelity",
        confirmed="two independent readers",
        page="formats/fidelity-lots.md",
        kinds=frozenset({RowKind.LOT}),
        reason_not=fidelity_lots.reason_not_open,
        parse=fidelity_lots.parse_open,
    ),
    Layout(
        slug=ibkr_flex.SLUG,
        name="Interactive Brokers Flex",
        custodian="ibkr",
        confirmed="one reader's type list and tests",
        page="formats/ibkr-flex.md",
        kinds=frozenset(
            {RowKind.POSITION, RowKind.LOT, RowKind.CASH, RowKind.TRANSACTION, RowKind.CLOSED_LOT}
        ),
        reason_not=ibkr_flex.reason_not,
        parse=ibkr_flex.parse,
    ),
    Layout(
        slug=ofx.SLUG,
        name="OFX investment statement",
        custodian=None,
        confirmed="the published schema and brokers' samples",
        page="formats/ofx.md",
        kinds=frozenset({RowKind.POSITION, RowKind.CASH, RowKind.TRANSACTION}),
        reason_not=ofx.reason_not,
        parse=ofx.parse,
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


def detect(name: str, data: bytes) -> Layout | NotRecognized:
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
    return NotRecognized(
        name,
        "This file is in none of the layouts we read.",
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
