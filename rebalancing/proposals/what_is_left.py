"""What is left of a released plan on a later day: the orders that go now, at today's prices, as a plan that the rule book reads.

Two things are asked of it. What leaves today is examined order by order. Where the household ends is asked of everything of
the plan that no custodian's file shows yet: a slice by itself would be blamed for what the others will put right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rebalancing.engine import repricing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import LotSale, Order, Plan, Reason, Side
from rebalancing.engine.evaluation.order_lines import Line

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Left:
    """Shares of one order, with the lots that a sale takes them from."""

    account: str
    security: str
    side: Side
    shares: Decimal
    lots: Mapping[str, Decimal]


def plan(
    approved: Plan, household: Household, *, today: Sequence[Left], every: Sequence[Left]
) -> Plan | None:
    """The approved plan with today's orders, and with the figures of all that is still to come; None where a lot is gone."""
    now = repricing.effects(household, _orders(today, household))
    if now is None:
        return None
    # A file may show some of it and not all: then today's orders are all that can be told.
    whole = repricing.effects(household, _orders(every, household)) or now
    told = {(one.account, one.security, one.side): one for one in approved.orders}
    prices = {one.id: one.price for one in household.securities}
    return replace(
        approved,
        trade_on=household.trade_on,
        orders=tuple(
            _told(line, told.get((line.account, line.security, line.side)), prices[line.security])
            for line in now.lines
        ),
        before=whole.before,
        after=whole.after,
        tax=whole.tax,
        tax_change=sum((one.change for one in whole.tax), ZERO),
    )


def _orders(left: Iterable[Left], household: Household) -> list[Order]:
    """One order of each account, security and side: slices of one order are one."""
    found: dict[tuple[str, str, Side], tuple[Decimal, dict[str, Decimal]]] = {}
    for one in left:
        key = (one.account, one.security, one.side)
        shares, lots = found.get(key, (ZERO, defaultdict(Decimal)))
        for lot, part in one.lots.items():
            lots[lot] += part
        found[key] = (shares + one.shares, lots)
    return [
        Order(
            id=f"{account}:{side.value}:{security}",
            account=account,
            security=security,
            side=side,
            shares=shares,
            price=ZERO,
            amount=ZERO,
            cost=ZERO,
            settles_on=household.trade_on,
            reason=Reason.TOWARD_TARGET,
            explanation="",
            lots=tuple(
                LotSale(
                    lot=lot, shares=part, proceeds=ZERO, basis=None, term=None, gain=None, disallowed=ZERO
                )
                for lot, part in lots.items()
            ),
        )
        for (account, security, side), (shares, lots) in found.items()
    ]


def _told(line: Line, approved: Order | None, price: Decimal) -> Order:
    """An order of today, with the reason for which it was approved."""
    return Order(
        id=f"{line.account}:{line.side.value}:{line.security}",
        account=line.account,
        security=line.security,
        side=line.side,
        shares=line.shares,
        price=price,
        amount=line.amount,
        cost=line.cost,
        settles_on=line.settles_on,
        reason=approved.reason if approved else Reason.TOWARD_TARGET,
        explanation=approved.explanation if approved else "",
        lots=line.lots,
    )
