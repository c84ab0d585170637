"""A door: how a person makes, changes or retires one kind of fact.

A form declares what is typed and calls one verb. From the declaration around it come the page with its check page, the
endpoint under /api/v1/, the addresses of both, and the line in docs/doors.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from django import forms
from django.db.models import Model

from compliance.actions import Action
from compliance.digests import canonical, fingerprint
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import Role

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class Act(StrEnum):
    """What is done with a fact."""

    CREATE = "create"
    READ = "read"
    EDIT = "edit"
    RETIRE = "retire"
    """Retire, cancel, close, end or undo."""
    HISTORY = "history"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Done:
    """What a person is told after an act, and where they go next. `thing` is the row that was made, if any."""

    sentence: str
    url: str
    thing: Model | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way to do one thing with one noun. Pages with their own views are declared with this class.

    `browser` and `api` are names of URLs, `file` the layout or command that does the same for many; at least one is
    given. `refusal` is the sentence for people without one of the `roles`. `actions` are the lines it writes on the
    trail, `verbs` the functions that it calls. `confirmed`: whoever uses it confirms anew that it is them, bound to
    exactly what they typed and saw (`compliance.people.confirmations`).
    """

    noun: str
    act: Act
    title: str
    roles: frozenset[Role]
    refusal: str
    browser: str = ""
    api: str = ""
    file: str = ""
    actions: tuple[Action, ...] = ()
    verbs: tuple[Callable[..., Any], ...] = ()
    checked: bool = False
    confirmed: bool = False
    two_people: SubjectKind | None = None

    def __post_init__(self) -> None:
        assert self.browser or self.api or self.file, f"{self.title} leads nowhere"


@dataclass(frozen=True, slots=True)
class NoDoor:
    """An act that makes no sense for a noun, and why."""

    noun: str
    act: Act
    why: str


class DoorForm(forms.Form):
    """What is typed at a door. `subject` is the row it is about (None where one is made), `on` today in New York.

    `user` is who types, or, where a second person decides, who has asked. `first` are fields that are asked on a page of
    their own, because they decide what else is asked; `offer` leaves out the rest of what does not belong to them.
    """

    first: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, subject: Any, user: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.user, self.on = subject, user, on
        self.offer()
        if self.first and self.is_chosen():
            for name in self.first:
                if not self.fields[name].disabled:
                    self.fields[name].widget = forms.HiddenInput()

    def is_chosen(self) -> bool:
        """Whether the fields that come first have values that can be."""
        try:
            for name in self.first:
                self.fields[name].clean(self[name].value())
        except forms.ValidationError:
            return False
        return True

    def ask_first(self) -> None:
        """Leave nothing on the form but the fields that come first."""
        for name in set(self.fields) - set(self.first):
            del self.fields[name]

    def about(self) -> str:
        """A sentence over the form about what was chosen first."""
        return ""

    def offer(self) -> None:
        """Fill in the choices that depend on the subject or the person; called once the form knows them."""

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        """The present values by field: what the form starts with and what a change is compared with."""
        return {}

    def follows(self) -> Sequence[tuple[str, str, str]]:
        """What a valid form changes besides its fields: a label, before and after, in words.

        The check page and a second person see it with the fields, and an approval is stale once it reads otherwise.
        """
        return ()

    def act(self, *, by: Actor, at: datetime) -> Done:
        """Call the one verb with what was typed. Raises what the verb raises."""
        raise NotImplementedError


def _by_public_id(subject: Any) -> dict[str, Any]:
    return {"public_id": subject.public_id}


def _nowhere(subject: Any) -> tuple[str, str]:
    return "", ""


def _anybody(user: Any, subject: Any) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDoor(Door):
    """A door that is one form.

    `name` is that of its URL within the app's namespace; the API's has hyphens. `path` is the address in the browser
    and, under /api/v1/, for programs. `find` fetches the subject for this person from the parameters of the path and
    raises Http404 for what they may not see: the lookup is the permission. `refuse` gives a further sentence by person
    and subject. `address` gives the parameters of the path for a subject, `back` the label and URL of the page it
    stands on.

    With `checked`, a page shows what would change before it does. With `two_people`, the act is only proposed, and a
    second person decides; `may_be_alone` lets it happen at once while the firm has nobody else who could decide.
    """

    name: str
    path: str
    form: type[DoorForm]
    namespace: str
    find: Callable[..., Any] | None = None
    refuse: Callable[[Any, Any], str | None] = _anybody
    address: Callable[[Any], dict[str, Any]] = _by_public_id
    back: Callable[[Any], tuple[str, str]] = _nowhere
    button: str = ""
    lead: str = ""
    may_be_alone: bool = False
    browser: str = field(init=False, default="")
    api: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "browser", f"{self.namespace}:{self.name}")
        object.__setattr__(self, "api", f"api:{self.name.replace('_', '-')}")
        assert not self.parameters or self.find is not None, f"{self.name} finds nothing at its address"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the address's parameters."""
        return tuple(PARAMETER.findall(self.path))

    def subject(self, user: Any, parameters: Mapping[str, Any]) -> Any:
        """The row the door is about, or None where one is made. Raises Http404 for what the person may not see."""
        return self.find(user, **parameters) if self.find is not None else None

    def refusal_to(self, user: Any, subject: Any) -> str | None:
        """Why this person may not use the door for this subject, or None."""
        if not any(user.has_role(role) for role in self.roles):
            return self.refusal
        return self.refuse(user, subject)

    def now(self, subject: Any, *, user: Any, on: date) -> dict[str, Any]:
        """The present values of the subject, by field."""
        return dict(self.form.now(subject, user=user, on=on))

    def fresh(self, subject: Any, *, user: Any, on: date, given: Mapping[str, Any] | None = None) -> DoorForm:
        """The form as it is first shown; `given` are values that a link brings along, such as an id."""
        start = self.now(subject, user=user, on=on)
        brought = {name: (given or {})[name] for name in self.form.base_fields if name in (given or {})}
        return self.form(initial={**start, **brought}, subject=subject, user=user, on=on)

    def bound(self, data: Any, subject: Any, *, user: Any, on: date, files: Any = None) -> DoorForm:
        """The form with what was typed."""
        initial = self.now(subject, user=user, on=on)
        return self.form(data, files, initial=initial, subject=subject, user=user, on=on)


def digest_of(values: Mapping[str, Any]) -> str:
    """A digest of present values, so that a change that comes from an older page is noticed."""
    return fingerprint.of({name: raw(value) for name, value in values.items()}, kind="door")


def raw(value: Any) -> canonical.Json:
    """A field's value as a program sends it: figures and days as text, several choices as a list."""
    if value is None or isinstance(value, (bool, str)):
        return "" if value is None else value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Model):
        return str(getattr(value, "public_id", None) or value.pk)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [raw(one) for one in value]
    return canonical.decimal_text(value) if hasattr(value, "is_finite") else str(value)
