"""Every door of the product, and how subjects of reviews are shown and acted on.

Each app adds its own when Django starts (`AppConfig.ready`), so that this floor opens doors of floors it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.doors.door import Act, Door, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.review_desk.subjects import Subject

_DOORS: dict[str, Door] = {}
_ABSENT: dict[tuple[str, str], NoDoor] = {}
_SUBJECTS: dict[SubjectKind, Subject] = {}


def add(declared: Iterable[Door | NoDoor]) -> None:
    """Add an app's doors. Adding the same ones again changes nothing."""
    for one in declared:
        if isinstance(one, NoDoor):
            _ABSENT[one.noun, one.act] = one
            continue
        key = one.browser or one.api or one.file
        assert _DOORS.setdefault(f"{key} {one.noun} {one.act}", one) == one, f"two doors at {key}"


def add_subject(kind: SubjectKind, subject: Subject) -> None:
    """Say how reviews about this kind of subject are shown, checked again and acted on."""
    _SUBJECTS[kind] = subject


def doors() -> list[Door]:
    """Every door, by noun and act."""
    return sorted(_DOORS.values(), key=lambda one: (one.noun, list(Act).index(one.act), one.title))


def absent() -> list[NoDoor]:
    """Every act that makes no sense for a noun."""
    return sorted(_ABSENT.values(), key=lambda one: (one.noun, list(Act).index(one.act)))


def form_door(name: str) -> FormDoor:
    """The door of a form by the name of its browser URL. Raises KeyError."""
    for one in _DOORS.values():
        if isinstance(one, FormDoor) and one.browser == name:
            return one
    raise KeyError(name)


def subject_of(kind: SubjectKind) -> Subject | None:
    """How a kind of subject is shown and acted on; None where it has pages of its own."""
    return _SUBJECTS.get(kind)
