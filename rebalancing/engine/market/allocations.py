"""Dividing something fairly: block fills over accounts, costs over fills, cents over claims.

The rule for partial fills follows the SMC Capital no-action letter (SEC, 5 September 1995): pro rata to
the allocation statement written before the order, everyone at the average price, costs shared pro rata,
and a written reason for any departure. What cannot be divided evenly goes to the largest remainders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from rebalancing.engine.money import CENT, ONE, ZERO


class AllocationError(ValueError):
    """Something that cannot be divided as asked."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Part of a block that was executed: shares and dollars per share."""

    shares: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class BlockPrice:
    """What a block was executed at. ``average`` is dollars per share, rounded; ``total`` is exact."""

    shares: Decimal
    total: Decimal
    average: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """Shares of a fill for each account of the statement, and whether that follows the statement.

    A departure from pro rata needs a written reason, approved by compliance by the next day.
    """

    shares_by_account: Mapping[str, Decimal]
    deviates_from_statement: bool

    @property
    def needs_written_reason(self) -> bool:
        return self.deviates_from_statement


def apportion(total: Decimal, claims: Mapping[str, Decimal], *, step: Decimal = ONE) -> dict[str, Decimal]:
    """Divide ``total`` in proportion to ``claims``, in multiples of ``step``, losing nothing.

    The parts add up to ``total``; nobody gets a whole step more or less than the exact proportion. Units
    left over go to the largest remainders, among equals to the first name. When ``total`` is at most the
    sum of the claims and all are multiples of ``step``, nobody gets more than was claimed. Raises
    `AllocationError` for negative figures, for a total that is no multiple of ``step``, and for claims of
    nothing.
    """
    claimed = sum((Fraction(claim) for claim in claims.values()), Fraction(0))
    units, rest = divmod(Fraction(total), Fraction(step))
    if rest or total < ZERO or any(claim < ZERO for claim in claims.values()):
        raise AllocationError(
            f"Cannot divide {total} in steps of {step} over {dict(claims)}: all figures must be zero or more "
            "and the total a multiple of the step."
        )
    if not claimed:
        if total == ZERO:
            return dict.fromkeys(claims, ZERO)
        raise AllocationError(f"Cannot divide {total} over claims that are all zero.")
    quotas = {name: units * Fraction(claim) / claimed for name, claim in claims.items()}
    whole = {name: quota.numerator // quota.denominator for name, quota in quotas.items()}
    left = units - sum(whole.values())
    for name in sorted(quotas, key=lambda name: (whole[name] - quotas[name], name))[:left]:
        whole[name] += 1
    with localcontext(prec=60):
        return {name: count * step for name, count in whole.items()}


def allocate(
    statement: Mapping[str, Decimal],
    filled: Decimal,
    *,
    increment: Decimal = ONE,
    minimum: Decimal = ZERO,
) -> Allocation:
    """Divide ``filled`` shares over the accounts of an allocation statement (shares ordered by account).

    Pro rata with largest remainders. With a ``minimum``, an account that would get less than that (and
    less than its whole order) gets nothing, the smallest first, and the others share what it would have
    had: a departure that needs a written reason. Nobody gets more than was ordered. Raises
    `AllocationError` when more was filled than ordered.
    """
    ordered = sum(statement.values(), ZERO)
    if filled > ordered:
        raise AllocationError(f"{filled} shares were filled but the statement orders {ordered}.")
    by_statement = apportion(filled, statement, step=increment)
    kept = dict(statement)
    parts = by_statement
    while len(kept) > 1:
        small = [name for name, part in parts.items() if ZERO < part < min(minimum, statement[name])]
        if not small:
            break
        smallest = min(small, key=lambda name: (parts[name], name))
        if ordered - statement[smallest] < filled:
            break  # The others have not ordered enough to take it over.
        ordered -= kept.pop(smallest)
        parts = apportion(filled, kept, step=increment)
    shares = {name: parts.get(name, ZERO) for name in statement}
    return Allocation(shares_by_account=shares, deviates_from_statement=shares != by_statement)


def block_price(fills: Iterable[Fill], *, places: int = 4) -> BlockPrice:
    """The average price everyone in the block pays, to ``places`` decimals, halves away from zero.

    Raises `AllocationError` when nothing was filled.
    """
    with localcontext(prec=60):
        all_fills = tuple(fills)
        shares = sum((fill.shares for fill in all_fills), ZERO)
        if not shares > ZERO:
            raise AllocationError("A block without fills has no average price.")
        total = sum((fill.shares * fill.price for fill in all_fills), ZERO)
        average = (total / shares).quantize(ONE.scaleb(-places), rounding=ROUND_HALF_UP)
    return BlockPrice(shares=shares, total=total, average=average)


def share_costs(cost: Decimal, shares_by_account: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Divide the costs of a block (dollars and cents) in proportion to the shares each account got."""
    return apportion(cost, shares_by_account, step=CENT)
