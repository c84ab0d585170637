"""The program as text: a CPLEX LP file that a person can read and a solver can load.

Numbers are written in full, so that a solver that reads the text finds the same optimum. Rows without a bound, as the planes of
tax regions that are not chosen, are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rebalancing.engine.evaluation.neutral_names import Names
from rebalancing.engine.model.builder import Name
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.search import lp_names

WIDTH = 110
TERMS_BRIEF = 6  # Of each row in the brief form.
NEGLIGIBLE = 1e-9  # Smaller entries of the matrix, as a slope of 1e-17, are noise.


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of the moment, which the choices of the search set."""

    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True, slots=True)
class _Term:
    value: float
    column: str

    def __str__(self) -> str:
        sign = "-" if self.value < 0 else "+"
        size = "" if abs(self.value) == 1 else f"{_number(abs(self.value))} "
        return f"{sign} {size}{self.column}"


def text(
    program: Program, bounds: Bounds, back: Names, *, header: Sequence[str] = (), brief: bool = False
) -> str:
    """``program`` under ``bounds`` with the names that ``back`` leads to; ``header`` lines come first, as comments.

    ``brief``: of each kind only the first row, and of each row the first terms; for reading alone.
    """
    columns = lp_names.written(program.column_names, lp_names.COLUMNS, back)
    rows = lp_names.written(program.row_names, lp_names.ROWS, back)
    lines = [f"\\ {line}" for line in header]
    lines += ["minimize", *_objective(program, columns, brief=brief)]
    lines += ["subject to", *_rows(program, bounds, columns, rows, brief=brief)]
    lines += ["bounds", *_bounds(program, bounds, columns, brief=brief), "end"]
    return "\n".join(lines) + "\n"


def _objective(program: Program, columns: list[str], *, brief: bool) -> Iterator[str]:
    terms = [str(_Term(cost, column)) for cost, column in zip(program.cost, columns, strict=True) if cost]
    if brief:
        terms = _shortened(terms)
    sign = "-" if program.offset < 0 else "+"
    constant = [f"{sign} {_number(abs(program.offset))}"] if program.offset else []
    yield from _wrapped(" objective:", [*terms, *constant] or ["0"])


def _rows(
    program: Program, bounds: Bounds, columns: list[str], rows: list[str], *, brief: bool
) -> Iterator[str]:
    terms: list[list[str]] = [[] for _ in rows]
    ends = [*program.starts[1:], len(program.index)]
    for column, (start, end) in enumerate(zip(program.starts, ends, strict=True)):
        for at in range(start, end):
            if abs(program.value[at]) >= NEGLIGIBLE:
                terms[program.index[at]].append(str(_Term(program.value[at], columns[column])))
    bounded = [
        row for row, (low, high) in enumerate(zip(bounds.row_lower, bounds.row_upper, strict=True))
        if math.isfinite(low) or math.isfinite(high)
    ]  # fmt: skip
    for kind, members in _by_kind(bounded, program.row_names):
        yield f"\\ {kind}: {lp_names.ROWS[kind].meaning}{_count(members, brief=brief)}"
        for row in members[:1] if brief else members:
            low, high = float(bounds.row_lower[row]), float(bounds.row_upper[row])
            expression = terms[row] or [f"0 {columns[0]}"]
            yield from _wrapped(
                f" {rows[row]}:", [*(_shortened(expression) if brief else expression), _relation(low, high)]
            )


def _relation(low: float, high: float) -> str:
    """What stands after a row's terms."""
    if low == high:
        return f"= {_number(low)}"
    assert not (math.isfinite(low) and math.isfinite(high)), "no row has two bounds that differ"
    return f">= {_number(low)}" if math.isfinite(low) else f"<= {_number(high)}"


def _bounds(program: Program, bounds: Bounds, columns: list[str], *, brief: bool) -> Iterator[str]:
    """The bounds of columns; those that are not named are at least zero."""
    given = [
        (column, _bound(name, float(low), float(high)))
        for column, (name, low, high) in enumerate(zip(columns, bounds.lower, bounds.upper, strict=True))
    ]
    lines = {column: line for column, line in given if line}
    for kind, members in _by_kind(list(lines), program.column_names):
        yield f"\\ {kind}: {lp_names.COLUMNS[kind].meaning}{_count(members, brief=brief)}"
        yield from (f" {lines[column]}" for column in (members[:1] if brief else members))


def _bound(name: str, low: float, high: float) -> str:
    if low == high:
        return f"{name} = {_number(low)}"
    if not math.isfinite(low):
        return f"-inf <= {name} <= {_number(high)}" if math.isfinite(high) else f"{name} free"
    if math.isfinite(high):
        return f"{_number(low)} <= {name} <= {_number(high)}"
    return f"{name} >= {_number(low)}" if low else ""


def _by_kind(members: list[int], given: Sequence[Name]) -> list[tuple[str, list[int]]]:
    """``members`` by the kind of their names, kinds in the order in which they come."""
    kinds: dict[str, list[int]] = {}
    for member in members:
        kinds.setdefault(str(given[member][0]), []).append(member)
    return list(kinds.items())


def _count(members: list[int], *, brief: bool) -> str:
    return f" (1 of {len(members)})" if brief and len(members) > 1 else ""


def _shortened(terms: list[str]) -> list[str]:
    left_out = len(terms) - TERMS_BRIEF
    return terms if left_out <= 1 else [*terms[:TERMS_BRIEF], f"+ ... {left_out} more"]


def _wrapped(head: str, parts: list[str]) -> Iterator[str]:
    """``head`` and ``parts`` in lines of at most ``WIDTH`` where they can be broken."""
    line = head
    for part in parts:
        if len(line) + 1 + len(part) > WIDTH:
            yield line
            line = "  "
        line = f"{line} {part}"
    yield line


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
