"""Refused attempts of people who are signed in are on the trail, and nobody floods it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from advisory import tasks
from advisory.models import DeniedAttempts
from advisory.people import denials, tokens
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON, set_clock
from tests.pages import as_

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sunday() -> None:
    set_clock(SUNDAY_NOON)


def denied() -> list[tuple[Any, ...]]:
    found = AuditEvent.objects.filter(action="access.denied").order_by("seq")
    return [(one.actor_label, one.about_id, json.loads(one.facts)) for one in found]


def test_a_page_of_another_role_is_on_the_trail() -> None:
    otto = cast.otto()

    assert as_(otto).get("/people/").status_code == 403

    assert denied() == [
        (otto.name, "advisory:person_list", {"asked_for": "", "method": "GET", "status": 403})
    ]


@pytest.mark.parametrize("place", ["/households/hh_000000000000/", "/api/v1/households/hh_000000000000/"])
def test_what_somebody_may_not_see_is_on_the_trail_by_page_and_by_program(place: str) -> None:
    assert as_(cast.otto()).get(place).status_code == 404

    ((_, _, facts),) = denied()
    assert facts == {"asked_for": "hh_000000000000", "method": "GET", "status": 404}


def test_a_client_at_a_staff_door_is_on_the_trail() -> None:
    carl = cast.carl()

    assert as_(carl).post("/api/v1/households/open/", {}, content_type="application/json").status_code == 403

    assert [(who, what) for who, what, _ in denied()] == [(carl.name, "api:household-open")]


def test_what_is_no_attempt_is_not() -> None:
    ana = as_(cast.ana())

    ana.get("/no/such/page/")
    ana.get("/favicon.ico")
    Client().get("/api/v1/households/")
    Client(enforce_csrf_checks=True).post("/account/login/", {})

    assert denied() == []


def test_a_token_outside_its_scopes_is_on_the_trail() -> None:
    made = tokens.make("feed", ["firm:read"], expires_on=MONDAY, by=Actor.person(cast.ana()), at=SUNDAY_NOON)

    Client(headers={"Authorization": f"Bearer {made.text}"}).get("/api/v1/households/")

    event = AuditEvent.objects.get(action="access.denied")
    assert (event.actor_kind, event.session_ref, event.about_id) == (
        "token",
        made.token.public_id,
        "api:household-list",
    )


def test_further_attempts_within_a_minute_are_one_line_once_it_is_over() -> None:
    otto = cast.otto()
    client = as_(otto)
    for number in range(30):
        client.get(f"/households/hh_{number:012}/")
    client.get("/people/")
    assert len(denied()) == 2

    tasks.tell_denials()
    assert len(denied()) == 2
    set_clock(SUNDAY_NOON + timedelta(minutes=1))
    tasks.tell_denials()
    tasks.tell_denials()

    told = denied()
    assert len(told) == 3
    who, what, facts = told[-1]
    assert (who, what, facts["further"], len(facts["asked_for"]), facts["asked_for"][0]) == (
        otto.name,
        "clients:household",
        29,
        denials.KEPT_MAX,
        "hh_000000000001",
    )
    assert not DeniedAttempts.objects.exists()


def test_a_new_minute_has_a_line_of_its_own() -> None:
    client = as_(cast.otto())
    client.get("/people/")
    set_clock(SUNDAY_NOON + timedelta(minutes=1))
    client.get("/people/")

    assert len(denied()) == 2


def test_two_people_at_one_door_have_a_line_each() -> None:
    as_(cast.otto()).get("/people/")
    as_(cast.rui()).get("/people/")

    assert [who for who, _, _ in denied()] == [cast.otto().name, cast.rui().name]


def test_an_address_with_signs_that_text_cannot_show_is_told_plainly() -> None:
    as_(cast.otto()).get("/api/v1/models/classes/%E2%80%AEabc/assumptions/")

    ((_, _, facts),) = denied()
    assert facts["asked_for"] == "'\\u202eabc'"


def test_the_refusal_stands_while_the_trail_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(denials, "note", away)

    assert as_(cast.otto()).get("/people/").status_code == 403
