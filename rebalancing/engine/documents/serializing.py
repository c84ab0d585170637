"""Values out: the one JSON form of a document, the same bytes for equal values.

Decimals become strings without exponent or idle zeros, days ISO dates, keys keep the order of the dataclass, nothing
is indented. ``digest`` of those bytes is how a plan names the household it answers.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import Any

from rebalancing.engine.documents import household, objective, plan
from rebalancing.engine.documents.ordering import ordered

Json = Any


def decimal_text(number: Decimal) -> str:
    """``number`` in plain digits: no exponent, no idle zeros, no minus before zero."""
    text = str(number)
    if "E" in text:
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def to_json(value: object) -> Json:
    """``value`` as lists, dictionaries, strings, booleans and whole numbers.

    Raises TypeError for a kind of value that has no place in a document.
    """
    return _WRITERS[type(value)](value)


class _Writers(dict[type, Callable[[Any], Json]]):
    """How values of each kind are written; found out once for each kind, since documents have thousands of values."""

    def __missing__(self, kind: type) -> Callable[[Any], Json]:
        self[kind] = _writer(kind)
        return self[kind]


_WRITERS = _Writers()


def _writer(kind: type) -> Callable[[Any], Json]:
    if issubclass(kind, Decimal):
        return decimal_text
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, (NoneType, str, int)):
        return _as_it_is
    if issubclass(kind, date):
        return kind.isoformat
    if issubclass(kind, tuple):
        return _list
    if dataclasses.is_dataclass(kind):
        fields = dataclasses.fields(kind)
        later = frozenset(field.name for field in fields if field.metadata == objective.LEFT_OUT)
        return _without_empty(_fields(tuple(field.name for field in fields)), later)
    raise TypeError(f"{kind.__name__} has no place in a document.")


def _without_empty(write: Callable[[Any], Json], later: frozenset[str]) -> Callable[[Any], Json]:
    """``write`` without those of the ``later`` fields that say nothing."""
    if not later:
        return write
    return lambda value: {name: item for name, item in write(value).items() if item or name not in later}


def _as_it_is(value: Json) -> Json:
    return value


def _list(items: tuple[object, ...]) -> list[Json]:
    return [_WRITERS[type(item)](item) for item in items]


def _fields(names: tuple[str, ...]) -> Callable[[Any], Json]:
    values_of = attrgetter(*names)
    if len(names) == 1:
        return lambda value: {names[0]: to_json(values_of(value))}
    return lambda value: dict(zip(names, _list(values_of(value)), strict=True))


KEPT = 4
_WRITTEN: tuple[tuple[household.Household | plan.Plan, bytes], ...] = ()
"""The last documents with their bytes: the same object, which cannot change, is digested, signed and stored."""


def document(value: household.Household | plan.Plan) -> dict[str, Json]:
    """The whole document with its format name first; a household's rows are sorted by identity."""
    if isinstance(value, household.Household):
        return {"format": household.FORMAT, **to_json(ordered(value))}
    return {"format": plan.FORMAT, **to_json(value)}


def text(value: household.Household | plan.Plan) -> str:
    """The document for people and files: indented, ends with a line break."""
    return json.dumps(document(value), indent=2, ensure_ascii=False) + "\n"


def canonical(value: household.Household | plan.Plan) -> bytes:
    """The document's only byte form, for digests and comparison. A document that was just written is not written again."""
    global _WRITTEN
    if isinstance(value, household.Household):
        value = ordered(value)
    for known, written in _WRITTEN:
        if known is value:
            return written
    written = json.dumps(document(value), separators=(",", ":"), ensure_ascii=False).encode()
    _WRITTEN = ((value, written), *_WRITTEN[: KEPT - 1])
    return written


def digest(value: household.Household | plan.Plan) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()
