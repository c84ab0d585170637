"""What the paper broker writes: its reports as FIX fields, from an order and a step of its story."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from advisory.paper_broker.behavior import Say, Step
from advisory.paper_broker.book import Book
from rebalancing.fix.messages import Field, Outgoing, plain, utc

ZERO = Decimal(0)
FILLED, PARTLY, NEW, CANCELED, REPLACED, REJECTED, DONE, EXPIRED = "2", "1", "0", "4", "5", "8", "3", "C"
EXEC_TYPES = {
    Say.ACKNOWLEDGE: "0", Say.FILL: "F", Say.DONE: "3", Say.REJECT: "8", Say.CANCEL: "4", Say.CORRECT: "G",
    Say.BUST: "H", Say.REPEAT: "F",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and what becomes of the order once it is sent."""

    message: Outgoing
    changes: dict[str, Any]


def of_step(order: sqlite3.Row, step: Step, book: Book, *, at: datetime) -> Said | None:
    """An ExecutionReport for one step; None where it makes no sense any more."""
    done, paid, quantity = Decimal(order["done"]), Decimal(order["paid"]), Decimal(order["quantity"])
    execution, corrects, fill = book.next_execution(), "", None
    shares = price = ZERO
    state = order["state"]
    if step.say in (Say.FILL, Say.CORRECT, Say.BUST):
        earlier = book.fill(order["reference"], step.of)
        if step.say is not Say.FILL:
            if earlier is None:
                return None
            corrects = earlier["execution"]
            done -= Decimal(earlier["quantity"])
            paid -= Decimal(earlier["quantity"]) * Decimal(earlier["price"])
        shares, price = step.quantity, step.price
        if step.say is not Say.BUST:
            shares = min(shares, quantity - done)
            done, paid = done + shares, paid + shares * price
            fill = (step.of, execution, shares, price)
        state = FILLED if done == quantity else PARTLY if done else NEW
    elif step.say is Say.REPEAT:
        earlier = book.fill(order["reference"], step.of)
        if earlier is None:
            return None
        execution, shares, price = (
            earlier["execution"],
            Decimal(earlier["quantity"]),
            Decimal(earlier["price"]),
        )
    elif step.say is not Say.ACKNOWLEDGE:
        state = {Say.REJECT: REJECTED, Say.CANCEL: CANCELED, Say.DONE: DONE}[step.say]
    changes = {"reference": order["reference"], "done": done, "paid": paid, "state": state, "fill": fill}
    fields = _report(
        order, EXEC_TYPES[step.say], state, done, paid, execution, at=at, text=step.text,
        shares=shares, price=price, corrects=corrects,
    )  # fmt: skip
    if step.say is Say.REPEAT:
        fields = ((97, "Y"), *fields)
    if step.say is Say.REJECT:
        fields = (*fields, (103, "1" if step.text == "Unknown symbol" else "3"))
    return Said(Outgoing("8", execution, fields), changes)


def ended(
    order: sqlite3.Row, state: str, book: Book, *, at: datetime, asked_as: str = "", text: str = ""
) -> Said:
    """Canceled on request, replaced, or expired at the close."""
    execution = book.next_execution()
    fields = _report(
        order, state, state, Decimal(order["done"]), Decimal(order["paid"]), execution, at=at, text=text,
        asked_as=asked_as,
    )  # fmt: skip
    return Said(Outgoing("8", execution, fields), {"reference": order["reference"], "state": state})


def cancel_reject(
    asked_as: str, original: str, *, is_replace: bool, state: str, text: str, at: datetime
) -> Outgoing:
    """OrderCancelReject: the order is unknown, or too far gone."""
    fields: tuple[Field, ...] = (
        (37, f"PB-{original}" if state != REJECTED else "NONE"),
        (11, asked_as),
        (41, original),
        (39, state),
        (434, "2" if is_replace else "1"),
        (102, "1" if state == REJECTED else "0"),
        (60, utc(at)),
        (58, text),
    )
    return Outgoing("9", asked_as, fields)


def allocation_ack(reference: str, *, status: str, at: datetime, trade_on: date, text: str = "") -> Outgoing:
    """AllocationInstructionAck: 3 received, 0 accepted, 1 rejected."""
    fields: tuple[Field, ...] = ((70, reference), (75, f"{trade_on:%Y%m%d}"), (60, utc(at)), (87, status))
    if status == "1":
        fields += ((88, "0"),)
    return Outgoing("P", reference, (*fields, *(((58, text),) if text else ())))


def _report(
    order: sqlite3.Row,
    said: str,
    state: str,
    done: Decimal,
    paid: Decimal,
    execution: str,
    *,
    at: datetime,
    text: str = "",
    asked_as: str = "",
    shares: Decimal = ZERO,
    price: Decimal = ZERO,
    corrects: str = "",
) -> tuple[Field, ...]:
    quantity = Decimal(order["quantity"])
    is_open = state in (NEW, PARTLY, REPLACED)
    average = (paid / done).quantize(Decimal("0.000001"), ROUND_HALF_UP) if done else ZERO
    return (
        (37, order["broker_order"]),
        (11, asked_as or order["known_as"]),
        *(((41, order["known_as"]),) if asked_as else ()),
        (17, execution),
        *(((19, corrects),) if corrects else ()),
        (150, said),
        (39, state),
        (55, order["symbol"]),
        *(((65, order["suffix"]),) if order["suffix"] else ()),
        (54, order["side"]),
        (38, plain(quantity)),
        *(((44, plain(Decimal(order["limit_price"]))),) if order["limit_price"] else ()),
        *(((32, plain(shares)), (31, plain(price))) if shares else ()),
        (151, plain(quantity - done if is_open else ZERO)),
        (14, plain(done)),
        (6, plain(average)),
        (75, order["trade_on"].replace("-", "")),
        (60, utc(at)),
        *(((58, text),) if text else ()),
    )
