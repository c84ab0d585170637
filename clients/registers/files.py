"""Files of a register's rows: what each line would do, and doing it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from clients.models import Security
from clients.models.columns import PRICE_MAX
from clients.registers import register as verbs
from clients.registers.register import Register
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor

LINES_MAX = 2_000
LEVEL_MAX = 1_000
ANSWERS = {"yes": True, "no": False, "": False}
Line = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file of a register looks. `cells` read each column into a value, and `named` gives a column another name.

    `same` is the key of a line within a file, by its columns; `standing` finds the row that a line restates. A line names
    its security in the column `symbol`; where `whole_market` is set it may be empty, and with `of_securities` off there
    is none.
    """

    register: Register
    cells: Mapping[str, Callable[[str], Any]]
    required: tuple[str, ...]
    same: tuple[str, ...]
    standing: Callable[[Any, Mapping[str, Any]], Any]
    told: Callable[[Mapping[str, Any]], str]
    label: Callable[[Mapping[str, Any]], str]
    example: str
    cure: str
    named: Mapping[str, str]
    of_securities: bool = True
    whole_market: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (*(("symbol",) if self.of_securities else ()), *self.cells)


@dataclass(frozen=True, slots=True)
class Step:
    """What one line does. `row` is the one that it changes; None where it is new."""

    label: str
    before: str
    after: str
    values: dict[str, Any]
    row: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """A file, read: what it would do, and every fault as a sentence with its line."""

    layout: Layout
    steps: tuple[Step, ...]
    unchanged: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    new: int
    changed: int
    unchanged: int


def plan(layout: Layout, text: str, *, source: str, on: date) -> Plan:
    """What the lines would do to the record as it is."""
    reader = csv.reader(io.StringIO(text))
    header = [cell.strip().casefold() for cell in next(reader, [])]
    if fault := _header_fault(layout, header):
        return Plan(layout, (), 0, (fault,))
    steps: list[Step] = []
    faults: list[str] = []
    unchanged = 0
    seen: set[tuple[str, ...]] = set()
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if number > LINES_MAX:
            faults.append(f"It has more than {LINES_MAX} lines. Split it.")
            break
        if len(cells) != len(header):
            faults.append(f"Line {number} has {len(cells)} cells, but the captions are {len(header)}.")
            continue
        line = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        key = tuple(line.get(name, "").upper() for name in layout.same)
        if key in seen:
            faults.append(f"Line {number} repeats {' on '.join(filter(None, key))}. Remove one of the two.")
            continue
        seen.add(key)
        found = _step(layout, line, source=source, on=on)
        if isinstance(found, str):
            faults.append(f"Line {number}: {found}")
        elif found is None:
            unchanged += 1
        else:
            steps.append(found)
    return Plan(layout, tuple(steps), unchanged, tuple(faults))


def load(planned: Plan, *, user_id: int | None, by: Actor, at: datetime) -> Counts:
    """Do what a plan without faults says, all of it or nothing."""
    assert not planned.faults, "a form with faults is not valid"
    acts: dict[str, Any] = {"user_id": user_id, "by": by, "at": at}
    register = planned.layout.register
    with transaction.atomic(), audit.lines_last():
        for one in planned.steps:
            if one.row is None:
                verbs.enter(register, one.values, **acts)
            else:
                verbs.change(register, one.row, one.values, **acts)
    new = sum(one.row is None for one in planned.steps)
    return Counts(new, len(planned.steps) - new, planned.unchanged)


def day(text: str) -> date | None:
    """A cell with a day."""
    return date.fromisoformat(text) if text else None


def moment(text: str) -> datetime:
    """A cell with a moment; without an offset it is on the clocks of New York."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=clock.EASTERN)


def amount(text: str) -> Decimal | None:
    """A cell with dollars a share, or a fraction; nothing for an empty one."""
    if not text:
        return None
    found = Decimal(text)
    if not found.is_finite() or not 0 <= found <= PRICE_MAX or -int(found.as_tuple().exponent) > 6:
        raise ValueError(text)
    return found


def price(text: str) -> Decimal:
    """A cell with a price, which is above zero."""
    found = amount(text)
    if not found:
        raise ValueError(text)
    return found


def level(text: str) -> Decimal:
    """A cell with a level of an index: above zero and below a thousand."""
    found = price(text)
    if found >= LEVEL_MAX:
        raise ValueError(text)
    return found


def fraction(text: str) -> Decimal | None:
    """A cell with a fraction of one; nothing for an empty one."""
    found = amount(text)
    if found is not None and found > 1:
        raise ValueError(text)
    return found


def days(most: int) -> Callable[[str], int]:
    """Reads a cell with a number of days from one to `most`."""

    def read(text: str) -> int:
        found = int(text)
        if not 1 <= found <= most:
            raise ValueError(text)
        return found

    return read


def answer(text: str) -> bool:
    """A cell with yes or no."""
    return ANSWERS[text.casefold()]


def _header_fault(layout: Layout, header: list[str]) -> str | None:
    strangers = [name for name in header if name not in layout.columns]
    missing = [name for name in layout.required if name not in header]
    if not missing and not strangers and len(set(header)) == len(header):
        return None
    wrong = f"It has no column {missing[0]}." if missing else f"There is no column {', '.join(strangers)}."
    return f"{wrong} The columns are {', '.join(layout.columns)}, each once."


def _step(layout: Layout, line: Line, *, source: str, on: date) -> Step | str | None:
    symbol = line.get("symbol", "")
    security = Security.objects.filter(symbol__iexact=symbol).first() if symbol else None
    if layout.of_securities and security is None and (symbol or not layout.whole_market):
        return f"there is no security {symbol or '(empty)'} on record. Add it first."
    values: dict[str, Any] = {}
    for name, text in line.items():
        if name == "symbol":
            continue
        try:
            values[layout.named.get(name, name)] = layout.cells[name](text)
        except (ValueError, InvalidOperation, KeyError):
            return f"{name} {text!r} cannot be read: {layout.cure}"
    row = layout.standing(security, values)
    columns = layout.register.columns
    before = layout.register.values_of(row) if row else dict.fromkeys(columns)
    if row is not None and all(values[name] == before[name] for name in values):
        return None
    after = {**before, **({"security": security} if layout.of_securities else {}), **values, "source": source}
    if refusal := layout.register.refusal(after, on):
        return refusal
    return Step(
        label=layout.label(after),
        before=layout.told(before) if row else "",
        after=layout.told(after),
        values=after,
        row=row,
    )
