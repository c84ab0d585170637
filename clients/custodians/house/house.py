"""The house bundle: eight CSV tables, alone or together in one .zip. See docs/formats/house-bundle.md.

It is the only layout with everything the record needs, so it is strict: named columns in any order, none
unknown, none repeated, every row as wide as its header, every file ended by a line break (the only sign that
an upload is complete).
"""

from __future__ import annotations

from clients.custodians import cells
from clients.custodians.archives import members_of
from clients.custodians.house.house_columns import TABLES, Table
from clients.custodians.house.house_rows import READERS
from clients.custodians.layouts import Layout
from clients.custodians.reading import Columns, Reading, Row, Upload
from clients.custodians.rows import (
    ParsedFile,
)
from clients.custodians.tables import Line, TableRefused, folded, head_of, lines_of

SLUG = "house"


def reason_not(upload: Upload) -> str | None:
    """Why this is not a house file, or None when it is."""
    if upload.data.startswith(b"PK"):
        try:
            members = members_of(upload.data)
        except TableRefused:
            # A damaged or hostile archive is refused here, with its reason.
            return None
        if any(name.casefold() in {f"{kind.value}.csv" for kind in TABLES} for name, _ in members):
            return None
        return "the archive has none of the house bundle's eight tables"
    return (
        None
        if table_of(upload)
        else "its first line is not the header of one of the house bundle's eight tables"
    )


def table_of(upload: Upload) -> Table | None:
    """Which table a single CSV is: the one whose required columns are in its first line."""
    first = head_of(upload.data, 16384).lstrip("\ufeff").splitlines()[:1]
    captions = {folded(cell.strip('"')) for cell in first[0].split(",")} if first else set()
    fitting = [table for table in TABLES.values() if captions >= set(table.required)]
    # Lots carry all the columns that positions require, so the table with most required columns wins.
    return max(fitting, key=lambda table: len(table.required), default=None)


def parse(upload: Upload) -> ParsedFile:
    """Read a bundle or a single table. Never raises: errors are in `faults`."""
    reading = Reading(layout=SLUG, custodian=None, upload=upload)
    try:
        if upload.data.startswith(b"PK"):
            _parse_archive(reading)
        elif table := table_of(upload):
            _parse_table(reading, table, upload.data)
        else:
            reading.fault(
                "The first line is not the header of one of the house bundle's tables.",
                "See the house bundle's page for the columns of each table.",
                line=1,
            )
    except TableRefused as refused:
        reading.refuse(refused)
    days = {position.as_of for position in reading.positions if position.as_of}
    days |= {lot.as_of for lot in reading.lots if lot.as_of}
    days |= {cash.as_of for cash in reading.cash if cash.as_of}
    reading.as_of = max(days, default=None)
    if len(days) > 1:
        reading.caution(f"The tables name {len(days)} different days; the latest is {reading.as_of}.")
    return reading.finish()


def _parse_archive(reading: Reading) -> None:
    members = {name.casefold(): data for name, data in members_of(reading.upload.data)}
    known = {f"{kind.value}.csv": table for kind, table in TABLES.items()}
    if strangers := sorted(set(members) - set(known)):
        reading.fault(
            f"The archive has a file that is not one of the bundle's tables: {cells.shown(strangers[0])}.",
            f"Keep only {', '.join(known)}.",
        )
        return
    for name, table in known.items():
        if name in members:
            reading.file = name
            try:
                _parse_table(reading, table, members[name])
            except TableRefused as refused:
                reading.refuse(refused)
    reading.file = reading.upload.name


def _parse_table(reading: Reading, table: Table, data: bytes) -> None:
    lines = lines_of(data)
    header = next(lines, None)
    if header is None or not _header_is_sound(
        reading, table, header, columns := Columns.read(reading, header)
    ):
        return
    if not data.rstrip(b"\x00").endswith((b"\n", b"\r")):
        reading.fault(
            "The file does not end with a line break, so it may have been cut off.",
            "Upload it again; end the last line with a line break.",
            line=data.count(b"\n") + 1,
        )
    reading.covers.add(table.kind)
    read = READERS[table.kind]
    first_line_by_key: dict[tuple[object, ...], int] = {}
    keep = getattr(reading, table.kind.value).append
    for line in lines:
        if line.is_blank:
            continue
        row = Row(reading, columns, line)
        if len(line.cells) != columns.width:
            reading.fault(
                f"The line has {len(line.cells)} cells, but the header has {columns.width}.",
                "Quote cells that hold commas; add the missing cell or remove the extra one.",
                line=line.number,
                column=f"{min(len(line.cells), columns.width) + 1}",
            )
            continue
        found = read(row)
        if row.bad:
            continue
        key = tuple([getattr(found, name) for name in table.key])
        first = line.number if None in key else first_line_by_key.setdefault(key, line.number)
        if table.key and first != line.number:
            row.refuse(table.key[-1], f"This repeats line {first}.", "Remove one of the two rows.")
        else:
            keep(found)


def _header_is_sound(reading: Reading, table: Table, header: Line, columns: Columns) -> bool:
    if missing := columns.missing(*table.required):
        reading.fault(
            f"The table {table.kind.value} needs a column {missing[0]}.",
            "Add the column.",
            line=header.number,
            column=missing[0],
        )
    strangers = [cell for cell in header.cells if folded(cell) not in {c.name for c in table.columns}]
    for cell in strangers:
        reading.fault(
            f"The table {table.kind.value} has no such column.",
            "Remove it, or correct its name.",
            line=header.number,
            column=cell.strip() or f"{header.cells.index(cell) + 1}",
            value=cell,
        )
    return not missing and not strangers


LAYOUT = Layout(
    slug=SLUG,
    name="House bundle",
    custodian=None,
    confirmed="our own layout",
    page="formats/house-bundle.md",
    kinds=frozenset(TABLES),
    reason_not=reason_not,
    parse=parse,
)
