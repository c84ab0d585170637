"""What an adapter read of an example: a field that nobody read, and a zero that nobody gave, are faults.

An example is wrapped in `Record`s, which look like the dictionaries they were made of and remember which keys were
read and which absent ones were taken as zero. Asking whether a key is there reads nothing. The example itself must
be read by name: going through all its fields would read everything and mean nothing.
"""

from __future__ import annotations

from collections.abc import ItemsView, Mapping, ValuesView
from decimal import Decimal
from typing import Any

# Where a place in a list stands in a path: every lot of `lots` counts alike.
EACH = "[]"


class NotGiven(KeyError):
    """An adapter needs a field that the example does not give."""


class Record(dict[str, Any]):
    """A dictionary that remembers its reading; `is_whole` for the example itself, whose fields have names."""

    def __init__(self, given: Mapping[str, Any], *, is_whole: bool = False) -> None:
        super().__init__({key: recorded(value) for key, value in given.items()})
        self.is_whole = is_whole
        self.read: set[str] = set()
        self.taken_as_zero: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        self.read.add(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        if key in self:
            return self[key]
        if is_zero(default):
            self.taken_as_zero.add(key)
        return default

    def __missing__(self, key: str) -> Any:
        raise NotGiven(key)

    def items(self) -> ItemsView[str, Any]:
        self._read_all()
        return super().items()

    def values(self) -> ValuesView[Any]:
        self._read_all()
        return super().values()

    def _read_all(self) -> None:
        if self.is_whole:
            raise TypeError("an adapter reads the fields of an example by name, not all at once")
        self.read.update(self)

    def unread(self) -> set[str]:
        """The paths that nobody read, `lots[].cost`; a record of which nothing was read counts as one."""
        paths = set(self) - self.read
        for key in self.read:
            paths |= {key + path for path in unread_in(super().__getitem__(key))}
        return paths

    def zeros(self) -> set[str]:
        """The paths of the absent fields that were taken as zero."""
        paths = set(self.taken_as_zero)
        for key in self:
            paths |= {key + path for path in zeros_in(super().__getitem__(key))}
        return paths


def recorded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Record(value)
    return [recorded(each) for each in value] if isinstance(value, list) else value


def unread_in(value: Any) -> set[str]:
    if isinstance(value, Record):
        return {f".{path}" for path in value.unread()}
    return {EACH + path for each in value for path in unread_in(each)} if isinstance(value, list) else set()


def zeros_in(value: Any) -> set[str]:
    if isinstance(value, Record):
        return {f".{path}" for path in value.zeros()}
    return {EACH + path for each in value for path in zeros_in(each)} if isinstance(value, list) else set()


def is_zero(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value == 0
