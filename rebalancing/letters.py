"""The printable letter of a client summary: a tagged PDF made from the same frozen values as the page."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from clients import drawings, figures
from compliance import audit
from compliance.actors import Actor
from rebalancing import summaries
from rebalancing.models import ClientSummary, Letter
from rebalancing.summaries import ClassLine, Summary

LEGEND = (
    "The bar is the allowed range, the tick the target; the hollow mark is where you stood, the filled one where "
    "you will stand."
)
ESTIMATES = "Figures are estimates at closing prices. This letter is not tax advice."
GENERATED = "All prices in this letter are generated for demonstration; none is a market price."
STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]


@transaction.atomic
def render(summary: ClientSummary, *, by: Actor, at: datetime) -> Letter:
    """The letter of a summary; made once and kept as it was handed out."""
    standing = Letter.objects.filter(summary=summary).first()
    if standing is not None:
        return standing
    pdf = pdf_of(summaries.value_of(summary), published_at=summary.published_at)
    letter = Letter.objects.create(
        summary=summary, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), rendered_at=at
    )
    audit.record(audit.Action.LETTER_RENDERED, about=summary, by=by, at=at, sha256=letter.sha256)
    return letter


def pdf_of(summary: Summary, *, published_at: datetime) -> bytes:
    """The PDF of a summary (PDF/UA-1 and PDF/A-2a). The same summary and moment give the same bytes."""
    # The compiler is a large library that only letters need.
    import typst

    data = json.dumps(told(summary, published_at=published_at), ensure_ascii=False, sort_keys=True)
    pdf: bytes = typst.compile(
        str(settings.PROJECT / "templates" / "rebalancing" / "letter.typ"),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"letter": data},
        pdf_standards=list(STANDARDS),
        timestamp=int(published_at.timestamp()),
    )
    return pdf


def told(summary: Summary, *, published_at: datetime) -> dict[str, Any]:
    """What the template prints: every figure already in words, every drawing already drawn."""
    return {
        "title": f"What we are changing for {summary.household}",
        "firm": settings.FIRM_NAME,
        "date": figures.day(published_at.date()),
        "headline": summary.headline,
        "why": list(summary.why),
        "legend": LEGEND,
        "classes": [_class(line) for line in summary.classes],
        "changes": [
            {
                "account": one.account,
                "what": one.what,
                "why": one.why,
                "amount": figures.money(Decimal(one.amount)),
            }
            for one in summary.changes
        ],
        "taxes": [{"sentence": one.sentence} for one in summary.taxes],
        "taxes_gains": [
            {
                "who": one.who,
                "short_term": figures.money(Decimal(one.short_term), signed=True),
                "long_term": figures.money(Decimal(one.long_term), signed=True),
                "tax": figures.money(Decimal(one.tax), signed=True),
            }
            for one in summary.taxes
            if Decimal(one.short_term) or Decimal(one.long_term)
        ],
        "left_alone": [
            {"account": one.account, "what": one.what, "why": one.why} for one in summary.left_alone
        ],
        "next_steps": list(summary.next_steps),
        "contact": summary.contact,
        "footer": f"{ESTIMATES} {GENERATED}" if summary.prices_are_generated else ESTIMATES,
    }


def bar_of(line: ClassLine) -> drawings.BandBar:
    """The drawing of one class, the same on the page and in the letter."""
    return drawings.BandBar(
        label=line.name,
        target=Decimal(line.target),
        lower=Decimal(line.lower),
        upper=Decimal(line.upper),
        before=Decimal(line.before),
        after=Decimal(line.after),
    )


def _class(line: ClassLine) -> dict[str, str]:
    bar = bar_of(line)
    return {
        "name": line.name,
        "drawing": str(drawings.svg(bar, "letter")),
        "sentence": bar.sentence,
        "target": figures.weight(bar.target, places=1),
        "before": figures.weight(bar.before, places=1),
        "after": figures.weight(Decimal(line.after), places=1),
    }
