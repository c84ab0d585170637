"""One FIX session, on the engine's own: every message that means something is kept before its number counts.

The engine advances the number it expects, and only then hands the message over: a process that dies in between never
sees that message again, since the broker has no reason to send it once more. `_consume` is where both happen, in the
engine private; a test holds its shape.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from fixcore.application import Application
from fixcore.log.base import Log
from fixcore.message.field import Group
from fixcore.message.message import Message
from fixcore.session.session import Session, _checksum_intact, _peek_seq_and_type
from fixcore.session.session_id import SessionID
from fixcore.session.session_settings import SessionSettings
from fixcore.session.state import ADMIN_MSG_TYPES, TAG_MSG_SEQ_NUM
from fixcore.store.base import MessageStore

from rebalancing.fix import masking
from rebalancing.fix.messages import Field, Outgoing
from rebalancing.fix.reading import SESSION_REJECT, Incoming

VERSION = "FIX.4.4"
NOT_KEPT = frozenset(ADMIN_MSG_TYPES - {SESSION_REJECT})
"""A Reject is administrative for the engine, and for us the answer to an order."""

logger = logging.getLogger("rebalancing.fix")

Keep = Callable[[int, str, str], Awaitable[None]]
"""Writes a message down by its number, type and text; when it returns, the message is safe."""

SetAside = Callable[[int, str, str], Awaitable[None]]
"""Writes down what cannot be decoded: number, text, why."""


async def _nothing(number: int, raw: str, why: str) -> None:
    """Nobody wants to know."""


class KeepingSession(Session):
    """A session that keeps what it receives before the number moves."""

    def __init__(
        self,
        session_id: SessionID,
        settings: SessionSettings,
        application: Application,
        store: MessageStore,
        log: Log,
        *,
        keep: Keep,
        set_aside: SetAside = _nothing,
        now_fn: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(session_id, settings, application, store, log, now_fn=now_fn)
        self._keep, self._set_aside = keep, set_aside

    async def _consume(self, msg: Message) -> None:
        if msg.msg_type not in NOT_KEPT:
            number = int(msg.header.get_or(TAG_MSG_SEQ_NUM, "0"))
            await self._keep(number, msg.msg_type, msg.encode().decode("latin-1"))
        await super()._consume(msg)

    async def _on_undecodable(self, raw: bytes, exc: ValueError) -> None:
        """The engine refuses it and counts it, so nobody would ever see it again: a person must."""
        number, _ = _peek_seq_and_type(raw)
        expected = self._store.next_target_msg_seq_num()
        # Only what the engine will count: a garbled message comes again under its number and must find it free.
        if _checksum_intact(raw) and self.is_logged_on and number == expected:
            await self._set_aside(number, raw.decode("latin-1"), str(exc))
        await super()._on_undecodable(raw, exc)

    async def send(self, message: Outgoing) -> None:
        """Send one application message. Raises RuntimeError when not logged on."""
        await self.send_app(encoded(message))


class MaskedLog(Log):
    """The engine's log, into ours, without account numbers."""

    def __init__(self, name: str, on_trouble: Callable[[str], None] | None = None) -> None:
        self._name = name
        self._on_trouble = on_trouble

    def on_incoming(self, message: str) -> None:
        logger.info("%s in  %s", self._name, masking.masked(message))
        read = Incoming.of(message.replace("|", "\x01"))
        if self._on_trouble is not None and read.kind == "5" and read.text(58):
            self._on_trouble(f"The broker logged us out: {read.text(58)}")

    def on_outgoing(self, message: str) -> None:
        logger.info("%s out %s", self._name, masking.masked(message))

    def on_event(self, text: str) -> None:
        logger.info("%s %s", self._name, masking.masked(text))
        if self._on_trouble is not None and is_trouble(text):
            self._on_trouble(masking.masked(text))


TROUBLE = (
    "too low",
    "imeout",
    "Garbled",
    "mismatch",
    "Reject",
    "reject",
    "ecode error",
    "error",
    "Received Logout:",
)


def is_trouble(text: str) -> bool:
    """Whether an event of the engine is something that the trader should read."""
    return any(word in text for word in TROUBLE)


def settings_for(
    session_id: SessionID, *, heartbeat: int, initiates: bool = True, resets: bool = False
) -> SessionSettings:
    """The engine's settings of one session.

    Groups are read with the dictionary, but a message is not refused by it: what we cannot read is kept and shown to a
    person, since a broker does not send a report again because we rejected it.
    """
    found = SessionSettings()
    found.set_session(
        session_id,
        {
            "ConnectionType": "initiator" if initiates else "acceptor",
            "HeartBtInt": str(heartbeat),
            "UseDataDictionary": "Y",
            "DataDictionary": "FIX44.xml",
            "ValidateIncomingMessage": "N",
            "ResetOnLogon": "Y" if resets else "N",
        },
    )
    return found


def encoded(message: Outgoing) -> Message:
    """A message of ours as the engine's."""
    found = Message()
    found.header.set(35, message.kind)
    for tag, value in message.fields:
        if isinstance(value, str):
            found.set_field(tag, value)
        else:
            for member in value:
                found.add_group(tag, _group(member))
    return found


def _group(fields: tuple[Field, ...]) -> Group:
    found = Group()
    for tag, value in fields:
        if isinstance(value, str):
            found.set_field(tag, value)
        else:
            for member in value:
                found.add_group(tag, _group(member))
    return found
