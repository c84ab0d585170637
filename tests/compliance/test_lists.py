"""The list kit: what an address asks for, how a column turns, and files that run nothing in a spreadsheet."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal as D

import django_filters
import pytest
from django.http import QueryDict
from openpyxl import load_workbook

from compliance.lists import exports, listing
from compliance.lists.asked import Asked, Kind
from tests.clock import SUNDAY_NOON


class Filters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=[("open", "Open"), ("closed", "Closed")])
    day = django_filters.DateFilter()


KIND = Kind(
    name="things",
    about=("thing_list", "things"),
    filters=Filters,
    orderings={"name": lambda row: row, "size": len},
    first_down=frozenset({"size"}),
)
OPEN_FIRST = Kind(name="things", about=("thing_list", "things"), filters=Filters, defaults={"state": "open"})


def asked(query: str, kind: Kind = KIND) -> Asked:
    return Asked.of(kind, QueryDict(query))


def test_an_address_is_read_and_written_back() -> None:
    found = asked("state=closed&day=2026-11-20&ordering=-size&page=2")

    assert found.faults == ()
    assert (found.chosen, found.page) == ({"state": "closed", "day": date(2026, 11, 20)}, "2")
    assert found.query() == "state=closed&day=2026-11-20&ordering=-size"
    assert found.query(state="", export="csv") == "day=2026-11-20&ordering=-size&export=csv"


@pytest.mark.parametrize(
    ("query", "state", "written", "is_filtered"),
    [
        ("", "open", "", False),
        ("state=open", "open", "", False),
        ("state=closed", "closed", "state=closed", True),
        ("day=2026-11-20", None, "day=2026-11-20", True),
        ("state=open&day=2026-11-20", "open", "state=open&day=2026-11-20", True),
    ],
)
def test_defaults_stand_for_an_address_that_names_no_filter(
    query: str, state: str | None, written: str, is_filtered: bool
) -> None:
    found = asked(query, OPEN_FIRST)

    assert (found.chosen["state"] or None, found.query(), found.is_filtered) == (state, written, is_filtered)


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("state=lost", "state", "State: Select a valid choice. lost is not one of the available choices."),
        ("day=soon", "day", "Day: Enter a valid date."),
        ("stat=open", "stat", "There is no filter “stat” here."),
        ("ordering=-mood", "ordering", "This list cannot be ordered by “-mood”, only by name, size."),
        ("export=pdf", "export", "A list is exported as csv, xlsx or zip, not as “pdf”."),
    ],
)
def test_what_means_nothing_is_a_fault_and_lists_nothing(query: str, name: str, words: str) -> None:
    found = asked(query)

    assert [fault.name for fault in found.faults] == [name]
    assert words in str(found.faults[0])
    assert (found.ordered(["a"]), found.export) == ([], "")


def test_a_column_turns_with_each_click_and_says_how_it_stands() -> None:
    def column(query: str, name: str) -> tuple[str, str]:
        found = asked(query)
        made = listing.listing(found, PAGER, held=[1], columns={"name": "Name", "size": "Size"}).columns[name]
        return made.url, made.aria

    assert column("", "name") == ("?ordering=name", "")
    assert column("", "size") == ("?ordering=-size", "")
    assert column("ordering=-size", "size") == ("?ordering=size", "descending")
    assert column("state=open&ordering=name", "name") == ("?state=open&ordering=-name", "ascending")


PAGER = listing.Pager(number=1, first=1, last=1, count=1, previous=None, next=None)


def test_chips_keep_the_other_filters_and_say_which_is_on() -> None:
    found = asked("state=open&day=2026-11-20")

    made = listing.chips(found, "state", "Filter by state", [("", "All", 3), ("open", "Open", 2)])

    assert [(chip.url, chip.is_on, chip.count) for chip in made.chips] == [
        ("?day=2026-11-20", False, 3),
        ("?state=open&day=2026-11-20", True, 2),
    ]


def test_a_page_past_the_end_is_the_last_one() -> None:
    rows, pager = listing.page_of(asked("page=99"), list(range(120)))

    assert (rows[0], len(rows)) == (100, 20)
    assert pager == listing.Pager(number=3, first=101, last=120, count=120, previous=2, next=None)


ROWS = [
    ("=HYPERLINK(1)", D("-1234.50"), None, True, date(2026, 11, 20), SUNDAY_NOON),
    ("@sum\tx", D("0.0000001"), 7, False, None, None),
    ("Bell\x07", D(1), -3, None, None, None),
]


def test_a_csv_runs_nothing_and_keeps_numbers_as_numbers() -> None:
    text = exports.as_csv(("name", "amount", "count", "flag", "day", "at"), ROWS).decode()

    assert text.splitlines()[1:] == [
        "'=HYPERLINK(1),-1234.50,,yes,2026-11-20,2026-11-22T12:00:00-05:00",
        "'@sum\tx,0.0000001,7,no,,",
        "Bell\x07,1,-3,,,",
    ]


def test_a_workbook_holds_the_same_cells_and_no_formula() -> None:
    content = exports.as_xlsx("things", ("name", "amount", "count", "flag", "day", "at"), ROWS)

    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    first, second, third = list(sheet.iter_rows(min_row=2))
    assert [cell.value for cell in first][:4] == ["'=HYPERLINK(1)", -1234.5, None, "yes"]
    assert first[5].value == "2026-11-22T12:00:00-05:00"
    assert {cell.data_type for row in (first, second, third) for cell in row} <= {"s", "n", "d"}
    assert third[0].value == "Bell"
