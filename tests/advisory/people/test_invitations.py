"""Invitations: a set-up link by e-mail, which works once, for some days, and until it is withdrawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from advisory.models import Invitation, User
from advisory.people import invitations, roles
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict
from tests import cast
from tests.clock import SUNDAY_NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

PASSWORD = "an even longer sentence nobody guesses"
Captured = Callable[..., Any]


def invited(name: str = "Ines", *held: Role) -> invitations.Sent:
    return invitations.invite(
        cast.email_of(name),
        name=name,
        roles=held or [Role.ADVISOR],
        by=Actor.person(cast.ada()),
        at=SUNDAY_NOON,
    )


def key_of(link: str) -> str:
    return link.partition("?key=")[2]


def opened(link: str) -> Any:
    return Client().get(link.removeprefix("http://127.0.0.1:8000"))


def set_password(link: str, password: str = PASSWORD) -> Any:
    return Client().post(
        "/account/set-up/", {"key": key_of(link), "password1": password, "password2": password}
    )


def test_who_is_invited_gets_a_link_by_mail_and_can_do_nothing_before(
    django_capture_on_commit_callbacks: Captured,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = invited()

    (message,) = mail.outbox
    assert message.to == ["ines@firm.example"]
    assert sent.link in message.body
    assert "until Nov 29, 2026, 12:00 ET" in message.body
    ines = User.objects.get(name="Ines")
    assert (ines.is_active, ines.role_names, ines.has_usable_password()) == (False, frozenset(), False)
    assert Invitation.objects.get().sent_at is not None
    assert key_of(sent.link) not in Invitation.objects.get().token_digest


def test_with_the_link_a_password_is_set_once_and_then_they_sign_in() -> None:
    sent = invited()
    assert "Welcome, Ines" in opened(sent.link).content.decode()

    answer = set_password(sent.link)

    assert (answer.status_code, answer["Location"]) == (302, "/account/login/")
    ines = User.objects.get(name="Ines")
    assert ines.has_role(Role.ADVISOR)
    assert authenticate(None, email=ines.email, password=PASSWORD) == ines
    assert opened(sent.link).status_code == 404
    assert set_password(sent.link, "somebody else's long sentence").status_code == 404
    trail = audit.trail(about=ines).values_list("action", flat=True)
    assert list(trail) == ["role.granted", "user.added", "invitation.sent", "invitation.accepted"]


def test_a_short_password_is_refused_and_the_link_goes_on_working() -> None:
    sent = invited()

    answer = set_password(sent.link, "short")

    assert answer.status_code == 422
    assert "at least 15 characters" in answer.content.decode()
    assert set_password(sent.link).status_code == 302


def test_a_link_is_over_after_seven_days(set_clock: Callable[..., None]) -> None:
    sent = invited()
    set_clock(SUNDAY_NOON + timedelta(days=7))

    assert opened(sent.link).status_code == 404
    with pytest.raises(Conflict, match="used or is over"):
        invitations.accept(sent.invitation, PASSWORD, at=SUNDAY_NOON + timedelta(days=7))


def test_a_renewed_link_replaces_the_former() -> None:
    former = invited()

    renewed = invitations.issue(former.user, by=Actor.person(cast.ada()), at=SUNDAY_NOON)

    assert opened(former.link).status_code == 404
    assert opened(renewed.link).status_code == 200
    assert list(Invitation.objects.order_by("pk").values_list("outcome", flat=True)) == ["withdrawn", ""]


def test_a_withdrawn_link_is_useless_and_so_is_asking_for_a_new_password() -> None:
    sent = invited()

    invitations.withdraw(sent.user, reason="Wrong address.", by=Actor.person(cast.ada()), at=SUNDAY_NOON)
    Client().post("/account/password/reset/", {"email": sent.user.email})

    assert opened(sent.link).status_code == 404
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("ana@firm.example", "is the sign-in of Ana already"),
        ("ANA@Firm.Example", "is the sign-in of Ana already"),
        ("nobody", "is not an e-mail address"),
        ("", "is not an e-mail address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(email: str, why: str) -> None:
    cast.ana()
    with pytest.raises(BadInput, match=why):
        invitations.invite(
            email, name="Ines", roles=[Role.ADVISOR], by=Actor.person(cast.ada()), at=SUNDAY_NOON
        )
    assert not User.objects.filter(name="Ines").exists()


def test_staff_are_no_clients_with_the_same_sign_in() -> None:
    with pytest.raises(BadInput, match="separate sign-in"):
        invited("Ines", Role.CLIENT, Role.ADVISOR)


def test_a_mail_server_that_is_away_is_seen_on_the_page(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Captured
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        sent = invited()

    client = Client()
    client.force_login(cast.ada())
    page = client.get(f"/people/{sent.user.pk}/").content.decode()
    assert "the mail server has not taken it" in page


def test_an_invitation_that_is_over_never_changes() -> None:
    sent = invited()
    invitations.withdraw(sent.user, reason="Wrong.", by=Actor.person(cast.ada()), at=SUNDAY_NOON)

    for change in ({"outcome": "accepted"}, {"sent_to": "x@y.example"}, {"sent_at": SUNDAY_NOON}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.update(**change)


# The first administrator of an empty record


def first(email: str = "ada@firm.example") -> str:
    out = StringIO()
    call_command("first_administrator", email, name="Ada", stdout=out)
    return out.getvalue()


def test_the_first_administrator_gets_a_link_from_the_operator() -> None:
    said = first()

    assert said.startswith(
        "Ada chooses a password here; the link works once, until Nov 29, 2026, 12:00 ET:\n"
    )
    assert set_password(said.split()[-1]).status_code == 302
    assert roles.has_administrator()
    with pytest.raises(CommandError, match="has an administrator already"):
        first("max@firm.example")
    assert not User.objects.filter(email="max@firm.example").exists()


def test_a_lost_or_mistyped_first_invitation_is_replaced() -> None:
    lost, again = first().split()[-1], first().split()[-1]
    assert [opened(link).status_code for link in (lost, again)] == [404, 200]

    corrected = first("ada.olsen@firm.example").split()[-1]

    assert [opened(link).status_code for link in (again, corrected)] == [404, 200]


def test_the_link_begins_with_the_address_of_the_pages() -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/account/set-up/\?key=[\w-]{43}", invited().link)
