"""Canonical JSON, the basis of fingerprints and audit facts. Pure. The same value gives the same bytes in
every process and on every machine: keys are sorted, numbers are exact, moments are in UTC. Floats are
refused, because 0.1 + 0.2 has no single expected text.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


class NotCanonical(TypeError):
    """A value has no single exact text. Names its path."""


def text(value: object) -> str:
    """The canonical JSON of `value`.

    Frozen dataclasses and mappings become objects with sorted keys, sets sorted lists. A Decimal
    becomes a string without exponent or trailing zeros, so 1.50 and 1.5 are one value.

    Raises NotCanonical for floats, NaN, infinities, naive datetimes and unknown types.
    """
    return json.dumps(_inside(value, "value"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def decimal_text(number: Decimal) -> str:
    """Plain decimal notation of a finite number, the shortest that is exact; zero has no sign."""
    if not number.is_finite():
        raise NotCanonical(f"{number} is not a finite number; leave the value out (None) if it is unknown.")
    # Not Decimal.normalize(), which would round to the precision of the current context.
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def moment_text(moment: datetime) -> str:
    """An aware moment in UTC with microseconds, for example `2026-11-23T14:30:00.000000Z`."""
    if moment.utcoffset() is None:
        raise NotCanonical(f"{moment!r} has no time zone; give an aware datetime.")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _plain(value: object) -> Json:
    """`value` as JSON's own kinds. Raises NotCanonical with the way to the place from here, `.facts[2]: …`."""
    kind = type(value)
    write = _WRITERS.get(kind)
    if write is None:
        write = _WRITERS[kind] = _writer(kind)
    return write(value)


def _writer(kind: type) -> Callable[[Any], Json]:
    """The writer for values of a kind; cached per kind, since a case has thousands of values."""
    if issubclass(kind, Enum):
        return lambda value: _plain(value.value)
    for parent, write in _KINDS:
        if issubclass(kind, parent):
            return write
    if dataclasses.is_dataclass(kind):
        names = tuple(field.name for field in dataclasses.fields(kind))
        return lambda value: {name: _inside(getattr(value, name), f".{name}") for name in names}
    return _refused


def _inside(value: object, step: str) -> Json:
    try:
        return _plain(value)
    except NotCanonical as problem:
        raise NotCanonical(f"{step}{problem}") from None


def _refused(value: object) -> Json:
    raise NotCanonical(
        f": a {type(value).__name__} has no canonical text; convert it to a Decimal, string or date."
    )


def _number(value: Decimal) -> str:
    try:
        return decimal_text(value)
    except NotCanonical as problem:
        raise NotCanonical(f": {problem}") from None


def _moment(value: datetime) -> str:
    try:
        return moment_text(value)
    except NotCanonical as problem:
        raise NotCanonical(f": {problem}") from None


def _string(value: str) -> str:
    value = str(value)
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise NotCanonical(": the text is not valid Unicode (a lone surrogate).") from None
    return value


def _object(value: Mapping[object, object]) -> dict[str, Json]:
    plain: dict[str, Json] = {}
    for key, item in value.items():
        name = key.value if isinstance(key, Enum) else key
        if not isinstance(name, str):
            raise NotCanonical(f": the key {key!r} is not a string.")
        name = _string(name)
        plain[name] = _inside(item, f".{name}")
    if len(plain) != len(value):
        raise NotCanonical(": two keys have the same text.")
    return plain


def _list(value: list[object] | tuple[object, ...]) -> list[Json]:
    found = []
    try:
        for item in value:
            # Most of what is written is plain text already.
            found.append(item if type(item) is str and item.isascii() else _plain(item))
    except NotCanonical as problem:
        raise NotCanonical(f"[{len(found)}]{problem}") from None
    return found


def _set(value: AbstractSet[object]) -> list[Json]:
    return sorted((_inside(item, "{}") for item in value), key=lambda item: json.dumps(item, sort_keys=True))


_KINDS: tuple[tuple[type, Callable[[Any], Json]], ...] = (
    (type(None), lambda value: value),
    (bool, lambda value: value),
    (int, int),
    (str, _string),
    (Decimal, _number),
    (datetime, _moment),
    (date, date.isoformat),
    (UUID, str),
    (Mapping, _object),
    (list, _list),
    (tuple, _list),
    (AbstractSet, _set),
)
"""Subclasses come first: a datetime is also a date, and a bool is also an int."""

_WRITERS: dict[type, Callable[[Any], Json]] = {}
