"""Parses an OFX file, SGML or XML, into a tree whose elements have line numbers.

The parser is ofxtools'. Its model classes are not used: they refuse what real brokers send (names and
tickers that are too long, missing balances). Every leaf is read by our cell readers instead.
"""

from __future__ import annotations

import bisect
import html
import io
import logging
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clients.custodians import cells
from clients.custodians.reading import Columns, Reading, Row
from clients.custodians.tables import Line, TableRefused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

BYTES_MAX = 8 * 1024 * 1024
TAGS_MAX = 300_000
DEPTH_MAX = 64

_EASTERN = ZoneInfo("America/New_York")
_MOMENT = re.compile(
    r"(?P<day>[0-9]{8})(?P<time>[0-9]{6}|[0-9]{4}|[0-9]{2})?(?:\.[0-9]{1,6})?\s*(?:\[(?P<offset>[+-]?[0-9]{0,2}(?:\.[0-9]{1,2})?|-):?[A-Za-z]*\])?"
)


# `<TICKER/>` is an empty leaf; the parser knows neither it nor a leaf that SGML leaves open and empty.
_SELF_CLOSED = re.compile(rb"<([A-Z0-9._]+)(\s*)/>")
_LEFT_EMPTY = re.compile(
    rb"<(TICKER|MEMO|NAME|SECNAME|FIID|RATING|CHECKNUM|REFNUM|MEMO2|DTPRICEASOF|UNITPRICE)>(\s*)(?=<(?!/\1>))"
)


def tree_of(data: bytes) -> Element:
    """The OFX element of the file. Raises TableRefused where it cannot be trusted."""
    # Imported here because it is slow to load and only OFX uploads need it.
    from ofxtools.Parser import OFXTree, TreeBuilder

    # At debug level it logs every value it reads, and client data must not be logged.
    logging.getLogger("ofxtools").setLevel(logging.WARNING)
    if len(data) > BYTES_MAX or data.count(b"<") > TAGS_MAX:
        raise TableRefused("The file is too large.", "Download a shorter period.")
    if b"\x00" in data:
        raise TableRefused("The file holds a NUL byte, so it is not text.", "Download it again.")
    # Each CDATA section is searched for its end over its whole line, so many of them cost quadratic time.
    if data.count(b"<![CDATA[") * len(data) > 50_000_000:
        raise TableRefused("The file has far too many CDATA sections.", "Download it again.")
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data:
        raise TableRefused(
            "The file declares entities, which no statement needs.", "Download it again.", line=1
        )
    if b"</OFX>" not in data[-512:]:
        raise TableRefused(
            "The file does not end with </OFX>; it was cut off.",
            "Download it again.",
            line=data.count(b"\n") + 1,
        )
    data = data.lstrip(b"\xef\xbb\xbf \r\n\t")
    if data.startswith(b"<?OFX"):
        data = b'<?xml version="1.0" encoding="UTF-8"?>' + data
    data = _SELF_CLOSED.sub(rb"<\1></\1>\2", data)
    data = _LEFT_EMPTY.sub(rb"<\1></\1>\2", data)
    header_lines = data[: data.find(b"<OFX>")].count(b"\n")

    class _Lined(TreeBuilder):
        """Adds the line number to each element and limits the depth."""

        depth = 0
        line = 0

        def feed(self, message: str) -> None:
            starts = [found.start() for found in re.finditer("\n", message)]
            pattern = self.regex

            class _Watched:
                def finditer(_, text: str) -> Iterator[re.Match[str]]:
                    for match in pattern.finditer(text):
                        self.line = bisect.bisect_left(starts, match.start()) + 1 + header_lines
                        yield match

            # Only finditer is called on it.
            self.regex = _Watched()  # type: ignore[assignment]
            super().feed(message)

        def start(self, tag: str, attrs: dict[str, str]) -> Element:
            self.depth += 1
            if self.depth > DEPTH_MAX:
                raise TableRefused("The file is nested too deeply.", "Download it again.", line=self.line)
            return super().start(tag, {"line": str(self.line)})

        def end(self, tag: str) -> Element:
            self.depth -= 1
            return super().end(tag)

    builder = _Lined()
    try:
        root = OFXTree().parse(io.BytesIO(data), parser=builder)
    except TableRefused:
        raise
    except (SyntaxError, ValueError, AssertionError, IndexError, TypeError):
        rule = "The OFX header is not supported." if not builder.line else "The OFX is broken or was cut off."
        raise TableRefused(rule, "Download the file again.", line=builder.line or 1) from None
    if root is None or root.tag != "OFX":
        raise TableRefused("The file holds no OFX element.", "Download it again.", line=1)
    return root


def row_of(reading: Reading, element: Element, account: str | None) -> Row:
    """All leaves under an element as one row, by tag; of equal tags the first counts."""
    leaves: dict[str, str] = {}
    for leaf in element.iter():
        if len(leaf) == 0 and leaf.text is not None:
            leaves.setdefault(leaf.tag, html.unescape(leaf.text.strip())[: cells.CELL_CHARACTERS_MAX])
    line = int(element.get("line", "0"))
    columns = Columns(Line(line, tuple(leaves)), {tag: index for index, tag in enumerate(leaves)})
    return Row(reading, columns, Line(line, tuple(leaves.values())), account)


def day_of(cell: str) -> date | None:
    """The day of an OFX moment in US Eastern time, None when empty.

    No zone means Eastern; seconds and minutes may be missing. A bare day, or one at exactly midnight, names a
    day and is not shifted: `20261118000000[0:GMT]` is a trade day and not the evening before.
    """
    trimmed = cell.strip()
    if not trimmed:
        return None
    found = _MOMENT.fullmatch(trimmed)
    if found is None:
        raise cells.CellRefused("This is not an OFX date.", "Download the file again.")
    on = cells.day(found["day"])
    time, offset = (found["time"] or "").ljust(6, "0"), found["offset"]
    if on is None or time == "000000" or offset in {None, "", "-", "+"}:
        return on
    try:
        zone = timezone(timedelta(hours=float(offset)))
        moment = datetime.strptime(found["day"] + time, "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        raise cells.CellRefused("There is no such time of day.", "Download the file again.") from None
    return moment.astimezone(_EASTERN).date()
