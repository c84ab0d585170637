"""Starting, watching and stopping one server process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from advisory.embedded import folders
from advisory.embedded.trouble import Trouble

LOG_BYTES_MAX = 10_000_000


def free_port() -> int:
    """Return a port of this machine that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C reaches us and not the server."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".old.log"))
    with log.open("ab") as stream:
        account = folders.server_account()
        try:
            if account is None:
                return subprocess.Popen(
                    command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                    start_new_session=True,
                )  # fmt: skip
            return subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                start_new_session=True, user=account.uid, group=account.gid, extra_groups=[],
            )  # fmt: skip
        except (PermissionError, subprocess.SubprocessError) as error:
            raise Trouble(
                f"{command[0]} cannot be started ({error}). As root its server runs as the account nobody, "
                "which needs the right to change accounts; or set DATABASE_URL and REDIS_URL to servers of yours."
            ) from error


def alive(pid: int) -> bool:
    """Say whether a process of that number exists; a dead child of ours is collected first."""
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def stop(pid: int, *, by: signal.Signals, within_seconds: float = 30) -> None:
    """Send the signal and wait until the process is gone; kill it, with its children, when it does not go."""
    family = children(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, by)
    deadline = time.monotonic() + within_seconds
    while alive(pid):
        if time.monotonic() > deadline:
            # Children that hang too would keep the data of a killed server to themselves.
            for one in (pid, *family):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            return
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """Return the numbers of the processes that this one has started and that still run."""
    said = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True).stdout
    pairs = [line.split() for line in said.splitlines()]
    return [int(pair[0]) for pair in pairs if len(pair) == 2 and pair[1] == str(pid)]


def command_line(pid: int) -> str:
    """Return the program and arguments of a process, or nothing when there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    said = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
    return said.stdout.strip()


def birth(pid: int) -> str:
    """Return a unique text for when a process started; nothing when there is no such process.

    Process ids are reused and programs rename themselves, so a process is recognized by this.
    """
    stat = Path(f"/proc/{pid}/stat")
    boot = Path("/proc/sys/kernel/random/boot_id")
    if boot.exists():
        try:
            # The name in parentheses may hold spaces; the 22nd field counted from the start is the birth.
            return f"{boot.read_text().strip()}:{stat.read_text().rpartition(')')[2].split()[19]}"
        except (OSError, IndexError):
            return ""
    said = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return said.stdout.strip()


def last_lines(log: Path, count: int = 5) -> str:
    """Return the end of a log for an error message."""
    if not log.exists():
        return "(no log)"
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 4000))
        return "\n".join(stream.read().decode(errors="replace").splitlines()[-count:])
