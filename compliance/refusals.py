"""Refusals that can be shown to a person: one sentence, and how to fix it.

Verbs raise these; the middleware turns them into a message page in the browser and into
problem+json in the API. They are never raised for a bug; a broken invariant is an assertion.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """One of several reasons, for example a price that moved since it was shown."""

    input: str  # What it is about, as a person would name it or as `kind:id`.
    sentence: str = ""
    shown: str = ""
    now: str = ""

    def as_dict(self) -> dict[str, str]:
        """The form used in problem+json; empty parts are left out."""
        parts = {"input": self.input, "sentence": self.sentence, "shown": self.shown, "now": self.now}
        return {name: value for name, value in parts.items() if value}

    def __str__(self) -> str:
        if self.sentence:
            return self.sentence
        return f"{self.input}: shown {self.shown}, now {self.now}" if self.shown or self.now else self.input


@dataclass(frozen=True, slots=True)
class Step:
    """A next step after a refusal. It is a link, or a form of one button where `is_form` says so: `sends` are its hidden
    fields, `asks` the name, label and first words of a text that is typed.

    `api` is the address at which a program takes the same step, with `method`; empty where it has none.
    """

    label: str
    url: str = ""
    is_form: bool = False
    sends: tuple[tuple[str, str], ...] = ()
    asks: tuple[str, str, str] | None = None
    api: str = ""
    method: str = "GET"

    def as_dict(self) -> dict[str, str]:
        """The form used in problem+json."""
        return {"title": self.label, "method": self.method, "href": self.api}


class Refusal(Exception):
    """Something is refused for a reason the person can read.

    `sentence` says what and why, `how_to_fix` what to do about it, `kind` is the stable slug for the API
    (`/problems/<kind>`), `http_status` the answer's status, `causes` the details one by one.
    """

    kind = "refused"
    http_status = 409
    title = "This was refused"

    def __init__(
        self,
        sentence: str,
        how_to_fix: str = "",
        *,
        causes: Iterable[Cause] = (),
        kind: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.how_to_fix = how_to_fix
        self.causes = tuple(causes)
        if kind is not None:
            self.kind = kind
        if http_status is not None:
            self.http_status = http_status

    def __str__(self) -> str:
        return " ".join(part for part in (self.sentence, self.how_to_fix) if part)


class NotAllowed(Refusal):
    """This person may not do this, whatever the state of the subject (403)."""

    kind = "not-allowed"
    http_status = 403
    title = "You cannot do this"


class Stale(Refusal):
    """What was shown has changed (409)."""

    kind = "stale"
    http_status = 409
    title = "This has changed since you opened it"


class Conflict(Refusal):
    """Somebody else was first, or the subject's state does not allow this (409)."""

    kind = "conflict"
    http_status = 409
    title = "This is no longer possible"


class Blocked(Refusal):
    """A rule, a hold or a missing consent blocks this (423)."""

    kind = "blocked"
    http_status = 423
    title = "This is blocked"


class BadInput(Refusal):
    """The input cannot be used (422)."""

    kind = "bad-input"
    http_status = 422
    title = "This input cannot be used"


def closest(given: str, known: Iterable[str]) -> str:
    """A suggestion of known names similar to `given`; empty where there is none."""
    by_folded = {one.casefold(): one for one in known}
    alike = difflib.get_close_matches(given.casefold(), by_folded, n=3)
    return f"Did you mean {' or '.join(by_folded[one] for one in alike)}?" if alike else ""
