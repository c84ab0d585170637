"""What one account has to pay with: the custodian's figures, and what we sent that they do not show yet.

Also whether a cash account may pay with money that has not settled (Regulation T, 12 CFR 220.8): good-faith, free-riding
and liquidation violations are counted over the twelve months of movements on record, as far as these go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from clients.models import Account, Security, Transaction
from compliance.rules import good_faith
from compliance.rules.facts.surroundings import CashHistory
from rebalancing.engine.documents.household import Account as AccountDocument
from rebalancing.engine.market import cash_account_violations
from rebalancing.engine.market.cash_account_violations import Event, Finding, Kind, Restriction
from rebalancing.engine.money import ZERO, cents, cents_up
from rebalancing.execution.cash_ladder import Cash, Move
from rebalancing.models import AllocationPart, Order
from rebalancing.portfolios import open_orders, surroundings
from rebalancing.portfolios.order_terms import AT_THEIR_VALUE
from rebalancing.portfolios.portfolios import Portfolio

BUFFER, FUND_BUFFER = Decimal("0.01"), Decimal("0.02")
"""What a purchase without a limit may cost above the last price: more for a fund, which is priced later."""
HISTORY = timedelta(days=365)
LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account's movements of twelve months amount to. `is_whole`: they explain the settled cash on record."""

    findings: tuple[Finding, ...]
    restriction: Restriction | None
    is_whole: bool


def of(portfolio: Portfolio, account: Account, *, but: Collection[int] = ()) -> Cash:
    """An account's cash with all that is known to come and go. `but` are orders of ours that are not counted.

    Money that is only expected pays for nothing; what is due out is kept for it.
    """
    document = next(one for one in portfolio.household.accounts if one.id == account.public_id)
    known = Cash(document.cash_settled, tuple(_known(document)))
    return known.with_moves(ours(account, but=but))


def _known(document: AccountDocument) -> Iterator[Move]:
    yield from (Move(one.on, one.amount) for one in document.cash_unsettled)
    yield from (Move(one.on, one.amount) for one in document.flows if one.amount < ZERO)


def ours(account: Account, *, but: Collection[int]) -> Iterator[Move]:
    """Our orders that the custodian's files do not show: a sale brings what was filled, a purchase costs all of it."""
    known_on = open_orders.known_on(account)
    orders = (
        Order.objects.filter(account=account, block__isnull=False)
        .filter(Q(block__settles_on__gt=known_on) | Q(state=Order.State.HELD))
        .exclude(state__in=Order.NOT_TRADED)
        .exclude(pk__in=but)
        .select_related("block", "security", "proposed")
        .order_by("pk")
    )
    since = known_on - LATELY if known_on > date.min else known_on
    shown = set(
        Transaction.objects.filter(account=account, traded_on__gte=since).values_list(
            "security_id", flat=True
        )
    )
    for order in orders:
        assert order.block is not None, "they are asked for by their blocks"
        is_shown = order.block.trade_on <= known_on and order.state != Order.State.HELD
        if order.side == "sell" and not is_shown:
            yield Move(order.block.settles_on, proceeds(order))
        elif order.side == "buy" and not (is_shown and order.security_id in shown):
            yield Move(order.block.settles_on, -cost(order))


def proceeds(order: Order) -> Decimal:
    """What a sale has brought so far, after costs; zero while nothing of it is filled."""
    if not order.filled_quantity:
        return ZERO
    part = (
        AllocationPart.objects.filter(order=order)
        .order_by("-allocation__number")
        .values_list("amount", flat=True)
        .first()
    )
    return (
        part if part is not None else cents(order.filled_quantity * (order.average_price or ZERO))
    ) - order.fees


def cost(order: Order) -> Decimal:
    """What a purchase has cost and can still cost."""
    filled = cents_up(order.filled_quantity * (order.average_price or ZERO)) + order.fees
    block_limit = order.block.limit_price if order.block else None
    limit = order.limit_price if block_limit is None else block_limit
    return filled + cents_up(
        order.leaves_quantity * most(order.security, limit=limit, price=order.proposed.price)
    )


def most(security: Security, *, limit: Decimal | None, price: Decimal) -> Decimal:
    """The most that a share of a purchase can cost: its limit, or the last price and a buffer."""
    if limit is not None:
        return limit
    return price * (1 + (FUND_BUFFER if security.kind in AT_THEIR_VALUE else BUFFER))


def standing(portfolio: Portfolio, account: Account, *, on: date) -> Standing:
    """The violations of an account in the twelve months before a day, and the restriction that follows from them."""
    history = surroundings.cash_history(portfolio.rows, account, since=on - HISTORY)
    if account.margin == Account.Margin.FULL or history is None:
        return Standing((), None, is_whole=history is not None)
    # Movements that leave less than nothing at their beginning are not all of them: nothing is concluded from those.
    is_whole = history.settled_before >= ZERO
    if not is_whole:
        return Standing((), None, is_whole=False)
    found = cash_account_violations.review(history.events, settled_cash=history.settled_before).findings
    return Standing(found, cash_account_violations.restriction(found, on=on), is_whole=True)


def violation(
    portfolio: Portfolio, account: Account, *, security: Security, amount: Decimal, on: date, settles_on: date
) -> str | None:
    """What selling so many dollars of recent purchases on a day would be, in words; None where it is no violation."""
    history = portfolio.around.histories.get(account.pk)
    if history is None or account.margin == Account.Margin.FULL:
        return None
    bought = {one.security for one in history.events if one.kind is Kind.BUY}
    if security.symbol not in bought:
        return None
    found = good_faith.violation(
        CashHistory(
            account=history.account,
            since=history.since,
            settled_before=history.settled_before,
            events=tuple(_up_to(history.events, on)),
        ),
        security=security.symbol,
        amount=amount,
        on=on,
        settles_on=settles_on,
    )
    return None if found is None else good_faith.WORDS[found]


def _up_to(events: Sequence[Event], on: date) -> Iterator[Event]:
    yield from (one for one in events if one.on <= on)


def clean_from(cash: Cash, *, cost: Decimal, bought_on: date, settles_on: date) -> date | None:
    """The day from which a purchase may be sold: when the proceeds that pay for it have settled. None: paid already."""
    if cash.settled_by(bought_on).room(bought_on) >= cost:
        return None
    late = [one.on for one in cash.moves if one.amount > ZERO and bought_on < one.on <= settles_on]
    if not late:
        return None
    return cash_account_violations.earliest_clean_sale(bought_on=bought_on, funds_settle_on=max(late))
