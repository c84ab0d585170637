"""A promise that is not kept, or that nothing checks, is told to compliance where they look and where they do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from advisory import tasks
from advisory.health import doctor
from compliance.models import AuditEvent
from rebalancing.models import ScanRun
from rebalancing.promises import facts, monitor
from rebalancing.promises.promises import Promise
from tests import cast
from tests.clock import set_clock
from tests.factories import desk as desks
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
RECORD = "the desk"
NOT_KEPT = "promises are not kept: Daily scan"
MONDAY = date(2026, 11, 23)
TUESDAY_NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.fixture
def desk() -> Any:
    """The Millers, scanned on Monday, so that every promise is kept; it is Tuesday."""
    found = desks.on_record()
    found.propose()
    cast.cora()
    ScanRun.objects.update(market_on=MONDAY)
    set_clock(TUESDAY_NOON)
    return found


def told(mailoutbox: list[Any]) -> list[str]:
    """A check, an alarm if there is one, and the subjects of all mails so far."""
    tasks.check_promises()
    tasks.tell_of_promises()
    return [mail.subject for mail in mailoutbox]


def late() -> None:
    ScanRun.objects.update(state=ScanRun.State.RUNNING, finished_at=None)


def kept() -> None:
    early = TUESDAY_NOON - timedelta(hours=18)
    ScanRun.objects.update(
        state=ScanRun.State.COMPLETED, started_at=early, finished_at=early, heartbeat_at=TUESDAY_NOON
    )


def doctors_word() -> tuple[str, str]:
    return dict(doctor.PARTS)["promises"]()


def test_promises_that_are_kept_alarm_nobody_and_the_check_is_on_the_trail(
    desk: Any, client: Client, mailoutbox: list[Any]
) -> None:
    kept()
    assert doctors_word()[0] == "note", "nothing has checked them yet"

    assert told(mailoutbox) == []

    assert client.get("/readyz").json()["promises"] == "ok"
    assert doctors_word() == ("ok", "all kept, checked 2026-11-24 17:00 UTC")
    event = AuditEvent.objects.get(action="promises.checked")
    assert '"scan":0' in event.facts
    assert page_of(as_(cast.cora()).get("/promises/")).checked_at == TUESDAY_NOON


def test_one_that_is_not_kept_is_told_everywhere(desk: Any, client: Client, mailoutbox: list[Any]) -> None:
    late()

    assert told(mailoutbox) != []

    answer = client.get("/readyz").json()
    assert (answer["promises"], answer["state"]) == (NOT_KEPT, "ready"), "the product is as ready as it was"
    assert doctors_word() == ("note", NOT_KEPT)
    (mail,) = mailoutbox
    assert mail.to == [cast.cora().email]
    assert NOT_KEPT in mail.body
    assert "/promises/" in mail.body
    assert "Promise not kept: daily scan" in words_of(as_(cast.cora()).get("/"))
    assert "Promise not kept: daily scan" in words_of(as_(cast.cora()).get("/compliance/"))


def test_it_is_mailed_once_and_again_after_it_was_kept(desk: Any, mailoutbox: list[Any]) -> None:
    late()
    for _ in range(3):
        told(mailoutbox)
    assert len(mailoutbox) == 1

    kept()
    assert len(told(mailoutbox)) == 1

    late()
    for _ in range(2):
        told(mailoutbox)
    assert len(mailoutbox) == 2
    assert AuditEvent.objects.filter(action="promises.alarmed").count() == 2


def test_another_promise_is_mailed_although_the_first_still_stands(
    desk: Any, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    late()
    told(mailoutbox)
    found = facts.broken_at_the_firm(at=TUESDAY_NOON)
    monkeypatch.setattr(
        facts, "broken_at_the_firm", lambda **_: (*found, Promised(Promise.REVIEW)), raising=True
    )

    told(mailoutbox)

    assert len(mailoutbox) == 2
    assert "promises are not kept: Daily scan, Review" in mailoutbox[-1].body


class Promised:
    def __init__(self, promise: Promise) -> None:
        self.promise = promise


def test_a_mail_that_nobody_took_is_tried_again(desk: Any, settings: Any, mailoutbox: list[Any]) -> None:
    late()
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    told(mailoutbox)
    assert not AuditEvent.objects.filter(action="promises.alarmed").exists()

    settings.EMAIL_BACKEND = good
    told(mailoutbox)
    assert len(mailoutbox) == 1


def test_a_monitor_that_does_not_run_is_an_alarm(
    desk: Any, client: Client, mailoutbox: list[Any], set_clock: Callable[..., None]
) -> None:
    kept()
    told(mailoutbox)
    set_clock(TUESDAY_NOON + monitor.OVERDUE_AFTER)
    tasks.tell_of_promises()
    assert mailoutbox == []

    set_clock(TUESDAY_NOON + monitor.OVERDUE_AFTER + timedelta(minutes=1))
    for _ in range(2):
        tasks.tell_of_promises()

    assert len(mailoutbox) == 1
    trouble = "the firm's promises have not been checked since 2026-11-24 17:00 UTC; is the worker running?"
    assert client.get("/readyz").json()["promises"] == trouble
    assert doctors_word() == ("wrong", trouble)
    assert "Promises are not checked" in words_of(as_(cast.cora()).get("/"))
    tasks.check_promises()
    assert doctors_word()[0] == "ok"
