"""Matches each row of a file with a lot on record: by the custodian's id, otherwise by day, cost and shares.

A custodian without lot ids identifies a lot only by its day and unit cost. When it adds a disallowed loss to
the basis (IRC 1091(d)) the unit cost changes, but the row is still the same lot: what people decided about
it, such as a lock, must stay with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.custodians.rows import LotRow
from clients.models import TaxLot

MILLIONTH = Decimal("0.000001")
"""The precision of shares on record; more digits would make every lot look changed in the next file."""

ZERO = Decimal(0)

_Place = tuple[int, date | None]


@dataclass(slots=True)
class Match:
    """One row, its lot on record (None: a new one), and the lot's key from now on. `part_of` is the lot that
    a new one was split from, where the shares show it.
    """

    row: LotRow
    security: int
    key: str = ""
    lot: TaxLot | None = None
    part_of: TaxLot | None = None

    @property
    def place(self) -> _Place:
        return self.security, self.row.acquired_on


def shares(row: LotRow) -> Decimal:
    """The row's shares as the record keeps them."""
    return row.quantity.quantize(MILLIONTH)


def match(
    rows: Sequence[LotRow],
    book: Sequence[TaxLot],
    *,
    security_of: Callable[[LotRow], int],
    taken: Collection[tuple[int, str]] = (),
) -> list[Match]:
    """The rows of one account in their order, each with its lot of `book`, all lots the account ever had.

    Rows and lots that are the same by their ids may have been left off; `taken` are all keys that are not free.
    Rows without an id are matched in three passes: by day and unit cost (among several, the one with the same
    shares first), then by day and shares, and last as a part split from another lot of the same day.
    """
    found = [Match(row=row, security=security_of(row)) for row in rows]
    left = {(lot.security_id, lot.key): lot for lot in book}
    keys = set(left) | set(taken)
    for one in found:
        if one.row.lot_id is not None:
            one.key, one.lot = one.row.lot_id, left.pop((one.security, one.row.lot_id), None)
    unnamed = [one for one in found if one.row.lot_id is None]
    _by_cost(unnamed, left)
    _by_shares(unnamed, left)
    _as_parts(unnamed)
    for one in unnamed:
        if not one.key:
            one.key = _free_key(one, keys)
            keys.add((one.security, one.key))
    return found


def _by_cost(unnamed: Sequence[Match], left: dict[tuple[int, str], TaxLot]) -> None:
    """The same day and unit cost. Open lots come before closed ones, and the earliest ordinal first."""
    alike: dict[tuple[int, str], list[TaxLot]] = defaultdict(list)
    for (security, _), lot in left.items():
        if stem := _stem_of(lot):
            alike[security, stem].append(lot)
    for lots in alike.values():
        lots.sort(key=lambda lot: (lot.closed_on is not None, _ordinal(lot.key)))
    for is_sure in (True, False):
        for one in unnamed:
            if one.lot is not None:
                continue
            lots = alike[one.security, _stem(one.row)]
            fitting = [
                lot
                for lot in lots
                if not is_sure or (lot.closed_on is None and lot.quantity == shares(one.row))
            ]
            if fitting:
                first = fitting[0]
                lots.remove(first)
                one.lot, one.key = left.pop((one.security, first.key)), first.key


def _by_shares(unnamed: Sequence[Match], left: dict[tuple[int, str], TaxLot]) -> None:
    """The same day and shares at another cost: the basis was adjusted. Unequal counts are ambiguous."""
    rows: dict[tuple[_Place, Decimal], list[Match]] = defaultdict(list)
    lots: dict[tuple[_Place, Decimal], list[TaxLot]] = defaultdict(list)
    for one in unnamed:
        if one.lot is None and one.row.acquired_on is not None:
            rows[one.place, shares(one.row)].append(one)
    for lot in left.values():
        if lot.closed_on is None and _stem_of(lot):
            lots[(lot.security_id, lot.acquired_on), lot.quantity].append(lot)
    for place, here in rows.items():
        if len(here) == len(lots[place]):
            # An adjustment adds to each basis, so pairing in order of basis is the most likely.
            by_basis = sorted(lots[place], key=lambda lot: (lot.basis is None, lot.basis or ZERO, lot.pk))
            for one, lot in zip(sorted(here, key=lambda one: _basis(one.row)), by_basis, strict=True):
                one.lot = left.pop((lot.security_id, lot.key))


def _as_parts(unnamed: Iterable[Match]) -> None:
    """A lot that lost as many shares as a new lot of the same day has was split: part of it was adjusted."""
    unnamed = list(unnamed)
    for one in unnamed:
        if one.lot is None and one.row.acquired_on is not None:
            lost = [
                other.lot
                for other in unnamed
                if other.lot is not None
                and other.lot.closed_on is None
                and other.place == one.place
                and other.lot.quantity - shares(other.row) == shares(one.row)
            ]
            if len(lost) == 1:
                one.part_of = lost[0]


def _free_key(one: Match, keys: set[tuple[int, str]]) -> str:
    stem, ordinal = _stem(one.row), 1
    while (one.security, f"{stem}#{ordinal}") in keys:
        ordinal += 1
    return f"{stem}#{ordinal}"


def _stem(row: LotRow) -> str:
    unit = "unknown" if row.unit_cost is None else f"{row.unit_cost.normalize():f}"
    return f"{row.acquired_on or 'unknown'}@{unit}"


def _stem_of(lot: TaxLot) -> str:
    """Day and unit cost of a lot whose key we generated; empty for one with a custodian's id."""
    stem, mark, _ = lot.key.rpartition("#")
    return stem if mark and "@" in stem else ""


def _ordinal(key: str) -> int:
    last = key.rpartition("#")[2]
    return int(last) if last.isdigit() else 0


def _basis(row: LotRow) -> Decimal:
    if row.basis_wash_adjusted is not None:
        return row.basis_wash_adjusted
    return row.basis_total or (row.unit_cost or ZERO) * row.quantity
