"""What the record holds of a file's accounts, read together: as many queries for a thousand accounts as for one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from clients.custodians.kinds import RowKind
from clients.custodians.rows import AccountSeen, TransactionRow
from clients.holdings import account_lots, gains, movements, positions
from clients.holdings.account_lots import AccountLots
from clients.holdings.movements import Known
from clients.holdings.positions import Held
from clients.imports.file_contents import Contents
from clients.models import Account, RealizedGain, Security
from clients.securities import securities


@dataclass(frozen=True)
class FileBook:
    """The record of some accounts of a file, by account."""

    lots: Mapping[int, AccountLots]
    positions: Mapping[int, Mapping[int, Held]]
    movements: Mapping[int, Mapping[str, TransactionRow]]
    """The file's own, by key."""
    known_movements: Mapping[int, Known]
    sales: Mapping[int, Sequence[RealizedGain]]
    securities: Mapping[int, Security]

    @cached_property
    def prices(self) -> Mapping[int, Decimal]:
        """The latest price of each security, where the record or the file needs one to value a position."""
        day = securities.latest_price_day()
        if day is None:
            return {}
        found = securities.prices_on(day, securities=self.securities.keys())
        return {key: price.price for key, price in found.items()}

    def price_of(self, security_id: int) -> Decimal | None:
        return self.prices.get(security_id)


def read(
    wanted: Collection[tuple[AccountSeen, Account]],
    contents: Contents,
    *,
    layout: str,
    known: Mapping[str, Security],
) -> FileBook:
    """Read what the record holds of these accounts, as far as the file's kinds concern it."""
    accounts = [account for _, account in wanted]
    covers = contents.parsed.covers
    by_key = {one.pk: one for one in known.values()}
    held = positions.on_record(accounts)
    lots = account_lots.of_accounts(accounts, securities=by_key)
    keys = {key for of_one in held.values() for key in of_one}
    keys |= {row[account_lots.SECURITY] for one in lots.values() for row in one.rows.values()}
    by_key |= Security.objects.in_bulk(keys - by_key.keys())
    moved: dict[int, dict[str, TransactionRow]] = {}
    if RowKind.TRANSACTION in covers:
        moved = {
            account.pk: movements.keyed(contents.rows(RowKind.TRANSACTION, seen)) for seen, account in wanted
        }
    return FileBook(
        lots=lots,
        positions=held,
        movements=moved,
        known_movements=movements.on_record(moved, layout=layout),
        sales=gains.on_record(accounts) if RowKind.CLOSED_LOT in covers else {},
        securities=by_key,
    )


def newest_on_record(
    seen: AccountSeen, account: Account, contents: Contents, book: FileBook
) -> dict[RowKind, date | None]:
    """The day of what the record holds of an account, of each kind that the file would overwrite."""
    newest: dict[RowKind, date | None] = {}
    covers = contents.parsed.covers
    if RowKind.POSITION in covers:
        newest[RowKind.POSITION] = max(
            (one.as_of_on for one in book.positions[account.pk].values()), default=None
        )
    if RowKind.LOT in covers:
        symbols = contents.symbols_of_lots(seen)
        newest[RowKind.LOT] = max(
            (
                day
                for key, day in book.lots[account.pk].newest_days().items()
                if symbols is None or book.securities[key].symbol in symbols
            ),
            default=None,
        )
    if contents.rows(RowKind.CASH, seen):
        newest[RowKind.CASH] = account.cash.as_of_on if hasattr(account, "cash") else None
    return newest
