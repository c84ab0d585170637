"""The verbs of every register: enter a row, put another in its place, end it.

A register is one kind of fact that people enter row by row. Its rows never change: a change ends one and makes the next,
so that what was known on a day can be read years later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
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


def _no_more(row: Any) -> Values:
    return {}


@dataclass(frozen=True, slots=True)
class Register:
    """One kind of row. `columns` are what is entered; `about` is whose page and trail a row belongs to.

    `refusal` says why values cannot be entered on a day, as a sentence. `kept` are columns that a change leaves alone.
    `told` are further facts of a row for the trail.
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
    told: Callable[[Any], Values] = _no_more

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
        **register.told(row),
    )
    return row


@transaction.atomic
def change(
    register: Register, row: Any, values: Values, *, user_id: int | None, by: Actor, at: datetime
) -> Any:
    """Put another row in the place of one. Raises `BadInput` when nothing is changed."""
    row = taken_up(row)
    before = register.values_of(row)
    after = {**before, **{name: one for name, one in values.items() if name not in register.kept}}
    different = {name for name in register.columns if before[name] != after[name]}
    if not different:
        raise BadInput("Nothing is changed.", "Change a value, or leave the page.")
    close(row, reason=CHANGED, user_id=user_id, at=at)
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
        **register.told(fresh),
    )
    return fresh


@transaction.atomic
def end(
    register: Register,
    row: Any,
    *,
    reason: str,
    user_id: int | None,
    by: Actor,
    at: datetime,
    values: Values = MappingProxyType({}),
) -> Any:
    """End a row; it stays on record with the reason. Raises `BadInput` without one, `Conflict` for an ended row.

    `values` are columns that are filled in when it ends.
    """
    row = taken_up(row)
    close(row, reason=reason, user_id=user_id, at=at, values=values)
    audit.record(
        register.ended,
        about=register.about(row),
        by=by,
        at=at,
        sealing=[(f"{register.name}_ended", row.pk)],
        row=row.public_id,
        reason=f"{register.words(row)}: {row.end_reason}",
        **values,
        **register.told(row),
    )
    return row


def taken_up(row: Any) -> Any:
    """The row, locked against a second change. Raises `Conflict` for one that has ended."""
    found: Any = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if found.ended_at is not None:
        raise Conflict("This row has ended already.", "Look at the one that took its place.")
    return found


def close(
    row: Any,
    *,
    reason: str,
    user_id: int | None,
    at: datetime,
    values: Values = MappingProxyType({}),
) -> None:
    """Write the end of a row; the caller puts it on the trail. Raises `BadInput` without a reason."""
    if not reason.strip():
        raise BadInput("Ending this needs a reason.", "Say in a sentence why.")
    ending = {"ended_at": at, "ended_by_id": user_id, "end_reason": reason.strip()[:200], **values}
    for name, value in ending.items():
        setattr(row, name, value)
    row.save(update_fields=[name.removesuffix("_id") for name in ending])


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


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
