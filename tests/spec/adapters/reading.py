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


def first(inputs: Mapping[str, Any], *names: str, otherwise: Any = None) -> Any:
    """The first of these fields that the example gives."""
    for name in names:
        if name in inputs:
            return inputs[name]
    return inputs.get(names[0], otherwise)


def only(inputs: Mapping[str, Any], field: str, *known: str) -> None:
    """Refuses an example whose `field` asks for something other than the one way that its adapter goes."""
    if field in inputs and inputs[field] not in known:
        raise ValueError(f"{field} {inputs[field]!r} is not among {', '.join(known)}")


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
