"""A trail that is broken, or that nothing verifies, is told to compliance where they look and where they do not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from advisory import tasks
from advisory.health import doctor
from advisory.models import User
from compliance import tasks as trail
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from tests.clock import MONDAY_NOON, TUESDAY_NOON, set_clock
from tests.pages import as_, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(cora: User) -> None:
    """Three events, verified on Monday at noon, with the guards taken down as the owner of the tables can."""
    set_clock(MONDAY_NOON)
    for number in range(3):
        with transaction.atomic():
            audit.record(
                audit.Action.HOUSEHOLD_CHANGED,
                about=audit.Ref("household", "hh_1", "hh_1"),
                by=audit.Actor.system("file"),
                at=MONDAY_NOON,
                number=number,
            )
    trail.verify_trail()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE compliance_auditevent DISABLE TRIGGER USER")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def broken() -> None:
    run(
        "UPDATE compliance_auditevent SET actor_label = actor_label || '!' WHERE seq = (SELECT min(seq) + 1 FROM compliance_auditevent)"
    )
    trail.verify_trail()


def bad() -> int:
    first: int = AuditEvent.objects.order_by("seq").values_list("seq", flat=True)[1]
    return first


def doctors_word() -> tuple[str, str]:
    return dict(doctor.PARTS)["audit trail"]()


def test_a_whole_trail_is_told_as_whole_and_alarms_nobody(
    written: None, cora: User, client: Client, mailoutbox: list[Any]
) -> None:
    tasks.tell_of_the_trail()

    assert client.get("/readyz").json()["trail"] == "ok"
    assert doctors_word()[0] == "ok"
    assert as_(cora).get(reverse("compliance:queue")).context["page"].chain.tone == "order"
    assert mailoutbox == []


def test_a_broken_trail_is_told_everywhere(
    written: None, cora: User, client: Client, mailoutbox: list[Any]
) -> None:
    broken()
    tasks.tell_of_the_trail()
    trouble = f"the audit trail is broken at event #{bad()}; change nothing and run `manage.py verify_audit`"

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["state"], answer.json()["trail"]) == (200, "degraded", trouble)
    assert doctors_word() == ("wrong", trouble)
    queue = as_(cora).get(reverse("compliance:queue"))
    assert queue.context["page"].heading == "1 item needs attention"
    assert f"The chain is broken at #{bad():,}" in words_of(queue)
    assert "The audit trail is broken" in words_of(as_(cora).get("/"))
    (mail,) = mailoutbox
    assert mail.to == [cora.email]
    assert trouble in mail.body
    assert reverse("compliance:audit_list") in mail.body


def test_a_break_is_mailed_once_and_a_second_one_again(
    written: None, cora: User, mailoutbox: list[Any]
) -> None:
    broken()
    for _ in range(3):
        trail.verify_trail()
        tasks.tell_of_the_trail()
    assert len(mailoutbox) == 1

    run("UPDATE compliance_auditevent SET actor_label = rtrim(actor_label, '!')")
    trail.verify_trail()
    tasks.tell_of_the_trail()
    assert len(mailoutbox) == 1

    broken()
    tasks.tell_of_the_trail()
    assert len(mailoutbox) == 2
    assert AuditEvent.objects.filter(action="trail.alarmed").count() == 2


def test_a_mail_that_nobody_took_is_tried_again(
    written: None, cora: User, settings: Any, mailoutbox: list[Any]
) -> None:
    broken()
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    tasks.tell_of_the_trail()
    assert not AuditEvent.objects.filter(action="trail.alarmed").exists()

    settings.EMAIL_BACKEND = good
    tasks.tell_of_the_trail()
    assert len(mailoutbox) == 1


def test_two_nights_without_a_verification_are_an_alarm(
    written: None, cora: User, client: Client, mailoutbox: list[Any]
) -> None:
    set_clock(TUESDAY_NOON)
    tasks.tell_of_the_trail()
    assert mailoutbox == []

    set_clock(MONDAY_NOON + timedelta(days=2, minutes=1))
    for _ in range(2):
        tasks.tell_of_the_trail()
    assert len(mailoutbox) == 1
    assert (
        client.get("/readyz")
        .json()["trail"]
        .startswith("the audit trail has not been verified since 2026-11-23 17:00 UTC")
    )
    assert doctors_word()[0] == "wrong"
    assert "and not since: nobody knows" in words_of(as_(cora).get(reverse("compliance:queue")))
    assert "The audit trail is not verified" in words_of(as_(cora).get("/"))

    trail.verify_trail()
    assert client.get("/readyz").json()["trail"] == "ok"
