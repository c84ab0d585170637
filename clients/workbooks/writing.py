"""Writes workbooks: the template with its validation, and what is on record in the same layout.

Nothing that is written runs in a spreadsheet, and secret columns stay empty: an empty cell leaves what is on record.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from openpyxl import Workbook as Package
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from clients.custodians.house.house_cells import escaped
from clients.models import Household
from clients.workbooks import firm_records, menu_plans, records
from clients.workbooks.columns import Column, Kind, SheetLayout, Value, written
from clients.workbooks.firm_layout import ASSET_CLASSES, MODEL_MEMBERS, MODELS, PLAN_MENUS, SECURITIES
from clients.workbooks.layout import (
    CASH_FLOWS,
    HOUSEHOLD_SHEETS,
    INSTRUCTIONS,
    LIFE_EVENTS,
    SHEETS,
)
from clients.workbooks.records import OnRecord, Values
from clients.workbooks.standing_layout import CLIENT_RESTRICTIONS, HOLDS
from compliance.lists import exports

Rows = Mapping[str, Sequence[Values]]

_SETTLED = (CASH_FLOWS, CLIENT_RESTRICTIONS, HOLDS, LIFE_EVENTS)
"""Sheets of facts that are done, cancelled or over one day, and are no longer exported then."""

FORMATS = ("xlsx", "csv")
TYPES = {"xlsx": exports.TYPES["xlsx"], "csv": "application/zip"}
EXTENSIONS = {"xlsx": "xlsx", "csv": "zip"}
VALIDATED_ROWS = 5_000
LIST_CHARACTERS_MAX = 250
"""Excel's limit of a list within a validation is 255 characters; a longer one is only named in the note."""

_AS_TEXT = frozenset(
    {Kind.TEXT, Kind.CODE, Kind.NUMBER_AS_TEXT, Kind.EMAIL, Kind.STATE, Kind.TAX_NUMBER, Kind.SYMBOL}
    | {Kind.NAMES, Kind.SYMBOLS, Kind.WEIGHTS, Kind.CHOICE, Kind.FLAG}
)

_FORMATS = {Kind.DAY: "yyyy-mm-dd", Kind.MONEY: "#,##0.00", Kind.SHARE: "0.00##%", Kind.WHOLE: "0"}
_REQUIRED = PatternFill("solid", fgColor="FFE8EEF7")
_ZIPPED_ON = (1980, 1, 1, 0, 0, 0)

GUIDE = (
    ("How to fill this in", ""),
    ("", "The first row of each sheet names its columns; a column marked * must be filled in each row."),
    ("", "Delete the sheets you do not need. Sheets and columns can stand in any order."),
    ("", "Write days as 2026-11-20, percentages as 5% or 0.05, and account and tax numbers as text."),
    ("", "An empty cell says nothing: what is on record stays. Nothing is ever deleted by a workbook."),
    (
        "",
        "Each household is loaded completely or not at all. Loading the same workbook again changes nothing.",
    ),
    (
        "",
        "Formulas, hidden sheets or rows, merged cells and macros are refused: copy and paste values instead.",
    ),
)


def of_record(households: Iterable[OnRecord]) -> Rows:
    """The rows of these households by sheet, without what is secret, done or cancelled."""
    rows: dict[str, list[Values]] = {sheet.name: [] for sheet in HOUSEHOLD_SHEETS}
    for one in households:
        for sheet in HOUSEHOLD_SHEETS:
            for key, values in one.rows.get(sheet.name, {}).items():
                if sheet in _SETTLED and (sheet.name, key) in one.settled:
                    continue
                secret = {column.name for column in sheet.columns if column.is_secret}
                rows[sheet.name].append(
                    {name: None if name in secret else value for name, value in values.items()}
                )
    return rows


def of_firm() -> Rows:
    """The firm's classes, securities and models by sheet."""
    models = firm_records.models()
    return {
        ASSET_CLASSES.name: list(firm_records.asset_classes().values()),
        SECURITIES.name: list(firm_records.securities().values()),
        MODELS.name: [row for row, _ in models.values()],
        MODEL_MEMBERS.name: [member for _, members in models.values() for member in members],
        PLAN_MENUS.name: list(menu_plans.on_record().values()),
    }


def everything(households: Iterable[Household]) -> Rows:
    """The firm's own rows and those of these households, which must not be closed."""
    keys = [one.pk for one in households]
    return {**of_firm(), **of_record(records.of(Household.objects.filter(pk__in=keys)).values())}


def as_file(rows: Rows, kind: str) -> bytes:
    """The rows as a workbook or as a ZIP of tables. The template is a workbook without rows."""
    return as_xlsx(rows) if kind == "xlsx" else as_csv(rows)


def as_xlsx(rows: Rows) -> bytes:
    """Every sheet with its header, notes and validation, and the rows given."""
    package = Package()
    guide = package.active
    assert isinstance(guide, Worksheet), "a new workbook has one sheet"
    _write_guide(guide)
    for sheet in SHEETS:
        _write_sheet(package.create_sheet(sheet.name), sheet, rows.get(sheet.name, ()))
    out = io.BytesIO()
    package.save(out)
    return out.getvalue()


def as_csv(rows: Rows) -> bytes:
    """A table for each sheet that has rows."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for sheet in SHEETS:
            if not rows.get(sheet.name):
                continue
            names = [column.name for column in sheet.columns]
            lines = [[_csv_cell(row.get(name)) for name in names] for row in rows[sheet.name]]
            bundle.writestr(
                zipfile.ZipInfo(f"{sheet.name}.csv", _ZIPPED_ON),
                exports.as_csv(names, lines),
                zipfile.ZIP_DEFLATED,
            )
    return out.getvalue()


def _csv_cell(value: Value | None) -> exports.Cell:
    return value if isinstance(value, Decimal | date | bool | int) else escaped(written(value)) or None


def _write_guide(guide: Worksheet) -> None:
    guide.title = INSTRUCTIONS
    guide.column_dimensions["A"].width = 26
    guide.column_dimensions["B"].width = 110
    for head, text in GUIDE:
        guide.append([head, text])
    guide.append([])
    for sheet in SHEETS:
        guide.append([sheet.name, sheet.help])
        for column in sheet.columns:
            guide.append([f"    {column.name}{'*' if column.required else ''}", about(column)])
    for row in guide.iter_rows():
        row[1].alignment = Alignment(wrap_text=True, vertical="top")
        if row[0].value and not str(row[0].value).startswith(" "):
            row[0].font = Font(bold=True)


def about(column: Column) -> str:
    """What a column holds, in a sentence or two."""
    allowed = f" One of: {', '.join(column.choices)}." if column.choices else ""
    return f"{column.help} ({column.kind.value}){allowed}"


def _write_sheet(sheet: Worksheet, layout: SheetLayout, rows: Sequence[Values]) -> None:
    for place, column in enumerate(layout.columns, start=1):
        letter = get_column_letter(place)
        head = sheet.cell(1, place, f"{column.name}{'*' if column.required else ''}")
        head.font = Font(bold=True)
        if column.required:
            head.fill = _REQUIRED
        head.comment = Comment(about(column), "Evenkeel", height=120, width=320)
        sheet.column_dimensions[letter].width = max(14, len(column.name) + 4)
        form = "@" if column.kind in _AS_TEXT else _FORMATS.get(column.kind, "General")
        sheet.column_dimensions[letter].number_format = form
        if validation := _validation(column):
            sheet.add_data_validation(validation)
            validation.add(f"{letter}2:{letter}{VALIDATED_ROWS}")
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows, start=2):
        for place, column in enumerate(layout.columns, start=1):
            value = row.get(column.name)
            if value is None:
                continue
            cell = sheet.cell(number, place)
            cell.value = _cell(value)
            if isinstance(cell.value, str):
                # Set after the value, so that text that begins like a formula stays text.
                cell.data_type = "s"
            cell.number_format = "@" if column.kind in _AS_TEXT else _FORMATS.get(column.kind, "General")


def _cell(value: Value) -> str | Decimal | date | int:
    if isinstance(value, bool | tuple | str):
        return ILLEGAL_CHARACTERS_RE.sub("", escaped(written(value)))
    return value


def _validation(column: Column) -> DataValidation | None:
    validation = _rule(column)
    if validation is not None:
        validation.allow_blank = not column.required
        validation.showErrorMessage = True
        validation.errorTitle = column.name[:32]
        validation.error = about(column)[:250]
    return validation


def _rule(column: Column) -> DataValidation | None:
    listed = ",".join(column.choices)
    if column.choices:
        if len(listed) > LIST_CHARACTERS_MAX:
            return None
        return DataValidation(type="list", formula1=f'"{listed}"')
    if column.kind is Kind.FLAG:
        return DataValidation(type="list", formula1='"yes,no"')
    if column.kind is Kind.DAY:
        return DataValidation(
            type="date", operator="between", formula1="DATE(1900,1,1)", formula2="DATE(2100,12,31)"
        )
    if column.kind is Kind.SHARE:
        return DataValidation(type="decimal", operator="between", formula1="0", formula2="1")
    if column.kind is Kind.WHOLE:
        smallest, largest = column.smallest or Decimal(0), column.largest or Decimal(10_000)
        return DataValidation(
            type="whole", operator="between", formula1=f"{smallest:f}", formula2=f"{largest:f}"
        )
    if column.kind is Kind.MONEY:
        least = "0" if column.smallest is not None else "-1000000000000"
        return DataValidation(type="decimal", operator="between", formula1=least, formula2="1000000000000")
    return None
