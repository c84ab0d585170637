"""The printable form of “How we rebalance”: a tagged PDF made from the same value as the page."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings

from clients import figures
from rebalancing.client_reports import typesetting
from rebalancing.client_reports.rebalancing_policy import RebalancingPolicy

TEMPLATE = settings.PROJECT / "templates" / "rebalancing" / "rebalancing_policy.typ"


def pdf_of(policy: RebalancingPolicy, *, at: datetime) -> bytes:
    """The PDF (PDF/UA-1 and PDF/A-2a). The same document and moment give the same bytes."""
    values = template_values(policy)
    return typesetting.printed(TEMPLATE, name="policy", values=values, timestamp=int(at.timestamp()))


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
