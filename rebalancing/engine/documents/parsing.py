"""Values in: JSON to the frozen documents, with every fault listed at once and where it stands.

A document from outside is never trusted: money and quantities must be plain decimal strings, days ISO dates,
every key known. ``read_household`` and ``read_plan`` answer with the value or raise ``BadDocument``, which
carries all faults with their JSON pointers (RFC 6901). Nothing else is raised for any input.
"""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from rebalancing.engine.documents import household as household_module
from rebalancing.engine.documents import plan as plan_module
from rebalancing.engine.documents.faults import Dangling, Fault
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import Plan
from rebalancing.engine.documents.validation import faults_in

DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,16})?", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
TEXT_LENGTH_MAX = 1000
MISSING = object()
DAY_FIELDS = frozenset({"as_of", "trade_on"})
STANDS_FOR: dict[type, object] = {
    Decimal: Decimal("0.25"),
    date: date(2000, 1, 3),
    bool: False,
    int: 1,
    str: "?",
}
"""What takes the place of an unreadable value, so that everything else can still be asked whether it fits."""


class BadDocument(ValueError):
    """A document that cannot be used. ``faults`` lists everything wrong with it, in document order."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True, slots=True)
class Unreadable(Fault):
    """A value that cannot be read. ``spoils`` is the pointer below which nothing more can be said."""

    spoils: str
    loses_rows: bool = False


@dataclass(frozen=True, slots=True)
class Spec:
    """How one field is read: the type inside, whether it may be null or left out."""

    name: str
    kind: Any
    default: Any


def read_household(text: str | bytes) -> Household:
    """The household in a household/1 document. Raises BadDocument listing every fault."""
    found: list[Fault] = []
    value = _document(text, household_module.FORMAT, Household, found)
    if isinstance(value, Household):
        found.extend(_beside(tuple(found), faults_in(value)))
    if found or not isinstance(value, Household):
        raise BadDocument(tuple(found))
    return value


def _beside(unreadable: tuple[Fault, ...], senseless: tuple[Fault, ...]) -> list[Fault]:
    """The faults among ``senseless`` that do not come from what stands for the ``unreadable`` values."""
    if not unreadable:
        return list(senseless)
    spoiled = [fault.spoils for fault in unreadable if isinstance(fault, Unreadable)]
    has_lost_days = any(at[1:] in DAY_FIELDS for at in spoiled)
    has_lost_rows = any(isinstance(fault, Unreadable) and fault.loses_rows for fault in unreadable)
    return [
        fault
        for fault in senseless
        if not (has_lost_rows and isinstance(fault, Dangling))
        and not (has_lost_days and _is_about_a_day(fault))
        and not any(_is_within(fault.pointer, at) or _is_within(at, fault.pointer) for at in spoiled)
    ]


def _is_within(pointer: str, other: str) -> bool:
    return pointer == other or pointer.startswith(f"{other}/")


def _is_about_a_day(fault: Fault) -> bool:
    last = fault.pointer.rpartition("/")[2]
    return last in DAY_FIELDS or last in {"on", "price_on", "acquired", "adjusted_acquired"}


def read_plan(text: str | bytes) -> Plan:
    """The plan in a plan/1 document. Raises BadDocument listing every fault."""
    found: list[Fault] = []
    value = _document(text, plan_module.FORMAT, Plan, found)
    if found or not isinstance(value, Plan):
        raise BadDocument(tuple(found))
    return value


def _document(text: str | bytes, format_name: str, kind: type, found: list[Fault]) -> object:
    raw = _parsed(text, found)
    if found:
        return None
    if not isinstance(raw, dict):
        found.append(Fault("", f"The document must be an object with the format {format_name!r}."))
        return None
    given = raw.pop("format", MISSING)
    if given != format_name:
        message = "is missing" if given is MISSING else f"is {given!r}"
        found.append(Fault("/format", f"The format {message}; this program reads {format_name!r}."))
        return None
    return _value(raw, kind, "", found)


def _parsed(text: str | bytes, found: list[Fault]) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in items]
        for name in sorted(
            {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()
        ):
            found.append(Fault("", f"The key {name!r} stands twice in one object."))
        return dict(items)

    def constant(name: str) -> None:
        found.append(
            Fault("", f"{name} is no number of this format; money and quantities are decimal strings.")
        )

    try:
        decoded = text if isinstance(text, str) else text.decode("utf-8")
        return json.loads(decoded, object_pairs_hook=pairs, parse_constant=constant)
    except UnicodeDecodeError as error:
        found.append(Fault("", f"The document is not UTF-8 text (byte {error.start})."))
    except json.JSONDecodeError as error:
        found.append(Fault("", f"Not JSON: {error.msg} (line {error.lineno}, column {error.colno})."))
    except (RecursionError, ValueError):
        found.append(Fault("", "The document is nested too deeply or holds a number without measure."))
    return None


@cache
def specs_of(kind: type) -> tuple[Spec, ...]:
    """The fields of a document dataclass with their resolved types, in order."""
    hints = typing.get_type_hints(kind)
    return tuple(
        Spec(
            field.name, hints[field.name], MISSING if field.default is dataclasses.MISSING else field.default
        )
        for field in dataclasses.fields(kind)
    )


def _value(raw: Any, kind: Any, at: str, found: list[Fault]) -> Any:
    """``raw`` as a ``kind``; where it is none, a fault is found and something takes its place."""
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        (inner,) = [part for part in typing.get_args(kind) if part is not type(None)]
        return None if raw is None else _value(raw, inner, at, found)
    if origin is tuple:
        inner = typing.get_args(kind)[0]
        if not isinstance(raw, list):
            found.append(Unreadable(at, "must be a list", at, loses_rows=True))
            return ()
        return tuple(_value(item, inner, f"{at}/{index}", found) for index, item in enumerate(raw))
    if dataclasses.is_dataclass(kind):
        return _object(raw, typing.cast(type, kind), at, found)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(raw, kind, at, found)
    return _scalar(raw, kind, at, found)


def _object(raw: Any, kind: type, at: str, found: list[Fault]) -> Any:
    if not isinstance(raw, dict):
        found.append(Unreadable(at, "must be an object", at, loses_rows=True))
        raw, found = {}, []  # What is missing inside it has been said.
    specs = specs_of(kind)
    known = {spec.name for spec in specs}
    for name in raw:
        if name not in known:
            found.append(Fault(f"{at}/{escaped(name)}", "is not a key of this format"))
    values: dict[str, Any] = {}
    for spec in specs:
        if spec.name in raw:
            values[spec.name] = _value(raw[spec.name], spec.kind, f"{at}/{spec.name}", found)
        elif spec.default is MISSING:
            found.append(Unreadable(f"{at}/{spec.name}", "is missing", *_spoiled(at, spec.name)))
            values[spec.name] = _value(None, spec.kind, f"{at}/{spec.name}", [])
    return kind(**values)


def _member(raw: Any, kind: type[Enum], at: str, found: list[Fault]) -> Enum:
    allowed = [member.value for member in kind]
    if isinstance(raw, str) and raw in allowed:
        return kind(raw)
    message = f"must be one of {', '.join(allowed)}, not {_shown(raw)}"
    found.append(Unreadable(at, message, *_spoiled(*at.rsplit("/", 1))))
    return next(iter(kind))


def _scalar(raw: Any, kind: type, at: str, found: list[Fault]) -> object:
    try:
        return READERS[kind](raw)
    except ValueError as message:
        above, _, name = at.rpartition("/")
        # An unreadable number leaves the rest of its row to be judged.
        spoiled = (at, False) if kind in {Decimal, int} else _spoiled(above, name)
        found.append(Unreadable(at, str(message), *spoiled))
        return STANDS_FOR[kind]


def _spoiled(above: str, name: str) -> tuple[str, bool]:
    """What an unreadable ``name`` spoils: the row it stands in; whether names of rows are lost with it."""
    return above or f"/{name}", name == "id"


def _decimal(raw: Any) -> Decimal:
    if isinstance(raw, str) and DECIMAL.fullmatch(raw):
        return Decimal(raw)
    raise ValueError(f'must be a decimal in quotes, like "1234.56", not {_shown(raw)}')


def _day(raw: Any) -> date:
    if not isinstance(raw, str) or not DAY.fullmatch(raw):
        raise ValueError(f'must be a day like "2026-11-20", not {_shown(raw)}')
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise ValueError(f"is no day of the calendar: {raw}") from error


def _yes_or_no(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    raise ValueError(f"must be true or false, not {_shown(raw)}")


def _count(raw: Any) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**9:
        return raw
    raise ValueError(f"must be a whole number, not {_shown(raw)}")


def _text(raw: Any) -> str:
    if isinstance(raw, str) and len(raw) <= TEXT_LENGTH_MAX:
        return raw
    raise ValueError(f"must be text of at most {TEXT_LENGTH_MAX} characters, not {_shown(raw)}")


READERS: dict[type, Callable[[Any], object]] = {
    Decimal: _decimal,
    date: _day,
    bool: _yes_or_no,
    int: _count,
    str: _text,
}


def _shown(raw: Any) -> str:
    shown = json.dumps(raw, ensure_ascii=True, default=str)
    return shown if len(shown) <= 40 else f"{shown[:37]}…"


def escaped(name: str) -> str:
    """``name`` as one step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
