"""Where a custodian's blocks go: into files, or to a FIX session where one is set up.

FIX is a room above this one, so it is known by its path in `settings.ORDER_CARRIER`: a module with `session_for` and
`put`. Without one, everything goes by file.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from rebalancing.models import Block
from rebalancing.models.blocks import FILE_ROUTE


class Message(StrEnum):
    """What a carrier is asked to tell the broker about a block."""

    NEW = "new"
    CANCEL = "cancel"
    REPLACE = "replace"


class Carrier(Protocol):
    """What takes blocks to brokers. `put` writes in the caller's transaction and sends nothing itself."""

    def session_for(self, custodian: str) -> str | None:
        """The name of the session that takes this custodian's orders; None where they go by file."""

    def put(
        self,
        block: Block,
        kind: str,
        *,
        at: datetime,
        quantity: Decimal | None = None,
        limit: Decimal | None = None,
    ) -> object:
        """Leave a message about a block in the outbox; a replacement gives the new terms."""


def of(custodian: str) -> str:
    """The route of a custodian's new blocks."""
    carrier = _carrier()
    return (carrier.session_for(custodian) if carrier else None) or FILE_ROUTE


def put(block: Block, kind: Message, *, at: datetime) -> None:
    """Hand a message about a block to its carrier, in the transaction of what it tells."""
    assert not block.is_by_file, "a block that goes by file needs no carrier"
    carrier = _carrier()
    assert carrier is not None, f"block {block.reference} goes by {block.route}, and nothing carries it"
    carrier.put(block, kind.value, at=at)


def replace(block: Block, *, quantity: Decimal, limit: Decimal | None, at: datetime) -> None:
    """Ask the broker of a block for other terms, in the transaction that decides it."""
    assert not block.is_by_file, "a block that goes by file needs no carrier"
    carrier = _carrier()
    assert carrier is not None, f"block {block.reference} goes by {block.route}, and nothing carries it"
    carrier.put(block, Message.REPLACE.value, at=at, quantity=quantity, limit=limit)


def _carrier() -> Carrier | None:
    path: str = settings.ORDER_CARRIER
    return cast(Carrier, import_module(path)) if path else None
