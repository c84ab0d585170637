"""An account's book as the record holds it now, and as it was kept when it was last compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max

from clients.holdings import listings
from clients.models import Account, Position, TaxLot
from clients.securities import names
from rebalancing.reconciliation.comparing import Book, HeldLot


def days(accounts: Collection[int]) -> dict[int, date]:
    """The day of each account's positions on record."""
    found = Position.objects.filter(account__in=accounts).order_by().values_list("account")
    return dict(found.annotate(day=Max("as_of_on")))


def of(account: Account, *, on: date) -> tuple[Book, date | None]:
    """The account's book now, and the day of its lots: None where they are of several days, so not comparable."""
    positions = account.positions.select_related("security")
    shares = {one.security.symbol: one.quantity for one in positions if one.quantity is not None}
    mine = TaxLot.objects.filter(account=account, closed_on=None).select_related("security")
    rows = list(listings.with_days(mine))
    lot_days = {listings.day_of(one) for one in rows}
    lots = {
        key_of(one.security.symbol, one.key): HeldLot(
            one.security.symbol, one.quantity, one.basis, one.acquired_on
        )
        for one in rows
    }
    cash = getattr(account, "cash", None)
    known = cash is not None and cash.as_of_on == on
    return (
        Book(
            shares=shares,
            settled=cash.settled if known and cash else None,
            cash=cash.settled + cash.unsettled if known and cash else None,
            lots=lots,
        ),
        lot_days.pop() if len(lot_days) == 1 else None,
    )


def key_of(symbol: str, key: str) -> str:
    """A lot's name within its account."""
    return f"{symbol} {key}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A book as it was kept. `lots_on` is the day of its lots; `since` is an earlier one for the securities of which the
    custodian's lots are still asked about; `actions` are the corporate actions that it has in it.
    """

    book: Book
    lots_on: date | None
    since: Mapping[str, date] = field(default_factory=dict)
    actions: frozenset[str] = frozenset()


def stored(kept: Kept) -> dict[str, Any]:
    """A book as it is stored: figures as text, so that nothing is lost."""
    book, lots_on = kept.book, kept.lots_on
    return {
        "actions": sorted(kept.actions),
        "since": {symbol: day.isoformat() for symbol, day in kept.since.items()},
        "shares": {symbol: str(shares) for symbol, shares in book.shares.items()},
        "settled": None if book.settled is None else str(book.settled),
        "cash": None if book.cash is None else str(book.cash),
        "lots_on": None if lots_on is None else lots_on.isoformat(),
        "lots": {
            key: [
                one.symbol,
                str(one.shares),
                None if one.basis is None else str(one.basis),
                None if one.acquired_on is None else one.acquired_on.isoformat(),
            ]
            for key, one in book.lots.items()
        },
    }


def read(stored: dict[str, Any]) -> Kept:
    """A stored book, by the symbols of now: one that was changed since is the same security."""
    lots = stored.get("lots", {})
    now = names.renamed({*stored.get("shares", {}), *(symbol for symbol, *_ in lots.values())})

    def named(symbol: str) -> str:
        return now.get(symbol, symbol)

    return Kept(
        Book(
            shares={named(symbol): Decimal(shares) for symbol, shares in stored.get("shares", {}).items()},
            settled=_decimal(stored.get("settled")),
            cash=_decimal(stored.get("cash")),
            lots={
                named(symbol) + key.removeprefix(symbol): HeldLot(
                    named(symbol),
                    Decimal(shares),
                    _decimal(basis),
                    None if on is None else date.fromisoformat(on),
                )
                for key, (symbol, shares, basis, on) in lots.items()
            },
        ),
        date.fromisoformat(stored["lots_on"]) if stored.get("lots_on") else None,
        {named(symbol): date.fromisoformat(day) for symbol, day in stored.get("since", {}).items()},
        frozenset(stored.get("actions", ())),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
