"""What surrounds every answer: refusals, headers, request ids, health, and the end of a session."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from advisory import tasks, urls
from advisory.health import canary, health
from advisory.models import User
from advisory.people import roles
from compliance import clock
from compliance.people.roles import Role
from compliance.refusals import Cause, Stale
from rebalancing import market_days
from tests import cast

STALE = Stale(
    "Two prices moved since you looked.",
    "Open the proposal again and decide on what it says now.",
    causes=[Cause("price:VTI", shown="291.10", now="297.42")],
)


@login_not_required
def refuse(request: HttpRequest) -> HttpResponse:
    raise STALE


@api_view(["GET"])
@permission_classes([])
def refuse_in_api(request: Request) -> HttpResponse:
    raise STALE


@api_view(["GET"])
@permission_classes([])
def find_bad_values(request: Request) -> HttpResponse:
    raise ValidationError(
        {"trades": [{"shares": ["A valid number is required."]}], "non_field_errors": ["Too many."]}
    )


@login_not_required
def ask_the_market_day(request: HttpRequest) -> HttpResponse:
    return HttpResponse(market_days.trade_day(clock.now()))


@api_view(["GET"])
@permission_classes([])
def ask_the_market_day_in_api(request: Request) -> HttpResponse:
    return ask_the_market_day(request)


class _Addresses:
    urlpatterns = [
        path("market-day", ask_the_market_day),
        path("api/v1/market-day", ask_the_market_day_in_api),
        path("refuse", refuse),
        path("api/v1/refuse", refuse_in_api),
        path("api/v1/bad", find_bad_values),
        *urls.urlpatterns,
    ]
    handler404 = urls.handler404


@pytest.fixture
def with_refusals(settings: Any) -> None:
    settings.ROOT_URLCONF = _Addresses


# Refusals


@pytest.mark.django_db
def test_a_refusal_is_a_page_that_says_why_and_what_to_do(client: Client, with_refusals: None) -> None:
    answer = client.get("/refuse")

    assert answer.status_code == HTTPStatus.CONFLICT
    page = answer.content.decode()
    assert STALE.sentence in page
    assert STALE.how_to_fix in page
    assert "297.42" in page


@pytest.mark.django_db
def test_a_refusal_is_problem_json_in_the_api(client: Client, with_refusals: None) -> None:
    answer = client.get("/api/v1/refuse", headers={"X-Request-ID": "request-12345"})

    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/stale",
        "title": "This has changed since you opened it",
        "status": 409,
        "detail": "Two prices moved since you looked.",
        "how_to_fix": "Open the proposal again and decide on what it says now.",
        "causes": [{"input": "price:VTI", "shown": "291.10", "now": "297.42"}],
        "instance": "/api/v1/refuse",
        "request_id": "request-12345",
    }


@pytest.mark.django_db
def test_bad_values_are_named_one_by_one_in_the_api(client: Client, with_refusals: None) -> None:
    answer = client.get("/api/v1/bad")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["errors"] == [
        {"pointer": "#/trades/0/shares", "detail": "A valid number is required."},
        {"pointer": "#", "detail": "Too many."},
    ]


@pytest.mark.django_db
def test_a_year_that_the_market_calendar_does_not_cover_is_refused_and_named(
    client: Client, with_refusals: None, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(datetime(2036, 2, 1, 17, tzinfo=UTC))

    page, answer = client.get("/market-day"), client.get("/api/v1/market-day")

    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "covers 2015 through 2035 and knows nothing of 2036-02-01" in page.content.decode()
    assert "install a release whose market calendar reaches that year" in page.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["type"] == "/problems/uncovered-year"
    assert "2015 through 2035" in answer.json()["detail"]


# Headers


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/account/login/", "/nowhere", "/"])
def test_every_answer_carries_the_strict_headers(client: Client, address: str) -> None:
    answer = client.get(address)

    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";") if part.strip()
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "report-uri": "/csp-reports",
        "report-to": "csp",
    }
    assert {name: answer.headers.get(name) for name in STRICT} == STRICT
    assert "no-store" in answer["Cache-Control"]


STRICT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Reporting-Endpoints": 'csp="/csp-reports"',
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "kept"),
    [("a-request-id-of-a-proxy", True), ("x", False), ("an\tid with control characters", False)],
)
def test_a_request_id_is_taken_over_only_in_a_harmless_form(client: Client, sent: str, kept: bool) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": sent})

    assert (answer["X-Request-ID"] == sent) is kept
    assert len(answer["X-Request-ID"]) >= 8


def test_a_browsers_report_of_a_blocked_script_is_accepted_and_rubbish_is_not(client: Client) -> None:
    report = {"type": "csp-violation", "body": {"effectiveDirective": "script-src", "blockedURL": "inline"}}

    assert (
        client.post("/csp-reports", [report], content_type="application/json").status_code
        == HTTPStatus.NO_CONTENT
    )
    assert (
        client.post("/csp-reports", b"{", content_type="application/json").status_code
        == HTTPStatus.BAD_REQUEST
    )
    assert (
        client.post("/csp-reports", b" " * 30_000, content_type="application/json").status_code
        == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )


# Sign-in and sessions


def test_a_person_signs_in_by_e_mail_in_any_case(client: Client, ana: User) -> None:
    answer = client.post("/account/login/", {"login": "ANA@firm.example", "password": cast.PASSWORD})

    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, "/")
    assert client.session["_auth_user_id"] == str(ana.pk)


def test_a_person_who_left_cannot_sign_in(client: Client, ana: User) -> None:
    ana.is_active = False
    ana.save()

    client.post("/account/login/", {"login": ana.email, "password": cast.PASSWORD})

    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_can_sign_up(client: Client, method: str) -> None:
    assert getattr(client, method)("/account/signup/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.django_db
def test_a_stranger_is_sent_to_the_sign_in_page(client: Client) -> None:
    assert client.get("/statusz")["Location"] == "/account/login/?next=/statusz"


LIFETIMES = """
    who           | idle minutes | hours since sign-in | still signed in
    advisor       |           29 |                  11 | yes
    advisor       |           31 |                   1 | no
    advisor       |            1 |                  13 | no
    client        |           14 |                  11 | yes
    client        |           16 |                   1 | no
    administrator |           14 |                   3 | yes
    administrator |           16 |                   1 | no
    administrator |            1 |                   5 | no
"""


@pytest.mark.django_db
@pytest.mark.parametrize("row", LIFETIMES.strip().splitlines()[1:])
def test_a_session_ends_by_the_rule_of_its_role(client: Client, row: str) -> None:
    who, idle, age, still = (cell.strip() for cell in row.split("|"))
    client.force_login(cast.someone("Somebody", Role(who)))
    now = int(time.time())
    session = client.session
    session.update({"began_at": now - int(age) * 3600, "seen_at": now - int(idle) * 60})
    session.save()

    client.get("/healthz")

    assert ("_auth_user_id" in client.session) is (still == "yes")


# Health


@pytest.mark.django_db
def test_readiness_says_how_each_part_is(client: Client) -> None:
    assert client.get("/readyz").json() == {
        "state": "ready", "database": "ok", "migrations": "ok", "broker": "ok", "trail": "ok",
        "promises": "ok",
    }  # fmt: skip


@pytest.mark.django_db
def test_without_the_broker_we_are_degraded_but_not_down(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["state"]) == (HTTPStatus.OK, "degraded")


@pytest.mark.django_db
def test_with_a_migration_missing_we_are_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrations_trouble", lambda: "1 not applied; run `manage.py migrate`")

    assert client.get("/readyz").status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_the_canary_shows_on_the_status_page(client: Client, ana: User) -> None:
    client.force_login(ana)
    assert client.get("/statusz").json()["worker"] == "no heartbeat"

    tasks.canary()

    assert client.get("/statusz").json()["worker"] == "ok"


def test_a_client_does_not_see_the_status_page(client: Client, ana: User) -> None:
    roles.revoke(ana, Role.ADVISOR, by=None, at=ana.joined_at)
    client.force_login(ana)

    assert client.get("/statusz").status_code == HTTPStatus.FORBIDDEN


def test_the_canary_has_the_same_name_for_the_cache_and_for_probes() -> None:
    from django.core.cache.backends.base import default_key_func

    assert default_key_func(canary.KEY, canary.PREFIX, 1) == canary.REDIS_KEY
