"""What keeps a session alive, against a broker of raw bytes: heartbeats, test requests, sequence resets, and bytes that are no FIX."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from rebalancing.fix import inbox
from rebalancing.fix.process import Process
from rebalancing.models import FixInbox, FixSession
from tests.factories import fix_messages
from tests.factories.fix_messages import AT, fill
from tests.processes.fix_peer import Peer, text

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_test_request_is_answered_with_its_own_id() -> None:
    async def story(peer: Peer) -> None:
        peer.send("1", [(112, "are you there")])
        answer = await peer.expect("0")
        assert text(answer, 112) == "are you there"

    play(story)


@pytest.mark.slow
def test_silence_is_filled_with_heartbeats() -> None:
    async def story(peer: Peer) -> None:
        await peer.expect("0", seconds=15)

    play(story, heartbeat_seconds=5)


def test_a_gap_fill_moves_the_number_and_what_follows_is_kept() -> None:
    async def story(peer: Peer) -> None:
        peer.send("4", [(123, "Y"), (36, "9")])
        peer.next_out = 9
        peer.send("8", fill("X1"))
        await until(lambda: FixInbox.objects.count() == 1)

    play(story)

    assert kept() == [(9, "X1")]
    assert FixSession.objects.get().next_in == 10


def test_a_sequence_reset_moves_the_number_forward_whatever_its_own_number() -> None:
    async def story(peer: Peer) -> None:
        peer.send("4", [(123, "N"), (36, "20")], number=7)
        peer.next_out = 20
        peer.send("8", fill("X1"))
        await until(lambda: FixInbox.objects.count() == 1)

    play(story)

    assert kept() == [(20, "X1")]


def test_bytes_that_are_no_fix_change_nothing() -> None:
    async def story(peer: Peer) -> None:
        peer.send_bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        peer.send_bytes(bytes(range(256)))
        peer.send("8", fill("X1"))
        await until(lambda: FixInbox.objects.count() == 1)

    play(story)

    assert kept() == [(2, "X1")]


def test_a_repetition_that_says_so_changes_nothing_even_from_long_ago() -> None:
    async def story(peer: Peer) -> None:
        for name in ("X1", "X2", "X3"):
            peer.send("8", fill(name))
        peer.send("8", fill("X1"), number=2, again=True)
        peer.send("8", fill("X4"))
        await until(lambda: FixInbox.objects.count() == 4)

    play(story)

    assert kept() == [(2, "X1"), (3, "X2"), (4, "X3"), (5, "X4")]


# ---- What the stories share -------------------------------------------------------------------


def play(story: Callable[[Peer], Awaitable[None]], **session: Any) -> None:
    """Run the FIX process against a raw peer, logged on, for as long as a story lasts."""

    async def whole() -> None:
        async with Peer() as peer:
            await db(lambda: fix_messages.session(port=peer.port, **session))
            process = Process(
                now=lambda: AT, tell_workers=lambda: None, look_seconds=0.03, pause_seconds=0.05
            )
            task = asyncio.create_task(process.run())
            try:
                await peer.expect("A")
                await until(lambda: FixSession.objects.get().state == FixSession.State.LOGGED_ON)
                await story(peer)
            finally:
                process.stop()
                await asyncio.wait_for(task, 10)

    asyncio.run(whole())


async def db(do: Callable[[], Any]) -> Any:
    def asked() -> Any:
        from django.db import connection

        try:
            return do()
        finally:
            connection.close()

    return await asyncio.to_thread(asked)


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await db(holds):
            await asyncio.sleep(0.02)


def kept() -> list[tuple[int, str]]:
    return [
        (one.number, inbox.reading.Incoming.of(one.raw).text(17))
        for one in FixInbox.objects.order_by("number")
    ]
