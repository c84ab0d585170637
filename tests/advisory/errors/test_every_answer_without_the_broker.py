"""Our own Valkey is stopped, then killed: every page and API address answers as it always does, and at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, TestCase

from advisory.embedded import folders, processes
from advisory.embedded.valkey import Valkey
from compliance.broker import notifications, outages
from rebalancing import tasks
from tests import cast
from tests.architecture import asking
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories import the_firm
from tests.processes.broker_away import counted_waits, with_broker_at

pytestmark = pytest.mark.process

WAIT_SECONDS_MAX = 1.0
FINE = ("200", "201", "204", "286", "302", "303")


@pytest.fixture(scope="module")
def firm(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), the_firm.standing() as firm:
        set_clock(SUNDAY_NOON)
        yield firm


@pytest.fixture
def valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """A Valkey of our own, whose cache and doorbell were used before anything happens to it."""
    monkeypatch.setenv("EVENKEEL_STATE", str(tmp_path / "state"))
    server = Valkey(folders.servers(), folders.private("logs") / "valkey.log")
    with with_broker_at(server.address(server.start())):
        cache.set("known", 1)
        assert cache.get("known") == 1
        assert notifications.notify(tasks.work_scans, queue="scan")
        yield server
    send(server, signal.SIGKILL)


def send(server: Valkey, number: signal.Signals) -> None:
    pid = server.pid()
    assert pid is not None
    if processes.alive(pid):
        os.kill(pid, number)
    while number == signal.SIGKILL and processes.alive(pid):
        pass


@contextmanager
def asked() -> Iterator[None]:
    """One request: nobody has yet learned that the broker is away, what was put off is done, and all is undone."""
    for part in outages.PARTS:
        part.forget()
    with the_firm.undone(), TestCase.captureOnCommitCallbacks(execute=True):
        yield


def walked(firm: Any, *, methods: tuple[str, ...], everybody: bool) -> tuple[list[str], float, str]:
    """Ask every address as those it is meant for: what was not as reviewed, and the longest wait and where."""
    at, reviewed = asking.browsers(firm), asking.reviewed()
    unexpected, longest, where = [], 0.0, ""
    for route in asking.walk():
        for row in asking.rows_of(route):
            fitting = [name for name, said in reviewed.get(row, {}).items() if said in FINE]
            if row.method not in methods or not fitting:
                continue
            for person in fitting if everybody and row.method == "GET" else fitting[:1]:
                run, file = firm.run, firm.file
                with counted_waits() as waited, asked():
                    if before := asking.BEFORE.get(route.name):
                        before(firm)
                    for part in outages.PARTS:
                        part.forget()
                    waited.seconds = 0.0
                    answer = asking.answer_of(route, row, firm, at[asking.user_of(firm, person, route)])
                object.__setattr__(firm, "run", run)
                object.__setattr__(firm, "file", file)
                if asking.word_of(answer) != reviewed[row][person]:
                    unexpected.append(f"{row.text} as {person}: {asking.word_of(answer)}")
                if waited.seconds > longest:
                    longest, where = waited.seconds, f"{row.text} as {person}"
    return unexpected, longest, where


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL], ids=["hanging", "gone"])
def test_every_address_answers_everybody_as_it_always_does(
    firm: Any, valkey: Valkey, django_db_blocker: Any, number: signal.Signals
) -> None:
    send(valkey, number)

    with django_db_blocker.unblock():
        unexpected, longest, where = walked(firm, methods=("GET", "POST"), everybody=True)

    print(f"{number.name}: the longest wait is {longest:.1f} s, at {where or 'no address'}")
    assert unexpected == []
    assert longest <= WAIT_SECONDS_MAX
    # A broker that hangs does cost something: otherwise nothing was counted.
    assert (longest > 0) is (number == signal.SIGSTOP)


def test_every_page_and_api_address_can_be_read_while_the_broker_is_gone(
    firm: Any, valkey: Valkey, django_db_blocker: Any
) -> None:
    send(valkey, signal.SIGKILL)

    with django_db_blocker.unblock():
        unexpected, longest, where = walked(firm, methods=("GET",), everybody=False)

    assert (unexpected, longest <= WAIT_SECONDS_MAX) == ([], True), where


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL], ids=["hanging", "gone"])
def test_signing_in_resetting_asking_for_the_status_and_starting_a_scan_wait_a_second_at_most(
    firm: Any, valkey: Valkey, django_db_blocker: Any, number: signal.Signals
) -> None:
    send(valkey, number)
    stranger, trader = Client(raise_request_exception=False), Client(raise_request_exception=False)
    visits = (
        (stranger.get, "/account/login/", {}, HTTPStatus.OK),
        (stranger.post, "/account/login/", {"login": firm.ana.email, "password": "wrong"}, HTTPStatus.OK),
        (stranger.post, "/account/password/reset/", {"email": firm.ana.email}, HTTPStatus.FOUND),
        (
            trader.post,
            "/account/login/",
            {"login": firm.tom.email, "password": cast.PASSWORD},
            HTTPStatus.FOUND,
        ),
        (trader.get, "/statusz", {}, HTTPStatus.OK),
        (trader.get, "/readyz", {}, HTTPStatus.OK),
        (trader.post, "/scans/start/", {}, HTTPStatus.FOUND),
        (trader.post, "/api/v1/scans/start/", {}, HTTPStatus.CREATED),
    )
    told = []
    with django_db_blocker.unblock():
        for send_it, address, body, _ in visits:
            trader.force_login(firm.tom, backend="allauth.account.auth_backends.AuthenticationBackend")
            with counted_waits() as waited, asked():
                kind = {"content_type": "application/json"} if address.startswith("/api/") else {}
                answer = send_it(address, body, **kind)
            told.append((address, answer.status_code, waited.seconds <= WAIT_SECONDS_MAX))

    assert told == [(address, status, True) for _, address, _, status in visits]
