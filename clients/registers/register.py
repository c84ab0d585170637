"""The verbs of every register: enter a row, put another in its place, end it.

A register is one kind of fact that people enter row by row. Its rows never change: a change ends one and makes the next,
so that what was known on a day can be read years later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, transaction

from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

CHANGED = "Changed"
Values = Mapping[str, Any]


def _nothing(values: Values, on: date) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Register:
    """One kind of row. `columns` are what is entered; `about` is whose page and trail a row belongs to.

    `refusal` says why values cannot be entered on a day, as a sentence. `kept` are columns that a change leaves alone.
    """

    name: str
    model: type[models.Model]
    columns: tuple[str, ...]
    about: Callable[[Any], models.Model]
    words: Callable[[Any], str]
    entered: audit.Action
    changed: audit.Action
    ended: audit.Action
    refusal: Callable[[Values, date], str | None] = _nothing
    kept: tuple[str, ...] = ()

    def standing(self) -> models.QuerySet[Any]:
        """The rows that stand: neither changed nor ended."""
        return self.model._default_manager.filter(ended_at=None)

    def values_of(self, row: Any) -> dict[str, Any]:
        """What was entered."""
        return {name: getattr(row, name) for name in self.columns}


@transaction.atomic
def enter(register: Register, values: Values, *, user_id: int | None, by: Actor, at: datetime) -> Any:
    """Put a row on record. Raises `BadInput` for values that cannot be, `Conflict` where the same row stands."""
    row = _made(register, values, replaces=None, user_id=user_id, at=at)
    audit.record(
        register.entered,
        about=register.about(row),
        by=by,
        at=at,
        sealing=[(register.name, row.pk)],
        row=row.public_id,
        reason=register.words(row),
    )
    return row


@transaction.atomic
def change(
    register: Register, row: Any, values: Values, *, user_id: int | None, by: Actor, at: datetime
) -> Any:
    """Put another row in the place of one. Raises `BadInput` when nothing is changed."""
    row = _locked(register, row)
    before = register.values_of(row)
    after = {**before, **{name: one for name, one in values.items() if name not in register.kept}}
    different = {name for name in register.columns if before[name] != after[name]}
    if not different:
        raise BadInput("Nothing is changed.", "Change a value, or leave the page.")
    _end(row, reason=CHANGED, user_id=user_id, at=at)
    fresh = _made(register, after, replaces=row, user_id=user_id, at=at)
    audit.record(
        register.changed,
        about=register.about(fresh),
        by=by,
        at=at,
        sealing=[(register.name, fresh.pk), (f"{register.name}_ended", row.pk)],
        row=fresh.public_id,
        changed={
            name: {"before": _text(before[name]), "after": _text(after[name])} for name in sorted(different)
        },
    )
    return fresh


@transaction.atomic
def end(register: Register, row: Any, *, reason: str, user_id: int | None, by: Actor, at: datetime) -> Any:
    """End a row; it stays on record with the reason. Raises `BadInput` without one, `Conflict` for an ended row."""
    row = _locked(register, row)
    if not reason.strip():
        raise BadInput("Ending this needs a reason.", "Say in a sentence why.")
    _end(row, reason=reason.strip()[:200], user_id=user_id, at=at)
    audit.record(
        register.ended,
        about=register.about(row),
        by=by,
        at=at,
        sealing=[(f"{register.name}_ended", row.pk)],
        row=row.public_id,
        reason=f"{register.words(row)}: {row.end_reason}",
    )
    return row


def _made(register: Register, values: Values, *, replaces: Any, user_id: int | None, at: datetime) -> Any:
    on = at.astimezone(clock.EASTERN).date()
    if refusal := register.refusal(values, on):
        raise BadInput(refusal, "Correct the value.")
    try:
        with transaction.atomic():
            row: Any = register.model._default_manager.create(
                **{name: values.get(name) for name in register.columns},
                replaces=replaces,
                entered_by_id=user_id,
                entered_at=at,
            )
    except IntegrityError as error:
        if "one_" not in str(error):
            raise
        raise Conflict("The same is on record already.", "Change the row that stands instead.") from error
    return row


def _end(row: Any, *, reason: str, user_id: int | None, at: datetime) -> None:
    row.ended_at, row.ended_by_id, row.end_reason = at, user_id, reason
    row.save(update_fields=["ended_at", "ended_by", "end_reason"])


def _locked(register: Register, row: Any) -> Any:
    found: Any = register.model._default_manager.select_for_update().get(pk=row.pk)
    if found.ended_at is not None:
        raise Conflict("This row has ended already.", "Look at the one that took its place.")
    return found


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
