"""Money due into or out of an account: expected, corrected, cancelled, and done."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clients.models import Account, CashFlow
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


@transaction.atomic
def expect(
    account: Account,
    *,
    kind: str,
    amount: Decimal,
    due_on: date,
    note: str,
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> CashFlow:
    """Record money due in (positive) or out (negative) of an account."""
    refuse_wrong_sign(kind, amount)
    refuse_closed(account, on=due_on)
    flow = CashFlow.objects.create(
        account=account, kind=kind, amount=amount, due_on=due_on, note=note, entered_by_id=user_id
    )
    audit.record(
        audit.Action.CASH_NEED_ADDED,
        about=flow,
        by=by,
        at=at,
        sealing=[("cash_flow", flow.pk)],
        kind=kind,
        amount=amount,
        due_on=due_on,
    )
    return flow


@transaction.atomic
def correct(
    flow: CashFlow,
    *,
    account: Account,
    kind: str,
    amount: Decimal,
    due_on: date,
    note: str,
    user_id: int,
    by: Actor,
    at: datetime,
) -> CashFlow:
    """Put another row in the place of one that is still open; the old one stays as it was entered, cancelled.

    An occurrence of a recurring rule stays that rule's occurrence. Raises `Conflict` for one that is settled.
    """
    flow = _open(flow)
    refuse_wrong_sign(kind, amount)
    refuse_closed(account, on=due_on)
    if account.household_id != flow.account.household_id:
        raise BadInput(
            "The account belongs to another household.",
            "Cancel this one and record it in the other household.",
        )
    changed = {
        name: {"before": str(before), "after": str(after)}
        for name, before, after in (
            ("account", flow.account.public_id, account.public_id),
            ("kind", flow.kind, kind),
            ("amount", flow.amount, amount),
            ("due_on", flow.due_on, due_on),
            ("note", flow.note, note),
        )
        if before != after
    }
    if not changed:
        raise BadInput("Nothing is changed.", "Change a field, or leave the page.")
    _close(flow, reason="Corrected", user_id=user_id, at=at)
    fresh = CashFlow.objects.create(
        account=account,
        kind=kind,
        amount=amount,
        due_on=due_on,
        note=note,
        rule_id=flow.rule_id,
        occurs_on=flow.occurs_on,
        replaces=flow,
        entered_by_id=user_id,
    )
    audit.record(
        audit.Action.CASH_NEED_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("cash_flow", fresh.pk), ("cash_flow_settled", flow.pk)],
        kind=kind,
        amount=amount,
        due_on=due_on,
        replaces=flow.public_id,
        changed=changed,
    )
    return fresh


@transaction.atomic
def cancel(flow: CashFlow, *, reason: str, user_id: int | None, by: Actor, at: datetime) -> CashFlow:
    """Take back money that is no longer due. Raises `Conflict` for a cash flow that is settled."""
    flow = _open(flow)
    if not reason.strip():
        raise BadInput("A cancellation needs a reason.", "Say why it is no longer due.")
    _close(flow, reason=reason.strip(), user_id=user_id, at=at)
    audit.record(
        audit.Action.CASH_NEED_CANCELLED,
        about=flow,
        by=by,
        at=at,
        sealing=[("cash_flow_settled", flow.pk)],
        amount=flow.amount,
        due_on=flow.due_on,
        reason=flow.cancel_reason,
    )
    return flow


@transaction.atomic
def mark_done(flow: CashFlow, *, done_on: date, user_id: int, by: Actor, at: datetime) -> CashFlow:
    """Record that the money has moved. Raises `Conflict` for a cash flow that is settled."""
    flow = _open(flow)
    flow.done_on, flow.done_by_id = done_on, user_id
    flow.save(update_fields=["done_on", "done_by"])
    audit.record(
        audit.Action.CASH_NEED_DONE,
        about=flow,
        by=by,
        at=at,
        sealing=[("cash_flow_settled", flow.pk)],
        amount=flow.amount,
        due_on=flow.due_on,
        done_on=done_on,
    )
    return flow


def computed(account: Account, *, kind: str, amount: Decimal, due_on: date, note: str) -> CashFlow:
    """Money that is known to come or go without being on record: a row that is never stored."""
    return CashFlow(account=account, kind=kind, amount=amount, due_on=due_on, note=note)


def refuse_wrong_sign(kind: str, amount: Decimal) -> None:
    """Raise `BadInput` for an amount whose sign does not follow from its kind."""
    is_in = kind == CashFlow.Kind.CONTRIBUTION
    if (amount > 0) != is_in or amount == 0:
        raise BadInput(
            f"A {CashFlow.Kind(kind).label.lower()} must be {'more' if is_in else 'less'} than zero.",
            "Write money leaving the account with a minus sign.",
        )


def refuse_closed(account: Account, *, on: date) -> None:
    """Raise `BadInput` for an account that is closed by that day."""
    if account.closed_on is not None and account.closed_on <= on:
        raise BadInput(f"{account} is closed since {account.closed_on}.", "Choose an open account.")


def _open(flow: CashFlow) -> CashFlow:
    locked: CashFlow = (
        CashFlow.objects.select_for_update(of=("self",)).select_related("account").get(pk=flow.pk)
    )
    if locked.done_on is not None:
        raise Conflict(f"This cash flow was done on {locked.done_on}.", "There is nothing left to change.")
    if locked.cancelled_at is not None:
        raise Conflict("This cash flow is cancelled.", "Record a new one if money is due after all.")
    return locked


def _close(flow: CashFlow, *, reason: str, user_id: int | None, at: datetime) -> None:
    flow.cancelled_at, flow.cancelled_by_id, flow.cancel_reason = at, user_id, reason
    flow.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
