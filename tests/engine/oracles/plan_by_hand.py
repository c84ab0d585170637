"""A plan gone through by hand: cash, shares, reserves, wash sales, weights and tax, from the two documents alone.

In Fractions, in the plainest way, and with nothing of the engine but its documents and the figures of its tax tables.
Each function yields a sentence for everything that is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from rebalancing.engine.documents.household import Account, Household, Lot, Security
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import Order, Plan, Position, Side
from tests.engine.oracles.slow_tax import ZERO

CENT = Fraction(1, 100)
STEP = Fraction(1, 1_000_000)  # A hundredth of a basis point.
NO_SETTLEMENT = {date(2026, 11, 26), date(2026, 12, 25)}

Faults = Iterator[str]


def nearest_cent(amount: Fraction) -> Fraction:
    """Halves away from zero."""
    sign = 1 if amount >= 0 else -1
    return sign * ((abs(amount) / CENT + Fraction(1, 2)) // 1) * CENT


def cent_down(amount: Fraction) -> Fraction:
    return (amount / CENT // 1) * CENT


def cent_up(amount: Fraction) -> Fraction:
    return -cent_down(-amount)


def settled(security: Security, traded: date) -> date:
    day = traded
    for _ in range(security.settles_in_days):
        day += timedelta(days=1)
        while day.weekday() >= 5 or day in NO_SETTLEMENT:
            day += timedelta(days=1)
    return day


def is_long_term(since: date, sold: date) -> bool:
    """More than one year: from the day after the purchase, the same day a year on has been reached."""
    first = since + timedelta(days=1)
    try:
        return sold >= first.replace(year=first.year + 1)
    except ValueError:
        return sold >= date(first.year + 1, 3, 1)


@dataclass(frozen=True)
class Case:
    household: Household
    plan: Plan

    @property
    def accounts(self) -> dict[str, Account]:
        return {account.id: account for account in self.household.accounts}

    @property
    def securities(self) -> dict[str, Security]:
        return {security.id: security for security in self.household.securities}

    @property
    def lots(self) -> dict[str, Lot]:
        return {lot.id: lot for lot in self.household.lots}

    def gross(self, security: str, shares: Decimal) -> Fraction:
        return Fraction(shares) * Fraction(self.securities[security].price)

    def net(self, security: str, shares: Decimal) -> Fraction:
        """What a sale brings."""
        half = Fraction(self.securities[security].half_spread)
        return nearest_cent(self.gross(security, shares) * (1 - half))

    def paid(self, security: str, shares: Decimal) -> Fraction:
        """What a purchase costs."""
        half = Fraction(self.securities[security].half_spread)
        return cent_up(self.gross(security, shares) * (1 + half))

    def events(self, account: Account) -> list[tuple[date, Fraction]]:
        due = [(c.on, Fraction(c.amount)) for c in (*account.cash_unsettled, *account.flows)]
        if self.household.objective.mode is Mode.RAISE_CASH:
            due += [
                (step.on, Fraction(step.amount))
                for step in self.plan.cash
                if step.account == account.id and step.description == "cash set aside"
            ]
        return due

    def held(self) -> dict[tuple[str, str], Fraction]:
        found: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for lot in self.household.lots:
            found[lot.account, lot.security] += Fraction(lot.quantity)
        return found

    def is_asked(self, order: Order) -> bool:
        """Whether an advisor's edit asks for the order."""
        lots = self.lots
        return any(
            edit.kind is not EditKind.NO_TRADE
            and edit.account == order.account
            and (lots[edit.lot].security if edit.lot else edit.security) == order.security
            for edit in self.household.edits
        )


def moved(case: Case, order: Order) -> Fraction:
    """What the order does to its account's cash, worked out from its shares."""
    if order.side is Side.BUY:
        return -case.paid(order.security, order.shares)
    return sum((case.net(order.security, sale.shares) for sale in order.lots), ZERO)


def cash(case: Case) -> Faults:
    """Each account's cash changes by its sales less its purchases less their costs."""
    rows = {row.account: row for row in case.plan.after.accounts}
    aside = -sum(Fraction(s.amount) for s in case.plan.cash if s.description == "cash set aside")
    asked = case.household.objective.raise_amount or ZERO
    if case.household.objective.mode is Mode.RAISE_CASH and aside != asked:
        yield f"{aside} is set aside, and {asked} was asked for"
    for account in case.household.accounts:
        own = [order for order in case.plan.orders if order.account == account.id]
        end = Fraction(account.cash_settled) + sum((amount for _, amount in case.events(account)), ZERO)
        for order in own:
            change, half = moved(case, order), Fraction(case.securities[order.security].half_spread)
            end += change
            gross = case.gross(order.security, order.shares)
            if Fraction(order.cost) != nearest_cent(gross * half):
                yield f"{order.id} costs {order.cost}"
            if Fraction(order.amount) != abs(change):
                yield f"{order.id} says {order.amount} and moves {change}"
            sign = -1 if order.side is Side.BUY else 1
            if abs(gross - sign * Fraction(order.cost) - abs(change)) > CENT * (len(order.lots) + 2):
                yield f"{order.id} loses cents"
        if Fraction(rows[account.id].cash) != end:
            yield f"{account.id} ends with {rows[account.id].cash}, not with {float(end)}"
        last = [step for step in case.plan.cash if step.account == account.id][-1]
        if Fraction(last.balance) != end:
            yield f"{account.id}'s ladder ends with {last.balance}, not with {float(end)}"


def shares(case: Case) -> Faults:
    """No lot gives more than it holds, lots add up to orders, and holdings to what was there and what was traded."""
    held, lots = case.held(), case.lots
    sold: dict[str, Fraction] = defaultdict(Fraction)
    for order in case.plan.orders:
        for sale in order.lots:
            sold[sale.lot] += Fraction(sale.shares)
            if (lots[sale.lot].account, lots[sale.lot].security) != (order.account, order.security):
                yield f"{order.id} sells {sale.lot} of another position"
        if order.side is Side.SELL and sum(s.shares for s in order.lots) != order.shares:
            yield f"{order.id}: its lots do not add up to {order.shares}"
        sign = 1 if order.side is Side.BUY else -1
        held[order.account, order.security] += sign * Fraction(order.shares)
    for lot, count in sold.items():
        if not 0 < count <= Fraction(lots[lot].quantity):
            yield f"{count} of lot {lot}, which holds {lots[lot].quantity}"
    prices = {security.id: Fraction(security.price) for security in case.household.securities}
    for row in case.plan.after.accounts:
        worth = sum((n * prices[at[1]] for at, n in held.items() if at[0] == row.account), ZERO)
        if Fraction(row.holdings) != nearest_cent(worth):
            yield f"{row.account} holds {row.holdings} after, not {float(worth)}"
    if any(count < 0 for count in held.values()):
        yield "something is sold short"


def increments(case: Case) -> Faults:
    """Orders are above zero and whole multiples of what may be traded, but for whole positions and edits."""
    held = case.held()
    for order in case.plan.orders:
        security, account = case.securities[order.security], case.accounts[order.account]
        fine = security.fractional_increment if account.fractional_shares else None
        step = Fraction(fine or security.increment)
        closes = order.side is Side.SELL and Fraction(order.shares) == held[order.account, order.security]
        if order.shares <= 0:
            yield f"{order.id} is of {order.shares} shares"
        if (Fraction(order.shares) / step).denominator != 1 and not closes and not case.is_asked(order):
            yield f"{order.id}: {order.shares} is no multiple of {step}"
    traded = [(order.account, order.security) for order in case.plan.orders]
    if len(set(traded)) < len(traded):
        yield "a position is both bought and sold"


def reserves(case: Case) -> Faults:
    """After every step, in the order in which things settle, the reserve is there, or what would be without us.

    On each day: what comes in, sales, what goes out, purchases.
    """
    for account in case.household.accounts:
        known = [(on, 0 if amount > 0 else 2, amount) for on, amount in case.events(account)]
        ours = [
            (
                settled(case.securities[order.security], case.household.trade_on),
                1 if order.side is Side.SELL else 3,
                moved(case, order),
            )
            for order in case.plan.orders
            if order.account == account.id
        ]
        balance = untouched = Fraction(account.cash_settled)
        for on, rank, amount in sorted(known + ours):
            balance += amount
            untouched += amount if rank in {0, 2} else 0
            # What comes in that day may be counted on for what goes out that day.
            if balance < min(Fraction(account.minimum_cash), untouched):
                yield f"{account.id} has {float(balance)} on {on}, without us {float(untouched)}"


def weights(case: Case) -> Faults:
    """The classes' weights before and after, and that of cash without a class, sum to ten thousand basis points."""
    for when, position in (("before", case.plan.before), ("after", case.plan.after)):
        yield from _weights(case, when, position)


def _weights(case: Case, when: str, position: Position) -> Faults:
    by_scope: dict[str | None, Fraction] = defaultdict(Fraction)
    values: dict[str | None, Fraction] = defaultdict(Fraction)
    for row in position.classes:
        by_scope[row.account] += Fraction(row.weight)
        values[row.account] += Fraction(row.value)
    for scope, told in by_scope.items():
        members = [a.id for a in case.household.accounts if scope in {None, a.id}]
        minimum = sum(Fraction(case.accounts[name].minimum_cash) for name in members)
        rows = [row for row in position.accounts if row.account in members]
        whole = sum((Fraction(row.total) for row in rows), ZERO) - minimum
        free = sum((Fraction(row.cash) for row in rows), ZERO) - minimum
        if whole <= 0:
            continue
        outside = ZERO if case.household.policy.cash_class else free
        cents = CENT * (len(position.classes) + len(rows) + 1) / whole
        if outside == 0 and told != 1:
            yield f"weights {when} of {scope} sum to {float(told * 10_000)} basis points"
        if abs(told + outside / whole - 1) > STEP + cents:
            yield f"weights {when} of {scope} and free cash sum to {float((told + outside / whole) * 10_000)}"
        for row in position.classes:
            if (
                row.account == scope
                and abs(Fraction(row.weight) - Fraction(row.value) / whole) > STEP + cents
            ):
                yield f"{row.asset_class} weighs {row.weight} {when}, and is {row.value} of {float(whole)}"
