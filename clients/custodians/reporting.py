"""The report a person takes back to the source: the original rows with one more column, what is wrong."""

from __future__ import annotations

import csv
import io
from collections import defaultdict

from clients.custodians.archives import members_of
from clients.custodians.house.house_cells import escaped
from clients.custodians.rows import Fault, ParsedFile
from clients.custodians.tables import TableRefused, lines_of


def annotated_csv(parsed: ParsedFile, data: bytes) -> str:
    """The rows of the upload as CSV, each with its line number before and its faults behind.

    Faults of the whole file stand first. Cells are written so that a spreadsheet runs none of them, but
    for those that read as numbers. A file that is no table gives its faults alone.
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
            # What could be read is written; the reason it ends here is among the faults below.
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
