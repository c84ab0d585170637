"""Lots and wash sales of a plan worked out by hand, beside `plan_by_hand`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from rebalancing.engine.documents.household import Lot, LotMethod
from rebalancing.engine.documents.plan import Side
from rebalancing.engine.documents.recent_trades import RecentTradeKind
from tests.engine.oracles.plan_by_hand import CENT, Case, Faults, is_long_term, nearest_cent
from tests.engine.oracles.slow_tax import ZERO

DAYS = timedelta(days=30)


@dataclass
class Part:
    """Shares of a lot with one basis and one holding period; ``used`` ones have disallowed a loss before."""

    shares: Fraction
    basis: Fraction
    since: date
    used: bool = False

    def split(self, shares: Fraction) -> Part:
        """Take ``shares`` off, with their part of the basis."""
        taken = Part(shares, self.basis * shares / self.shares, self.since, self.used)
        self.shares, self.basis = self.shares - taken.shares, self.basis - taken.basis
        return taken


@dataclass
class Stack:
    """Shares acquired together, in the order in which they leave; ``hands`` None where nothing is taxed.

    An unknown basis takes no loss over: all proceeds count as gain, which is the most that can be taxed.
    """

    name: str
    on: date
    group: str | None
    hands: tuple[str | None, str] | None
    parts: list[Part]
    is_known: bool = True


@dataclass
class Outcome:
    """What the sale of one lot comes to by the law: the loss disallowed, and what is recognized by term."""

    disallowed: Fraction = ZERO
    short: Fraction = ZERO
    long: Fraction = ZERO


def by_law(case: Case, *, with_purchases: bool = True) -> dict[str, Outcome]:
    """Every sale in a taxed account before IRC 1091: earliest loss first, earliest purchase first, each share once.

    What is disallowed moves into the basis of shares in the same hands and comes out again where those are sold too.
    """
    on = case.household.trade_on
    stacks = {stack.name: stack for stack in _stacks(case, with_purchases=with_purchases)}
    sales = [
        (case.net(order.security, sale.shares), sale) for order in case.plan.orders for sale in order.lots
    ]
    sales.sort(key=lambda pair: (stacks[pair[1].lot].on, pair[1].lot))
    found: dict[str, Outcome] = {}
    for proceeds, sale in sales:
        own, left = stacks[sale.lot], Fraction(sale.shares)
        outcome = found[sale.lot] = Outcome()
        while left > 0:
            part = own.parts[0].split(min(left, own.parts[0].shares))
            if own.parts[0].shares == 0:
                own.parts.pop(0)
            left -= part.shares
            if own.hands is None:
                continue
            gain = proceeds * part.shares / Fraction(sale.shares) - part.basis
            lost = _replaced(case, own, part, -gain, stacks) if gain < 0 and own.group is not None else ZERO
            outcome.disallowed += lost
            if is_long_term(part.since, on):
                outcome.long += gain + lost
            else:
                outcome.short += gain + lost
    return found


def _replaced(case: Case, own: Stack, sold: Part, loss: Fraction, stacks: dict[str, Stack]) -> Fraction:
    """How much of ``loss`` other shares disallow, which are marked and take it into their basis where they may."""
    on, need, lost = case.household.trade_on, sold.shares, ZERO
    near = [s for s in stacks.values() if s is not own and s.group == own.group and abs(s.on - on) <= DAYS]
    for other in sorted(near, key=lambda stack: (stack.on, stack.name)):
        kept: list[Part] = []
        for part in other.parts:
            if part.used or need == 0:
                kept.append(part)
                continue
            washed = part.split(min(need, part.shares))
            share = loss * washed.shares / sold.shares
            lost, need, washed.used = lost + share, need - washed.shares, True
            if other.hands is not None and other.hands == own.hands and other.is_known:
                washed.basis += share
                washed.since -= on - sold.since
            kept += [washed, part] if part.shares else [washed]
        other.parts = kept
    return lost


def _stacks(case: Case, *, with_purchases: bool) -> Iterator[Stack]:
    household, bases = case.household, averaged(case)
    long_ago = date(1900, 1, 1)

    def group(security: str) -> str | None:
        found = case.securities[security]
        return (found.wash_group or found.id) if found.wash_applies else None

    def hands(name: str) -> tuple[str | None, str] | None:
        account = case.accounts.get(name)
        return (account.tax_unit, account.owner) if account is not None and account.is_taxed else None

    matched: dict[str | None, Fraction] = defaultdict(Fraction)
    for recent in household.recent_trades:
        matched[recent.lot] += Fraction(recent.shares_used)
    for lot in household.lots:
        whole = Part(
            Fraction(lot.quantity),
            bases.get(lot.id, ZERO),
            lot.adjusted_acquired or lot.acquired or long_ago,
        )
        first = whole.split(min(matched[lot.id], whole.shares))
        first.used = True
        parts = [part for part in (first, whole) if part.shares]
        on, whose = lot.acquired or long_ago, hands(lot.account)
        yield Stack(lot.id, on, group(lot.security), whose, parts, lot.id in bases)
    for recent in household.recent_trades:
        if recent.kind is not RecentTradeKind.LOSS_SALE and recent.lot is None:
            fresh = [Part(Fraction(recent.shares - recent.shares_used), ZERO, recent.on)]
            name = f"recent {recent.id}"
            yield Stack(name, recent.on, group(recent.security), None, fresh if fresh[0].shares else [])
    for order in case.plan.orders:
        if order.side is Side.BUY and with_purchases:
            name, on = f"bought {order.account} {order.security}", household.trade_on
            yield Stack(name, on, group(order.security), None, [Part(Fraction(order.shares), ZERO, on)])


def wash_sales(case: Case) -> Faults:
    """Nothing is washed that the plan does not declare to the cent, nor by its own purchases but where asked to."""
    due, without = by_law(case), by_law(case, with_purchases=False)
    for order in case.plan.orders:
        for sale in order.lots:
            lost = due[sale.lot].disallowed
            # The plan shares out basis in cents, the law in fractions of them.
            if abs(Fraction(sale.disallowed) - lost) > CENT + CENT / 2:
                yield f"{sale.disallowed} of {sale.lot} is disallowed, {float(lost)} is due"
            if lost != without[sale.lot].disallowed and not case.is_asked(order):
                yield f"the plan's own purchases wash the loss on {sale.lot}"
        security = case.securities[order.security]
        for recent in case.household.recent_trades:
            other = case.securities[recent.security]
            is_same = (other.wash_group or other.id) == (security.wash_group or security.id)
            washes = other.wash_applies and security.wash_applies and recent.kind is RecentTradeKind.LOSS_SALE
            if order.side is Side.BUY and is_same and washes:
                yield f"{order.id} within 30 days of the sale at a loss on {recent.on}"


def averaged(case: Case) -> dict[str, Fraction]:
    """The basis of every lot, those of a position under average basis at the average of its shares, cent by cent."""
    found = {lot.id: Fraction(lot.basis) for lot in case.household.lots if lot.basis is not None}
    pools: dict[tuple[str, str], list[Lot]] = defaultdict(list)
    for lot in case.household.lots:
        if lot.method is LotMethod.AVERAGE:
            pools[lot.account, lot.security].append(lot)
    for pool in pools.values():
        if any(lot.basis is None for lot in pool):
            continue
        each = sum(found[lot.id] for lot in pool) / sum(Fraction(lot.quantity) for lot in pool)
        count, told = ZERO, ZERO
        for lot in sorted(pool, key=lambda lot: (lot.acquired or date.min, lot.id)):
            count += Fraction(lot.quantity)
            found[lot.id] = nearest_cent(each * count) - told
            told += found[lot.id]
    return found
