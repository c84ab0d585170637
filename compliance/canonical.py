"""One text for one value: the canonical JSON that fingerprints and audit facts are made of.

Pure. The same value gives the same bytes in every process and on every machine: keys are sorted,
numbers are exact, moments are in UTC. Floats are refused, because 0.1 + 0.2 has no one text that
a person would agree with.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


class NotCanonical(TypeError):
    """A value has no single exact text. Says where in the value it was found."""


def text(value: object) -> str:
    """The canonical JSON of `value`.

    Frozen dataclasses and mappings become objects with sorted keys, sets sorted lists. A Decimal
    becomes a string without exponent or trailing zeros, so 1.50 and 1.5 are one value.

    Raises NotCanonical for floats, NaN, infinities, naive datetimes and unknown types.
    """
    return json.dumps(_plain(value, "value"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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


def _plain(value: object, where: str) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _plain(value.value, where)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return _string(str(value), where)
    try:
        if isinstance(value, Decimal):
            return decimal_text(value)
        if isinstance(value, datetime):
            return moment_text(value)
    except NotCanonical as problem:
        raise NotCanonical(f"{where}: {problem}") from None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return _collection(value, where)


def _collection(value: object, where: str) -> Json:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _plain(getattr(value, name), f"{where}.{name}") for name in names}
    if isinstance(value, Mapping):
        return _object(value, where)
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, AbstractSet):
        return sorted(
            (_plain(item, f"{where}{{}}") for item in value),
            key=lambda item: json.dumps(item, sort_keys=True),
        )
    raise NotCanonical(
        f"{where}: a {type(value).__name__} has no canonical text; convert it to a Decimal, string or date."
    )


def _object(value: Mapping[object, object], where: str) -> dict[str, Json]:
    plain: dict[str, Json] = {}
    for key, item in value.items():
        name = key.value if isinstance(key, Enum) else key
        if not isinstance(name, str):
            raise NotCanonical(f"{where}: the key {key!r} is not a string.")
        name = _string(str(name), where)
        plain[name] = _plain(item, f"{where}.{name}")
    if len(plain) != len(value):
        raise NotCanonical(f"{where}: two keys have the same text.")
    return plain


def _string(value: str, where: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise NotCanonical(f"{where}: the text is not valid Unicode (a lone surrogate).") from None
    return value
