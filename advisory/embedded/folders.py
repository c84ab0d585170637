"""Where state lives: `.evenkeel/` in the project, or a root-owned folder where the server cannot reach it.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, which must be able to reach its
binaries and its data. Below a home directory with mode 0700 it cannot, and opening that directory to
everybody would be unsafe. Then data and a copy of the binaries are kept under SHARED instead, which only root
may write to.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from advisory.embedded.trouble import Trouble

PROJECT = Path(__file__).resolve().parents[2]
SHARED = Path("/var/lib/evenkeel")


@dataclass(frozen=True, slots=True)
class Account:
    """The system account a server runs as when root starts it."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the account for servers started by root, or None when we are an ordinary user already."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)
    return Account(entry.pw_uid, entry.pw_gid)


def state() -> Path:
    """Return the folder of secrets, logs and pid files, made when it is absent.

    `nobody` must be able to traverse it to reach its data, so as root it has mode 0711.
    """
    folder = Path(os.environ.get("EVENKEEL_STATE") or PROJECT / ".evenkeel").resolve()
    return _made(folder, 0o711 if os.geteuid() == 0 else 0o700)


def private(name: str) -> Path:
    """Return the sub-folder `name` of the state folder, open to its owner only."""
    return _made(state() / name, 0o700)


def servers() -> Path:
    """Return the folder under which servers keep their data, reachable by the account they run as."""
    home = state()
    if server_account() is None or passable_by_all(home):
        return _made(home / "servers", 0o755)
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return _made(_made(_made(SHARED, 0o755) / digest, 0o755) / "servers", 0o755)


def owned_by_server(folder: Path) -> Path:
    """Make `folder` with mode 0700 and give it to the account the servers run as."""
    _made(folder, 0o700)
    if account := server_account():
        os.chown(folder, account.uid, account.gid)
    return folder


def passable_by_all(path: Path) -> bool:
    """Say whether any account may pass through `path` and every folder above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.is_dir())


def reachable(tree: Path, *, neighbors: tuple[Path, ...] = (), label: str) -> Path:
    """Return `tree`, or a world-readable copy of it when the server's account cannot reach it.

    `neighbors` are folders beside the top of the tree that its binaries load libraries from; they
    keep their places relative to it. `label` names the copy and must change with the contents.
    """
    if server_account() is None or passable_by_all(tree):
        return tree
    home = _made(_made(SHARED, 0o755) / "binaries", 0o755)
    copy = home / label
    if not copy.is_dir():
        unfinished = Path(tempfile.mkdtemp(prefix=f".{label}-", dir=home))
        shutil.copytree(
            tree,
            unfinished / tree.name,
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "__pycache__"),
        )
        for neighbor in neighbors:
            shutil.copytree(neighbor, unfinished / neighbor.name)
        for folder, _, files in os.walk(unfinished):
            Path(folder).chmod(0o755)
            for name in files:
                file = Path(folder, name)
                if not file.is_symlink():
                    file.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:
            # Another start finished first; its copy has the same label and so the same contents.
            shutil.rmtree(unfinished, ignore_errors=True)
    return copy / tree.name


def _made(folder: Path, mode: int) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) != mode and folder.stat().st_uid == os.geteuid():
            folder.chmod(mode)
    except OSError as error:
        raise Trouble(
            f"The folder {folder} cannot be created or used ({error.strerror}). "
            "Free some space or set EVENKEEL_STATE to a folder you may write to."
        ) from error
    return folder
