"""A harvest trades nothing else: losses that count, replacements in their place, and the money of each part in balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.household import Security
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Side
from rebalancing.engine.money import CENT, ONE, ZERO
from rebalancing.engine.verifier.case import Case, Orders

Part = tuple[str, str, str]


def only_swaps(case: Case) -> Iterator[Fault]:
    """Every sale is of a lot that the document names, at a loss that counts in full; every purchase stands in for one
    that is sold in its account."""
    if case.household.objective.mode is not Mode.HARVEST:
        return
    named = {row.lot: row.replacements for row in case.household.objective.harvest if row.replacements}
    wanted: dict[str, set[str]] = defaultdict(set)
    for at, order in enumerate(case.plan.orders):
        for part, sale in enumerate(order.lots):
            pointer = f"/orders/{at}/lots/{part}"
            if sale.lot not in named:
                yield Fault(pointer, f"lot {sale.lot} is not to be harvested; a harvest trades nothing else")
                continue
            if sale.gain is None or sale.gain >= 0:
                yield Fault(pointer, f"lot {sale.lot} is not sold at a loss")
            if sale.disallowed:
                yield Fault(pointer, f"{sale.disallowed} of the loss on {sale.lot} would be disallowed")
            wanted[order.account] |= {*named[sale.lot]}
    for at, order in enumerate(case.plan.orders):
        if order.side is Side.BUY and order.security not in wanted[order.account]:
            yield Fault(f"/orders/{at}", f"{order.security} stands in for nothing that is sold here")


@dataclass(slots=True)
class _Balance:
    brought: Decimal = ZERO
    spent: Decimal = ZERO
    increment_max: Decimal = ZERO  # Dollars of one increment of the dearest replacement.


def money_in_parts(case: Case) -> Iterator[Fault]:
    """Within each account, class and sleeve the replacements cost what the sales bring, but for less than an increment."""
    if case.household.objective.mode is not Mode.HARVEST:
        return
    parts: dict[Part, _Balance] = defaultdict(_Balance)
    for order in case.plan.orders:
        balance = parts[order.account, *_most_of(case.securities[order.security])]
        if order.side is Side.SELL:
            balance.brought += order.amount
        else:
            balance.spent += order.amount
    for row in case.household.objective.harvest:
        lot = case.lots[row.lot]
        for other in row.replacements:
            security = case.securities[other]
            increment = security.increment_in(case.accounts[lot.account])
            each = (security.price * increment * (ONE + security.half_spread)).quantize(
                CENT, rounding=ROUND_CEILING
            )
            balance = parts[lot.account, *_most_of(security)]
            balance.increment_max = max(balance.increment_max, each)
    for part, balance in sorted(parts.items()):
        where = " ".join(filter(None, part))
        if balance.spent > balance.brought:
            yield Fault("/orders", f"{where}: {balance.spent} is spent and {balance.brought} brought")
        if balance.brought and not balance.spent:
            yield Fault("/orders", f"{where}: what is sold is not replaced")
        if balance.brought - balance.spent > balance.increment_max:
            yield Fault("/orders", f"{where}: {balance.brought - balance.spent} is not invested again")


def later_taxes(case: Case, orders: Orders) -> Decimal:
    """What the losses taken are expected to cost later, by the document's rate for each lot."""
    rates = {row.lot: row.later for row in case.household.objective.harvest}
    losses = ((sale.lot, min(ZERO, sale.gain or ZERO)) for order in orders for sale in order.lots)
    return sum((-loss * rates.get(lot, ZERO) for lot, loss in losses), ZERO)


def _most_of(security: Security) -> tuple[str, str]:
    """The class and the sleeve that most of the security belongs to, no sleeve as an empty name."""
    classes = sorted((part.weight, part.asset_class) for part in security.weights)
    sleeves = sorted((part.weight, part.sleeve) for part in security.sleeves)
    return classes[-1][1] if classes else "", sleeves[-1][1] if sleeves else ""
