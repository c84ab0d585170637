"""The parts of an explanation: a title, a sentence and a table of exact values, which is worded last and once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from clients import figures

Value = str | Decimal | int | bool | date | datetime | None


class Kind(StrEnum):
    """What a column holds, and so how it is written."""

    TEXT = "text"
    DIGEST = "digest"
    COUNT = "count"
    MONEY = "money"
    SIGNED = "signed"
    PRICE = "price"
    SHARES = "shares"
    WEIGHT = "weight"
    DAY = "day"
    MOMENT = "moment"
    YES = "yes"


NOTHING = "–"
COLUMNS_MAX = 7
"""The most columns of a table that a page has room for."""
NUMBERS = frozenset({Kind.COUNT, Kind.MONEY, Kind.SIGNED, Kind.PRICE, Kind.SHARES, Kind.WEIGHT})
WORDED: dict[Kind, Callable[[Any], str]] = {
    Kind.MONEY: figures.money,
    Kind.SIGNED: lambda value: figures.money(value, signed=True),
    Kind.PRICE: figures.share_price,
    Kind.SHARES: figures.quantity,
    Kind.WEIGHT: figures.weight,
    Kind.DAY: figures.day,
    Kind.MOMENT: figures.moment,
    Kind.YES: lambda value: "yes" if value else "no",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the JSON, its caption for people, and what it holds."""

    name: str
    caption: str
    kind: Kind = Kind.TEXT

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def is_digest(self) -> bool:
        return self.kind is Kind.DIGEST

    def words(self, value: Value) -> str:
        """A value as people read it: a figure can be unknown, a text that nobody wrote is a dash. Where there can be no figure,
        a text says why ("not taxed").
        """
        if value is None or value == "":
            return figures.UNKNOWN if self.is_number else NOTHING
        if self.is_number and isinstance(value, str):
            return value
        return WORDED.get(self.kind, str)(value)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `none` is what is said where there are no rows."""

    name: str
    title: str
    sentence: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    none: str

    @property
    def is_wide(self) -> bool:
        """Whether its rows are written as lists of facts, because a table of them would not fit."""
        return len(self.columns) > COLUMNS_MAX

    @property
    def lines(self) -> list[list[tuple[Column, str]]]:
        """The rows in words, each cell with its column."""
        return [
            [(column, column.words(value)) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    @property
    def as_document(self) -> dict[str, object]:
        """The same with exact values, by the columns' names."""
        names = [column.name for column in self.columns]
        return {
            "title": self.title,
            "sentence": self.sentence,
            "rows": [dict(zip(names, row, strict=True)) for row in self.rows],
        }


def part(
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    *,
    none: str,
    sentence: str = "",
) -> Part:
    """A part whose every row has its columns."""
    return Part(name, title, sentence, tuple(columns), tuple(tuple(row) for row in rows), none)
