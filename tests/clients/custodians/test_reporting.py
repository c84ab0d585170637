"""The report with the original rows and what is wrong with them."""

from __future__ import annotations

import csv
import io

from clients.custodians import reporting
from tests.clients.custodians import hostile
from tests.clients.custodians.reading import read


def report(name: str, data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(reporting.annotated_csv(read(name, data), data), newline="")))


def test_each_original_row_stands_beside_its_faults() -> None:
    header, first, second, third = report("lots.csv", hostile.lots(quantity="1_0"))
    assert header == ["file", "line", "problem", "original cells"]
    assert first[:4] == ["lots.csv", "1", "", "account"]
    assert second[:5] == ["lots.csv", "2", "", "00417", "2026-11-20"]
    assert third[2].startswith("lots.csv, line 3, column quantity: The number holds an underscore.")
    assert third[8] == "1_0"


def test_faults_of_the_whole_file_stand_at_the_end() -> None:
    assert report("cut.zip", hostile.archive(("lots.csv", hostile.lots()))[:-30])[-1][:2] == ["cut.zip", ""]


def test_a_member_of_an_archive_is_named() -> None:
    rows = report("b.zip", hostile.archive(("lots.csv", hostile.lots(quantity="x"))))
    assert rows[3][:2] == ["lots.csv", "3"]
    assert "not a number" in rows[3][2]


def test_no_cell_of_the_report_runs_in_a_spreadsheet_and_numbers_stay_numbers() -> None:
    data = hostile.changed("L-1", "=1+1").replace(b"51.20", b"-51.20")
    row = report("lots.csv", data)[2]
    assert row[6] == "'=1+1"
    assert row[9] == "-51.20"
