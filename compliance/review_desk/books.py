"""Who may see a household at all, asked of the floor above, which keeps the books."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from compliance.people.roles import Person

Asked = Callable[[Sequence[Person], str], list[Person]]


def _all(people: Sequence[Person], household_ref: str) -> list[Person]:
    return list(people)


_asked: list[Asked] = [_all]


def told_by(asked: Asked) -> None:
    """Let a floor above say who of these people may see the household of a reference."""
    _asked[0] = asked


def seeing(people: Sequence[Person], household_ref: str) -> list[Person]:
    """Those of these people who may see the household; all of them for a matter of the firm."""
    return _asked[0](people, household_ref) if household_ref else list(people)
