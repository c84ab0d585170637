"""Reading the golden file's inputs: numbers as Decimal, days as dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any


def number(value: Any) -> Decimal:
    """A JSON number (or text) as Decimal; a missing number is zero only where the caller says so."""
    return Decimal(str(value))


def number_or_none(value: Any) -> Decimal | None:
    return None if value is None else number(value)


def day(text: str) -> date:
    return date.fromisoformat(text)
