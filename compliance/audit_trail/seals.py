"""Seals: each decided row's values are recorded on the audit trail, so that a later edit of the row is
detected.

A verb that decides something passes `audit.record` the rows it decided. Their values, read back from the
database, become part of the event's facts and so of the hash chain: short values as they are, long ones as
their SHA-256; the parts of a whole (orders of a revision, findings of an examination) as a count and one
digest. Verifying reads all tables again and reports a value that differs, a row that is gone, and a row that
no event records. See docs/adr/0006-rows-bound-to-documents.md.

The kinds of all floors are named in `settings.SEALED_KINDS`, further checks in `settings.AUDIT_CHECKS`: this
floor knows none of the tables above it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

KEY = "sealed"
"""The name under which an event's facts carry its seals."""
SHORT_MAX = 64
NOTHING = ("0", "")
"""The values of a whole that has no parts."""

Thing = tuple[str, object]
"""A kind by name, and the key of the row, or of the row that the parts belong to."""
Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of decided row: its table (called `t`) and the columns that never change once it is decided.

    `whole` names what the rows are parts of, such as `t.revision_id`; empty for rows that stand alone.
    `where` says which rows of the table are decided; empty: all. `open` lists the table's columns that this
    kind leaves out. `called` is the row's name for people. `later`: earlier versions kept such rows without
    a seal, and the upgrade seals them once (`audit.seal_what_was_there`). `carried` says which rows an upgrade has
    brought from a table that is gone; it seals them once too. `restated`: the rows may change and go, and each change
    seals what is there anew.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    open: tuple[str, ...] = ()
    whole: str = ""
    joined: str = ""
    where: str = ""
    called: str = "t.id::text"
    later: bool = False
    carried: str = ""
    restated: bool = False

    @property
    def label(self) -> str:
        return self.name.replace("_", " ")

    @property
    def told(self) -> tuple[str, ...]:
        """The names of the values."""
        return ("rows", "content") if self.whole else self.columns


@dataclass(frozen=True, slots=True)
class Fault:
    """A decided row that differs from what was recorded. `seq` is the event that recorded it, if any."""

    thing: str
    recorded: str
    stands: str
    seq: int | None = None

    def __str__(self) -> str:
        return f"{self.thing}: recorded {self.recorded}, now {self.stands}"


@dataclass(frozen=True, slots=True)
class Seal:
    """The values of one row as an event recorded them."""

    seq: int
    values: Values


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind there is, by name."""
    listed = [kind for path in settings.SEALED_KINDS for kind in import_string(path)]
    assert len({kind.name for kind in listed}) == len(listed), "each kind has a name of its own"
    return {kind.name: kind for kind in listed}


def of(things: Iterable[Thing]) -> dict[str, list[str | None]]:
    """The seals of these rows from the database, in the form in which an event carries them."""
    asked: dict[str, list[str]] = defaultdict(list)
    for name, key in things:
        asked[name].append(str(key))
    # One query for all of them: each kind's rows are marked with its place.
    parts = [
        f"SELECT {place}, part.* FROM ({_query(kinds()[name])}) AS part"  # noqa: S608
        for place, name in enumerate(asked)
    ]
    stands: dict[tuple[str, str], list[str | None]] = {}
    if parts:
        names = list(asked)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), [[int(key) for key in keys] for keys in asked.values()])
            stands = {(names[place], key): list(values) for place, key, _, values in cursor.fetchall()}
    found: dict[str, list[str | None]] = {}
    for name, keys in asked.items():
        for key in keys:
            assert (name, key) in stands or kinds()[name].whole, (
                f"{name} {key} does not exist, so it cannot be sealed"
            )
            found[f"{name}/{key}"] = stands.get((name, key), list(NOTHING))
    return found


def standing(
    kind: Kind, keys: Collection[str] | None = None, *, only: str = ""
) -> dict[str, tuple[str, Values]]:
    """The present rows by key, with their name and values. `keys` None: all rows; `only` is a further condition."""
    with connection.cursor() as cursor:
        cursor.execute(
            _query(kind, are_named=keys is not None, only=only),
            [[int(key) for key in keys]] if keys is not None else None,
        )
        return {key: (called, tuple(values)) for key, called, values in cursor.fetchall()}


def _query(kind: Kind, *, are_named: bool = True, only: str = "") -> str:
    """The query for the rows of a kind: key, name, and values as an array. `are_named`: those whose keys are its parameter."""
    cells = ", ".join(_cell(f"t.{column}") for column in kind.columns)
    scope = kind.whole or "t.id"
    among = f"{scope} = ANY(%s)" if are_named else ""
    wanted = " AND ".join(f"({one})" for one in (kind.where, among, only) if one)
    source = f"{kind.table} AS t {kind.joined} {f'WHERE {wanted}' if wanted else ''}"
    if kind.whole:
        # Rows are ordered by their text, so that row keys do not matter.
        return (
            f"SELECT scope::text, 'of ' || scope, ARRAY[count(*)::text, encode(sha256(convert_to(string_agg(content, E'\\n'"  # noqa: S608
            f" ORDER BY content COLLATE \"C\"), 'UTF8')), 'hex')] FROM (SELECT {scope} AS scope,"
            f" jsonb_build_array({cells})::text AS content FROM {source}) AS parts GROUP BY scope"
        )
    return f"SELECT t.id::text, {kind.called}, ARRAY[{cells}] FROM {source}"  # noqa: S608


def carried(facts: str) -> dict[str, Values]:
    """The seals that an event's facts carry."""
    if f'"{KEY}":{{' not in facts:
        return {}
    told = json.loads(facts).get(KEY, {})
    return {key: tuple(values) for key, values in told.items()}


def compare(sealed: Mapping[str, Seal], *, all_of_them: bool) -> list[Fault]:
    """Differences from the last seals. With `all_of_them` every decided row must have a seal."""
    by_kind: dict[str, dict[str, Seal]] = defaultdict(dict)
    for key, seal in sealed.items():
        name, _, number = key.partition("/")
        by_kind[name][number] = seal
    found: list[Fault] = []
    for name in kinds() if all_of_them else by_kind:
        if name not in kinds():
            continue  # Sealed by another version of the product.
        recorded = by_kind[name]
        stands = standing(kinds()[name], None if all_of_them else list(recorded))
        found += _compared(kinds()[name], recorded, stands)
    return found


def further_faults() -> Iterator[Fault]:
    """The checks that other floors add to the comparison of rows with seals."""
    checks: Sequence[Callable[[], Iterable[Fault]]] = [import_string(path) for path in settings.AUDIT_CHECKS]
    for check in checks:
        yield from check()


def everything() -> list[Thing]:
    """Every decided row on record, which an upgrade seals once."""
    return [thing for kind in kinds().values() for thing in of_kind(kind)]


def later() -> list[Kind]:
    """The kinds that versions before this one kept without a seal."""
    return [kind for kind in kinds().values() if kind.later]


def of_kind(kind: Kind, *, only: str = "") -> list[Thing]:
    """Every decided row of a kind, or those of a condition."""
    return [(kind.name, key) for key in sorted(standing(kind, only=only), key=int)]


def _compared(
    kind: Kind, recorded: Mapping[str, Seal], stands: Mapping[str, tuple[str, Values]]
) -> Iterator[Fault]:
    for key in sorted(recorded.keys() | stands.keys(), key=int):
        called, now = stands.get(key, (key, NOTHING if kind.whole else None))
        thing = f"{kind.label} {called}"
        seal = recorded.get(key)
        if seal is None:
            yield Fault(thing, "nothing: no event records it", _shown(kind, now or ()))
        elif now is None:
            yield Fault(thing, _shown(kind, seal.values), "gone", seal.seq)
        else:
            # An earlier version may have sealed fewer columns; new ones are appended.
            for name, before, after in zip(kind.told, seal.values, now, strict=False):
                if before != after:
                    yield Fault(f"{thing}, {name}", _value(before), _value(after), seal.seq)


def _cell(column: str) -> str:
    text = f"{column}::text"
    return (
        f"CASE WHEN length({text}) > {SHORT_MAX}"
        f" THEN 'sha256:' || encode(sha256(convert_to({text}, 'UTF8')), 'hex') ELSE {text} END"
    )


def _shown(kind: Kind, values: Values) -> str:
    return ", ".join(
        f"{name} {_value(value)}" for name, value in zip(kind.told, values, strict=False) if value
    )


def _value(value: str | None) -> str:
    if value is None:
        return "empty"
    return value[:19] if value.startswith("sha256:") else value[:SHORT_MAX] or "blank"
