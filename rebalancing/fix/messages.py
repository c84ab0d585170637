"""What we send, as FIX 4.4 fields. Pure: values in, fields out; the session adds header, number and checksum.

A block is one order to the broker: its reference is the ClOrdID. Cancels, replacements and allocations of it carry the
reference with a suffix, so that every answer leads back to the block by its text alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

NEW_ORDER, CANCEL, REPLACE, ALLOCATION = "D", "F", "G", "J"

BUY, SELL = "1", "2"
MARKET, LIMIT = "1", "2"
_SUFFIX = re.compile(r"\.[CRA]\d+$")

Field = tuple[int, "str | tuple[tuple[Field, ...], ...]"]
"""A tag with its text, or, for the count of a repeating group, with the fields of each of its members."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one account has of a block. `account` is the custodian's number."""

    account: str
    quantity: Decimal
    reference: str = ""  # Of the single order, ours.


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """A block as it is sent. `account` is the broker's account for blocks; empty where there is none."""

    reference: str
    symbol: str
    side: str  # "buy" or "sell"
    quantity: Decimal
    limit: Decimal | None = None
    cusip: str = ""
    account: str = ""
    time_in_force: str = "day"
    trade_on: date | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One application message without its header: type, our id, and its fields in order."""

    kind: str
    reference: str
    fields: tuple[Field, ...]

    def text(self) -> str:
        """The message as text, to be kept until it is sent."""
        return json.dumps([self.kind, self.reference, self.fields], separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Outgoing:
        kind, reference, fields = json.loads(text)
        return cls(kind, reference, _tuples(fields))


def block_reference(reference: str) -> str:
    """The block that a ClOrdID or AllocID of ours is about."""
    return _SUFFIX.sub("", reference)


def new_order(order: OrderTerms, *, at: datetime) -> Outgoing:
    """NewOrderSingle: agency, for the day, without a hand on it (HandlInst 1)."""
    return Outgoing(NEW_ORDER, order.reference, tuple(_order(order, at)))


def cancel(order: OrderTerms, *, number: int, at: datetime, original: str = "") -> Outgoing:
    """OrderCancelRequest number `number` of a block. `original` is the last ClOrdID that the broker accepted."""
    ours = f"{order.reference}.C{number}"
    fields: tuple[Field, ...] = (
        (41, original or order.reference),
        (11, ours),
        *_account(order),
        *_instrument(order),
        (54, _side(order.side)),
        (60, utc(at)),
        (38, plain(order.quantity)),
    )
    return Outgoing(CANCEL, ours, fields)


def replace(order: OrderTerms, *, number: int, at: datetime, original: str = "") -> Outgoing:
    """OrderCancelReplaceRequest: `order` holds the terms as they shall be."""
    ours = f"{order.reference}.R{number}"
    first, *rest = _order(order, at)
    assert first[0] == 11, "an order begins with its ClOrdID"
    return Outgoing(REPLACE, ours, ((41, original or order.reference), (11, ours), *rest))


def allocation(
    order: OrderTerms, shares: Sequence[Share], *, number: int, average_price: Decimal, at: datetime
) -> Outgoing:
    """AllocationInstruction: what each account has of what was filled, at the average price. Numbers after the first
    take the place of the one before (AllocTransType 1), since details of the order have changed.

    FIX 4.4 has no field for tax lots; they reach the custodian by the lot sheet.
    """
    assert order.trade_on is not None, "an allocation is of a trade day"
    ours = f"{order.reference}.A{number}"
    parts = tuple(
        (
            (79, share.account),
            *(((467, share.reference),) if share.reference else ()),
            (80, plain(share.quantity)),
        )
        for share in shares
    )
    fields: tuple[Field, ...] = (
        (70, ours),
        (71, "0" if number == 1 else "1"),
        *(((72, f"{order.reference}.A{number - 1}"), (796, "2")) if number > 1 else ()),
        (626, "1"),
        (857, "1"),
        (73, (((11, order.reference),),)),
        (54, _side(order.side)),
        *_instrument(order),
        (53, plain(sum((share.quantity for share in shares), Decimal(0)))),
        (6, plain(average_price)),
        (75, f"{order.trade_on:%Y%m%d}"),
        (60, utc(at)),
        (78, parts),
    )
    return Outgoing(ALLOCATION, ours, fields)


def plain(value: Decimal) -> str:
    """A figure without exponent and without zeros at its end, as every FIX engine reads it."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def utc(at: datetime) -> str:
    """A moment as FIX writes it, to the millisecond."""
    moment = at.astimezone(UTC)
    return f"{moment:%Y%m%d-%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _order(order: OrderTerms, at: datetime) -> Iterator[Field]:
    yield 11, order.reference
    yield from _account(order)
    yield 21, "1"
    yield from _instrument(order)
    yield 54, _side(order.side)
    yield 60, utc(at)
    yield 38, plain(order.quantity)
    yield 40, MARKET if order.limit is None else LIMIT
    if order.limit is not None:
        yield 44, plain(order.limit)
    assert order.time_in_force == "day", "blocks are orders of one day"
    yield 59, "0"
    yield 528, "A"


def _account(order: OrderTerms) -> tuple[Field, ...]:
    return ((1, order.account),) if order.account else ()


def _instrument(order: OrderTerms) -> tuple[Field, ...]:
    """Symbol; a share class goes into its own field (BRK.B is BRK with suffix B). The CUSIP says it beyond doubt."""
    symbol, _, suffix = order.symbol.partition(".")
    found: tuple[Field, ...] = ((55, symbol),)
    if suffix:
        found += ((65, suffix),)
    if order.cusip:
        found += ((48, order.cusip), (22, "1"))
    return found


def _side(side: str) -> str:
    return {"buy": BUY, "sell": SELL}[side]


def _tuples(value: object) -> tuple[Field, ...]:
    assert isinstance(value, list), "fields are a list"
    return tuple(
        (int(tag), text if isinstance(text, str) else tuple(_tuples(member) for member in text))
        for tag, text in value
    )
