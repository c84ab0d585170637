"""What an address asks of a list: filters, an order, a page or a file. A parameter that means nothing is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from compliance.models import AuditEvent

FORMATS = ("csv", "xlsx", "zip")
VIEW, SEARCHES = "view", "list_searches"
"""The parameter that names a search, and where the session keeps them."""
OF_EVERY_LIST = frozenset({"page", "ordering", "export"})

Key = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one list can be asked.

    `orderings` maps a name to the columns of a query, or to the key of a row where the list is computed. `usual` is the
    order without a word in the address, "" that of the source; `first_down` the columns whose first click sorts down.
    `defaults` are the filters of an address that names none. `about` is what an export is about on the audit trail.
    `searched` says where a page looks for a text: columns of the query, or the words of a computed row.
    """

    name: str
    about: tuple[str, str]
    filters: type[django_filters.FilterSet]
    orderings: Mapping[str, tuple[str, ...] | Key] = field(default_factory=dict)
    usual: str = ""
    first_down: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    searched: tuple[str, ...] | Key = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A parameter that means nothing here, and a sentence about it."""

    name: str
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """An address, read. `chosen` are the filters' values, `texts` as they were written; `faults` what was refused.

    `text` is what somebody looks for, and `view` the id under which the session keeps it: names stay out of addresses.
    """

    kind: Kind
    texts: Mapping[str, str]
    chosen: Mapping[str, Any]
    ordering: str
    page: str | None
    export: str
    faults: tuple[Fault, ...]
    view: str = ""
    text: str = ""
    also: Q = field(default_factory=Q)
    """What else the text finds: rows that hold no name, by the ids of what it names."""

    @classmethod
    def on_page(cls, kind: Kind, request: HttpRequest) -> Asked:
        """What a page's address asks, with the search that this person's session keeps for it."""
        query = {name: value for name, value in request.GET.items() if name != VIEW or not kind.searched}
        found = cls.of(kind, query)
        view = request.GET.get(VIEW, "") if kind.searched else ""
        if not view:
            return found
        kept = request.session.get(SEARCHES, {}).get(view)
        if kept is None:
            fault = Fault(VIEW, "This search is no longer kept. Search again.")
            return replace(found, faults=(*found.faults, fault), chosen={}, ordering="", export="")
        return replace(found, view=view, text=kept)

    @classmethod
    def of(cls, kind: Kind, query: Mapping[str, Any]) -> Asked:
        known = frozenset(kind.filters.base_filters)
        given = {name: str(query.get(name) or "") for name in query if name in known}
        texts = given or dict(kind.defaults)
        form = _filterset(kind, texts).form
        faults = [
            Fault(name, f"There is no filter “{name}” here.")
            for name in sorted(set(query) - known - OF_EVERY_LIST)
        ]
        if not form.is_valid():
            faults += [
                Fault(name, f"{_label(kind, name)}: {error}")
                for name, errors in form.errors.items()
                for error in errors
            ]
        ordering = str(query.get("ordering") or "")
        if ordering and ordering.removeprefix("-") not in kind.orderings:
            allowed = ", ".join(sorted(kind.orderings)) or "nothing"
            faults.append(
                Fault("ordering", f"This list cannot be ordered by “{ordering}”, only by {allowed}.")
            )
        export = str(query.get("export") or "")
        if export and export not in FORMATS:
            faults.append(
                Fault(
                    "export",
                    f"A list is exported as {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, not as “{export}”.",
                )
            )
        return cls(
            kind=kind,
            texts=texts,
            chosen={} if faults else {name: form.cleaned_data.get(name) for name in known},
            ordering="" if faults else ordering,
            page=query.get("page"),
            export="" if faults else export,
            faults=tuple(faults),
        )

    def query(self, **changed: str) -> str:
        """The address of this view, or of it with something changed; without the page, which belongs to the moment."""
        parts = {
            **self.texts,
            "ordering": self.ordering,
            **({VIEW: self.view} if self.view else {}),
            **changed,
        }
        filters = self._filters(
            {name: value for name, value in parts.items() if name in self.kind.filters.base_filters}
        )
        others = {
            name: value
            for name, value in parts.items()
            if name not in self.kind.filters.base_filters and value
        }
        return urlencode({**({} if filters == dict(self.kind.defaults) else filters), **others})

    @property
    def is_filtered(self) -> bool:
        return bool(self.view) or self._filters(self.texts) != dict(self.kind.defaults)

    @property
    def is_whole(self) -> bool:
        """Whether no filter at all narrows the list, not even a default."""
        return not self.faults and not self.view and not self._filters(self.texts)

    @staticmethod
    def _filters(parts: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in parts.items() if value}

    def form(self) -> Any:
        """The filters as a form, filled in as asked."""
        return _filterset(self.kind, self.texts).form

    def narrowed(self, rows: QuerySet[Any], *, without: Iterable[str] = ()) -> QuerySet[Any]:
        """The rows asked for, in the order asked for; `without` a filter, to count what its other choices hold."""
        if self.faults:
            return rows.none()
        left = {name: value for name, value in self.texts.items() if name not in set(without)}
        found: QuerySet[Any] = _filterset(self.kind, left, rows).qs
        if self.text:
            assert isinstance(self.kind.searched, tuple), "a list of the database is searched by its columns"
            named = (Q(**{f"{column}__icontains": self.text}) for column in self.kind.searched)
            found = found.filter(reduce(or_, named) | self.also if self.also else reduce(or_, named))
        how = self.ordering or self.kind.usual
        columns = self.kind.orderings.get(how.removeprefix("-"))
        if columns is None:
            return found
        assert isinstance(columns, tuple), "a list of the database is ordered by its columns"
        return found.order_by(*(_turned(column) if how.startswith("-") else column for column in columns))

    def ordered(self, rows: Sequence[Any]) -> list[Any]:
        """The same for rows that were computed; without an order they keep the one they come in."""
        if self.faults:
            return []
        if self.text:
            words = self.kind.searched
            assert callable(words), "a computed list is searched by the words of its rows"
            rows = [row for row in rows if self.text.casefold() in str(words(row)).casefold()]
        how = self.ordering or self.kind.usual
        key = self.kind.orderings.get(how.removeprefix("-"))
        if key is None:
            return list(rows)
        assert callable(key), "a computed list is ordered by a key of its rows"
        return sorted(rows, key=key, reverse=how.startswith("-"))


def _label(kind: Kind, name: str) -> str:
    filters: Mapping[str, Any] = kind.filters.base_filters
    return str(
        filters[name].extra.get("label") or filters[name]._label or name.replace("_", " ").capitalize()
    )


def _filterset(
    kind: Kind, texts: Mapping[str, str], rows: QuerySet[Any] | None = None
) -> django_filters.FilterSet:
    # A filter set wants some query even where only its form is read.
    return kind.filters(data=texts, queryset=AuditEvent.objects.none() if rows is None else rows)


def _turned(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"
