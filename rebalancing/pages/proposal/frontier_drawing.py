"""The frontier as a picture: estimated tax against the distance from target that each plan leaves.

Doing nothing stands at the left and target at the right, as on the slider. Pure drawing code, with presentation attributes in
the text color so that it is readable without our style sheets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from clients import figures
from clients.drawings import Drawing

WIDTH, HEIGHT = 440, 290
LEFT, RIGHT, TOP, BOTTOM, INSET = 72, 16, 40, 52, 16
ZERO, TENTH = Decimal(0), Decimal("0.1")
LEAST_DRIFT, LEAST_TAX = Decimal("0.001"), Decimal(1)
"""Less than this is drawn on a scale of its own noise otherwise."""
NUMBERS_APART = Decimal(16)
RADIUS = Decimal(6)


@dataclass(frozen=True, slots=True)
class Mark:
    """A plan in the picture. `number` None is the plan under review where none of the frontier is like it."""

    number: int | None
    drift: Decimal
    tax: Decimal
    tax_is_known: bool = True
    is_here: bool = False
    is_reviewed: bool = False


@dataclass(frozen=True, slots=True)
class _Scale:
    drift_max: Decimal
    tax_min: Decimal
    tax_max: Decimal

    @classmethod
    def of(cls, marks: Sequence[Mark]) -> _Scale:
        taxes = [ZERO, *(one.tax for one in marks)]
        low, high = min(taxes), max(taxes)
        return cls(max([LEAST_DRIFT, *(one.drift for one in marks)]), low, max(high, low + LEAST_TAX))

    def x(self, drift: Decimal) -> Decimal:
        room = WIDTH - LEFT - RIGHT - 2 * INSET
        return (LEFT + INSET + room * (self.drift_max - drift) / self.drift_max).quantize(TENTH)

    def y(self, tax: Decimal) -> Decimal:
        room = HEIGHT - TOP - BOTTOM
        return (TOP + room * (self.tax_max - tax) / (self.tax_max - self.tax_min)).quantize(TENTH)


def draw(marks: Sequence[Mark], sentence: str) -> Drawing:
    """The plans as marks on a line, numbered as on the slider; `sentence` says the message in words."""
    scale = _Scale.of(marks)
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "frontier",
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "role": "img",
            "aria-label": sentence,
            "focusable": "false",
            "fill": "currentColor",
        },
    )
    SubElement(root, "title").text = sentence
    _axes(root, scale)
    along = [one for one in marks if one.number is not None]
    SubElement(
        root,
        "polyline",
        {
            "class": "frontier-line",
            "points": " ".join(f"{scale.x(one.drift)},{scale.y(one.tax)}" for one in along),
            "fill": "none",
            "stroke": "currentColor",
            "stroke-width": "1.5",
        },
    )
    # What is looked at is drawn last, so that nothing covers it.
    for one in sorted(marks, key=lambda mark: (mark.is_here, mark.is_reviewed)):
        _mark(root, scale, one)
    for one in _numbered(along, scale):
        _text(root, "frontier-number", scale.x(one.drift), scale.y(one.tax) - 12, str(one.number))
    return Drawing(tostring(root, encoding="unicode"))


def _axes(root: Element, scale: _Scale) -> None:
    bottom, end = HEIGHT - BOTTOM, WIDTH - RIGHT
    _line(root, "frontier-axis", LEFT, bottom, end, bottom)
    _line(root, "frontier-axis", LEFT, TOP, LEFT, bottom)
    for tax in dict.fromkeys((scale.tax_min, ZERO, scale.tax_max)):
        y = scale.y(tax)
        _line(root, "frontier-tick", LEFT, y, end, y)
        _text(root, "frontier-scale", Decimal(LEFT - 8), y + 4, figures.money(tax, cents=False), anchor="end")
    for drift in (scale.drift_max, scale.drift_max / 2, ZERO):
        _text(root, "frontier-scale", scale.x(drift), Decimal(bottom + 18), _percent(drift))
    _text(root, "frontier-name", Decimal(end), Decimal(HEIGHT - 12), "distance from target", anchor="end")
    _text(root, "frontier-name", Decimal(4), Decimal(14), "estimated tax", anchor="start")


def _percent(drift: Decimal) -> str:
    return figures.weight(drift, places=1)


def _mark(root: Element, scale: _Scale, one: Mark) -> None:
    x, y = scale.x(one.drift), scale.y(one.tax)
    names = ["frontier-mark"]
    names += ["frontier-reviewed"] if one.is_reviewed else []
    names += ["frontier-here"] if one.is_here else []
    names += [] if one.tax_is_known else ["frontier-unknown"]
    look = {
        "class": " ".join(names),
        "stroke": "currentColor",
        "stroke-width": "2",
        "fill": "currentColor" if one.is_here else "#ffffff",
        **({} if one.tax_is_known else {"stroke-dasharray": "2 2"}),
    }
    if one.is_reviewed:
        size = RADIUS + 2
        SubElement(
            root, "path", {**look, "d": f"M{x} {y - size}L{x + size} {y}L{x} {y + size}L{x - size} {y}z"}
        )
    else:
        SubElement(root, "circle", {**look, "cx": str(x), "cy": str(y), "r": str(RADIUS)})


def _numbered(marks: Sequence[Mark], scale: _Scale) -> Iterator[Mark]:
    """The marks whose numbers find room; the one that is looked at always does."""
    here = next((one for one in marks if one.is_here), None)
    taken = [] if here is None else [(scale.x(here.drift), scale.y(here.tax))]
    for one in marks:
        place = scale.x(one.drift), scale.y(one.tax)
        if one is here:
            yield one
        elif all(max(abs(place[0] - x), abs(place[1] - y)) >= NUMBERS_APART for x, y in taken):
            taken.append(place)
            yield one


def _line(root: Element, css: str, x1: int, y1: Decimal | int, x2: int, y2: Decimal | int) -> None:
    ends = {"x1": str(x1), "y1": str(y1), "x2": str(x2), "y2": str(y2)}
    SubElement(root, "line", {"class": css, **ends, "stroke": "currentColor", "stroke-opacity": "0.35"})


def _text(root: Element, css: str, x: Decimal, y: Decimal, text: str, *, anchor: str = "middle") -> None:
    place = {"x": str(x), "y": str(y), "text-anchor": anchor, "font-size": "14"}
    SubElement(root, "text", {"class": css, **place, "aria-hidden": "true"}).text = text
