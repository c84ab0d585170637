"""Programs with a token: they act for its owner, within its scopes, until it ends; and they never decide."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from advisory import urls as product
from advisory.models import ApiToken
from advisory.people import roles as role_grants
from advisory.people import token_scopes, tokens, users
from compliance import clock
from compliance.api.rates import TokenRate
from compliance.doors import registry
from compliance.doors.door import FormDoor
from compliance.models import Approval, AuditEvent
from compliance.people import confirmations
from compliance.people.actors import Actor, ActorKind
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed
from tests import cast
from tests.advisory.people.signing_in import an_app_for
from tests.api.conftest import Program
from tests.cast import PASSWORD
from tests.clock import MONDAY, SUNDAY_NOON, set_clock
from tests.factories.the_firm import TheFirm
from tests.pages import as_, page_of, words_of

EVERYTHING = tuple(token_scopes.BY_CODE)


class Bearer:
    """A program that sends a token and speaks JSON."""

    def __init__(self, text: str) -> None:
        self._client = Client(headers={"Authorization": f"Bearer {text}"}, enforce_csrf_checks=True)

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(f"/api/v1/{path}", headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._client.post(
            f"/api/v1/{path}",
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )


def made(owner: Any, *scopes: str, until: date = MONDAY) -> tokens.Made:
    return tokens.make("nightly", scopes, expires_on=until, by=Actor.person(owner), at=SUNDAY_NOON)


def bearer(owner: Any, *scopes: str) -> Bearer:
    return Bearer(made(owner, *scopes).text)


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"]


def test_a_token_sees_what_its_owner_sees_and_no_more(firm: TheFirm) -> None:
    ana = bearer(firm.ana, "clients:read")

    assert ana.get("households/").json() == Program(firm.ana).get("households/").json()
    seen = bearer(firm.otto, "clients:read").get("households/").json()
    assert seen == Program(firm.otto).get("households/").json()


def test_opening_a_household_is_on_the_trail_with_the_token(firm: TheFirm) -> None:
    token = made(firm.ana, "clients:read")

    Bearer(token.text).get(f"households/{firm.millers.public_id}/")

    event = AuditEvent.objects.filter(action="household.viewed").latest("seq")
    assert (event.actor_kind, event.person_ref, event.session_ref, event.mfa_method, event.actor_label) == (
        "token",
        str(firm.ana.pk),
        token.token.public_id,
        "token",
        firm.ana.name,
    )


def test_what_the_scopes_do_not_name_is_refused_with_the_scope_that_does(firm: TheFirm) -> None:
    ana = bearer(firm.ana, "firm:read")

    refused = ana.get("households/")

    assert told(refused) == (403, "/problems/not-for-this-token")
    assert refused.json()["how_to_fix"] == "Use a token with clients:read."
    assert ana.get("models/").status_code == 200


def test_a_token_that_may_do_everything_approves_releases_and_consents_to_nothing(firm: TheFirm) -> None:
    path = f"proposals/{firm.proposal.public_id}/"
    etag = Program(firm.rui).get(path)["ETag"]
    rui, tom = bearer(firm.rui, *EVERYTHING), bearer(firm.tom, *EVERYTHING)
    body = {"fingerprint": firm.fingerprint, "text": "Agreed.", "acknowledge_warnings": True}

    answers = [
        rui.post(f"{path}approve/", body, If_Match=etag),
        rui.post(f"{path}reject/", body, If_Match=etag),
        rui.post("confirmations/", {"about": firm.fingerprint, "password": PASSWORD}),
        tom.post(f"{path}release/", body, If_Match=etag),
        bearer(firm.ada, *EVERYTHING).post("settings/firm/change/", {}),
        bearer(firm.ada, *EVERYTHING).get("people/"),
    ]

    assert [told(one) for one in answers] == [(403, "/problems/not-for-this-token")] * 6
    assert {one.json()["how_to_fix"] for one in answers} == {"Sign in and do it yourself."}
    assert Approval.objects.filter(subject_id=firm.proposal.public_id).count() == 0


def test_no_scope_opens_a_door_that_decides() -> None:
    opened = {name for scope in token_scopes.SCOPES for name in scope.acts}
    deciding = {
        door.api
        for door in registry.doors()
        if isinstance(door, FormDoor) and (door.confirmed or door.two_people)
    }
    words = (
        "approve",
        "release",
        "consent",
        "decide",
        "confirm",
        "setting",
        "sign",
        "person",
        "client",
        "fix",
    )

    assert opened & deciding == set()
    assert [name for name in sorted(opened) if any(word in name for word in words)] == []


def test_every_address_of_the_api_that_is_read_has_its_scope_or_is_closed() -> None:
    """A new address is closed to tokens until somebody has thought about it."""
    doors = {door.api for door in registry.doors() if isinstance(door, FormDoor)}
    read = {
        f"api:{route.name}"
        for route in product.api
        if "get" in getattr(route.callback, "actions", {}) and f"api:{route.name}" not in doors
    }
    named = {name for scope in token_scopes.SCOPES for name in scope.reads | scope.acts}
    every = {f"api:{route.name}" for route in product.api}

    assert read - named - token_scopes.CLOSED == set()
    assert named - every == set()
    assert token_scopes.CLOSED - every == set()


def test_a_verb_that_asks_for_a_confirmation_refuses_a_token_also_where_none_is_asked(settings: Any) -> None:
    settings.STEP_UP_MINUTES = 0
    by = Actor(ActorKind.TOKEN, "Rui", person_ref="1", session_ref="tk_1")

    with pytest.raises(NotAllowed, match=r"A token cannot approve this\."):
        confirmations.required(by, about="0" * 64, deed="approve this", at=SUNDAY_NOON)


def test_what_a_token_enters_its_owner_has_entered(firm: TheFirm) -> None:
    account = firm.millers.accounts.order_by("pk")[0]
    body = {"account": account.public_id, "kind": "withdrawal", "amount": "900", "due_on": "2026-12-15"}
    path = f"households/{firm.millers.public_id}/cash-need/"

    answer = bearer(firm.ana, "needs:write").post(path, body)

    assert answer.status_code in (201, 422), answer.content
    event = AuditEvent.objects.filter(action="cash_need.added").order_by("seq").last()
    assert event is not None
    assert answer.status_code == 422 or (event.actor_kind, event.person_ref) == ("token", str(firm.ana.pk))


@pytest.mark.parametrize(
    "sent",
    ["", "evk_", "evk_000000000000_" + "A" * 43, "x" * 5_000, "evk_000000000000_" + "é" * 43, "\x00"],
)
def test_what_is_no_token_is_401_and_says_how_to_come_in(firm: TheFirm, sent: str) -> None:
    client = Client(HTTP_AUTHORIZATION=f"Bearer {sent}")

    answer = client.get("/api/v1/households/")

    assert told(answer) == (401, "/problems/unauthorized")
    assert answer["WWW-Authenticate"] == 'Bearer realm="evenkeel", error="invalid_token"'


def test_another_secret_with_the_same_id_does_not_work(firm: TheFirm) -> None:
    text = made(firm.ana, "clients:read").text
    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")

    assert Bearer(wrong).get("households/").status_code == 401
    assert Bearer(text).get("households/").status_code == 200


def test_a_token_works_through_its_last_day_in_new_york(firm: TheFirm) -> None:
    ana = bearer(firm.ana, "clients:read")
    midnight = datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=clock.EASTERN) + timedelta(days=1)

    set_clock(midnight - timedelta(minutes=1))
    assert ana.get("households/").status_code == 200
    set_clock(midnight)
    assert ana.get("households/").status_code == 401


@pytest.mark.parametrize("what", ["retired", "left", "roles", "sessions", "address", "factors"])
def test_a_token_ends_with_what_ends_its_owners_sessions(firm: TheFirm, what: str) -> None:
    otto, by, at = cast.someone("Olga", Role.TRADER), Actor.person(firm.ada), SUNDAY_NOON
    token = made(otto, "firm:read")
    if what == "factors":
        an_app_for(otto)
    program = Bearer(token.text)
    assert program.get("models/").status_code == 200

    {
        "retired": lambda: tokens.retire(token.token, reason="Lost.", by=by, at=at),
        "left": lambda: users.deactivate(
            otto, advises_next=None, reviews_next=None, reason="Left.", by=by, at=at
        ),
        "roles": lambda: role_grants.change(
            otto, [Role.TRADER, Role.REVIEWER], reason="More.", alone=False, by=by, at=at
        ),
        "sessions": lambda: users.end_sessions(otto, reason="A lost phone.", by=by, at=at),
        "address": lambda: users.correct_email(
            otto, "olga.b@firm.example", reason="Typo.", alone=False, by=by, at=at
        ),
        "factors": lambda: users.reset_factors(otto, reason="Lost.", alone=False, by=by, at=at),
    }[what]()

    assert program.get("models/").status_code == 401
    ended = ApiToken.objects.get(pk=token.token.pk)
    assert (ended.ended_at, ended.ended_by_id) == (at, firm.ada.pk)
    event = AuditEvent.objects.filter(action="token.retired").latest("seq")
    assert json.loads(event.facts)["token"] == ended.public_id


def test_a_token_needs_what_the_role_needs(firm: TheFirm, settings: Any) -> None:
    ana = bearer(firm.ana, "clients:read")

    settings.SECOND_FACTOR_ROLES = frozenset({"advisor"})

    assert told(ana.get("households/")) == (403, "/problems/second-factor-needed")


def test_a_token_opens_no_page_and_a_session_beside_it_does_not_count(firm: TheFirm) -> None:
    client = as_(firm.ana)
    text = made(firm.otto, "clients:read").text

    page = Client(headers={"Authorization": f"Bearer {text}"}).get("/households/")
    beside = client.get("/api/v1/households/", headers={"Authorization": f"Bearer {text}"})

    assert page.status_code == 302
    assert beside.json() == Program(firm.otto).get("households/").json()
    assert client.get("/api/v1/households/").json() == Program(firm.ana).get("households/").json()


def test_how_often_a_token_asks_is_limited(firm: TheFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(TokenRate, "THROTTLE_RATES", {"token": "2/min"})
    ana = bearer(firm.ana, "firm:read")

    answers = [ana.get("models/").status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert Program(firm.ana).get("models/").status_code == 200


def test_the_day_of_its_last_use_is_kept(firm: TheFirm) -> None:
    token = made(firm.ana, "firm:read")
    assert ApiToken.objects.get(pk=token.token.pk).last_used_on is None

    Bearer(token.text).get("models/")

    used = ApiToken.objects.get(pk=token.token.pk).last_used_on
    assert used == SUNDAY_NOON.astimezone(clock.EASTERN).date()


def test_a_token_is_made_on_its_page_shown_once_and_told_by_mail(
    firm: TheFirm, django_capture_on_commit_callbacks: Any
) -> None:
    client = as_(firm.ana)
    typed = {
        "name": "nightly import",
        "scopes": ["files:import", "clients:read"],
        "expires_on": MONDAY.isoformat(),
    }

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/tokens/", typed)

    text = page_of(answer).made.text
    assert text in answer.content.decode()
    assert answer["Cache-Control"] == "no-store, private"
    assert Bearer(text).get("households/").status_code == 200
    assert (mail.outbox[-1].to, "nightly import" in mail.outbox[-1].body) == ([firm.ana.email], True)
    assert text not in mail.outbox[-1].body
    token = ApiToken.objects.latest("pk")
    secret = text.rpartition("_")[2]
    assert not AuditEvent.objects.filter(facts__contains=secret).exists()
    assert token.digest != secret
    again = client.get("/tokens/")
    assert text not in again.content.decode()
    assert tokens.shown(token) in again.content.decode()
    facts = json.loads(AuditEvent.objects.filter(action="token.made").latest("seq").facts)
    assert {name: facts[name] for name in ("name", "scopes", "token", "expires_on")} == {
        "name": "nightly import",
        "scopes": ["clients:read", "files:import"],
        "token": token.public_id,
        "expires_on": MONDAY.isoformat(),
    }


def test_a_token_is_made_with_a_confirmation_of_exactly_it(firm: TheFirm, settings: Any) -> None:
    settings.STEP_UP_MINUTES = 5
    cache.clear()
    client, before = as_(firm.ana), ApiToken.objects.count()
    typed = {"name": "nightly", "scopes": ["firm:read"], "expires_on": MONDAY.isoformat()}

    asked = client.post("/tokens/", typed)
    assert (asked.status_code, ApiToken.objects.count()) == (403, before)
    about = asked.context["page"].about
    other = {**typed, "scopes": ["clients:read"], "confirm_about": about, "confirm_password": PASSWORD}
    done = {**typed, "confirm_about": about, "confirm_password": PASSWORD}

    def send(fields: dict[str, Any]) -> Any:
        return client.post(
            "/tokens/", urlencode(fields, doseq=True), content_type="application/x-www-form-urlencoded"
        )

    assert (send(other).status_code, ApiToken.objects.count()) == (403, before)
    assert (send(done).status_code, ApiToken.objects.count()) == (200, before + 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "a\x00b"},
        {"scopes": []},
        {"scopes": ["decide"]},
        {"expires_on": "2026-11-21"},
        {"expires_on": "2027-11-30"},
        {"expires_on": "soon"},
    ],
)
def test_what_cannot_be_is_said_on_the_page(firm: TheFirm, wrong: dict[str, Any]) -> None:
    typed = {"name": "nightly", "scopes": ["firm:read"], "expires_on": MONDAY.isoformat()}
    before = ApiToken.objects.count()

    answer = as_(firm.ana).post("/tokens/", {**typed, **wrong})

    assert (answer.status_code, ApiToken.objects.count()) == (422, before)
    assert "There is a problem" in words_of(answer)


def test_the_verb_refuses_the_same(firm: TheFirm) -> None:
    with pytest.raises(BadInput, match=r"A token ends within 90 days\."):
        made(firm.ana, "firm:read", until=date(2027, 6, 1))
    with pytest.raises(BadInput, match=r"There is no scope decide\."):
        made(firm.ana, "decide")
    with pytest.raises(NotAllowed, match=r"API tokens are for the firm's staff\."):
        made(cast.carl(), "firm:read")


def test_nobody_has_more_than_twenty(firm: TheFirm) -> None:
    for _ in range(tokens.OPEN_MAX):
        made(firm.otto, "firm:read")

    with pytest.raises(Conflict, match="You have 20 tokens"):
        made(firm.otto, "firm:read")


def test_people_see_their_own_and_who_oversees_them_everybodys(firm: TheFirm) -> None:
    token = made(firm.ana, "firm:read").token

    def listed(user: Any) -> bool:
        found = Program(user).get("tokens/").json()["results"]
        return any(one["public_id"] == token.public_id for one in found)

    assert [listed(one) for one in (firm.ana, firm.otto, firm.ada, firm.cora)] == [True, False, True, True]
    assert as_(firm.otto).get(f"/tokens/{token.public_id}/retire/").status_code == 404
    assert Program(cast.carl()).get("tokens/").status_code == 403
    assert as_(cast.carl()).get("/tokens/").status_code == 403


def test_compliance_retires_a_token_and_its_owner_is_told(
    firm: TheFirm, django_capture_on_commit_callbacks: Any
) -> None:
    token = made(firm.ana, "firm:read").token

    with django_capture_on_commit_callbacks(execute=True):
        done = Program(firm.cora).post(f"tokens/{token.public_id}/retire/", {"reason": "Not needed."})

    assert done.status_code == 200, done.content
    assert mail.outbox[-1].to == [firm.ana.email]
    assert "retired: Not needed." in mail.outbox[-1].body
    again = Program(firm.cora).post(f"tokens/{token.public_id}/retire/", {"reason": "Not needed."})
    assert again.status_code in (403, 409)
