"""What the custodian's files of an order's day or later say of it: a movement, or holdings that changed by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from clients.models import ActionAccount, TaxLot, Transaction
from clients.securities import names
from rebalancing.engine.documents import parsing
from rebalancing.models import Block, Order
from rebalancing.portfolios import open_orders

ZERO = Decimal(0)
Place = tuple[int, int]
"""An account and a security."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of the orders of a block: how many there are, how many the files show, and for how many no file has come."""

    orders: int
    seen: int
    unknown: int

    @property
    def is_shown(self) -> bool:
        return self.seen == self.orders


def of_blocks(blocks: Collection[Block]) -> dict[int, Evidence]:
    """What the files say of these blocks, by their key."""
    orders = list(
        Order.objects.filter(block__in=[block.pk for block in blocks])
        .exclude(state__in=Order.ENDED)
        .select_related("account__cash", "security", "block", "batch__revision")
        .defer("account__number")
    )
    others = _filled_by_others(orders)
    moved, held, acted = _movements(orders, others), _holdings(orders), _acted(orders)
    before: dict[int, Mapping[tuple[str, str], Decimal]] = {}
    counts: dict[int, list[int]] = {block.pk: [0, 0, 0] for block in blocks}
    for order in orders:
        assert order.block is not None, "they are found by their blocks"
        revision = order.batch.revision
        if revision.pk not in before:
            before[revision.pk] = _held_before(revision.household_document)
        count = counts[order.block.pk]
        count[0] += 1
        if open_orders.known_on(order.account) < order.block.trade_on:
            count[2] += 1
        elif _is_shown(order, moved, held, before[revision.pk], others, acted):
            count[1] += 1
    return {key: Evidence(*count) for key, count in counts.items()}


def _is_shown(
    order: Order,
    moved: Mapping[Place, set[tuple[bool, date]]],
    held: Mapping[Place, Decimal],
    before: Mapping[tuple[str, str], Decimal],
    others: Mapping[Place, Mapping[date, Decimal]],
    acted: Collection[Place],
) -> bool:
    """A movement of its day or later, or at least half of its shares more or fewer than when it was planned.

    What another order of ours was filled with is told by that one, and says nothing of this. Where an issuer changed the
    shares since, only movements tell.
    """
    assert order.block is not None, "they are found by their blocks"
    place, buys = (order.account_id, order.security_id), order.side == "buy"
    if any(bought == buys and on >= order.block.trade_on for bought, on in moved[place]):
        return True
    if place in acted:
        return False
    was = (
        before.get((order.account.public_id, name), ZERO)
        for name in (order.security.symbol, *names.former(order.security))
    )
    change = held.get(place, ZERO) - sum(was, ZERO)
    change -= sum((shares for on, shares in others[place].items() if on >= order.block.trade_on), ZERO)
    return (change if buys else -change) * 2 >= order.quantity


def _filled_by_others(orders: Collection[Order]) -> Mapping[Place, Mapping[date, Decimal]]:
    """Shares by place and day, sales below zero, with which other orders of ours were filled."""
    found: dict[Place, dict[date, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    filled = (
        Order.objects.filter(
            account__in={order.account_id for order in orders},
            security__in={order.security_id for order in orders},
            filled_quantity__gt=0,
            block__isnull=False,
        )
        .exclude(pk__in=[order.pk for order in orders])
        .values_list("account_id", "security_id", "side", "block__trade_on", "filled_quantity")
    )
    for account, security, side, on, shares in filled:
        found[account, security][on] += shares if side == "buy" else -shares
    return found


def _movements(
    orders: Collection[Order], others: Mapping[Place, Mapping[date, Decimal]]
) -> Mapping[Place, set[tuple[bool, date]]]:
    """Whether bought, and on which day, where more moved than other orders of ours explain."""
    since = min((order.block.trade_on for order in orders if order.block), default=date.max)
    moves = Transaction.objects.filter(
        account__in={order.account_id for order in orders},
        security__in={order.security_id for order in orders},
        kind__in=(Transaction.Kind.BUY, Transaction.Kind.SELL, Transaction.Kind.REDEMPTION),
        traded_on__gte=since,
        quantity__isnull=False,
    )
    sums: dict[tuple[Place, date, bool], Decimal] = defaultdict(lambda: ZERO)
    for account, security, quantity, on in moves.values_list(
        "account_id", "security_id", "quantity", "traded_on"
    ):
        sums[(account, security), on, quantity > 0] += quantity
    found: dict[Place, set[tuple[bool, date]]] = defaultdict(set)
    for (place, on, bought), shares in sums.items():
        if shares != others[place].get(on, ZERO):
            found[place].add((bought, on))
    return found


def _holdings(orders: Collection[Order]) -> Mapping[Place, Decimal]:
    lots = TaxLot.objects.filter(
        account__in={order.account_id for order in orders},
        security__in={order.security_id for order in orders},
        closed_on=None,
    )
    sums = lots.order_by().values_list("account_id", "security_id").annotate(shares=Sum("quantity"))
    return {(account, security): shares for account, security, shares in sums}


def _acted(orders: Collection[Order]) -> set[Place]:
    """Where an issuer has changed the shares of what is held since the order was planned."""
    rows = ActionAccount.objects.filter(
        account__in={order.account_id for order in orders},
        action__ended_at=None,
        state__in=(ActionAccount.State.APPLIED, ActionAccount.State.SHOWN),
    ).values_list("account_id", "action__security_id", "action__new_security_id", "action__effective_on")
    days: dict[Place, date] = {}
    for account, *securities, on in rows:
        for key in securities:
            days[account, key] = max(on, days.get((account, key), on))
    return {
        place
        for order in orders
        for place in [(order.account_id, order.security_id)]
        if place in days and days[place] > order.batch.revision.prices_as_of_on
    }


def _held_before(document: str) -> Mapping[tuple[str, str], Decimal]:
    held: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for lot in parsing.read_household(document).lots:
        held[lot.account, lot.security] += lot.quantity
    return held
