"""How the paper broker behaves with an order: when it says what, and what goes wrong on request. Pure.

The same seed, order and price give the same story, so that what was seen once is seen again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

PARTS_MAX = 4
LATE_SECONDS = 90.0
ZERO = Decimal(0)


class Say(StrEnum):
    """What the broker says, in the order of a quiet day; then what goes wrong."""

    ACKNOWLEDGE = "acknowledge"
    FILL = "fill"
    DONE = "done for day"
    REJECT = "reject"
    CANCEL = "cancel"
    CORRECT = "correct"
    BUST = "bust"
    REPEAT = "repeat"


class Trouble(StrEnum):
    """What may go wrong with an order."""

    REJECT = "reject"
    CANCEL = "cancel after a part"
    CORRECT = "correction"
    BUST = "bust, then filled again"
    LATE = "late"
    DUPLICATE = "duplicate"
    SILENCE = "silence"
    DONE = "done for the day after a part"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is said, `after` seconds from the one before. `of` is the number of the fill it is about."""

    say: Say
    after: float
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    of: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the paper broker has it."""

    reference: str
    side: str  # FIX's: 1 buys, 2 sells.
    quantity: Decimal
    limit: Decimal | None = None


def price_for(order: Order, close: Decimal, half_spread: Decimal | None) -> Decimal:
    """A buyer pays the close and half the spread, a seller gets it less; to the cent, below a dollar finer."""
    away = close * (half_spread or ZERO)
    price = close + away if order.side == "1" else close - away
    return price.quantize(Decimal("0.01") if price >= 1 else Decimal("0.0001"), ROUND_HALF_UP)


def rests(order: Order, price: Decimal) -> bool:
    """Whether its limit keeps an order from trading at this price."""
    if order.limit is None:
        return False
    return price > order.limit if order.side == "1" else price < order.limit


def trouble_for(order: Order, seed: int | None) -> Trouble | None:
    """What goes wrong with an order: nothing without a seed, and with one about every other order."""
    if seed is None:
        return None
    chance = random.Random(f"{seed}:{order.reference}")  # noqa: S311
    return chance.choice(list(Trouble)) if chance.random() < 0.6 else None


def story(order: Order, price: Decimal | None, trouble: Trouble | None = None) -> tuple[Step, ...]:
    """Everything the broker says about a new order. `price` is None where it knows none: it refuses the order."""
    if trouble is Trouble.SILENCE:
        return ()
    if price is None:
        return (Step(Say.REJECT, 0.3, text="Unknown symbol"),)
    if trouble is Trouble.REJECT:
        return (Step(Say.REJECT, 0.5, text="Exceeds the limit of the account"),)
    steps = [Step(Say.ACKNOWLEDGE, 0.3)]
    if not rests(order, price):
        steps += _fills(order, price, trouble)
    return tuple(steps)


def fills(order: Order, remaining: Decimal, price: Decimal, first: int = 1) -> tuple[Step, ...]:
    """What is left of an order, filled in parts; the parts are numbered from `first`."""
    chance = random.Random(f"{order.reference}:{remaining}")  # noqa: S311
    return tuple(
        Step(Say.FILL, round(chance.uniform(0.7, 2.5), 2), part, price, of=first + place)
        for place, part in enumerate(_parts(remaining, chance))
    )


def _fills(order: Order, price: Decimal, trouble: Trouble | None) -> Iterator[Step]:
    found = fills(order, order.quantity, price)
    first, rest = found[0], found[1:]
    if trouble in (Trouble.CANCEL, Trouble.DONE):
        if rest:
            yield first
        ended = Say.CANCEL if trouble is Trouble.CANCEL else Say.DONE
        yield Step(ended, 1.5, text="Canceled by the broker" if ended is Say.CANCEL else "")
        return
    if trouble is Trouble.LATE:
        first = Step(Say.FILL, LATE_SECONDS, first.quantity, first.price, first.of)
    yield first
    if trouble is Trouble.DUPLICATE:
        yield Step(Say.REPEAT, 0.5, of=1)
    yield from rest
    if trouble is Trouble.CORRECT:
        better = first.price + (Decimal("-0.01") if order.side == "1" else Decimal("0.01"))
        yield Step(Say.CORRECT, 2.0, first.quantity, better, of=1)
    if trouble is Trouble.BUST:
        yield Step(Say.BUST, 2.0, first.quantity, first.price, of=1)
        yield Step(Say.FILL, 2.0, first.quantity, first.price, of=len(found) + 1)


def _parts(quantity: Decimal, chance: random.Random) -> list[Decimal]:
    """Whole shares, the last part with what is left of one."""
    whole = int(quantity)
    count = min(chance.randint(1, PARTS_MAX), max(whole // 10, 1))
    cuts = sorted(chance.sample(range(1, whole), count - 1)) if count > 1 else []
    edges = [0, *cuts]
    found = [Decimal(later - earlier) for earlier, later in zip(edges, [*cuts], strict=False)]
    return [*found, quantity - sum(found, ZERO)]
