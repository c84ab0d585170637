"""Long lists of which only the rows of a page are built: rows of a query as they are asked for, and several such one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, Generic, TypeVar, overload

from django.db.models import QuerySet

T = TypeVar("T")
CHUNK = 2000


class Built(Sequence[T], Generic[T]):
    """The rows of a query, each turned into what a list shows; counted by the database."""

    def __init__(self, found: QuerySet[Any], build: Callable[[list[Any]], list[T]]) -> None:
        self._found, self._build = found, build

    @cached_property
    def _count(self) -> int:
        return self._found.count()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, int):
            return self._build([self._found[at]])[0]
        return self._build(list(self._found[at]))

    def __iter__(self) -> Iterator[T]:
        """Everything, read once and built a piece at a time: what a file of a list asks for."""
        piece = []
        for one in self._found.iterator(chunk_size=CHUNK):
            piece.append(one)
            if len(piece) == CHUNK:
                yield from self._build(piece)
                piece = []
        yield from self._build(piece)


class Joined(Sequence[T], Generic[T]):
    """Sequences one after another."""

    def __init__(self, *parts: Sequence[T]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(one) for one in self._parts)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        first, last, _ = (slice(at, at + 1) if isinstance(at, int) else at).indices(len(self))
        found: list[T] = []
        for part, end in zip(self._parts, accumulate(len(one) for one in self._parts), strict=True):
            start = end - len(part)
            if first < end and last > start:
                found += part[max(first, start) - start : min(last, end) - start]
        return found[0] if isinstance(at, int) else found

    def __iter__(self) -> Iterator[T]:
        for part in self._parts:
            yield from part
