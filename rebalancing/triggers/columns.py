"""Facts as columns, and rules as pure functions over them: one text for one household and for the whole firm.

A row is a household, or a part of one (an account, a class, a lot); a rule says which. A column holds one fact for all rows.
The firm's columns are floats: fast, and right except near an edge. One household's columns are decimals (numpy applies the same
operators to them one by one): exact. A rule compares with `at_least` and `more_than`, whose answers know where they are unsure,
and `decide` asks again over exact columns there. Money is dollars, weights are fractions of one, days are ordinals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Column: TypeAlias = NDArray[Any]
Columns: TypeAlias = Mapping[str, Column]
Fact: TypeAlias = Decimal | int | bool | date | None

NEAR = 1e-9
"""Floats this close to each other, relative to the larger (or to one), do not settle a comparison."""

WHOLE_MAX = 2**31
"""Whole numbers below this are kept as such, so that the product of two is still one."""

UNKNOWN = Decimal("NaN")
"""Arithmetic on an unknown fact stays unknown, in decimals as in floats."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a rule answers for each row: yes, no, or, where neither, unsure."""

    yes: NDArray[np.bool_]
    no: NDArray[np.bool_]

    @property
    def unsure(self) -> NDArray[np.bool_]:
        """Where floats were too close to tell, or a fact is unknown."""
        return ~(self.yes | self.no)

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.yes | other.yes, self.no & other.no)

    def __invert__(self) -> Truth:
        return Truth(self.no, self.yes)


def one(**facts: Fact) -> dict[str, Column]:
    """Exact columns of a single row. An unknown fact (None) makes what is compared with it unsure."""
    return rows(facts)


def rows(*given: Mapping[str, Fact]) -> dict[str, Column]:
    """Exact columns of several rows that give the same facts."""
    names = given[0] if given else {}
    return {name: _exact([each[name] for each in given]) for name in names}


def _exact(facts: list[Fact]) -> Column:
    column = np.empty(len(facts), dtype=object)
    column[:] = [_number(fact) for fact in facts]
    return column


def _number(fact: Fact) -> Decimal:
    if fact is None:
        return UNKNOWN
    if isinstance(fact, Decimal):
        return fact
    return Decimal(fact.toordinal() if isinstance(fact, date) else int(fact))


def floats(columns: Columns) -> dict[str, Column]:
    """The same columns as the firm's scan holds them: floats, unknown as NaN; whole numbers (days, counts, yes and no)
    where a column has nothing else, which are exact.
    """
    return {name: _fast(column) for name, column in columns.items()}


def _fast(column: Column) -> Column:
    # A decimal that rounds to a whole float is none: only what is whole to its last digit counts as such.
    if all(fact == fact and fact == int(fact) and abs(fact) < WHOLE_MAX for fact in column):
        return np.array([int(fact) for fact in column], dtype=np.int64)
    return np.array([float(fact) for fact in column], dtype=np.float64)


def at_least(left: Column, right: Column | Decimal | int) -> Truth:
    """Where `left` reaches `right`."""
    return _compare(left, right, np.greater_equal)


def more_than(left: Column, right: Column | Decimal | int) -> Truth:
    """Where `left` is more than `right`."""
    return _compare(left, right, np.greater)


def is_set(column: Column) -> Truth:
    """Where a fact that is yes or no, as 1 or 0, is yes."""
    return at_least(column, 1)


def is_known(column: Column) -> Truth:
    """Where a fact is on record; this is never unsure."""
    known = _known(column)
    return Truth(known, ~known)


def _known(column: Column) -> NDArray[np.bool_]:
    # Only what is not a number differs from itself.
    return np.array(column == column, dtype=np.bool_)


def _compare(left: Column, right: Column | Decimal | int, holds: Callable[..., Any]) -> Truth:
    if left.dtype == object:
        return _compare_exactly(left, right, holds)
    given = np.asarray(right) if isinstance(right, np.ndarray | int) else np.asarray(float(right))
    is_whole = left.dtype.kind in "iu" and given.dtype.kind in "iu"
    other = given.astype(np.float64)
    with np.errstate(invalid="ignore"):
        close = np.abs(left - other) <= NEAR * np.maximum(1, np.maximum(np.abs(left), np.abs(other)))
        if is_whole:
            close = np.zeros_like(close)
        told = holds(left, other)
    sure = ~(close | np.isnan(left) | np.isnan(other))
    return Truth(told & sure, ~told & sure)


def _compare_exactly(left: Column, right: Column | Decimal | int, holds: Callable[..., Any]) -> Truth:
    other = np.broadcast_to(np.asarray(right, dtype=object), left.shape)
    known = _known(left) & _known(other)
    told = np.zeros(len(left), dtype=np.bool_)
    told[known] = holds(left[known], other[known])
    return Truth(told, known & ~told)


def decide(
    rule: Callable[[Columns], Truth], firm: Columns, exactly: Callable[[int], Columns]
) -> NDArray[np.bool_]:
    """Where a rule holds, over the firm's columns; `exactly` gives the exact columns of one row that floats cannot settle.

    What is unknown is not true: a rule that must act on the unknown asks `is_known`.
    """
    told = rule(firm)
    found = told.yes.copy()
    for row in np.flatnonzero(told.unsure):
        found[row] = rule(exactly(int(row))).yes[0]
    return found


def which(rule: Callable[[Columns], Truth], exact: Columns, of: Sequence[T]) -> list[T]:
    """Of things that exact columns describe row by row, those of which a rule holds."""
    return [one for one, holds_here in zip(of, rule(exact).yes, strict=True) if holds_here] if of else []


def holds(rule: Callable[[Columns], Truth], **facts: Fact) -> bool:
    """Whether a rule holds for one row of exact facts."""
    return bool(rule(one(**facts)).yes[0])
