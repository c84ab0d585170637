"""Reading XML with line numbers, within limits, and without document types, entities or outside files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from clients.custodians.tables import TableRefused, encoding_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

BYTES_MAX = 16 * 1024 * 1024
ELEMENTS_MAX = 200_000
ATTRIBUTES_MAX = 2_000_000


def events_of(data: bytes) -> Iterator[tuple[str, Element, int]]:
    """Start and end of every element with its line. Raises TableRefused for entities, document types and
    other unsafe XML.
    """
    # Imported here: a page that lists layouts does not need an XML parser.
    from xml.etree.ElementTree import TreeBuilder

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

    if len(data) > BYTES_MAX or data.count(b"<") > ELEMENTS_MAX or data.count(b"=") > ATTRIBUTES_MAX:
        raise TableRefused("The file is too large.", "Run the query for fewer accounts or fewer sections.")
    encoding_of(data)
    events: list[tuple[str, Element, int]] = []

    class _Lined(TreeBuilder):
        def start(self, tag: str, attrs: Mapping[str, str]) -> Element:
            element = super().start(tag, dict(attrs))
            events.append(("start", element, parser.parser.CurrentLineNumber))
            return element

        def end(self, tag: str) -> Element:
            element = super().end(tag)
            events.append(("end", element, parser.parser.CurrentLineNumber))
            return element

    parser = DefusedXMLParser(target=_Lined(), forbid_dtd=True)
    try:
        parser.feed(data)
        parser.close()
    except DefusedXmlException:
        raise TableRefused(
            "The XML declares a document type or entities, which no statement needs.",
            "Download it again.",
            line=1,
        ) from None
    except ParseError as broken:
        raise TableRefused(
            "The XML is broken or was cut off.", "Download it again.", line=broken.position[0]
        ) from None
    except (ValueError, LookupError):
        raise TableRefused("The XML uses an unsupported encoding.", "Download it again.", line=1) from None
    yield from events
