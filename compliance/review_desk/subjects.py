"""What the review desk needs to know about a subject of a floor above: how to show it, whether it is still what was
shown, and what follows an approval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from compliance.models import Approval, Review
from compliance.people.actors import Actor

if TYPE_CHECKING:
    from compliance.review_desk.decisions import Revalidated


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of what is decided: before is empty where something is new."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A subject as a person decides about it. `why` is the maker's reason or evidence; `url` is its own page."""

    title: str
    lines: tuple[Difference, ...]
    why: str = ""
    url: str = ""
    after_approval: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The three questions the desk asks about a kind of subject.

    `then` runs inside the approval's own transaction; None where somebody acts on the approval later.
    """

    show: Callable[[Review], Shown]
    revalidate: Callable[[Review], Revalidated]
    then: Callable[[Approval, Actor, datetime], None] | None = None
