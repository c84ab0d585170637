"""Collects a file's rows, faults and cautions into one `ParsedFile`.

A bad cell never raises out of a parser. It records a fault with line, column, value, rule and fix;
its row is not kept; and a refused file or account keeps no rows at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from clients.custodians import cells, symbols
from clients.custodians.kinds import RowKind
from clients.custodians.rows import (
    AccountRow,
    AccountSeen,
    CashRow,
    Caution,
    ClosedLotRow,
    Fault,
    LotRow,
    Origin,
    ParsedFile,
    PositionRow,
    PriceRow,
    SecurityRow,
    Total,
    TransactionRow,
)
from clients.custodians.tables import Line, TableRefused, folded

FAULTS_SHOWN_MAX = 200
# Beyond this number the file is probably not of this layout, so reading stops.
FAULTS_COUNTED_MAX = 5_000

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)
Countable = TypeVar("Countable", LotRow, TransactionRow, ClosedLotRow)

ZERO = Decimal(0)
# The placeholder for a required cell that was refused; its row is marked bad and never kept.
NO_DAY = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload: its name, its bytes and the day it was received, which future dates are checked against."""

    name: str
    data: bytes
    received_on: date | None = None


class TooManyFaults(TableRefused):
    """Reading has stopped because of too many faults."""


class Reading:
    """One file being read. Mutable: it collects rows while the parser runs and is closed by `finish`."""

    def __init__(self, *, layout: str, custodian: str | None, upload: Upload) -> None:
        self.layout = layout
        self.custodian = custodian
        self.upload = upload
        self.file = upload.name
        self.last_day = upload.received_on and upload.received_on + timedelta(days=1)
        """The last day that is not in the future, with one day of tolerance for the custodian's clock."""
        self.as_of: date | None = None
        self.seen: dict[str, AccountSeen] = {}
        self.securities: list[SecurityRow] = []
        self.prices: list[PriceRow] = []
        self.accounts: list[AccountRow] = []
        self.positions: list[PositionRow] = []
        self.lots: list[LotRow] = []
        self.cash: list[CashRow] = []
        self.transactions: list[TransactionRow] = []
        self.closed_lots: list[ClosedLotRow] = []
        self.totals: list[Total] = []
        self.cautions: list[Caution] = []
        self.covers: set[RowKind] = set()
        self._faults: list[Fault] = []
        self._faults_left_off = 0
        self._file_is_refused = False
        self._accounts_refused: set[str] = set()
        self._strings: dict[str, str] = {}

    def fault(
        self,
        rule: str,
        how_to_fix: str,
        *,
        line: int = 0,
        column: str = "",
        value: str = "",
        account: str | None = None,
    ) -> None:
        """Record a fault; `value` is the raw cell. Without an account the whole file is refused."""
        if account is None:
            self._file_is_refused = True
        else:
            self._accounts_refused.add(account)
        if len(self._faults) >= FAULTS_SHOWN_MAX:
            self._faults_left_off += 1
            if self._faults_left_off + FAULTS_SHOWN_MAX == FAULTS_COUNTED_MAX:
                raise TooManyFaults(
                    f"The file has more than {FAULTS_COUNTED_MAX:,} faults; reading stopped here.",
                    "Correct the first ones, then upload it again.",
                    line=line,
                )
            return
        printed = cells.shown(value) if value else ""
        self._faults.append(Fault(self.file, line, column, printed, rule, how_to_fix, account))

    def refuse(self, refused: TableRefused) -> None:
        """Record why the file is unreadable; nothing of it may be kept."""
        if isinstance(refused, TooManyFaults):
            self._file_is_refused = True
            stopped = Fault(self.file, refused.line, "", "", refused.rule, refused.how_to_fix)
            self._faults.append(stopped)
            return
        self.fault(
            refused.rule, refused.how_to_fix, line=refused.line, column=refused.column, value=refused.value
        )

    def caution(self, sentence: str, *, line: int = 0, account: str | None = None) -> None:
        if len(self.cautions) < FAULTS_SHOWN_MAX:
            self.cautions.append(Caution(self.file, line, sentence, account))

    def account(self, *, number: str | None = None, mask: str | None = None, label: str | None = None) -> str:
        """The key of an account of this file, recorded when it is first seen."""
        key = number or " | ".join(part for part in (mask, label) if part) or "(unnamed)"
        if (seen := self.seen.get(key)) is None:
            seen = self.seen[key] = AccountSeen(key=key, number=number, mask=mask, label=label)
        return seen.key  # One object for all rows of the account.

    def origin(self, line: Line) -> Origin:
        return Origin(self.file, line.number)

    def same(self, string: str) -> str:
        """One object per distinct string, because symbols and dates repeat thousands of times."""
        if len(string) > 32:
            return string
        return self._strings.setdefault(string, string)

    def total(self, total: Total, *, within: Decimal = ZERO) -> None:
        """Check a printed total; a difference refuses the account, since rows must be missing. A difference
        up to `within` is only a caution, because custodians round each row before adding.
        """
        self.totals.append(total)
        if not total.gap:
            return
        sentence = (
            f"{total.caption} says {total.stated:,.2f} but the rows add up to {total.summed:,.2f}: "
            f"a gap of {total.gap:,.2f}."
        )
        if abs(total.gap) <= within:
            self.caution(sentence, line=total.line, account=total.account)
        else:
            self.fault(
                sentence,
                "Rows may be missing. Export the file again without filters.",
                line=total.line,
                column=total.caption,
                account=total.account,
            )

    def plausible_as_of(self, as_of: date | None, *, line: int = 0, column: str = "") -> None:
        """Refuse a day after the upload, with one day of tolerance for the custodian's clock."""
        if as_of and self.last_day and as_of > self.last_day:
            self.fault(
                "The date is in the future.",
                "Check the date, or export the file again.",
                line=line,
                column=column,
                value=as_of.isoformat(),
            )

    def finish(self) -> ParsedFile:
        """Close the reading. This is the one place where refused rows are dropped."""
        if not self._faults and not self._rows_any() and not self.covers:
            self.fault("The file has no usable rows.", "Export it again from the custodian's site.")

        def kept(rows: Iterable[T]) -> tuple[T, ...]:
            if self._file_is_refused:
                return ()
            if not (refused := self._accounts_refused):
                return tuple(rows)
            return tuple(row for row in rows if getattr(row, "account", None) not in refused)

        return ParsedFile(
            layout=self.layout,
            custodian=self.custodian,
            name=self.upload.name,
            as_of=self.as_of,
            accounts_seen=tuple(self.seen.values()),
            accounts_refused=tuple(sorted(self.seen if self._file_is_refused else self._accounts_refused)),
            securities=kept(self.securities),
            prices=kept(self.prices),
            accounts=tuple(r for r in kept(self.accounts) if r.number not in self._accounts_refused),
            positions=kept(self.positions),
            lots=kept(numbered(self.lots)),
            cash=kept(self.cash),
            transactions=kept(numbered(self.transactions)),
            closed_lots=kept(numbered(self.closed_lots)),
            totals=tuple(self.totals),
            faults=tuple(self._faults),
            faults_left_off=self._faults_left_off,
            warnings=tuple(self.cautions),
            covers=frozenset() if self._file_is_refused else frozenset(self.covers),
        )

    def _rows_any(self) -> bool:
        return any(getattr(self, kind.value) for kind in RowKind)


def numbered(rows: Sequence[Countable]) -> list[Countable]:
    """The rows with identical ones numbered 1, 2, …: two lots of one day and cost are two lots."""
    # Most rows are told from all others by a few cells; only among the rest are whole rows compared.
    alike = Counter(map(_nearly, rows))
    if len(alike) == len(rows) and all(row.ordinal == 1 for row in rows):
        return list(rows)
    met: Counter[object] = Counter()
    out: list[Countable] = []
    for row in rows:
        if row.ordinal == 1 and alike[_nearly(row)] == 1:
            out.append(row)
            continue
        first = row if row.ordinal == 1 else replace(row, ordinal=1)
        met[first] += 1
        out.append(first if met[first] == 1 else replace(row, ordinal=met[first]))
    return out


def _nearly(row: LotRow | TransactionRow | ClosedLotRow) -> tuple[object, ...]:
    if isinstance(row, LotRow):
        return row.account, row.symbol, row.lot_id, row.acquired_on
    if isinstance(row, TransactionRow):
        return row.account, row.symbol, row.transaction_id, row.trade_on
    return row.account, row.symbol, row.opened_on, row.closed_on


def _symbol(cell: str) -> str | None:
    return symbols.canonical(cell) if cell.strip() else None


@lru_cache(maxsize=4096)
def _member(of: type[Choice], cell: str) -> Choice | None:
    """The member that a cell names; None for an empty cell. Raises ValueError where there is none."""
    found = cells.text(cell)
    return None if found is None else of(found.casefold().replace(" ", "_").replace("-", "_"))


class Columns:
    """The position of each caption in a header. Names are compared case-folded; order does not matter."""

    def __init__(self, header: Line, index_by_caption: Mapping[str, int]) -> None:
        self.header = header
        self.index_by_caption = index_by_caption
        self.width = len(header.cells)

    @classmethod
    def read(
        cls,
        reading: Reading,
        header: Line,
        *,
        aliases: Callable[[str], Sequence[str]] = lambda c: (c,),
    ) -> Columns:
        """Map a header line. A repeated caption is a fault, because it is ambiguous."""
        index_by_caption: dict[str, int] = {}
        for index, cell in enumerate(header.cells):
            for name in aliases(folded(cell)):
                if not name:
                    continue
                if name in index_by_caption:
                    reading.fault(
                        "Two columns have the same name.",
                        "Remove or rename one of them.",
                        line=header.number,
                        column=cell.strip(),
                        value=cell,
                    )
                index_by_caption[name] = index
        return cls(header, index_by_caption)

    def __contains__(self, caption: str) -> bool:
        return caption in self.index_by_caption

    def missing(self, *captions: str) -> list[str]:
        return [caption for caption in captions if caption not in self.index_by_caption]


class Row:
    """One line under a header. Its readers record faults and set `bad` instead of raising."""

    def __init__(self, reading: Reading, columns: Columns, line: Line, account: str | None = None) -> None:
        self.reading = reading
        self.columns = columns
        self.line = line
        self.account = account
        self.bad = False
        self._index_of = columns.index_by_caption.get
        self._cells = line.cells

    def raw(self, caption: str) -> str:
        index = self._index_of(caption)
        return "" if index is None or index >= len(self._cells) else self._cells[index]

    def caption(self, name: str) -> str:
        """The caption as the file spells it, for the report."""
        index = self.columns.index_by_caption.get(name)
        return name if index is None else self.columns.header.cells[index].strip()

    def refuse(self, caption: str, rule: str, how_to_fix: str) -> None:
        self.bad = True
        self.reading.fault(
            rule,
            how_to_fix,
            line=self.line.number,
            column=self.caption(caption),
            value=self.raw(caption),
            account=self.account,
        )

    def read(self, caption: str, reader: Callable[[str], T | None]) -> T | None:
        index = self._index_of(caption)
        try:
            return reader("" if index is None or index >= len(self._cells) else self._cells[index])
        except cells.CellRefused as refused:
            self.refuse(caption, refused.rule, refused.how_to_fix)
            return None

    def need(self, caption: str, reader: Callable[[str], T | None], placeholder: T) -> T:
        """A cell that must be filled. The placeholder only appears in a row marked bad."""
        index = self._index_of(caption)
        try:
            value = reader("" if index is None or index >= len(self._cells) else self._cells[index])
        except cells.CellRefused as refused:
            self.refuse(caption, refused.rule, refused.how_to_fix)
            return placeholder
        if value is None:
            self.refuse(caption, "This cell must be filled.", "Fill it in, or leave the row out.")
            return placeholder
        return value

    def text(self, caption: str) -> str | None:
        return self.read(caption, cells.text)

    def number(self, caption: str) -> Decimal | None:
        if caption not in self.columns.index_by_caption:
            return None
        return self.read(caption, cells.number)

    def day(self, caption: str) -> date | None:
        if caption not in self.columns.index_by_caption:
            return None
        return self.read(caption, cells.day)

    def flag(self, caption: str) -> bool | None:
        if caption not in self.columns.index_by_caption:
            return None
        return self.read(caption, cells.flag)

    def symbol(self, caption: str) -> str:
        return self.need(caption, _symbol, "")

    def choice(self, caption: str, of: type[Choice]) -> Choice | None:
        try:
            return _member(of, self.raw(caption))
        except cells.CellRefused as refused:
            self.refuse(caption, refused.rule, refused.how_to_fix)
            return None
        except ValueError:
            self.refuse(
                caption,
                "This value is not one of the allowed ones.",
                f"Write one of: {', '.join(member.value for member in of)}.",
            )
            return None

    def origin(self) -> Origin:
        return self.reading.origin(self.line)
