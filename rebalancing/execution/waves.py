"""Purchases that wait for their account's sales: paid for by what these brought, made smaller where they brought less.

An account's purchases are cleared once, when every sale of its release is over. Nothing here overdraws: on each
settlement day the balance stays at zero or above, with what is due out and what else is on its way counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from clients import figures
from clients.models import Account
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.rules.trade_minimum import MINIMUM_USD
from rebalancing import market_days
from rebalancing.engine.money import ZERO, cents
from rebalancing.execution import account_cash, blocks, cash_ladder, outcomes
from rebalancing.execution.cash_ladder import Wish
from rebalancing.models import Block, Order, OrderBatch
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.portfolios import Portfolio

WAITS = "It waits for its accounts’ sales to be over"


def waiting(block: Block) -> list[Order]:
    """The orders of a block that wait for their accounts' sales."""
    return list(
        block.orders.filter(waits_for_sales=True, cleared_at=None, state=Order.State.HELD)
        .select_related("account", "batch__revision__proposal__household", "security", "proposed", "block")
        .defer("account__number")
        .order_by("pk")
    )


def why(block: Block) -> str:
    """What a block of waiting purchases waits for, as a sentence; empty where nothing is missing."""
    left = waiting(block)
    if not left:
        return ""
    out = len(not_over(block)) or len(left)
    of = block.orders.filter(waits_for_sales=True).exclude(state=Order.State.CANCELED).count()
    return f"{WAITS}: {out} of {of} account{'s' if of != 1 else ''} still to come."


def can_be_cleared(block: Block) -> bool:
    """Whether the sales of one of its waiting accounts are over."""
    return len(not_over(block)) < len(waiting(block))


def not_over(block: Block) -> list[Order]:
    """The waiting orders of a block whose account's sales are not over."""
    return [one for one in waiting(block) if _sales(one).exclude(state__in=Order.ENDED).exists()]


def clear(block: Block, *, by: Actor, at: datetime) -> None:
    """Clear what can be cleared of a block: purchases of accounts whose sales are all over. The release is locked.

    All purchases of such an account are decided together, in whichever blocks they are.
    """
    done: set[tuple[int, int]] = set()
    for order in waiting(block):
        key = (order.batch_id, order.account_id)
        if key in done or _sales(order).exclude(state__in=Order.ENDED).exists():
            continue
        done.add(key)
        _clear(order.batch, order.account, by=by, at=at)


def _sales(order: Order) -> QuerySet[Order]:
    return Order.objects.filter(batch=order.batch_id, account=order.account_id, side="sell")


def _clear(batch: OrderBatch, account: Account, *, by: Actor, at: datetime) -> None:
    """Decide the waiting purchases of one account of a batch."""
    purchases = list(
        Order.objects.filter(
            batch=batch, account=account, waits_for_sales=True, cleared_at=None, state=Order.State.HELD
        )
        .select_related("block", "security", "proposed", "account")
        .order_by("pk")
    )
    portfolio = portfolios.load(
        batch.revision.proposal.household,
        as_of_on=market_days.last_close(at),
        trade_on=market_days.trade_day(at),
    )
    if not isinstance(portfolio, Portfolio):
        return  # Held until the record can be read again; the block says that it waits.
    current = next((one for one in portfolio.accounts if one.pk == account.pk), None)
    if current is None:
        return
    cash = account_cash.of(portfolio, current, but=[one.pk for one in purchases])
    trade_on = portfolio.household.trade_on
    if account_cash.standing(portfolio, current, on=trade_on).restriction:
        # An account that is restricted pays with settled cash alone: it waits until the proceeds have settled.
        if _sales(purchases[0]).filter(block__settles_on__gt=trade_on, filled_quantity__gt=0).exists():
            return
        cash = cash.settled_by(trade_on)
    least = portfolio.rows.figures.thresholds().of(MINIMUM_USD)
    found = cash_ladder.scaled(cash, [_wish(one, least) for one in purchases])
    brought, expected = _brought(batch, account)
    touched: dict[int, Block] = {}
    made_smaller: dict[str, str] = {}
    for order in purchases:
        assert order.block is not None, "what waits is in a block"
        quantity = found[str(order.pk)]
        if quantity < order.quantity:
            may_rise = order.block.limit_price is None
            sentence = _sentence(order.quantity, quantity, brought, expected, may_rise=may_rise)
            made_smaller[order.reference] = figures.quantity(quantity)
            touched[order.block.pk] = order.block
            if quantity:
                order.quantity, order.reduced_reason = quantity, sentence
            else:
                order.state, order.ended_at, order.end_reason = Order.State.CANCELED, at, sentence
        order.cleared_at = at
        order.clean_from = (
            account_cash.clean_from(
                cash,
                cost=sum((account_cash.cost(one) for one in purchases), ZERO),
                bought_on=order.block.trade_on,
                settles_on=order.block.settles_on,
            )
            if quantity
            else None
        )
        order.save(
            update_fields=[
                "quantity",
                "reduced_reason",
                "state",
                "ended_at",
                "end_reason",
                "cleared_at",
                "clean_from",
            ]
        )
    for one in touched.values():
        blocks.shrink(one, reason="Its accounts’ sales brought too little.", at=at)
    outcomes.settle([batch.pk], at=at)
    audit.record(
        audit.Action.ORDERS_CLEARED,
        about=batch,
        by=by,
        at=at,
        sealing=[("orders", batch.pk)],
        account=account.public_id,
        brought=brought,
        expected=expected,
        orders=[one.reference for one in purchases],
        made_smaller=made_smaller,
    )


def leave_out(block: Block, orders: Sequence[Order], *, reason: str, by: Actor, at: datetime) -> None:
    """Take orders out of a block that has not left; it goes with the others, or is canceled where there are none."""
    if not orders:
        return
    for order in orders:
        order.state, order.ended_at, order.end_reason = Order.State.CANCELED, at, reason[:300]
        order.save(update_fields=["state", "ended_at", "end_reason"])
        audit.record(
            audit.Action.ORDER_CANCELED,
            about=order.batch,
            by=by,
            at=at,
            order=order.reference,
            block=block.reference,
            reason=reason,
        )
    blocks.shrink(block, reason=reason, at=at)
    outcomes.settle((order.batch_id for order in orders), at=at)


def said_of(batch: OrderBatch) -> list[str]:
    """What is to be said of a household's orders while some wait or were made smaller, in words for anybody."""
    orders = list(batch.orders.select_related("security", "block").order_by("pk"))
    held = [one for one in orders if one.state == Order.State.HELD and one.block is not None]
    waits = sum(one.waits_for_sales and one.cleared_at is None for one in held)
    days = [one.block.trade_on for one in held if one.block and one.slices > 1]
    found = []
    if waits:
        found.append(
            f"{waits} purchase{'s wait' if waits > 1 else ' waits'} until the sales of the account are over."
        )
    if days:
        found.append(f"Some of it goes in slices, the last on {figures.day(max(days))}.")
    found += [f"{one.security.symbol}: {one.reduced_reason}" for one in orders if one.reduced_reason]
    return found


def _wish(order: Order, least: Decimal) -> Wish:
    assert order.block is not None, "what waits is in a block"
    return Wish(
        key=str(order.pk),
        quantity=order.quantity,
        price=account_cash.most(order.security, limit=order.block.limit_price, price=order.proposed.price),
        settles_on=order.block.settles_on,
        increment=order.security.increment,
        least=least,
    )


def _brought(batch: OrderBatch, account: Account) -> tuple[Decimal, Decimal]:
    """What the account's sales of a batch brought, and what was expected of them."""
    sales: Sequence[Order] = list(
        Order.objects.filter(batch=batch, account=account, side="sell").select_related("proposed")
    )
    return (
        sum((account_cash.proceeds(one) for one in sales), ZERO),
        cents(sum((one.quantity * one.proposed.price for one in sales), ZERO)),
    )


def _sentence(wished: Decimal, paid: Decimal, brought: Decimal, expected: Decimal, *, may_rise: bool) -> str:
    """What a client reads of it. Without a limit some is kept for a price that rises until the shares are bought."""
    because = (
        f"the account’s sales brought {figures.money(brought)} of the {figures.money(expected)} expected"
        if brought < expected
        else "the account’s cash does not pay for more"
    )
    if not paid:
        return f"Not bought: {because}."
    kept = ", and some of it is kept in case the price rises" if may_rise else ""
    return (
        f"{figures.quantity(paid)} of {figures.quantity(wished)} shares could be paid for: {because}{kept}."
    )
