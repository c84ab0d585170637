"""Values out: the one JSON form of a document, the same bytes for equal values.

Decimals become strings without exponent or idle zeros, days ISO dates, keys keep the order of the dataclass, nothing
is indented. ``digest`` of those bytes is how a plan names the household it answers.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from rebalancing.engine import household, plan
from rebalancing.engine.ordering import ordered

Json = Any


def decimal_text(number: Decimal) -> str:
    """``number`` in plain digits: no exponent, no idle zeros, no minus before zero."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def to_json(value: object) -> Json:
    """``value`` as lists, dictionaries, strings, booleans and whole numbers."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, name)) for name in _field_names(type(value))}
    raise TypeError(f"{type(value).__name__} has no place in a document: {value!r}")


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def document(value: household.Household | plan.Plan) -> dict[str, Json]:
    """The whole document with its format name first; a household's rows are sorted by identity."""
    if isinstance(value, household.Household):
        return {"format": household.FORMAT, **to_json(ordered(value))}
    return {"format": plan.FORMAT, **to_json(value)}


def text(value: household.Household | plan.Plan) -> str:
    """The document for people and files: indented, ends with a line break."""
    return json.dumps(document(value), indent=2, ensure_ascii=False) + "\n"


def canonical(value: household.Household | plan.Plan) -> bytes:
    """The document's only byte form, for digests and comparison."""
    return json.dumps(document(value), separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: household.Household | plan.Plan) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()
