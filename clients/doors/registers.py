"""What the doors of every register have in common: a form that enters or changes a row, and one that ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.doors import looking_up
from clients.registers import files
from clients.registers import register as verbs
from clients.registers.files import Layout
from clients.registers.register import Register
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
SIZE_MAX = 256 * 1024
READERS_ONLY = "These pages are for the firm's desk."


class Entry(DoorForm):
    """A row of a register as it is typed: a new one, or the one that takes the place of `subject`.

    `given` are the columns that the fields do not carry themselves.
    """

    register: ClassVar[Register]
    page: ClassVar[str]
    """The name of the URL of a row's own page."""

    @property
    def row(self) -> Any:
        """The row that is changed, or None where one is entered."""
        return self.subject if isinstance(self.subject, self.register.model) else None

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        if not isinstance(subject, cls.register.model):
            return {}
        return {name: getattr(subject, name) for name in cls.register.columns if name in cls.base_fields}

    def values(self) -> dict[str, Any]:
        """What was typed, by the register's columns."""
        return {name: self.cleaned_data.get(name) for name in self.register.columns if name in self.fields}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            before = self.register.values_of(self.row) if self.row is not None else {}
            empty = dict.fromkeys(self.register.columns)
            if refusal := self.register.refusal({**empty, **before, **self.values()}, self.on):
                self.add_error(None, refusal)
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        acts: dict[str, Any] = {"user_id": self.user.pk, "by": by, "at": at}
        if self.row is not None:
            row = verbs.change(self.register, self.row, self.values(), **acts)
            return Done("It is changed; the row before it stays on record.", self.url_of(row), row)
        row = verbs.enter(self.register, self.values(), **acts)
        return Done(f"On record: {self.register.words(row)}.", self.url_of(row), row)

    @classmethod
    def url_of(cls, row: Any) -> str:
        """The address of a row's own page."""
        return reverse(cls.page, args=[row.public_id])


class OfSecurity(Entry):
    """A row about a security, which is named by its symbol when it is entered and never changes."""

    symbol = forms.CharField(
        label="Symbol", max_length=40, error_messages={"required": "Write the symbol of the security."}
    )

    def offer(self) -> None:
        self.security = None if self.row is None else self.row.security
        if self.row is not None:
            self.fields["symbol"].required = False
            self.fields["symbol"].disabled = True

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        there = super().now(subject, user=user, on=on)
        return {"symbol": subject.security.symbol if subject.security else "", **there} if there else {}

    def clean_symbol(self) -> str:
        symbol = str(self.cleaned_data["symbol"]).strip()
        if self.row is None and symbol:
            self.security = access.securities_for(self.user).filter(symbol__iexact=symbol).first()
            if self.security is None:
                raise forms.ValidationError(f"There is no security {symbol} on record.")
        return symbol

    def values(self) -> dict[str, Any]:
        return {"security": self.security, **super().values()}


class FromFile(DoorForm):
    """A file of rows, pasted or chosen. The check page shows what each line would do."""

    layout: ClassVar[Layout]
    page: ClassVar[str]
    rows = forms.CharField(
        label="Lines of the file",
        required=False,
        max_length=SIZE_MAX,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )
    upload = forms.FileField(label="Or a file", required=False, max_length=200)
    source = forms.CharField(label="Source", max_length=200, error_messages={"required": "Name the source."})

    def offer(self) -> None:
        columns = ", ".join(self.layout.columns)
        self.fields["rows"].help_text = f"CSV with a line of captions: {columns}."
        self.fields["rows"].widget.attrs["placeholder"] = self.layout.example

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if upload := given.get("upload"):
            try:
                given["rows"] = upload.read(SIZE_MAX + 1).decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("upload", "The file is not UTF-8 text. Save it as UTF-8 and try again.")
                return given
            # The check page sends the text back; a file cannot be chosen twice.
            self.data = {**{name: self.data.get(name) for name in self.data}, "rows": given["rows"]}
            self.files = type(self.files)()
        if len(given.get("rows") or "") > SIZE_MAX:
            self.add_error("rows", "The file is larger than 256 KB.")
        elif not (given.get("rows") or "").strip():
            self.add_error("rows", "Paste the lines, or choose a file.")
        elif not self.errors:
            self.plan = files.plan(self.layout, given["rows"], source=given["source"], on=self.on)
            for fault in self.plan.faults[:20]:
                self.add_error("rows", fault)
        return given

    def follows(self) -> list[tuple[str, str, str]]:
        return [(one.label, one.before, one.after) for one in self.plan.steps]

    def act(self, *, by: Actor, at: datetime) -> Done:
        counts = files.load(self.plan, user_id=self.user.pk, by=by, at=at)
        sentence = f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged."
        return Done(sentence, reverse(self.page), None)


class Ending(DoorForm):
    """Why a row ends."""

    register: ClassVar[Register]
    page: ClassVar[str]
    reason = looking_up.reason(missing="Say why; it stays on record.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        reason = self.cleaned_data["reason"]
        row = verbs.end(self.register, self.subject, reason=reason, user_id=self.user.pk, by=by, at=at)
        return Done("It has ended; it stays on record.", reverse(self.page, args=[row.public_id]), row)


def ended(user: Any, row: Any) -> str | None:
    """Why a row cannot be changed or ended any more."""
    return "This row has ended already." if row.ended_at is not None else None


def finder(mine: Callable[[Any], QuerySet[Any]]) -> Callable[..., Any]:
    """The look-up of a row at its address."""

    def find(user: Any, public_id: str) -> Any:
        return get_object_or_404(mine(user), public_id=public_id)

    return find


def file_door(
    register: Register,
    *,
    form: type[FromFile],
    noun: str,
    title: str,
    path: str,
    file: str,
    roles: frozenset[Role],
    refusal: str,
) -> FormDoor:
    """The door that loads a file of a register's rows."""
    return FormDoor(
        namespace="clients",
        name=f"{register.name}_file",
        noun=noun,
        act=Act.FILE,
        title=title,
        path=path,
        roles=roles,
        refusal=refusal,
        form=form,
        back=lambda _: (noun, reverse(f"clients:{register.name}_list")),
        actions=(register.entered, register.changed),
        verbs=(files.load,),
        file=file,
        checked=True,
    )


def doors(
    register: Register,
    *,
    noun: str,
    one: str,
    path: str,
    form: type[Entry],
    mine: Callable[[Any], QuerySet[Any]],
    roles: frozenset[Role],
    refusal: str,
    create: Mapping[str, Any] | None = None,
    ending: str = "End",
    file: str = "",
    refuse: Callable[[Any, Any], str | None] = ended,
) -> tuple[Door, ...]:
    """The doors of a register at `path`: enter, change and end a row, the list, and one row with its history.

    `one` names a row in a title (`a fund distribution`); `create` overrides where a row is entered; `refuse` says why a row
    cannot be changed or ended.
    """
    name = register.name
    end_form = type(f"End{form.__name__}", (Ending,), {"register": register, "page": form.page})
    find = finder(mine)

    def back(row: Any) -> tuple[str, str]:
        if not isinstance(row, register.model):
            return noun, reverse(f"clients:{name}_list")
        return register.words(row), form.url_of(row)

    shared: dict[str, Any] = {"namespace": "clients", "noun": noun, "roles": roles, "refusal": refusal}
    of_row: dict[str, Any] = {**shared, "find": find, "back": back, "refuse": refuse}
    reading: dict[str, Any] = {"noun": noun, "roles": READERS, "refusal": READERS_ONLY}
    entering: dict[str, Any] = {
        "path": f"{path}/add/", "back": lambda _: (noun, reverse(f"clients:{name}_list")), **(create or {})
    }  # fmt: skip
    actions: tuple[Action, Action, Action] = (register.entered, register.changed, register.ended)
    return (
        FormDoor(
            name=f"{name}_enter", act=Act.CREATE, title=f"Enter {one}", form=form, actions=(actions[0],),
            verbs=(verbs.enter,), checked=True, **shared, **entering,
        ),
        FormDoor(
            name=f"{name}_change", act=Act.EDIT, title=f"Change {one}", form=form,
            path=f"{path}/<slug:public_id>/change/", actions=(actions[1],), verbs=(verbs.change,), checked=True,
            **of_row,
        ),
        FormDoor(
            name=f"{name}_end", act=Act.RETIRE, title=f"{ending} {one}", form=end_form,
            path=f"{path}/<slug:public_id>/end/", actions=(actions[2],), verbs=(verbs.end,), **of_row,
        ),
        Door(
            act=Act.READ, title=noun, browser=f"clients:{name}_list", api=f"api:{name.replace('_', '-')}-list",
            file=file, **reading,
        ),
        Door(
            act=Act.HISTORY, title="One row with its history", browser=f"clients:{name}",
            api=f"api:{name.replace('_', '-')}", **reading,
        ),
    )  # fmt: skip
