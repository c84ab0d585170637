"""The two documents side by side, looked up once, and what the plan's orders alone say happens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.household import Account, Household, Lot, LotMethod, Security
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import Order, Plan, Side
from rebalancing.engine.documents.serializing import digest
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.market.settlement import settlement_date
from rebalancing.engine.money import ZERO, cents

SET_ASIDE = "cash set aside"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """``household`` with its rows in order and average basis where it is in force, and the plan that claims to answer it.

    ``known`` keeps what several checks ask for (see ``once``).
    """

    household: Household
    household_digest: str  # Of the document as it came.
    plan: Plan
    accounts: dict[str, Account]
    securities: dict[str, Security]
    lots: dict[str, Lot]
    lots_of: dict[tuple[str, str], list[Lot]]
    held: dict[tuple[str, str], Decimal]
    events: dict[str, list[tuple[date, Decimal, str]]]
    settles_on: dict[int, date]
    known: dict[object, Any] = field(default_factory=dict)

    @property
    def sells(self) -> list[Order]:
        return [order for order in self.plan.orders if order.side is Side.SELL]

    @property
    def buys(self) -> list[Order]:
        return [order for order in self.plan.orders if order.side is Side.BUY]

    def settles(self, security: str) -> date:
        return self.settles_on[self.securities[security].settles_in_days]

    def value(self, order: Order) -> Decimal:
        return order.shares * self.securities[order.security].price

    def sold_by_edit(self, position: tuple[str, str]) -> Decimal:
        """Shares of the position in the lots that an advisor asked to sell."""
        asked = ZERO
        for edit in self.household.edits:
            lot = self.lots.get(edit.lot or "")
            if edit.kind is EditKind.SELL_LOT and lot is not None and (lot.account, lot.security) == position:
                asked += lot.quantity if edit.shares is None else edit.shares
        return asked

    def is_forced(self, order: Order) -> bool:
        """Whether an advisor's edit names the order's position or one of its lots."""
        for edit in self.household.edits:
            if edit.kind is EditKind.NO_TRADE or edit.account != order.account:
                continue
            security = self.lots[edit.lot].security if edit.lot in self.lots else edit.security
            is_sale = edit.kind is not EditKind.BUY
            if security == order.security and is_sale == (order.side is Side.SELL):
                return True
        return False

    def untouched(self, account: str) -> dict[date, Decimal]:
        """The account's cash at the end of each day on which it moves, if nothing is traded."""
        balance, found = self.accounts[account].cash_settled, {}
        for on, amount, _ in sorted(self.events[account]):
            balance += amount
            found[on] = balance
        return found


def lay_side_by_side(household: Household, plan: Plan) -> Case:
    """The case of ``plan`` against ``household``."""
    household_digest = digest(household)
    household = _at_basis_of_gifts(_at_average_basis(household))
    lots_of: dict[tuple[str, str], list[Lot]] = defaultdict(list)
    for lot in household.lots:
        lots_of[lot.account, lot.security].append(lot)
    cycles = {security.settles_in_days for security in household.securities}
    events = {
        account.id: [
            *((c.on, c.amount, c.label or "unsettled trade") for c in account.cash_unsettled),
            *(
                (f.on, f.amount, f.label or ("contribution" if f.amount > 0 else "withdrawal"))
                for f in account.flows
            ),
        ]
        for account in household.accounts
    }
    if household.objective.mode is Mode.RAISE_CASH:
        # From which accounts is the plan's to say; that it is the amount asked for is checked.
        for step in plan.cash:
            if step.description == SET_ASIDE and step.account in events:
                events[step.account].append((step.on, step.amount, step.description))
    return Case(
        household=household,
        household_digest=household_digest,
        plan=plan,
        accounts={account.id: account for account in household.accounts},
        securities={security.id: security for security in household.securities},
        lots={lot.id: lot for lot in household.lots},
        lots_of=dict(lots_of),
        held={at: sum((lot.quantity for lot in lots), ZERO) for at, lots in lots_of.items()},
        events=events,
        settles_on={days: settlement_date(household.trade_on, days, new_york()) for days in cycles},
    )


def _at_average_basis(household: Household) -> Household:
    """One basis a share in each position under average basis (Treas. Reg. 1.1012-1(e)(7)).

    Cents go to the lots from the oldest on, so that the lots up to any one of them hold what is theirs together.
    """
    lots = list(household.lots)
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, lot in enumerate(lots):
        if lot.method is LotMethod.AVERAGE:
            places[lot.account, lot.security].append(at)
    for own in places.values():
        cost, shares, given, seen = ZERO, ZERO, ZERO, ZERO
        if any(lots[at].basis is None for at in own):
            continue
        for at in own:
            cost += lots[at].basis or ZERO
            shares += lots[at].quantity
        for at in sorted(own, key=lambda at: (str(lots[at].acquired or ""), lots[at].id)):
            seen += lots[at].quantity
            due = cents(cost * seen / shares if seen != shares else cost)
            lots[at], given = replace(lots[at], basis=due - given), due
    return replace(household, lots=tuple(lots))


Check = Callable[[Case], Iterable[Fault]]
Orders = tuple[Order, ...]


def once(work: Callable[[Case, Orders], T]) -> Callable[[Case, Orders], T]:
    """``work`` done once for the plan's orders and once for none: there are no others, and many checks ask."""

    @wraps(work)
    def found(case: Case, orders: Orders) -> T:
        key = work, bool(orders)
        if key not in case.known:
            case.known[key] = work(case, orders)
        answer: T = case.known[key]
        return answer

    return found


def differs(pointer: str, what: str, claimed: object, found: object) -> Iterator[Fault]:
    """A fault where the plan claims one thing and the documents give another."""
    if claimed != found:
        yield Fault(pointer, f"the plan says {what} {claimed}; the documents give {found}")


def _at_basis_of_gifts(household: Household) -> Household:
    """The basis of each gift at today's price (IRC 1015(a), 1223(2)); between its two bases its worth, ``gift`` kept."""
    securities = {security.id: security for security in household.securities}
    lots = []
    for lot in household.lots:
        gift = lot.gift
        if gift is None:
            lots.append(lot)
            continue
        security = securities[lot.security]
        worth = lot.quantity * security.price * (1 - security.half_spread)
        low = None if gift.value_at_gift is None else min(gift.value_at_gift, gift.donor_basis)
        if worth >= gift.donor_basis:
            since = gift.donor_acquired or lot.adjusted_acquired
            lots.append(replace(lot, basis=gift.donor_basis, adjusted_acquired=since, gift=None))
        elif low is None:
            lots.append(replace(lot, basis=None, gift=None))
        elif worth >= low:
            lots.append(replace(lot, basis=worth, adjusted_acquired=gift.given_on))
        else:
            # Below both, the value counts from the gift on; equal to the donor's basis it would still be the donor's.
            since = gift.given_on if low < gift.donor_basis else gift.donor_acquired or lot.adjusted_acquired
            lots.append(replace(lot, basis=low, adjusted_acquired=since, gift=None))
    return replace(household, lots=tuple(lots))
