"""The drop folder: custodian files delivered by a transfer job are received without a person.

A file's state is its folder. In the drop folder itself it is new; in `taking/` one worker has claimed it; in
`done/` or `refused/` it is settled, under a name that starts with its public id. A clean file of a source that the
firm lets confirm itself is loaded at once (`clean_files`); every other waits for a person on the import page.

A transfer job either writes `name.part` and renames it when complete, or writes directly: a file that changed
within the last half minute is not read yet.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from clients.imports import clean_files, custodian_files
from clients.imports.file_rehearsing import AtOnce
from clients.models import CustodianFile
from compliance.people.actors import Actor
from compliance.refusals import BadInput

SETTLED_AFTER = timedelta(seconds=30)
"""How long a file must be unchanged before it counts as complete."""

ABANDONED_AFTER = timedelta(minutes=10)
"""After this time a claimed file counts as abandoned; far longer than any task may run."""

FILES_A_TURN = 20
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".swp")
TAKING, DONE, REFUSED = "taking", "done", "refused"


class FolderTrouble(Exception):
    """The folder cannot be used; says which and why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The result for one file: its original name, and its path now."""

    name: str
    moved_to: Path
    file: CustodianFile | None
    is_known: bool


def receive_all(
    folder: Path, *, by: Actor, at: datetime, share: Callable[[], object] | None = None
) -> list[Taken]:
    """Receive every complete file of the folder and settle it. Safe to run concurrently: where several files wait,
    `share` is called to ask another worker for its part.

    Raises `FolderTrouble` when the folder is missing or not writable.
    """
    try:
        for name in (TAKING, DONE, REFUSED):
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise FolderTrouble(
            f"The watched folder {folder} cannot be used: {error.strerror}. Create it, and give the workers write access."
        ) from error
    taken: list[Taken] = []
    at_once = clean_files.loads_itself(at=at)
    if share is not None and len(list(islice(_resting(folder, at=at), 2))) > 1:
        share()
    for claimed in _claimed(folder, at=at):
        try:
            taken.append(_take(folder, claimed, at_once=at_once, by=by, at=at))
        except FileNotFoundError:
            continue  # Another worker received this abandoned file; its bytes are on record already.
        if len(taken) == FILES_A_TURN:
            break
    return taken


def _claimed(folder: Path, *, at: datetime) -> Iterator[Path]:
    """The files to process: abandoned ones of a killed worker first, then complete new ones."""
    for path in sorted((folder / TAKING).iterdir()):
        if _age(path, at=at, of="claim") > ABANDONED_AFTER and _is_plain(path):
            os.utime(path)  # Renews the claim, so that a second worker skips the file.
            yield path
    for path in _resting(folder, at=at):
        claim = folder / TAKING / path.name
        try:
            path.rename(claim)  # With two workers, one finds nothing to rename.
            os.utime(claim)
        except FileNotFoundError:
            continue
        yield claim


def _resting(folder: Path, *, at: datetime) -> Iterator[Path]:
    """The complete files that nobody has claimed."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() in UNFINISHED or not _is_plain(path):
            continue
        if _age(path, at=at, of="content") < SETTLED_AFTER:
            continue
        if (folder / TAKING / path.name).exists():
            continue  # A file of the same name is being processed; this one waits.
        yield path


def _take(folder: Path, claimed: Path, *, at_once: AtOnce | None, by: Actor, at: datetime) -> Taken:
    name = claimed.name
    try:
        receipt = custodian_files.receive(
            _read(claimed),
            name=name,
            channel=CustodianFile.Channel.FOLDER,
            user_id=None,
            by=by,
            at=at,
            at_once=at_once,
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
    """The bytes of a file, without following links, up to the size limit."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        if size > custodian_files.SIZE_MAX:
            raise custodian_files.too_large(size)
        return opened.read()


def _settle(claimed: Path, target: Path) -> Path:
    os.replace(claimed, target)
    return target


def _explain(moved: Path, sentences: list[str]) -> None:
    """Write the reason next to a refused file, for people who look into the folder."""
    text = "\n".join(dict.fromkeys(sentences))
    moved.with_name(f"{moved.name}.why.txt").write_text(f"{text}\n", encoding="utf-8")


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _age(path: Path, *, at: datetime, of: str) -> timedelta:
    """The time since a file's content (or its claim) last changed; zero when it is gone."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return timedelta(0)
    changed = seen.st_mtime if of == "claim" else max(seen.st_mtime, seen.st_ctime)
    return timedelta(seconds=at.timestamp() - changed)
