"""Where somebody is signed in, and how a session ends: by hand, by a new password, by another role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from advisory.people import roles, sessions
from compliance import clock
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.people.roles import Role
from tests import cast
from tests.advisory.people.signing_in import sign_in
from tests.cast import PASSWORD
from tests.pages import page_of, words_of

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


def signed_in(user: Any, agent: str) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    client.get("/account/factors/")
    return client


def open_of(user: Any) -> list[str]:
    return [one.device for one in sessions.open_sessions(user, at=clock.now())]


def test_the_page_names_each_session_and_which_one_this_is() -> None:
    ana = cast.ana()
    signed_in(ana, PHONE)
    client = signed_in(ana, FIREFOX)
    signed_in(cast.otto(), FIREFOX)

    page = page_of(client.get("/account/sessions/"))

    assert sorted((one.device, one.is_this, one.methods) for one in page.sessions) == [
        ("Firefox on Linux", True, "password"),
        ("Safari on iPhone", False, "password"),
    ]
    assert (page.idle_minutes, page.hours) == (30, 12)


def test_one_session_is_ended_at_once_and_the_trail_says_which() -> None:
    ana = cast.ana()
    phone, desk = signed_in(ana, PHONE), signed_in(ana, FIREFOX)
    ref = next(one.ref for one in page_of(desk.get("/account/sessions/")).sessions if not one.is_this)

    desk.post("/account/sessions/end/", {"session": ref})

    assert phone.get("/households/")["Location"].startswith("/account/login/")
    assert desk.get("/households/").status_code == 200
    assert open_of(ana) == ["Firefox on Linux"]
    event = AuditEvent.objects.get(action="sessions.ended")
    assert (event.about_id, event.facts) == (str(ana.pk), f'{{"session":"{ref}"}}')


def test_nobody_ends_the_session_of_somebody_else() -> None:
    ana, otto = cast.ana(), cast.otto()
    desk = signed_in(ana, FIREFOX)
    ref = sessions.open_sessions(ana, at=clock.now())[0].ref

    answer = signed_in(otto, FIREFOX).post("/account/sessions/end/", {"session": ref})

    assert answer.status_code == 409
    assert desk.get("/households/").status_code == 200


def test_all_others_are_ended_in_one_go() -> None:
    ana = cast.ana()
    others = [signed_in(ana, PHONE), signed_in(ana, PHONE)]
    desk = signed_in(ana, FIREFOX)

    answer = desk.post("/account/sessions/end-others/", follow=True)

    assert "Ended: 2." in words_of(answer)
    assert [one.get("/households/").status_code for one in others] == [302, 302]
    assert open_of(ana) == ["Firefox on Linux"]


def test_another_role_ends_every_session() -> None:
    tom, ada = cast.tom(), cast.ada()
    client = sign_in(tom)
    assert client.get("/blotter/").status_code == 200

    roles.change(
        tom,
        [Role.TRADER, Role.ADVISOR],
        reason="Helps out.",
        alone=True,
        by=Actor.person(ada),
        at=clock.now(),
    )

    assert client.get("/blotter/").status_code == 302
    tom.refresh_from_db()
    assert open_of(tom) == []


def test_a_new_password_leaves_none_open() -> None:
    ana = cast.ana()
    signed_in(ana, PHONE)
    new = "quite another sentence of hers"
    signed_in(ana, FIREFOX).post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )

    ana.refresh_from_db()
    assert open_of(ana) == []


def test_what_is_too_old_is_not_listed() -> None:
    ana = cast.ana()
    signed_in(ana, FIREFOX)

    assert open_of(ana) == ["Firefox on Linux"]
    assert sessions.open_sessions(ana, at=clock.now() + timedelta(minutes=31)) == []


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/18.0 Safari/605.1", "Safari on Mac"),
        ("curl/8.0", ""),
    ],
)
def test_a_device_is_named_in_words(agent: str, device: str) -> None:
    assert sessions.device_of(agent) == device
