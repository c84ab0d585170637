"""The engine's store, on the session's row: sequence numbers, and what was sent, for a broker that asks again.

The numbers in memory are those of the row. A message of the outbox gets its number, its bytes and the mark that it is
sent in one transaction before a byte leaves, so that a process that dies neither sends it twice nor forgets it: the
next logon shows the broker a gap, and it asks for what it did not get. Administrative messages are not kept; their
numbers are filled as gaps.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from fixcore.session.state import ADMIN_MSG_TYPES
from fixcore.store.base import MessageStore

from rebalancing.fix.database import Database
from rebalancing.fix.outbox import meant_again
from rebalancing.models import FixOutbox, FixSession


class RowStore(MessageStore):
    """The store of one session. `now` tells the time."""

    def __init__(self, session_id: int, database: Database, *, now: Callable[[], datetime]) -> None:
        self._session_id, self._database, self._now = session_id, database, now
        self.sending: int | None = None  # The outbox row whose message is being numbered.
        self.epoch, self._out, self._in, self._began_at = database.now(self._read)

    def get(self, begin_seq: int, end_seq: int) -> list[bytes]:
        """What the broker asks for again. Orders of a day gone by, and those under a trading stop, are left out: the engine fills
        their numbers as gaps, and their rows say so.
        """
        return self._database.now(self._get, begin_seq, end_seq)

    def _get(self, begin: int, end: int) -> list[bytes]:
        rows = FixOutbox.objects.filter(
            session_id=self._session_id, epoch=self.epoch, number__gte=begin, number__lte=end
        ).order_by("number")
        again = meant_again(list(rows), at=self._now())
        return [row.raw.encode("latin-1") for row in again]

    def set(self, seq_num: int, message: bytes) -> None:
        self._database.now(self._set, seq_num, message)

    async def aset(self, seq_num: int, message: bytes) -> None:
        await self._database.later(self._set, seq_num, message)

    def _set(self, number: int, message: bytes) -> None:
        with transaction.atomic():
            if self.sending is not None and not _is_administrative(message):
                marked = FixOutbox.objects.filter(pk=self.sending, sent_at=None).update(
                    sent_at=self._now(), epoch=self.epoch, number=number, raw=message.decode("latin-1")
                )
                assert marked == 1, "a message of the outbox is sent once"
            # With the message, and not by the engine's next call: a death in between would give its number away again.
            FixSession.objects.filter(pk=self._session_id).update(next_out=number + 1)
        self._out = number + 1

    def next_sender_msg_seq_num(self) -> int:
        return self._out

    def next_target_msg_seq_num(self) -> int:
        return self._in

    def incr_next_sender_msg_seq_num(self) -> None:
        """Nothing: `set` did."""

    async def aincr_next_sender_msg_seq_num(self) -> None:
        """Nothing: `aset` did."""

    def incr_next_target_msg_seq_num(self) -> None:
        self.set_next_target_msg_seq_num(self._in + 1)

    async def aincr_next_target_msg_seq_num(self) -> None:
        await self._database.later(self._write, {"next_in": self._in + 1})
        self._in += 1

    def set_next_sender_msg_seq_num(self, seq_num: int) -> None:
        self._database.now(self._write, {"next_out": seq_num})
        self._out = seq_num

    def set_next_target_msg_seq_num(self, seq_num: int) -> None:
        self._database.now(self._write, {"next_in": seq_num})
        self._in = seq_num

    def get_creation_time(self) -> datetime:
        return self._began_at

    def set_creation_time(self, when: datetime) -> None:
        self._database.now(self._write, {"epoch_began_at": when})
        self._began_at = when

    def reset(self) -> None:
        """Begin the next epoch: numbers from 1, and what was received under the old numbers stays known."""
        self._database.now(self._begin)
        self.refresh()

    def _begin(self) -> None:
        # In the database's thread: the product's clock is the database's, which the event loop must not ask.
        self._write(
            {
                "epoch": self.epoch + 1,
                "next_out": 1,
                "next_in": 1,
                "epoch_began_at": self._now(),
                "is_reset_wanted": False,
            }
        )

    def refresh(self) -> None:
        self.epoch, self._out, self._in, self._began_at = self._database.now(self._read)

    def _read(self) -> tuple[int, int, int, datetime]:
        row = FixSession.objects.get(pk=self._session_id)
        return row.epoch, row.next_out, row.next_in, row.epoch_began_at

    def _write(self, values: dict[str, object]) -> None:
        FixSession.objects.filter(pk=self._session_id).update(**values)


def _is_administrative(message: bytes) -> bool:
    kind = next((part[3:] for part in message.split(b"\x01") if part.startswith(b"35=")), b"")
    return kind.decode("latin-1") in ADMIN_MSG_TYPES
