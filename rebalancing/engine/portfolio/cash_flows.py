"""What money that comes or goes anyway does by class: no sale on a contribution, no buy on a withdrawal.

Values and flows are dollars; a positive flow is a contribution. ``V' = V + C``, and each class is held
against ``target x V'``: sizing targets without the new cash is the classic mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from math import ceil

from rebalancing.engine.market.allocations import apportion
from rebalancing.engine.money import CENT, ONE, ZERO, cents

DOLLAR_STEP = Decimal("1e-14")
"""Parts of a flow are kept to 14 places, so that even the largest add up in ordinary precision."""


class Method(StrEnum):
    """How a flow is divided over the classes that need it."""

    PRO_RATA = "pro_rata_to_shortfall"
    LEAST_SQUARES = "least_squares"


class CashFlowError(ValueError):
    """A flow that cannot be divided."""


def trades(
    values: Mapping[str, Decimal], targets: Mapping[str, Decimal], flow: Decimal, method: Method
) -> dict[str, Decimal]:
    """Dollars to buy (positive) or sell (negative) in each class; together exactly the flow.

    `Method.PRO_RATA` divides in proportion to each class's shortfall (surplus, for a withdrawal);
    `Method.LEAST_SQUARES` levels the gaps that remain, filling the largest first like water. Results have
    14 decimal places, not rounded to cents (see `to_cents`). Raises `CashFlowError` for
    targets that do not add up to one, for a negative value or target, and for a withdrawal of more than
    there is.
    """
    gaps = _gaps(values, targets, flow)
    sign = 1 if flow > ZERO else -1
    amount = abs(flow)
    with localcontext(prec=60):
        needs = {name: max(ZERO, sign * gap) for name, gap in gaps.items()}
        if amount == ZERO:
            return dict.fromkeys(needs, ZERO)
        # The needs always cover the flow, so the proportion is at most one and the level at least zero.
        if method is Method.PRO_RATA:
            total = sum(needs.values(), ZERO)
            parts = {name: need * amount / total for name, need in needs.items()}
        else:
            level = _water_level(needs, amount)
            parts = {name: max(ZERO, need - level) for name, need in needs.items()}
        parts = _closed(parts, amount)
        return _signed(sign, parts)


def weights_after(values: Mapping[str, Decimal], bought: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Weights of the classes after the trades, unrounded fractions of one.

    Raises `CashFlowError` when nothing is left.
    """
    after = {name: values.get(name, ZERO) + bought.get(name, ZERO) for name in {**values, **bought}}
    total = sum(after.values(), ZERO)
    if not total > ZERO:
        raise CashFlowError("Nothing is left after the withdrawal, so there are no weights.")
    return {name: value / total for name, value in after.items()}


def to_cents(trades_by_class: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The trades in whole cents, still adding up to the flow (itself to the cent) and of one sign."""
    flow = sum(trades_by_class.values(), ZERO)
    sign = 1 if flow >= ZERO else -1
    parts = apportion(
        cents(abs(flow)), {name: abs(part) for name, part in trades_by_class.items()}, step=CENT
    )
    return _signed(sign, parts)


def contribution_without_sale(
    values: Mapping[str, Decimal], targets: Mapping[str, Decimal]
) -> Decimal | None:
    """The contribution that restores every target without selling anything: ``max(v/t) - V``, in dollars.

    None when a class without a target is held: no contribution makes it disappear.
    """
    _gaps(values, targets, ZERO)
    held = {name: value for name, value in values.items() if value}
    if any(not targets.get(name, ZERO) for name in held):
        return None
    return max((value / targets[name] for name, value in held.items()), default=ZERO) - sum(
        values.values(), ZERO
    )


def contribution_into_bands(
    values: Mapping[str, Decimal], bands: Mapping[str, tuple[Decimal, Decimal]], *, edge_is_breach: bool
) -> Decimal | None:
    """The smallest contribution in whole cents that lets every class end inside its band with nothing sold, in dollars.

    ``bands`` are the lower and upper edges. With ``V' = V + C`` no class may stand above ``upper x V'``, and what the others
    need up to ``lower x V'`` must not be more than ``C``. None when no contribution does it. Cash that may be spent is part of
    the contribution: leave it out of ``values`` and take it off the answer.
    """
    held = {name: Fraction(value) for name, value in values.items() if value}
    if any(name not in bands or not bands[name][1] for name in held):
        return None
    if sum(upper for _, upper in bands.values()) < ONE or sum(lower for lower, _ in bands.values()) > ONE:
        return None
    lows = {name: Fraction(lower) for name, (lower, _) in bands.items()}
    total = sum(held.values(), Fraction(0))
    after = max([total, *(value / Fraction(bands[name][1]) for name, value in held.items())])
    # What is needed up to the lower edges grows with the total: each round adds the classes that fall short of theirs.
    for _ in range(len(bands) + 1):
        short = {name for name, low in lows.items() if low * after > held.get(name, Fraction(0))}
        share = sum((lows[name] for name in short), Fraction(0))
        kept = sum((value for name, value in held.items() if name not in short), Fraction(0))
        if share == 1 or kept <= after * (1 - share):
            break
        after = kept / (1 - share)
    needed = after - total
    in_cents = Fraction(ceil(needed * 100), 100)
    on_edge = any(
        0 < Fraction(upper) * after == held.get(name)
        for name, (low, upper) in bands.items()
        if low < upper < 1
    )
    if edge_is_breach and in_cents == needed and (needed or on_edge):
        in_cents += Fraction(1, 100)
    return Decimal(in_cents.numerator) / Decimal(in_cents.denominator)


def _gaps(values: Mapping[str, Decimal], targets: Mapping[str, Decimal], flow: Decimal) -> dict[str, Decimal]:
    """Dollars by which each class lies below its target after the flow (negative: above)."""
    if sum(targets.values(), ZERO) != ONE or any(target < ZERO for target in targets.values()):
        raise CashFlowError(f"Targets must be zero or more and add up to one: {dict(targets)}.")
    if any(value < ZERO for value in values.values()):
        raise CashFlowError(f"A class cannot be held at less than nothing: {dict(values)}.")
    total = sum(values.values(), ZERO) + flow
    if total < ZERO:
        raise CashFlowError(f"Cannot withdraw {-flow} from {total - flow}.")
    names = sorted({*values, *targets})
    return {name: targets.get(name, ZERO) * total - values.get(name, ZERO) for name in names}


def _water_level(needs: Mapping[str, Decimal], amount: Decimal) -> Decimal:
    """The level L with ``sum max(0, need - L) = amount``: what is left of each gap that gets anything."""
    total = ZERO
    level = ZERO
    deepest_first = sorted(needs.values(), reverse=True)
    for count, need in enumerate(deepest_first, start=1):
        total += need
        level = (total - amount) / count
        following = deepest_first[count] if count < len(deepest_first) else ZERO
        if level >= following:
            break
    return level


def _closed(parts: dict[str, Decimal], amount: Decimal) -> dict[str, Decimal]:
    """Give the last rounding digit to the largest part, so that the parts are the flow exactly."""
    largest = min(parts, key=lambda name: (-parts[name], name))
    rounded = {name: part.quantize(DOLLAR_STEP) for name, part in parts.items()}
    rounded[largest] += amount - sum(rounded.values(), ZERO)
    return rounded


def _signed(sign: int, parts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The parts as bought or sold; nothing is nothing, not minus zero."""
    return {name: sign * part if part else ZERO for name, part in parts.items()}
