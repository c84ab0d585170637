"""Blocks: orders of one security, side, custodian and day join, the allocation statement is stored, then it is sent.

The statement is written before anything leaves (SMC Capital, SEC staff letter of 5 September 1995): which account has
how many shares of a block cannot be decided after the price is known. From then on the database keeps the block's terms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from clients.models import Quote, Security
from compliance.audit_trail import audit
from compliance.firm import order_figures
from compliance.firm.firm_settings import InForce
from compliance.people.actors import Actor
from compliance.rules import limit_collar
from compliance.rules.facts.thresholds import Thresholds
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.market.settlement import Asset, Settlement, settle
from rebalancing.execution import outcomes, routes, windows
from rebalancing.models import Block, Order, Release
from rebalancing.models.blocks import FILE_ROUTE
from rebalancing.portfolios import order_terms
from rebalancing.portfolios.order_terms import AT_THEIR_VALUE

ZERO = Decimal(0)
ASSETS: dict[str, Asset] = {
    Security.Kind.ETF: Asset.ETF,
    Security.Kind.MUTUAL_FUND: Asset.MUTUAL_FUND,
    Security.Kind.MONEY_MARKET: Asset.MONEY_FUND,
    Security.Kind.BOND: Asset.CORPORATE_BOND,
    Security.Kind.OPTION: Asset.OPTION,
}
SHARED = "A partial fill is shared in proportion to these quantities, at the average price."


def join(
    release: Release,
    *,
    custodian: str,
    security: Security,
    side: str,
    quantity: Decimal,
    wave: int,
    trade_on: date,
    quote: Quote | None,
    price: Decimal | None,
    thresholds: Thresholds,
    figures: InForce,
    at: datetime,
) -> Block:
    """The block of this release that an order belongs to, with its shares added and its terms those of the new size.

    The caller holds the release's lock, so that two households never make the same block.
    """
    route = routes.of(custodian)
    moment, dated = when(
        security, route=route, trade_on=trade_on, figures=figures, at=max(at, release.send_at)
    )
    trade_on = dated.trade_on
    standing = Block.objects.filter(
        release=release, custodian=custodian, security=security, side=side, wave=wave, trade_on=trade_on
    ).first()
    total = quantity + (standing.quantity if standing else ZERO)
    terms = order_terms.of(security, side, total, quote=quote, price=price, thresholds=thresholds)
    if standing is not None:
        assert standing.state == Block.State.GATHERING, "a release that gathers has no block that is closed"
        standing.quantity, standing.limit_price = total, terms.limit
        standing.order_type = terms.order_type or limit_collar.MARKET
        standing.save(update_fields=["quantity", "order_type", "limit_price"])
        return standing
    return Block.objects.create(
        release=release,
        reference=_reference(release),
        custodian=custodian,
        security=security,
        side=side,
        wave=wave,
        quantity=total,
        order_type=terms.order_type or limit_collar.MARKET,
        limit_price=terms.limit,
        trade_on=trade_on,
        settles_on=dated.settles_on,
        route=route,
        send_at=moment.send_at,
        held_reason=moment.reason,
    )


def when(
    security: Security, *, route: str, trade_on: date, figures: InForce, at: datetime
) -> tuple[windows.Moment, Settlement]:
    """The first moment at which an order for a session may leave, and the days on which it then trades and settles."""
    moment = windows.first_moment(
        security,
        trade_on=trade_on,
        by_file=route == FILE_ROUTE,
        at=at,
        figures=figures,
        calendar=new_york(),
    )
    # A fund's price of the day is for what reaches the custodian before its cut-off (Rule 22c-1); banks settle it.
    dated = settle(
        moment.send_at,
        ASSETS.get(security.kind, Asset.STOCK),
        new_york(),
        cut_off=fund_cut_off(moment.trade_on, figures) if security.kind in AT_THEIR_VALUE else None,
        days=security.settlement_days,
    )
    return moment, dated


def fund_cut_off(on: date, figures: InForce) -> time:
    """New York time from which a fund order gets the next session's price: so long before the close of that day."""
    close = datetime.combine(on, new_york().close_of(on))
    return (close - timedelta(minutes=figures.of(order_figures.FUND_CUT_OFF))).time()


def make_ready(block: Block, *, at: datetime) -> None:
    """Store the allocation statement and close the block to further orders: nothing of its terms changes from here on."""
    orders = live(block)
    block.quantity = sum((order.quantity for order in orders), ZERO)
    _write_statement(block, orders, at=at)
    block.state, block.held_reason = Block.State.READY, ""
    block.save()
    _move(orders, Order.State.READY)


def shrink(block: Block, *, reason: str, at: datetime) -> None:
    """Bring a block that has not left to the sum of its orders, after one of them became smaller or was taken out.

    What was ready gets its statement anew; a block without orders is canceled for the reason.
    """
    assert block.state in Block.UNSENT, "what has left keeps its terms"
    orders = live(block)
    if not orders:
        block.state, block.ended_at, block.end_reason = Block.State.CANCELED, at, reason[:300]
        block.save(update_fields=["state", "ended_at", "end_reason"])
        return
    block.quantity = sum((order.quantity for order in orders), ZERO)
    if block.state == Block.State.READY:
        _write_statement(block, orders, at=at)
    block.save(
        update_fields=["quantity", "allocation_statement", "allocation_sha256", "allocation_written_at"]
    )


def hold(block: Block, *, reason: str) -> None:
    """Keep a block back: its orders stay as they are, and it takes no more of them."""
    block.state, block.held_reason = Block.State.HELD, reason[:300]
    block.save(update_fields=["state", "held_reason"])


def mark_sent(block: Block, *, at: datetime) -> None:
    """It has left: handed out in a file, or given to its FIX session."""
    by_file = block.route == FILE_ROUTE
    block.state = Block.State.EXPORTED if by_file else Block.State.SENT
    block.sent_at = at
    block.save(update_fields=["state", "sent_at"])
    _move(live(block), Order.State.EXPORTED if by_file else Order.State.SENT)


def cancel(block: Block, *, reason: str, by: Actor, at: datetime) -> None:
    """Cancel a block that has not left, with its orders."""
    assert block.state in Block.UNSENT, "what a broker has is asked back, not canceled"
    orders = live(block)
    block.state, block.ended_at, block.end_reason = Block.State.CANCELED, at, reason[:300]
    block.save(update_fields=["state", "ended_at", "end_reason"])
    _end(orders, Order.State.CANCELED, reason=reason, at=at)
    audit.record(
        audit.Action.BLOCK_CANCELED,
        about=block,
        by=by,
        at=at,
        reference=block.reference,
        reason=reason,
        orders=[order.reference for order in orders],
    )


def ask_to_cancel(block: Block, *, reason: str, by: Actor, at: datetime) -> None:
    """Ask the broker for a block back. Its state stays what it is until the broker answers."""
    block.cancel_asked_at, block.cancel_reason = at, reason[:300]
    block.cancel_asked_by_id = int(by.person_ref)
    block.save(update_fields=["cancel_asked_at", "cancel_reason", "cancel_asked_by"])
    routes.put(block, routes.Message.CANCEL, at=at)
    audit.record(
        audit.Action.BLOCK_CANCEL_ASKED, about=block, by=by, at=at, reference=block.reference, reason=reason
    )


def end_untraded(block: Block, *, how: Block.State, reason: str, at: datetime) -> list[Order]:
    """A block of which nothing traded is over: rejected, canceled or expired, with every order of it."""
    assert block.filled_quantity == ZERO, "what was filled is ended by its fills"
    orders = live(block)
    block.state, block.ended_at, block.end_reason = how, at, reason[:300]
    block.save(update_fields=["state", "ended_at", "end_reason"])
    _end(orders, Order.State(how.value), reason=reason, at=at)
    return orders


def statement(block: Block, orders: Sequence[Order], *, total: Decimal | None = None) -> str:
    """Accounts and quantities of a block; `total` where less is ordered than these come to."""
    if total is None:
        total = sum((order.quantity for order in orders), ZERO)
    lines = [f"{block.reference} {block.side.upper()} {total.normalize():f} {block.security.symbol}"]
    lines += [
        f"  {one.account.public_id} {one.account.name}: {one.quantity.normalize():f} ({one.reference})"
        for one in orders
    ]
    return "\n".join([*lines, SHARED])


def _write_statement(block: Block, orders: Sequence[Order], *, at: datetime) -> None:
    text = statement(block, orders)
    block.allocation_statement, block.allocation_written_at = text, at
    block.allocation_sha256 = hashlib.sha256(text.encode()).hexdigest()


def live(block: Block) -> list[Order]:
    """The orders that are still part of a block, in the order of the statement."""
    return list(
        block.orders.exclude(state=Order.State.CANCELED)
        .select_related("account")
        .defer("account__number")
        .order_by("pk")
    )


def _move(orders: Sequence[Order], state: Order.State) -> None:
    for order in orders:
        order.state = state
        order.save(update_fields=["state"])


def _end(orders: Sequence[Order], state: Order.State, *, reason: str, at: datetime) -> None:
    for order in orders:
        order.state, order.ended_at, order.end_reason = state, at, reason[:300]
        order.save(update_fields=["state", "ended_at", "end_reason"])
    outcomes.settle((order.batch_id for order in orders), at=at)


def _reference(release: Release) -> str:
    """Unique forever and short enough for every broker: the release and the number of the block in it."""
    number = Block.objects.filter(release=release).count() + 1
    return f"{release.public_id.removeprefix('rl_').upper()}-B{number}"
