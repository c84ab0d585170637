"""Makes recurring cash needs and holds of a workbook, through their verbs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from clients.households import holds, recurring_cash
from clients.models import Account, CashFlowRule, Hold, Household, Security
from clients.workbooks.columns import written
from clients.workbooks.plans import Step
from clients.workbooks.records import Values
from clients.workbooks.standing_plans import MOVED
from compliance.people.actors import Actor
from compliance.refusals import BadInput


def recurring(
    account: Account, rule: CashFlowRule | None, step: Step, *, on: date, by: Actor, at: datetime
) -> None:
    """Begin a rule, or put another in the place of the one that goes on, from today."""
    terms, user_id = _terms(account, step.values), int(by.person_ref) if by.is_person else None
    if rule is None:
        recurring_cash.begin(terms, user_id=user_id, by=by, at=at, on=on)
        return
    from_today = replace(terms, starts_on=max(terms.starts_on, on))
    recurring_cash.change(rule, from_today, user_id=_person(user_id), by=by, at=at, on=on)


def hold(
    household: Household,
    account: Account | None,
    there: Hold | None,
    step: Step,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Place a hold, or correct the one that is there."""
    values, user_id = step.values, int(by.person_ref) if by.is_person else None
    reason, expires_on = written(values["reason"]), _day(values, "expires_on")
    if there is not None:
        holds.change(there, reason=reason, expires_on=expires_on, user_id=_person(user_id), by=by, at=at)
        return
    symbol = written(values.get("symbol"))
    holds.place(
        household,
        account=account,
        security=Security.objects.get(symbol=symbol) if symbol else None,
        kind=written(values["hold"]),
        reason=reason,
        starts_on=_day(values, "starts_on"),
        expires_on=expires_on,
        user_id=user_id,
        by=by,
        at=at,
    )


def _terms(account: Account, values: Values) -> recurring_cash.Terms:
    amount, count, until_on = values["amount"], values.get("count"), values.get("until_on")
    assert isinstance(amount, Decimal), "an amount is required"
    return recurring_cash.Terms(
        account=account,
        kind=written(values["flow"]),
        amount=amount,
        every=written(values["every"]),
        day=int(written(values["day"])),
        starts_on=_day(values, "starts_on"),
        until_on=until_on if isinstance(until_on, date) else None,
        count=count if isinstance(count, int) else None,
        moved=written(values.get("moved")) or MOVED,
        note=written(values.get("note")),
    )


def _day(values: Values, name: str) -> date:
    value = values[name]
    assert isinstance(value, date), "the day is required"
    return value


def _person(user_id: int | None) -> int:
    if user_id is None:
        raise BadInput("Only a person changes what is on record.", "Load the workbook as somebody.")
    return user_id
