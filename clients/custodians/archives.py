"""Opens an untrusted .zip: sizes are summed from the directory before anything is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib

from clients.custodians.cells import shown
from clients.custodians.tables import BYTES_MAX, TableRefused

MEMBERS_MAX = 20
RATIO_MAX = 250
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def members_of(data: bytes) -> list[tuple[str, bytes]]:
    """The files of an archive, by name. Raises TableRefused for anything but a few plain files.

    Refused are paths (a name must not lead out of a folder), links, encryption, bombs, workbooks,
    doubled names and damaged members.
    """
    if len(data) > BYTES_MAX:
        raise TableRefused("The archive is too large.", "Split it, by account or by year.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_unsafe(entries)
            return [(entry.filename, _unpacked(archive, entry)) for entry in entries]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as broken:
        if isinstance(broken, TableRefused):
            raise
        raise TableRefused("The archive is damaged or was cut off.", "Upload it again.") from None


def _refuse_unsafe(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if any(name.startswith("xl/") or name == "[Content_Types].xml" for name in names):
        raise TableRefused(
            "The file is a spreadsheet workbook, which cannot be read.", "Save each sheet as CSV."
        )
    if len(entries) > MEMBERS_MAX:
        raise TableRefused(
            f"The archive holds more than {MEMBERS_MAX} files.", "Keep only the bundle's tables in it."
        )
    if len({name.casefold() for name in names}) != len(names):
        raise TableRefused("Two files of the archive have the same name.", "Keep one of each.")
    for entry in entries:
        where = shown(entry.filename)
        if any(mark in entry.filename for mark in ("/", "\\", "..", ":", "\x00")):
            raise TableRefused(f"The archive holds a path, {where}.", "Put the files in it without folders.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise TableRefused(f"The archive holds a link, {where}.", "Put the file itself in it.")
        if entry.flag_bits & 0x1:
            raise TableRefused(f"The archive's file {where} is encrypted.", "Upload it without a password.")
        if entry.compress_type not in _PLAIN_METHODS:
            raise TableRefused(
                f"The archive's file {where} uses an unsupported compression.",
                "Use standard zip compression.",
            )
        if entry.file_size > RATIO_MAX * max(entry.compress_size, 1024):
            raise TableRefused(
                f"The archive's file {where} is far too large when unpacked.", "Pack it again."
            )
    if sum(entry.file_size for entry in entries) > BYTES_MAX:
        raise TableRefused(
            f"The archive unpacks to more than {BYTES_MAX // 1024 // 1024} MB.",
            "Split it by account or year.",
        )


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as member:
        data = member.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise TableRefused("The archive's sizes contradict each other.", "Pack it again.")
    return data
