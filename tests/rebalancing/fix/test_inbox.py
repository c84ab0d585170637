"""What brokers sent is taken exactly once, whatever fails; and what never left is told to its block."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from rebalancing.execution.reports import Kind, Report
from rebalancing.fix import inbox, outbox
from rebalancing.models import FixInbox, FixOutbox, FixSession
from tests.factories import fix_messages
from tests.factories.fix_messages import AT, MONDAY, fill, raw

pytestmark = pytest.mark.django_db


class Books:
    """Stands in for the writer of fills: what it took, by key, once."""

    def __init__(self) -> None:
        self.taken: list[Report] = []
        self.fails: dict[str, int] = {}

    def take(self, report: Report, *, at: datetime) -> None:
        if self.fails.get(report.exec_id, 0) > 0:
            self.fails[report.exec_id] -= 1
            raise ValueError("the books are closed")
        if report.key not in {one.key for one in self.taken}:
            self.taken.append(report)

    def work(self) -> int:
        return inbox.take_waiting(self.take, now=lambda: AT)


def test_each_message_is_taken_once_and_in_order() -> None:
    session, books = fix_messages.session(), Books()
    for number, name in ((3, "X2"), (2, "X1"), (4, "X3")):
        keep(session, number, fill(name))

    assert (books.work(), books.work()) == (3, 0)

    assert [one.exec_id for one in books.taken] == ["X1", "X2", "X3"]
    assert not inbox.has_work()


def test_the_same_number_again_is_the_same_message_and_a_new_epoch_is_not() -> None:
    session = fix_messages.session()
    keep(session, 2, fill("X1"))
    keep(session, 2, fill("X1"))
    keep(session, 2, fill("X9"), epoch=2)

    assert FixInbox.objects.count() == 2


def test_one_that_fails_does_not_stop_the_others_and_is_tried_again() -> None:
    session, books = fix_messages.session(), Books()
    books.fails["X1"] = 1
    keep(session, 2, fill("X1"))
    keep(session, 3, fill("X2"))

    assert books.work() == 1
    waiting = FixInbox.objects.get(done_at=None)
    assert (waiting.attempts, waiting.trouble) == (1, "ValueError: the books are closed")
    assert books.work() == 1
    assert sorted(one.exec_id for one in books.taken) == ["X1", "X2"]


def test_one_that_always_fails_is_set_aside_with_its_reason() -> None:
    session, books = fix_messages.session(), Books()
    books.fails["X1"] = 99
    keep(session, 2, fill("X1"))

    for _ in range(inbox.ATTEMPTS_MAX):
        books.work()

    row = FixInbox.objects.get()
    assert (row.done_at, row.trouble) == (AT, "ValueError: the books are closed")


def test_what_cannot_be_read_is_set_aside_for_a_person() -> None:
    session, books = fix_messages.session(), Books()
    keep(session, 2, fill("X1", t31=""))
    keep(session, 3, [(1, "x")], kind="UX")

    assert books.work() == 2
    assert [row.trouble for row in FixInbox.objects.order_by("number")] == [
        "Set aside: A fill without its quantity (tag 32) or price (tag 31).",
        "Set aside: Messages of type UX are not understood.",
    ]
    assert books.taken == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_reports_in_any_order_and_twice_are_the_same_reports(order: tuple[int, ...]) -> None:
    session, books = fix_messages.session(), Books()
    told = [fill("A", t150="0"), fill("X1"), fill("X2"), fill("C", t150="G", t19="X1"), fill("X3")]
    for number, place in enumerate((*order, *order), start=2):
        keep(session, number, told[place])

    books.work()

    assert sorted(one.exec_id for one in books.taken) == ["A", "C", "X1", "X2", "X3"]


def test_a_broker_that_refuses_the_message_itself_refuses_the_order() -> None:
    session, books = fix_messages.session(), Books()
    fix_messages.outbox_row(session, sent_at=AT, epoch=1, number=5)
    keep(session, 2, [(45, "5"), (58, "Required tag missing")], kind="3")

    books.work()

    assert [(one.kind, one.reference, one.text) for one in books.taken] == [
        (Kind.REJECTED, "BL-1", "Required tag missing")
    ]
    assert FixOutbox.objects.get().answer == "refused: Required tag missing"


def test_an_order_whose_day_went_by_unsent_is_told_to_its_block_once() -> None:
    session, books = fix_messages.session(), Books()
    fix_messages.outbox_row(session, trade_on=MONDAY.replace(day=27))

    assert outbox.to_send(session, at=AT) == []
    books.work()
    books.work()

    assert [(one.kind, one.reference, one.text) for one in books.taken] == [
        (Kind.EXPIRED, "BL-1", "It was for Nov 27, 2026 and could not be sent that day.")
    ]


def test_an_answer_to_an_allocation_is_noted_on_it() -> None:
    session, books = fix_messages.session(), Books()
    fix_messages.outbox_row(session, "BL-1.A1", kind=FixOutbox.Kind.ALLOCATION, sent_at=AT, epoch=1, number=5)
    keep(session, 2, [(70, "BL-1.A1"), (87, "1"), (58, "Unknown account")], kind="P")

    books.work()

    assert FixOutbox.objects.get().answer == "rejected: Unknown account"
    assert FixInbox.objects.get().trouble == "The allocation was rejected. Unknown account"


@pytest.mark.parametrize(
    "change", [{"number": 9}, {"kind": "9"}, {"received_at": AT.replace(hour=16)}, {"epoch": 7}]
)
def test_what_was_received_never_changes(change: dict[str, Any]) -> None:
    keep(fix_messages.session(), 2, fill("X1"))

    with pytest.raises(IntegrityError), transaction.atomic():
        FixInbox.objects.update(**change)


@pytest.mark.parametrize(
    "broken",
    [{"port": 0}, {"heartbeat_seconds": 1}, {"name": ""}, {"retired_at": AT}, {"next_in": 0}],
)
def test_the_database_refuses_what_no_session_can_be(broken: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        fix_messages.session(**broken)


def test_one_session_serves_a_custodian() -> None:
    fix_messages.session()

    with pytest.raises(IntegrityError), transaction.atomic():
        fix_messages.session(name="Another", their_comp_id="OTHER")


def keep(
    session: FixSession, number: int, fields: list[tuple[int, str]], *, kind: str = "8", epoch: int = 1
) -> None:
    inbox.keep(session.pk, epoch=epoch, number=number, kind=kind, raw=raw(kind, fields), at=AT)
