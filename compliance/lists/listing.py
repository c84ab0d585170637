"""What a template needs to draw a list: chips, columns that sort, the pager, the addresses of its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import HiddenInput, Select

from compliance.lists.asked import FORMATS, Asked, Fault

ROWS_A_PAGE = 50
PAGES_MAX = 1_000_000
ROWS_ON_A_PHONE = 15
"""How many rows of a page a phone shows before somebody asks for all; the style sheet counts to the same number."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter as a link; `count` is how many rows it leaves, None where nobody counted."""

    label: str
    url: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Chips:
    label: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be sorted: the link, and how it is sorted now."""

    label: str
    url: str
    aria: str


@dataclass(frozen=True, slots=True)
class Pager:
    """Where in the list this page is; numbers of None: there is no such page."""

    number: int
    first: int
    last: int
    count: int
    previous: int | None
    next: int | None

    @property
    def is_alone(self) -> bool:
        return self.previous is None and self.next is None

    @property
    def rows(self) -> int:
        """How many rows this page has."""
        return self.last - self.first + 1 if self.count else 0

    @property
    def is_long(self) -> bool:
        return self.rows > ROWS_ON_A_PHONE


@dataclass(frozen=True, slots=True)
class FileLink:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Search:
    """The search of a list: what was looked for and under which id it is kept, and the view without it."""

    text: str
    view: str
    query: str
    all_url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list. `total` is what the list holds without any filter.

    `search` is None where there are no names to look for; `form` holds the filters that are no chips.
    """

    chips: tuple[Chips, ...]
    columns: Mapping[str, Column]
    pager: Pager
    query: str
    total: int
    is_filtered: bool
    faults: tuple[Fault, ...]
    files: tuple[FileLink, ...]
    search: Search | None = None
    form: Any = None

    @property
    def count(self) -> int:
        return self.pager.count


def page_of(
    asked: Asked, rows: QuerySet[Any] | Sequence[Any], *, size: int = ROWS_A_PAGE
) -> tuple[list[Any], Pager]:
    """The rows of the page asked for, the last one where there are fewer."""
    page = Paginator(rows, size).get_page(asked.page)
    return list(page.object_list), Pager(
        number=page.number,
        first=page.start_index(),
        last=page.end_index(),
        count=page.paginator.count,
        previous=page.previous_page_number() if page.has_previous() else None,
        next=page.next_page_number() if page.has_next() else None,
    )


def first_of(asked: Asked, *, size: int = ROWS_A_PAGE) -> int:
    """The place of the first row of the page asked for, for a list that is cut before it is counted."""
    number = int(asked.page) if asked.page and asked.page.isdecimal() else 1
    return (min(max(1, number), PAGES_MAX) - 1) * size


def listing(
    asked: Asked,
    pager: Pager,
    *,
    held: QuerySet[Any] | Sequence[Any],
    chips: Iterable[Chips] = (),
    columns: Mapping[str, str] | None = None,
    more: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> Listing:
    """A list as its template draws it: `held` is the whole of it, `columns` those that sort with their captions.

    `more` names the filters that are offered in a form, with their choices where the filter itself has none.
    """
    return Listing(
        # What was refused has no filters to go on from: the page offers the whole list instead.
        chips=() if asked.faults else tuple(chips),
        columns={name: _column(asked, name, label) for name, label in (columns or {}).items()},
        pager=pager,
        query=asked.query(),
        total=_total(asked, pager, held),
        is_filtered=asked.is_filtered,
        faults=asked.faults,
        files=tuple(FileLink(one.upper(), f"?{asked.query(export=one)}") for one in FORMATS)
        if not asked.faults
        else (),
        search=Search(asked.text, asked.view, asked.query(view=""), f"?{asked.query(view='')}")
        if asked.kind.searched and not asked.faults
        else None,
        form=_form(asked, more) if more and not asked.faults else None,
    )


def _form(asked: Asked, more: Mapping[str, Sequence[tuple[str, str]]]) -> Any:
    """The filters of `more` to choose from; the others go along, hidden."""
    form = asked.form()
    for name, field in form.fields.items():
        if name not in more:
            field.widget = HiddenInput()
        elif more[name]:
            field.widget = Select(choices=[("", "Anybody"), *more[name]])
    return form


def chips(
    asked: Asked, name: str, label: str, choices: Iterable[tuple[str, str, int | None]], *, all_as: str = ""
) -> Chips:
    """The choices of one filter: value, label and count. The value `all_as` is that of no filter at all."""
    now = asked.texts.get(name, "") or all_as
    return Chips(
        label,
        tuple(
            Chip(str(text), f"?{asked.query(**{name: value})}", value == now, count)
            for value, text, count in choices
        ),
    )


def _total(asked: Asked, pager: Pager, held: QuerySet[Any] | Sequence[Any]) -> int:
    if asked.is_whole:
        return pager.count
    return held.count() if isinstance(held, QuerySet) else len(held)


def _column(asked: Asked, name: str, label: str) -> Column:
    how = asked.ordering or asked.kind.usual
    is_down, is_up = how == f"-{name}", how == name
    first = f"-{name}" if name in asked.kind.first_down else name
    turned = name if is_down else f"-{name}" if is_up else first
    return Column(
        label, f"?{asked.query(ordering=turned)}", "descending" if is_down else "ascending" if is_up else ""
    )
