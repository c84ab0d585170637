"""Facts that a rule reads from the record by name: a column of a security, an account, a lot, a policy and so on.

A rule declares each such fact in its own file and lists it in its ``Rule``. From there everything else follows:
whoever builds a case copies exactly the declared columns, the builders of the tests fill them with the example
given here, and ``docs/rules.md`` names them. What the record does not know is None: unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

Recorded = tuple[tuple[str, object], ...]
"""Names and values of the declared columns of one row, in the order of their names."""


class Subject(StrEnum):
    """Which row of the record a fact belongs to; its value on the case carries the row's facts."""

    HOUSEHOLD = "household"
    POLICY = "policy"
    ACCOUNT = "account"
    TAX_PROFILE = "tax profile"
    SECURITY = "security"
    LOT = "lot"


class HasFacts(Protocol):
    @property
    def recorded(self) -> Recorded: ...


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """One column: ``name`` is the column's own, ``kind`` the type of its values.

    ``example`` is a value with which nothing is wrong. None there says that the column may well be empty: an
    agreement that has not ended has no last day. Any other fact is needed, and a rule fails without it.
    """

    subject: Subject
    name: str
    kind: type[T]
    example: T | None

    @property
    def is_needed(self) -> bool:
        return self.example is not None

    def of(self, row: HasFacts | None) -> T | None:
        """The fact of one row of the case; None when there is no row, or the record does not know.

        Raises ``TypeError`` when the value is of another type, for then the declaration is wrong.
        """
        value = None if row is None else dict(row.recorded).get(self.name)
        if value is None or isinstance(value, self.kind):
            return value
        raise TypeError(f"{self} is {value!r}, and its rule expects {self.kind.__name__}.")

    def __str__(self) -> str:
        return f"{self.subject.value}.{self.name}"


def by_subject(facts: Iterable[Fact[object]]) -> dict[Subject, tuple[Fact[object], ...]]:
    """Each fact once, in the order of the names. Raises ``ValueError`` when two rules describe one differently."""
    found: dict[str, Fact[object]] = {}
    for fact in facts:
        if found.setdefault(str(fact), fact) != fact:
            raise ValueError(f"Two rules describe {fact} differently; give it one type and one example.")
    return {
        subject: tuple(fact for _, fact in sorted(found.items()) if fact.subject is subject)
        for subject in Subject
    }
