"""Sets documents for clients and examiners: tagged PDFs, the same bytes for the same values and moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import structlog

from rebalancing.client_reports import printable_text

STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]

log = structlog.get_logger("rebalancing.client_reports.typesetting")


def compiled(template: Path, *, name: str, data: str, timestamp: int) -> bytes:
    """A PDF/UA-1 and PDF/A-2a of a template, which reads `data` under `name`. Raises `typst.TypstError`."""
    # The compiler is a large library that only printing needs.
    import typst

    pdf: bytes = typst.compile(
        str(template),
        format="pdf",
        ignore_system_fonts=True,
        font_paths=[str(printable_text.FONTS)],
        sys_inputs={name: data},
        pdf_standards=list(STANDARDS),
        timestamp=timestamp,
    )
    return pdf


def printed(template: Path, *, name: str, values: Mapping[str, Any], timestamp: int) -> bytes:
    """The PDF of these values; in Latin letters where the standard refuses a rare sequence of others."""
    import typst

    shown: Any = printable_text.all_printable(values)
    try:
        return compiled(template, name=name, data=as_data(shown), timestamp=timestamp)
    except typst.TypstError as error:
        # PDF/A refuses a glyph without a character, which a rare sequence can still produce.
        log.warning("a document is set in Latin letters", template=template.name, error=str(error)[:200])
    plain = printable_text.in_latin_letters(shown)
    return compiled(template, name=name, data=as_data(plain), timestamp=timestamp)


def as_data(values: Any) -> str:
    """Values as a template reads them."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)
