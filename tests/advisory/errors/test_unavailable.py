"""Something below the product is away: the answer is 503 and when to try again, on pages and in the API."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import psycopg
import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from advisory import urls
from advisory.errors import unavailable
from advisory.models import User
from tests import cast

Fault = Callable[[], Any]


def ask_in_vain(state: str) -> Fault:
    """Let the database itself raise an error of that state."""

    def asked() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = 'no'; END $$")

    return asked


def take_too_long() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 50")
        cursor.execute("SELECT pg_sleep(5)")


def write_on_a_full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


CASES = {
    "a statement takes too long": (take_too_long, unavailable.BUSY),
    "a lock is held by somebody else": (ask_in_vain("55P03"), unavailable.BUSY),
    "two stand in each other's way": (ask_in_vain("40P01"), unavailable.BUSY),
    "the database's disk is full": (ask_in_vain("53100"), unavailable.DISK_FULL),
    "our disk is full": (write_on_a_full_disk, unavailable.DISK_FULL),
    "too many connections": (ask_in_vain("53300"), unavailable.CROWDED),
    "the database shuts down": (ask_in_vain("57P01"), unavailable.GONE),
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def fault(request: pytest.FixtureRequest, settings: Any) -> Iterator[unavailable.Unavailable]:
    """Addresses at which that happens."""
    happen, said = request.param

    @login_not_required
    def page(request: HttpRequest) -> HttpResponse:
        happen()
        return HttpResponse()

    @api_view(["GET"])
    @permission_classes([])
    def api(request: Request) -> Response:
        happen()
        return Response()

    class Addresses:
        urlpatterns = [path("page", page), path("api/v1/thing", api), *urls.urlpatterns]
        handler500 = urls.handler500

    settings.ROOT_URLCONF = Addresses
    yield said
    for part in (unavailable.DATABASE, unavailable.DISK):
        part.forget()


@pytest.mark.django_db
def test_a_page_says_what_is_away_and_when_to_try_again(
    client: Client, fault: unavailable.Unavailable
) -> None:
    answer = client.get("/page")

    assert (answer.status_code, answer["Retry-After"]) == (
        HTTPStatus.SERVICE_UNAVAILABLE,
        str(fault.retry_seconds),
    )
    page = answer.content.decode()
    assert fault.title in page
    assert "Nothing was saved." in page


@pytest.mark.django_db
def test_the_api_says_it_as_problem_json(client: Client, fault: unavailable.Unavailable) -> None:
    answer = client.get("/api/v1/thing", headers={"X-Request-ID": "request-12345"})

    assert (answer.status_code, answer["Retry-After"], answer["Content-Type"]) == (
        HTTPStatus.SERVICE_UNAVAILABLE,
        str(fault.retry_seconds),
        "application/problem+json",
    )
    assert answer.json() == {
        "type": "/problems/service-unavailable",
        "title": "Service Unavailable",
        "status": 503,
        "detail": f"{fault.title}. {fault.sentence}",
        "instance": "/api/v1/thing",
        "request_id": "request-12345",
    }


@pytest.fixture
def no_database(client: Client, ana: User) -> Iterator[None]:
    """Ana is signed in, and then nobody listens where the database was."""
    client.force_login(ana)
    where = {**connection.get_connection_params(), "port": 9, "connect_timeout": 2}

    def refuse(*_: Any, **__: Any) -> Any:
        try:
            return psycopg.connect(**{key: where[key] for key in ("host", "port", "user", "connect_timeout")})
        except psycopg.OperationalError as error:
            raise OperationalError(str(error)) from error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        yield
    unavailable.DATABASE.forget()


@pytest.mark.parametrize("address", ["/", "/households/", "/statusz", "/api/v1/households/"])
def test_without_the_database_every_door_says_so(client: Client, no_database: None, address: str) -> None:
    client.raise_request_exception = False

    answer = client.get(address)

    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "10")
    assert unavailable.DATABASE.seen().failures >= 1


def test_nobody_signs_in_without_the_database(client: Client, ana: User, no_database: None) -> None:
    client.raise_request_exception = False

    answer = client.post("/account/login/", {"login": ana.email, "password": cast.PASSWORD})

    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "10")


def test_a_fault_of_our_own_is_no_outage() -> None:
    assert unavailable.why(ValueError("x")) is None
    assert unavailable.why(OSError(errno.EACCES, "Permission denied")) is None


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_somebody_holds_is_waited_for_two_seconds_and_then_said(
    client: Client,
) -> None:
    """A person's own row is locked; signing in has to write to it."""
    person = cast.ana()
    client.raise_request_exception = False
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        at = connection.get_connection_params()
        with psycopg.connect(
            **{key: at[key] for key in ("host", "port", "user", "password", "dbname")}
        ) as other:
            other.execute("SELECT FROM advisory_user WHERE id = %s FOR UPDATE", (person.pk,))
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        answer = client.post("/account/login/", {"login": person.email, "password": cast.PASSWORD})
    finally:
        done.set()
        holder.join()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")

    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "5")
