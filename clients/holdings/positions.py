"""Positions and cash as a file states them, compared with the record and written where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from clients.custodians import symbols
from clients.custodians.kinds import CashKind, SecurityKind
from clients.custodians.rows import CashRow, PositionRow
from clients.holdings import bulk
from clients.holdings.account_changes import SharesChange
from clients.models import Account, CashBalance, CustodianFile, Position, Security
from clients.securities import securities as naming
from rebalancing.engine.money import cents

ZERO, ONE = Decimal(0), Decimal(1)
MILLIONTH = Decimal("0.000001")

_WRITTEN = (
    "quantity",
    "market_value",
    "held_out",
    "reinvests_dividends",
    "as_of_on",
    "source_file",
    "source_line",
)
_CASH = ("settled", "unsettled", "unsettled_settles_on", "as_of_on", "source_file", "source_line")


class Shares(NamedTuple):
    """What a position says: shares, the custodian's value, why it is held out, whether dividends buy more."""

    quantity: Decimal | None
    market_value: Decimal | None
    held_out: str
    reinvests_dividends: bool | None


class Held(NamedTuple):
    """A position on record: its key, the day of its file, and what it says."""

    pk: int
    as_of_on: date
    said: Shares


class Stated(NamedTuple):
    """A position of a file."""

    said: Shares
    as_of_on: date
    line: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file's positions would change in one account."""

    account: Account
    before: Mapping[int, Held]
    after: Mapping[int, Stated]

    @property
    def counts(self) -> dict[str, int]:
        """Counts for the preview: symbols that are new, changed, the same, and no longer there."""
        shared = self.after.keys() & self.before.keys()
        changed = sum(self.after[key].said.quantity != self.before[key].said.quantity for key in shared)
        return {
            "new": len(self.after.keys() - self.before.keys()),
            "changed": changed,
            "unchanged": len(shared) - changed,
            "disappeared": len(self.before.keys() - self.after.keys()),
        }

    @property
    def differs(self) -> bool:
        """Whether the file's positions differ from the record in shares, values or reasons."""
        return self.before.keys() != self.after.keys() or any(
            one.said != self.before[key].said for key, one in self.after.items()
        )

    @property
    def shares(self) -> list[SharesChange]:
        """The positions whose shares change, in order of their securities."""
        before = {key: one.said.quantity for key, one in self.before.items()}
        after = {key: one.said.quantity for key, one in self.after.items()}
        return [
            SharesChange(key, before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]


def on_record(accounts: Sequence[Account]) -> dict[int, dict[int, Held]]:
    """The positions of many accounts, by account and security."""
    found: dict[int, dict[int, Held]] = {one.pk: {} for one in accounts}
    rows = Position.objects.filter(account__in=found).order_by("pk")
    for account, security, key, day, *said in rows.values_list(
        "account_id", "security_id", "pk", "as_of_on", *Shares._fields
    ):
        found[account][security] = Held(key, day, Shares(*said))
    return found


def changes(
    account: Account,
    rows: Sequence[PositionRow],
    before: Mapping[int, Held],
    *,
    securities: Mapping[str, Security],
    as_of_on: date,
) -> Changes:
    """Compare a file's positions with those on record, without writing anything.

    The same symbol held in cash and in margin is one position. Options, shorts and other held-out positions are kept
    with the reason, since they count in the account's value; an option is a separate security.
    """
    same: dict[int, list[PositionRow]] = defaultdict(list)
    for row in rows:
        same[securities[naming.symbol_named_by(row)].pk].append(row)
    return Changes(account, before, {key: _stated(several, as_of_on) for key, several in same.items()})


def write(found: Iterable[Changes], *, source_file: CustodianFile | None) -> None:
    """Write the positions of many accounts: restate those that were there, add new ones, remove the rest."""
    gone: list[int] = []
    changed: list[tuple[object, ...]] = []
    new: list[Position] = []
    key_of_file = source_file.pk if source_file is not None else None
    for one in found:
        gone += [held.pk for key, held in one.before.items() if key not in one.after]
        for key, stated in one.after.items():
            if (held := one.before.get(key)) is not None:
                changed.append((held.pk, *stated.said, stated.as_of_on, key_of_file, stated.line))
            else:
                new.append(
                    Position(
                        account_id=one.account.pk,
                        security_id=key,
                        **stated.said._asdict(),
                        as_of_on=stated.as_of_on,
                        source_file_id=key_of_file,
                        source_line=stated.line,
                    )
                )
    if gone:
        Position.objects.filter(pk__in=gone).delete()
    bulk.update(Position, _WRITTEN, changed)
    bulk.insert(Position, new)


def cash_of(rows: Sequence[CashRow]) -> tuple[Decimal, Decimal]:
    """Settled cash (a margin debit counts against it) and pending cash of a file's rows."""
    pending = [row.amount for row in rows if row.kind is CashKind.PENDING]
    settled = [row.amount for row in rows if row.kind is not CashKind.PENDING]
    return cents(sum(settled, ZERO)), cents(sum(pending, ZERO))


def cash_changes(account: Account, rows: Sequence[CashRow]) -> dict[str, int]:
    """Compare a file's cash with the balance on record, without changing anything."""
    before = account.cash if hasattr(account, "cash") else None
    if before is None:
        return {"new": 1, "changed": 0, "unchanged": 0}
    is_same = (before.settled, before.unsettled) == cash_of(rows)
    return {"new": 0, "changed": int(not is_same), "unchanged": int(is_same)}


def balance(
    account: Account, rows: Sequence[CashRow], *, as_of_on: date, source_file: CustodianFile | None
) -> CashBalance:
    """An account's cash as the file states it, unsaved: settled (a margin debit counts against it) and pending."""
    days = [row.settles_on for row in rows if row.kind is CashKind.PENDING and row.settles_on]
    settled, unsettled = cash_of(rows)
    return CashBalance(
        pk=account.cash.pk if hasattr(account, "cash") else None,
        account_id=account.pk,
        settled=settled,
        unsettled=unsettled,
        unsettled_settles_on=max(days, default=None),
        as_of_on=as_of_on,
        source_file_id=source_file.pk if source_file is not None else None,
        source_line=rows[0].origin.line or None if rows else None,
    )


def write_cash(balances: Sequence[CashBalance]) -> None:
    """Write the cash of many accounts."""
    columns = [CashBalance._meta.get_field(name).attname for name in _CASH]  # type: ignore[union-attr]
    bulk.update(
        CashBalance,
        _CASH,
        [(one.pk, *(getattr(one, name) for name in columns)) for one in balances if one.pk is not None],
    )
    bulk.insert(CashBalance, [one for one in balances if one.pk is None])


def _stated(same: Sequence[PositionRow], as_of_on: date) -> Stated:
    """One position of a file; the rows are of one security."""
    first = same[0]
    if len(same) == 1 and first.quantity is not None:
        value = None if first.value is None else cents(first.value)
        said = Shares(first.quantity.quantize(MILLIONTH), value, first.held_out or "", first.reinvest)
        return Stated(said, first.as_of or as_of_on, first.origin.line or None)
    said = Shares(
        _quantity(same),
        _total([row.value for row in same]),
        next((held_out for row in same if (held_out := _held_out(row))), ""),
        next((row.reinvest for row in same if row.reinvest is not None), None),
    )
    return Stated(said, same[0].as_of or as_of_on, same[0].origin.line or None)


def _quantity(same: Sequence[PositionRow]) -> Decimal | None:
    """Total shares, to a millionth; unknown if any row's are."""
    parts = [row.value if row.quantity is None and _is_cash_fund(row) else row.quantity for row in same]
    known = [part for part in parts if part is not None]
    return sum(known, ZERO).quantize(MILLIONTH) if len(known) == len(parts) else None


def _held_out(row: PositionRow) -> str:
    """Why a row is held out. A cash fund without a quantity is not: its value is its quantity."""
    if row.held_out and row.quantity is None and _is_cash_fund(row):
        return ""
    return row.held_out or ""


def _is_cash_fund(row: PositionRow) -> bool:
    is_fund = row.kind is SecurityKind.MONEY_MARKET or symbols.is_money_market(row.symbol)
    return is_fund and row.option is None and row.price in {None, ONE} and row.value is not None


def _total(values: Sequence[Decimal | None]) -> Decimal | None:
    """A sum that is unknown if any part is."""
    known = [value for value in values if value is not None]
    return cents(sum(known, ZERO)) if known and len(known) == len(values) else None
