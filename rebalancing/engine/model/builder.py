"""The arrays of a linear program while it is built: rows, columns and coefficients, each row and column with a name.

Every family of constraints adds its own rows and all their coefficients through one builder. A name is a kind and what
it is about, for example ("cash", account). It is kept as that tuple and written out only when somebody looks at the
model (``names``), so that names take no solving time.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate, chain

INFINITY = float("inf")
Name = tuple[str | int | date, ...]


@dataclass(slots=True)
class Builder:
    """Rows and columns with their bounds, and the coefficients by column in the order in which they are added."""

    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    column_names: list[Name] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    row_names: list[Name] = field(default_factory=list)
    offset: float = 0.0  # The constant of the objective.
    _rows: list[list[int]] = field(default_factory=list)
    _values: list[list[float]] = field(default_factory=list)

    def row(self, low: float, high: float, name: Name) -> int:
        """A new row with its bounds; returns its number."""
        self.row_lower.append(low)
        self.row_upper.append(high)
        self.row_names.append(name)
        return len(self.row_lower) - 1

    def column(
        self,
        cost: float,
        low: float,
        high: float,
        name: Name,
        rows: Iterable[int] = (),
        values: Iterable[float] = (),
    ) -> int:
        """A new column with its bounds and its coefficients so far; returns its number."""
        self.cost.append(cost)
        self.lower.append(low)
        self.upper.append(high)
        self.column_names.append(name)
        self._rows.append(list(rows))
        self._values.append(list(values))
        return len(self.cost) - 1

    def add(self, row: int, column: int, value: float) -> None:
        """The coefficient of ``column`` in ``row``."""
        self._rows[column].append(row)
        self._values[column].append(value)

    def add_each(self, row: int, columns: Iterable[int], value: float) -> None:
        """The same coefficient for each of ``columns`` in ``row``."""
        for column in columns:
            self._rows[column].append(row)
            self._values[column].append(value)

    def compressed(self) -> tuple[list[int], list[int], list[float]]:
        """The matrix by columns: where each column starts, the row of each coefficient, and the coefficient."""
        starts = [0, *accumulate(map(len, self._rows))]
        index = list(chain.from_iterable(self._rows))
        value = list(chain.from_iterable(self._values))
        self._check(index, value)
        return starts[:-1], index, value

    def _check(self, index: list[int], value: list[float]) -> None:
        columns, rows = len(self.cost), len(self.row_lower)
        assert columns == len(self.lower) == len(self.upper) == len(self.column_names), "one of each a column"
        assert rows == len(self.row_upper) == len(self.row_names), "one of each a row"
        assert all(map(operator.le, self.lower, self.upper)), "a column's bounds leave it a value"
        assert all(map(operator.le, self.row_lower, self.row_upper)), "a row's bounds leave it a value"
        assert len(index) == len(value), "a row and a value for each coefficient"
        assert not index or 0 <= min(index) <= max(index) < rows, "coefficients stand in rows that exist"
        assert math.isfinite(sum(value)), "coefficients are numbers"
        assert math.isfinite(sum(self.cost)), "costs are numbers"
        assert math.isfinite(self.offset), "the objective's constant is a number"
