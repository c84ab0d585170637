"""What others did is told in the desk, and once a day by mail to whoever wants it: counts and links only."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from advisory import tasks
from advisory.desk import digest
from advisory.models import NoticeChoice
from advisory.people import notice_choices, users
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON, set_clock
from tests.factories.desk import Desk, a_desk
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

MONDAY_AT_SIX = datetime(2026, 11, 23, 11, 0, tzinfo=SUNDAY_NOON.tzinfo)


@pytest.fixture
def desk() -> Desk:
    found = a_desk()
    found.propose()
    return found


def told(person: Any) -> list[tuple[str, str, bool]]:
    page = page_of(as_(person).get("/notices/"))
    return [(row.what, row.about, row.is_new) for row in page.rows]


def happened(action: str, *, by: Any = None, household: str = "") -> None:
    with transaction.atomic():
        audit.record(
            audit.Action(action),
            about=audit.Ref("thing", "1", household),
            by=Actor.person(by) if by else Actor.system("test"),
            at=SUNDAY_NOON,
        )


def wants_mail(person: Any) -> None:
    notice_choices.choose("daily", by=Actor.person(person), at=SUNDAY_NOON)


def test_ana_is_told_of_the_proposal_for_her_household_and_otto_is_not(desk: Desk) -> None:
    assert ("Proposal drafted", "Proposal for Miller", True) in told(desk.ana)
    assert told(cast.otto()) == []


def test_nobody_is_told_of_what_they_did_themselves(desk: Desk) -> None:
    before = len(told(desk.ana))
    happened("review.commented", by=desk.ana, household=desk.household.public_id)
    assert len(told(desk.ana)) == before

    happened("review.commented", by=desk.rui, household=desk.household.public_id)
    assert told(desk.ana)[0] == ("Comment added", "Miller", True)


def test_each_role_is_told_of_its_own(desk: Desk) -> None:
    happened("trading.stopped", by=desk.tom)
    happened("change.proposed", by=cast.cora())

    assert [what for what, _, _ in told(cast.tess())] == ["Trading stopped"]
    assert "Trading stopped" in [what for what, _, _ in told(cast.cora())]
    assert told(cast.ada()) == [("Change proposed", "", True)]


def test_an_administrator_is_told_of_no_client(desk: Desk) -> None:
    happened("change.proposed", by=cast.cora(), household=desk.household.public_id)

    assert told(cast.ada()) == []


def test_what_is_marked_as_read_is_new_no_more_and_what_comes_afterwards_is(desk: Desk) -> None:
    ana = as_(desk.ana)
    page = page_of(ana.get("/notices/"))
    assert f"{page.new} new notification" in words_of(ana.get("/"))
    happened("consent.recorded", household=desk.household.public_id)

    ana.post("/notices/read/", {"up_to": page.up_to})

    after = page_of(ana.get("/notices/"))
    assert [row.what for row in after.rows if row.is_new] == ["Client consent recorded"]
    assert page_of(ana.get("/")).notices == 1
    ana.post("/notices/read/", {"up_to": "1"})
    assert page_of(ana.get("/notices/")).new == 1, "never back"


def test_after_thirty_days_it_is_in_the_trail_only(desk: Desk) -> None:
    assert told(desk.ana) != []
    set_clock(SUNDAY_NOON + timedelta(days=31))
    assert told(desk.ana) == []


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 40])
def test_a_place_that_is_none_is_refused(desk: Desk, up_to: str) -> None:
    assert as_(desk.ana).post("/notices/read/", {"up_to": up_to}).status_code == 422


def test_clients_have_no_notifications() -> None:
    carl = as_(cast.carl())

    assert [carl.get(place).status_code for place in ("/notices/", "/api/v1/notices/")] == [403, 403]
    assert carl.post("/notices/digest/", {"digest": "daily"}).status_code == 403


def test_programs_read_the_same_by_ids(desk: Desk) -> None:
    rows = as_(desk.ana).get("/api/v1/notices/").json()["results"]

    page = page_of(as_(desk.ana).get("/notices/"))
    assert [(row["seq"], row["is_new"]) for row in rows] == [(row.seq, row.is_new) for row in page.rows]


def test_the_page_costs_no_more_for_more_lines(desk: Desk) -> None:
    ana = as_(desk.ana)
    ana.get("/notices/")
    with CaptureQueriesContext(connection) as few:
        ana.get("/notices/")
    for _ in range(20):
        happened("review.commented", household=desk.household.public_id)
    with CaptureQueriesContext(connection) as many:
        ana.get("/notices/")

    assert len(many) == len(few)


def test_the_mail_has_counts_and_links_and_no_names(desk: Desk) -> None:
    wants_mail(desk.rui)
    set_clock(MONDAY_AT_SIX)

    tasks.send_digests()

    (message,) = mail.outbox
    assert message.to == [desk.rui.email]
    assert "1 review waits, " in message.body
    assert "/notices/" in message.body
    assert "Miller" not in message.body
    assert "$" not in message.body
    sent = AuditEvent.objects.get(action="digest.sent")
    assert (sent.about_id, json.loads(sent.facts)["day"]) == (str(desk.rui.pk), MONDAY.isoformat())


def test_it_comes_once_a_day_however_often_the_job_runs(desk: Desk) -> None:
    wants_mail(desk.rui)
    for hours in range(72):
        set_clock(SUNDAY_NOON + timedelta(hours=hours))
        digest.send_due(by=Actor.system("digest"), at=SUNDAY_NOON + timedelta(hours=hours))

    days = [json.loads(one.facts)["day"] for one in AuditEvent.objects.filter(action="digest.sent")]
    assert days == ["2026-11-23", "2026-11-24", "2026-11-25"]
    assert len(mail.outbox) == 3


def test_before_six_nobody_is_woken(desk: Desk) -> None:
    wants_mail(desk.rui)
    set_clock(MONDAY_AT_SIX - timedelta(minutes=1))

    tasks.send_digests()

    assert mail.outbox == []


def test_two_workers_begin_the_same_mail_once(desk: Desk) -> None:
    wants_mail(desk.rui)

    assert [notice_choices.claim(desk.rui, on=MONDAY) for _ in range(2)] == [True, False]


def test_a_process_that_is_killed_sends_none_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    wants_mail(desk.rui)
    set_clock(MONDAY_AT_SIX)

    def killed(*_: Any, **__: Any) -> Any:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(audit, "record", killed)
        with pytest.raises(SystemExit):
            tasks.send_digests()
    assert len(mail.outbox) == 1
    tasks.send_digests()

    assert len(mail.outbox) == 1


def test_a_mail_that_the_server_refused_goes_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    wants_mail(desk.rui)
    set_clock(MONDAY_AT_SIX)
    with monkeypatch.context() as away:
        away.setattr("advisory.people.mail.send", lambda *_, **__: False)
        tasks.send_digests()
    assert mail.outbox == []

    tasks.send_digests()

    assert len(mail.outbox) == 1


def test_a_day_on_which_nothing_waits_has_no_mail() -> None:
    otto = cast.otto()
    wants_mail(otto)
    set_clock(MONDAY_AT_SIX)

    tasks.send_digests()

    assert mail.outbox == []
    assert NoticeChoice.objects.get(user=otto).digest_on == MONDAY


def test_whoever_has_left_gets_none(desk: Desk) -> None:
    tess = cast.tess()
    happened("trading.stopped", by=desk.tom)
    wants_mail(tess)
    users.deactivate(
        tess,
        advises_next=None,
        reviews_next=None,
        reason="Left.",
        by=Actor.person(cast.ada()),
        at=SUNDAY_NOON,
    )
    set_clock(MONDAY_AT_SIX)
    mail.outbox.clear()

    tasks.send_digests()

    assert mail.outbox == []


def test_rui_chooses_in_the_browser_and_the_trail_says_so(desk: Desk) -> None:
    rui = as_(desk.rui)
    assert page_of(rui.get("/notices/")).digest == "No mail"

    rui.post("/notices/digest/", {"digest": "daily"})
    rui.post("/notices/digest/", {"digest": "daily"})

    assert page_of(rui.get("/notices/")).digest == "One mail a day"
    chosen = AuditEvent.objects.get(action="digest.chosen")
    assert json.loads(chosen.facts) == {"before": "none", "after": "daily"}
