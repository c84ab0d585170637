"""Imports prices. Only `securities.prices_on` chooses which of them to use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from clients.custodians import symbols
from clients.custodians.rows import PositionRow, PriceRow, SecurityRow
from clients.models import Price, Security
from clients.securities.securities import symbol_named_by

_PRICES_THAT_DIFFER = """
    SELECT count(*)
    FROM unnest(%s::bigint[], %s::date[], %s::numeric[], %s::varchar[]) AS given (security, day, price, source)
    LEFT JOIN clients_price AS known
    ON known.security_id = given.security AND known.as_of_on = given.day AND known.source = given.source
    WHERE known.id IS NULL OR known.price <> round(given.price, 6)
"""

_ADD_PRICES = """
    INSERT INTO clients_price (security_id, as_of_on, price, source, received_at, standing, reason)
    SELECT security, day, price, source, %s, 'sound', ''
    FROM unnest(%s::bigint[], %s::date[], %s::numeric[], %s::varchar[]) AS given (security, day, price, source)
    ON CONFLICT (security_id, as_of_on, source) DO UPDATE
    SET price = excluded.price, received_at = excluded.received_at,
        standing = CASE WHEN clients_price.price = excluded.price THEN clients_price.standing ELSE 'sound' END,
        disputed_with = CASE WHEN clients_price.price = excluded.price THEN clients_price.disputed_with END,
        decided_by_id = CASE WHEN clients_price.price = excluded.price THEN clients_price.decided_by_id END,
        decided_at = CASE WHEN clients_price.price = excluded.price THEN clients_price.decided_at END,
        reason = CASE WHEN clients_price.price = excluded.price THEN clients_price.reason ELSE '' END
"""


def prices_of(rows: Iterable[PositionRow], *, on: date) -> list[PriceRow]:
    """The prices that positions were valued at, for one unit of what the quantity counts.

    An option's price is that of a whole contract and a bond's that of one dollar of face, so that
    quantity times price is the value. A cash fund is worth one dollar a share.
    """
    found: dict[tuple[str, date], PriceRow] = {}
    for row in rows:
        symbol = symbol_named_by(row)
        price = row.price
        if price is None and symbols.is_money_market(symbol):
            price = Decimal(1)
        if price is not None and price > 0:
            day = row.as_of or on
            found.setdefault((symbol, day), PriceRow(symbol, day, price * row.factor, None, row.origin))
    return list(found.values())


def add_prices(
    rows: Sequence[PriceRow], *, source: str, at: datetime, known: Mapping[str, Security] | None = None
) -> tuple[int, int]:
    """Add the prices of a file; returns how many there were, and how many were new or changed.

    The same day and source is corrected.

    A price of a security that is not on record is left out (see `symbols_unknown`). `known` maps symbols to
    securities where the file spells them differently.
    """
    key_by_symbol = dict(
        Security.objects.filter(symbol__in={row.symbol for row in rows}).values_list("symbol", "pk")
    )
    key_by_symbol |= {symbol: security.pk for symbol, security in (known or {}).items()}
    # A file may spell one security in two ways, and the statement may touch a row only once.
    priced = {
        (key_by_symbol[row.symbol], row.on, row.source or source): row.price
        for row in rows
        if row.symbol in key_by_symbol
    }
    # One statement for all rows, because years of daily prices are a hundred thousand rows; in a fixed order, so that
    # two files with the same prices wait for each other and never both.
    ordered = sorted(priced)
    columns = (
        [security for security, _, _ in ordered],
        [day for _, day, _ in ordered],
        [priced[place] for place in ordered],
        [named for _, _, named in ordered],
    )
    with connection.cursor() as cursor:
        cursor.execute(_PRICES_THAT_DIFFER, list(columns))
        (differ,) = cursor.fetchone()
        cursor.execute(_ADD_PRICES, [at, *columns])
    return len(priced), differ


def unsaved_price(key: int, *, on: date, price: Decimal, source: str) -> Price:
    """An unsaved price that came from no file, for one reading only."""
    return Price(security_id=key, as_of_on=on, price=price, source=source)


def symbols_unknown(rows: Sequence[PriceRow], *, described: Sequence[SecurityRow] = ()) -> list[str]:
    """The symbols of a price file that neither the record nor the file itself describes."""
    named = {row.symbol for row in rows} - {row.symbol for row in described}
    return sorted(named - set(Security.objects.filter(symbol__in=named).values_list("symbol", flat=True)))
