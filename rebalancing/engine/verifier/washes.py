"""Wash sales over the whole household and 61 days: what is disallowed is what the plan says, and it is not its doing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.plan import LotSale, Side
from rebalancing.engine.documents.recent_trades import RecentTradeKind
from rebalancing.engine.money import CENT, ZERO, cents, cents_up
from rebalancing.engine.tax.holding_periods import Term, term
from rebalancing.engine.tax.wash_sales import Acquisition, Ledger, Outcome, Owner, Sale, process
from rebalancing.engine.verifier.case import Case, differs

DAYS = timedelta(days=30)
LONG_AGO = date(1900, 1, 1)
NOISE = Decimal("0.000001")  # Dollars: what division leaves over.


def rebuys(case: Case) -> Iterator[Fault]:
    """Nothing is bought within 30 days after it was sold at a loss, in any account."""
    for at, order in enumerate(case.plan.orders):
        security = case.securities[order.security]
        if order.side is Side.SELL or not security.wash_applies:
            continue
        for recent in case.household.recent_trades:
            other = case.securities[recent.security]
            is_same = other.wash_applies and other.group == security.group
            near = abs(case.household.trade_on - recent.on) <= DAYS
            if recent.kind is RecentTradeKind.LOSS_SALE and is_same and near:
                yield Fault(f"/orders/{at}", f"{other.id} was sold at a loss on {recent.on}")


def lost(case: Case) -> Iterator[Fault]:
    """Where the household forbids it, no loss is sold that an earlier purchase outside the seller's return takes for good."""
    if case.household.rules.permanent_disallowance_allowed:
        return
    for at, order in enumerate(case.plan.orders):
        security = case.securities[order.security]
        loses = any(sale.gain is not None and sale.gain < 0 for sale in order.lots)
        if not loses or not security.wash_applies or case.is_forced(order):
            continue
        for recent in case.household.recent_trades:
            buyer, seller = case.accounts.get(recent.account), case.accounts[order.account]
            own = buyer is not None and buyer.is_taxed and buyer.tax_unit == seller.tax_unit
            near = abs((recent.on - case.household.trade_on).days) <= DAYS.days
            is_left = recent.kind is not RecentTradeKind.LOSS_SALE and recent.shares > recent.shares_used
            if is_left and near and not own and case.securities[recent.security].group == security.group:
                yield Fault(f"/orders/{at}", f"its loss would be lost for good by the purchase {recent.id}")


def disallowed(case: Case) -> Iterator[Fault]:
    """Every sale put before the rule with all purchases round it: what is disallowed, what comes into the basis of lots
    sold today, whose holding period it brings along, and what is deferred into shares still held.

    The plan's own purchases may disallow nothing, but for forced sales; what earlier ones do is told to the cent.
    """
    sold = {sale.lot for order in case.sells for sale in order.lots}
    touched = {_group(case, order.security) for order in case.sells} - {None}
    known = [acquired for acquired in _bought(case) if acquired.wash_group in touched or acquired.id in sold]
    sales = [
        Sale(sale.lot, case.household.trade_on, sale.lot, sale.shares, sale.proceeds)
        for order in case.sells
        for sale in order.lots
    ]
    own = [acquired for acquired in _own(case) if acquired.wash_group in touched]
    before = process(known, sales)
    everything = process(known + own, sales) if own else before
    yield from _deferred(case, {acquired.id: acquired for acquired in known + own}, everything)
    found, found_before = _by_lot(everything), _by_lot(before)
    for at, order in enumerate(case.plan.orders):
        for part, sale in enumerate(order.lots):
            pieces = found[sale.lot]
            lost = sum((piece.disallowed for piece in pieces), ZERO)
            for name, expected in _expected(case, sale, pieces, lost).items():
                pointer = f"/orders/{at}/lots/{part}/{name}"
                yield from differs(pointer, name, getattr(sale, name), expected)
            lost_before = sum((piece.disallowed for piece in found_before[sale.lot]), ZERO)
            if lost != lost_before and not case.is_forced(order):
                yield Fault(
                    f"/orders/{at}/lots/{part}", f"the plan's own purchases wash the loss on {sale.lot}"
                )


def _expected(case: Case, sale: LotSale, pieces: list[Outcome], lost: Decimal) -> dict[str, object]:
    lot = case.lots[sale.lot]
    if sale.gain is None or lot.basis is None:
        return {"disallowed": ZERO, "added_basis": ZERO, "tacked": ZERO}
    paid = lot.basis * sale.shares / lot.quantity
    added = sum((piece.basis for piece in pieces), ZERO) - paid
    loss, due = max(ZERO, -sale.gain), max(ZERO, cents_up(lost - NOISE))
    own = term(lot.held_since or lot.acquired or LONG_AGO, case.household.trade_on)
    grown = [piece for piece in pieces if piece.term is not own]
    is_whole = len(grown) == len(pieces)
    return {
        # Shares of a lot that took a loss over can lose while the others gain; else a cent too many is rounding.
        "disallowed": due if due > loss + CENT else min(loss, due),
        "added_basis": max(ZERO, cents_up(added - NOISE)),
        "term": Term.LONG if is_whole else own,
        "tacked": ZERO if is_whole else cents(sum((piece.recognized for piece in grown), ZERO)),
    }


def _deferred(case: Case, known: dict[str, Acquisition], done: Ledger) -> Iterator[Fault]:
    """By return, the losses that stand in the basis of shares still held when the plan is done."""
    units = {unit.id: ZERO for unit in case.household.tax_units}
    for left in done.open_lots:
        acquired = known[left.id]
        unit = acquired.holder.split("\n")[0]
        if unit in units:
            units[unit] += left.basis - acquired.cost * left.shares / acquired.shares
    for at, row in enumerate(case.plan.tax):
        moved = max(ZERO, cents_up(units.get(row.tax_unit, ZERO) - NOISE))
        yield from differs(f"/tax/{at}/deferred", "deferred losses", row.deferred, moved)


def _by_lot(done: Ledger) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for outcome in done.outcomes:
        found.setdefault(outcome.lot, []).append(outcome)
    return found


def _bought(case: Case) -> list[Acquisition]:
    """Every lot held, and every known purchase without a lot of its own."""
    acquired: list[Acquisition] = []
    for lot in case.household.lots:
        matched = sum((r.shares_used for r in case.household.recent_trades if r.lot == lot.id), ZERO)
        acquired.append(
            _acquired(case, lot.id, lot.account, lot.security, lot.acquired, lot.quantity, lot.basis,
                      min(matched, lot.quantity), lot.held_since, bears=True)
        )  # fmt: skip
    for recent in case.household.recent_trades:
        if recent.kind is not RecentTradeKind.LOSS_SALE and recent.lot is None:
            # What was bought already and has no lot here bears no basis that anybody could see.
            bears = recent.on >= case.household.trade_on
            acquired.append(
                _acquired(case, f"recent {recent.id}", recent.account, recent.security, recent.on,
                          recent.shares, ZERO, recent.shares_used, None, bears=bears)
            )  # fmt: skip
    return acquired


def _own(case: Case) -> list[Acquisition]:
    return [
        _acquired(case, f"bought {order.account} {order.security}", order.account, order.security,
                  case.household.trade_on, order.shares, ZERO, ZERO, None, bears=True)
        for order in case.buys
    ]  # fmt: skip


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
    *,
    bears: bool,
) -> Acquisition:
    holder = case.accounts.get(account)
    is_taxed = holder is None or holder.is_taxed
    hands = f"{holder.tax_unit}\n{holder.owner}" if holder is not None and is_taxed and bears else ""
    return Acquisition(
        id=name,
        on=on or LONG_AGO,
        shares=shares,
        cost=basis or ZERO,
        owner=Owner.SELF_TAXABLE if is_taxed else Owner.IRA,
        wash_group=_group(case, security),
        is_purchase=on is not None,
        held_since=since,
        shares_used=used,
        holder=hands,
    )


def _group(case: Case, security: str) -> str | None:
    kind = case.securities[security]
    return kind.group if kind.wash_applies else None
