"""Tax lots: the only writer of the table. A file restates all of an account's lots."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from clients.custodians.kinds import BasisStatus
from clients.custodians.rows import LotRow
from clients.holdings import lot_corrections, lot_matching, lot_origins
from clients.holdings.account_changes import LotChange
from clients.holdings.lot_corrections import Standing
from clients.models import Account, CustodianFile, Security, TaxLot
from compliance.people.actors import Actor
from rebalancing.engine.money import cents

# What a later file may restate about the same lot.
_RESTATED = (
    "acquired_on",
    "adjusted_acquired_on",
    "quantity",
    "basis",
    "unadjusted_basis",
    "basis_status",
    "acquired_by",
    "is_average_cost",
    "donor_basis",
    "donor_acquired_on",
    "gifted_on",
    "value_at_gift",
)
_WHERE_FROM = ("as_of_on", "closed_on", "source_file", "source_line")

# What people decided about a lot; files never change it.
_DECIDED = ("lock", "lock_reason", "lock_until_on")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file's lots would change on record: lots to add, restate and close."""

    new: tuple[TaxLot, ...]
    changed: tuple[TaxLot, ...]
    unchanged: tuple[TaxLot, ...]
    disappeared: tuple[TaxLot, ...]
    corrected: Standing
    before: Mapping[int, TaxLot] = field(default_factory=dict)
    """The changed and disappeared lots as the record had them, by key."""

    @property
    def told(self) -> tuple[LotChange, ...]:
        """What changed, lot by lot, for those who follow files."""
        was = self.before
        return tuple(LotChange(was.get(lot.pk), lot) for lot in (*self.new, *self.changed, *self.disappeared))

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
            "unchanged": len(self.unchanged),
            "disappeared": len(self.disappeared),
        }


def changes(
    account: Account,
    rows: Sequence[LotRow],
    *,
    securities: Mapping[str, Security],
    as_of_on: date,
    source_file: CustodianFile | None = None,
    covers_symbols: frozenset[str] | None = None,
) -> Changes:
    """Compare a file's lots with those on record, without changing anything.

    `covers_symbols` limits which lots may be closed to the symbols the file covers (a lot file of one symbol
    does not cover others); None means that it covers the whole account.
    """
    book = list(TaxLot.objects.filter(account=account).select_related("security", "account").order_by("id"))
    was = {lot.pk: copy.copy(lot) for lot in book}
    corrected = Standing.of(account, book)
    origins = lot_origins.kept(account)
    matched = lot_matching.match(rows, book, security_of=lambda row: securities[row.symbol].pk)
    new: list[TaxLot] = []
    changed: list[TaxLot] = []
    unchanged: list[TaxLot] = []
    for found in matched:
        row, known = found.row, found.lot
        fresh = _lot(
            account, found.key, row, securities[row.symbol], as_of_on=as_of_on, source_file=source_file
        )
        if known is None:
            if found.part_of is not None:
                for name in _DECIDED:
                    setattr(fresh, name, getattr(found.part_of, name))
            new.append(fresh)
            continue
        decided = lot_origins.WRITTEN if known.pk in origins else ()
        is_same = known.closed_on is None and all(
            getattr(known, name) == getattr(fresh, name) for name in _RESTATED if name not in decided
        )
        for name in ("key", *_RESTATED, *_WHERE_FROM):
            setattr(known, name, getattr(fresh, name))
        lot_origins.keep(origins, (known,))
        corrected.keep(known)
        (unchanged if is_same else changed).append(known)
    spoken_for = None if covers_symbols is None else {securities[symbol].pk for symbol in covers_symbols}
    met = {found.lot.pk for found in matched if found.lot is not None}
    disappeared = [
        lot
        for lot in book
        if lot.pk not in met
        and lot.closed_on is None
        and (spoken_for is None or lot.security_id in spoken_for)
    ]
    corrected.gone(disappeared, new)
    before = {lot.pk: was[lot.pk] for lot in (*changed, *disappeared)}
    return Changes(tuple(new), tuple(changed), tuple(unchanged), tuple(disappeared), corrected, before)


def replace_from_file(found: Changes, *, as_of_on: date, by: Actor, at: datetime) -> None:
    """Write what `changes` found: add, restate, and close what the custodian no longer lists."""
    for lot in found.disappeared:
        lot.closed_on = as_of_on
    TaxLot.objects.bulk_create(found.new, batch_size=2_000)
    TaxLot.objects.bulk_update(
        (*found.changed, *found.unchanged), ("key", *_RESTATED, *_WHERE_FROM), batch_size=1_000
    )
    TaxLot.objects.bulk_update(found.disappeared, ("closed_on",), batch_size=1_000)
    lot_corrections.restate(found.corrected, by=by, at=at)


def _lot(
    account: Account,
    key: str,
    row: LotRow,
    security: Security,
    *,
    as_of_on: date,
    source_file: CustodianFile | None,
) -> TaxLot:
    before_wash = row.basis_total
    if before_wash is None and row.unit_cost is not None:
        before_wash = row.unit_cost * row.quantity
    basis = row.basis_wash_adjusted if row.basis_wash_adjusted is not None else before_wash
    return TaxLot(
        account=account,
        security=security,
        key=key,
        acquired_on=row.acquired_on,
        adjusted_acquired_on=row.acquired_adjusted_on,
        quantity=lot_matching.shares(row),
        basis=None if basis is None else cents(basis),
        unadjusted_basis=None if before_wash is None else cents(before_wash),
        basis_status=_basis_status(row, basis),
        acquired_by=str(row.acquired_by) if row.acquired_by else "",
        is_average_cost=bool(row.average_cost),
        donor_basis=row.donor_basis,
        donor_acquired_on=row.donor_acquired_on,
        gifted_on=row.gift_on,
        value_at_gift=row.gift_value,
        as_of_on=row.as_of or as_of_on,
        source_file=source_file,
        source_line=row.origin.line or None,
    )


def _basis_status(row: LotRow, basis: Decimal | None) -> str:
    """Unknown without a basis or a day: then no gain can be computed (never zero)."""
    if basis is None:
        return str(TaxLot.BasisStatus.UNKNOWN)
    if row.acquired_on is None:
        return str(TaxLot.BasisStatus.DISPUTED)
    if row.basis_status is BasisStatus.COVERED:
        return str(TaxLot.BasisStatus.COVERED)
    return str(TaxLot.BasisStatus.NONCOVERED)
