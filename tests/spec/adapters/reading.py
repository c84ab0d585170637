"""Reading the golden file's inputs: numbers as Decimal, days as dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

HUNDRED = Decimal(100)


def number(value: Any) -> Decimal:
    """A JSON number (or text) as Decimal; a missing number is zero only where the caller says so."""
    return Decimal(str(value))


def number_or_none(value: Any) -> Decimal | None:
    return None if value is None else number(value)


def day(text: str) -> date:
    return date.fromisoformat(text)


def fraction(percent: Any) -> Decimal:
    return number(percent) / HUNDRED


def percent(part: Decimal | None) -> Decimal | None:
    return None if part is None else part * HUNDRED


def numbers(table: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: number(value) for name, value in table.items()}


def fractions(table: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: fraction(value) for name, value in table.items()}
