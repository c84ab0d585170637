"""`demo` and `run`: a whole firm's desk on this machine, for as long as the command runs."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import psycopg

from advisory.embedded import folders, processes
from advisory.embedded.postgresql import DURABLE, RELAXED
from advisory.embedded.services import Addresses, Services, in_use, local_secrets
from advisory.embedded.trouble import Trouble
from advisory.health import freshness
from advisory.supervision import brokers, crew, watching
from advisory.supervision.crew import Crew, Member
from advisory.supervision.stages import say, stage

FIRM_OF_THE_DEMONSTRATION = "Evenkeel demonstration firm"
PORT = 8000
HOUSEHOLDS_MAX = 90
"""More the demonstration's situations do not draw."""


class Ended(Exception):
    """The process was asked to stop."""


def demo(arguments: Sequence[str]) -> int:
    """Run a demonstration firm; its data stays for the next start."""
    parser = argparse.ArgumentParser(prog="./evenkeel demo", description=demo.__doc__)
    parser.add_argument(
        "--fresh", action="store_true", help="delete the demonstration's data and load it again"
    )
    parser.add_argument("--seed", type=int, default=7, help="the random seed of the demonstration firm (7)")
    parser.add_argument(
        "--households", type=int, help=f"how many households it has, at most {HOUSEHOLDS_MAX}"
    )
    _add_port(parser)
    options = parser.parse_args(arguments)
    # Before anything is deleted or started.
    if options.households is not None and not 1 <= options.households <= HOUSEHOLDS_MAX:
        raise Trouble(
            f"The demonstration has from 1 to {HOUSEHOLDS_MAX} households, not {options.households}. Nothing was deleted. "
            "A larger firm is written for measurements: `./evenkeel bench firm --households N`."
        )
    return _work(options, demonstration=True)


def run(arguments: Sequence[str]) -> int:
    """Run web, worker, beat and servers with the existing data."""
    parser = argparse.ArgumentParser(prog="./evenkeel run", description=run.__doc__)
    parser.add_argument(
        "--administrator",
        metavar="EMAIL",
        help="invite the first administrator of an empty record, and print the link",
    )
    parser.add_argument("--name", help="the first administrator's first and last name")
    _add_port(parser)
    return _work(parser.parse_args(arguments), demonstration=False)


def stop(arguments: Sequence[str]) -> int:
    """Stop what runs here, including what a killed start left behind."""
    argparse.ArgumentParser(prog="./evenkeel stop", description=stop.__doc__).parse_args(arguments)
    with _supervisor_lock() as ours:
        if not ours:
            pid = int(str(_about_running().get("pid", 0)))
            if pid:
                os.kill(pid, signal.SIGTERM)
                while _is_supervised():
                    time.sleep(0.1)
                say("Stopped.")
                return 0
    ended = crew.end_strays()
    with in_use(Services()) if _servers_run() else contextlib.nullcontext():
        pass
    say(f"Stopped what was left: {', '.join(ended)}." if ended else "Nothing runs here.")
    return 0


def _add_port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help=f"where the pages are served ({PORT}, or the next free one)")


def _work(options: argparse.Namespace, *, demonstration: bool) -> int:
    began = time.monotonic()
    with _supervisor_lock() as ours:
        if not ours:
            about = _about_running()
            raise Trouble(
                f"Evenkeel already runs here at {about.get('address', 'an unknown address')} "
                f"(process {about.get('pid', 'unknown')}). Stop it with `./evenkeel stop`."
            )
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _end)
        try:
            if strays := crew.end_strays():
                say(f"An earlier start was killed; ended what it left running: {', '.join(strays)}.")
            port = _free_port(options.port)
            address = f"http://127.0.0.1:{port}/"
            _about().write_text(json.dumps({"pid": os.getpid(), "address": address}))
            _serve(options, port, address, began, demonstration=demonstration)
        except Ended:
            pass
        finally:
            _about().unlink(missing_ok=True)
    return 0


def _serve(
    options: argparse.Namespace, port: int, address: str, began: float, *, demonstration: bool
) -> None:
    services = Services(RELAXED if demonstration else DURABLE)
    if demonstration:
        _make_room_for_demo(services, fresh=options.fresh)
    with contextlib.ExitStack() as leaving:
        with stage("Starting the database and the broker"):
            addresses = leaving.enter_context(in_use(services))
        base = {
            **{name: os.environ.get(name) or value for name, value in local_secrets().items()},
            "EVENKEEL_ENVIRONMENT": os.environ.get(
                "EVENKEEL_ENVIRONMENT", "demo" if demonstration else "development"
            ),
            "EVENKEEL_FIRM_NAME": os.environ.get("EVENKEEL_FIRM_NAME")
            or (FIRM_OF_THE_DEMONSTRATION if demonstration else ""),
            "DJANGO_SETTINGS_MODULE": "advisory.settings",
            **addresses.environment(),
            "EVENKEEL_ADDRESS": os.environ.get("EVENKEEL_ADDRESS") or address.rstrip("/"),
        }
        with stage("Preparing the tables"):
            _command(base, "prepare")
        people = Crew()
        leaving.callback(_stop_crew, people)
        people.start(_worker(base))
        web = people.start(_web(base, port))
        sign_ins = _load_demo(base, addresses, options) if demonstration else ""
        people.start(_beat(base))
        if demonstration:
            on_paper = brokers.port_of_the_paper_broker(port)
            _command(base, "paper_broker", "--connect", "--port", str(on_paper))
            people.start(brokers.paper_broker(_as("fix", base), on_paper))
        people.start(brokers.fix(_as("fix", base)))
        with stage("Opening the pages"):
            _wait_until_it_answers(f"{address}readyz", web)
        say(f"Ready after {time.monotonic() - began:.1f} s.\n")
        if not demonstration and not _people_on_record(addresses.database_url):
            sign_ins = _first_administrator(base, options)
        print(_welcome(address, sign_ins), flush=True)
        watching.watch(people, services, addresses, address)


def _stop_crew(people: Crew) -> None:
    # A second Ctrl-C must not interrupt the clean shutdown that the first one began.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with stage("\nStopping"):
        people.stop()


# ---- The members ----------------------------------------------------------------------------


def _as(process: str, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of one process; only commands are told the owner's password."""
    environment = {**base, "EVENKEEL_PROCESS": process}
    if process != "command":
        environment["DATABASE_OWNER_URL"] = ""
    return environment


def _web(base: Mapping[str, str], port: int) -> Member:
    arguments = (
        "-m", "gunicorn", "advisory.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4",
        "--preload", "--timeout", "60", "--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning",
    )  # fmt: skip
    return Member("web", arguments, _as("web", base), patience_seconds=8)


def _worker(base: Mapping[str, str]) -> Member:
    arguments = (
        "-m", "celery", "--app", "advisory", "worker", "--pool", "prefork", "--without-gossip", "--without-mingle",
        "--hostname", "evenkeel@%h", "--loglevel", "INFO",
    )  # fmt: skip
    environment = {**_as("worker", base), "REMAP_SIGTERM": "SIGQUIT"}
    return Member("worker", arguments, environment, patience_seconds=15)


def _beat(base: Mapping[str, str]) -> Member:
    arguments = ("-m", "celery", "--app", "advisory", "beat", "--loglevel", "INFO", "--pidfile=")
    return Member("beat", arguments, _as("beat", base), patience_seconds=5)


def _command(base: Mapping[str, str], *arguments: str, capture: bool = False) -> str:
    """Run one of manage.py's commands and return what it printed; its progress goes to the screen."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=folders.PROJECT,
        env={**os.environ, **_as("command", base), "EVENKEEL_LOG_LEVEL": "WARNING"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if capture else subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        said, _ = process.communicate()
    except BaseException:
        crew.end(process.pid, patience_seconds=5)
        raise
    if process.returncode != 0:
        raise Trouble(f"`manage.py {' '.join(arguments)}` failed.\n{said[-4000:]}")
    return said


# ---- The demonstration's data ---------------------------------------------------------------


def _make_room_for_demo(services: Services, *, fresh: bool) -> None:
    """Delete data when asked to, or when an earlier load was interrupted."""
    half_loaded = _demo_note().get("state") == "loading"
    if not fresh and not half_loaded:
        return
    if os.environ.get("DATABASE_URL"):
        if fresh:
            raise Trouble(
                "--fresh deletes only the quick start's own database, but DATABASE_URL names one of yours. "
                "Empty that one yourself, or unset DATABASE_URL."
            )
        return
    with stage("Deleting the old demonstration" if fresh else "Deleting a partly loaded demonstration"):
        services.remove_data()
        _demo_file().unlink(missing_ok=True)


def _load_demo(base: Mapping[str, str], addresses: Addresses, options: argparse.Namespace) -> str:
    """Load the demonstration firm when there is none, and return who can sign in."""
    note = _demo_note()
    people = _people_on_record(addresses.database_url)
    if note.get("state") == "loaded" and people:
        if old := _how_old(addresses.database_url):
            say(f"\n{old}\n")
        return str(note["sign_ins"])
    if people:
        raise Trouble(
            "The database already holds people who are not the demonstration's. Start it with `./evenkeel run`, or delete it with `./evenkeel demo --fresh`."
        )
    _demo_file().write_text(json.dumps({"state": "loading"}))
    arguments = ["--seed", str(options.seed)]
    if options.households is not None:
        arguments += ["--households", str(options.households)]
    say("Loading the demonstration firm ...")
    started = time.monotonic()
    sign_ins = _command(base, "demo", *arguments, capture=True)
    say(f"Loading the demonstration firm: {time.monotonic() - started:.1f} s")
    _demo_file().write_text(json.dumps({"state": "loaded", "seed": options.seed, "sign_ins": sign_ins}))
    return sign_ins


def _people_on_record(database_url: str) -> bool:
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM advisory_user)").fetchone()
        return bool(row and row[0])


def _how_old(database_url: str) -> str:
    """Why the demonstration is not current, from the record and the product's clock."""
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        row = connection.execute("SELECT max(as_of_on), compliance_now() FROM clients_price").fetchone()
    assert row is not None, "an aggregate answers with one row"
    return freshness.sentence(row[0], at=row[1], is_demo=True)


def _demo_file() -> Path:
    return folders.private("run") / "demo.json"


def _demo_note() -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError):
        note = json.loads(_demo_file().read_text())
        assert isinstance(note, dict)
        return note
    return {}


def _first_administrator(base: Mapping[str, str], options: argparse.Namespace) -> str:
    """The link with which the first administrator chooses a password, or the command that makes it."""
    if options.administrator and options.name:
        return _command(
            base, "first_administrator", options.administrator, "--name", options.name, capture=True
        )
    return (
        "The record is empty. Invite its first administrator, whom the pages lead through the set-up:\n"
        "  ./evenkeel manage first_administrator EMAIL --name NAME\n"
        "It prints the link with which they choose a password."
    )


def _welcome(address: str, sign_ins: str) -> str:
    lines = [f"Evenkeel is at {address}", ""]
    if sign_ins:
        lines += [sign_ins.rstrip(), ""]
    return "\n".join([*lines, "Ctrl-C stops everything; the data stays."])


# ---- One supervisor at a time ---------------------------------------------------------------


@contextlib.contextmanager
def _supervisor_lock() -> Iterator[bool]:
    """Yield True when no other supervisor runs here; a killed supervisor's lock is released by the system."""
    handle = os.open(folders.private("run") / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _is_supervised() -> bool:
    with _supervisor_lock() as ours:
        return not ours


def _servers_run() -> bool:
    services = Services()
    return services.postgresql.running_port() is not None or services.valkey.running_port() is not None


def _about() -> Path:
    return folders.private("run") / "supervisor.json"


def _about_running() -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError):
        about = json.loads(_about().read_text())
        assert isinstance(about, dict)
        return about
    return {}


def _end(number: int, frame: FrameType | None) -> None:
    raise Ended


def _free_port(wished: int | None) -> int:
    """Return the requested port or raise; without a request the first free one from 8000 on."""
    for port in (wished,) if wished else range(PORT, PORT + 20):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            if not wished and port != PORT:
                say(f"Port {PORT} is taken, so the pages are at port {port}.")
            return port
    raise Trouble(
        f"Port {wished} is taken by another program. Choose another with --port."
        if wished
        else f"The ports {PORT} to {PORT + 19} are all taken. Choose one with --port."
    )


def _wait_until_it_answers(url: str, web: Member, within_seconds: float = 60) -> None:
    deadline = time.monotonic() + within_seconds
    while True:
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(url, timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        if not web.is_running or time.monotonic() > deadline:
            raise Trouble(
                f"The web server did not start; {web.log} ends with:\n{processes.last_lines(web.log, 15)}"
            )
        time.sleep(0.1)
