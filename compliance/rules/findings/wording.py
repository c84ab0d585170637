"""Figures as a client reads them, so that every rule's sentence writes a dollar the same way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from rebalancing.engine import wording
from rebalancing.engine.wording import TENTH, percent, percents

__all__ = ["TENTH", "day", "dollars", "listing", "percent", "percents", "shares"]


def dollars(amount: Decimal) -> str:
    """``Decimal("3000")`` becomes ``$3,000.00``; a negative amount keeps its sign before the dollar."""
    return wording.dollars(amount, cents=True)


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
