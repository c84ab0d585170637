"""Splits bytes into lines of cells, within limits and without interpreting them.

Everything is text. A file that exceeds a limit is refused with the line number, so that a hostile
upload costs bounded time and memory.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from clients.custodians.cells import CELL_CHARACTERS_MAX, CellRefused, shown

BYTES_MAX = 32 * 1024 * 1024
LINES_MAX = 250_000
COLUMNS_MAX = 200
RECORD_CHARACTERS_MAX = 256 * 1024


class TableRefused(ValueError):
    """Bytes that are not a readable table: where, what was found, the rule, how to fix it."""

    def __init__(
        self, rule: str, how_to_fix: str, *, line: int = 0, column: str = "", value: str = ""
    ) -> None:
        super().__init__(rule)
        self.rule = rule
        self.how_to_fix = how_to_fix
        self.line = line
        self.column = column
        self.value = value


class Line(NamedTuple):
    """One record of a table; `number` is the line of the file where it begins."""

    number: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        return not "".join(self.cells).strip()


def encoding_of(data: bytes) -> str:
    """The encoding of these bytes. Raises TableRefused where it cannot be determined."""
    if len(data) > BYTES_MAX:
        raise TableRefused(
            f"The file is larger than {BYTES_MAX // 1024 // 1024} MB.", "Split it, by account or by year."
        )
    if not data.strip():
        raise TableRefused("The file is empty.", "Export it again from the custodian's site.")
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise TableRefused("The file is written in UTF-32.", "Save it as UTF-8.")
    codec = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else _bare_utf16(data)
    if codec:
        return _checked(data, codec)
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise TableRefused(
            "The file holds a NUL byte, so it is not text.", "Export it again as CSV.", line=line
        )
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        # A file cut in the middle of a character would decode to nonsense in any other encoding.
        if broken.reason == "unexpected end of data" and not data[: broken.start].isascii():
            raise TableRefused(
                "The file ends in the middle of a character; the upload was cut off.",
                "Upload it again.",
                line=data.count(b"\n") + 1,
            ) from None
        return _checked(data, "cp1252")
    return "utf-8-sig"


def _bare_utf16(data: bytes) -> str | None:
    head = data[:2048]
    half = len(head) // 2
    if half >= 4 and head[1::2].count(0) > half * 0.6 and head[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if half >= 4 and head[0::2].count(0) > half * 0.6 and head[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None


def _checked(data: bytes, codec: str) -> str:
    try:
        decoded = data.decode(codec)
    except UnicodeDecodeError as broken:
        raise TableRefused(
            "The file uses an unsupported encoding.",
            "Save it as UTF-8.",
            line=data.count(b"\n", 0, broken.start) + 1,
        ) from None
    if "\x00" in decoded:
        raise TableRefused(
            "The file holds a NUL character, so it is not text.",
            "Export it again as CSV.",
            line=decoded.count("\n", 0, decoded.index("\x00")) + 1,
        )
    return codec


def head_of(data: bytes, characters: int = 4096) -> str:
    """The beginning as text, for detecting the layout; undecodable bytes become question marks."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[: characters * 2].decode("utf-16", "replace")
    if codec := _bare_utf16(data):
        return data[: characters * 2].decode(codec, "replace")
    return data[:characters].decode("utf-8-sig", "replace")


class _Feed:
    """Physical lines for the reader, with a character limit that restarts with each record."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream = stream
        self.spent = 0
        self.line = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(RECORD_CHARACTERS_MAX + 1)
        if not line:
            raise StopIteration
        self.line += 1
        self.spent += len(line)
        if self.spent > RECORD_CHARACTERS_MAX:
            raise TableRefused(
                f"A record is longer than {RECORD_CHARACTERS_MAX:,} characters; a quotation mark may be open.",
                "Export the file again.",
                line=self.line,
            )
        return line


def lines_of(data: bytes, *, separator: str = ",") -> Iterator[Line]:
    """The records of a CSV file. Raises TableRefused with the line where a limit is exceeded or a quote is
    malformed.
    """
    codec = encoding_of(data)
    if data.count(b"\n") > LINES_MAX or data.count(b"\r") > LINES_MAX:
        raise TableRefused(
            f"The file has more than {LINES_MAX:,} lines.",
            "Split it, by account or by year.",
            line=LINES_MAX + 1,
        )
    feed = _Feed(io.TextIOWrapper(io.BytesIO(data), encoding=codec, newline=""))
    reader = csv.reader(feed, delimiter=separator, strict=True)
    while True:
        begins = feed.line + 1
        feed.spent = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            raise TableRefused(
                _quoting(str(broken)), "Export the file again; do not edit it by hand.", line=begins
            ) from None
        if len(cells) > COLUMNS_MAX:
            raise TableRefused(
                f"The line has {len(cells):,} columns; the most we read is {COLUMNS_MAX}.",
                "Export the file again.",
                line=begins,
            )
        if max(map(len, cells), default=0) > CELL_CHARACTERS_MAX:
            for position, cell in enumerate(cells, start=1):
                if len(cell) <= CELL_CHARACTERS_MAX:
                    continue
                raise TableRefused(
                    f"A cell is longer than {CELL_CHARACTERS_MAX:,} characters.",
                    "Export the file again.",
                    line=begins,
                    column=str(position),
                    value=shown(cell),
                )
        yield Line(begins, tuple(cells))


def _quoting(message: str) -> str:
    if "field larger" in message:
        return f"A cell is longer than {CELL_CHARACTERS_MAX:,} characters."
    return "A quotation mark is not closed, or is inside a cell."


def folded(caption: str) -> str:
    """A caption for comparison: trimmed, case-folded, with inner spaces collapsed."""
    return " ".join(caption.replace("\ufeff", "").replace("\u00a0", " ").split()).casefold()


__all__ = [
    "BYTES_MAX",
    "COLUMNS_MAX",
    "LINES_MAX",
    "CellRefused",
    "Line",
    "TableRefused",
    "encoding_of",
    "folded",
    "head_of",
    "lines_of",
]
