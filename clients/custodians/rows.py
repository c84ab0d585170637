"""The frozen rows of a custodian file, and the result of reading one.

These types hold no logic. A row has what the file says, in our types; what the file does not say is None,
never zero. Each row keeps its line, so that a person can be shown the original. Two rows are equal when they
state the same facts, regardless of their place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from clients.custodians.kinds import (
    Acquisition,
    BasisStatus,
    CashKind,
    Discretion,
    HeldOut,
    LotMethod,
    Registration,
    RowKind,
    SecurityKind,
    SecurityStatus,
    TransactionKind,
)


class Origin(NamedTuple):
    """A row's origin: the file inside a bundle (or the upload's name), and its line."""

    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """A listed option, parsed from whichever spelling the custodian uses. Multiplier is 100."""

    root: str
    expires_on: date
    strike: Decimal
    right: str  # "C" or "P".


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """An account as the file names it, before a person binds it to a client's account.

    `key` is what the rows of the same file carry in `account`. `number` is set only where the file prints the
    whole number; `mask` is the printed form otherwise. Neither tail digits nor labels are unique, so a person
    makes the binding.
    """

    key: str
    number: str | None
    mask: str | None
    label: str | None

    @property
    def tail(self) -> str:
        """The last digits, used to suggest candidates; two accounts may share them."""
        printed = (self.number or self.mask or "").rstrip()
        return printed[len(printed.rstrip("0123456789")) :]


@dataclass(frozen=True, slots=True)
class SecurityRow:
    """One security. Weights and yields are fractions of one; `half_spread_bps` is basis points of price."""

    symbol: str
    name: str
    kind: SecurityKind
    cusip: str | None
    asset_class_weights: tuple[tuple[str, Decimal], ...]  # Sum to one; empty where unclassified.
    issuer: str | None
    sector: str | None
    wash_group: str | None
    replacements: tuple[str, ...]  # In order of preference.
    status: SecurityStatus | None
    half_spread_bps: Decimal | None
    volume_daily_average: Decimal | None  # Shares.
    fractional: bool | None
    increment: Decimal | None  # The smallest tradable step in shares.
    settlement_days: int | None
    expense_ratio: Decimal | None
    yield_ordinary: Decimal | None
    yield_qualified: Decimal | None
    yield_exempt: Decimal | None
    yield_gain: Decimal | None
    collectible: bool | None
    origin: Origin = field(default=Origin(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price in dollars per share on a day; `source` says who made it, "generated" for drawn ones."""

    symbol: str
    on: date
    price: Decimal
    source: str | None
    origin: Origin = field(default=Origin(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the firm describes it, in more detail than custodians' files."""

    number: str
    label: str | None
    household: str
    household_name: str | None
    owner: str
    owner_second: str | None
    registration: Registration
    custodian: str | None
    discretion: Discretion
    agreement_on: date | None
    agreement_ends_on: date | None
    margin: bool
    lot_method: LotMethod | None
    lot_method_since_on: date | None
    cash_minimum: Decimal | None
    opened_on: date | None
    closed_on: date | None
    tax_unit: str | None = None
    """The code of the return that reports its trades, where it does not follow from the owner."""
    origin: Origin = field(default=Origin(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A holding: signed quantity (negative is short), price per share, value and total basis in dollars.

    `held_out` says why the row counts in the account's value but must not be rebalanced; a value that the
    file does not give, or not in dollars, is None. `conid` is Interactive Brokers' own number. `factor` is
    the number by which quantity times price must be multiplied to give value: 100 for options, 0.01 for bonds
    quoted per hundred of face, 1 otherwise.
    """

    account: str
    as_of: date | None
    symbol: str
    name: str | None
    kind: SecurityKind | None
    cusip: str | None
    quantity: Decimal | None
    price: Decimal | None
    value: Decimal | None
    basis_total: Decimal | None
    held_in: str | None  # "cash", "margin" or "short" where the file says so.
    reinvest: bool | None
    factor: Decimal
    option: OptionTerms | None
    held_out: HeldOut | None
    origin: Origin = field(default=Origin(), compare=False, repr=False)
    conid: str | None = None


@dataclass(frozen=True, slots=True)
class LotRow:
    """An open tax lot.

    `basis_total` is the custodian's current basis in dollars; `basis_wash_adjusted` is the basis after
    disallowed losses were added, where the file keeps the two apart. `acquired_adjusted_on` is the day
    from which the holding period counts (wash-sale tacking, gifts), None where it is the acquisition day.
    The donor fields carry a gift's dual basis (IRC 1015(a)).
    """

    account: str
    as_of: date | None
    symbol: str
    lot_id: str | None
    acquired_on: date | None
    acquired_adjusted_on: date | None
    quantity: Decimal
    unit_cost: Decimal | None
    basis_total: Decimal | None
    basis_status: BasisStatus | None
    basis_wash_adjusted: Decimal | None
    average_cost: bool | None
    acquired_by: Acquisition | None
    donor_acquired_on: date | None
    donor_basis: Decimal | None
    gift_on: date | None
    gift_value: Decimal | None
    term: str | None  # "short" or "long" as the file states it; the record recomputes it.
    ordinal: int  # Distinguishes identical lots of one file: 1, 2, …
    origin: Origin = field(default=Origin(), compare=False, repr=False)
    cusip: str | None = None
    conid: str | None = None


@dataclass(frozen=True, slots=True)
class CashRow:
    """Cash in dollars. `sweep_symbol` names the fund it rests in, where the file says."""

    account: str
    as_of: date | None
    kind: CashKind
    amount: Decimal
    settles_on: date | None
    sweep_symbol: str | None
    origin: Origin = field(default=Origin(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A transaction. Quantity and amount are signed from the account's point of view.

    Shares in and money in are positive: a buy has positive quantity and negative amount. `ordinal`
    counts identical rows of one file, because most custodians give no id and true duplicates occur.
    `from_symbol` is the security that the shares came from: the parent of a spin-off, the name before a
    change, where the file says so.
    """

    account: str
    kind: TransactionKind
    trade_on: date
    settles_on: date | None
    transaction_id: str | None
    symbol: str | None
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    fees: Decimal | None
    lot_id: str | None
    related_id: str | None
    description: str | None
    option: OptionTerms | None
    ordinal: int
    origin: Origin = field(default=Origin(), compare=False, repr=False)
    from_symbol: str | None = None
    cusip: str | None = None
    conid: str | None = None


@dataclass(frozen=True, slots=True)
class ClosedLotRow:
    """A lot that was sold: proceeds and basis in dollars, the disallowed loss as a positive number.

    `opened_on` is None where the file says `Various`; `term` is then what the file itself says.
    """

    account: str
    symbol: str
    name: str | None
    quantity: Decimal
    opened_on: date | None
    closed_on: date | None
    proceeds: Decimal | None
    basis_total: Decimal | None
    gain_short: Decimal | None
    gain_long: Decimal | None
    wash_sale: bool | None
    loss_disallowed: Decimal | None
    ordinal: int
    origin: Origin = field(default=Origin(), compare=False, repr=False)
    option: OptionTerms | None = None
    term: str | None = None  # "short" or "long".
    cusip: str | None = None
    conid: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file, or one account of it, was refused. `value` is escaped and truncated."""

    file: str
    line: int  # 0 where the fault is of the whole file.
    column: str  # Empty where it is of the whole line.
    value: str
    rule: str
    how_to_fix: str
    account: str | None = None

    def __str__(self) -> str:
        where = f"{self.file or 'file'}, line {self.line}" if self.line else (self.file or "file")
        column = f", column {self.column}" if self.column else ""
        found = f" Found {self.value}." if self.value else ""
        return f"{where}{column}: {self.rule}{found} {self.how_to_fix}"


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning shown before confirming; it does not refuse anything by itself."""

    file: str
    line: int
    sentence: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """A total the file prints, with the sum of its rows, in dollars."""

    account: str | None
    caption: str
    stated: Decimal
    summed: Decimal
    line: int

    @property
    def gap(self) -> Decimal:
        return self.stated - self.summed


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The content of one upload.

    A fault that names no account refuses the whole file: all row tuples are empty. A fault that names an
    account refuses that account alone, because a partial account is worse than none; its rows are dropped and
    its key is in `accounts_refused`.
    """

    layout: str
    custodian: str | None
    name: str
    as_of: date | None
    accounts_seen: tuple[AccountSeen, ...] = ()
    accounts_refused: tuple[str, ...] = ()
    securities: tuple[SecurityRow, ...] = ()
    prices: tuple[PriceRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    positions: tuple[PositionRow, ...] = ()
    lots: tuple[LotRow, ...] = ()
    cash: tuple[CashRow, ...] = ()
    transactions: tuple[TransactionRow, ...] = ()
    closed_lots: tuple[ClosedLotRow, ...] = ()
    totals: tuple[Total, ...] = ()
    faults: tuple[Fault, ...] = ()
    faults_left_off: int = 0
    warnings: tuple[Caution, ...] = ()
    # The kinds this file covers, even without rows: an empty lots.csv means that there are no lots, a missing
    # one means nothing.
    covers: frozenset[RowKind] = frozenset()

    @property
    def refused(self) -> bool:
        """True when nothing of this file may be kept."""
        return bool(self.faults) and self.row_count == 0

    @property
    def row_count(self) -> int:
        return sum(len(getattr(self, kind.value)) for kind in RowKind)
