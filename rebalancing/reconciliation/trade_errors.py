"""Errors made in trading for a client: recorded, corrected at no cost to the client, approved by a second person.

A gain stays with the client and a loss is paid by the firm, each error by itself: one client's gain never pays for another
client's loss, nor for an earlier error of the same client (FACTS 5.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clients.models import Account, Security
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from rebalancing.models import ErrorAccountEntry, Order, TradeError

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What went wrong."""

    cause: str
    happened_on: date
    description: str
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What was done about it; `effect` on the client in dollars, a loss is negative. `paid_on`: when the firm paid it."""

    correction: str
    corrected_on: date
    effect: Decimal
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Shares that went out of the client's account into the firm's error account; below zero: back into the client's.

    `price` in dollars a share, what the client's account got or paid for them.
    """

    error_account: str
    security: Security
    quantity: Decimal
    price: Decimal
    moved_on: date


def owed(effect: Decimal) -> Decimal:
    """What the firm pays to make the client whole: a loss whole, nothing where the client gained."""
    return max(ZERO, -effect)


@transaction.atomic
def record(account: Account, mistake: Mistake, *, user_id: int, by: Actor, at: datetime) -> TradeError:
    """Put an error on record. Raises `BadInput` without a description or for an order of another account."""
    if not mistake.description.strip():
        raise BadInput("An error needs its description.", "Say what was done and what should have been done.")
    if mistake.order is not None and mistake.order.account_id != account.pk:
        raise BadInput("This order is of another account.", "Choose an order of this account.")
    row = TradeError.objects.create(
        account=account,
        order=mistake.order,
        cause=mistake.cause,
        happened_on=mistake.happened_on,
        description=mistake.description.strip(),
        made_by_id=user_id,
        made_at=at,
    )
    audit.record(
        audit.Action.TRADE_ERROR_RECORDED,
        about=row,
        by=by,
        at=at,
        sealing=[("trade_error", row.pk)],
        cause=row.cause,
        happened_on=row.happened_on,
        order=mistake.order.reference if mistake.order else "",
    )
    return row


@transaction.atomic
def correct(row: TradeError, terms: Correction, *, user_id: int, by: Actor, at: datetime) -> TradeError:
    """Say how an error was corrected and what it did to the client; again, until it is approved."""
    row = _taken_up(row)
    if not terms.correction.strip():
        raise BadInput("A correction needs its description.", "Say what was traded or booked.")
    if terms.corrected_on < row.happened_on:
        raise BadInput("It was corrected before it happened.", "Correct one of the days.")
    paid = owed(terms.effect)
    if paid and terms.paid_on is None:
        raise BadInput(
            f"The client lost ${paid:,.2f}, which the firm pays.", "Give the day on which it was paid."
        )
    row.correction, row.corrected_on = terms.correction.strip(), terms.corrected_on
    row.effect, row.paid, row.paid_on = terms.effect, paid, terms.paid_on if paid else None
    row.corrected_by_id, row.corrected_at = user_id, at
    row.save(
        update_fields=[
            *("correction", "corrected_on", "effect", "paid", "paid_on", "corrected_by", "corrected_at"),
        ]
    )
    audit.record(
        audit.Action.TRADE_ERROR_CORRECTED,
        about=row,
        by=by,
        at=at,
        corrected_on=row.corrected_on,
        effect=row.effect,
        paid=row.paid,
    )
    return row


@transaction.atomic
def move(row: TradeError, moved: Moved, *, user_id: int, by: Actor, at: datetime) -> ErrorAccountEntry:
    """Put on record that shares of an error went to the firm's error account, or came back; until it is settled.

    Raises `BadInput` for no shares, no price, a day before the error, or more coming back than went there.
    """
    row = _taken_up(row)
    if not moved.error_account.strip():
        raise BadInput("Which error account it is has to be said.", "Type what the firm calls it.")
    if not moved.quantity or moved.price <= ZERO:
        raise BadInput("Shares and a price are more than zero.", "Type both as the custodian booked them.")
    if moved.moved_on < row.happened_on:
        raise BadInput("They moved before the error happened.", "Correct one of the days.")
    there = sum(row.entries.filter(security=moved.security).values_list("quantity", flat=True), ZERO)
    if there + moved.quantity < ZERO:
        raise BadInput(
            f"{there.normalize():f} shares of {moved.security.symbol} are in the error account.",
            "No more can come back.",
        )
    entry = ErrorAccountEntry.objects.create(
        error=row,
        error_account=moved.error_account.strip(),
        security=moved.security,
        quantity=moved.quantity,
        price=moved.price,
        moved_on=moved.moved_on,
        made_by_id=user_id,
        made_at=at,
    )
    audit.record(
        audit.Action.TRADE_ERROR_MOVED,
        about=row,
        by=by,
        at=at,
        sealing=[("error_account_entry", entry.pk)],
        symbol=moved.security.symbol,
        quantity=entry.quantity,
        price=entry.price,
        moved_on=entry.moved_on,
    )
    return entry


@transaction.atomic
def approve(row: TradeError, *, user_id: int, by: Actor, at: datetime) -> TradeError:
    """Approve a correction: it was at no cost to the client. Raises `NotAllowed` for whoever made it."""
    row = _taken_up(row)
    if row.corrected_at is None:
        raise Conflict("This error is not corrected yet.", "Have it corrected first.")
    if user_id in (row.corrected_by_id, row.made_by_id):
        raise NotAllowed("You recorded or corrected this error.", "Ask somebody else to approve it.")
    row.approved_by_id, row.approved_at = user_id, at
    row.save(update_fields=["approved_by", "approved_at"])
    audit.record(
        audit.Action.TRADE_ERROR_APPROVED,
        about=row,
        by=by,
        at=at,
        sealing=[("trade_error_settled", row.pk)],
        effect=row.effect,
        paid=row.paid,
    )
    return row


@transaction.atomic
def withdraw(row: TradeError, *, reason: str, user_id: int, by: Actor, at: datetime) -> TradeError:
    """Take a record back that turned out to be no error. It stays on record with the reason."""
    row = _taken_up(row)
    if not reason.strip():
        raise BadInput("It needs a reason.", "Say why it was no error.")
    row.withdrawn_at, row.withdrawn_by_id, row.withdraw_reason = at, user_id, reason.strip()[:300]
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
    audit.record(audit.Action.TRADE_ERROR_WITHDRAWN, about=row, by=by, at=at, reason=row.withdraw_reason)
    return row


def _taken_up(row: TradeError) -> TradeError:
    found = TradeError.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if found.approved_at is not None:
        raise Conflict("This error is settled.", "Record another one where something more went wrong.")
    if found.withdrawn_at is not None:
        raise Conflict("This error was withdrawn.", "Record it again if it was one.")
    return found
