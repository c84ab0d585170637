"""Makes the orders of a release from what was approved: their parts, their blocks, their terms and their lots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from clients.models import Account, Policy
from compliance.firm import order_figures
from compliance.rules import limit_collar
from rebalancing.cases import case_trades
from rebalancing.execution import blocks, participation, parts, routes
from rebalancing.execution.parts import Part
from rebalancing.models import (
    Block,
    Order,
    OrderBatch,
    OrderLot,
    ProposedLot,
    ProposedOrder,
    Release,
    Revision,
)
from rebalancing.portfolios import order_terms
from rebalancing.portfolios.order_terms import Terms
from rebalancing.portfolios.portfolios import Portfolio

ZERO = Decimal(0)


def make(
    started: Release,
    batch: OrderBatch,
    revision: Revision,
    orders: Sequence[ProposedOrder],
    made: Sequence[Part],
    portfolio: Portfolio,
    *,
    at: datetime,
) -> list[Order]:
    """The orders of a batch, each in its block and with its lots."""
    joined = _blocks(started, made, portfolio, at=at)
    lots = {order.pk: _lots_by_slice(order, made) for order in orders}
    return [
        _order(batch, part, revision, terms, block, lots[part.proposed.pk][part.slice])
        for (part, terms), block in zip(_terms(made, portfolio, at=at), joined, strict=True)
    ]


def parts_of(
    started: Release, orders: Sequence[ProposedOrder], portfolio: Portfolio, *, at: datetime
) -> list[Part]:
    """What is made of each order: cut to the day's share of volume, and what waits for sales."""
    figures, at = portfolio.rows.figures, max(at, started.send_at)
    room = participation.Room(figures.thresholds(), figures.of(order_figures.SLICE_DAYS))
    by_custodian = {one.account.custodian: routes.of(one.account.custodian) for one in orders}
    sliced = {}
    for order in orders:
        _, dated = blocks.when(
            order.security,
            route=by_custodian[order.account.custodian],
            trade_on=portfolio.household.trade_on,
            figures=figures,
            at=at,
        )
        sliced[order.pk] = room.cut(order.security, order.side, order.quantity, first=dated.trade_on)
    whole = [Part(order, order.quantity, portfolio.household.trade_on) for order in orders]
    terms = {part.proposed.pk: one for part, one in _terms(whole, portfolio, at=at)}
    return parts.of(sliced, orders, portfolio, routes=by_custodian, terms=terms)


def _terms(made: Sequence[Part], portfolio: Portfolio, *, at: datetime) -> list[tuple[Part, Terms]]:
    """The kind and limit of each order, as they were checked."""
    quotes = case_trades.quotes_of_the_day([part.proposed.security for part in made], at=at)
    thresholds = portfolio.rows.figures.thresholds()
    prices = {row.id: row.price for row in portfolio.household.securities}
    return [
        (
            part,
            order_terms.of(
                part.proposed.security,
                part.proposed.side,
                part.quantity,
                quote=quotes.get(part.proposed.security_id),
                price=prices.get(part.proposed.security.symbol),
                thresholds=thresholds,
            ),
        )
        for part in made
    ]


def _blocks(started: Release, made: Sequence[Part], portfolio: Portfolio, *, at: datetime) -> list[Block]:
    """The block of each order, always in the same order, so that households meet at blocks in one order too."""
    quotes = case_trades.quotes_of_the_day([part.proposed.security for part in made], at=at)
    prices = {row.id: row.price for row in portfolio.household.securities}
    thresholds = portfolio.rows.figures.thresholds()
    return [
        blocks.join(
            started,
            custodian=part.proposed.account.custodian,
            security=part.proposed.security,
            side=part.proposed.side,
            quantity=part.quantity,
            wave=part.wave,
            trade_on=part.trade_on,
            quote=quotes.get(part.proposed.security_id),
            price=prices.get(part.proposed.security.symbol),
            thresholds=thresholds,
            figures=portfolio.rows.figures,
            at=at,
        )
        for part in made
    ]


def _lots_by_slice(
    order: ProposedOrder, made: Sequence[Part]
) -> dict[int, list[tuple[ProposedLot, Decimal]]]:
    """The lots of each slice of a sale: in the order in which they were chosen, the first slice takes the first."""
    left = [(use, use.quantity) for use in order.lots.all()]
    found: dict[int, list[tuple[ProposedLot, Decimal]]] = {}
    for part in (one for one in made if one.proposed.pk == order.pk):
        wanted, own = part.quantity, []
        while left and wanted > ZERO:
            use, there = left.pop(0)
            taken = min(there, wanted)
            own.append((use, taken))
            wanted -= taken
            if there > taken:
                left.insert(0, (use, there - taken))
        found[part.slice] = own
    return found


def _order(
    batch: OrderBatch,
    part: Part,
    revision: Revision,
    terms: Terms,
    block: Block,
    lots: list[tuple[ProposedLot, Decimal]],
) -> Order:
    assert revision.review is not None, "a stored revision always has its review"
    proposed = part.proposed
    makers = [
        str(maker.person) for maker in revision.review.makers.filter(done_at=None).select_related("person")
    ]
    number = f"{proposed.position}" if part.slices == 1 else f"{proposed.position}S{part.slice}"
    order = Order.objects.create(
        batch=batch,
        block=block,
        state=Order.State.HELD,
        proposed=proposed,
        slice=part.slice,
        slices=part.slices,
        waits_for_sales=part.waits,
        reference=f"{batch.public_id.removeprefix('ba_').upper()}-{number}",
        account=proposed.account,
        security=proposed.security,
        side=proposed.side,
        quantity=part.quantity,
        order_type=terms.order_type or limit_collar.MARKET,
        limit_price=terms.limit,
        recommended_by=", ".join([revision.review.requested_by_label, *makers])[:200],
        placed_by_id=batch.released_by_id,
        is_discretionary=proposed.account.discretion == Account.Discretion.DISCRETIONARY
        and revision.policy.discretion == Policy.Discretion.FULL,
    )
    OrderLot.objects.bulk_create(
        OrderLot(
            order=order,
            lot=use.lot,
            quantity=quantity,
            acquired_on=use.lot.acquired_on,
            unit_cost=None if use.basis is None else (use.basis / use.quantity).quantize(Decimal("0.000001")),
            term=use.term,
        )
        for use, quantity in lots
    )
    return order
