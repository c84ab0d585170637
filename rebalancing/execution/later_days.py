"""Blocks that leave on a later session than the one they were released for: slices, and what waited.

What was checked at release has moved on since. So prices, accounts, lots and halts are looked at again; where something
speaks against it nobody decides silently: a trader is asked, and says that it goes or cancels it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from clients import figures
from compliance.audit_trail import audit
from compliance.firm import firm_settings, order_figures
from compliance.people.actors import Actor
from compliance.rules.stale_proposal import PRICE_MOVE
from rebalancing import market_days
from rebalancing.cases import case_trades
from rebalancing.engine.documents.household import SecurityStatus
from rebalancing.engine.market.calendars import new_york
from rebalancing.execution import account_cash, blocks
from rebalancing.execution.participation import Room
from rebalancing.models import Block, Order
from rebalancing.portfolios import order_terms, portfolios
from rebalancing.portfolios.portfolios import Portfolio

MOVED = "It could not leave on the day it was for, so it goes in the next session."


def is_later(block: Block) -> bool:
    """Whether a block is for a later session than its release was made for."""
    return block.trade_on > market_days.trade_day(block.release.started_at)


def bring_forward(block: Block, *, by: Actor, at: datetime) -> None:
    """Move a held block whose session is over to the next one that has room for it. Nothing where its session stands."""
    today = market_days.trade_day(at)
    if block.trade_on >= today:
        return
    rules = firm_settings.in_force(on=market_days.new_york_date(at))
    room = Room(rules.thresholds(), rules.of(order_figures.SLICE_DAYS))
    before, day = block.trade_on, today
    for _ in range(room.days_max):
        if room.fits(block, on=day):
            break
        day = new_york().session_after(day)
    else:
        day = today  # The usual volume has shrunk so much that no day has room: it is not kept for that.
    moment, dated = blocks.when(block.security, route=block.route, trade_on=day, figures=rules, at=at)
    block.trade_on, block.settles_on = dated.trade_on, dated.settles_on
    block.send_at, block.held_reason = moment.send_at, moment.reason or MOVED
    block.asked_at = None
    block.save(update_fields=["trade_on", "settles_on", "send_at", "held_reason", "asked_at"])
    audit.record(
        audit.Action.BLOCK_MOVED,
        about=block,
        by=by,
        at=at,
        reference=block.reference,
        before=before.isoformat(),
        now=block.trade_on.isoformat(),
    )


def renew_terms(block: Block, *, at: datetime) -> None:
    """Make the limit of a block of a later session anew from the day's prices: what the collar allows today."""
    _renew_terms(block, _portfolios(block, at=at), at=at)


def why_asked(block: Block, *, by: Actor, at: datetime) -> str:
    """Why a block of a later session does not leave, as a sentence that asks a trader; empty where its checks pass."""
    if block.agreed_at is not None and market_days.trade_day(block.agreed_at) == market_days.trade_day(at):
        return ""
    if block.asked_at is not None:
        return block.held_reason  # Asked already: a trader's word is waited for, or the next session.
    loaded = _portfolios(block, at=at)
    if block.wave == 1:
        _renew_terms(block, loaded, at=at)
    found = list(dict.fromkeys(_faults(block, loaded, at=at)))
    if not found:
        return ""
    sentence = " ".join(found)[:300]
    block.asked_at, block.held_reason = at, sentence
    block.save(update_fields=["asked_at", "held_reason"])
    audit.record(audit.Action.BLOCK_ASKED, about=block, by=by, at=at, reference=block.reference, why=sentence)
    return sentence


def agree(block: Block, *, reason: str, by: Actor, at: datetime) -> None:
    """A trader says that a block goes although a check of its day speaks against it: for this session alone."""
    block.agreed_at, block.agreed_by_id, block.agreed_reason = at, int(by.person_ref), reason[:300]
    block.save(update_fields=["agreed_at", "agreed_by", "agreed_reason"])
    audit.record(
        audit.Action.BLOCK_AGREED,
        about=block,
        by=by,
        at=at,
        reference=block.reference,
        against=block.held_reason,
        reason=reason,
    )


def _portfolios(block: Block, *, at: datetime) -> dict[int, Portfolio | portfolios.NotMeasurable]:
    """Each household of a block as it is now."""
    orders = block.orders.exclude(state=Order.State.CANCELED)
    households = {
        one.batch.revision.proposal.household
        for one in orders.select_related("batch__revision__proposal__household")
    }
    return {
        one.pk: portfolios.load(one, as_of_on=market_days.last_close(at), trade_on=market_days.trade_day(at))
        for one in sorted(households, key=lambda each: each.pk)
    }


def _renew_terms(
    block: Block, loaded: dict[int, Portfolio | portfolios.NotMeasurable], *, at: datetime
) -> None:
    known = next((one for one in loaded.values() if isinstance(one, Portfolio)), None)
    if known is None or block.state != Block.State.HELD:
        return
    price = next((row.price for row in known.household.securities if row.id == block.security.symbol), None)
    terms = order_terms.of(
        block.security,
        block.side,
        block.quantity,
        quote=case_trades.quotes_of_the_day([block.security], at=at).get(block.security_id),
        price=price,
        thresholds=known.rows.figures.thresholds(),
    )
    if terms.order_type is not None and (terms.order_type, terms.limit) != (
        block.order_type,
        block.limit_price,
    ):
        block.order_type, block.limit_price = terms.order_type, terms.limit
        block.save(update_fields=["order_type", "limit_price"])


def _faults(
    block: Block, loaded: dict[int, Portfolio | portfolios.NotMeasurable], *, at: datetime
) -> Iterator[str]:
    orders = (
        block.orders.exclude(state=Order.State.CANCELED)
        .select_related("account", "proposed", "security", "batch__revision__proposal")
        .prefetch_related("lots__lot")
        .order_by("pk")
    )
    for order in orders:
        portfolio = loaded[order.batch.revision.proposal.household_id]
        if not isinstance(portfolio, Portfolio):
            yield f"{order.account.name}: {portfolio.reasons[0]}"
            continue
        yield from _of_order(block, order, portfolio)


def _of_order(block: Block, order: Order, portfolio: Portfolio) -> Iterator[str]:
    account = next((one for one in portfolio.accounts if one.pk == order.account_id), None)
    document = next((one for one in portfolio.household.accounts if one.id == order.account.public_id), None)
    if account is None or document is None:
        yield f"{order.account.name} is no longer open."
        return
    if not document.tradable:
        yield f"{account.name}: {document.not_tradable_reason}"
    row = next((one for one in portfolio.household.securities if one.id == block.security.symbol), None)
    if row is None:
        yield f"There is no price of {block.security.symbol}."
        return
    if row.status is SecurityStatus.FROZEN:
        yield f"{block.security.symbol} does not trade."
    moved = abs(row.price / order.proposed.price - 1)
    if moved > portfolio.rows.figures.thresholds().of(PRICE_MOVE):
        yield (
            f"{block.security.symbol} was approved at {figures.money(order.proposed.price)} and is at "
            f"{figures.money(row.price)}."
        )
    if order.side != "sell":
        return
    for use in order.lots.all():
        if use.lot.closed_on is not None or use.lot.quantity < use.quantity:
            yield f"{account.name} no longer holds the lots that were to be sold."
            break
    found = account_cash.violation(
        portfolio,
        account,
        security=block.security,
        amount=order.quantity * row.price,
        on=block.trade_on,
        settles_on=block.settles_on,
    )
    if found is not None:
        yield f"{block.security.symbol} in {account.name} {found}."
