"""Tax lots: the only writer of the table. A file restates all of an account's lots; what it repeats is not written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clients.custodians.kinds import BasisStatus
from clients.custodians.rows import LotRow
from clients.holdings import account_lots, bulk, lot_matching, lot_origins
from clients.holdings.account_lots import CLOSED, FACTS, KEY, PK, RESTATED, SECURITY, WRITTEN, AccountLots
from clients.holdings.lot_corrections import Standing
from clients.models import Account, CustodianFile, LotListing, Security, TaxLot
from rebalancing.engine.money import cents

# What people decided about a lot; files never change it.
_DECIDED = ("lock", "lock_reason", "lock_until_on")

_COVERED, _NONCOVERED = str(TaxLot.BasisStatus.COVERED), str(TaxLot.BasisStatus.NONCOVERED)
_UNKNOWN, _DISPUTED = str(TaxLot.BasisStatus.UNKNOWN), str(TaxLot.BasisStatus.DISPUTED)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file's lots would change on record: lots to add, restate and close."""

    book: AccountLots
    new: tuple[TaxLot, ...]
    changed: tuple[TaxLot, ...]
    unchanged: int
    disappeared: tuple[TaxLot, ...]
    corrected: Standing

    @property
    def notes(self) -> tuple[str, ...]:
        """What the preview says about lots that were corrected."""
        return tuple(self.corrected.notes)

    @property
    def kept(self) -> tuple[str, ...]:
        """What it says about corrected lots that stand as decided, which nobody has to read again."""
        return tuple(self.corrected.kept)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "disappeared": len(self.disappeared),
        }


def changes(
    account: Account,
    rows: Sequence[LotRow],
    book: AccountLots,
    *,
    securities: Mapping[str, Security],
    as_of_on: date,
    source_file: CustodianFile | None = None,
    covers_symbols: frozenset[str] | None = None,
) -> Changes:
    """Compare a file's lots with those on record, without writing anything.

    `covers_symbols` limits which lots may be closed to the symbols the file covers (a lot file of one symbol
    does not cover others); None means that it covers the whole account. What is found is noted in `book`, the lots on
    record.
    """
    left = {(row[SECURITY], row[KEY]): row for row in book.rows.values()}
    is_of_one_day = all(row.as_of is None or row.as_of == as_of_on for row in rows)
    rest, unchanged = _repeated(rows, left, book, securities) if is_of_one_day else (list(rows), 0)
    lots = [book.lot(row) for row in left.values()] if rest else []
    corrected = Standing.of(book.corrections, lots)
    matched = lot_matching.match(
        rest, lots, security_of=lambda row: securities[row.symbol].pk, taken=book.places() if rest else ()
    )
    new: list[TaxLot] = []
    changed: list[TaxLot] = []
    for found in matched:
        row, known = found.row, found.lot
        facts = dict(zip(RESTATED, restated(row), strict=True))
        if known is None:
            fresh = TaxLot(account=account, security=securities[row.symbol], key=found.key, **facts)
            if found.part_of is not None:
                for name in _DECIDED:
                    setattr(fresh, name, getattr(found.part_of, name))
            _say_where_from(fresh, row, as_of_on, source_file)
            new.append(fresh)
            continue
        decided = lot_origins.WRITTEN if known.pk in book.origins else ()
        is_same = known.closed_on is None and all(
            getattr(known, name) == fact for name, fact in facts.items() if name not in decided
        )
        for name, fact in facts.items():
            setattr(known, name, fact)
        known.key, known.closed_on = found.key, None
        _say_where_from(known, row, as_of_on, source_file)
        lot_origins.keep(book.origins, (known,))
        corrected.keep(known)
        if is_same:
            unchanged += 1
        else:
            changed.append(known)
    corrected.leave(lots, met := {found.lot.pk for found in matched if found.lot is not None})
    spoken_for = None if covers_symbols is None else {securities[symbol].pk for symbol in covers_symbols}
    disappeared = [
        book.lot(row)
        for row in left.values()
        if row[PK] not in met and row[CLOSED] is None and (spoken_for is None or row[SECURITY] in spoken_for)
    ]
    for lot in disappeared:
        book.close(lot, on=as_of_on)
    corrected.gone(disappeared, new)
    book.made += new
    if is_of_one_day:
        book.stamp(as_of_on, spoken_for)
    return Changes(book, tuple(new), tuple(changed), unchanged, tuple(disappeared), corrected)


def write(books: Iterable[AccountLots], *, source_file: CustodianFile | None) -> None:
    """Write the lots of many accounts as they will be, where that differs from the record."""
    books = list(books)
    made: list[TaxLot] = [lot for book in books for lot in book.made]
    bulk.insert(TaxLot, made)
    bulk.update(
        TaxLot,
        account_lots.WRITTEN,
        [(lot.pk, *(getattr(lot, name) for name in WRITTEN)) for book in books for lot in book.changed()],
    )
    bulk.insert_or_update(
        LotListing,
        [one for book in books for one in book.listings(source_file)],
        unique=("account", "security"),
        restate=("as_of_on", "source_file"),
    )


def restated(row: LotRow) -> tuple[Any, ...]:
    """A row's facts as the record keeps them, in the order of `RESTATED`."""
    before_wash = row.basis_total
    if before_wash is None and row.unit_cost is not None:
        before_wash = row.unit_cost * row.quantity
    basis = row.basis_wash_adjusted if row.basis_wash_adjusted is not None else before_wash
    acquired_by = row.acquired_by
    return (
        row.acquired_on,
        row.acquired_adjusted_on,
        lot_matching.shares(row),
        None if basis is None else cents(basis),
        None if before_wash is None else cents(before_wash),
        _UNKNOWN if basis is None else _status(row),
        str(acquired_by) if acquired_by else "",
        bool(row.average_cost),
        row.donor_basis,
        row.donor_acquired_on,
        row.gift_on,
        row.gift_value,
    )


def _repeated(
    rows: Sequence[LotRow],
    left: dict[tuple[int, str], account_lots.Raw],
    book: AccountLots,
    securities: Mapping[str, Security],
) -> tuple[list[LotRow], int]:
    """The rows that are not simply those of open lots on record by their ids, and how many are.

    The lots of those that are no longer are `left`. Not where people decided something about a lot of the account.
    """
    if book.corrections or book.origins:
        return list(rows), 0
    rest: list[LotRow] = []
    for row in rows:
        if row.lot_id is not None:
            place = (securities[row.symbol].pk, row.lot_id)
            known = left.get(place)
            if known is not None and known[CLOSED] is None and known[FACTS] == restated(row):
                del left[place]
                continue
        rest.append(row)
    return rest, len(rows) - len(rest)


def _say_where_from(lot: TaxLot, row: LotRow, as_of_on: date, source_file: CustodianFile | None) -> None:
    lot.as_of_on = row.as_of or as_of_on
    lot.source_file_id = source_file.pk if source_file is not None else None
    lot.source_line = row.origin.line or None


def _status(row: LotRow) -> str:
    """Unknown without a basis or a day: then no gain can be computed (never zero)."""
    if row.acquired_on is None:
        return _DISPUTED
    return _COVERED if row.basis_status is BasisStatus.COVERED else _NONCOVERED
