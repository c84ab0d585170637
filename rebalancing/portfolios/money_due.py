"""Money that is due out: what of it is kept or raised now, and what is raised on a later day, and when that is.

Money is raised once: in time to settle, with the firm's slack, and not weeks before. Until then it is not sold for; cash
that is there already is kept for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from clients.models import Account, CashFlow
from compliance.firm.cash_figures import RAISE_SLACK
from rebalancing.engine.documents import household as document
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.portfolio.cash_needs import provided_for, raise_from
from rebalancing.portfolios.record_rows import Rows

ZERO = Decimal(0)
STANDARD_DAYS = 1
"""How many business days what an account could sell takes to settle, where it holds nothing."""


@dataclass(frozen=True, slots=True)
class Later:
    """What an account is to pay out on a day and does not hold: `to_raise` of `amount`, from the session `raise_on`."""

    account: document.Account
    due_on: date
    amount: Decimal
    to_raise: Decimal
    raise_on: date
    label: str


def of(
    rows: Rows, account: Account, *, available: Decimal
) -> tuple[tuple[document.DatedAmount, ...], tuple[document.DatedAmount, ...]]:
    """The flows of an account for its document: what is provided for now, and what is raised later.

    Money that is only expected pays for nothing (rules PTC-16 and PTC-18): it counts once the custodian shows it.
    """
    own = [flow for flow in rows.flows if flow.account_id == account.pk and flow.amount < ZERO]
    # What is computed (a required distribution) and stands in no row has a day of its own on which it is raised.
    computed = tuple(_dated(rows, flow) for flow in own if flow.pk is None)
    available += sum((flow.amount for flow in computed), ZERO)
    held = {lot.security_id for lot in rows.lots if lot.account_id == account.pk}
    cycle = max((rows.securities[key].settlement_days for key in held), default=STANDARD_DAYS)
    slack = rows.figures.of(RAISE_SLACK)

    def is_raised(flow: document.DatedAmount) -> bool:
        return rows.trade_on >= _raise_on(flow.on, cycle=cycle, slack=slack)

    entered = [_dated(rows, flow) for flow in own if flow.pk is not None]
    now, rest = provided_for(entered, available=available, is_raised=is_raised)
    return (*now, *computed), rest


def _dated(rows: Rows, flow: CashFlow) -> document.DatedAmount:
    return document.DatedAmount(
        # Overdue and not in the custodian's cash yet: it may move at any time.
        on=flow.due_on if flow.due_on > rows.as_of_on else rows.trade_on,
        amount=flow.amount,
        label=flow.get_kind_display().lower(),
    )


def later(household: document.Household, *, slack: int) -> tuple[Later, ...]:
    """What is raised on a later day, the first day first."""
    cycles = {one.id: one.settles_in_days for one in household.securities}
    found = []
    for account in household.accounts:
        held = {lot.security for lot in household.lots if lot.account == account.id}
        cycle = max((cycles[name] for name in held), default=STANDARD_DAYS)
        for flow in account.flows_later:
            kept = sum((-one.amount for one in account.flows if _is_same(one, flow)), ZERO)
            found.append(
                Later(
                    account=account,
                    due_on=flow.on,
                    amount=kept - flow.amount,
                    to_raise=-flow.amount,
                    raise_on=_raise_on(flow.on, cycle=cycle, slack=slack),
                    label=flow.label,
                )
            )
    return tuple(sorted(found, key=lambda one: (one.raise_on, one.due_on, one.account.id)))


def with_all(household: document.Household) -> document.Household:
    """The document with everything that is due provided for: what is traded anyway raises it along."""
    accounts = tuple(
        replace(one, flows=(*one.flows, *one.flows_later), flows_later=()) if one.flows_later else one
        for one in household.accounts
    )
    return replace(household, accounts=accounts)


def _is_same(kept: document.DatedAmount, flow: document.DatedAmount) -> bool:
    return (kept.on, kept.label) == (flow.on, flow.label)


def _raise_on(due_on: date, *, cycle: int, slack: int) -> date:
    return raise_from(due_on, settles_in_days=cycle, slack=slack, calendar=new_york())
