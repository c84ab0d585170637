"""Wash sales over the whole household and 61 days: what is disallowed is what the plan says, and it is not its doing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from rebalancing.engine.household import RecentKind
from rebalancing.engine.money import ZERO, cents_up
from rebalancing.engine.plan import Side
from rebalancing.engine.validating import Fault
from rebalancing.engine.verifier.case import Case, differs
from rebalancing.engine.wash_sales import Acquisition, Owner, Sale, process

DAYS = timedelta(days=30)


def rebuys(case: Case) -> Iterator[Fault]:
    """Nothing is bought within 30 days after it was sold at a loss, in any account."""
    for at, order in enumerate(case.plan.orders):
        security = case.securities[order.security]
        if order.side is Side.SELL or not security.wash_applies:
            continue
        for recent in case.household.recent:
            other = case.securities[recent.security]
            is_same = other.wash_applies and other.group == security.group
            near = abs(case.household.trade_on - recent.on) <= DAYS
            if recent.kind is RecentKind.LOSS_SALE and is_same and near:
                yield Fault(f"/orders/{at}", f"{other.id} was sold at a loss on {recent.on}")


def disallowed(case: Case) -> Iterator[Fault]:
    """Every loss put before the rule with all purchases round it.

    The plan's own purchases may disallow nothing, but for forced sales; what earlier ones do is told to the cent.
    """
    on = case.household.trade_on
    held_ids = {recent.lot for recent in case.household.recent if recent.lot is not None}
    sales = [
        Sale(sale.lot, on, sale.lot, sale.shares, sale.proceeds)
        for order in case.sells
        for sale in order.lots
    ]
    sold = {sale.lot for sale in sales}
    bought: list[Acquisition] = []
    for lot in case.household.lots:
        if lot.id not in sold and (lot.acquired is None or abs(on - lot.acquired) > DAYS):
            # Neither sold now nor near enough to replace what is.
            continue
        matched = sum((r.matched for r in case.household.recent if r.lot == lot.id), ZERO)
        bought.append(
            _acquired(case, lot.id, lot.account, lot.security, lot.acquired, lot.quantity, lot.basis,
                      min(matched, lot.quantity), lot.held_since)
        )  # fmt: skip
    for recent in case.household.recent:
        if recent.kind is not RecentKind.LOSS_SALE and recent.lot not in held_ids:
            bought.append(
                _acquired(case, f"recent/{recent.id}", recent.account, recent.security, recent.on,
                          recent.shares, ZERO, recent.matched, None)
            )  # fmt: skip
    own = [
        _acquired(
            case, f"bought/{order.id}", order.account, order.security, on, order.shares, ZERO, ZERO, None
        )
        for order in case.buys
    ]
    lost, lost_before = _lost(bought + own, sales), _lost(bought, sales)
    for at, order in enumerate(case.plan.orders):
        for part, sale in enumerate(order.lots):
            loss = ZERO if sale.gain is None or sale.gain >= 0 else -sale.gain
            due = min(loss, cents_up(lost.get(sale.lot, ZERO)))
            yield from differs(f"/orders/{at}/lots/{part}/disallowed", "disallowed", sale.disallowed, due)
            if lost.get(sale.lot, ZERO) != lost_before.get(sale.lot, ZERO) and not case.is_forced(order):
                yield Fault(
                    f"/orders/{at}/lots/{part}", f"the plan's own purchases wash the loss on {sale.lot}"
                )


def _lost(bought: list[Acquisition], sales: list[Sale]) -> dict[str, Decimal]:
    """Dollars of loss disallowed, by lot."""
    lost: dict[str, Decimal] = {}
    for outcome in process(bought, sales).outcomes:
        lost[outcome.lot] = lost.get(outcome.lot, ZERO) + outcome.disallowed
    return lost


def _acquired(
    case: Case,
    name: str,
    account: str,
    security: str,
    on: date | None,
    shares: Decimal,
    basis: Decimal | None,
    used: Decimal,
    since: date | None,
) -> Acquisition:
    kind = case.securities[security]
    holder = case.accounts.get(account)
    return Acquisition(
        id=name,
        on=on or date(1900, 1, 1),
        shares=shares,
        cost=basis or ZERO,
        owner=Owner.SELF_TAXABLE if holder is None or holder.is_taxed else Owner.IRA,
        wash_group=kind.group if kind.wash_applies else None,
        is_purchase=on is not None,
        held_since=since,
        shares_used=used,
    )
