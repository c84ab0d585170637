"""Without its broker the product goes on: pages, API, sign-in and resets answer, and nothing waits for long.

The broker is gone (nobody listens) or hangs (it takes connections and never says a word).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings as product
from django.core.cache import cache
from django.test import Client

from advisory.embedded import processes
from advisory.models import SignInLimit, User
from compliance.broker import notifications, outages
from rebalancing import tasks
from tests import cast
from tests.processes.broker_away import with_broker_at

WAIT_SECONDS_MAX = 1.0
AWAY = ("gone", "hanging")


@pytest.fixture(params=AWAY)
def broker_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a broker that is away."""
    if request.param == "gone":
        yield f"redis://127.0.0.1:{processes.free_port()}/0"
        return
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(64)
        yield f"redis://127.0.0.1:{mute.getsockname()[1]}/0"


@pytest.fixture
def broker_down(broker_url: str) -> Iterator[None]:
    with with_broker_at(broker_url):
        yield


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def sign_in(client: Client, password: str, email: str = "ana@firm.example") -> Any:
    return client.post("/account/login/", {"login": email, "password": password})


@pytest.mark.usefixtures("broker_down")
def test_a_person_signs_in_and_looks_at_things_without_the_broker(client: Client, ana: User) -> None:
    answer = sign_in(client, cast.PASSWORD)

    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, "/")
    for address in ("/", "/households/", "/api/v1/households/", "/statusz"):
        assert client.get(address).status_code == HTTPStatus.OK, address


@pytest.mark.usefixtures("broker_down")
def test_a_forgotten_password_can_be_reset_without_the_broker(client: Client, ana: User) -> None:
    assert client.post("/account/password/reset/", {"email": ana.email}).status_code == HTTPStatus.FOUND


@pytest.mark.usefixtures("broker_down")
def test_guessing_a_password_is_still_limited_without_the_broker(client: Client, ana: User) -> None:
    for _ in range(5):
        sign_in(client, "a wrong password")

    assert "Too many failed login attempts" in sign_in(client, cast.PASSWORD).content.decode()
    assert "_auth_user_id" not in client.session


def test_a_lockout_survives_the_broker(client: Client, ana: User, broker_url: str) -> None:
    with with_broker_at("redis://127.0.0.1:9/0"):
        for _ in range(5):
            sign_in(client, "a wrong password")
    # Another address: what the first cache knew is gone.
    with with_broker_at(broker_url):
        answer = sign_in(client, cast.PASSWORD)

    assert "Too many failed login attempts" in answer.content.decode()


@pytest.mark.usefixtures("broker_down")
def test_what_is_kept_of_an_attempt_names_nobody_and_ends(client: Client, ana: User) -> None:
    sign_in(client, "a wrong password")

    kept = list(SignInLimit.objects.values_list("key", flat=True))
    assert kept
    assert all(len(key) == 64 and "ana" not in key and "127.0.0.1" not in key for key in kept)

    SignInLimit.objects.update(expires_at="2000-01-01T00:00:00Z")
    sign_in(client, "a wrong password")
    assert not SignInLimit.objects.filter(expires_at__lt="2001-01-01T00:00:00Z").exists()


@pytest.mark.usefixtures("broker_down")
def test_the_status_page_says_what_is_away_and_how_often_it_failed(client: Client, ana: User) -> None:
    client.force_login(ana)
    notifications.notify(tasks.work_scans, queue="scan")

    with within(WAIT_SECONDS_MAX):
        answer = client.get("/statusz")

    said = answer.json()
    assert (answer.status_code, said["state"]) == (HTTPStatus.OK, "degraded")
    assert said["cache"].startswith("does not answer")
    assert said["worker"] == "unknown while the cache is unavailable"
    assert {one["part"]: one["failures"] >= 1 for one in said["outages"][:2]} == {
        "cache": True,
        "broker": True,
    }


@pytest.mark.usefixtures("broker_down")
def test_staff_read_on_their_pages_that_scans_wait_and_clients_do_not(client: Client, ana: User) -> None:
    notifications.notify(tasks.work_scans, queue="scan")
    client.force_login(ana)
    assert "The broker does not answer" in client.get("/households/").content.decode()

    client.force_login(cast.carl())
    assert "The broker does not answer" not in client.get("/portfolio/").content.decode()


@pytest.mark.usefixtures("broker_down")
def test_ringing_waits_a_second_at_most_and_then_no_more(db: None) -> None:
    with within(WAIT_SECONDS_MAX):
        tasks.notify_workers()

    seen = outages.BROKER.seen()
    assert (seen.is_away, seen.failures) == (True, 1)
    # The work is on record; a broker known to be away is not asked again for every click.
    with within(0.05):
        tasks.notify_workers()
    assert outages.BROKER.seen().failures == 1


@pytest.mark.usefixtures("broker_down")
def test_an_outage_is_logged_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(outages.log, "error", lambda event, **_: said.append(event))
    monkeypatch.setattr(outages.CACHE, "pause_milliseconds", 0)

    for _ in range(3):
        assert cache.get("anything", "nothing") == "nothing"

    assert said == ["a service does not answer"]
    assert outages.CACHE.seen().failures == 3


def test_the_pause_ends_and_the_part_is_asked_again() -> None:
    part = outages.Part("cache", pause_milliseconds=50)
    part.failed(ConnectionError())
    assert not part.should_try()

    time.sleep(0.06)
    assert part.should_try()
    part.answered()

    assert (part.seen().is_away, part.seen().failures, part.seen().skipped) == (False, 1, 1)


def test_production_uses_the_cache_that_may_go_away() -> None:
    text = (product.PROJECT / "advisory" / "settings" / "work.py").read_text()
    assert '"BACKEND": "advisory.caching.Cache"' in text
