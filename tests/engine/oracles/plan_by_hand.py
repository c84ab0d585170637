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

from rebalancing.engine.documents.household import Account, Household, Lot, LotMethod, Security
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import Order, Plan, Position, Side
from rebalancing.engine.documents.recent_trades import RecentTradeKind
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.tax import tables
from rebalancing.engine.tax.tables import FilingStatus
from tests.engine.oracles import slow_tax
from tests.engine.oracles.slow_tax import ZERO, cancel

CENT = Fraction(1, 100)
STEP = Fraction(1, 1_000_000)  # A hundredth of a basis point.
NO_SETTLEMENT = {date(2026, 11, 26), date(2026, 12, 25)}
DAYS = timedelta(days=30)
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


@dataclass(frozen=True)
class Year:
    federal: Fraction
    niit: Fraction
    state: Fraction
    carry_short: Fraction
    carry_long: Fraction


def year(unit: TaxUnit, short: Fraction, long: Fraction) -> Year:
    """The unit's year with these gains added, by walking along the income or by the flat rates."""
    net_short = Fraction(unit.realized_short) - Fraction(unit.carryforward_short) + short
    net_long = (
        Fraction(unit.realized_long)
        + Fraction(unit.expected_distributions)
        - Fraction(unit.carryforward_long)
    ) + long
    gain_short, loss_short = max(ZERO, net_short), max(ZERO, -net_short)
    gain_long, loss_long = max(ZERO, net_long), max(ZERO, -net_long)
    gain_short, loss_long = cancel(gain_short, loss_long)
    gain_long, loss_short = cancel(gain_long, loss_short)
    income = unit.income
    limit = Fraction(3000)
    if income is not None and income.filing_status is FilingStatus.MARRIED_SEPARATELY:
        limit = Fraction(1500)
    deducted = min(limit, loss_short + loss_long)
    state = Fraction(unit.state_rate) * (gain_short + gain_long - deducted)
    if income is None:
        assert unit.flat is not None
        federal = Fraction(unit.flat.short) * (gain_short - deducted) + Fraction(unit.flat.long) * gain_long
        rest, carry_short = cancel(deducted, loss_short)
        return Year(federal, ZERO, state, carry_short, loss_long - rest)
    table = tables.table(income.tax_year, income.filing_status)
    answer = slow_tax.tax(
        slow_tax.Figures(
            brackets=tuple(
                (Fraction(b.rate), None if b.up_to is None else Fraction(b.up_to)) for b in table.brackets
            ),
            zero_up_to=Fraction(table.zero_rate_up_to),
            fifteen_up_to=Fraction(table.fifteen_rate_up_to),
            deduction=Fraction(table.deduction if income.deduction is None else income.deduction),
            loss_limit=limit,
            niit_above=Fraction(table.niit_above),
            is_fiduciary=income.filing_status.is_fiduciary,
            minimum=slow_tax.minimum_of(table, income.deduction),
        ),
        slow_tax.Year(
            wages=Fraction(income.wages),
            interest=Fraction(income.taxable_interest),
            qualified_dividends=Fraction(income.qualified_dividends),
            short_term=net_short,
            long_term=net_long,
        ),
    )
    return Year(
        answer.income_tax + answer.minimum_tax, answer.niit, state, answer.carry_short, answer.carry_long
    )


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


def gains(case: Case) -> dict[str, tuple[Fraction, Fraction, int]]:
    """Short- and long-term gains of each tax unit that the plan recognizes, and from how many lots."""
    found: dict[str, tuple[Fraction, Fraction, int]] = {}
    for lot, outcome in by_law(case).items():
        account = case.accounts[case.lots[lot].account]
        if account.is_taxed and account.tax_unit is not None:
            short, long, count = found.get(account.tax_unit, (ZERO, ZERO, 0))
            found[account.tax_unit] = short + outcome.short, long + outcome.long, count + 1
    return found


def taxes(case: Case) -> Faults:
    """Every return with and without the plan, to the cent."""
    realized = gains(case)
    total = ZERO
    for row in case.plan.tax:
        (unit,) = [unit for unit in case.household.tax_units if unit.id == row.tax_unit]
        short, long, count = realized.get(unit.id, (ZERO, ZERO, 0))
        # Basis is shared out in whole cents, and what is washed once more.
        if max(abs(Fraction(row.short) - short), abs(Fraction(row.long) - long)) > 3 * CENT * count:
            yield f"{unit.id} realizes {row.short} and {row.long}; due {float(short)} and {float(long)}"
        before, after = year(unit, ZERO, ZERO), year(unit, Fraction(row.short), Fraction(row.long))
        due = [
            *((nearest_cent(before.federal), nearest_cent(after.federal))),
            *((nearest_cent(before.niit), nearest_cent(after.niit))),
            *((nearest_cent(before.state), nearest_cent(after.state))),
            *((nearest_cent(after.carry_short), nearest_cent(after.carry_long))),
        ]
        told = [
            *(row.federal_before, row.federal_after, row.niit_before, row.niit_after),
            *(row.state_before, row.state_after, row.carryforward_short_after, row.carryforward_long_after),
        ]
        change = due[1] - due[0] + due[3] - due[2] + due[5] - due[4]
        total += change
        if [Fraction(figure) for figure in told] != due or Fraction(row.change) != change:
            yield f"{unit.id}: {[str(t) for t in told]}, change {row.change}; due {[float(d) for d in due]}"
    if Fraction(case.plan.tax_change) != total:
        yield f"the tax changes by {case.plan.tax_change}, due {float(total)}"
    for order in case.plan.orders:
        for sale in order.lots:
            is_unknown = case.accounts[order.account].is_taxed and case.lots[sale.lot].basis is None
            is_told = any("basis is not known, so neither" in warning for warning in case.plan.warnings)
            if is_unknown and not (case.is_asked(order) and is_told):
                yield f"{sale.lot}, of unknown basis, is sold without an edit and a warning"
