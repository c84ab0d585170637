"""A household's worst drift and its value over its last scans: drawings, their sentences, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from django.db.models import QuerySet

from clients import figures
from clients.drawings import Drawing
from clients.models import Household
from compliance.statements.reads import prepared
from rebalancing.models import Reading

READINGS_MAX = 60
WIDTH, HEIGHT, MARGIN = 640, 140, 12
ZERO, TENTH = Decimal(0), Decimal("0.1")
LINE = {"stroke": "currentColor", "fill": "none"}
LEAST_SPAN = Decimal("0.01")
"""A point of drift: a calmer history than this is drawn on a scale of its own noise otherwise."""


@dataclass(frozen=True, slots=True)
class Point:
    """One scan: the class furthest from its target, whether anything was outside its band, and dollars where they are known."""

    on: date
    asset_class: str
    drift: Decimal
    is_outside: bool
    outcome: str
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class History:
    points: tuple[Point, ...]
    sentence: str
    drawing: Drawing | None
    value_sentence: str = ""
    value_drawing: Drawing | None = None


@prepared
def measured(household: int) -> QuerySet[Reading]:
    """The last readings that measured a household, the newest first."""
    found = Reading.objects.filter(household=household, worst_drift__isnull=False).select_related("run")
    return found.defer("measures", "account_weights", "triggers", "holds").order_by("-read_at")[:READINGS_MAX]


def of(household: Household) -> History:
    """The history of a household that was looked up over its last scans, oldest first, in one query."""
    found = measured.rows(household.pk)
    points = tuple(
        Point(
            on=one.run.market_on,
            asset_class=one.worst_class,
            drift=one.worst_drift if one.worst_drift is not None else ZERO,
            is_outside=bool(one.outside_value),
            outcome=one.get_outcome_display(),
            value=one.value,
        )
        for one in reversed(found)
    )
    worth = [(one.on, one.value) for one in points if one.value is not None]
    return History(
        points,
        _sentence(points),
        draw(points) if len(points) > 1 else None,
        worth_sentence(worth),
        draw_worth(worth) if len(worth) > 1 else None,
    )


def _sentence(points: Sequence[Point]) -> str:
    if not points:
        return "No scan has measured this household yet."
    last = points[-1]
    now = (
        f"The last scan, of {figures.day(last.on)}, found {last.asset_class} {figures.points(last.drift)} from target, "
        f"{'with a class outside its band' if last.is_outside else 'every class inside its band'}."
    )
    if len(points) == 1:
        return now
    widest = max(points, key=lambda one: abs(one.drift))
    outside = sum(1 for one in points if one.is_outside)
    return (
        f"{now} In {len(points)} scans since {figures.day(points[0].on)} a class was outside its band in "
        f"{outside or 'none'}; the widest was {widest.asset_class}, {figures.points(widest.drift)} on "
        f"{figures.day(widest.on)}."
    )


def worth_sentence(worth: Sequence[tuple[date, Decimal]]) -> str:
    """The last value, and between which it lay; empty where none is known."""
    if not worth:
        return ""
    on, dollars = worth[-1]
    now = f"Worth {figures.money(dollars, cents=False)} at the prices of {figures.day(on)}."
    if len(worth) == 1:
        return now
    (low_on, low), (high_on, high) = (pick(worth, key=lambda one: one[1]) for pick in (min, max))
    return (
        f"{now} In {len(worth)} scans since {figures.day(worth[0][0])} it lay between {figures.money(low, cents=False)} "
        f"({figures.day(low_on)}) and {figures.money(high, cents=False)} ({figures.day(high_on)}), with all that was paid in and out."
    )


def draw(points: Sequence[Point]) -> Drawing:
    """The drifts as a line over the scans around zero; a scan with a class outside its band has a filled mark."""
    root = _root(_sentence(points))
    span = max(LEAST_SPAN, *(abs(one.drift) for one in points))
    places = [(_x(number, len(points)), _y(one.drift, span)) for number, one in enumerate(points)]
    middle = str(_y(ZERO, span))
    SubElement(
        root,
        "line",
        {
            **LINE,
            "class": "drift-history-zero",
            "x1": str(MARGIN),
            "x2": str(WIDTH - MARGIN),
            "y1": middle,
            "y2": middle,
            "stroke-opacity": "0.35",
        },
    )
    _through(root, places)
    for (x, y), one in zip(places, points, strict=True):
        mark = {"cx": str(x), "cy": str(y), "r": "3.5", "stroke": "currentColor"}
        fill = {} if one.is_outside else {"fill": "none"}
        SubElement(root, "circle", {**mark, **fill, "class": "drift-history-mark"})
    return Drawing(tostring(root, encoding="unicode"))


def draw_worth(worth: Sequence[tuple[date, Decimal]]) -> Drawing:
    """The values as a line over the scans, from the lowest at the foot to the highest at the top."""
    root = _root(worth_sentence(worth))
    low, high = min(dollars for _, dollars in worth), max(dollars for _, dollars in worth)
    middle, half = (low + high) / 2, max(Decimal(1), (high - low) / 2)
    _through(
        root, [(_x(number, len(worth)), _y(one - middle, half)) for number, (_, one) in enumerate(worth)]
    )
    return Drawing(tostring(root, encoding="unicode"))


def _root(sentence: str) -> Element:
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "drift-history",
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "role": "img",
            "aria-label": sentence,
            "focusable": "false",
            "fill": "currentColor",
        },
    )
    SubElement(root, "title").text = sentence
    return root


def _through(root: Element, places: Sequence[tuple[Decimal, Decimal]]) -> None:
    line = {"class": "drift-history-line", "points": " ".join(f"{x},{y}" for x, y in places)}
    SubElement(root, "polyline", {**LINE, **line, "stroke-width": "1.5"})


def _x(number: int, count: int) -> Decimal:
    """The scans stand at equal distances, the first and the last at the edges."""
    room = Decimal(WIDTH - 2 * MARGIN)
    return (MARGIN + room * number / max(1, count - 1)).quantize(TENTH)


def _y(drift: Decimal, span: Decimal) -> Decimal:
    """Overweight is above zero, which is in the middle."""
    half = Decimal(HEIGHT) / 2
    return (half - drift / span * (half - MARGIN)).quantize(TENTH)
