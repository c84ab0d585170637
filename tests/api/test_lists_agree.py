"""One view of a list holds the same rows on the screen, in the API and in its files."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from tests.factories.the_firm import TheFirm


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


VIEWS = [
    ("/proposals/", "proposals", "state=all"),
    ("/proposals/", "proposals", "state=open"),
    ("/proposals/", "proposals", "state=released"),
    ("/proposals/", "proposals", "state=rejected&ordering=-drafted_at"),
    ("/households/", "standings", "ordering=-value"),
    ("/households/", "standings", "state=sent"),
    ("/households/", "standings", "coming=cash&ordering=name"),
    ("/scans/", "scans", "ordering=started_at"),
    ("/scans/", "scans", "state=completed"),
    ("/scans/", "scans", "market_on=2020-01-02"),
    ("/imports/", "custodian-files", "ordering=-name"),
    ("/imports/", "custodian-files", "state=loaded"),
    ("/imports/", "custodian-files", "state=refused"),
    ("/drift/", "drift", "outside=true"),
]


@pytest.mark.parametrize(("at", "resource", "query"), VIEWS, ids=[f"{at}?{query}" for at, _, query in VIEWS])
def test_screen_program_and_file_count_the_same_rows(
    firm: TheFirm, at: str, resource: str, query: str
) -> None:
    tom = client_of(firm.tom)

    page = tom.get(f"{at}?{query}")
    told = tom.get(f"/api/v1/{resource}/?{query}&page_size=500")
    text = tom.get(f"{at}?{query}&export=csv")
    book = tom.get(f"{at}?{query}&export=xlsx")

    assert [answer.status_code for answer in (page, told, text, book)] == [200] * 4
    shown = page.context["page"]
    lines = list(csv.reader(io.StringIO(text.content.decode())))[1:]
    sheet = list(load_workbook(io.BytesIO(book.content)).active.values)[1:]
    if resource == "drift":  # Its file has a line for every class and account.
        lines, sheet = [sorted({line[2] for line in one}) for one in (lines, sheet)]
    assert shown.listing.count == len(shown.rows) == told.json()["count"] == len(lines) == len(sheet)


def test_a_row_of_the_file_is_the_row_of_the_screen(firm: TheFirm) -> None:
    tom = client_of(firm.tom)

    rows = tom.get("/households/?ordering=name").context["page"].rows
    lines = list(
        csv.DictReader(io.StringIO(tom.get("/households/?ordering=name&export=csv").content.decode()))
    )
    sheet = load_workbook(io.BytesIO(tom.get("/households/?ordering=name&export=xlsx").content)).active
    told = tom.get("/api/v1/standings/?ordering=name").json()["results"]

    assert sheet is not None
    cells = list(sheet.values)[1:]
    assert len(rows) == 3
    for row, line, cell, one in zip(rows, lines, cells, told, strict=True):
        value = "" if row.value is None else f"{row.value:f}"
        assert (line["household"], line["value_dollars"]) == (row.name, value)
        assert (cell[0], str(cell[5] or "")[:6]) == (row.name, value[:6])
        assert (one["name"], one["state"], one["value"]) == (row.name, row.kind.key, value or None)


@pytest.mark.parametrize(
    ("at", "query", "fault"),
    [
        ("/proposals/", "state=lost", "state"),
        ("/proposals/", "sate=open", "sate"),
        ("/households/", "ordering=mood", "ordering"),
        ("/households/", "view=0123456789ab", "view"),
        ("/drift/", "as_of=yesterday", "as_of"),
        ("/imports/", "export=pdf", "export"),
        ("/scans/", "market_on=Friday", "market_on"),
        ("/blotter/", "day=32", "day"),
        ("/audit/", "who=tom", "who"),
    ],
)
def test_an_address_that_means_nothing_is_refused_and_says_why(
    firm: TheFirm, at: str, query: str, fault: str
) -> None:
    answer = client_of(firm.tom).get(f"{at}?{query}")

    page = answer.context["page"]
    assert (answer.status_code, list(page.rows)) == (422, [])
    assert [one.name for one in page.listing.faults] == [fault]
    assert "nothing is listed" in answer.content.decode()


def test_a_program_is_refused_the_same_way_and_takes_no_file(firm: TheFirm) -> None:
    tom = client_of(firm.tom)

    for query in ("state=lost", "ordering=mood", "export=csv", "view=0123456789ab"):
        answer = tom.get(f"/api/v1/standings/?{query}")
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"#/{query.partition('=')[0]}"]
