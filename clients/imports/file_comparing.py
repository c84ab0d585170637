"""One account of a file compared with the record: what would change, as values. The preview and the load both ask this.

Nothing is written here, and nothing is read but the book that was read for the whole file (`file_books`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clients.custodians.kinds import RowKind
from clients.custodians.rows import AccountSeen
from clients.holdings import gains, holdings, lots, movements, position_lots, positions
from clients.holdings.account_changes import AccountChange
from clients.holdings.account_lots import AccountLots
from clients.holdings.holdings import Reconciled
from clients.holdings.positions import Shares
from clients.imports import file_questions
from clients.imports.file_books import FileBook
from clients.imports.file_contents import Contents
from clients.imports.file_questions import Question
from clients.models import Account, CashBalance, CustodianFile, Security, Transaction
from compliance.people.actors import Actor


@dataclass(frozen=True, slots=True)
class Comparing:
    """What every account of a file is compared with."""

    file: CustodianFile
    contents: Contents
    known: Mapping[str, Security]
    jump_factor: int
    by: Actor
    at: datetime


@dataclass(slots=True)
class Outcome:
    """What a file would change in one account. Mutable while it is found out."""

    seen: AccountSeen
    account: Account
    questions: list[Question]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    cautions: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    differs: bool = False
    positions: positions.Changes | None = None
    lots: lots.Changes | None = None
    book: AccountLots | None = None
    cash: CashBalance | None = None
    movements: list[Transaction] = field(default_factory=list)
    sales: gains.Changes | None = None
    reconciled: Reconciled | None = None

    def told(self, contents: Contents) -> AccountChange | None:
        """What changes, for those who follow files; None where they have nothing to see."""
        covers = contents.parsed.covers
        changed_lots = self.book.told() if self.book is not None else ()
        shares = self.positions.shares if self.positions is not None else ()
        sales = self.sales.told if self.sales is not None else ()
        if not (changed_lots or shares or self.movements or sales):
            return None
        return AccountChange(
            self.account,
            lots_on=contents.day(RowKind.LOT, self.seen) if RowKind.LOT in covers else None,
            positions_on=contents.day(RowKind.POSITION, self.seen) if RowKind.POSITION in covers else None,
            lots=changed_lots,
            shares=shares,
            movements=self.movements,
            sales=sales,
        )


def compare(seen: AccountSeen, account: Account, book: FileBook, given: Comparing) -> Outcome:
    """Compare one account of a file with the record."""
    contents, known, file = given.contents, given.known, given.file
    covers = contents.parsed.covers

    def rows(kind: RowKind) -> list[Any]:
        return contents.rows(kind, seen)

    before = book.positions[account.pk]
    found = Outcome(
        seen,
        account,
        questions=file_questions.jumps(
            account,
            before=before,
            positions=rows(RowKind.POSITION) if RowKind.POSITION in covers else None,
            cash=rows(RowKind.CASH) if RowKind.CASH in covers else None,
            known=known,
            price_of=book.price_of,
            factor=given.jump_factor,
        ),
    )
    held: dict[int, Shares] = {key: one.said for key, one in before.items()}
    if RowKind.POSITION in covers:
        found.positions = positions.changes(
            account,
            rows(RowKind.POSITION),
            before,
            securities=known,
            as_of_on=contents.day(RowKind.POSITION, seen),
        )
        found.counts["positions"] = found.positions.counts
        found.differs |= found.positions.differs
        held = {key: one.said for key, one in found.positions.after.items()}
    if RowKind.LOT in covers:
        found.book = book.lots[account.pk]
        found.lots = lots.changes(
            account,
            rows(RowKind.LOT),
            found.book,
            securities=known,
            as_of_on=contents.day(RowKind.LOT, seen),
            source_file=file,
            covers_symbols=contents.symbols_of_lots(seen),
        )
        found.counts["lots"] = found.lots.counts
        found.cautions += found.lots.notes
        found.kept += found.lots.kept
    if RowKind.CASH in covers:
        found.counts["cash"] = positions.cash_changes(account, rows(RowKind.CASH))
        day = contents.day(RowKind.CASH, seen)
        found.cash = positions.balance(account, rows(RowKind.CASH), as_of_on=day, source_file=file)
    if RowKind.TRANSACTION in covers:
        fresh = movements.fresh(
            book.movements[account.pk], book.known_movements[account.pk], securities=known
        )
        found.movements = movements.unsaved(account, fresh, securities=known, source_file=file)
        all_of_them = len(rows(RowKind.TRANSACTION))
        found.counts["transactions"] = {"new": len(fresh), "unchanged": all_of_them - len(fresh)}
    if RowKind.CLOSED_LOT in covers:
        found.sales = gains.changes(
            account,
            rows(RowKind.CLOSED_LOT),
            book.sales[account.pk],
            securities=known,
            as_of_on=contents.day(RowKind.CLOSED_LOT, seen),
            source_file=file,
        )
        found.counts["closed_lots"] = found.sales.counts
    if RowKind.POSITION in covers or (RowKind.LOT in covers and held):
        _follow_positions(found, held, book, given)
    found.differs |= any(
        kind.get(name) for kind in found.counts.values() for name in ("new", "changed", "disappeared")
    )
    return found


def _follow_positions(found: Outcome, held: Mapping[int, Shares], book: FileBook, given: Comparing) -> None:
    """The lots that stand for positions, those of holdings that are gone, and whether lots equal positions."""
    covers = given.contents.parsed.covers
    kind = RowKind.POSITION if RowKind.POSITION in covers else RowKind.LOT
    day = given.contents.day(kind, found.seen)
    found.book = lots_of = book.lots[found.account.pk]
    if RowKind.LOT not in covers and (gone := position_lots.close_gone(lots_of, held, as_of_on=day)):
        found.counts["lots"] = {"new": 0, "changed": 0, "unchanged": 0, "disappeared": gone}
    found.differs |= position_lots.restate(
        lots_of, held, securities=book.securities, as_of_on=day, source_file=given.file
    )
    found.reconciled = holdings.reconcile(
        found.account,
        lots=lots_of.totals(),
        positions=held,
        securities=book.securities,
        as_of_on=day,
        by=given.by,
        at=given.at,
    )
