"""FIX sessions and a broker's reports, as short as a test can say them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.fills import fills
from rebalancing.fix import inbox
from rebalancing.fix.messages import OrderTerms, new_order
from rebalancing.models import Block, FixOutbox, FixSession
from tests.factories.released import IN_SESSION

MONDAY = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


def session(*, port: int = 9, **values: Any) -> FixSession:
    """A session with the broker that tests play, enabled and without TLS on this machine."""
    given: dict[str, Any] = {
        "name": "Paper",
        "custodian": "house",
        "our_comp_id": "EVENKEEL",
        "their_comp_id": "BROKER",
        "host": "127.0.0.1",
        "port": port,
        "uses_tls": False,
        "is_enabled": True,
        "made_at": AT,
        "epoch_began_at": AT,
    }
    with transaction.atomic():
        row = FixSession.objects.create(**{**given, **values})
        _sealed(row)
    return row


def moved(**values: Any) -> None:
    """The broker of the session is found at another port, or by another name."""
    with transaction.atomic():
        FixSession.objects.update(**values)
        _sealed(FixSession.objects.get())


def _sealed(row: FixSession) -> None:
    audit.record(
        audit.Action.RECORD_SEALED,
        about=audit.Ref("trail", "trail"),
        by=Actor.system("broker of the tests"),
        at=row.made_at,
        sealing=[("fix_session", row.pk)],
    )


def outbox_row(session: FixSession, reference: str = "BL-1", **values: Any) -> FixOutbox:
    """A new order that waits to be sent."""
    terms = OrderTerms(reference=reference, symbol="VTI", side="buy", quantity=Decimal(100))
    given: dict[str, Any] = {
        "session": session,
        "kind": FixOutbox.Kind.NEW,
        "block_reference": reference,
        "reference": reference,
        "message": new_order(terms, at=AT).text(),
        "trade_on": MONDAY,
        "made_at": AT,
    }
    return FixOutbox.objects.create(**{**given, **values})


def fill(
    exec_id: str, *, reference: str = "BL-1", quantity: str = "40", price: str = "250.10", **tags: str
) -> list[tuple[int, str]]:
    """The body of an ExecutionReport with a partial fill; `t6="…"` sets a tag."""
    fields: dict[int, str] = {
        37: "B1", 11: reference, 17: exec_id, 150: "F", 39: "1", 55: "VTI", 54: "1", 38: "100",
        32: quantity, 31: price, 14: quantity, 151: "60", 6: price, 60: "20261130-15:00:00.000",
    }  # fmt: skip
    for name, value in tags.items():
        fields[int(name.removeprefix("t"))] = value
    return [(tag, value) for tag, value in fields.items() if value]


def raw(kind: str, fields: list[tuple[int, str]]) -> str:
    """A message as it is kept, without the parts that nobody reads."""
    return "".join(f"{tag}={value}\x01" for tag, value in [(35, kind), (52, "20261130-15:00:00"), *fields])


def tell(session: FixSession, block: Block, number: int, **tags: str) -> None:
    """The broker's report on a block, kept as received; `t150="0"` is an acknowledgement, without tags a part of it."""
    told = {
        "t55": block.security.symbol,
        "t54": "1" if block.side == "buy" else "2",
        "t38": f"{block.quantity}",
        "t60": f"{IN_SESSION:%Y%m%d}-16:00:00",
        "t75": f"{block.trade_on:%Y%m%d}",
        **tags,
    }
    fields = fill(f"X{number}", reference=block.reference, **told)
    inbox.keep(session.pk, epoch=1, number=number, kind="8", raw=raw("8", fields), at=IN_SESSION)


def work() -> int:
    """What was kept is taken, as the worker does; the number of messages."""
    return inbox.take_waiting(fills.take, now=lambda: IN_SESSION)
