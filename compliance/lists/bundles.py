"""A bundle: a ZIP of an export with its rows as JSONL and as CSV, and a manifest that says what it is and holds.

It is written to a temporary file row by row, so its size needs no memory. The manifest names every file with its rows,
bytes and SHA-256, and what was asked, by whom and when; with the firm's checkpoint key it is signed. Its own SHA-256 is
on the audit trail, in the line that says the data left. See docs/formats/trail-export.md.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from django.conf import settings
from django.db import transaction

from compliance.audit_trail import audit, checkpoints
from compliance.digests import canonical
from compliance.lists import cells
from compliance.lists.asked import Asked
from compliance.lists.cells import Cell
from compliance.people.actors import Actor

FORMAT = "evenkeel-export-1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
IN_MEMORY_BYTES = 1 << 20
"""A bundle below this size never touches the disk."""
PIECE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a bundle as the manifest names it; `rows` is None where it has none."""

    name: str
    rows: int | None
    bytes: int
    sha256: str


class Bundle:
    """A bundle being written: files first, the manifest last."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.members: list[Member] = []
        self.sha256 = ""
        """The manifest's own, once it is written."""
        # Closed by whoever reads it to its end: the response, or the command that copies it.
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)

    def add_rows(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
        """Add the rows as `name.jsonl` and `name.csv`, and return how many there are. They are read once."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as beside:
            count = 0

            def lines() -> Iterator[bytes]:
                nonlocal count
                beside.write(cells.line(header))
                for row in rows:
                    count += 1
                    beside.write(cells.line([cells.text(cell) for cell in row]))
                    yield f"{canonical.text(dict(zip(header, row, strict=True)))}\n".encode()

            written = self._write(f"{name}.jsonl", lines())
            self.members.append(Member(f"{name}.jsonl", count, *written))
            beside.seek(0)
            written = self._write(f"{name}.csv", iter(lambda: beside.read(PIECE_BYTES), b""))
            self.members.append(Member(f"{name}.csv", count, *written))
        return count

    def add_lines(self, name: str, lines: Sequence[str]) -> None:
        """Add a file of lines."""
        written = self._write(name, (f"{line}\n".encode() for line in lines))
        self.members.append(Member(name, len(lines), *written))

    def add(self, name: str, content: bytes) -> None:
        """Add a file that has no rows."""
        self.members.append(Member(name, None, *self._write(name, [content])))

    def close(self, asked: Mapping[str, object], **more: object) -> None:
        """Write the manifest, sign it if the firm has a key, and end the ZIP."""
        content = f"{canonical.text({'format': FORMAT, 'product': settings.VERSION, 'asked': asked, 'files': self.members, **more})}\n".encode()
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._write(MANIFEST, [content])
        if signed := checkpoints.signed_manifest(content):
            self._write(SIGNATURE, [f"{signed}\n".encode()])
        self._zip.close()

    def file(self) -> IO[bytes]:
        """The whole ZIP from its start."""
        self._file.seek(0)
        return self._file

    def _write(self, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        """Write a file of the ZIP and return its bytes and digest. Its day is the export's, so that equal data are equal bytes."""
        about = zipfile.ZipInfo(name, date_time=self.at.astimezone(UTC).timetuple()[:6])
        about.compress_type = zipfile.ZIP_DEFLATED
        size, digest = 0, hashlib.sha256()
        with self._zip.open(about, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                size += len(piece)
                digest.update(piece)
        return size, digest.hexdigest()


def asking(about: tuple[str, str], filters: str, *, by: Actor, at: datetime) -> dict[str, object]:
    """What was asked, by whom and when, as every manifest says it."""
    return {
        "about": list(about),
        "filters": filters,
        "by": by.label,
        "person": by.person_ref,
        "roles": sorted(by.roles),
        "at": at,
    }


def of_list(
    asked: Asked, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, by: Actor, at: datetime
) -> Bundle:
    """The rows of a list as a bundle, with its line on the trail."""
    kind = asked.kind
    bundle = Bundle(at=at)
    count = bundle.add_rows(kind.name, header, rows)
    bundle.close(asking(kind.about, asked.query(), by=by, at=at))
    record(bundle, kind.about, rows=count, filters=asked.query(), by=by, at=at)
    return bundle


def record(
    bundle: Bundle,
    about: tuple[str, str],
    *,
    rows: int,
    filters: str,
    household: str = "",
    by: Actor,
    at: datetime,
) -> None:
    """The line of an export: what left, and the digest by which the file is known again."""
    with transaction.atomic():
        audit.record(
            audit.Action.DATA_EXPORTED,
            about=audit.Ref(*about, household),
            by=by,
            at=at,
            rows=rows,
            filters=filters,
            manifest=bundle.sha256,
        )
