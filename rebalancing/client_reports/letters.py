"""The printable letter of a client summary: a tagged PDF made from the same frozen values as the page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import transaction

from clients import drawings, figures
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Blocked
from rebalancing import market_days
from rebalancing.client_reports import letterheads, printable_text, summaries, typesetting
from rebalancing.client_reports.letterheads import Letterhead
from rebalancing.client_reports.summaries import Change, ClassLine, Sold, Summary
from rebalancing.engine.wording import places_between
from rebalancing.models import ClientSummary, Letter

LEGEND = (
    "The bar is the allowed range, the tick the target. The hollow mark is where you stood, the filled one where "
    "you will stand; an arrow head points on where there is no limits. Hatching is outside the range."
)
COLORS = (
    ".band-bar-band{fill:#cfdfe0;fill-opacity:1}.band-bar-edge{stroke:#648890;stroke-opacity:1}"
    ".band-bar-before{stroke:#b04a10}.band-bar-after{stroke:#1b5aa6;fill:#1b5aa6}"
    ".band-bar-excess{stroke:#b8402a}.band-bar-path{stroke:#47535a}"
    ".band-bar-figure-before{fill:#b04a10}.band-bar-figure-after{fill:#1b5aa6;font-weight:bold}"
)
"""Colors for the drawings on paper; without them the drawing is black and still readable."""
LEGEND_AFTER = (
    "The bar is the allowed range, the tick the target. The hollow mark is where you stood, the filled one where "
    "you stand now at the prices of the proposal; an arrow head points on where there is no limit. Hatching is outside "
    "the range."
)
UNTAXED = "These trades are in accounts where selling is not taxed."
ESTIMATES = "Figures are estimates at closing prices. This letter is not tax advice."
DONE = (
    "Shares, prices and amounts are those of the trades; taxes are estimates. This letter is not tax advice."
)
GENERATED = "All prices in this letter are generated for demonstration; none is a market price."
TITLES = {
    ClientSummary.Stage.ESTIMATE: "What we are changing for {}",
    ClientSummary.Stage.FINAL: "What we changed for {}",
    ClientSummary.Stage.CORRECTED: "What we changed for {}, corrected",
}
PAGES_MAX = 2
TEMPLATE = settings.PROJECT / "templates" / "rebalancing" / "letter.typ"

T = TypeVar("T")
log = structlog.get_logger("rebalancing.client_reports.letters")


@transaction.atomic
def render(summary: ClientSummary, *, by: Actor, at: datetime) -> Letter:
    """The letter of a summary; made once and stored as delivered."""
    standing = Letter.objects.filter(summary=summary).first()
    if standing is not None:
        return standing
    pdf = pdf_of(
        summaries.value_of(summary),
        published_at=summary.published_at,
        letterhead=_letterhead(summary.published_at),
    )
    letter = Letter.objects.create(
        summary=summary, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), rendered_at=at
    )
    audit.record(
        audit.Action.LETTER_RENDERED,
        about=summary,
        by=by,
        at=at,
        sealing=[("letter", letter.pk)],
        sha256=letter.sha256,
    )
    return letter


@dataclass(frozen=True, slots=True)
class RowLimits:
    """How many rows of each kind a letter shows; the rest are summarized and listed on the portfolio page."""

    changes: int
    classes: int
    left_alone: int


ROW_LIMITS = (RowLimits(14, 10, 6), RowLimits(9, 6, 4), RowLimits(6, 5, 3), RowLimits(4, 3, 2))
"""Tried in order until the letter fits. The last one fits two pages even with the longest reasons."""


def pdf_of(summary: Summary, *, published_at: datetime, letterhead: Letterhead) -> bytes:
    """The PDF of a summary (PDF/UA-1 and PDF/A-2a). The same summary, moment and letterhead give the same bytes."""
    # The compiler is a large library that only letters need.
    import typst

    for plain in (False, True):
        for limits in ROW_LIMITS:
            what = template_values(summary, published_at=published_at, letterhead=letterhead, limits=limits)
            if plain:
                what = printable_text.in_latin_letters(what)
            data = typesetting.as_data(what)
            pages = json.loads(
                typst.query(
                    str(TEMPLATE),
                    "<pages>",
                    field="value",
                    one=True,
                    ignore_system_fonts=True,
                    font_paths=[str(printable_text.FONTS)],
                    sys_inputs={"letter": data},
                )
            )
            if pages <= PAGES_MAX:
                break
        try:
            pdf = typesetting.compiled(
                TEMPLATE, name="letter", data=data, timestamp=int(published_at.timestamp())
            )
        except typst.TypstError as error:
            # PDF/A refuses a glyph without a character, which a rare sequence can still produce.
            if plain:
                raise
            log.warning(
                "a letter is set in Latin letters", reference=summary.reference, error=str(error)[:200]
            )
        else:
            return pdf
    raise AssertionError("the plain letter was returned or its error raised")


def template_values(
    summary: Summary,
    *,
    published_at: datetime,
    letterhead: Letterhead,
    limits: RowLimits = ROW_LIMITS[0],
) -> dict[str, Any]:
    """What the template prints: every figure formatted, every drawing rendered."""
    footer = DONE if summary.is_final else ESTIMATES
    words = {
        "title": TITLES[ClientSummary.Stage(summary.stage)].format(summary.household),
        "what_changes": "What was done" if summary.is_final else "What changes",
        "amount": "Amount" if summary.is_final else "About",
        "difference": summary.difference,
        "not_done": [
            {"what": one.what, "account": one.account, "why": one.why}
            for one in summary.not_done[: limits.left_alone]
        ],
        "not_done_left_off": _more(len(summary.not_done) - limits.left_alone, "trade that did not happen"),
        "sold": [_sold(one) for one in summary.sold[: limits.classes]],
        "sold_left_off": _more(len(summary.sold) - limits.classes, "purchase that was sold"),
        "firm": letterhead.name,
        "firm_lines": [*letterhead.lines, *letterhead.address],
        "firm_contact": letterhead.contact,
        "addressee": f"For {summary.household}",
        "reference": f"{summary.reference}, version {summary.revision}"
        + (f".{summary.version}" if summary.version > 1 else ""),
        "date": figures.day(market_days.new_york_date(published_at)),
        "headline": summary.headline,
        "why": list(summary.why),
        "legend": LEGEND_AFTER if summary.is_final else LEGEND,
        "classes_left_off": _left_off(len(summary.classes) - limits.classes, "class", "classes"),
        "changes": _changes(summary, limits.changes),
        "taxes": [{"who": one.who, "sentence": one.sentence} for one in summary.taxes]
        or [{"who": "", "sentence": UNTAXED}],
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
            {"account": one.account, "what": one.what, "why": one.why}
            for one in summary.left_alone[: limits.left_alone]
        ],
        "next_steps": list(summary.next_steps),
        "contact": summary.contact,
        "footer": f"{footer} {GENERATED}" if summary.prices_are_generated else footer,
    }
    return {
        **printable_text.all_printable(words),
        "moved": _drawn(_moved_most(summary), "letter") if summary.classes else None,
        "classes": [_class(line) for line in _most(summary.classes, _move, limits.classes)[0]],
    }


def refuse_unprintable(summary: ClientSummary) -> None:
    """Render the letter once and discard it, so that a proposal is not approved when its letter cannot be
    printed.

    Raises `Blocked` when it cannot be rendered.
    """
    import typst

    try:
        pdf_of(
            summaries.value_of(summary),
            published_at=summary.published_at,
            letterhead=_letterhead(summary.published_at),
        )
    except typst.TypstError as error:
        raise Blocked(
            "The client's letter cannot be printed.",
            "Look for unusual characters in the names of household, accounts and securities, and correct them.",
        ) from error


def _letterhead(published_at: datetime) -> Letterhead:
    """The firm's letterhead on the day a summary was published."""
    return letterheads.in_force(on=market_days.new_york_date(published_at))


def _changes(summary: Summary, most: int) -> list[dict[str, str]]:
    """The trades, or the largest of them where there are many: a letter has two pages, so the rest share one
    line.
    """
    shown, rest = _most(summary.changes, _size, most)
    rows = [
        {
            "account": one.account,
            "what": one.what,
            "why": one.why,
            "amount": figures.money(Decimal(one.amount)),
        }
        for one in shown
    ]
    if rest:
        rows.append(
            {
                "account": "Several" if len({one.account for one in rest}) > 1 else rest[0].account,
                "what": f"{len(rest)} smaller trade{'s' if len(rest) > 1 else ''}",
                "why": "Your portfolio page lists each of them with its reason.",
                "amount": figures.money(sum((Decimal(one.amount) for one in rest), Decimal(0))),
            }
        )
    return rows


def _most(rows: Sequence[T], key: Callable[[T], Decimal], most: int) -> tuple[list[T], list[T]]:
    """The largest rows and the others, each in their original order."""
    places = sorted(range(len(rows)), key=lambda place: (-key(rows[place]), place))
    heavy = frozenset(places[:most])
    return (
        [row for place, row in enumerate(rows) if place in heavy],
        [row for place, row in enumerate(rows) if place not in heavy],
    )


def _left_off(count: int, one: str, many: str) -> str:
    if count <= 0:
        return ""
    return f"{count} more {one if count == 1 else many} that change less are on your portfolio page."


def _more(count: int, what: str) -> str:
    if count <= 0:
        return ""
    first, rest = what.split(" ", 1)
    return f"{count} more {first if count == 1 else f'{first}s'} {rest}: see your portfolio page."


def _sold(one: Sold) -> dict[str, str]:
    return {
        "what": one.what,
        "acquired": figures.day(date.fromisoformat(one.acquired_on)) if one.acquired_on else "not known",
        "shares": figures.quantity(Decimal(one.shares)),
        "proceeds": figures.money(Decimal(one.proceeds)),
        "gain": figures.money(Decimal(one.gain), signed=True) if one.gain else "not known",
        "term": one.term,
    }


def _move(line: ClassLine) -> Decimal:
    return abs(Decimal(line.after) - Decimal(line.before))


def _size(change: Change) -> Decimal:
    return Decimal(change.amount)


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


def _moved_most(summary: Summary) -> ClassLine:
    return max(summary.classes, key=_move)


def _class(line: ClassLine) -> dict[str, str]:
    bar = bar_of(line)
    places = places_between(Decimal(line.before), bar.lower, bar.upper)
    places = max(places, places_between(Decimal(line.after), bar.lower, bar.upper))
    return {
        "name": printable_text.printable(line.name),
        **_drawn(line, "row"),
        "allowed": f"{figures.weight_trimmed(bar.lower)}–{figures.weight_trimmed(bar.upper)}%",
        "target": figures.weight(bar.target, places=1),
        "before": figures.weight(bar.before, places=places),
        "after": figures.weight(Decimal(line.after), places=places),
    }


def _drawn(line: ClassLine, size: drawings.Size) -> dict[str, str]:
    """A class's bar with the letter's colors, and the sentence that says the same."""
    bar = bar_of(replace(line, name=printable_text.printable(line.name)))
    head, rest = str(drawings.svg(bar, size)).split(">", 1)
    return {"drawing": f"{head}><style>{COLORS}</style>{rest}", "sentence": bar.sentence}
