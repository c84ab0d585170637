"""Workbooks that are refused whole, each with where it is wrong and how to cure it; and nothing of them is kept."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import pytest
from openpyxl.comments import Comment

from clients.workbooks import reading
from clients.workbooks.opening import raw, xlsx
from tests.factories import workbooks as made

Bytes = Callable[[], bytes]
HOSTILE: dict[str, tuple[Bytes, tuple[str, int, str], str, str]] = {}
"""By what is wrong: the file, (sheet, row, column), the beginning of the rule, a piece of the cure."""


def hostile(what: str, where: tuple[str, int, str], rule: str, cure: str) -> Callable[[Bytes], Bytes]:
    def keep(build: Bytes) -> Bytes:
        HOSTILE[what] = (build, where, rule, cure)
        return build

    return keep


def bent(bend: Callable[[Any], None]) -> bytes:
    """The Millers' workbook after somebody has been at it."""
    package = made.as_package(made.together(made.firm(), made.family()))
    bend(package)
    return made.saved(package)


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            bundle.writestr(name.replace("__", "."), content)
    return out.getvalue()


def plain() -> bytes:
    return bent(lambda _: None)


WHOLE = ("", 0, "")


@hostile("a formula", ("tax_profiles", 2, "E"), "The cell holds a formula.", "paste special")
def _formula() -> bytes:
    return bent(lambda book: book["tax_profiles"].__setitem__("E2", "=SUM(1,2)"))


@hostile("a formula in the header", ("people", 1, "B"), "The cell holds a formula.", "paste special")
def _formula_in_header() -> bytes:
    return bent(lambda book: book["people"].__setitem__("B1", '=HYPERLINK("http://x.example","given_name")'))


@hostile("an error of the spreadsheet", ("accounts", 2, "B"), "The cell holds an error", "Correct the cell")
def _error() -> bytes:
    return bent(lambda book: book["accounts"].__setitem__("B2", "#REF!"))


@hostile("a hidden sheet", ("people", 0, ""), "The sheet is hidden.", "Show it")
def _hidden_sheet() -> bytes:
    return bent(lambda book: setattr(book["people"], "sheet_state", "hidden"))


@hostile("a very hidden sheet", ("people", 0, ""), "The sheet is hidden.", "Show it")
def _very_hidden_sheet() -> bytes:
    return bent(lambda book: setattr(book["people"], "sheet_state", "veryHidden"))


@hostile("a hidden row", ("people", 3, ""), "A row is hidden", "Clear the filter")
def _hidden_row() -> bytes:
    return bent(lambda book: setattr(book["people"].row_dimensions[3], "hidden", True))


@hostile("a hidden column", ("people", 0, "C"), "A column is hidden.", "Show it")
def _hidden_column() -> bytes:
    return bent(lambda book: setattr(book["people"].column_dimensions["C"], "hidden", True))


@hostile("merged cells", ("people", 2, "A"), "The cells A2:A3 are merged", "Undo the merge")
def _merged() -> bytes:
    return bent(lambda book: book["people"].merge_cells("A2:A3"))


@hostile("a time of day", ("people", 2, "F"), "The cell holds a time of day.", "Write a day")
def _time() -> bytes:
    return bent(lambda book: book["people"].__setitem__("F2", time(9, 30)))


@hostile(
    "an unknown column",
    ("people", 1, "H"),
    "There is no such column",
    "as in the template: household, given_name",
)
def _unknown_column() -> bytes:
    return bent(lambda book: book["people"].__setitem__("H1", "nickname"))


@hostile("a column twice", ("people", 1, "H"), "Two columns have the same name.", "Delete or rename")
def _column_twice() -> bytes:
    return bent(lambda book: book["people"].__setitem__("H1", "Given Name"))


@hostile("a missing column", ("households", 1, "opened_on"), "The column opened_on is missing.", "first row")
def _missing_column() -> bytes:
    return bent(lambda book: book["households"].delete_cols(3))


@hostile("a title above the header", ("books", 1, "A"), "There is no such column", "as in the template")
def _title() -> bytes:
    def bend(book: Any) -> None:
        book["books"].insert_rows(1)
        book["books"]["A1"] = "Our advisors"

    return bent(bend)


@hostile("an unknown sheet", ("Sheet7", 0, ""), "There is no such sheet", "as in the template")
def _unknown_sheet() -> bytes:
    return bent(lambda book: book.create_sheet("Sheet7").__setitem__("A1", "notes"))


@hostile("the same sheet twice", ("people", 0, ""), "Two sheets have the same name.", "Keep one")
def _sheet_twice() -> bytes:
    return packed(
        people__csv=b"household\n", **{"people.csv ".strip().upper().replace(".", "__"): b""}
    ) and bent(lambda book: book.create_sheet("PEOPLE ").__setitem__("A1", "household"))


@hostile("a cell beside the table", ("people", 2, "J"), "The cell stands beside the table", "Delete it")
def _beside() -> bytes:
    return bent(lambda book: book["people"].__setitem__("J2", "ask Ann"))


@hostile("a row without a household", ("people", 3, "A household"), "This cell must be filled.", "Fill it in")
def _no_household() -> bytes:
    return bent(lambda book: book["people"].__setitem__("A3", None))


@hostile(
    "a model that does not add up to 100%",
    ("model_members", 5, "C class_weight"),
    "The class weights",
    "cash",
)
def _weights() -> bytes:
    return bent(lambda book: book["model_members"].__setitem__("C5", "3%"))


@hostile("a security twice", ("securities", 6, "A symbol"), "This row and row 2", "Keep one")
def _security_twice() -> bytes:
    return bent(lambda book: book["securities"].append(["ZUS", "Again", "etf", "us_stock", "no"]))


@hostile("a cell of a million letters", ("policies", 2, "D"), "The cell is longer than", "Shorten")
def _long_cell() -> bytes:
    return bent(lambda book: book["policies"].__setitem__("D2", "x" * 30_000))


@hostile("a column far to the right", ("people", 2, "CV"), "The sheet has more than 60 columns.", "Delete")
def _far_right() -> bytes:
    return bent(lambda book: book["people"].__setitem__("CV2", "x"))


@hostile(
    "more rows than are read", ("people", 20_001, ""), "The sheet has more than 20,000 rows.", "Split it"
)
def _many_rows() -> bytes:
    return bent(lambda book: book["people"].__setitem__("A900000", "miller"))


@hostile("macros", WHOLE, "The workbook holds macros.", ".xlsx")
def _macros() -> bytes:
    return made.rezipped(plain(), adding={"xl/vbaProject.bin": b"\x00" * 64})


@hostile("macros by their content type", WHOLE, "The workbook holds macros.", ".xlsx")
def _macro_type() -> bytes:
    with zipfile.ZipFile(io.BytesIO(plain())) as package:
        types = package.read("[Content_Types].xml")
    changed = types.replace(b"spreadsheetml.sheet.main", b"macroEnabled.main")
    return made.rezipped(plain(), adding={"[Content_Types].xml": changed})


@hostile("links to other files", WHOLE, "The workbook is linked to other files.", ".xlsx")
def _external_links() -> bytes:
    return made.rezipped(plain(), adding={"xl/externalLinks/externalLink1.xml": b"<x/>"})


@hostile("a data connection", WHOLE, "The workbook fetches data", ".xlsx")
def _connection() -> bytes:
    return made.rezipped(plain(), adding={"xl/connections.xml": b"<connections/>"})


@hostile("an embedded file", WHOLE, "The workbook holds embedded files.", ".xlsx")
def _embedded() -> bytes:
    return made.rezipped(plain(), adding={"xl/embeddings/oleObject1.bin": b"MZ"})


@hostile("entities", WHOLE, "A part of the workbook declares entities.", "Excel")
def _entities() -> bytes:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    return made.rezipped(plain(), adding={"xl/worksheets/sheet1.xml": laughs})


@hostile("a zip bomb", WHOLE, "A part of the workbook is far too large", "template")
def _bomb() -> bytes:
    return made.rezipped(plain(), adding={"xl/media/image1.png": b"\x00" * 20_000_000})


@hostile("a path out of the package", WHOLE, "The package holds the path", "Excel")
def _path() -> bytes:
    return made.rezipped(plain(), adding={"xl/../../etc/passwd": b"root"})


@hostile("an old Excel file or a password", WHOLE, "This is an old Excel file", "without a password")
def _old_excel() -> bytes:
    return xlsx.OLD_EXCEL + b"\x00" * 512


@hostile("a workbook that was cut off", WHOLE, "The workbook is damaged", "save it again")
def _cut_off() -> bytes:
    return plain()[:-200]


@hostile("a package whose checksum is wrong", WHOLE, "The workbook is damaged", "save it again")
def _checksum() -> bytes:
    content = bytearray(plain())
    place = content.find(b"xl/worksheets/sheet1.xml") + 60
    content[place : place + 4] = struct.pack("<I", 0)
    return bytes(content)


@hostile("a document of another program", WHOLE, "This is not an Excel workbook.", "template")
def _other_program() -> bytes:
    return packed(**{"[Content_Types]__xml": b"<Types/>", "word/document__xml": b"<w/>"})


@hostile("no rows at all", WHOLE, "The workbook holds no rows.", "Fill in the template")
def _empty() -> bytes:
    return made.xlsx({"households": []})


@hostile(
    "a bundle with a program in it", ("run.exe", 0, ""), "The archive holds a file that is no table.", "CSV"
)
def _program() -> bytes:
    return packed(households__csv=b"household,name,opened_on\n", run__exe=b"MZ")


@hostile("a bundle with an open quotation mark", ("people", 2, ""), "A quotation mark is not closed", "again")
def _open_quote() -> bytes:
    return packed(people__csv=b'household,given_name,family_name,part\nmiller,"Mia,Miller,head\n')


@hostile("YAML with an alias", ("", 2, ""), "Anchors, aliases and tags are not read.", "Write each value out")
def _alias() -> bytes:
    return b"models:\n  - &m {model: a, name: A}\n  - *m\n"


@hostile("YAML with a tag", ("", 2, ""), "Anchors, aliases and tags are not read.", "Write each value out")
def _tag() -> bytes:
    return b"models:\n  - !!python/object/apply:os.system ['true']\n"


@hostile("YAML nested without an end", ("", 1, ""), "The file is nested too deeply", "Split")
def _nested() -> bytes:
    return b"models: " + b"[" * 50_000


@hostile("YAML with a column twice", ("models", 2, ""), "A column is named twice in one row.", "Keep one")
def _yaml_twice() -> bytes:
    return b"models:\n  - {model: a, model: b, name: A}\n"


@hostile("YAML that is none", ("", 2, ""), "The file is not valid YAML.", "indentation")
def _no_yaml() -> bytes:
    return b"{models: [\n"


@hostile(
    "a text that is no workbook", ("", 1, ""), "The file has no sheets.", "Begin with the name of a sheet"
)
def _no_workbook() -> bytes:
    return b"Dear colleague, please find attached"


@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_refused_whole_with_where_and_how_to_cure_it(
    what: str, refused: Callable[[bytes], Any]
) -> None:
    build, where, rule, cure = HOSTILE[what]

    found = refused(build())

    fault = found.faults[0]
    assert (fault.sheet, fault.row, fault.column) == where, fault
    assert fault.rule.startswith(rule), fault
    assert cure in fault.cure, fault
    assert not fault.household


@pytest.fixture
def refused(db: None) -> Callable[[bytes], Any]:
    from clients.workbooks import workbooks
    from tests.clock import SUNDAY_NOON

    def read(content: bytes) -> Any:
        plan = workbooks.plan_of(reading.read(content), at=SUNDAY_NOON)
        assert plan.is_refused
        assert (plan.households, plan.firm.steps) == ((), [])
        return plan

    return read


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 25


CELLS = [
    # sheet, cell, what is written, column, rule, cure
    ("people", "F2", 25_693, "F born_on", "A spreadsheet has turned this day into a number.", "Format the cell as a date"),
    ("people", "F2", "03.04.1970", "F born_on", "This is not a date we can read.", "Write 2026-11-20"),
    ("people", "F2", "5/4/70", "F born_on", "The year has two digits.", "four digits"),
    ("people", "F2", datetime(1970, 5, 4, 9, 30), "F born_on", "The cell holds a time of day.", "Write the day alone"),
    ("people", "F2", "2970-05-04", "F born_on", "The year is out of range.", "1900 to 2100"),
    ("people", "G2", 900000001, "G tax_number", "The cell holds a number, so leading zeros", "as text"),
    ("people", "G2", "900-00-001", "G tax_number", "A tax number has nine digits.", "900-00-0001"),
    ("people", "D2", "boss", "D part", "This value is not one of the allowed ones.", "head, spouse"),
    ("people", "E2", "Nobody Miller", "E spouse", "Nobody Miller is not a person", "Add the person"),
    ("people", "C2", "Mil\u202eler", "C family_name", "The text holds a control character.", "invisible"),
    ("accounts", "B2", 11110001, "B account", "The cell holds a number, so leading zeros", "as text"),
    ("accounts", "B2", "1.11E+07", "B account", "A spreadsheet has changed this number", "Export the file again"),
    ("accounts", "D2", "Mia Mueller", "D owner", "Mia Mueller is not a person", "Did you mean Mia Miller"),
    ("tax_profiles", "E2", "1.234,50", "E wages", "The number seems to use a decimal comma.", "1,000.50"),
    ("tax_profiles", "E2", -5, "E wages", "The number is below 0.", "Check the sign"),
    ("tax_profiles", "E2", "12.345", "E wages", "The amount has fractions of a cent.", "Round it"),
    ("tax_profiles", "E2", "NaN", "E wages", "This is not a finite number.", "empty"),
    ("tax_profiles", "G2", "4.4", "G state_rate", "A percentage runs from 0% to 100%.", "5% or 0.05"),
    ("tax_profiles", "C2", 26, "C tax_year", "The number is below 2000.", "Check"),
    ("tax_profiles", "B2", "cuople", "B tax_unit", "The household has no such tax unit.", "Did you mean couple"),
    ("books", "B2", "nobody@firm.example", "B colleague", "Nobody of the firm signs in", "Invite the colleague"),
    ("books", "C2", "reviewer", "C part", "This colleague is no reviewer.", "Grant the role reviewer"),
    ("policies", "B2", "clam", "B template", "There is no such template.", "Did you mean calm"),
    ("policies", "C2", "70-30", "C model", "No such model is on record.", "Did you mean 60-40"),
    ("policies", "H2", "2027-03-02", "H reviewed_on", "The day is in the future.", "Check the year"),
    ("restrictions", "C2", "ZZZ", "C symbol", "There is no such security on record", "Add it to sheet securities"),
    ("cash_flows", "D2", 12_000, "D amount", "A contribution is more than zero", "minus sign"),
    ("cash_flows", "B2", "999", "B account", "The household has no such account.", "as in sheet accounts"),
    ("life_events", "D2", "Nora Miller", "D person", "Nora Miller is not a person", "Did you mean Noah Miller"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("sheet", "cell", "value", "column", "rule", "cure"), CELLS)
def test_a_wrong_cell_refuses_its_household_and_names_the_cell(
    sheet: str, cell: str, value: Any, column: str, rule: str, cure: str
) -> None:
    from clients.workbooks import workbooks
    from tests import cast
    from tests.clock import SUNDAY_NOON

    cast.ana(), cast.rui()
    content = bent(lambda book: book[sheet].__setitem__(cell, value))

    plan = workbooks.plan_of(reading.read(content), at=SUNDAY_NOON)

    assert [one.result for one in plan.households] == ["refused"]
    fault = plan.faults[0]
    assert (fault.sheet, fault.row, fault.column, fault.household) == (sheet, int(cell[1:]), column, "miller")
    assert fault.rule.startswith(rule), fault
    assert cure in fault.cure, fault


def test_a_note_on_a_cell_and_formatting_are_no_fault() -> None:
    def bend(book: Any) -> None:
        book["people"]["A2"].comment = Comment("Ask Ann", "Bob")
        book["people"]["A2"].style = "Good"
        book["people"].freeze_panes = "B2"

    assert reading.read(bent(bend)).faults == ()


def test_a_large_workbook_is_opened_by_a_limited_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SMALL_BYTES_MAX", 0)

    found = reading.read(plain())

    assert (found.kind, len(found.lines["people"]), found.faults) == ("xlsx", 2, ())


def test_a_workbook_over_the_limit_of_size_is_not_opened() -> None:
    assert xlsx.read(b"PK" + b"\x00" * raw.BYTES_MAX).faults[0].rule == raw.TOO_LARGE
