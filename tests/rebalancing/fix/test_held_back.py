"""What the broker asks for again and does not get: its row says so, and it is asked about until somebody knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from compliance.firm import order_figures
from compliance.people.actors import Actor
from rebalancing.execution import closing, trading_stops, untraded
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills, held_back
from rebalancing.fix import heartbeat, outbox
from rebalancing.models import Block, Break, FixOutbox, FixSession
from tests.clock import SUNDAY_NOON
from tests.factories import firm_settings, fix_messages
from tests.factories.desk import Desk, on_record
from tests.factories.released import IN_SESSION, told
from tests.pages import as_

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def session() -> FixSession:
    return fix_messages.session(made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON)


@pytest.fixture
def desk(session: FixSession) -> Desk:
    """A release whose new orders were numbered and sent; the broker says that it lacks them."""
    firm_settings.decided(order_figures.PURCHASES_WAIT, order_figures.NEVER)
    found = on_record()
    found.release()
    # Released on Sunday: what goes by FIX waits for the session to open.
    assert {block.state for block in Block.objects.all()} == {Block.State.HELD}
    assert {block.held_reason for block in Block.objects.all()} == {"It waits for the session to open."}
    assert closing.leave_due(by=Actor.system("orders"), at=SUNDAY_NOON) == 0
    assert closing.leave_due(by=Actor.system("orders"), at=IN_SESSION) == 2
    for number, row in enumerate(FixOutbox.objects.order_by("pk"), start=2):
        FixOutbox.objects.filter(pk=row.pk).update(
            sent_at=IN_SESSION, epoch=1, number=number, raw="8=FIX.4.4"
        )
    return found


def rows() -> list[FixOutbox]:
    return list(FixOutbox.objects.order_by("number"))


def breaks() -> list[Break]:
    return list(Break.objects.filter(cause=held_back.CAUSE, ended_at=None).order_by("pk"))


def test_what_a_stop_holds_back_is_not_called_sent(desk: Desk, session: FixSession) -> None:
    trading_stops.place("firm", reason="A query.", by=Actor.person(desk.tom), at=SUNDAY_NOON)
    assert outbox.meant_again(rows(), at=IN_SESSION) == []
    assert {row.held_back_reason for row in rows()} == {
        "Trading was stopped when the broker asked for it again."
    }
    page = as_(desk.tom).get(reverse("rebalancing:fix_session", args=[session.public_id])).content.decode()
    assert "Held back" in page
    assert "Trading was stopped when the broker asked" in page


def test_an_order_of_a_day_gone_by_says_so_too(desk: Desk, session: FixSession) -> None:
    assert outbox.meant_again(rows(), at=IN_SESSION + timedelta(days=3)) == []
    assert {row.held_back_reason for row in rows()} == {
        "Its market day was over when the broker asked for it again."
    }


def test_what_is_sent_again_is_sent(desk: Desk, session: FixSession) -> None:
    stop = trading_stops.place("firm", reason="A query.", by=Actor.person(desk.tom), at=SUNDAY_NOON)
    outbox.meant_again(rows(), at=IN_SESSION)
    trading_stops.lift(stop, reason="Answered.", by=Actor.person(desk.rui), at=SUNDAY_NOON)
    assert outbox.meant_again(rows(), at=IN_SESSION) == rows()
    assert {row.held_back_reason for row in rows()} == {""}


def test_it_is_asked_about_until_the_broker_reports_it(desk: Desk, session: FixSession) -> None:
    trading_stops.place("firm", reason="A query.", by=Actor.person(desk.tom), at=SUNDAY_NOON)
    outbox.meant_again(rows(), at=IN_SESSION)
    for _ in range(2):
        held_back.ask(at=IN_SESSION)
    assert len(breaks()) == len(rows())
    assert "did not get it" in breaks()[0].sentence
    block = Block.objects.get(reference=rows()[0].block_reference)
    fills.take(told(block, Kind.ACKNOWLEDGED, "a"), at=IN_SESSION)
    held_back.ask(at=IN_SESSION)
    assert rows()[0].block_reference not in {one.block.reference for one in breaks() if one.block}


def test_or_until_a_trader_says_that_it_did_not_trade(desk: Desk, session: FixSession) -> None:
    trading_stops.place("firm", reason="A query.", by=Actor.person(desk.tom), at=SUNDAY_NOON)
    outbox.meant_again(rows(), at=IN_SESSION)
    held_back.ask(at=IN_SESSION)
    for block in Block.objects.filter(reference__in=[row.block_reference for row in rows()]):
        untraded.say(
            block,
            how="expired",
            reason="The broker does not have it.",
            by=Actor.person(desk.tom),
            at=IN_SESSION,
        )
    held_back.ask(at=IN_SESSION)
    assert breaks() == []


def test_the_mark_of_the_process_has_an_age() -> None:

    with connection.cursor() as cursor:
        cursor.execute(heartbeat.AGE)
        assert cursor.fetchone() is None
        for _ in range(2):
            cursor.execute(heartbeat.BEAT)
        cursor.execute(heartbeat.AGE)
        (age,) = cursor.fetchone()
    assert 0 <= age < heartbeat.SILENT_SECONDS
