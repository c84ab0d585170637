"""The workbook's sheets and columns as documentation, from their declarations."""

from __future__ import annotations

from clients.workbooks.columns import Column, SheetLayout
from clients.workbooks.layout import SHEETS


def as_markdown() -> str:
    """Every sheet with its columns, for docs/formats/workbook.md."""
    return "\n".join(_sheet(sheet) for sheet in SHEETS)


def _sheet(sheet: SheetLayout) -> str:
    rows = "".join(_row(column) for column in sheet.columns)
    key = ", ".join(f"`{name}`" for name in sheet.key)
    return (
        f"### `{sheet.name}`\n\n{sheet.help} Two rows are told apart by {key}.\n\n"
        f"| Column | Required | Holds | Allowed values |\n|---|---|---|---|\n{rows}"
    )


def _row(column: Column) -> str:
    allowed = ", ".join(f"`{one}`" for one in column.choices)
    secret = " Never shown or exported." if column.is_secret and "export" not in column.help else ""
    return (
        f"| `{column.name}` | {'yes' if column.required else ''} | {column.help}{secret} "
        f"*{column.kind.value.capitalize()}.* | {allowed} |\n"
    )
