"""A whole desk at work for a test: supervisor, web, worker, timetable and servers as real processes."""

from __future__ import annotations

import http.cookiejar
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from advisory.embedded import folders, processes

PROJECT = folders.PROJECT
OURS = ("DATABASE", "REDIS", "EVENKEEL", "DJANGO", "SECRET_KEY", "PYTEST")
PASSWORD = "correct horse battery staple"
EMAIL = "tom@firm.example"
ANSWER_SECONDS = 10


class Desk:
    """`./evenkeel run` with a state folder of its own."""

    answer_seconds = ANSWER_SECONDS

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = processes.free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(OURS)},
            "EVENKEEL_STATE": str(state),
            "EVENKEEL_FILES": str(state / "files"),
            "PYTHONUNBUFFERED": "1",
            # The staff that comes in here has a password and nothing else.
            "EVENKEEL_SECOND_FACTOR_ROLES": "client",
            "EVENKEEL_STEP_UP_MINUTES": "0",
        }
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._browser = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))
        self._cookies = cookies.cookiejar
        self.supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with Path(f"{self.state}.said").open("wb") as said:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "advisory.supervision", "run", "--port", str(self.port)],
                cwd=PROJECT, env=self.environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        self.wait_for(self.is_ready, "ready for the first time", seconds=420)

    def stop(self) -> None:
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGINT)
            self.supervisor.wait(timeout=120)

    @property
    def said(self) -> str:
        """What the supervisor printed."""
        return Path(f"{self.state}.said").read_text()

    def wait_for(self, holds: Callable[[], bool], what: str, *, seconds: float) -> float:
        """Wait until that holds, and return how many seconds it took."""
        began = time.monotonic()
        while not holds():
            assert self.supervisor is not None
            assert self.supervisor.poll() is None, f"the supervisor ended:\n{self.said}"
            assert time.monotonic() - began < seconds, f"not {what} within {seconds} s:\n{self.said}"
            time.sleep(0.3)
        return time.monotonic() - began

    # Its processes

    def pid(self, name: str) -> int:
        """The number of a part's first process; 0 where there is none."""
        try:
            if name == "database":
                (pid_file,) = self._servers().glob("pg[0-9]*/postmaster.pid")
                return int(pid_file.read_text().splitlines()[0])
            record = "servers-valkey" if name == "broker" else name
            return int(json.loads((self.state / "run" / f"{record}.json").read_text())["pid"])
        except (OSError, ValueError, IndexError):
            return 0

    def _servers(self) -> Path:
        before = os.environ.get("EVENKEEL_STATE")
        os.environ["EVENKEEL_STATE"] = str(self.state)
        try:
            return folders.servers()
        finally:
            os.environ.pop("EVENKEEL_STATE") if before is None else os.environ.update(EVENKEEL_STATE=before)

    # Asking it

    def get(self, address: str) -> tuple[int, str]:
        return self._ask(urllib.request.Request(self._at(address)))

    def post(self, address: str, body: bytes, content_type: str) -> tuple[int, str]:
        token = next((one.value or "" for one in self._cookies if "csrf" in one.name), "")
        headers = {"Content-Type": content_type, "X-CSRFToken": token, "Referer": self._at("/")}
        return self._ask(urllib.request.Request(self._at(address), data=body, headers=headers))

    def upload(self, address: str, name: str, content: bytes) -> tuple[int, str]:
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = head.encode() + b"Content-Type: text/csv\r\n\r\n" + content + f"\r\n--{mark}--\r\n".encode()
        return self.post(address, body, f"multipart/form-data; boundary={mark}")

    def _at(self, address: str) -> str:
        return f"http://127.0.0.1:{self.port}{address}"

    def _ask(self, request: urllib.request.Request) -> tuple[int, str]:
        """Status and text; status 0 where nobody answers."""
        try:
            with self._browser.open(request, timeout=self.answer_seconds) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def is_ready(self) -> bool:
        status, text = self.get("/readyz")
        return status == 200 and json.loads(text)["state"] == "ready"

    def manage(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT, env=self.environment, input=typed, text=True, capture_output=True, timeout=420,
        )  # fmt: skip

    def sign_in(self, role: str) -> None:
        """Add a person in that role and sign them in."""
        added = self.manage(
            "add_person", EMAIL, "--name", "Tom Torres", "--role", role, typed=f"{PASSWORD}\n"
        )
        assert added.returncode == 0, added.stderr
        self.get("/account/login/")
        body = f"login={EMAIL.replace('@', '%40')}&password={PASSWORD.replace(' ', '+')}".encode()
        self.post("/account/login/", body, "application/x-www-form-urlencoded")
        assert self.get("/statusz")[0] == 200, "not signed in"


@contextmanager
def at_work(state: Path) -> Iterator[Desk]:
    desk = Desk(state)
    try:
        desk.start()
        yield desk
    finally:
        desk.stop()
