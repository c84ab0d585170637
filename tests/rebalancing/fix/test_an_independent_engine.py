"""Our session against QuickFIX, an engine that shares nothing with ours, over TLS; slow, and it needs requirements-oracle.txt."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rebalancing.fix import connection, inbox
from rebalancing.fix.process import Process
from rebalancing.models import FixInbox, FixOutbox, FixSession
from tests.factories import fix_messages
from tests.factories.fix_messages import AT
from tests.processes import certificates

quickfix = pytest.importorskip(
    "quickfix", reason="QuickFIX is not installed: `./evenkeel test --all` installs it."
)
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Broker(quickfix.Application):  # type: ignore[misc, name-defined]
    """Acknowledges every order and fills it in two parts; keeps what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[str] = []
        self.allocations: list[str] = []
        self.logons = 0
        self._last = 0

    def onCreate(self, session: Any) -> None:
        self.session = session

    def onLogon(self, session: Any) -> None:
        self.logons += 1

    def onLogout(self, session: Any) -> None: ...

    def toAdmin(self, message: Any, session: Any) -> None: ...

    def fromAdmin(self, message: Any, session: Any) -> None: ...

    def toApp(self, message: Any, session: Any) -> None: ...

    def fromApp(self, message: Any, session: Any) -> None:
        kind = message.getHeader().getField(35)
        if kind == "D":
            self.orders.append(message.getField(11))
            self.says(message.getField(11), "0", "0", "0")
            self.says(message.getField(11), "F", "60", "60")
            self.says(message.getField(11), "F", "40", "100")
        elif kind == "J":
            self.allocations.append(message.getField(70))

    def says(self, reference: str, kind: str, shares: str, done: str) -> None:
        self._last += 1
        report = quickfix.Message()
        report.getHeader().setField(quickfix.MsgType("8"))
        for tag, value in (
            (37, f"Q{reference}"), (11, reference), (17, f"E{self._last}"), (150, kind),
            (39, "2" if done == "100" else "1" if done != "0" else "0"), (55, "VTI"), (54, "1"), (38, "100"),
            *(((32, shares), (31, "250.10")) if kind == "F" else ()), (14, done), (151, str(100 - int(done))), (6, "250.10"),
            (60, "20261130-15:00:00.000"),
        ):  # fmt: skip
            report.setField(tag, value)
        quickfix.Session.sendToTarget(report, self.session)


def test_orders_and_reports_cross_once_through_breaks_of_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certificates.for_this_machine(tmp_path)
    trusting = connection.context()
    trusting.load_verify_locations(certificate)
    monkeypatch.setattr(connection, "context", lambda: trusting)
    port = _free_port()
    broker = Broker()

    async def story() -> None:
        acceptor = _listening(broker, port, tmp_path, certificate, key)
        session = await db(lambda: fix_messages.session(port=port, uses_tls=True))
        try:
            async with _our_process():
                await until(lambda: _row().state == FixSession.State.LOGGED_ON)
                await db(lambda: fix_messages.outbox_row(session))
                await until(lambda: FixInbox.objects.filter(kind="8").count() == 3)
                await db(lambda: fix_messages.outbox_row(session, "BL-2"))
                await until(lambda: FixInbox.objects.filter(kind="8").count() == 6)
            # We were away while it had something to say: the next logon shows the gap, and it sends what we did not get.
            broker.says("BL-2", "3", "0", "100")
            async with _our_process():
                await until(lambda: FixInbox.objects.filter(kind="8").count() == 7)
                await db(lambda: fix_messages.outbox_row(session, "BL-3"))
                await until(lambda: FixInbox.objects.filter(kind="8").count() == 10)
            # Begin again at one on both sides.
            await db(lambda: FixSession.objects.update(is_reset_wanted=True))
            async with _our_process():
                await until(lambda: _row().epoch == 2 and _row().state == FixSession.State.LOGGED_ON)
                await db(lambda: fix_messages.outbox_row(session, "BL-4"))
                await until(lambda: FixInbox.objects.filter(kind="8", epoch=2).count() == 3)
        finally:
            acceptor.stop(True)

    asyncio.run(story())

    assert broker.orders == ["BL-1", "BL-2", "BL-3", "BL-4"]
    assert broker.logons == 3
    taken: list[str] = []
    inbox.take_waiting(lambda report, *, at: taken.append(report.exec_id), now=lambda: AT)
    assert sorted(taken) == sorted(f"E{number}" for number in range(1, 14))
    assert not inbox.has_work()
    assert FixOutbox.objects.filter(sent_at=None).count() == 0


def _listening(broker: Broker, port: int, folder: Path, certificate: str, key: str) -> Any:
    """QuickFIX behind TLS on loopback, with a store of its own."""
    config = folder / "acceptor.cfg"
    config.write_text(
        "[DEFAULT]\nConnectionType=acceptor\nStartTime=00:00:00\nEndTime=00:00:00\nUseDataDictionary=N\n"
        f"FileStorePath={folder / 'store'}\nSocketAcceptPort={port}\nSocketReuseAddress=Y\nCheckLatency=N\n"
        f"ServerCertificateFile={certificate}\nServerCertificateKeyFile={key}\nSSLProtocol=all -SSLv2 -SSLv3\n"
        "CertificateVerifyLevel=0\n"
        "[SESSION]\nBeginString=FIX.4.4\nSenderCompID=BROKER\nTargetCompID=EVENKEEL\nHeartBtInt=30\n"
    )
    settings = quickfix.SessionSettings(str(config))
    acceptor = quickfix.ThreadedSSLSocketAcceptor(broker, quickfix.FileStoreFactory(settings), settings)
    acceptor.start()
    return acceptor


class _our_process:
    """The FIX process for as long as the block lasts."""

    async def __aenter__(self) -> None:
        self._process = Process(
            now=lambda: AT, tell_workers=lambda: None, look_seconds=0.03, pause_seconds=0.1
        )
        self._task = asyncio.create_task(self._process.run())

    async def __aexit__(self, *_: object) -> None:
        self._process.stop()
        await asyncio.wait_for(self._task, 15)


def _row() -> FixSession:
    return FixSession.objects.get()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def db(do: Callable[[], Any]) -> Any:
    def asked() -> Any:
        from django.db import connection as database

        try:
            return do()
        finally:
            database.close()

    return await asyncio.to_thread(asked)


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await db(holds):
            await asyncio.sleep(0.05)
