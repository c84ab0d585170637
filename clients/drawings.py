"""The band bar: a small chart of a weight against the range its policy allows.

Pure drawing code: a frozen value in, SVG text out. Every shape has presentation attributes in the text color,
so that a letter printed without our style sheets is readable; on screen the classes add color. Each bar is
scaled to its own band (which always has the same position), so that in a column of bars what is outside
stands out; a mark off the scale is drawn at the end as an arrow head.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from clients import figures
from rebalancing.engine.wording import places_between

Size = Literal["mini", "row", "card", "letter"]


@dataclass(frozen=True, slots=True)
class BandBar:
    """A class or a household against its band. Weights are fractions of one.

    `before` is None when the weight is unknown (a holding without a price), `after` when nothing is proposed.
    `measured_before` and `measured_after` say whether the weights were outside when they were measured,
    because the policy decides whether an edge is outside, and stored weights are rounded. If None, the edges
    decide. Raises ValueError when the band does not contain its target.
    """

    label: str
    target: Decimal
    lower: Decimal
    upper: Decimal
    before: Decimal | None
    after: Decimal | None = None
    measured_before: bool | None = None
    measured_after: bool | None = None

    def __post_init__(self) -> None:
        if not self.lower <= self.target <= self.upper:
            raise ValueError(
                f"{self.label}: target {self.target} is outside its own band {self.lower} to {self.upper}"
            )

    @property
    def is_outside_before(self) -> bool | None:
        return self._is_outside(self.before, self.measured_before)

    @property
    def is_outside_after(self) -> bool | None:
        return self._is_outside(self.after, self.measured_after)

    @property
    def sentence(self) -> str:
        """The chart in words, the text alternative of every drawing."""
        places = _places(self)
        now = "unknown" if self.before is None else figures.weight(self.before, places=places)
        allowed = f"{figures.weight_trimmed(self.lower)}–{figures.weight_trimmed(self.upper)}"
        text = f"{self.label} {now}, allowed {allowed}, target {figures.weight_trimmed(self.target)}"
        if self.after is not None:
            text += f"; after {figures.weight_number(self.after, places=places)}"
        return text

    @property
    def verdict(self) -> str:
        """The weight today relative to its band, in words: "above its band by 3.2 pts"."""
        if self.before is None:
            return "weight unknown"
        if self.before > self.upper:
            return f"above its band by {_distance(self.before - self.upper)}"
        if self.before < self.lower:
            return f"below its band by {_distance(self.lower - self.before)}"
        if self.is_outside_before:
            return "on the edge of its band, which counts as outside"
        return "inside its band"

    def _is_outside(self, weight: Decimal | None, measured: bool | None) -> bool | None:
        if weight is None or measured is not None:
            return None if weight is None else measured
        return not self.lower <= weight <= self.upper


class Drawing(str):
    """SVG text built element by element, so that every name in it is escaped."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


@dataclass(frozen=True, slots=True)
class _Frame:
    """The dimensions of one size, in SVG units."""

    width: int
    height: int
    middle: int  # The baseline of the marks.
    band_height: int
    mark: Decimal
    margin: int
    has_numbers: bool = False
    has_label: bool = False


FRAMES: dict[Size, _Frame] = {
    "mini": _Frame(width=120, height=16, middle=8, band_height=8, mark=Decimal("3.5"), margin=6),
    "row": _Frame(width=200, height=24, middle=12, band_height=12, mark=Decimal("4.5"), margin=8),
    "card": _Frame(
        width=340, height=64, middle=32, band_height=18, mark=Decimal("6"), margin=14, has_numbers=True
    ),
    "letter": _Frame(
        width=460,
        height=92,
        middle=56,
        band_height=16,
        mark=Decimal("5.5"),
        margin=16,
        has_numbers=True,
        has_label=True,
    ),
}

# The space on either side of the band, as a share of the band's width.
OVERHANG = Decimal("0.75")
# A band narrower than this (0.2 points) is drawn this wide, so that it is visible.
NARROWEST_BAND = Decimal("0.002")
HATCH_STEP = 4


def svg(bar: BandBar, size: Size = "row") -> Drawing:
    """Draw the bar in one of the four sizes. The title is its sentence, the description its verdict."""
    frame = FRAMES[size]
    scale = _Scale.of(bar, frame)
    root = _root(bar, frame, size)
    _draw_track(root, bar, frame, scale)
    for mark in (bar.before, bar.after):
        if mark is not None:
            _draw_excess(root, bar, frame, scale, mark)
    _draw_target(root, bar, frame, scale)
    if bar.before is not None and bar.after is not None:
        _draw_path(root, bar.before, bar.after, frame, scale)
    if bar.before is not None:
        _draw_mark(root, bar.before, frame, scale, kind="before")
    if bar.after is not None:
        _draw_mark(root, bar.after, frame, scale, kind="after")
    if bar.before is None:
        _text(
            root, "band-bar-unknown", Decimal(frame.width - frame.margin), frame.middle - 2, "?", anchor="end"
        )
    if frame.has_numbers:
        _draw_numbers(root, bar, frame, scale)
    return Drawing(tostring(root, encoding="unicode"))


@dataclass(frozen=True, slots=True)
class _Scale:
    first: Decimal
    last: Decimal
    frame: _Frame

    @classmethod
    def of(cls, bar: BandBar, frame: _Frame) -> _Scale:
        lower, upper = bar.lower, bar.upper
        if upper - lower < NARROWEST_BAND:
            lower, upper = bar.target - NARROWEST_BAND / 2, bar.target + NARROWEST_BAND / 2
        overhang = (upper - lower) * OVERHANG
        return cls(first=lower - overhang, last=upper + overhang, frame=frame)

    def x(self, weight: Decimal) -> Decimal:
        """The x position of a weight; off the scale it is clamped to the end."""
        held = min(max(weight, self.first), self.last)
        room = self.frame.width - 2 * self.frame.margin
        return (self.frame.margin + room * (held - self.first) / (self.last - self.first)).quantize(
            Decimal("0.1")
        )

    def holds(self, weight: Decimal) -> bool:
        return self.first <= weight <= self.last


def _root(bar: BandBar, frame: _Frame, size: Size) -> Element:
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": f"band-bar band-bar-{size}",
            "viewBox": f"0 0 {frame.width} {frame.height}",
            "width": str(frame.width),
            "height": str(frame.height),
            "role": "img",
            "aria-label": bar.sentence,
            "focusable": "false",
            "fill": "currentColor",
        },
    )
    SubElement(root, "title").text = bar.sentence
    SubElement(root, "desc").text = bar.verdict
    return root


def _draw_track(root: Element, bar: BandBar, frame: _Frame, scale: _Scale) -> None:
    start, end = scale.x(bar.lower), scale.x(bar.upper)
    if end - start < 2:
        start, end = start - 1, start + 1
    _line(
        root,
        "band-bar-track",
        frame.margin,
        frame.middle,
        frame.width - frame.margin,
        frame.middle,
        opacity="0.35",
    )
    top = frame.middle - frame.band_height // 2
    SubElement(
        root,
        "rect",
        {
            "class": "band-bar-band",
            "x": str(start),
            "y": str(top),
            "width": str(end - start),
            "height": str(frame.band_height),
            "fill-opacity": "0.15",
        },
    )
    for edge in (start, end):
        _line(root, "band-bar-edge", edge, top, edge, top + frame.band_height, opacity="0.6")


def _draw_excess(root: Element, bar: BandBar, frame: _Frame, scale: _Scale, weight: Decimal) -> None:
    """Hatch the area between the band and a mark outside it."""
    if bar.lower <= weight <= bar.upper:
        return
    edge = bar.upper if weight > bar.upper else bar.lower
    left, right = sorted((scale.x(edge), scale.x(weight)))
    height = frame.band_height * 2 // 3
    top = frame.middle - height // 2
    SubElement(
        root,
        "path",
        {
            "class": "band-bar-excess",
            "d": _hatching(left, right, Decimal(top), Decimal(height)),
            "fill": "none",
            "stroke": "currentColor",
            "stroke-width": "1.25",
        },
    )


def _hatching(left: Decimal, right: Decimal, top: Decimal, height: Decimal) -> str:
    """Diagonal strokes cut exactly at the box, so that no clip path with a page-wide id is needed."""
    strokes = []
    bottom = top + height
    # Offsets are counted from zero, so that two overlapping boxes hatch into one pattern.
    offset = (left // HATCH_STEP) * HATCH_STEP
    while offset < right + height:
        x_low, y_low = max(offset - height, left), bottom - max(left - (offset - height), Decimal(0))
        x_high, y_high = min(offset, right), top + max(offset - right, Decimal(0))
        if x_low < x_high:
            strokes.append(f"M{x_low} {y_low}L{x_high} {y_high}")
        offset += HATCH_STEP
    strokes.append(f"M{left} {top}H{right}V{bottom}H{left}z")
    return "".join(strokes)


def _draw_target(root: Element, bar: BandBar, frame: _Frame, scale: _Scale) -> None:
    reach = frame.band_height // 2 + (3 if frame.has_numbers else 2)
    x = scale.x(bar.target)
    _line(root, "band-bar-target", x, frame.middle - reach, x, frame.middle + reach, width="1.5")


def _draw_path(root: Element, before: Decimal, after: Decimal, frame: _Frame, scale: _Scale) -> None:
    start, end = scale.x(before), scale.x(after)
    if abs(end - start) > 2 * frame.mark:
        _line(root, "band-bar-path", start, frame.middle, end, frame.middle, width="1.25")


def _draw_mark(
    root: Element, weight: Decimal, frame: _Frame, scale: _Scale, *, kind: Literal["before", "after"]
) -> None:
    """Before is hollow, after is filled; off the scale the mark is an arrow head."""
    look = {"class": f"band-bar-{kind}", "stroke": "currentColor", "stroke-width": "1.75"}
    look["fill"] = "#ffffff" if kind == "before" else "currentColor"
    x, y, size = scale.x(weight), frame.middle, frame.mark
    if scale.holds(weight):
        SubElement(root, "circle", {**look, "cx": str(x), "cy": str(y), "r": str(size)})
        return
    way = 1 if weight > scale.last else -1
    shape = f"M{x + way * size} {y}L{x - way * size} {y - size}V{y + size}z"
    SubElement(root, "path", {**look, "d": shape, "stroke-linejoin": "round"})


def _draw_numbers(root: Element, bar: BandBar, frame: _Frame, scale: _Scale) -> None:
    below = frame.middle + frame.band_height // 2 + 16
    above = frame.middle - frame.band_height // 2 - 7
    lower, target, upper = scale.x(bar.lower), scale.x(bar.target), scale.x(bar.upper)
    _text(root, "band-bar-limit", lower, below, figures.weight_trimmed(bar.lower))
    if target - lower > 26 and upper - target > 26:
        _text(root, "band-bar-goal", target, below, figures.weight_trimmed(bar.target))
    _text(root, "band-bar-limit", upper, below, figures.weight_trimmed(bar.upper))
    if frame.has_label:
        _text(root, "band-bar-label", Decimal(frame.margin), 14, bar.label, anchor="start", size="13")
    marks = [("before", bar.before), ("after", bar.after)]
    known = [(kind, weight, scale.x(weight)) for kind, weight in marks if weight is not None]
    crowded = len(known) == 2 and abs(known[0][2] - known[1][2]) < 44
    for kind, weight, x in known:
        anchor = "middle"
        if crowded:
            other = next(place for name, _, place in known if name != kind)
            middle = (x + other) / 2
            leans_left = x < other or (x == other and kind == "before")
            anchor, x = ("end", min(x + 8, middle - 3)) if leans_left else ("start", max(x - 8, middle + 3))
        text = figures.weight_number(weight, places=_places(bar))
        _text(root, f"band-bar-figure-{kind}", x, above, text, anchor=anchor, size="12")


def _text(
    root: Element, css: str, x: Decimal, y: int, text: str, *, anchor: str = "middle", size: str = "11"
) -> None:
    SubElement(
        root,
        "text",
        {
            "class": css,
            "x": str(x),
            "y": str(y),
            "text-anchor": anchor,
            "font-size": size,
            "aria-hidden": "true",
        },
    ).text = text


def _line(
    root: Element,
    css: str,
    x1: Decimal | int,
    y1: Decimal | int,
    x2: Decimal | int,
    y2: Decimal | int,
    *,
    width: str = "1",
    opacity: str = "1",
) -> None:
    SubElement(
        root,
        "line",
        {
            "class": css,
            "x1": str(x1),
            "y1": str(y1),
            "x2": str(x2),
            "y2": str(y2),
            "stroke": "currentColor",
            "stroke-width": width,
            "stroke-opacity": opacity,
        },
    )


def _places(bar: BandBar) -> int:
    """One decimal for the weights, or as many as needed to distinguish them from the band's edges."""
    known = [weight for weight in (bar.before, bar.after) if weight is not None]
    return max((places_between(weight, bar.lower, bar.upper) for weight in known), default=1)


def _distance(difference: Decimal) -> str:
    """In points, with enough decimals that a breach does not round to zero."""
    places = places_between(difference, Decimal(0))
    return f"{figures.weight_number(difference, places=places)} pts"
