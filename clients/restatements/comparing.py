"""What a file restated about lots and sales, from what stood before and after it. Pure.

Movements explain that shares come and go; they do not explain that the basis of shares that stayed is another, or the day
on which they were acquired. Shares that only moved between lots, without a movement, are lots restated; a total that
changed is a difference of positions, which reconciliation asks about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)
CENT = Decimal("0.01")


class Cause(StrEnum):
    """Why, as far as the files tell."""

    UNKNOWN = "unknown"
    LATE_BASIS = "late_basis"
    WASH = "wash"
    CORPORATE_ACTION = "corporate_action"


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as one file has it: shares, dollars of basis (None: unknown), and the day its holding period starts from.

    `bought_on` is the day as filed, `unadjusted` the basis before wash-sale adjustments.
    """

    shares: Decimal
    basis: Decimal | None = None
    held_since: date | None = None
    bought_on: date | None = None
    unadjusted: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """The same lot before and after a file, by its key on record; None on the side where it is not listed."""

    key: int
    before: Lot | None
    after: Lot | None


@dataclass(frozen=True, slots=True)
class Context:
    """What the files tell of one security in one account between the two.

    `traded`: shares came or went by a movement. `acted`: a corporate action was booked. `same_day`: both state one day.
    """

    traded: bool = False
    acted: bool = False
    same_day: bool = False
    is_average: bool = False


@dataclass(frozen=True, slots=True)
class Restated:
    """A lot that is restated, and why. `key` is the lot that stands, or that is gone."""

    key: int
    before: Lot | None
    after: Lot | None
    cause: Cause


def lots(pairs: Iterable[Pair], context: Context, *, tolerance: Decimal) -> list[Restated]:
    """What is restated among the lots of one security that a file changed, added and closed; dollars of `tolerance`."""
    rows = list(pairs)
    explained = context.traded or context.acted
    kept = [one for one in rows if one.before is not None and one.after is not None]
    total_before = sum((one.before.shares for one in rows if one.before is not None), ZERO)
    total_after = sum((one.after.shares for one in rows if one.after is not None), ZERO)
    moved = not explained and (context.same_day or total_before == total_after)
    gone = [one for one in rows if one.after is None]
    fresh = [one for one in rows if one.before is None]
    matched = _matched(gone, fresh) if moved else []
    found = []
    for one in (*kept, *matched):
        assert one.before is not None, "only lots with both sides are compared"
        assert one.after is not None, "only lots with both sides are compared"
        cause = _cause(one.before, one.after, context, shares_count=moved, tolerance=tolerance)
        if cause is not None:
            found.append(Restated(one.key, one.before, one.after, cause))
    if moved:
        met = {one.after for one in matched}, {one.before for one in matched}
        found += [
            Restated(one.key, one.before, one.after, Cause.UNKNOWN)
            for one in (*gone, *fresh)
            if not any(
                side is not None and any(side is other for other in taken)
                for side, taken in ((one.after, met[0]), (one.before, met[1]))
            )
        ]
    return found


def sale(*, before: Decimal | None, after: Decimal | None, other_than_disallowed: bool) -> Cause:
    """Why a realized gain was stated anew: its basis before and after, and whether more than the disallowed part is other."""
    if before is None and after is not None:
        return Cause.LATE_BASIS
    return Cause.UNKNOWN if other_than_disallowed else Cause.WASH


def _matched(gone: Sequence[Pair], fresh: Sequence[Pair]) -> list[Pair]:
    """Lots that are gone with new ones of as many shares: the same shares under another key, in order of their days."""
    left = sorted(gone, key=_order)
    found = []
    for one in sorted(fresh, key=_order):
        assert one.after is not None, "a new lot is listed after the file"
        same = next((each for each in left if each.before and each.before.shares == one.after.shares), None)
        if same is not None:
            left.remove(same)
            found.append(Pair(one.key, same.before, one.after))
    return found


def _order(one: Pair) -> tuple[date, int]:
    lot = one.before or one.after
    return (lot.held_since if lot and lot.held_since else date.max, one.key)


def _cause(
    before: Lot, after: Lot, context: Context, *, shares_count: bool, tolerance: Decimal
) -> Cause | None:
    """Why a lot with both sides is restated; None where it is not."""
    if before.basis is None and after.basis is not None:
        return Cause.LATE_BASIS
    is_moved = shares_count and before.shares != after.shares
    other_basis = _differs(before, after, tolerance) and not (context.is_average and context.traded)
    other_day = before.held_since != after.held_since
    if not (is_moved or other_basis or other_day):
        return None
    if is_moved:
        return Cause.UNKNOWN
    if before.bought_on == after.bought_on and _is_adjusted(
        before, after, tolerance, other_basis=other_basis
    ):
        return Cause.WASH
    return Cause.CORPORATE_ACTION if context.acted else Cause.UNKNOWN


def _differs(before: Lot, after: Lot, tolerance: Decimal) -> bool:
    """Whether the basis is another, in all and a share: a sale takes its part along, a split leaves it whole."""
    if before.basis is None or after.basis is None:
        return before.basis is not after.basis
    part = before.basis * after.shares / before.shares if before.shares else before.basis
    return all(abs(after.basis - one) > max(tolerance, CENT) for one in (before.basis, part))


def _is_adjusted(before: Lot, after: Lot, tolerance: Decimal, *, other_basis: bool) -> bool:
    """Whether a disallowed loss was added: the basis rose, and what it was before adjustments is the same."""
    if not other_basis:
        return True  # Only the holding period was moved, and not the day of the purchase.
    if None in (before.basis, after.basis, before.unadjusted, after.unadjusted):
        return False
    assert before.basis is not None, "asked above"
    assert after.basis is not None, "asked above"
    assert before.unadjusted is not None, "asked above"
    assert after.unadjusted is not None, "asked above"
    part = before.unadjusted * after.shares / before.shares if before.shares else before.unadjusted
    return after.basis > before.basis and abs(after.unadjusted - part) <= max(tolerance, CENT)
