"""Whether a custodian's file shows a corporate action: decided by comparing shares, never by a date alone. Pure.

What an account held before is carried to the file's day with the trades in between. The file then shows what would be
there without the action, or with it, or neither. Where shares do not tell the two apart (capital that is returned), the
basis of the lots does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from clients.corporate_actions import effects
from clients.registers.corporate_action_terms import Terms
from rebalancing.engine.money import ZERO


class Shown(StrEnum):
    """What a file shows."""

    BEFORE = "before"
    AFTER = "after"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Book:
    """Shares of the security and of the new one in an account, and the basis of the old security's lots, where known."""

    old: Decimal
    new: Decimal = ZERO
    basis: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Traded:
    """A purchase, sale or transfer between the two files: signed shares."""

    on: date
    shares: Decimal
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Shares and dollars that may differ."""

    shares: Decimal = Decimal("0.001")
    basis: Decimal = Decimal("0.05")


def expected(terms: Terms, before: Book, traded: Iterable[Traded]) -> tuple[Book, Book]:
    """What a file shows without the action, and with it. `before.basis` after is set by the caller, who knows the lots."""
    rows = list(traded)
    early = sum((one.shares for one in rows if not one.is_new and one.on < terms.effective_on), ZERO)
    late = sum((one.shares for one in rows if not one.is_new and one.on >= terms.effective_on), ZERO)
    new = sum((one.shares for one in rows if one.is_new), ZERO)
    old_after, received = effects.shares_after(terms, max(ZERO, before.old + early))
    without = Book(before.old + early + late, before.new + new, before.basis)
    return without, Book(old_after + late, before.new + new + received, before.basis)


def shown(
    without: Book, after: Book, file: Book, *, by_basis: bool = False, tolerance: Tolerance | None = None
) -> Shown:
    """What the file shows. Where both fit and no basis tells them apart, there is nothing to do: it counts as shown.

    `by_basis`: shares stay, and the basis of the lots says whether the action was booked.
    """
    limits = tolerance or Tolerance()
    fits = [
        one
        for one in (after, without)
        if abs(one.old - file.old) <= limits.shares and abs(one.new - file.new) <= limits.shares
    ]
    if not fits:
        whole = Book(as_paid(after.old, file.old), as_paid(after.new, file.new))
        return (
            Shown.AFTER
            if whole != Book(after.old, after.new) and (whole.old, whole.new) == (file.old, file.new)
            else Shown.NEITHER
        )
    if len(fits) == 1:
        return Shown.AFTER if fits[0] is after else Shown.BEFORE
    if not by_basis:
        return Shown.AFTER
    if file.basis is None or after.basis is None or without.basis is None:
        return Shown.NEITHER
    if abs(after.basis - file.basis) <= limits.basis:
        return Shown.AFTER
    return Shown.BEFORE if abs(without.basis - file.basis) <= limits.basis else Shown.NEITHER


def as_paid(after: Decimal, shown: Decimal) -> Decimal:
    """What an action makes of an account's shares where a custodian shows whole ones: it has paid the fraction, or given
    a whole share for it. Otherwise what the terms say.
    """
    is_whole = shown == shown.to_integral_value()
    return shown if is_whole and abs(shown - after) < 1 and after != after.to_integral_value() else after
