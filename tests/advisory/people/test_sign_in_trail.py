"""Coming in, leaving and failing to come in are on the trail, and so is every role."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEvent
from tests import cast
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def sign_in(client: Client, password: str) -> None:
    client.post(reverse("account_login"), {"login": "ana@firm.example", "password": password})


def test_whoever_joins_is_on_the_trail_with_every_role() -> None:
    cast.ana()

    assert actions() == ["role.granted", "user.added"]


def test_signing_in_and_out_are_two_lines(client: Client) -> None:
    ana = cast.ana()
    sign_in(client, PASSWORD)
    client.post(reverse("account_logout"))

    last = AuditEvent.objects.order_by("seq")[2:]
    assert [(event.action, event.actor_label, event.about_id) for event in last] == [
        ("user.signed_in", "Ana", str(ana.pk)),
        ("user.signed_out", "Ana", str(ana.pk)),
    ]


def test_a_failed_attempt_is_noted_without_what_was_typed(client: Client) -> None:
    ana = cast.ana()
    sign_in(client, "a wrong password of some length")

    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.about_id) == ("user.sign_in_failed", str(ana.pk))
    assert "wrong password" not in event.facts
