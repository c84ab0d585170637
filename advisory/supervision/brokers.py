"""The processes that speak FIX: our connections to brokers, and the demonstration's broker on paper."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping

from advisory.embedded.trouble import Trouble
from advisory.supervision.crew import Member

PAPER_BROKER_APART = 979
"""How far its port is from that of the pages."""


def fix(environment: Mapping[str, str]) -> Member:
    """The connections to brokers."""
    return Member("fix", ("manage.py", "fix_session"), environment, patience_seconds=8)


def paper_broker(environment: Mapping[str, str], port: int) -> Member:
    """The broker on this machine, for a demonstration."""
    arguments = ("manage.py", "paper_broker", "--port", str(port))
    return Member("paper-broker", arguments, environment, patience_seconds=5)


def port_of_the_paper_broker(port: int) -> int:
    """The first free port from the pages' own upwards, a distance away; its sessions are told."""
    for wished in range(port + PAPER_BROKER_APART, port + PAPER_BROKER_APART + 20):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", wished))
                return wished
    raise Trouble(f"No port is free for the paper broker from {port + PAPER_BROKER_APART} on.")
