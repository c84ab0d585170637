"""The line of one security's prices: a small drawing with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from clients.drawings import Drawing

WIDTH, HEIGHT, MARGIN = 640, 140, 8
TENTH = Decimal("0.1")


def sentence(prices: Sequence[tuple[date, Decimal]]) -> str:
    """The line in words."""
    (first_on, first), (last_on, last) = prices[0], prices[-1]
    low, high = min(price for _, price in prices), max(price for _, price in prices)
    return (
        f"{_plain(first)} on {first_on:%b} {first_on.day}, {first_on.year} to {_plain(last)} on {last_on:%b} "
        f"{last_on.day}, {last_on.year}; lowest {_plain(low)}, highest {_plain(high)}."
    )


def svg(prices: Sequence[tuple[date, Decimal]]) -> Drawing | None:
    """Draw the prices, one a day in order; None for fewer than two."""
    if len(prices) < 2:
        return None
    days = [day.toordinal() for day, _ in prices]
    low, high = min(price for _, price in prices), max(price for _, price in prices)
    span, range_ = days[-1] - days[0] or 1, (high - low) or Decimal(1)
    points = " ".join(
        f"{_place(Decimal(day - days[0]) / span, WIDTH)},{HEIGHT - _place((price - low) / range_, HEIGHT)}"
        for day, (_, price) in zip(days, prices, strict=True)
    )
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "price-line",
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "width": str(WIDTH),
            "height": str(HEIGHT),
            "role": "img",
        },
    )
    SubElement(root, "title").text = sentence(prices)
    line = {"points": points, "fill": "none", "stroke": "currentColor", "stroke-width": "2"}
    SubElement(root, "polyline", line)
    return Drawing(tostring(root, encoding="unicode"))


def _place(share: Decimal, length: int) -> Decimal:
    return (MARGIN + share * (length - 2 * MARGIN)).quantize(TENTH)


def _plain(price: Decimal) -> str:
    return f"{price.normalize():,f}"
