"""Rounding of a harvest: whole shares of the replacements for what the sales of each part bring, never for more.

Increments are not moved for the sake of drift, since nothing else is to change. A part whose proceeds cannot be placed in
replacements is not sold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from rebalancing.engine.documents.plan import Side
from rebalancing.engine.evaluation import harvesting
from rebalancing.engine.money import ONE, ZERO, shares_down
from rebalancing.engine.rounding.moves import Blotter, cash_balances, cash_of, make, moved_to
from rebalancing.engine.rounding.tickets import Ticket


def place(blotter: Blotter, account: str) -> None:
    """Bring the tickets of ``account`` to shares that balance within each part."""
    situation = blotter.program.situation
    parts: dict[harvesting.Part, list[Ticket]] = defaultdict(list)
    for ticket in blotter.by_account[account]:
        parts[harvesting.part_of(situation, ticket.position)].append(ticket)
    for _, tickets in sorted(parts.items()):
        _place_part(blotter, account, tickets)


def _place_part(blotter: Blotter, account: str, tickets: list[Ticket]) -> None:
    stand_ins = harvesting.stand_ins(blotter.program.situation)
    sales = [ticket for ticket in tickets if ticket.side is Side.SELL]
    # What the optimum bought most of is bought first.
    purchases = sorted(
        (ticket for ticket in tickets if ticket.side is Side.BUY),
        key=lambda ticket: (-ticket.shares * _price(blotter, ticket), ticket.security),
    )
    most = harvesting.leftover_max(blotter.program.situation, account, {one.security for one in purchases})
    _set_to_none(blotter, purchases)
    for sale in sales:
        if sale.shares != sale.closing and sale.shares * _price(blotter, sale) < _minimum(blotter, sale):
            _set_to_none(blotter, [sale])
    left = sum((sale.cash for sale in sales), ZERO)
    for purchase in purchases:
        brought = sum(
            (sale.cash for sale in sales if purchase.security in stand_ins.get(sale.position, ())), ZERO
        )
        shares = _affordable(blotter, purchase, min(left, brought))
        if shares * _price(blotter, purchase) >= max(_minimum(blotter, purchase), Decimal("0.01")):
            make(blotter, moved_to(blotter, purchase, shares))
            left += purchase.cash
    is_bought = any(purchase.shares for purchase in purchases)
    if not is_bought or left > most or not _is_paid(blotter, account):
        _set_to_none(blotter, tickets)


def _affordable(blotter: Blotter, purchase: Ticket, money: Decimal) -> Decimal:
    security = blotter.program.situation.securities[purchase.security]
    each = security.price * (ONE + security.half_spread)
    shares = shares_down(max(ZERO, money) / each, purchase.increment) if each > 0 else ZERO
    while shares > 0 and -cash_of(blotter, purchase, shares) > money:
        shares -= purchase.increment
    return max(ZERO, shares)


def _is_paid(blotter: Blotter, account: str) -> bool:
    """Whether every day's cash is at the minimum, or no lower than if nothing were traded."""
    situation = blotter.program.situation
    now = dict(cash_balances(blotter, account))
    minimum = situation.accounts[account].minimum_cash
    for day, balance in now.items():
        traded = sum(
            (one.cash for one in blotter.by_account[account] if situation.settles_on[one.security] <= day),
            ZERO,
        )
        if balance < min(minimum, balance - traded):
            return False
    return True


def _set_to_none(blotter: Blotter, tickets: Iterable[Ticket]) -> None:
    for ticket in tickets:
        if ticket.shares:
            make(blotter, moved_to(blotter, ticket, ZERO))


def _price(blotter: Blotter, ticket: Ticket) -> Decimal:
    return blotter.program.situation.securities[ticket.security].price


def _minimum(blotter: Blotter, ticket: Ticket) -> Decimal:
    return blotter.program.situation.minimum_trades[ticket.account]
