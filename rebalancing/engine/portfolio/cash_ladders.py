"""Cash of one account, day by day as trades settle, and what may be bought against it.

Each account has its own ladder and no dollar moves between accounts. Amounts are dollars, signed: money in
is positive. A day's money in and out settle together; what counts is the balance at the end of each day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import DatedAmount
from rebalancing.engine.market.allocations import apportion
from rebalancing.engine.market.calendars import MarketCalendar
from rebalancing.engine.market.settlement import settlement_date
from rebalancing.engine.money import CENT, ONE, ZERO, cents_down

BUFFER_MARKET = Decimal("0.01")
BUFFER_FUND = Decimal("0.02")
"""What is held back of a sale that has not filled yet: its price may move before it does."""


class LadderError(ValueError):
    """Movements that do not fit on a ladder."""


@dataclass(frozen=True, slots=True)
class Step:
    """One settlement day: what came in, what went out (both zero or more), and the balance after."""

    on: date
    money_in: Decimal
    money_out: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Ladder:
    """Settled cash at the start and after each settlement day that moves it, in order of day."""

    as_of: date
    opening: Decimal
    steps: tuple[Step, ...]

    @property
    def closing(self) -> Decimal:
        return self.steps[-1].balance if self.steps else self.opening

    @property
    def lowest(self) -> Decimal:
        """The lowest balance from the start on."""
        return min([self.opening, *(step.balance for step in self.steps)])

    def balance_on(self, on: date) -> Decimal:
        """Settled cash at the end of that day; the opening balance before the first step."""
        return next((step.balance for step in reversed(self.steps) if step.on <= on), self.opening)

    def first_below(self, minimum: Decimal = ZERO) -> Step | None:
        """The first step whose balance is below the minimum, None when it always holds."""
        return next((step for step in self.steps if step.balance < minimum), None)

    def free_from(self, on: date) -> Decimal:
        """Most that can leave on that day without any later balance going below zero, never negative."""
        later = [step.balance for step in self.steps if step.on >= on]
        return max(ZERO, min([self.balance_on(on), *later]))


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale that may fund a purchase. ``amount`` is net proceeds in dollars, estimated until filled."""

    amount: Decimal
    settles_on: date
    is_filled: bool = False
    is_fund: bool = False

    @property
    def amount_to_count_on(self) -> Decimal:
        """Proceeds less the price buffer while the sale is unfilled, to the cent below."""
        if self.is_filled:
            return self.amount
        return cents_down(self.amount * (ONE - (BUFFER_FUND if self.is_fund else BUFFER_MARKET)))


def ladder(opening: Decimal, movements: Iterable[DatedAmount], *, as_of: date) -> Ladder:
    """The ladder from settled cash ``opening`` through all movements, dated by settlement.

    Raises `LadderError` for a movement before ``as_of``: it is either in the opening balance or lost.
    """
    by_day: dict[date, list[Decimal]] = {}
    for movement in movements:
        if movement.on < as_of:
            raise LadderError(
                f"{movement.label or 'A movement'} of {movement.amount} settles on {movement.on}, before the "
                f"ladder starts on {as_of}; it belongs in the opening balance."
            )
        by_day.setdefault(movement.on, []).append(movement.amount)
    balance = opening
    steps = []
    for on in sorted(by_day):
        money_in = sum((amount for amount in by_day[on] if amount > ZERO), ZERO)
        money_out = -sum((amount for amount in by_day[on] if amount < ZERO), ZERO)
        balance += money_in - money_out
        steps.append(Step(on=on, money_in=money_in, money_out=money_out, balance=balance))
    return Ladder(as_of=as_of, opening=opening, steps=tuple(steps))


def spendable(
    cash_settled: Decimal,
    sales: Iterable[Sale],
    *,
    settles_on: date,
    minimum: Decimal = ZERO,
    open_buys: Decimal = ZERO,
) -> Decimal:
    """Most that may be spent on purchases settling that day, never negative.

    Settled cash above the minimum, and proceeds of sales that settle no later than the purchase (less the
    buffer while unfilled), minus purchases already open.
    """
    proceeds = sum((sale.amount_to_count_on for sale in sales if sale.settles_on <= settles_on), ZERO)
    return max(ZERO, cash_settled - minimum + proceeds - open_buys)


def scaled(buys: Mapping[str, Decimal], available: Decimal) -> dict[str, Decimal]:
    """The purchases cut back pro rata to what is available, to the cent; unchanged when it is enough.

    For sales that failed or filled in part: the purchases they were to fund shrink, no debit is left.
    """
    if sum(buys.values(), ZERO) <= available:
        return dict(buys)
    return apportion(cents_down(max(ZERO, available)), buys, step=CENT)


def earliest_buy(from_on: date, *, buy_days: int, funds_settle_on: date, calendar: MarketCalendar) -> date:
    """First session from ``from_on`` on which a purchase settles no earlier than the money that pays it.

    A fund sale settling in two days cannot pay for today's purchase of an exchange-traded fund: buy a day
    later.
    """
    on = calendar.session_on_or_after(from_on)
    while settlement_date(on, buy_days, calendar) < funds_settle_on:
        on = calendar.session_after(on)
    return on
