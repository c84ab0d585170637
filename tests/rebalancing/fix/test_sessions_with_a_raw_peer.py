"""Our session against a broker of raw bytes: logon, gaps, garbled messages, resends, and deaths at every step."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from rebalancing.fix import inbox
from rebalancing.fix.process import Process
from rebalancing.models import FixInbox, FixOutbox, FixSession
from tests.factories import fix_messages
from tests.factories.fix_messages import AT, fill
from tests.processes.fix_peer import Peer, text

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_logs_on_and_says_so() -> None:
    async def story(peer: Peer) -> None:
        await until(lambda: row().state == FixSession.State.LOGGED_ON)
        logon = await peer.expect("A")
        assert (text(logon, 49), text(logon, 56), text(logon, 108)) == ("EVENKEEL", "BROKER", "30")

    play(story)

    assert (row().state, row().next_out, row().next_in) == ("off", 3, 2)  # Logon and Logout.


def test_an_order_of_the_outbox_is_sent_once_and_marked_with_its_number() -> None:
    async def story(peer: Peer) -> None:
        await db(fix_messages.outbox_row, await db(row))
        order = await peer.expect("D")
        assert [text(order, tag) for tag in (11, 55, 54, 38, 40)] == ["BL-1", "VTI", "1", "100", "1"]
        await asyncio.sleep(0.2)
        assert peer.kinds().count("D") == 1

    play(story)

    sent = FixOutbox.objects.get()
    assert (sent.epoch, sent.number, sent.sent_at) == (1, 2, AT)
    assert "35=D" in sent.raw


def test_reports_are_kept_in_order_with_their_numbers() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        peer.send("8", fill("X1"))
        peer.send("0")
        peer.send("8", fill("X2"))
        await until(lambda: FixInbox.objects.count() == 2)

    play(story)

    assert kept() == [(2, "X1"), (4, "X2")]


def test_a_gap_is_asked_for_and_filled_in_order() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        peer.send("8", fill("X3"), number=4)
        asked = await peer.expect("2")
        assert (text(asked, 7), text(asked, 16)) == ("2", "0")
        peer.send("8", fill("X1"), number=2, again=True)
        peer.send("8", fill("X2"), number=3, again=True)
        peer.send("8", fill("X3"), number=4, again=True)
        peer.next_out = 5
        await until(lambda: FixInbox.objects.count() == 3)

    play(story)

    assert kept() == [(2, "X1"), (3, "X2"), (4, "X3")]


def test_a_garbled_message_takes_no_number_and_is_asked_for_by_the_next_one() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        whole = peer.bytes_of("8", fill("X1"), number=2)
        peer.send_bytes(whole[:-4] + (b"000\x01" if whole[-4:-1] != b"000" else b"001\x01"))
        peer.send("8", fill("X2"), number=3)
        await peer.expect("2")
        peer.send("8", fill("X1"), number=2, again=True)
        peer.send("8", fill("X2"), number=3, again=True)
        peer.next_out = 4
        await until(lambda: FixInbox.objects.count() == 2)

    play(story)

    assert kept() == [(2, "X1"), (3, "X2")]


def test_a_duplicate_of_a_message_that_was_kept_changes_nothing() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        peer.send("8", fill("X1"))
        peer.send("8", fill("X1"), number=2, again=True)
        peer.send("8", fill("X2"))
        await until(lambda: FixInbox.objects.count() == 2)

    play(story)

    assert kept() == [(2, "X1"), (3, "X2")]


def test_a_number_too_low_ends_the_session_and_the_trader_reads_why() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        peer.send("8", fill("X1"))
        peer.send("8", fill("X0"), number=1)
        logout = await peer.expect("5")
        assert "too low" in text(logout, 58)

    play(story)

    assert kept() == [(2, "X1")]
    assert "too low" in row().last_error


def test_what_the_broker_did_not_get_is_sent_again_under_its_number() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        await db(fix_messages.outbox_row, await db(row))
        await peer.expect("D")
        peer.send("2", [(7, "1"), (16, "0")])
        again = await peer.expect("D", count=2)
        assert (text(again, 34), text(again, 43), text(again, 11)) == ("2", "Y", "BL-1")
        filled = await peer.expect("4")
        assert (text(filled, 34), text(filled, 36), text(filled, 123)) == ("1", "2", "Y")

    play(story)


def test_an_order_of_yesterday_is_not_sent_again_and_one_that_never_left_is_withheld() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        session = await db(row)
        await db(
            lambda: fix_messages.outbox_row(
                session,
                "OLD",
                trade_on=fix_messages.MONDAY.replace(day=27),
                made_at=AT.replace(day=27),
                sent_at=AT.replace(day=27),
                epoch=1,
                number=1,
                raw="8=FIX.4.4\x019=5\x0135=D\x0134=1\x0110=000\x01",
            )
        )
        await db(
            lambda: fix_messages.outbox_row(session, "LATE", trade_on=fix_messages.MONDAY.replace(day=27))
        )
        peer.send("2", [(7, "1"), (16, "0")])
        await peer.expect("4")
        await until(lambda: FixOutbox.objects.filter(withheld_at__isnull=False).exists())
        assert "D" not in peer.kinds()

    play(story)

    assert FixOutbox.objects.get(reference="LATE").withheld_reason.startswith("It was for Nov 27, 2026")


def test_a_reset_begins_again_at_one_on_both_sides() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        peer.send("8", fill("X1"))
        await until(lambda: FixInbox.objects.count() == 1)
        await db(lambda: FixSession.objects.update(is_reset_wanted=True))
        await until(lambda: row().epoch == 2 and row().state == FixSession.State.LOGGED_ON)
        second = await peer.expect("A", count=2)
        assert (text(second, 34), text(second, 141)) == ("1", "Y")
        peer.send("8", fill("X2"))
        await until(lambda: FixInbox.objects.count() == 2)

    play(story)

    found = FixInbox.objects.order_by("epoch").values_list("epoch", "number")
    assert list(found) == [(1, 2), (2, 2)]


def test_a_broker_that_does_not_answer_is_dialed_again() -> None:
    async def story(peer: Peer) -> None:
        await logged_on(peer)
        peer.hang_up()
        await until(lambda: peer.logons == 2)
        await until(lambda: row().state == FixSession.State.LOGGED_ON)

    play(story)


# ---- Deaths -----------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone: nothing after this line ran."""


@pytest.mark.parametrize(
    "where", ["before the row", "after the row", "after the number", "in the effect", "after the effect"]
)
def test_a_death_at_any_step_takes_each_report_exactly_once(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first process dies at the second report; the broker sends again what a second one asks for."""
    taken: list[str] = []
    died: list[bool] = []

    def take(report: Any, *, at: datetime) -> None:
        if where == "in the effect" and report.exec_id == "X2" and not died:
            died.append(True)
            raise Killed
        taken.append(report.exec_id)

    def once(step: str, exec_id: str) -> None:
        if where == step and exec_id == "X2" and not died:
            died.append(True)
            raise RuntimeError("killed")

    keep = inbox.keep

    def keep_or_die(*given: Any, raw: str, **more: Any) -> None:
        exec_id = inbox.reading.Incoming.of(raw).text(17)
        once("before the row", exec_id)
        keep(*given, raw=raw, **more)
        once("after the row", exec_id)

    monkeypatch.setattr(inbox, "keep", keep_or_die)
    from rebalancing.fix.session import KeepingSession

    dispatch = KeepingSession._dispatch

    async def dispatch_or_die(self: KeepingSession, msg: Any) -> None:
        once("after the number", msg.get_field_or(17))
        await dispatch(self, msg)

    monkeypatch.setattr(KeepingSession, "_dispatch", dispatch_or_die)

    async def story(peer: Peer) -> None:
        await logged_on(peer)
        for name in ("X1", "X2", "X3"):
            peer.send("8", fill(name))
        if where in ("before the row", "after the row", "after the number"):
            # The connection is gone with the process. The broker's Logon shows a gap, and it is asked for.
            await until(lambda: peer.logons == 2)
            asked = await peer.expect("2") if where != "nothing" else None
            assert asked is not None
            for number in range(int(text(asked, 7)), 5):
                peer.send("8", fill(f"X{number - 1}"), number=number, again=True)
            peer.send("4", [(123, "Y"), (36, str(peer.next_out))], number=5, again=True)
        await until(lambda: FixInbox.objects.count() == 3)

    play(story)
    with contextlib.suppress(Killed):
        inbox.take_waiting(take, now=lambda: AT)
    if where == "after the effect":
        assert inbox.take_waiting(take, now=lambda: AT) == 0
    inbox.take_waiting(take, now=lambda: AT)

    assert sorted(taken) == ["X1", "X2", "X3"]
    assert not inbox.has_work()


# ---- What the stories share -------------------------------------------------------------------


def play(story: Callable[[Peer], Awaitable[None]], **session: Any) -> None:
    """Run the FIX process against a raw peer for as long as a story lasts."""

    async def whole() -> None:
        async with Peer() as peer:
            await db(lambda: fix_messages.session(port=peer.port, **session))
            async with running():
                await story(peer)

    asyncio.run(whole())


def clock() -> datetime:
    """The product's clock asks the database, which is never done on the event loop: neither is this one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return AT
    raise AssertionError("the clock was asked on the event loop")


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Process]:
    process = Process(now=clock, tell_workers=lambda: None, look_seconds=0.03, pause_seconds=0.05)
    task = asyncio.create_task(process.run())
    try:
        yield process
    finally:
        process.stop()
        await asyncio.wait_for(task, 10)


async def db(do: Callable[..., Any], *given: Any) -> Any:
    """Ask the database from a story: in a thread, since the event loop must not wait."""

    def asked() -> Any:
        from django.db import connection

        try:
            return do(*given)
        finally:
            connection.close()

    return await asyncio.to_thread(asked)


async def until(holds: Callable[[], bool], seconds: float = 6) -> None:
    async with asyncio.timeout(seconds):
        while not await db(holds):
            await asyncio.sleep(0.02)


async def logged_on(peer: Peer) -> None:
    await peer.expect("A")
    await until(lambda: row().state == FixSession.State.LOGGED_ON)


def row() -> FixSession:
    return FixSession.objects.get()


def kept() -> list[tuple[int, str]]:
    return [
        (one.number, inbox.reading.Incoming.of(one.raw).text(17))
        for one in FixInbox.objects.order_by("number")
    ]
