"""Orders and lots: that they exist, are whole, add up, and break no restriction."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.household import (
    Account,
    Lot,
    LotMethod,
    Restriction,
    Security,
    SecurityStatus,
)
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import LotSale, Order, Side
from rebalancing.engine.money import ONE, ZERO, cents, cents_down, cents_up
from rebalancing.engine.tax.holding_periods import Term, days_until_long_term, term
from rebalancing.engine.verifier.case import Case, differs


def shape(case: Case) -> Iterator[Fault]:
    """Every order names things that exist, stands once, and stands in order."""
    seen: set[tuple[str, str]] = set()
    for at, order in enumerate(case.plan.orders):
        pointer = f"/orders/{at}"
        if order.account not in case.accounts or order.security not in case.securities:
            yield Fault(pointer, f"{order.account!r} / {order.security!r} is not in the household")
            continue
        yield from differs(
            f"{pointer}/id", "id", order.id, f"{order.account}:{order.side.value}:{order.security}"
        )
        if (order.account, order.security) in seen:
            yield Fault(pointer, "a security is traded twice in one account")
        seen.add((order.account, order.security))
        yield from differs(f"{pointer}/price", "price", order.price, case.securities[order.security].price)
        yield from differs(
            f"{pointer}/settles_on", "settlement", order.settles_on, case.settles(order.security)
        )
        if order.shares <= 0:
            yield Fault(f"{pointer}/shares", f"must be above zero, and is {order.shares}")
        for part, sale in enumerate(order.lots):
            lot = case.lots.get(sale.lot)
            if lot is None or (lot.account, lot.security) != (order.account, order.security):
                yield Fault(f"{pointer}/lots/{part}/lot", f"{sale.lot!r} is no lot of this position")
    keys = [(o.account, o.side is Side.BUY, o.security) for o in case.plan.orders]
    if keys != sorted(keys):
        yield Fault("/orders", "are not in order of account, side and security")


def amounts(case: Case) -> Iterator[Fault]:
    """Amounts, proceeds, basis, gain and term of every order and lot, to the cent."""
    for at, order in enumerate(case.plan.orders):
        pointer = f"/orders/{at}"
        security = case.securities[order.security]
        cost = cents(order.shares * security.price * security.half_spread)
        yield from differs(f"{pointer}/cost", "cost", order.cost, cost)
        if order.side is Side.BUY:
            paid = cents_up(order.shares * security.price * (ONE + security.half_spread))
            yield from differs(f"{pointer}/amount", "amount", order.amount, paid)
            if order.lots:
                yield Fault(f"{pointer}/lots", "a purchase sells no lots")
            continue
        proceeds = sum((sale.proceeds for sale in order.lots), ZERO)
        yield from differs(f"{pointer}/amount", "amount", order.amount, proceeds)
        yield from differs(
            f"{pointer}/shares", "shares", order.shares, sum((sale.shares for sale in order.lots), ZERO)
        )
        for part, sale in enumerate(order.lots):
            yield from _lot(case, f"{pointer}/lots/{part}", security, sale)


def _lot(case: Case, pointer: str, security: Security, sale: LotSale) -> Iterator[Fault]:
    lot = case.lots[sale.lot]
    if not ZERO < sale.shares <= lot.quantity:
        yield Fault(f"{pointer}/shares", f"{sale.shares} of a lot that holds {lot.quantity}")
        return
    proceeds = cents(sale.shares * security.price * (ONE - security.half_spread))
    yield from differs(f"{pointer}/proceeds", "proceeds", sale.proceeds, proceeds)
    if not case.accounts[lot.account].is_taxed:
        for name in ("basis", "term", "gain"):
            yield from differs(f"{pointer}/{name}", name, getattr(sale, name), None)
        return
    basis = None
    if lot.basis is not None:
        whole = sale.shares == lot.quantity
        basis = cents(lot.basis) if whole else cents_down(lot.basis * sale.shares / lot.quantity)
        if lot.gift is not None:
            basis = proceeds  # Between the two bases of a gift there is neither gain nor loss.
        basis += (
            sale.added_basis
        )  # Its own amount, and the term it may bring along, are the wash-sale check's.
    since = lot.held_since
    yield from differs(f"{pointer}/basis", "basis", sale.basis, basis)
    gain = None if basis is None else proceeds - basis
    yield from differs(f"{pointer}/gain", "gain", sale.gain, gain)
    held = None if since is None else term(since, case.household.trade_on)
    if not sale.added_basis:
        yield from differs(f"{pointer}/term", "term", sale.term, held)


def lots_left(case: Case) -> Iterator[Fault]:
    """No lot is sold twice over; where the queue decides, the oldest shares leave first."""
    for at, order in enumerate(case.plan.orders):
        names = [sale.lot for sale in order.lots]
        if len(set(names)) < len(names):
            yield Fault(f"/orders/{at}/lots", "a lot stands twice")
        own = case.lots_of.get((order.account, order.security), [])
        in_queue = any(lot.method is not LotMethod.SPECIFIC for lot in own)
        if order.side is Side.SELL and (in_queue or not case.accounts[order.account].is_taxed):
            sold = {sale.lot: sale.shares for sale in order.lots}
            left = sum(sold.values(), ZERO)
            for lot in sorted(
                own, key=lambda lot: (lot.acquired.isoformat() if lot.acquired else "", lot.id)
            ):
                due = min(left, lot.quantity)
                left -= due
                if sold.get(lot.id, ZERO) != due:
                    yield Fault(f"/orders/{at}/lots", f"oldest first: {due} shares of lot {lot.id} are due")
                    break


def whole_shares(case: Case) -> Iterator[Fault]:
    """Orders are multiples of the increment, but for a whole position and for what an advisor asked."""
    for at, order in enumerate(case.plan.orders):
        security = case.securities[order.security]
        increment = security.increment_in(case.accounts[order.account])
        asked = {sale.lot for sale in order.lots if _is_asked_out(case, sale)}
        free = order.shares - sum((sale.shares for sale in order.lots if sale.lot in asked), ZERO)
        if order.side is Side.SELL and not case.accounts[order.account].is_taxed:
            free = order.shares - case.sold_by_edit((order.account, order.security))
        for edit in case.household.edits:
            if edit.account != order.account or edit.kind in {EditKind.NO_TRADE, EditKind.SELL_LOT}:
                continue
            if edit.security == order.security and (edit.kind is EditKind.BUY) == (order.side is Side.BUY):
                free -= edit.shares or ZERO
        is_whole = free % increment == 0
        closes = order.side is Side.SELL and order.shares == case.held.get((order.account, order.security))
        if not is_whole and not closes:
            yield Fault(f"/orders/{at}/shares", f"{order.shares} is no multiple of {increment}")


def _is_asked_out(case: Case, sale: LotSale) -> bool:
    """Whether an advisor asked for the lot, or for one behind it in a queue, so that it must leave first."""
    lot = case.lots[sale.lot]
    for edit in case.household.edits:
        asked = case.lots.get(edit.lot or "")
        if edit.kind is not EditKind.SELL_LOT or asked is None:
            continue
        if (asked.account, asked.security) != (lot.account, lot.security):
            continue
        in_front = (str(lot.acquired or ""), lot.id) < (str(asked.acquired or ""), asked.id)
        if lot.id == asked.id or (in_front and asked.method is not LotMethod.SPECIFIC):
            return True
    return False


def sizes(case: Case) -> Iterator[Fault]:
    """No order below the minimum trade, and no more orders than allowed."""
    rules = case.household.rules
    for at, order in enumerate(case.plan.orders):
        least = _least(case, order.account)
        if case.value(order) >= least or case.is_forced(order):
            continue
        account = case.accounts[order.account]
        closes = order.side is Side.SELL and order.shares == case.held.get((order.account, order.security))
        is_needed = order.side is Side.SELL and any(
            balance < account.minimum_cash
            for balance in (account.cash_settled, *case.untouched(order.account).values())
        )
        if not closes and not is_needed:
            yield Fault(f"/orders/{at}", f"is worth {case.value(order)}, below {least}")
    if rules.orders_max is not None and len(case.plan.orders) > rules.orders_max:
        forced = sum(case.is_forced(order) for order in case.plan.orders)
        if len(case.plan.orders) > max(rules.orders_max, forced):
            yield Fault("/orders", f"are {len(case.plan.orders)}, more than {rules.orders_max}")


def _least(case: Case, account: str) -> Decimal:
    """The smallest order of an account in dollars."""
    rules = case.household.rules
    shares = (n * case.securities[name].price for (owner, name), n in case.held.items() if owner == account)
    whole = case.accounts[account].cash_settled + sum(shares, ZERO)
    return max(rules.minimum_trade, whole * (rules.minimum_trade_weight or ZERO))


def restrictions(case: Case) -> Iterator[Fault]:
    """Nothing frozen, locked, restricted or left alone is traded; nothing is bought that may not be."""
    rules, mode = case.household.rules, case.household.objective.mode
    for at, order in enumerate(case.plan.orders):
        pointer = f"/orders/{at}"
        account, security = case.accounts[order.account], case.securities[order.security]
        if not account.tradable:
            yield Fault(pointer, f"account {account.id} is not traded")
        if security.status is SecurityStatus.FROZEN:
            yield Fault(pointer, f"{security.id} is frozen")
        listed = rules.do_not_buy if order.side is Side.BUY else rules.do_not_sell
        if _is_listed(listed, account, security):
            yield Fault(pointer, f"{security.id} is on a do-not-{order.side.value} list")
        for edit in case.household.edits:
            is_here = edit.account == account.id and edit.security in {None, security.id}
            if edit.kind is EditKind.NO_TRADE and is_here:
                yield Fault(pointer, "the advisor asked to leave it alone")
        if mode is Mode.CASH_ONLY and not case.household.objective.one_way:
            spare = account.cash_settled + sum((e[1] for e in case.events[account.id]), ZERO)
            if (spare >= account.minimum_cash) != (order.side is Side.BUY):
                yield Fault(pointer, "only cash may be used here")
        if order.side is Side.BUY:
            yield from _purchase(case, pointer, account, security, order)
        else:
            for part, sale in enumerate(order.lots):
                yield from _sale(case, f"{pointer}/lots/{part}", account, order, sale)


def one_way(case: Case) -> Iterator[Fault]:
    """Where cash goes one way: accounts short of it only sell, the others sell only of classes that give, and nothing that
    is sold or gives is bought."""
    objective = case.household.objective
    if objective.mode is not Mode.CASH_ONLY or not objective.one_way:
        return
    short = {
        name
        for name, account in case.accounts.items()
        if account.cash_settled + sum((e[1] for e in case.events[name]), ZERO) < account.minimum_cash
    }
    sold = {case.securities[order.security].group for order in case.plan.orders if order.side is Side.SELL}
    for at, order in enumerate(case.plan.orders):
        security = case.securities[order.security]
        most = max(part.weight for part in security.weights)
        is_giving = any(p.weight == most and p.asset_class in objective.gives for p in security.weights)
        if order.side is Side.SELL and order.account not in short and not is_giving:
            yield Fault(f"/orders/{at}", "only cash may be used here")
        if order.side is Side.BUY:
            if order.account in short or (short and not objective.gives):
                yield Fault(f"/orders/{at}", "nothing is bought while cash is raised")
            if is_giving or security.group in sold:
                yield Fault(f"/orders/{at}", f"{security.id} is sold or gives, and is bought")


def _is_listed(listed: tuple[Restriction, ...], account: Account, security: Security) -> bool:
    return any(r.security == security.id and r.account in {None, account.id} for r in listed)


def _purchase(
    case: Case, pointer: str, account: Account, security: Security, order: Order
) -> Iterator[Fault]:
    if security.status is not SecurityStatus.OPEN:
        yield Fault(pointer, f"{security.id} is not open to purchases")
    if account.may_buy is not None and security.id not in account.may_buy:
        yield Fault(pointer, f"{account.id} may not buy {security.id}")
    if any(legacy.security == security.id for legacy in case.household.rules.wind_down):
        yield Fault(pointer, f"{security.id} is being wound down")
    forced = case.is_forced(order)
    if case.household.objective.mode is Mode.RAISE_CASH and not forced:
        yield Fault(pointer, "nothing is bought while cash is raised")
    named: set[str] = set()
    for sleeve in case.household.policy.sleeves:
        for member in sleeve.members:
            if not member.treatments or account.tax_treatment in member.treatments:
                named |= {member.security, *case.securities[member.security].replacements}
    if security.id not in named and not forced:
        yield Fault(pointer, f"{security.id} is in no sleeve of this account")


def _sale(case: Case, pointer: str, account: Account, order: Order, sale: LotSale) -> Iterator[Fault]:
    lot, rules, on = case.lots[sale.lot], case.household.rules, case.household.trade_on
    if lot.lock_reason is not None and (lot.locked_until is None or on < lot.locked_until):
        yield Fault(pointer, f"lot {lot.id} is locked: {lot.lock_reason}")
    if not account.is_taxed or _is_asked_for(case, lot):
        return
    if lot.basis is None or lot.held_since is None or sale.gain is None:
        yield Fault(pointer, f"the basis of lot {lot.id} is not known")
        return
    per_share = _gain_per_share(case, lot)
    if per_share < 0 and not rules.harvest_losses:
        yield Fault(pointer, "losses are not harvested here")
    if per_share > 0 and term(lot.held_since, on) is Term.SHORT:
        too_early = rules.short_term_gains_from is None or on < rules.short_term_gains_from
        if not rules.short_term_gains_allowed and too_early:
            yield Fault(pointer, f"lot {lot.id} is sold at a short-term gain")
        if days_until_long_term(lot.held_since, on) <= rules.wait_for_long_term_days:
            yield Fault(pointer, f"lot {lot.id} is about to become long-term")


def _gain_per_share(case: Case, lot: Lot) -> Decimal:
    security = case.securities[lot.security]
    return security.price * (ONE - security.half_spread) - (lot.basis or ZERO) / lot.quantity


def _is_asked_for(case: Case, lot: Lot) -> bool:
    for edit in case.household.edits:
        if edit.kind is EditKind.SELL_LOT and edit.lot == lot.id:
            return True
        if edit.kind is EditKind.SELL and (edit.account, edit.security) == (lot.account, lot.security):
            return True
    return False
