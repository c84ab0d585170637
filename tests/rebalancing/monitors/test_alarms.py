"""Alarms from the record: raised once, ended by themselves, answered by people, shown to whom they concern."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from clients.households import holds
from clients.models import AssetClass, Hold, TaxLot, Transaction
from compliance.audit_trail import audit
from compliance.firm import monitor_figures
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from rebalancing import tasks
from rebalancing.models import Alarm
from rebalancing.monitors import alarms
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import firm_settings
from tests.factories.at_doors import acted
from tests.factories.deciding import scan
from tests.factories.desk import Desk, on_record
from tests.factories.households import SET_UP, another
from tests.pages import as_, page_of, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

MONITORS = Actor.system("monitors")
Monitor = Alarm.Monitor


@pytest.fixture
def desk() -> Desk:
    return on_record()


def watch(at: datetime = SUNDAY_NOON) -> tuple[int, int]:
    return alarms.watch(by=MONITORS, at=at)


def standing() -> dict[str, str]:
    return dict(Alarm.objects.filter(ended_on=None).values_list("monitor", "sentence"))


def later(days: int) -> datetime:
    return SUNDAY_NOON + timedelta(days=days)


def stocks_are_far_off() -> None:
    """The Millers' stocks are further off than the firm allows."""
    AssetClass.objects.exclude(code="cash").update(is_equity=False)
    AssetClass.objects.filter(code="us_stock").update(is_equity=True)
    firm_settings.decided(monitor_figures.EQUITY_DRIFT, Decimal("0.01"))


def a_hold(desk: Desk, *, security: Any = None, until: date = date(2026, 12, 4)) -> Hold:
    return holds.place(
        desk.household, account=None, security=security, kind=Hold.Kind.ADVISOR, reason="Waits for a purchase.",
        starts_on=LAST_FRIDAY, expires_on=until, user_id=desk.ana.pk, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip


def test_watching_twice_changes_nothing(desk: Desk) -> None:
    scan()
    first = watch()
    told = list(Alarm.objects.values())
    trail = AuditEvent.objects.count()

    assert first[1] == 0
    assert watch() == (0, 0)
    assert list(Alarm.objects.values()) == told
    assert AuditEvent.objects.count() == trail


def test_a_household_that_no_scan_reads_is_noticed_and_the_alarm_ends_once_one_does(
    desk: Desk, set_clock: Callable[[datetime], None]
) -> None:
    scan()
    assert Monitor.UNREAD not in standing()

    # Nobody scans for a week: the silent-disable alarm.
    watch(later(8))
    assert standing()[Monitor.UNREAD] == (
        "No scan has read it on the last 3 scan days; it was last read on Nov 20, 2026."
    )

    alarm = Alarm.objects.get(monitor=Monitor.UNREAD)
    assert (alarm.first_on, alarm.ended_on) == (date(2026, 11, 27), None)
    # The same with a threshold that lets it pass: the cause is gone, and so is the alarm.
    firm_settings.decided(monitor_figures.UNREAD_DAYS, 30, on=date(2026, 11, 27))
    watch(later(8))
    alarm.refresh_from_db()
    assert alarm.ended_on == date(2026, 11, 27)
    assert [
        event.action for event in AuditEvent.objects.filter(about_id=alarm.public_id).order_by("seq")
    ] == [
        "alarm.raised",
        "alarm.ended",
    ]


def test_a_household_that_was_just_opened_is_not_called_unread(desk: Desk) -> None:
    another("okafor", "Okafor", advisor=desk.ana)
    scan()

    watch()

    assert Monitor.UNREAD not in standing()


def test_a_household_outside_its_bands_for_long_without_trade_or_hold_is_told(desk: Desk) -> None:
    scan()
    watch(later(87))
    assert "Outside its bands since" not in standing().get(Monitor.NEVER, "")

    firm_settings.decided(monitor_figures.EQUITY_DRIFT, Decimal("0.5"))
    watch(later(98))

    assert standing()[Monitor.NEVER].startswith(
        "Outside its bands since Nov 20, 2026, 98 days, without a trade"
    )


def test_a_hold_on_record_is_a_documented_reason_not_to_trade(desk: Desk) -> None:
    a_hold(desk)
    scan()
    firm_settings.decided(monitor_figures.EQUITY_DRIFT, Decimal("0.5"))

    watch(later(98))

    assert Monitor.NEVER not in standing()


def test_stocks_far_from_their_target_are_told_at_any_time(desk: Desk) -> None:
    stocks_are_far_off()
    scan()

    watch()

    assert standing()[Monitor.NEVER].startswith("Stocks together are ")


def test_sales_right_after_a_deposit_are_told_with_what_could_have_been_avoided(desk: Desk) -> None:
    account = desk.household.accounts.order_by("pk")[0]
    Transaction.objects.create(
        account=account, key="d1", kind=Transaction.Kind.DEPOSIT, traded_on=date(2026, 11, 19), amount=40_000
    )
    desk.release()

    watch(later(1))

    assert standing()[Monitor.IGNORED_CASH].startswith(
        "$40,000 had just come in when orders of Nov 23, 2026 sold"
    )
    watch(later(60))
    assert Monitor.IGNORED_CASH not in standing()


def test_a_client_who_has_a_summary_is_told_and_one_without_is_not(desk: Desk) -> None:
    desk.release()
    watch(later(30))
    assert Monitor.NOT_TOLD not in standing()

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("rebalancing_clientsummary", "rebalancing_letter"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM rebalancing_letter")
        cursor.execute("DELETE FROM rebalancing_clientsummary")
    watch(later(30))

    assert "have no client summary" in standing()[Monitor.NOT_TOLD]


def test_a_hold_outlives_what_it_holds(desk: Desk) -> None:
    lot = TaxLot.objects.filter(account__household=desk.household, closed_on=None).order_by("pk")[0]
    hold = a_hold(desk, security=lot.security)
    scan()
    watch()
    assert Monitor.OUTLIVED not in standing()

    TaxLot.objects.filter(security=lot.security).update(closed_on=LAST_FRIDAY)
    watch()

    alarm = Alarm.objects.get(monitor=Monitor.OUTLIVED)
    assert (alarm.about, alarm.ended_on) == (hold.public_id, None)
    assert alarm.sentence.endswith(f"but nobody in the household holds {lot.security.symbol} any more.")
    holds.lift(hold, user_id=desk.ana.pk, by=SET_UP, at=SUNDAY_NOON)
    watch()
    alarm.refresh_from_db()
    assert alarm.ended_on == LAST_FRIDAY


def test_the_job_asks_the_monitors_by_the_products_clock(desk: Desk) -> None:
    stocks_are_far_off()
    scan()

    tasks.watch()

    assert Alarm.objects.get(monitor=Monitor.NEVER).first_on == LAST_FRIDAY


def an_alarm(desk: Desk) -> Alarm:
    stocks_are_far_off()
    scan()
    watch()
    return Alarm.objects.get(monitor=Monitor.NEVER)


def at_door(person: Any, alarm: Alarm, name: str, **typed: str) -> Any:
    return acted(person, reverse(f"rebalancing:{name}", args=[alarm.public_id]), **typed)


def test_an_alarm_is_acknowledged_until_a_day_and_asks_again_after_it(
    desk: Desk, set_clock: Callable[[datetime], None]
) -> None:
    alarm = an_alarm(desk)
    client, address = as_(desk.ana), reverse("rebalancing:monitors")
    assert [row.public_id for row in page_of(client.get(address)).rows] == [alarm.public_id]

    at_door(desk.ana, alarm, "alarm_acknowledge", reason="She moves in December.", until_on="2026-12-01")

    assert page_of(client.get(address)).rows == ()
    (row,) = page_of(client.get(address, {"state": "acknowledged"})).rows
    assert row.known_until == date(2026, 12, 1)
    page = page_of(client.get(reverse("rebalancing:alarm", args=[alarm.public_id])))
    assert [(one.reason, one.by) for one in page.answers] == [("She moves in December.", desk.ana.name)]
    set_clock(datetime(2026, 12, 2, 17, tzinfo=UTC))
    assert [row.public_id for row in page_of(client.get(address)).rows] == [alarm.public_id]


def test_only_whoever_may_answer_an_alarm_is_led_to_the_doors(desk: Desk) -> None:
    alarm = an_alarm(desk)
    at_door(desk.ana, alarm, "alarm_acknowledge", reason="She moves.", until_on="2026-12-01")
    address = reverse("rebalancing:alarm", args=[alarm.public_id])

    of_ana, of_rui = (page_of(as_(who).get(address)) for who in (desk.ana, desk.rui))

    assert of_ana.acknowledge_url
    assert of_ana.reopen_url
    assert (of_rui.acknowledge_url, of_rui.reopen_url) == ("", "")


def test_an_acknowledgement_is_withdrawn_and_both_stay_on_record(desk: Desk) -> None:
    alarm = an_alarm(desk)
    at_door(desk.ana, alarm, "alarm_acknowledge", reason="She moves.", until_on="2026-12-01")

    at_door(desk.ana, alarm, "alarm_reopen", reason="She stays.")

    page = page_of(as_(desk.ana).get(reverse("rebalancing:alarm", args=[alarm.public_id])))
    assert [(one.reason, one.withdraw_reason) for one in page.answers] == [("She moves.", "She stays.")]
    assert not page.is_known
    assert audit.verify().is_intact


@pytest.mark.parametrize(
    ("reason", "until_on"),
    [("", "2026-12-01"), ("Known.", "2026-11-21"), ("Known.", "2027-03-01"), ("Known.", "")],
)
def test_an_acknowledgement_needs_a_reason_and_a_day_that_is_near(
    desk: Desk, reason: str, until_on: str
) -> None:
    alarm = an_alarm(desk)

    answer = at_door(desk.ana, alarm, "alarm_acknowledge", reason=reason, until_on=until_on)

    assert answer.status_code == 422
    assert not alarm.acknowledgements.exists()


def test_the_database_refuses_to_rewrite_an_answer(desk: Desk) -> None:
    alarm = an_alarm(desk)
    at_door(desk.ana, alarm, "alarm_acknowledge", reason="She moves.", until_on="2026-12-01")

    with (
        pytest.raises(DatabaseError, match="is history and never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE rebalancing_acknowledgement SET reason = 'Another.'")


def test_alarms_are_on_the_homes_of_the_advisor_and_of_compliance_with_one_action(desk: Desk) -> None:
    alarm = an_alarm(desk)

    for person, section in ((desk.ana, "desk"), (cast.cora(), "compliance")):
        rows = getattr(page_of(as_(person).get("/")), section).work
        (row,) = [one for one in rows if one.what == "Never rebalanced"]
        assert (row.whom, row.link) == ("Miller", "See why nothing was done")
        assert row.url == reverse("clients:household_timeline", args=[desk.household.public_id])
        assert row.why == alarm.sentence


def test_other_books_and_clients_see_no_alarm(desk: Desk) -> None:
    alarm = an_alarm(desk)

    assert page_of(as_(cast.otto()).get(reverse("rebalancing:monitors"))).rows == ()
    assert as_(cast.otto()).get(reverse("rebalancing:alarm", args=[alarm.public_id])).status_code == 404
    assert as_(cast.otto()).get("/api/v1/monitors/").json()["count"] == 0


def test_alarms_go_out_as_a_file_and_through_the_api(desk: Desk) -> None:
    alarm = an_alarm(desk)
    client = as_(cast.cora())

    answer = client.get(reverse("rebalancing:monitors"), {"export": "csv"})
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    told = client.get("/api/v1/monitors/", {"state": "open", "monitor": Monitor.NEVER}).json()

    assert (row["alarm"], row["first_day"], row["ended"]) == (alarm.public_id, "2026-11-20", "")
    assert [one["public_id"] for one in told["results"]] == [alarm.public_id]
    assert told["results"][0]["figures"]["longest"] == "90"


def test_the_page_says_when_each_monitor_fires(desk: Desk) -> None:
    words = words_of(as_(cast.cora()).get(reverse("rebalancing:monitors")))

    assert "No monitor has found anything" in words
    assert "without a trade or a hold on record" in words
