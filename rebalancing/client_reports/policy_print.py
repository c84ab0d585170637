"""The printable form of “How we rebalance”: a tagged PDF made from the same value as the page."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

import structlog
from django.conf import settings

from clients import figures
from rebalancing.client_reports import printable_text
from rebalancing.client_reports.rebalancing_policy import RebalancingPolicy

TEMPLATE = settings.PROJECT / "templates" / "rebalancing" / "rebalancing_policy.typ"
STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]

log = structlog.get_logger("rebalancing.client_reports.policy_print")


def pdf_of(policy: RebalancingPolicy, *, at: datetime) -> bytes:
    """The PDF (PDF/UA-1 and PDF/A-2a). The same document and moment give the same bytes."""
    # The compiler is a large library that only printing needs.
    import typst

    for plain in (False, True):
        values: Any = printable_text.all_printable(template_values(policy))
        if plain:
            values = printable_text.in_latin_letters(values)
        try:
            pdf: bytes = typst.compile(
                str(TEMPLATE),
                format="pdf",
                ignore_system_fonts=True,
                font_paths=[str(printable_text.FONTS)],
                sys_inputs={"policy": json.dumps(values, ensure_ascii=False, sort_keys=True)},
                pdf_standards=list(STANDARDS),
                timestamp=int(at.timestamp()),
            )
        except typst.TypstError as error:
            # PDF/A refuses a glyph without a character, which a rare sequence can still produce.
            if plain:
                raise
            log.warning("the rebalancing policy is set in Latin letters", error=str(error)[:200])
        else:
            return pdf
    raise AssertionError("the plain form was returned or its error raised")


def template_values(policy: RebalancingPolicy) -> dict[str, Any]:
    """What the template prints."""
    return {
        "title": policy.title,
        "firm": policy.letterhead.name,
        "firm_lines": [*policy.letterhead.lines, *policy.letterhead.address],
        "firm_contact": policy.letterhead.contact,
        "date": figures.day(policy.on),
        "as_of": policy.as_of,
        "sections": [asdict(section) for section in policy.sections],
    }
