"""An account's book of one day carried to the next and compared with the custodian's file. Pure.

The book starts from what the custodian last showed. Every movement it has booked since, and every fill of ours that it
has not booked yet, is added; what the file then shows otherwise is a difference. Where no file of movements came, only
what we traded can be expected, and only that is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ZERO


class Cause(StrEnum):
    """What kind of difference it is."""

    SHARES = "shares"
    CASH = "cash"
    LOT_SHARES = "lot_shares"
    LOT_BASIS = "lot_basis"
    LOTS_DO_NOT_ADD_UP = "lots_do_not_add_up"


@dataclass(frozen=True, slots=True)
class HeldLot:
    """A lot as a file shows it; `basis` in dollars, None where it gives none."""

    symbol: str
    shares: Decimal
    basis: Decimal | None = None
    acquired_on: date | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """An account on a day: shares by symbol, settled cash and cash in all, lots by their keys."""

    shares: Mapping[str, Decimal] = field(default_factory=dict)
    settled: Decimal | None = None
    cash: Decimal | None = None
    lots: Mapping[str, HeldLot] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement, or a fill of ours: signed shares and dollars. `symbol` is empty for cash alone. One that `is_late` is of an
    earlier day than the book and was told only after it: the book may hold it already, or not.
    """

    symbol: str
    shares: Decimal
    dollars: Decimal
    traded_on: date
    settles_on: date
    is_ours: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far figures may differ: shares, dollars of cash, dollars of a lot's basis."""

    shares: Decimal
    cash: Decimal
    basis: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours and theirs. `subject` is a symbol, a lot's key, or empty for cash."""

    cause: Cause
    subject: str
    symbol: str
    ours: Decimal | None
    theirs: Decimal | None


def positions(
    before: Book,
    now: Book,
    moved: Iterable[Moved],
    *,
    since: date,
    until: date,
    knows_all: bool,
    tolerance: Decimal,
) -> list[Difference]:
    """Shares that differ. Without the custodian's movements only what we traded ourselves is compared."""
    change: dict[str, Decimal] = {}
    late: dict[str, Decimal] = {}
    ours: set[str] = set()
    for one in moved:
        if not one.symbol:
            continue
        if since < one.traded_on <= until:
            change[one.symbol] = change.get(one.symbol, ZERO) + one.shares
            if one.is_ours:
                ours.add(one.symbol)
        elif one.is_late:
            late[one.symbol] = late.get(one.symbol, ZERO) + one.shares
    symbols = before.shares.keys() | now.shares.keys() | change.keys() if knows_all else ours
    found = []
    for symbol in sorted(symbols):
        expected = before.shares.get(symbol, ZERO) + change.get(symbol, ZERO)
        shown = now.shares.get(symbol, ZERO)
        if all(abs(expected + more - shown) > tolerance for more in (ZERO, late.get(symbol, ZERO))):
            found.append(Difference(Cause.SHARES, symbol, symbol, expected, shown))
    return found


def cash(
    before: Book,
    now: Book,
    moved: Iterable[Moved],
    *,
    since: date,
    until: date,
    tolerance: Decimal,
) -> list[Difference]:
    """Cash that differs by both ways of counting: what has settled, and what was traded.

    Custodians state cash either way, some call all of it settled; a difference is one only if neither way explains it.
    """
    if before.cash is None or before.settled is None or now.cash is None or now.settled is None:
        return []
    rows = list(moved)
    settled, traded = expected_cash(before, rows, since=since, until=until)
    assert settled is not None, "it is known before"
    assert traded is not None, "it is known before"
    late = sum((one.dollars for one in rows if one.is_late and one.traded_on <= since), ZERO)
    late_settled = sum((one.dollars for one in rows if one.is_late and one.settles_on <= since), ZERO)
    if any(
        abs(expected - shown) <= tolerance
        for expected in (traded, settled, traded + late, settled + late_settled)
        for shown in (now.cash, now.settled)
    ):
        return []
    return [Difference(Cause.CASH, "", "", traded, now.cash)]


def expected_cash(
    before: Book, moved: Iterable[Moved], *, since: date, until: date
) -> tuple[Decimal | None, Decimal | None]:
    """Cash carried to a day: what will have settled, and what will have been traded. None where it was not known."""
    rows = list(moved)
    traded = sum((one.dollars for one in rows if since < one.traded_on <= until), ZERO)
    settled = sum((one.dollars for one in rows if since < one.settles_on <= until), ZERO)
    return (
        None if before.settled is None else before.settled + settled,
        None if before.cash is None else before.cash + traded,
    )


def lots(
    before: Book, now: Book, traded: Iterable[str], *, tolerance: Tolerance, corrected: Iterable[str] = ()
) -> list[Difference]:
    """Lots that changed although nothing was traded in their security, and lots that do not add up to positions.

    Lots of what was sold are compared one by one with what we instructed (`relieved`).
    """
    touched, known = set(traded), set(corrected)
    found = []
    for key in sorted(before.lots.keys() & now.lots.keys()):
        was, is_now = before.lots[key], now.lots[key]
        if key in known or is_now.symbol in touched or was.symbol != is_now.symbol:
            continue
        if abs(was.shares - is_now.shares) > tolerance.shares:
            found.append(Difference(Cause.LOT_SHARES, key, is_now.symbol, was.shares, is_now.shares))
        elif (
            was.basis is not None
            and is_now.basis is not None
            and abs(was.basis - is_now.basis) > tolerance.basis
        ):
            found.append(Difference(Cause.LOT_BASIS, key, is_now.symbol, was.basis, is_now.basis))
    sums: dict[str, Decimal] = {}
    for one in now.lots.values():
        sums[one.symbol] = sums.get(one.symbol, ZERO) + one.shares
    for symbol, total in sorted(sums.items()):
        held = now.shares.get(symbol)
        if held is not None and abs(held - total) > tolerance.shares:
            found.append(Difference(Cause.LOTS_DO_NOT_ADD_UP, symbol, symbol, total, held))
    return found


@dataclass(frozen=True, slots=True)
class LotLine:
    """One lot of a sale, three ways: shares that we intended, that were executed by our count, that the custodian took.

    `unit` is the basis of a share in dollars, None where it is unknown.
    """

    key: str
    acquired_on: date | None
    intended: Decimal
    executed: Decimal
    relieved: Decimal
    unit: Decimal | None

    @property
    def differs(self) -> bool:
        return self.executed != self.relieved


@dataclass(frozen=True, slots=True)
class ThreeWays:
    """A sale's lots three ways. `gain_difference` is what the custodian's lots realize more than ours, in dollars; None
    where a basis is unknown. `long_difference` is the part of it that is of other lots held long.
    """

    lines: tuple[LotLine, ...]
    gain_difference: Decimal | None

    @property
    def agrees(self) -> bool:
        return not any(line.differs for line in self.lines)


def relieved(before: Book, now: Book, symbol: str, *, tolerance: Decimal) -> dict[str, Decimal]:
    """The shares that the custodian took from each lot of a security, by what its files list before and after."""
    found = {}
    for key, lot in before.lots.items():
        if lot.symbol != symbol:
            continue
        left = now.lots[key].shares if key in now.lots else ZERO
        if lot.shares - left > tolerance:
            found[key] = lot.shares - left
    return found


def three_ways(
    intended: Mapping[str, Decimal],
    executed: Mapping[str, Decimal],
    taken: Mapping[str, Decimal],
    lots_before: Mapping[str, HeldLot],
    *,
    tolerance: Decimal,
) -> ThreeWays:
    """The lots of one sale beside each other, and what the difference is worth.

    Same shares and proceeds either way, so the gain differs by the basis of the lots that were taken instead.
    """
    lines = []
    more: Decimal | None = ZERO
    for key in sorted(intended.keys() | executed.keys() | taken.keys()):
        lot = lots_before.get(key)
        unit = lot.basis / lot.shares if lot is not None and lot.basis is not None and lot.shares else None
        ours, theirs = executed.get(key, ZERO), taken.get(key, ZERO)
        if abs(ours - theirs) <= tolerance:
            theirs = ours
        lines.append(
            LotLine(key, lot.acquired_on if lot else None, intended.get(key, ZERO), ours, theirs, unit)
        )
        if ours != theirs and more is not None:
            more = None if unit is None else more + (ours - theirs) * unit
    return ThreeWays(tuple(lines), more)
