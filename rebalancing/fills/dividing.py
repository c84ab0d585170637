"""What each order of a block gets of what was filled. Pure.

Pro rata to the statement that was stored before anything was sent, at one average price, costs and cents shared so that
nothing is lost or made (SMC Capital no-action letter, SEC, 5 September 1995; FACTS 5.7). More than was ordered belongs to
nobody in the block: it stays apart, for the firm's error account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from rebalancing.engine.market import allocations
from rebalancing.engine.money import ONE, ZERO

EXCESS = "excess"
PLACES_MAX = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One order's part: shares, and dollars that are paid or received for them before `cost`."""

    shares: Decimal
    amount: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Divided:
    """A block divided over its orders by their references; `excess` is what was filled beyond the statement.

    `deviates`: not pro rata, so a reason has to be written down.
    """

    parts: Mapping[str, Part]
    excess: Part
    deviates: bool


def divide(
    statement: Mapping[str, Decimal],
    filled: Decimal,
    amount: Decimal,
    *,
    cost: Decimal = ZERO,
    minimum: Decimal = ZERO,
) -> Divided:
    """Divide `filled` shares that were traded for `amount` dollars and cents over the orders of a statement.

    With a `minimum`, who would get less than that many shares gets none: a departure that needs a written reason.
    """
    ordered = sum(statement.values(), ZERO)
    shared = min(filled, ordered)
    allocated = allocations.allocate(
        statement, shared, increment=increment(*statement.values(), filled), minimum=minimum
    )
    shares = dict(allocated.shares_by_account)
    with_excess = {**shares, EXCESS: filled - shared}
    if filled > ZERO:
        amounts = allocations.share_costs(amount, with_excess)
        costs = allocations.share_costs(cost, with_excess)
    else:
        amounts = costs = dict.fromkeys(with_excess, ZERO)
    return Divided(
        parts={name: Part(shares[name], amounts[name], costs[name]) for name in statement},
        excess=Part(filled - shared, amounts[EXCESS], costs[EXCESS]),
        deviates=allocated.needs_written_reason,
    )


def increment(*quantities: Decimal) -> Decimal:
    """The smallest part of a share that is divided: whole shares where all are whole, else as fine as they are."""
    finest = ONE
    with localcontext(prec=60):
        for quantity in quantities:
            exponent = quantity.normalize().as_tuple().exponent
            assert isinstance(exponent, int), "shares are finite"
            finest = min(finest, ONE.scaleb(max(exponent, -PLACES_MAX)))
    return finest
