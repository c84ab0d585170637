"""The watched folder: custodian files that a transfer job puts down, taken in without a person.

The life of a file is where it lies. In the folder itself it waits; in `taking/` one worker has claimed it; in
`done/` or `refused/` it is settled, under a name that starts with its public id. Only receiving happens here:
the file then waits on the import page for a person to confirm it.

A transfer job either writes `name.part` and renames it when it is whole, or simply writes: a file whose size
or time changed within the last half minute is left alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from clients.imports import custodian_files
from clients.models import CustodianFile
from compliance.people.actors import Actor
from compliance.refusals import BadInput

SETTLED_AFTER = timedelta(seconds=30)
"""How long a file must have been left alone before it counts as whole."""

ABANDONED_AFTER = timedelta(minutes=10)
"""When a claimed file is taken for its worker's orphan; far longer than any task may run."""

FILES_A_TURN = 20
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".swp")
TAKING, DONE, REFUSED = "taking", "done", "refused"


class FolderTrouble(Exception):
    """The folder cannot be worked in; says which and why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: its name as it lay there, and where it lies now."""

    name: str
    moved_to: Path
    file: CustodianFile | None
    is_known: bool


def take_in(folder: Path, *, by: Actor, at: datetime) -> list[Taken]:
    """Receive every whole file of the folder and settle it. May run twice, also at once.

    Raises `FolderTrouble` when the folder is missing or not writable.
    """
    try:
        for name in (TAKING, DONE, REFUSED):
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise FolderTrouble(
            f"The watched folder {folder} cannot be used: {error.strerror}. Make it, and let the workers write there."
        ) from error
    taken: list[Taken] = []
    for claimed in _claimed(folder, at=at):
        try:
            taken.append(_take(folder, claimed, by=by, at=at))
        except FileNotFoundError:
            continue  # Another worker brought this orphan home; the record knows its bytes already.
        if len(taken) == FILES_A_TURN:
            break
    return taken


def _claimed(folder: Path, *, at: datetime) -> Iterator[Path]:
    """Files that are ours to work on: orphans of a killed worker first, then what is whole and waits."""
    for path in sorted((folder / TAKING).iterdir()):
        if _age(path, at=at, of="claim") > ABANDONED_AFTER and _is_plain(path):
            os.utime(path)  # Renews the claim, so that a second worker leaves it alone.
            yield path
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() in UNFINISHED or not _is_plain(path):
            continue
        if _age(path, at=at, of="content") < SETTLED_AFTER:
            continue
        claim = folder / TAKING / path.name
        if claim.exists():
            continue  # One of the same name is being worked on; this one waits its turn.
        try:
            path.rename(claim)  # Of two workers, one finds nothing to rename.
            os.utime(claim)
        except FileNotFoundError:
            continue
        yield claim


def _take(folder: Path, claimed: Path, *, by: Actor, at: datetime) -> Taken:
    name = claimed.name
    try:
        receipt = custodian_files.receive(
            _read(claimed),
            name=name,
            channel=CustodianFile.Channel.FOLDER,
            user_id=None,
            by=by,
            at=at,
        )
    except BadInput as refusal:
        moved = _settle(claimed, folder / REFUSED / f"{at:%Y%m%dT%H%M%S}-{name}")
        _explain(moved, [str(refusal)])
        return Taken(name, moved, file=None, is_known=False)
    file = receipt.file
    if file.state == CustodianFile.State.REFUSED:
        moved = _settle(claimed, folder / REFUSED / f"{file.public_id}-{name}")
        _explain(moved, [f"{fault['rule']} {fault['how_to_fix']}" for fault in file.faults])
    else:
        moved = _settle(claimed, folder / DONE / f"{file.public_id}-{name}")
    return Taken(name, moved, file=file, is_known=receipt.is_known)


def _read(path: Path) -> bytes:
    """The bytes of a file, never through a link, never more than a file may hold."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        if size > custodian_files.SIZE_MAX:
            raise custodian_files.too_large(size)
        return opened.read()


def _settle(claimed: Path, target: Path) -> Path:
    os.replace(claimed, target)
    return target


def _explain(moved: Path, sentences: list[str]) -> None:
    """Put the reason beside a refused file, for whoever looks into the folder and not at the screen."""
    text = "\n".join(dict.fromkeys(sentences))
    moved.with_name(f"{moved.name}.why.txt").write_text(f"{text}\n", encoding="utf-8")


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _age(path: Path, *, at: datetime, of: str) -> timedelta:
    """How long ago a file's content (or its claim) last changed; no time at all when it is gone."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return timedelta(0)
    changed = seen.st_mtime if of == "claim" else max(seen.st_mtime, seen.st_ctime)
    return timedelta(seconds=at.timestamp() - changed)
