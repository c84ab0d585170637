"""What becomes of each approved order at its release: one order for today, slices over days, or one that waits.

A purchase waits where settled cash does not pay for it and the sales that do are not certain on the day: always where a
sale of its account goes out on a later day, and by the firm's setting until that account's sales are filled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.models import Account
from compliance.firm import order_figures
from rebalancing.engine.market.calendars import new_york
from rebalancing.execution import account_cash, cash_ladder
from rebalancing.execution.cash_ladder import Move, Wish
from rebalancing.execution.participation import DaySlice
from rebalancing.models import ProposedOrder
from rebalancing.models.blocks import FILE_ROUTE
from rebalancing.portfolios.order_terms import Terms
from rebalancing.portfolios.portfolios import Portfolio

FIRST_WAVE, SECOND_WAVE = 1, 2


@dataclass(frozen=True, slots=True)
class Part:
    """One order that is made of an approved one: its slice of how many, its session, and whether it waits for sales."""

    proposed: ProposedOrder
    quantity: Decimal
    trade_on: date
    slice: int = 1
    slices: int = 1
    waits: bool = False

    @property
    def wave(self) -> int:
        return SECOND_WAVE if self.waits else FIRST_WAVE


def of(
    sliced: Mapping[int, Sequence[DaySlice]],
    orders: Sequence[ProposedOrder],
    portfolio: Portfolio,
    *,
    routes: Mapping[str, str],
    terms: Mapping[int, Terms],
) -> list[Part]:
    """The orders that are made of these, by the slices of each (by its key), in their order."""
    waiting = _waiting(sliced, orders, portfolio, routes=routes, terms=terms)
    return [
        Part(order, one.quantity, one.trade_on, number, len(sliced[order.pk]), waits=order.pk in waiting)
        for order in orders
        for number, one in enumerate(sliced[order.pk], start=1)
    ]


def waits_by_setting(route: str, portfolio: Portfolio) -> bool:
    """Whether the firm lets purchases wait until their account's sales are filled, on this route."""
    choice = portfolio.rows.figures.of(order_figures.PURCHASES_WAIT)
    return choice == order_figures.ALWAYS or (choice == order_figures.SAME_DAY and route != FILE_ROUTE)


def _waiting(
    sliced: Mapping[int, Sequence[DaySlice]],
    orders: Sequence[ProposedOrder],
    portfolio: Portfolio,
    *,
    routes: Mapping[str, str],
    terms: Mapping[int, Terms],
) -> set[int]:
    """The keys of the purchases that wait."""
    of_account: dict[int, list[ProposedOrder]] = defaultdict(list)
    accounts: dict[int, Account] = {}
    for order in orders:
        of_account[order.account_id].append(order)
        accounts[order.account_id] = order.account
    found: set[int] = set()
    for key, own in of_account.items():
        sales = [one for one in own if one.side == "sell"]
        purchases = [one for one in own if one.side == "buy"]
        if not sales or not purchases:
            continue
        account = accounts[key]
        first_day = min(part.trade_on for one in sales for part in sliced[one.pk])
        late = any(part.trade_on > first_day for one in sales for part in sliced[one.pk])
        restricted = account_cash.standing(portfolio, account, on=portfolio.household.trade_on).restriction
        together = not (waits_by_setting(routes[account.custodian], portfolio) or restricted)
        if together and not late:
            continue  # What the approved plan pays for with sales of the same day (PTC-18, PTC-21).
        cash = account_cash.of(portfolio, account)
        if restricted:
            cash = cash.settled_by(portfolio.household.trade_on)
        elif together:
            cash = cash.with_moves(
                Move(_settles_on(one, part.trade_on), one.price * part.quantity)
                for one in sales
                for part in sliced[one.pk]
                if part.trade_on == first_day
            )
        paid = cash_ladder.paid_for(cash, [_wish(one, sliced[one.pk][0], terms[one.pk]) for one in purchases])
        found |= {one.pk for one in purchases} - {int(one.key) for one in paid}
    return found


def _wish(order: ProposedOrder, first: DaySlice, terms: Terms) -> Wish:
    return Wish(
        key=str(order.pk),
        quantity=order.quantity,
        price=account_cash.most(order.security, limit=terms.limit, price=order.price),
        settles_on=_settles_on(order, first.trade_on),
    )


def _settles_on(order: ProposedOrder, trade_on: date) -> date:
    return new_york().add_settlement_days(trade_on, order.security.settlement_days)
