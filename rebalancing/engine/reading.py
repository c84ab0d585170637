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
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from rebalancing.engine import household as household_module
from rebalancing.engine import plan as plan_module
from rebalancing.engine.household import Household
from rebalancing.engine.plan import Plan
from rebalancing.engine.validating import Fault, faults_in

DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,16})?", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
TEXT_LENGTH_MAX = 1000
MISSING = object()


class BadDocument(ValueError):
    """A document that cannot be used. ``faults`` lists everything wrong with it, in document order."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


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
    if not found and isinstance(value, Household):
        found.extend(faults_in(value))
    if found or not isinstance(value, Household):
        raise BadDocument(tuple(found))
    return value


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
        told = "is missing" if given is MISSING else f"is {given!r}"
        found.append(Fault("/format", f"The format {told}; this program reads {format_name!r}."))
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
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        (inner,) = [part for part in typing.get_args(kind) if part is not type(None)]
        return None if raw is None else _value(raw, inner, at, found)
    if origin is tuple:
        inner = typing.get_args(kind)[0]
        if not isinstance(raw, list):
            return _fault(found, at, "must be a list")
        return tuple(_value(item, inner, f"{at}/{index}", found) for index, item in enumerate(raw))
    if dataclasses.is_dataclass(kind):
        return _object(raw, typing.cast(type, kind), at, found)
    return _scalar(raw, kind, at, found)


def _object(raw: Any, kind: type, at: str, found: list[Fault]) -> Any:
    if not isinstance(raw, dict):
        return _fault(found, at, "must be an object")
    specs = specs_of(kind)
    before = len(found)
    known = {spec.name for spec in specs}
    for name in raw:
        if name not in known:
            found.append(Fault(f"{at}/{escaped(name)}", "is not a key of this format"))
    values: dict[str, Any] = {}
    for spec in specs:
        if spec.name in raw:
            values[spec.name] = _value(raw[spec.name], spec.kind, f"{at}/{spec.name}", found)
        elif spec.default is MISSING:
            found.append(Fault(f"{at}/{spec.name}", "is missing"))
    return kind(**values) if len(found) == before else None


def _scalar(raw: Any, kind: Any, at: str, found: list[Fault]) -> Any:
    if kind is Decimal:
        if isinstance(raw, str) and DECIMAL.fullmatch(raw):
            return Decimal(raw)
        return _fault(found, at, f'must be a decimal in quotes, like "1234.56", not {_shown(raw)}')
    if kind is date:
        if isinstance(raw, str) and DAY.fullmatch(raw):
            try:
                return date.fromisoformat(raw)
            except ValueError:
                return _fault(found, at, f"is no day of the calendar: {raw}")
        return _fault(found, at, f'must be a day like "2026-11-20", not {_shown(raw)}')
    if kind is bool:
        return (
            raw if isinstance(raw, bool) else _fault(found, at, f"must be true or false, not {_shown(raw)}")
        )
    if kind is int:
        good = isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**9
        return raw if good else _fault(found, at, f"must be a whole number, not {_shown(raw)}")
    if isinstance(kind, type) and issubclass(kind, Enum):
        allowed = [member.value for member in kind]
        if isinstance(raw, str) and raw in allowed:
            return kind(raw)
        return _fault(found, at, f"must be one of {', '.join(allowed)}, not {_shown(raw)}")
    if isinstance(raw, str) and len(raw) <= TEXT_LENGTH_MAX:
        return raw
    return _fault(found, at, f"must be text of at most {TEXT_LENGTH_MAX} characters, not {_shown(raw)}")


def _fault(found: list[Fault], at: str, told: str) -> None:
    found.append(Fault(at, told))


def _shown(raw: Any) -> str:
    shown = json.dumps(raw, ensure_ascii=True, default=str)
    return shown if len(shown) <= 40 else f"{shown[:37]}…"


def escaped(name: str) -> str:
    """``name`` as one step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
