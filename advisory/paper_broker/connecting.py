"""The desk's sessions with the paper broker: one for each custodian that the demonstration trades with by FIX."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from clients.models import Account
from compliance.people.actors import Actor
from rebalancing.fix import sessions
from rebalancing.fix.sessions import Address
from rebalancing.models import FixSession

PORT = 8979
COMP_IDS = {
    Account.Custodian.SCHWAB: "EVENKEEL-SCHWAB",
    Account.Custodian.FIDELITY: "EVENKEEL-FIDELITY",
}
"""The others' orders go by file, so that a demonstration shows both."""


def connect(*, port: int, books: Path, at: datetime) -> list[FixSession]:
    """Put the sessions on record and enable them; one that is on record follows the port.

    A session that is new to the record is new to the broker: what it remembers in `books` is of an earlier firm.
    """
    by, found = Actor.system("paper broker"), []
    for custodian, comp_id in COMP_IDS.items():
        name = _name(custodian)
        row = FixSession.objects.filter(name=name, retired_at=None).first()
        if row is None:
            for file in books.glob(f"{comp_id}.sqlite3*"):
                file.unlink()
            address = Address(
                our_comp_id=comp_id, their_comp_id="PAPER", host="127.0.0.1", port=port, uses_tls=False
            )
            row = sessions.make(
                name=name,
                custodian=custodian,
                heartbeat_seconds=30,
                address=address,
                user_id=None,
                by=by,
                at=at,
            )
            sessions.enable(row, by=by, at=at)
        elif row.port != port:
            sessions.readdress(row, replace(sessions.address_of(row), port=port), by=by, at=at)
            row.refresh_from_db()
        found.append(row)
    return found


def answers() -> bool:
    """Whether a paper broker of this record runs: one of its sessions finds somebody at its port."""
    ports = FixSession.objects.filter(
        name__in=[_name(custodian) for custodian in COMP_IDS], host="127.0.0.1", retired_at=None
    ).values_list("port", flat=True)
    return any(_answers_at(port) for port in sorted(set(ports)))


def _answers_at(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def _name(custodian: Account.Custodian) -> str:
    return f"Paper broker for {custodian.label}"
