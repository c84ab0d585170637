"""The error report for the file's author: the original rows with one more column that says what is wrong."""

from __future__ import annotations

import csv
import io
from collections import defaultdict

from clients.custodians.archives import members_of
from clients.custodians.house.house_cells import escaped
from clients.custodians.rows import Fault, ParsedFile
from clients.custodians.tables import TableRefused, lines_of


def annotated_csv(parsed: ParsedFile, data: bytes) -> str:
    """The rows of the upload as CSV, each with its line number first and its faults last. Faults of the whole
    file come first. Cells are escaped so that a spreadsheet does not run them, except those that are numbers.
    A file that is not a table gives only its faults.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["file", "line", "problem", "original cells"])
    by_line: dict[tuple[str, int], list[Fault]] = defaultdict(list)
    for fault in parsed.faults:
        by_line[fault.file, fault.line].append(fault)
    for name, content in _tables(parsed.name, data):
        try:
            for line in lines_of(content):
                problem = " ".join(str(fault) for fault in by_line.pop((name, line.number), []))
                writer.writerow([escaped(name), line.number, escaped(problem), *map(_harmless, line.cells)])
        except TableRefused:
            # Rows read so far are written; the faults below say why reading stopped.
            continue
    for (name, number), faults in by_line.items():
        writer.writerow([escaped(name), number or "", escaped(" ".join(map(str, faults)))])
    if parsed.faults_left_off:
        writer.writerow(["", "", f"and {parsed.faults_left_off} more"])
    return out.getvalue()


def _tables(name: str, data: bytes) -> list[tuple[str, bytes]]:
    if not data.startswith(b"PK"):
        return [(name, data)]
    try:
        return [(member.casefold(), content) for member, content in members_of(data)]
    except TableRefused:
        return []


def _harmless(cell: str) -> str:
    trimmed = cell.strip()
    if trimmed[:1] in {"-", "+"} and trimmed[1:].replace(",", "").replace(".", "", 1).isdecimal():
        return cell
    return escaped(trimmed)
