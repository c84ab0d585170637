"""TLS: the broker's certificate is checked against authorities and name, and nothing is said before it is."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from rebalancing.fix import connection
from rebalancing.fix.process import Process
from rebalancing.models import FixSession
from tests.factories import fix_messages
from tests.factories.fix_messages import AT
from tests.processes import certificates
from tests.processes.fix_peer import Peer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_session_talks_only_to_a_certificate_that_is_trusted(
    is_trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certificates.for_this_machine(tmp_path)
    if is_trusted:
        trusting = connection.context()
        trusting.load_verify_locations(certificate)
        monkeypatch.setattr(connection, "context", lambda: trusting)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate, key)
    heard: list[str] = []

    async def story() -> None:
        async with Peer(tls=theirs) as peer:
            await asyncio.to_thread(_on_record, peer.port)
            process = Process(
                now=lambda: AT, tell_workers=lambda: None, look_seconds=0.03, pause_seconds=0.05
            )
            task = asyncio.create_task(process.run())
            async with asyncio.timeout(6):
                while not (peer.received if is_trusted else await asyncio.to_thread(_trouble)):
                    await asyncio.sleep(0.02)
            heard.extend(peer.kinds())
            process.stop()
            await asyncio.wait_for(task, 10)

    asyncio.run(story())

    assert heard[:1] == (["A"] if is_trusted else [])
    assert ("certificate verify failed" in _trouble()) is not is_trusted


def test_old_tls_is_not_spoken() -> None:
    assert connection.context().minimum_version is ssl.TLSVersion.TLSv1_2
    assert connection.context().verify_mode is ssl.CERT_REQUIRED
    assert connection.context().check_hostname


def _on_record(port: int) -> None:
    from django.db import connection as database

    fix_messages.session(port=port, uses_tls=True)
    database.close()


def _trouble() -> str:
    from django.db import connection as database

    found = FixSession.objects.values_list("last_error", flat=True).get()
    database.close()
    return found
