"""An account's lots while a file is compared with them: as the record has them, and as it will have them.

The rows come from the database as tuples, because nearly all of a day's lots are those of the day before; a lot
becomes an object when something about it changes. What is written is the difference between the two, so a lot that
a file repeats is not written. That a file listed it is said once for the account (`LotListing`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clients.holdings.account_changes import LotChange
from clients.models import Account, CustodianFile, LotCorrection, LotListing, LotOrigin, Security, TaxLot

COLUMNS = tuple(field.attname for field in TaxLot._meta.concrete_fields)
_AT = {name: place for place, name in enumerate(COLUMNS)}

RESTATED = (
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
"""What a later file may restate about the same lot."""
WHERE_FROM = ("as_of_on", "source_file_id", "source_line")
WRITTEN = ("key", *RESTATED, "closed_on", *WHERE_FROM)

PK, SECURITY, KEY, CLOSED = _AT["id"], _AT["security_id"], _AT["key"], _AT["closed_on"]
QUANTITY, AS_OF = _AT["quantity"], _AT["as_of_on"]
FACTS = slice(_AT[RESTATED[0]], _AT[RESTATED[-1]] + 1)
assert COLUMNS[FACTS] == RESTATED, "the restated columns of a lot stand together"

Raw = tuple[Any, ...]
"""A row of the table, in the order of `COLUMNS`."""


class AccountLots:
    """The lots that one account ever had. Mutable: a comparison touches lots, makes new ones and stamps."""

    def __init__(
        self,
        account: Account,
        rows: Iterable[Raw],
        *,
        corrections: Iterable[LotCorrection] = (),
        origins: Mapping[int, LotOrigin] | None = None,
        listings: Iterable[LotListing] = (),
        securities: Mapping[int, Security] | None = None,
    ) -> None:
        self.account = account
        self.rows = {row[PK]: row for row in rows}
        self.corrections = {one.lot_id: one for one in corrections}
        self.origins = dict(origins or {})
        self.made: list[TaxLot] = []
        self._securities = securities or {}
        self._touched: dict[int, TaxLot] = {}
        self._listings = {one.security_id: one for one in listings}
        self._stamped: dict[int | None, date] = {}

    def lot(self, row: Raw) -> TaxLot:
        """The lot of a row as it will be; the same object each time."""
        found = self._touched.get(row[PK])
        if found is None:
            found = self._touched[row[PK]] = self.as_recorded(row)
        return found

    def as_recorded(self, row: Raw) -> TaxLot:
        """The lot of a row as the record has it, in an object of its own."""
        found = TaxLot.from_db("default", COLUMNS, row)
        found.account = self.account
        if (security := self._securities.get(row[SECURITY])) is not None:
            found.security = security
        return found

    def listed_on(self, security_id: int) -> date | None:
        """The last day of which a file listed the account's lots of a security, stamps of now included."""
        days = [self._stamped.get(key) for key in (None, security_id)]
        days.append(self._listed_before(security_id))
        return max((day for day in days if day is not None), default=None)

    def day_of(self, row: Raw) -> date:
        """The last day of which a file on record listed a lot."""
        own: date = row[AS_OF]
        listed = None if row[CLOSED] is not None else self._listed_before(row[SECURITY])
        return own if listed is None else max(own, listed)

    def newest_days(self) -> dict[int, date]:
        """The newest of these days by security."""
        found: dict[int, date] = {}
        are_open: set[int] = set()
        for row in self.rows.values():
            security, day = row[SECURITY], row[AS_OF]
            if security not in found or day > found[security]:
                found[security] = day
            if row[CLOSED] is None:
                are_open.add(security)
        for security in are_open:
            if (listed := self._listed_before(security)) is not None and listed > found[security]:
                found[security] = listed
        return found

    def stamp(self, day: date, securities: Collection[int] | None = None) -> None:
        """Say once that a file of this day lists the account's open lots, or those of some securities."""
        for key in (None,) if securities is None else securities:
            self._stamped[key] = day

    def close(self, lot: TaxLot, *, on: date) -> None:
        """Close a lot; it keeps the last day on which it was listed."""
        lot.as_of_on = self.day_of(self.rows[lot.pk])
        lot.closed_on = on

    def open_places(self) -> Iterator[tuple[int, str]]:
        """The security and the key of each lot that will be open."""
        touched = self._touched
        for key, row in self.rows.items():
            if row[CLOSED] is None and key not in touched:
                yield row[SECURITY], row[KEY]
        for lot in (*touched.values(), *self.made):
            if lot.closed_on is None:
                yield lot.security_id, lot.key

    def places(self) -> set[tuple[int, str]]:
        """The security and the key of each lot on record."""
        return {(row[SECURITY], row[KEY]) for row in self.rows.values()}

    def open_rows(self) -> list[Raw]:
        """The rows of the lots that are open on record."""
        return [row for row in self.rows.values() if row[CLOSED] is None]

    def totals(self) -> dict[int, Decimal]:
        """Open shares by security, as they will be."""
        found: dict[int, Decimal] = defaultdict(Decimal)
        touched = self._touched
        for key, row in self.rows.items():
            if row[CLOSED] is None and key not in touched:
                found[row[SECURITY]] += row[QUANTITY]
        for lot in (*touched.values(), *self.made):
            if lot.closed_on is None:
                found[lot.security_id] += lot.quantity
        return dict(found)

    def changed(self) -> list[TaxLot]:
        """The lots on record that have to be written."""
        return [lot for key, lot in self._touched.items() if self._is_other(self.rows[key], lot)]

    def told(self) -> tuple[LotChange, ...]:
        """What changed about lots, other than which file said so last, for those who follow files."""
        facts = ("key", *RESTATED, "closed_on")
        found = [LotChange(None, lot) for lot in self.made]
        for key, lot in self._touched.items():
            row = self.rows[key]
            if any(row[_AT[name]] != getattr(lot, name) for name in facts):
                before = self.as_recorded(row)
                before.as_of_on = self.day_of(row)
                found.append(LotChange(before, lot))
        return tuple(found)

    def listings(self, source_file: CustodianFile | None) -> list[LotListing]:
        """The stamps that have to be written."""
        return [
            LotListing(account=self.account, security_id=key, as_of_on=day, source_file=source_file)
            for key, day in self._stamped.items()
            if (known := self._listings.get(key)) is None
            or (known.as_of_on, known.source_file_id) != (day, source_file.pk if source_file else None)
        ]

    def _listed_before(self, security_id: int) -> date | None:
        days = [one.as_of_on for key in (None, security_id) if (one := self._listings.get(key)) is not None]
        return max(days, default=None)

    def _is_other(self, row: Raw, lot: TaxLot) -> bool:
        differing = {name for name in WRITTEN if row[_AT[name]] != getattr(lot, name)}
        if not differing <= set(WHERE_FROM):
            return True
        listed = self.listed_on(lot.security_id) if lot.closed_on is None else None
        return bool(differing) and (listed is None or listed < lot.as_of_on)


def of_accounts(
    accounts: Collection[Account], *, securities: Mapping[int, Security] | None = None
) -> dict[int, AccountLots]:
    """The lots of many accounts, with what was decided about them, in four queries."""
    keys = [one.pk for one in accounts]
    rows: dict[int, list[Raw]] = defaultdict(list)
    place = _AT["account_id"]
    for row in TaxLot.objects.filter(account__in=keys).order_by("pk").values_list(*COLUMNS):
        rows[row[place]].append(row)
    corrections: dict[int, list[LotCorrection]] = defaultdict(list)
    for one in LotCorrection.objects.filter(lot__account__in=keys, ended_at=None).select_related("lot"):
        corrections[one.lot.account_id].append(one)
    origins: dict[int, dict[int, LotOrigin]] = defaultdict(dict)
    for origin in LotOrigin.objects.filter(lot__account__in=keys, ended_at=None).select_related("lot"):
        origins[origin.lot.account_id][origin.lot_id] = origin
    listings: dict[int, list[LotListing]] = defaultdict(list)
    for listing in LotListing.objects.filter(account__in=keys):
        listings[listing.account_id].append(listing)
    return {
        one.pk: AccountLots(
            one,
            rows.get(one.pk, ()),
            corrections=corrections.get(one.pk, ()),
            origins=origins.get(one.pk),
            listings=listings.get(one.pk, ()),
            securities=securities,
        )
        for one in accounts
    }
