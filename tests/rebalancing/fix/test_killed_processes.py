"""The FIX process, and the worker behind it, are killed with SIGKILL at every step: each order leaves once, each report counts once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection

from advisory.embedded import folders
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.execution import closing
from rebalancing.models import Block, Fill, FixInbox, FixOutbox
from tests import clock
from tests.clock import SUNDAY_NOON
from tests.factories import desk, fix_messages
from tests.factories.released import IN_SESSION
from tests.processes.fix_peer import Peer, text
from tests.processes.fix_that_dies import IN_A_WORKER, IN_THE_PROCESS

pytestmark = [pytest.mark.process, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sale(set_clock: Callable[[Any], None]) -> Block:
    """A block that waits in the outbox of a session; it is Monday morning."""
    set_clock(SUNDAY_NOON)
    fix_messages.session(made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON)
    desk.a_desk(taxable_only=True).release()
    clock.set_clock(IN_SESSION)
    closing.leave_due(by=Actor.system("orders"), at=IN_SESSION)
    return (
        Block.objects.filter(state=Block.State.SENT, side="sell").select_related("security").order_by("pk")[0]
    )


@pytest.mark.parametrize("step", IN_THE_PROCESS)
def test_a_process_killed_at_any_step_sends_and_keeps_once(sale: Block, step: str) -> None:
    is_out = step in IN_THE_PROCESS[4:]
    dies_at = f"\x0111={sale.reference}\x01" if is_out else "\x0117=X2\x01"

    async def story(peer: Peer) -> None:
        async with running("process", step, dies_at) as process:
            if not is_out:
                await sent(peer, sale)
                tell(peer, sale)
            assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
        async with running("process"):
            await sent(peer, sale)
            if is_out:
                tell(peer, sale)
            await until(lambda: FixInbox.objects.filter(kind="8").count() == 3)
            await asyncio.sleep(0.5)

    play(story)
    work()

    counted_once(sale)


@pytest.mark.parametrize("step", IN_A_WORKER)
def test_a_worker_killed_at_any_step_counts_each_report_once(sale: Block, step: str) -> None:
    async def story(peer: Peer) -> None:
        async with running("process"):
            await sent(peer, sale)
            tell(peer, sale)
            await until(lambda: FixInbox.objects.filter(kind="8").count() == 3)
        async with running("worker", step, "X2") as worker:
            assert await asyncio.wait_for(worker.wait(), 30) == -signal.SIGKILL

    play(story)
    work()

    counted_once(sale)


# ---- What the stories share -------------------------------------------------------------------


ours: dict[str, Peer] = {}


def play(story: Callable[[Peer], Any]) -> None:
    async def whole() -> None:
        async with Peer(remembers=True) as peer:
            ours["peer"] = peer
            await db(lambda: fix_messages.moved(port=peer.port))
            await story(peer)

    asyncio.run(whole())


@asynccontextmanager
async def running(*what: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The FIX process, or a worker, as a process of its own."""
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.processes.fix_that_dies", *what,
        cwd=folders.PROJECT,
        env={
            **os.environ,
            "EVENKEEL_ENVIRONMENT": "development",
            "EVENKEEL_CLOCK_SHIFT_DAYS": "0",  # The database's clock is ahead already.
            "EVENKEEL_PROCESS": "worker",
            "DJANGO_SETTINGS_MODULE": "advisory.settings",
            "DATABASE_URL": url,
            "DATABASE_OWNER_URL": url,
            "REDIS_URL": "redis://127.0.0.1:9/0",
        },
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 20)


def work() -> None:
    """A worker that lives."""

    async def whole() -> None:
        async with running("worker") as worker:
            assert await asyncio.wait_for(worker.wait(), 60) == 0

    asyncio.run(whole())


async def sent(peer: Peer, block: Block) -> None:
    """The order of a block has reached the broker."""
    async with asyncio.timeout(40):
        while not orders_of(peer, block):
            await asyncio.sleep(0.05)


def orders_of(peer: Peer, block: Block) -> list[Any]:
    return [one for one in peer.received if text(one, 35) == "D" and text(one, 11) == block.reference]


def tell(peer: Peer, block: Block) -> None:
    """The broker fills 30 shares in three parts."""
    done = 0
    for name in ("X1", "X2", "X3"):
        done += 10
        peer.send(
            "8",
            fix_messages.fill(
                name, reference=block.reference, quantity="10", price="99.50", t55=block.security.symbol, t54="2",
                t38=str(block.quantity), t14=str(done), t151="", t6="", t60="20261123-16:00:00.000", t75="20261123",
            ),
        )  # fmt: skip


def counted_once(block: Block) -> None:
    """The order was one order to its broker, and the three fills are three fills."""
    told = orders_of(ours["peer"], block)
    numbers = {text(one, 34) for one in told}
    assert len(numbers) == 1, numbers
    assert [text(one, 43) for one in told[1:]] == ["Y"] * (len(told) - 1)
    row = FixOutbox.objects.get(kind=FixOutbox.Kind.NEW, block_reference=block.reference)
    assert str(row.number) in numbers
    assert FixInbox.objects.filter(kind="8").count() == 3
    assert not FixInbox.objects.filter(done_at=None).exists()
    assert sorted(Fill.objects.values_list("exec_id", flat=True)) == ["X1", "X2", "X3"]
    block.refresh_from_db()
    assert (block.state, block.filled_quantity) == (Block.State.PARTLY_FILLED, D(30))
    assert audit.verify().is_intact


async def db(do: Callable[[], Any]) -> Any:
    """Ask the database from a story: in a thread, since the event loop must not wait."""

    def asked() -> Any:
        try:
            return do()
        finally:
            connection.close()

    return await asyncio.to_thread(asked)


async def until(holds: Callable[[], bool], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not await db(holds):
            await asyncio.sleep(0.1)
