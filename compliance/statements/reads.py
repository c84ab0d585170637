"""What one page reads: statements that are built once for each process, several in one round trip, and none of them twice.

Most of what a page of many small tables costs is not the database: it is putting the same statements together again for each
household. A function that returns a queryset is ``prepared``: of arguments of the same kinds it is put together once, and
later only its values are set in. ``together(flows.asked([7], until=day), ...)`` then sends many of them in one round trip and
gives the rows of each, as the queryset would. Whether setting in the values gives the statement that the queryset gives is
tried on first use; a function of which that is not so is put together each time.

Inside ``with once():`` a statement that was already answered is answered by what was read, so that blocks of a page need not
know of each other. Nothing that was read is kept longer than that; rows become objects anew for each who asks.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import update_wrapper
from itertools import islice
from typing import Any, Generic, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet

P = ParamSpec("P")
R = TypeVar("R")
Row = tuple[Any, ...]
MANY = (list, tuple)
FIRST_MARK = 31_337
FIRST_DAY = date(1066, 10, 14)
ARGUMENTS_MAX = 64
"""So many values can be set in; of more, such as the households of a worker's turn, the statement is put together each time."""
HARMLESS = frozenset({"SELECT compliance_now()"})
SELECT, OF_A_TABLE = "SELECT ", ' FROM "'
LOCKS = (" FOR UPDATE", " FOR NO KEY UPDATE", " FOR SHARE", " FOR KEY SHARE")


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement with its values, and how its answer becomes rows."""

    statement: str
    values: tuple[Any, ...]
    made: Callable[[list[Row]], list[Any]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement put together once. `places` are, for each value, the argument that it is, or None where it is always the same."""

    statement: str
    values: tuple[Any, ...]
    places: tuple[int | None, ...]
    made: Callable[[list[Row]], list[Any]]

    def asked(self, arguments: Sequence[Any]) -> Asked:
        filled = tuple(
            value if place is None else arguments[place]
            for value, place in zip(self.values, self.places, strict=True)
        )
        return Asked(self.statement, filled, self.made)


class Prepared(Generic[P, R]):
    """A function that returns a queryset. Called, it does just that; `rows` reads it, and `asked` is for `together`."""

    def __init__(self, build: Callable[P, QuerySet[Any, R]]) -> None:
        self._build = build
        self._plans: dict[Any, _Plan | None] = {}
        update_wrapper(self, build)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> QuerySet[Any, R]:
        return self._build(*args, **kwargs)

    def rows(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """What the queryset holds."""
        (found,) = together(self.asked(*args, **kwargs))
        return found

    def asked(self, *args: P.args, **kwargs: P.kwargs) -> Asked | None:
        """The statement for these arguments; None where it is known without asking that nothing is found."""
        arguments = list(_flat([*args, *kwargs.values()]))
        kinds = (*map(_kind, args), *((name, _kind(one)) for name, one in kwargs.items()))
        if kinds not in self._plans and len(arguments) <= ARGUMENTS_MAX:
            self._plans[kinds] = self._planned(args, kwargs, arguments)
        plan = self._plans.get(kinds)
        return _asked(self._build(*args, **kwargs)) if plan is None else plan.asked(arguments)

    def _planned(self, args: Any, kwargs: Any, arguments: Sequence[Any]) -> _Plan | None:
        told = _asked(self._build(*args, **kwargs))
        marks = iter(range(len(arguments)))
        by_place = [_marked(one, marks) for one in args]
        marked = _asked(self._build(*by_place, **{name: _marked(one, marks) for name, one in kwargs.items()}))
        if marked is None or told is None:
            return None
        known = {_key(_mark(one, place)): place for place, one in enumerate(arguments) if _can_be_set_in(one)}
        places = tuple(known.get(_key(value)) for value in marked.values)
        plan = _Plan(marked.statement, marked.values, places, marked.made)
        same = plan.asked(arguments)
        return plan if _text(same) == _text(told) else None


def prepared(build: Callable[P, QuerySet[Any, R]]) -> Prepared[P, R]:
    """Put the statement of this function together once for each process."""
    return Prepared(build)


def together(*asked: Asked | None) -> list[list[Any]]:
    """The rows of each, in one round trip: the database answers the statements one after the other."""
    texts = [None if one is None else _text(one) for one in asked]
    kept = _kept.get()
    answers = {} if kept is None else kept.answers
    _read([one for one in dict.fromkeys(texts) if one is not None and one not in answers], into=answers)
    return [
        [] if one is None or text is None else one.made(answers[text])
        for one, text in zip(asked, texts, strict=True)
    ]


def _text(asked: Asked) -> str:
    text: str = connection.ops.compose_sql(asked.statement, asked.values)  # type: ignore[attr-defined]  # Of PostgreSQL.
    return text


def _read(texts: list[str], *, into: dict[str, list[Row]]) -> None:
    if not texts:
        return
    kept = _kept.get()
    with connection.cursor() if kept is None else kept.opened() as cursor:
        cursor.execute("; ".join(texts))
        for place, text in enumerate(texts):
            if place:
                cursor.nextset()
            into[text] = cursor.fetchall()


class _Kept:
    """The answers of one page, by statement."""

    def __init__(self, opened: Callable[..., Any]) -> None:
        self.opened = opened
        self.answers: dict[str, list[Row]] = {}

    def cursor(self, *args: Any, **kwargs: Any) -> _Cursor:
        return _Cursor(self, args, kwargs)


class _Cursor:
    """As Django uses a cursor; a statement that only reads tables is answered by what is kept."""

    def __init__(self, kept: _Kept, args: Any, kwargs: Any) -> None:
        self._kept, self._opening = kept, (args, kwargs)
        self._rows: Iterator[Row] | None = None
        self._real: Any = None

    def execute(self, sql: Any, params: Any = None) -> Any:
        if not _only_reads(sql):
            if sql not in HARMLESS:
                self._kept.answers.clear()
            return self._passed_on().execute(sql, params)
        text = sql if params is None else connection.ops.compose_sql(sql, params)  # type: ignore[attr-defined]
        if text not in self._kept.answers:
            _read([text], into=self._kept.answers)
        self._rows = iter(self._kept.answers[text])
        return None

    def fetchone(self) -> Row | None:
        return self._real.fetchone() if self._rows is None else next(self._rows, None)

    def fetchmany(self, size: int) -> list[Row]:
        if self._rows is None:
            found: list[Row] = self._real.fetchmany(size)
            return found
        return list(islice(self._rows, size))

    def fetchall(self) -> list[Row]:
        return list(self._real.fetchall() if self._rows is None else self._rows)

    def close(self) -> None:
        if self._real is not None:
            self._real.close()

    def __iter__(self) -> Iterator[Row]:
        return iter(self._real if self._rows is None else self._rows)

    def __enter__(self) -> _Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._passed_on(), name)

    def _passed_on(self) -> Any:
        if self._real is None:
            args, kwargs = self._opening
            self._real = self._kept.opened(*args, **kwargs)
        return self._real


_kept: ContextVar[_Kept | None] = ContextVar("_kept", default=None)


@contextmanager
def once() -> Iterator[None]:
    """Read each statement once inside the block, which only reads. A statement that could write ends what is kept."""
    if _kept.get() is not None:
        yield
        return
    kept = _Kept(connection.cursor)
    token = _kept.set(kept)
    connection.cursor = kept.cursor  # type: ignore[method-assign, assignment]  # Until the block ends.
    try:
        yield
    finally:
        del connection.cursor  # That of its class again.
        _kept.reset(token)


def _only_reads(sql: Any) -> bool:
    return (
        isinstance(sql, str)
        and sql.startswith(SELECT)
        and OF_A_TABLE in sql
        and not any(lock in sql for lock in LOCKS)
    )


def _asked(rows: QuerySet[Any, Any]) -> Asked | None:
    compiler = rows.query.get_compiler(using=rows.db)
    try:
        statement, values = compiler.as_sql()
    except EmptyResultSet:
        return None
    return Asked(statement, tuple(values), lambda found: _made(rows, compiler, found))


class _Query:
    """A query whose statement was answered."""

    def __init__(self, query: Any, compiler: Any, found: list[Row]) -> None:
        self._query, self._compiler = query, copy.copy(compiler)
        self._compiler.execute_sql = lambda *_, **__: [found]

    def get_compiler(self, *_: Any, **__: Any) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


def _made(rows: QuerySet[Any, Any], compiler: Any, found: list[Row]) -> list[Any]:
    """What the queryset makes of these rows."""
    if not found:
        return []
    answered = object.__new__(type(rows))
    answered.__dict__.update(rows.__dict__)
    answered._query = _Query(rows.query, compiler, found)  # type: ignore[attr-defined]
    made: Any = rows._iterable_class
    return list(made(answered))


def joined(rows: Sequence[Model], name: str, children: Iterable[Model], *, by: str) -> None:
    """Give each row those of the children that name it, as a prefetch of the relation `name` does."""
    of: dict[Any, list[Model]] = {one.pk: [] for one in rows}
    parents = {one.pk: one for one in rows}
    for child in children:
        if (key := getattr(child, f"{by}_id")) in parents:
            setattr(child, by, parents[key])
            of[key].append(child)
    for one in rows:
        found = getattr(one, name).all()
        found._result_cache, found._prefetch_done = of[one.pk], True
        if not hasattr(one, "_prefetched_objects_cache"):
            one._prefetched_objects_cache = {}  # type: ignore[attr-defined]
        one._prefetched_objects_cache[name] = found  # type: ignore[attr-defined]


def _flat(arguments: Sequence[Any]) -> Iterator[Any]:
    for one in arguments:
        if isinstance(one, MANY):
            yield from one
        else:
            yield one


def _kind(argument: Any) -> Any:
    """What of an argument a statement's form depends on: anything but a key, a text or a day counts as a whole."""
    if isinstance(argument, MANY):
        return tuple(map(_kind, argument))
    return type(argument) if _can_be_set_in(argument) else argument


def _can_be_set_in(one: Any) -> bool:
    return type(one) in (int, str, date, datetime)


def _marked(argument: Any, places: Iterator[int]) -> Any:
    if isinstance(argument, MANY):
        return type(argument)(_mark(one, next(places)) for one in argument)
    return _mark(argument, next(places))


def _mark(one: Any, place: int) -> Any:
    """A value that stands nowhere by itself, of the kind of an argument."""
    if type(one) is int:
        return FIRST_MARK + place
    if type(one) is str:
        return f"{FIRST_MARK + place}"
    if type(one) is date:
        return FIRST_DAY + timedelta(days=place)
    if type(one) is datetime:
        return datetime.combine(FIRST_DAY + timedelta(days=place), datetime.min.time(), one.tzinfo)
    return one


def _key(value: Any) -> tuple[type, str]:
    return type(value), repr(value)
