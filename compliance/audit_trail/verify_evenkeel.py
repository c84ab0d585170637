"""Checks an export of Evenkeel without Evenkeel: one file, Python 3.9 or newer, nothing to install.

    python3 verify_evenkeel.py audit-2026-11-23.zip [--key PUBLIC_KEY_OR_FILE]... [--checkpoint FILE]...

It takes a ZIP or the folder it was unpacked to. The manifest has to describe exactly the files that are there (name, rows,
bytes, SHA-256) and, with a key, to be signed with it; of an audit trail also the hash chain is checked event by event,
the CSV against it, and the checkpoints, those inside and those kept elsewhere. The first fault is named with its line.

Exit codes: 0 everything agrees, 1 something was changed, 2 it could not be checked.
Written apart from the product's own verification, so that a mistake in one is not also in the other.
"""

from __future__ import annotations

import argparse
import base64
import calendar
import csv
import hashlib
import io
import json
import re
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Tuple  # noqa: UP035

EXPORT, MANIFEST_SIGNED = "evenkeel-export-1", "evenkeel-manifest-1"
EVENT, CHECKPOINT = "evenkeel-audit-1", "evenkeel-checkpoint-1"
GENESIS = "0" * 64
TEXTS = (
    *("action", "actor_kind", "person_ref", "actor_label", "roles", "session_ref", "mfa_method"),
    *("request_id", "about_kind", "about_id", "household_ref", "facts"),
)
COLUMNS = ("seq", "occurred_at", "stated_at", *TEXTS, "prev_hash", "hash")
TRAIL, TABLE, MARKS = "trail.jsonl", "trail.csv", "checkpoints.jsonl"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
INTACT, CHANGED, NOT_CHECKED = 0, 1, 2
csv.field_size_limit(2**31 - 1)

# Named at run time, where Python 3.9 knows no newer form.
Mark = Tuple[str, "dict[str, Any]"]  # noqa: UP006
Point = Tuple[int, int, int, int]  # noqa: UP006


class Fault(Exception):
    """Something in the export is not as it was written."""


class NotReadable(Exception):
    """What the command was given cannot be read at all."""


class Export:
    """The files of a ZIP or of a folder, by name."""

    def __init__(self, path: Path) -> None:
        self.zip: zipfile.ZipFile | None = None
        self.folder = path
        try:
            if path.is_dir():
                self.names = sorted(each.name for each in path.iterdir())
            else:
                self.zip = zipfile.ZipFile(path)
                self.names = [each.filename for each in self.zip.infolist()]
        except (OSError, zipfile.BadZipFile) as problem:
            raise NotReadable(f"{path} is neither a ZIP nor a folder that can be read ({problem})") from None

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """A file, read from its start; whatever cannot be read or decoded is a fault of this file."""
        try:
            with self.zip.open(name) if self.zip else (self.folder / name).open("rb") as file:
                yield file
        except (OSError, EOFError, KeyError, RuntimeError, NotImplementedError) as problem:
            raise Fault(f"{name} cannot be read ({problem})") from None
        except (zipfile.BadZipFile, zlib.error, UnicodeDecodeError, csv.Error) as problem:
            raise Fault(f"{name} cannot be read ({problem})") from None

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def lines(self, name: str) -> Iterator[tuple[int, str]]:
        """Number and text of each line; each ends with a line feed."""
        with self.open(name) as file:
            for number, line in enumerate(file, start=1):
                yield number, line.decode("utf-8")[:-1]

    def table(self, name: str) -> Iterator[list[str]]:
        """The rows of a CSV file."""
        with self.open(name) as file:
            yield from csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""))


def manifest_of(export: Export, keys: dict[str, bytes]) -> dict[str, Any]:
    """The manifest, once its signature (where a key is given) and the names of the files agree with it."""
    content = export.read("manifest.json")
    try:
        manifest = json.loads(content)
        files = {each["name"]: each for each in manifest["files"]}
        as_written = (f"{canonical(manifest)}\n".encode(), EXPORT, len(manifest["files"]))
        if (content, manifest["format"], len(files)) != as_written:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Fault(f"manifest.json is not a manifest as {EXPORT} writes it") from None
    if keys:
        check_signature(export, content, keys)
    names = [*files, *({"manifest.json", "manifest.sig"} & set(export.names))]
    for name in names + export.names:
        if (names.count(name), export.names.count(name)) != (1, 1):
            raise Fault(f"{name} is not in both the manifest and the export, exactly once")
    return dict(manifest)


def check_file(export: Export, name: str, told: dict[str, Any]) -> None:
    size, rows, digest, last = 0, 0, hashlib.sha256(), b"\n"
    with export.open(name) as file:
        for piece in iter(lambda: file.read(1 << 16), b""):
            size, rows, last = size + len(piece), rows + piece.count(b"\n"), piece[-1:]
            digest.update(piece)
    if size != told["bytes"]:
        raise Fault(f"{name} has {size} bytes, the manifest says {told['bytes']}")
    if digest.hexdigest() != told["sha256"]:
        raise Fault(f"{name} is not the file of the manifest: its SHA-256 differs")
    if name.endswith(".csv"):
        rows = sum(1 for _ in export.table(name)) - 1
    if told["rows"] not in (None, rows) or (name.endswith(".jsonl") and last != b"\n"):
        raise Fault(f"{name} does not have the {told['rows']} rows that the manifest says")


def check_signature(export: Export, content: bytes, keys: dict[str, bytes]) -> None:
    try:
        told = json.loads(export.read("manifest.sig"))
        key, signature = keys[told["key_id"]], bytes_of(told["signature"])
    except (ValueError, KeyError, TypeError):
        raise Fault("manifest.sig is no signature under a key that was given") from None
    if not signature_holds(key, netstrings(MANIFEST_SIGNED.encode(), content), signature):
        raise Fault("manifest.json does not match its signature")


def check_trail(export: Export, told: dict[str, Any], named: set[int]) -> dict[int, str]:
    """Walk the events and compare their ends with the manifest; returns the hashes of those that are named."""
    hashes: dict[int, str] = {}
    first: dict[str, Any] = {}
    before, count, rows = first, 0, export.table(TABLE)
    if next(rows, None) != list(COLUMNS):
        raise Fault(f"{TABLE} line 1 does not name the columns of the trail")
    for number, line in export.lines(TRAIL):
        event = event_of(line, f"{TRAIL} line {number}")
        where = f"{TRAIL} line {number} (event #{event['seq']})"
        if event["hash"] != event_hash(event, where):
            raise Fault(f"{where}: its content does not match its hash")
        check_order(event, before, where, is_whole=told["whole"])
        if next(rows, None) != [cell(event[column]) for column in COLUMNS]:
            raise Fault(f"{TABLE} row {number} (event #{event['seq']}) differs from {TRAIL}")
        if event["seq"] in named:
            hashes[event["seq"]] = event["hash"]
        first, before, count = first or event, event, count + 1
    if next(rows, None) is not None:
        raise Fault(f"{TABLE} has more rows than {TRAIL}")
    ends = {f"first_{name}": first.get(name) for name in ("seq", "prev_hash", "hash")}
    ends |= {"events": count, "last_seq": before.get("seq"), "last_hash": before.get("hash")}
    for name, value in ends.items():
        if told[name] != value:
            raise Fault(f"manifest.json says {name} {told[name]}, the files say {value}")
    return hashes


def check_order(event: dict[str, Any], before: dict[str, Any], where: str, *, is_whole: bool) -> None:
    """An event against the one before it. What was asked for in part has gaps, which nothing can bridge."""
    last = before.get("seq", 0)
    if event["seq"] <= last:
        raise Fault(f"{where}: it comes after event #{last}")
    if event["seq"] > last + 1:
        if is_whole:
            raise Fault(f"{where}: event #{last + 1} is missing before it")
    elif event["prev_hash"] != before.get("hash", GENESIS):
        raise Fault(f"{where}: it does not follow the event before it")


def event_of(line: str, where: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        raise Fault(f"{where} is not JSON") from None
    told: dict[str, Any] = event if isinstance(event, dict) and set(event) == set(COLUMNS) else {}
    kinds = [type(told.get(name)) for name in COLUMNS]
    if kinds != [int, *[str] * (len(COLUMNS) - 1)] or canonical(told) != line:
        raise Fault(f"{where} is not an event as an export writes it")
    return told


def event_hash(event: dict[str, Any], where: str) -> str:
    """SHA-256 over the format, the number, both moments in microseconds, the texts and the hash before."""
    moments = [str(micros(event[name], where)) for name in ("occurred_at", "stated_at")]
    parts = [EVENT, str(event["seq"]), *moments, *(event[name] for name in TEXTS), event["prev_hash"]]
    return hashlib.sha256(netstrings(*(part.encode("utf-8") for part in parts))).hexdigest()


def micros(text: str, where: str) -> int:
    if not MOMENT.fullmatch(text):
        raise Fault(f"{where}: {text!r} is no moment")
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 10**6 + int(text[20:26])


def cell(value: object) -> str:
    """A value in the CSV: a text that a spreadsheet would run is marked as text."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text


def mark_of(line: str, where: str, problem: type[Exception]) -> dict[str, Any]:
    try:
        document = json.loads(line)
        mark: dict[str, Any] = document["checkpoint"]
        names = ("root", "written_at", "key_id", "signature")
        if document["format"] == CHECKPOINT and all(isinstance(mark[name], str) for name in names):
            return {**mark, "seq": int(mark["seq"]), "events_count": int(mark["events_count"])}
    except (ValueError, KeyError, TypeError):
        document = None
    raise problem(f"{where} is no checkpoint")


def check_mark(mark: Mark, hashes: dict[int, str], keys: dict[str, bytes], *, is_whole: bool) -> str:
    """One checkpoint against the chain; says how far it could be checked."""
    where, told = mark
    root = hashes.get(told["seq"])
    if root is None and is_whole:
        raise Fault(f"{where}: it names event #{told['seq']}, which the trail does not have")
    if root is not None and (root, told["seq"]) != (told["root"], told["events_count"]):
        raise Fault(f"{where}: event #{told['seq']} is not the one it was written for")
    if not told["signature"]:
        return "unsigned"
    if told["key_id"] not in keys:
        return "signed, but not checked without its key"
    parts = (CHECKPOINT, str(told["seq"]), str(told["events_count"]), told["root"], told["written_at"])
    message = netstrings(*(part.encode("utf-8") for part in parts))
    if not signature_holds(keys[told["key_id"]], message, bytes_of(told["signature"])):
        raise Fault(f"{where}: it does not match its signature")
    return "with a good signature"


def kept_elsewhere(paths: list[str]) -> Iterator[Mark]:
    for path in [file for given in map(Path, paths) for file in sorted(given.glob("*.json")) or [given]]:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as problem:
            raise NotReadable(f"{path} cannot be read ({problem})") from None
        for number, line in enumerate(filter(str.strip, lines), start=1):
            yield f"{path} line {number}", mark_of(line, f"{path} line {number}", NotReadable)


def canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def netstrings(*parts: bytes) -> bytes:
    """Each part with its length in front, so that no two lists of parts give the same bytes."""
    return b"".join(b"%d:%b," % (len(part), part) for part in parts)


def bytes_of(text: str) -> bytes:
    """What base64 holds; nothing where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def key_of(text: str) -> bytes:
    """A public key: 32 bytes in base64, or a file that holds them."""
    try:
        path = Path(text)
        key = bytes_of(path.read_text(encoding="utf-8").strip() if path.is_file() else text)
    except (OSError, ValueError):
        key = b""
    if len(key) != 32:
        raise NotReadable("the key is not 32 bytes in base64")
    return key


# Ed25519 as RFC 8032, section 5.1, describes it. It only verifies, so no secret can leak by its timing.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # Of -1.


def point_of(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def plus(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = plus(total, point)
        point = plus(point, point)
        number >>= 1
    return total


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64:
        return False
    public, chosen = point_of(key), point_of(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    if public is None or chosen is None or answer >= ORDER:
        return False
    asked = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    assert BASE is not None, "the base point is on the curve"
    left, right = times(answer, BASE), plus(chosen, times(asked, public))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 == (left[1] * right[2] - right[1] * left[2]) % P


def verify(path: str, keys: list[str], elsewhere: list[str]) -> str:
    """The sentence about an export in which everything agrees; raises Fault or NotReadable."""
    by_id = {hashlib.sha256(key).hexdigest()[:16]: key for key in map(key_of, keys)}
    outside = list(kept_elsewhere(elsewhere))
    export = Export(Path(path))
    try:
        manifest = manifest_of(export, by_id)
        told = "no audit trail among them"
        # The trail first: of an edited event the line is named, not only the file.
        if TRAIL in export.names:
            told = trail_told(export, manifest["trail"], outside, by_id)
        for each in manifest["files"]:
            check_file(export, each["name"], each)
        asked = f"asked by {manifest['asked']['by']} at {manifest['asked']['at']}"
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Fault(f"manifest.json lacks or confuses something ({problem})") from None
    signed = "signature good" if by_id else "no key given: whoever changes files can change the manifest too"
    return f"{len(manifest['files'])} files as the manifest says, {asked} ({signed}); {told}"


def trail_told(export: Export, trail: dict[str, Any], outside: list[Mark], keys: dict[str, bytes]) -> str:
    places = ((f"{MARKS} line {number}", line) for number, line in export.lines(MARKS))
    inside = [(where, mark_of(line, where, Fault)) for where, line in places]
    if len(inside) != trail["checkpoints"]:
        raise Fault(f"{MARKS} has {len(inside)} checkpoints, the manifest says {trail['checkpoints']}")
    marks = [*inside, *outside]
    hashes = check_trail(export, trail, {mark["seq"] for _, mark in marks})
    how = [check_mark(mark, hashes, keys, is_whole=trail["whole"]) for mark in marks]
    reach = (
        "the whole trail" if trail["whole"] else "only a part: that nothing between is missing cannot be seen"
    )
    told = ", ".join(f"{how.count(each)} {each}" for each in sorted(set(how))) or "none"
    events = f"{trail['events']} events, #{trail['first_seq']} to #{trail['last_seq']}"
    return f"{events}, {reach}; checkpoints: {told}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Checks an export of Evenkeel without Evenkeel.")
    parser.add_argument("export", help="the ZIP, or the folder it was unpacked to")
    for name, what in (
        ("--key", "a public key, or its file"),
        ("--checkpoint", "checkpoints kept elsewhere"),
    ):
        parser.add_argument(name, action="append", default=[], help=what)
    given = parser.parse_args(arguments)
    try:
        sys.stdout.write(f"INTACT: {verify(given.export, given.key, given.checkpoint)}.\n")
    except (Fault, NotReadable) as problem:
        is_changed = isinstance(problem, Fault)
        sys.stdout.write(f"{'CHANGED' if is_changed else 'NOT CHECKED'}: {problem}.\n")
        return CHANGED if is_changed else NOT_CHECKED
    return INTACT


if __name__ == "__main__":
    sys.exit(main())
