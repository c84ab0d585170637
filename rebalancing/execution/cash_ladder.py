"""The cash of one account day by day, and which purchases it pays for. Pure: dollars, shares and days.

A purchase is paid for when the balance stays at zero or above on its settlement day and on every later one, with all
other purchases counted. What cannot be paid for is made smaller in proportion, so that the account ends as close to what
was approved as its money allows, and the smallest are dropped where too little of them is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from rebalancing.engine.market import order_slicing
from rebalancing.engine.market.order_slicing import Side
from rebalancing.engine.money import ONE, ZERO, cents_up, shares_down


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """Money that comes in on a day, or goes out where it is negative."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Cash:
    """What an account has settled, and what is known to come and go."""

    settled: Decimal
    moves: tuple[Move, ...] = ()

    def with_moves(self, moves: Iterable[Move]) -> Cash:
        return Cash(self.settled, (*self.moves, *moves))

    def settled_by(self, on: date) -> Cash:
        """Only what has settled by a day counts; what goes out later still does."""
        return Cash(self.settled, tuple(one for one in self.moves if one.on <= on or one.amount < ZERO))

    def room(self, on: date) -> Decimal:
        """What purchases that settle on a day may cost: the least balance of that day and of any later one."""
        balance = self.settled + sum((one.amount for one in self.moves if one.on <= on), ZERO)
        least = balance
        later = [one for one in self.moves if one.on > on]
        for day in sorted({one.on for one in later}):
            balance += sum((one.amount for one in later if one.on == day), ZERO)
            least = min(least, balance)
        return max(least, ZERO)


@dataclass(frozen=True, slots=True)
class Wish:
    """A purchase: `price` is the most that a share can cost, `increment` the smallest part of a share that is bought.

    `least` is the smallest order in dollars; a purchase that has to become smaller than that is not made.
    """

    key: str
    quantity: Decimal
    price: Decimal
    settles_on: date
    increment: Decimal = ONE
    least: Decimal = ZERO

    def cost(self, quantity: Decimal) -> Decimal:
        return cents_up(quantity * self.price)


def fits(cash: Cash, wishes: Sequence[Wish], quantities: Mapping[str, Decimal]) -> bool:
    """Whether these quantities are paid for on every settlement day."""
    return all(
        sum((one.cost(quantities[one.key]) for one in wishes if one.settles_on <= day), ZERO)
        <= cash.room(day)
        for day in {one.settles_on for one in wishes if quantities[one.key]}
    )


def paid_for(cash: Cash, wishes: Sequence[Wish]) -> list[Wish]:
    """The purchases that are paid for as they are: each in its turn, with those before it."""
    found: list[Wish] = []
    for one in wishes:
        if fits(cash, (*found, one), {each.key: each.quantity for each in (*found, one)}):
            found.append(one)
    return found


def scaled(cash: Cash, wishes: Sequence[Wish]) -> dict[str, Decimal]:
    """How much of each purchase is paid for: all of it, or all in one proportion, rounded down to what can be bought.

    What the rounding leaves goes to the largest remainders as far as it pays for one more part. Zero: not bought.
    """
    quantities = {one.key: one.quantity for one in wishes}
    if fits(cash, wishes, quantities):
        return quantities
    left = list(wishes)
    while left:
        found = _in_proportion(cash, left)
        small = [
            one for one in left if found[one.key] < one.quantity and one.cost(found[one.key]) < one.least
        ]
        small = small or [one for one in left if not found[one.key]]
        if not small:
            break
        # The smallest goes first: what it would have cost may keep the next one above the least.
        gone = min(small, key=lambda one: (one.cost(found[one.key]), one.key))
        left.remove(gone)
    kept = _in_proportion(cash, left) if left else {}
    return {one.key: kept.get(one.key, ZERO) for one in wishes}


def _in_proportion(cash: Cash, wishes: Sequence[Wish]) -> dict[str, Decimal]:
    with localcontext(prec=60):
        share = ONE
        for day in {one.settles_on for one in wishes}:
            cost = sum((one.cost(one.quantity) for one in wishes if one.settles_on <= day), ZERO)
            if cost > ZERO:
                share = min(share, cash.room(day) / cost)
        wanted = {one.key: one.quantity * share for one in wishes}
        found = {
            one.key: one.quantity
            if share == ONE
            # An amount of dollars buys whole parts of a share, rounded down.
            else min(
                one.quantity,
                order_slicing.quantity(
                    Side.BUY, wanted[one.key] * one.price, one.price, increment=one.increment
                ).shares,
            )
            for one in wishes
        }
        for one in sorted(wishes, key=lambda each: (found[each.key] - wanted[each.key], each.key)):
            more = min(found[one.key] + one.increment, one.quantity)
            if more > found[one.key] and fits(cash, wishes, {**found, one.key: more}):
                found[one.key] = more
    # Cents are rounded up for each order: where that is too much, the largest give a part back.
    while not fits(cash, wishes, found):
        most = max(
            (one for one in wishes if found[one.key]), key=lambda one: (one.cost(found[one.key]), one.key)
        )
        found[most.key] = max(ZERO, shares_down(found[most.key] - most.increment, most.increment))
    return found
