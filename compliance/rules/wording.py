"""Figures as a client reads them, so that every rule's sentence writes a dollar the same way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
TENTH = Decimal("0.1")
PERCENT = Decimal(100)


def dollars(amount: Decimal) -> str:
    """``Decimal("3000")`` becomes ``$3,000.00``; a negative amount keeps its sign before the dollar."""
    rounded = amount.quantize(CENT, rounding=ROUND_HALF_UP)
    return f"-${-rounded:,}" if rounded < 0 else f"${rounded:,}"


def percent(fraction: Decimal) -> str:
    """A fraction of one as percent with one decimal: ``Decimal("0.715")`` becomes ``71.5%``."""
    return f"{(fraction * PERCENT).quantize(TENTH, rounding=ROUND_HALF_UP)}%"


def shares(quantity: Decimal) -> str:
    """A quantity without trailing zeros: ``Decimal("12.500")`` becomes ``12.5``."""
    plain = f"{quantity:,f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def day(on: date) -> str:
    """``November 23, 2026``."""
    return f"{on:%B} {on.day}, {on.year}"


def listing(words: Iterable[str]) -> str:
    """``a, b and c``, in the order given."""
    *first, last = list(words)
    return f"{', '.join(first)} and {last}" if first else last
