"""Staff sees nothing before a second factor; setting one up, losing one and failing with one are on the trail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache

from advisory.deployment_checks import second_factor_of_staff
from advisory.people import users
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from tests import cast
from tests.advisory.people.signing_in import an_app_for, code_of, sign_in
from tests.cast import PASSWORD
from tests.clock import SUNDAY_NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def staff_needs_one(settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset(settings.STAFF)
    cache.clear()


def last(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action).latest("seq")


def key_shown(client: Any) -> str:
    return str(client.get("/account/factors/totp/activate/").context["form"].secret)


@pytest.mark.parametrize(
    "address", ["/", "/households/", "/proposals/", "/people/", "/settings/", "/statusz"]
)
def test_without_a_factor_every_page_leads_to_setting_one_up(address: str) -> None:
    client = sign_in(cast.ada())

    answer = client.get(address)

    assert (answer.status_code, answer["Location"]) == (302, "/account/factors/")
    assert "Your role signs in with a second factor" in client.get("/account/factors/").content.decode()


def test_a_program_is_told_why() -> None:
    answer = sign_in(cast.ana()).get("/api/v1/households/")

    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]) == (
        403,
        "second-factor-needed",
    )


def test_a_client_needs_none_unless_the_firm_says_so(settings: Any) -> None:
    assert sign_in(cast.carl()).get("/")["Location"] == "/portfolio/"

    settings.SECOND_FACTOR_ROLES = frozenset({"client"})
    assert sign_in(cast.carl()).get("/")["Location"] == "/account/factors/"
    assert sign_in(cast.ana()).get("/").status_code in {200, 302}


def test_whoever_sets_an_app_up_is_in_and_has_recovery_codes(django_capture_on_commit_callbacks: Any) -> None:
    ana = cast.ana()
    client = sign_in(ana)
    secret = key_shown(client)

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/account/factors/totp/activate/", {"code": code_of(secret)})

    assert answer["Location"] == "/account/factors/recovery-codes/"
    assert len(client.get(answer["Location"]).context["unused_codes"]) == 10
    assert client.get("/households/").status_code == 200
    assert json.loads(last("factor.added").facts)["kinds"] == ["recovery_codes", "totp"]
    assert (mail.outbox[-1].to, "authenticator app" in mail.outbox[-1].body) == ([ana.email], True)


def test_the_key_is_not_stored_in_the_clear() -> None:
    ana = cast.ana()
    client = sign_in(ana)
    secret = key_shown(client)
    client.post("/account/factors/totp/activate/", {"code": code_of(secret)})

    stored = Authenticator.objects.get(user=ana, type="totp").data["secret"]

    assert secret not in stored
    assert stored.startswith("v1:")


def test_a_key_stored_before_keys_were_encrypted_still_works() -> None:
    ana = cast.ana()
    secret = an_app_for(ana)
    Authenticator.objects.filter(user=ana).update(data={"secret": secret})
    client = sign_in(ana)

    client.post("/account/factors/authenticate/", {"code": code_of(secret)})

    assert client.get("/households/").status_code == 200


def test_who_has_an_app_signs_in_with_its_code_and_the_trail_says_how() -> None:
    ana = cast.ana()
    secret = an_app_for(ana)
    client = sign_in(ana)
    assert client.get("/households/")["Location"].startswith("/account/login/")

    client.post("/account/factors/authenticate/", {"code": code_of(secret)})

    assert client.get("/households/").status_code == 200
    assert last("user.signed_in").mfa_method == "password+totp"


def test_a_wrong_code_is_a_failed_sign_in_on_the_trail() -> None:
    ana = cast.ana()
    an_app_for(ana)
    client = sign_in(ana)

    client.post("/account/factors/authenticate/", {"code": "000000"})

    event = last("user.sign_in_failed")
    assert (event.about_id, json.loads(event.facts)) == (str(ana.pk), {"step": "second factor"})
    assert "000000" not in event.facts


def test_a_code_signs_in_once() -> None:
    ana = cast.ana()
    secret = an_app_for(ana)
    code = code_of(secret)
    sign_in(ana).post("/account/factors/authenticate/", {"code": code})
    second = sign_in(ana)

    second.post("/account/factors/authenticate/", {"code": code})

    assert second.get("/households/")["Location"].startswith("/account/login/")


def test_a_session_from_before_the_factor_has_to_show_it() -> None:
    ana = cast.ana()
    client = sign_in(ana)
    secret = an_app_for(ana)

    asked = client.get("/households/?q=h")
    assert asked["Location"] == "/account/factors/reauthenticate/?next=%2Fhouseholds%2F%3Fq%3Dh"
    shown = client.post(asked["Location"], {"code": code_of(secret), "next": "/households/?q=h"})

    assert shown["Location"] == "/households/?q=h"
    assert client.get("/households/").status_code == 200


def test_whoever_needs_a_factor_cannot_remove_the_last() -> None:
    ana = cast.ana()
    secret = an_app_for(ana)
    client = sign_in(ana)
    client.post("/account/factors/authenticate/", {"code": code_of(secret)})

    client.post("/account/factors/totp/deactivate/")

    assert Authenticator.objects.filter(user=ana, type="totp").exists()


def test_the_last_passkey_stays_as_well() -> None:
    ana = cast.ana()
    secret = an_app_for(ana)
    client = sign_in(ana)
    client.post("/account/factors/authenticate/", {"code": code_of(secret)})
    passkey = Authenticator.objects.create(user=ana, type="webauthn", data={"name": "Passkey"})
    Authenticator.objects.filter(user=ana, type="totp").delete()

    answer = client.post(f"/account/factors/webauthn/keys/{passkey.pk}/remove/")

    assert answer.status_code == 409
    assert "Set up another one first." in answer.content.decode()
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_who_needs_none_removes_it_and_the_trail_and_the_mail_say_so(
    django_capture_on_commit_callbacks: Any,
) -> None:
    carl = cast.carl()
    secret = an_app_for(carl)
    client = sign_in(carl)
    client.post("/account/factors/authenticate/", {"code": code_of(secret)})

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/factors/totp/deactivate/")

    assert not Authenticator.objects.filter(user=carl).exists()
    assert json.loads(last("factor.removed").facts)["kinds"] == ["totp"]
    assert [message.to for message in mail.outbox] == [[carl.email]]


def test_a_reset_is_mailed_and_leaves_the_person_with_setting_one_up(
    django_capture_on_commit_callbacks: Any,
) -> None:
    ana = cast.ana()
    secret = an_app_for(ana)
    client = sign_in(ana)
    client.post("/account/factors/authenticate/", {"code": code_of(secret)})

    with django_capture_on_commit_callbacks(execute=True):
        users.reset_factors(
            ana, reason="Lost her phone.", alone=False, by=Actor.person(cast.ada()), at=SUNDAY_NOON
        )

    assert client.get("/households/")["Location"].startswith("/account/login/")
    assert sign_in(ana).get("/households/")["Location"] == "/account/factors/"
    assert [message.to for message in mail.outbox] == [[ana.email]]


def test_a_new_password_is_on_the_trail_ends_the_others_and_is_mailed(
    django_capture_on_commit_callbacks: Any,
) -> None:
    carl = cast.carl()
    here, elsewhere = sign_in(carl), sign_in(carl)
    new = "quite another sentence of hers"

    with django_capture_on_commit_callbacks(execute=True):
        here.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert last("password.changed").about_id == str(carl.pk)
    assert elsewhere.get("/portfolio/").status_code == 302
    assert ("password" in mail.outbox[-1].body, mail.outbox[-1].to) == (True, [carl.email])
    assert new not in mail.outbox[-1].body


def test_a_forgotten_password_is_set_by_link_and_the_second_factor_is_still_asked(
    django_capture_on_commit_callbacks: Any,
) -> None:
    import re

    ana = cast.ana()
    an_app_for(ana)
    from django.test import Client

    client = Client()
    client.post("/account/password/reset/", {"email": ana.email})
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", mail.outbox[-1].body)
    assert link
    form = client.get(link[1])["Location"]
    new = "quite another sentence of hers"

    with django_capture_on_commit_callbacks(execute=True):
        client.post(form, {"password1": new, "password2": new})

    event = last("password.changed")
    assert (event.about_id, event.actor_label) == (str(ana.pk), "link for a forgotten password")
    assert client.get("/households/").status_code == 302
    assert sign_in(ana, new).get("/households/")["Location"].startswith("/account/login/")


def test_the_deployment_check_reports_staff_without_a_second_factor(settings: Any) -> None:
    assert second_factor_of_staff() == []

    settings.SECOND_FACTOR_ROLES = frozenset({"advisor", "captain"})

    assert [one.id for one in second_factor_of_staff()] == ["advisory.W001", "advisory.W002"]
