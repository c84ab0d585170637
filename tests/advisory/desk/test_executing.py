"""What a trader's home says of orders that are out, and of what custodians and brokers say of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from advisory.desk import executing
from advisory.desk.work import Work
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Block, Break, TradeError
from tests import cast
from tests.clock import SUNDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON
from tests.factories.desk import on_record
from tests.factories.released import IN_SESSION, told

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


def lines(*, at: datetime = TUESDAY_NOON) -> list[Work]:
    return list(executing.work_of(cast.tom(), at=at))


def test_a_quiet_desk_has_nothing_to_do() -> None:
    assert lines() == []


def test_files_that_nobody_took_are_said_once_their_day_is_over() -> None:
    on_record().release()
    assert lines(at=SUNDAY_NOON) == []
    (one,) = lines()
    assert one.what.startswith(f"Nobody took the files of {Block.objects.count()} blocks")
    assert (one.tone, one.url) == ("breach", f"/releases/{Block.objects.all()[0].release.public_id}/")


def test_a_block_that_nothing_shows_and_one_that_waits_for_a_word_are_asked_about() -> None:
    on_record().release()
    sent, held = Block.objects.order_by("pk")
    Block.objects.filter(pk=sent.pk).update(state="exported", sent_at=SUNDAY_NOON)
    Block.objects.filter(pk=held.pk).update(
        state="held", asked_at=TUESDAY_NOON, held_reason="The price has moved."
    )
    said = {one.url: one for one in lines(at=WEDNESDAY_NOON + timedelta(days=2))}
    assert "market day" in said[f"/blocks/{sent.public_id}/"].why
    assert said[f"/blocks/{held.public_id}/"].why == "The price has moved."


def test_open_breaks_lead_to_their_queue() -> None:
    on_record().release()
    block = Block.objects.select_related("security").order_by("pk")[0]
    stray = told(block, Kind.FILL, "f1", "1", "99.50", reference="NOBODY-1")
    fills.take(stray, at=IN_SESSION)
    one = next(line for line in lines(at=SUNDAY_NOON) if "fills" in line.what)
    assert (one.what, one.url) == ("1 question about fills", "/breaks/?queue=fills")
    Break.objects.update(ended_at=IN_SESSION, ending="explained", end_reason="It was.")
    assert lines(at=SUNDAY_NOON) == []


def test_an_error_that_nobody_corrected_is_work() -> None:
    desk = on_record()
    account = desk.household.accounts.order_by("pk")[0]
    row = TradeError.objects.create(
        account=account,
        cause="twice",
        happened_on=SUNDAY_NOON.date(),
        description="Sold twice.",
        made_by=desk.tom,
        made_at=SUNDAY_NOON,
    )
    (one,) = lines()
    assert (one.whom, one.url) == ("Miller", f"/trade-errors/{row.public_id}/")
