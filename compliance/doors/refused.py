"""A refusal as it is told: what was refused, why, who may instead, and the next step as a link or a form.

Every page that answers a refusal shows this value through `_parts/refusal.html`, and the API's problem documents take their
`next` from it. What only a floor above knows about a thing, it says itself (`told_by`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from compliance import clock
from compliance.doors import registry
from compliance.doors.door import FormDoor
from compliance.people import people
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import Cause, NotAllowed, Refusal, Step

API = "/api/"
AS_IT_IS = "See it as it is now"
BACK: Mapping[str, str] = {
    "not-allowed": "Go back",
    "stale": AS_IT_IS,
    "conflict": AS_IT_IS,
    "blocked": "Go back and settle it first",
    "bad-input": "Go back and correct it",
    "expired": AS_IT_IS,
    "already-settled": "See what became of it",
    "already-used": "See what became of it",
    "not-acknowledged": "Go back and read them",
    "record-changed": AS_IT_IS,
    "participation": "Go back and change the size",
    "trading-stopped": AS_IT_IS,
    "uncovered-year": "Go back",
    "too-many-attempts": "Go back and wait",
    "last-factor": "Add another second factor first",
    "second-factor-needed": "Show your second factor",
    "confirmation-needed": "Go back and check the figures",
    "precondition-required": "Read it, and send its ETag",
    "precondition-failed": "Read it again",
    "idempotency-key-reused": "Read it, and send another key",
    "not-for-this-token": "Use a token with the scope it needs",
}
"""The words of the way back, for every kind of refusal; a test holds a new kind to having some."""

NO_PAGES = frozenset({"/appearance/", "/csp-reports"})
"""Addresses with nothing above them and no page of their own."""
_FACTORS = {"last-factor": "mfa_index", "second-factor-needed": "mfa_reauthenticate"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was refused: the address by name, path and parameters, who asked, and when."""

    name: str
    path: str
    parameters: Mapping[str, Any]
    user: Any
    at: datetime

    @classmethod
    def of(cls, request: HttpRequest) -> Place | None:
        """None before anybody is known or any address is found."""
        match: ResolverMatch | None = request.resolver_match
        user = getattr(request, "user", None)
        if match is None or user is None or not user.is_authenticated:
            return None
        return cls(match.view_name, request.path, match.kwargs, user, clock.now())


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the thing that somebody was refused: who may instead, and what can be done."""

    steps: tuple[Step, ...] = ()
    who: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, ready to be shown. `moved` are the causes with what was shown and what is now, side by side; `causes` the
    others. There is a step wherever somebody is signed in.
    """

    kind: str
    title: str
    sentence: str
    how_to_fix: str
    moved: tuple[Cause, ...]
    causes: tuple[Cause, ...]
    who: str
    steps: tuple[Step, ...] = ()
    shown_as: str = "As it was shown"

    @property
    def for_programs(self) -> list[dict[str, str]]:
        """The steps that a program can take."""
        return [step.as_dict() for step in self.steps if step.api]


Knows = Callable[[Refusal, Place], Known | None]
_knows: list[Knows] = []


def told_by(knows: Knows) -> None:
    """Let a floor above say what can be done about its things; it answers None about those of others."""
    if knows not in _knows:
        _knows.append(knows)


def told(
    refusal: Refusal, place: Place | None = None, *, known: Known | None = None, shown_as: str = ""
) -> Refused:
    """The refusal with its next steps: those of the thing first, then the way back. `shown_as` heads what was shown before."""
    if known is None and place is not None:
        known = _known(refusal, place)
    found = known or Known()
    return Refused(
        kind=refusal.kind,
        title=refusal.title,
        sentence=refusal.sentence,
        how_to_fix=refusal.how_to_fix,
        moved=tuple(one for one in refusal.causes if one.shown or one.now),
        causes=tuple(one for one in refusal.causes if not (one.shown or one.now)),
        who=found.who,
        steps=tuple(
            _without_repeats(
                [*found.steps, *(_ways_back(refusal, place) if place else ())],
                is_api=place is not None and place.path.startswith(API),
            )
        ),
        **({"shown_as": shown_as} if shown_as else {}),
    )


def _known(refusal: Refusal, place: Place) -> Known | None:
    for knows in _knows:
        if (found := knows(refusal, place)) is not None:
            return found
    return Known(who=_who_may(place)) if isinstance(refusal, NotAllowed) else None


def _who_may(place: Place) -> str:
    """Whose roles let them use the door that somebody was refused at, by name; for the firm's own people only."""
    door = _door(place)
    if door is None or not any(place.user.has_role(role) for role in STAFF_ROLES):
        return ""
    return names_of(door.roles - {Role.CLIENT}, but=place.user)


def names_of(roles: Iterable[Role], *, but: Any = None) -> str:
    """Everybody who holds one of these roles, as a sentence."""
    found = {
        person.pk: f"{person.get_full_name()} ({role.label.lower()})"
        for role in sorted(roles, reverse=True)
        for person in people.holding(role)
        if but is None or person.pk != but.pk
    }
    names = [found[key] for key in sorted(found)]
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    return f"{listed} can."


def _door(place: Place) -> FormDoor | None:
    try:
        return registry.form_door(place.name)
    except KeyError:
        return None


def _ways_back(refusal: Refusal, place: Place) -> list[Step]:
    label = BACK.get(refusal.kind, AS_IT_IS)
    if name := _FACTORS.get(refusal.kind):
        return [Step(label, reverse(name))]
    if place.path.startswith(API):
        return [Step(label, api=path) for path in above(place.path)[:1]]
    door = _door(place)
    if door is None:
        return [Step(label, path) for path in above(place.path)[:1]] or [Step("Go to the home page", "/")]
    steps = [] if isinstance(refusal, NotAllowed) else [Step(label, place.path)]
    try:
        back_label, back_url = door.back(door.subject(place.user, place.parameters))
    except Http404:
        back_label, back_url = "", ""
    if back_url:
        steps.append(Step(back_label, back_url))
    return steps or [Step("Go to the home page", "/")]


def above(path: str) -> list[str]:
    """The pages above an address, the nearest first: of `/proposals/pr_1/decide/` the proposal's own, then the list.

    An address with nothing above it is the page of its own form.
    """
    parts = path.strip("/").split("/")
    found = []
    if len(parts) == 1 and path not in NO_PAGES:
        return [path]
    for length in range(len(parts) - 1, 0, -1):
        candidate = f"/{'/'.join(parts[:length])}/"
        try:
            match = resolve(candidate)
        except Resolver404:
            continue
        actions = getattr(match.func, "actions", None)
        if actions is None or "get" in actions:
            found.append(candidate)
    return found


def _without_repeats(steps: Iterable[Step], *, is_api: bool) -> list[Step]:
    """Each step once; a link to where an earlier one leads is left out."""
    found: dict[object, Step] = {}
    for step in steps:
        key = (step.method, step.api) if is_api and step.api else (step.url, step.sends)
        found.setdefault(key, step)
    return list(found.values())
