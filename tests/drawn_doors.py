"""docs/doors.md: every noun with the doors by which it is made, read, changed, retired and traced."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from django.urls import URLPattern, URLResolver, get_resolver

from compliance.doors import registry
from compliance.doors.door import Act, Door, NoDoor

INTRODUCTION = """# Doors

Every fact on record is made, changed, retired and traced through a door. This page is drawn from the code with
`./evenkeel draw doors`; tests compare the two, and open each door.

*Check* means that a page shows what would change before it does. *Two people* means that the act is proposed, and that
somebody else decides about it under Reviews. Whoever has no role for a door is refused with the sentence in the last column;
who may not see the subject is told that it is not there.
"""

HEAD = """
| Act | Title | Browser | API | By file | Who | On the trail | | Refusal |
|---|---|---|---|---|---|---|---|---|
"""


def as_markdown() -> str:
    """The page. An act that is missing for a noun is listed as such."""
    parts = [INTRODUCTION]
    absent = {(one.noun, one.act): one for one in registry.absent()}
    addresses = _addresses()
    for noun, of_noun in groupby(registry.doors(), key=lambda door: door.noun):
        doors = list(of_noun)
        parts.append(f"\n## {noun}\n{HEAD}")
        for act in Act:
            found = [door for door in doors if door.act is act]
            parts.extend(_row(door, addresses) for door in found)
            if not found and (one := absent.get((noun, act))):
                parts.append(f"| {act} | None: {one.why} | | | | | | | |\n")
    return "".join(parts)


def missing(doors: Iterable[Door], absent: Iterable[NoDoor]) -> list[str]:
    """What a noun lacks: an act without a door and without a reason. By file only where a firm has many."""
    acts = {(door.noun, door.act) for door in doors}
    excused = {(one.noun, one.act) for one in absent}
    nouns = sorted({noun for noun, _ in acts})
    return [
        f"{noun}: {act}"
        for noun in nouns
        for act in Act
        if act is not Act.FILE and (noun, act) not in acts | excused
    ]


def _row(door: Door, addresses: dict[str, str]) -> str:
    ways = [
        f"`/{addresses[door.browser]}`" if door.browser else "",
        f"`/{addresses[door.api]}`" if door.api else "",
        door.file,
    ]
    who = ", ".join(sorted(role.label for role in door.roles))
    trail = ", ".join(f"`{action}`" for action in door.actions)
    extra = ", ".join(
        part
        for part in (
            "check" * door.checked,
            "confirmed" * door.confirmed,
            "two people" * bool(door.two_people),
        )
        if part
    )
    return (
        f"| {door.act} | {door.title} | {' | '.join(ways)} | {who} | {trail} | {extra} | {door.refusal} |\n"
    )


def _addresses(resolver: URLResolver | None = None, before: str = "", namespace: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for one in (resolver or get_resolver()).url_patterns:
        pattern = before + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            found.update(_addresses(one, pattern, inner))
        elif isinstance(one, URLPattern) and one.name:
            found.setdefault(f"{namespace}{one.name}", pattern)
    return found
