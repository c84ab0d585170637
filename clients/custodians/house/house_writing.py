"""Writes the house bundle, so that an export can be imported as the same rows."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from clients.custodians.house.house_cells import escaped
from clients.custodians.house.house_columns import TABLES
from clients.custodians.kinds import RowKind

# Only free text is escaped. Numbers stay numbers: -250 must not become text.
_TEXT_COLUMNS = frozenset(
    {
        "name",
        "issuer",
        "sector",
        "label",
        "household_name",
        "owner",
        "owner_second",
        "description",
        "source",
    }
)
# A fixed moment in the archive, so that the same rows are the same bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def table_csv(kind: RowKind, rows: Sequence[object]) -> str:
    """One table as CSV text: all columns of `house_columns`, CRLF line ends, UTF-8 when encoded."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    columns = TABLES[kind].columns
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_cell(column.name, getattr(row, column.name)) for column in columns])
    return out.getvalue()


def bundle(rows_by_kind: Mapping[RowKind, Sequence[object]]) -> bytes:
    """All given tables in one .zip, in import order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind in TABLES:
            if kind in rows_by_kind:
                entry = zipfile.ZipInfo(f"{kind.value}.csv", date_time=_MOMENT)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o100644 << 16
                archive.writestr(entry, table_csv(kind, rows_by_kind[kind]).encode())
    return out.getvalue()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if name == "asset_class_weights":
        return ";".join(f"{code}:{weight:f}" for code, weight in value)
    if name == "replacements":
        return ";".join(value)
    return escaped(str(value)) if name in _TEXT_COLUMNS else str(value)
