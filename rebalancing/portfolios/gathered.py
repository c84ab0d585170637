"""Rows of the households that are read one after the other, each table read once for all of them.

A worker's turn names the households that it has claimed. The first of them that asks for rows of a table fetches those of all
of them; a household that is read alone is a chunk of one, by the same query. Rows are handed out once: whoever asks again, such
as for a second attempt, reads what is there by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model

from compliance.statements.reads import Asked, Prepared

T = TypeVar("T")
M = TypeVar("M", bound=Model)
What = tuple[Hashable, ...]
"""What is read: its name, and the days it is read for."""
Fetch = Callable[[list[int]], Iterable[tuple[int, T]]]
"""From the keys of households to their rows, each with the household's key, in the order in which they are handed out."""


OF = "of_household"
"""The column of a table's query that says of which household a row is."""


@dataclass(frozen=True, slots=True)
class Table(Generic[M]):
    """A table of which a household has rows of its own: its name, and the query by households' keys and days."""

    name: str
    query: Prepared[..., M]

    def what(self, *days: Hashable) -> What:
        return (self.name, *days)

    def fetch(self, keys: Collection[int], *days: Any) -> Iterable[tuple[int, M]]:
        """The rows of some households, each with its household's key."""
        return ((getattr(row, OF), row) for row in self.query.rows(list(keys), *days))

    def asked(self, household: int, *days: Any) -> Asked | None:
        """The statement for one household, to be sent with others."""
        return self.query.asked([household], *days)


class Gathered:
    """The rows of some households, by table."""

    def __init__(self, households: Collection[int] = ()) -> None:
        self._households = sorted(set(households))
        self._found: dict[What, dict[int, list[Any]]] = {}

    def rows(self, household: int, what: What, fetch: Fetch[T]) -> list[T]:
        """One household's rows of a table."""
        if household not in self._households:
            return [row for key, row in fetch([household]) if key == household]
        is_first = what not in self._found
        known = self._found.setdefault(what, {})
        if household not in known:
            known.update(self._fetched(fetch, self._households if is_first else [household]))
        return known.pop(household)

    def _fetched(self, fetch: Fetch[T], wanted: list[int]) -> dict[int, list[T]]:
        read: dict[int, list[T]] = defaultdict(list)
        for key, row in fetch(wanted):
            read[key].append(row)
        return {key: read[key] for key in wanted}
