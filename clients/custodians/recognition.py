"""Reads a file: its layout is detected from the content, or it is refused with the reason why no layout fits."""

from __future__ import annotations

from datetime import date

from clients.custodians import registry
from clients.custodians.reading import Upload
from clients.custodians.rows import Fault, ParsedFile


def read(name: str, content: bytes, received_on: date) -> ParsedFile:
    """Read a file; the same bytes always give the same result."""
    layout = registry.detect(name, content)
    if isinstance(layout, registry.NotRecognized):
        reasons = "; ".join(f"not a {known}: {reason}" for known, reason in layout.reasons)
        return refused(name, reasons, layout.sentence, layout.how_to_fix)
    return layout.parse(Upload(name, content, received_on))


def refused(name: str, cause: str, sentence: str, how_to_fix: str) -> ParsedFile:
    """An unreadable file, with its single fault."""
    fault = Fault(name, 0, "", cause, sentence, how_to_fix)
    return ParsedFile(layout="", custodian=None, name=name, as_of=None, faults=(fault,))
