"""Of which security a spin-off was, from what accounts hold: a custodian's movement names only what came. Pure.

The parent is a security that every receiving account holds, at one ratio for all of them, fractions paid out or not. That is
told by two accounts whose holdings differ, or by the basis that left its lots in the same file. Where several would do,
nobody is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rebalancing.engine.money import ZERO

TERM_MAX = 1000
"""The largest number of a ratio that issuers announce."""
WIDTH_MAX = Fraction(2, 100)
"""A ratio is told from whole shares only where they leave no more room than this part of it."""
BASIS_OFF = Decimal(1)
"""Dollars by which the basis that left and the basis that came may differ, by rounding of lots."""
SHARE_STEP = Decimal("0.00001")
MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Receiving:
    """An account that got shares of the new security: what it holds, and what each security's lots lost in basis.

    `before` is the basis of the lots that lost some; `basis` that of the new lots, None where a file states none.
    """

    shares: Decimal
    held: Mapping[int, Decimal]
    lost: Mapping[int, Decimal]
    before: Mapping[int, Decimal]
    basis: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """Whose shares a spin-off was, its ratio, and the part of the basis that moved where lots show it."""

    security: int
    ratio: Fraction
    basis_share: Decimal | None


def of(accounts: Sequence[Receiving]) -> Parent | None:
    """The one security that the accounts tell; None where none does, or more than one."""
    if not accounts:
        return None
    found: dict[int, Fraction] = {}
    for key in set.intersection(*(set(one.held) for one in accounts)):
        ratio = ratio_of((one.shares, one.held[key]) for one in accounts)
        if ratio is not None:
            found[key] = ratio
    by_basis = [key for key in found if _moved(key, accounts)]
    told = by_basis or (list(found) if len(accounts) > 1 else [])
    if len(told) != 1:
        return None
    return Parent(told[0], found[told[0]], _basis_share(told[0], accounts))


def ratio_of(rows: Iterable[tuple[Decimal, Decimal]]) -> Fraction | None:
    """The simplest ratio that gives every account the shares it got for what it holds; None where there is none."""
    low, high = Fraction(0), Fraction(TERM_MAX)
    for got, held in rows:
        if held <= ZERO or got <= ZERO:
            return None
        is_whole = got == got.to_integral_value()
        below, above = (ZERO, Decimal(1)) if is_whole else (SHARE_STEP, SHARE_STEP)
        low = max(low, Fraction(got - below) / Fraction(held))
        high = min(high, Fraction(got + above) / Fraction(held))
    if not low < high or high - low > WIDTH_MAX * low:
        return None
    ratio = simplest(low, high)
    return ratio if max(ratio.numerator, ratio.denominator) <= TERM_MAX else None


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator from `low`, included, to below `high`."""
    whole = -(-low.numerator // low.denominator)
    if whole < high:
        return Fraction(whole)
    floor = low.numerator // low.denominator
    # Between two whole numbers: the same question of what is turned over.
    rest = simplest_after(1 / (high - floor), 1 / (low - floor))
    return floor + 1 / rest


def simplest_after(low: Fraction, high: Fraction) -> Fraction:
    """The same from beyond `low` to `high`, included."""
    whole = low.numerator // low.denominator + 1
    if whole <= high:
        return Fraction(whole)
    floor = whole - 1
    rest = simplest(1 / (high - floor), 1 / (low - floor)) if low != floor else None
    assert rest is not None, "a whole number lies beyond a whole number"
    return floor + 1 / rest


def _moved(key: int, accounts: Iterable[Receiving]) -> bool:
    """Whether what left the basis of a security is what the new lots have, in every account that states both."""
    stated = [one for one in accounts if one.basis is not None and one.lost.get(key)]
    return bool(stated) and all(
        abs(one.lost[key] - (one.basis if one.basis is not None else ZERO)) <= BASIS_OFF for one in stated
    )


def _basis_share(key: int, accounts: Iterable[Receiving]) -> Decimal | None:
    stated = [one for one in accounts if one.lost.get(key) and one.before.get(key)]
    before = sum((one.before[key] for one in stated), ZERO)
    if not before:
        return None
    return (sum((one.lost[key] for one in stated), ZERO) / before).quantize(MILLIONTH)
