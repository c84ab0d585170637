"""Three other ways of rebalancing a household, written as well as their authors would: what the engine is compared with.

All sell and buy whole shares, keep each account's cash, use the same restrictions and the same prices. They differ in
what they look at: the household heuristic sees all accounts and the usual order of sources; the other two take
each account by itself. Their taxes, wash sales included, are computed by the same law as the engine's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

from rebalancing.engine.evaluation import household_wash_sales
from rebalancing.engine.evaluation.one_way import main_class
from rebalancing.engine.evaluation.order_lines import Trades
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.evaluation.tradables import BuyUnit, Opportunities, SellUnit
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.tax.holding_periods import Term

RATES = {Term.SHORT: Decimal("0.37"), Term.LONG: Decimal("0.238")}
Way = Callable[[Situation, Opportunities], Trades]


class Desk:
    """Shares sold and bought so far, cash by account, value by class."""

    def __init__(self, situation: Situation, able: Opportunities) -> None:
        self.situation = situation
        # What the household has just bought is not sold at a loss: the usual block, without which they would do worse.
        replacing = household_wash_sales.replacements(situation)
        self.sells = tuple(
            unit
            for unit in able.open_sells()
            if not unit.may_lose
            or all(
                unit.lot is not None and made.id == unit.lot.id
                for made in replacing.get(situation.securities[unit.security].group, ())
            )
        )
        self.buys = able.open_buys()
        self.sold: dict[tuple[str, str, str], Decimal] = {}
        self.bought: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        self.cash = {
            a.id: situation.cash_at_end(a.id) - a.minimum_cash
            for a in situation.household.accounts
            if a.tradable
        }
        self.cash_class = situation.household.policy.cash_class or ""

    def price(self, security: str) -> Decimal:
        return self.situation.securities[security].price

    def step(self, account: str, security: str) -> Decimal:
        return self.situation.securities[security].increment_in(self.situation.accounts[account])

    def sell(self, unit: SellUnit, dollars: Decimal) -> Decimal:
        """Sell up to ``dollars`` of the unit in increments; the dollars sold."""
        price, step = self.price(unit.security), self.step(unit.account, unit.security)
        whole = sum(
            (lot.quantity for lot in self.situation.lots_by_position[unit.account, unit.security]), ZERO
        )
        done = sum((n for key, n in self.sold.items() if key[:2] == unit.position), ZERO)
        shares = min(unit.quantity, (dollars / price / step).to_integral_value(rounding=ROUND_DOWN) * step)
        if done + shares != whole:
            # The order as a whole must be in increments.
            shares -= (done + shares) % step
        if shares <= 0:
            return ZERO
        self.sold[unit.key] = self.sold.get(unit.key, ZERO) + shares
        half = self.situation.securities[unit.security].half_spread
        self.cash[unit.account] += shares * price * (ONE - half) - Decimal("0.02")
        return shares * price

    def buy(self, unit: BuyUnit, dollars: Decimal) -> Decimal:
        """Buy up to ``dollars`` in increments, as far as the account's cash goes; the dollars bought."""
        price, step = self.price(unit.security), self.step(unit.account, unit.security)
        half = self.situation.securities[unit.security].half_spread
        able = min(dollars, (self.cash[unit.account] - Decimal("0.02")) / (ONE + half))
        shares = (able / price / step).to_integral_value(rounding=ROUND_DOWN) * step
        if shares <= 0 or shares * price < self.situation.household.rules.minimum_trade:
            return ZERO
        self.bought[unit.position] += shares
        self.cash[unit.account] -= shares * price * (ONE + half) + Decimal("0.02")
        return shares * price

    def trades(self) -> Trades:
        both = {key[:2] for key in self.sold} & set(self.bought)
        bought = {position: n for position, n in self.bought.items() if n > 0 and position not in both}
        return Trades({key: n for key, n in self.sold.items() if n > 0}, bought)


def tax_per_dollar(unit: SellUnit, price: Decimal) -> Decimal:
    if unit.gain_per_share is None or unit.term is None:
        return ZERO
    return unit.gain_per_share / price * RATES[unit.term]


def household_heuristic(situation: Situation, able: Opportunities) -> Trades:
    """Classes over target are sold from where it costs least: sheltered accounts, losses, then gains by tax per
    dollar; every account then buys what the household lacks, by its location ranking. It knows its own wash sales."""
    desk = Desk(situation, able)
    scope = situation.scopes[0]
    over = {z.policy.id: scope.values[z.policy.id] - z.policy.target * scope.investable for z in scope.zones}
    lacking = {name: -amount for name, amount in over.items() if amount < 0 and name != desk.cash_class}
    over.pop(desk.cash_class, None)
    harvested: set[str] = set()

    def place(unit: SellUnit) -> tuple[object, ...]:
        is_taxed = unit.gain_per_share is not None
        cost = tax_per_dollar(unit, desk.price(unit.security))
        return (is_taxed and cost > 0, cost if is_taxed else ZERO, unit.key)

    for unit in sorted(desk.sells, key=place):
        security = situation.securities[unit.security]
        name = main_class(security)
        if over.get(name, ZERO) > 0:
            done = desk.sell(unit, over[name])
            for part in security.weights:
                if part.asset_class in over:
                    over[part.asset_class] -= done * part.weight
            if done and unit.may_lose:
                harvested.add(security.group)
    ranked = sorted(desk.buys, key=lambda u: (u.location_bps, u.rank, u.account, u.security))
    for unit in ranked:
        security = situation.securities[unit.security]
        name = main_class(security)
        keep = ZERO
        if lacking.get(name, ZERO) > 0 and security.group not in harvested and len(security.weights) == 1:
            done = desk.buy(unit, min(lacking[name], desk.cash[unit.account] - keep))
            lacking[name] -= done
    return desk.trades()


def account_by_account(order: Callable[[Desk, SellUnit], object]) -> Way:
    """Each account brought to the policy's weights by itself; lots in the given order, wash sales within it avoided."""

    def rebalance(situation: Situation, able: Opportunities) -> Trades:
        desk = Desk(situation, able)
        for account in situation.household.accounts:
            if account.tradable:
                _one_account(desk, account.id, order)
        return desk.trades()

    return rebalance


def _one_account(desk: Desk, account: str, order: Callable[[Desk, SellUnit], object]) -> None:
    situation = desk.situation
    values: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for (owner, security_id), lots in situation.lots_by_position.items():
        if owner == account:
            security = situation.securities[security_id]
            for part in security.weights:
                values[part.asset_class] += (
                    sum((lot.quantity for lot in lots), ZERO) * security.price * part.weight
                )
    total = sum(values.values(), ZERO) + desk.cash[account]
    targets = {row.id: row.target for row in situation.household.policy.classes}
    over = {name: values[name] - targets[name] * total for name in targets if name != desk.cash_class}
    harvested: set[str] = set()
    own = [unit for unit in desk.sells if unit.account == account]
    for unit in sorted(own, key=lambda unit: order(desk, unit)):
        security = situation.securities[unit.security]
        name = main_class(security)
        if over.get(name, ZERO) > 0:
            done = desk.sell(unit, over[name])
            for part in security.weights:
                if part.asset_class in over:
                    over[part.asset_class] -= done * part.weight
            if done and unit.may_lose:
                harvested.add(security.group)
    for unit in sorted((u for u in desk.buys if u.account == account), key=lambda u: (u.rank, u.security)):
        security = situation.securities[unit.security]
        name = main_class(security)
        lacking = -over.get(name, ZERO)
        if lacking > 0 and security.group not in harvested and len(security.weights) == 1:
            over[name] += desk.buy(unit, lacking)


def least_tax(desk: Desk, unit: SellUnit) -> object:
    return tax_per_dollar(unit, desk.price(unit.security)), unit.key


def oldest_first(desk: Desk, unit: SellUnit) -> object:
    return queue_key(unit.lot) if unit.lot is not None else ("", unit.security)


WAYS: dict[str, Way] = {
    "household heuristic": household_heuristic,
    "account by account, least tax": account_by_account(least_tax),
    "account by account, oldest lots first": account_by_account(oldest_first),
}
