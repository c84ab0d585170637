"""The columns of the house bundle's eight tables, shared by reader, writer and documentation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clients.custodians.kinds import (
    Acquisition,
    BasisStatus,
    CashKind,
    Discretion,
    LotMethod,
    Registration,
    RowKind,
    SecurityKind,
    SecurityStatus,
    TransactionKind,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what its cells mean, and whether it is required."""

    name: str
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns in the order we write them, and those that tell two rows apart."""

    kind: RowKind
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


def _must(name: str, meaning: str) -> Column:
    return Column(name, meaning, required=True)


def _words(of: type[StrEnum]) -> str:
    return ", ".join(f"`{member}`" for member in of)


TABLES: dict[RowKind, Table] = {
    RowKind.SECURITY: Table(
        RowKind.SECURITY,
        (
            _must("symbol", "Ticker, share classes with a point: `BRK.B`."),
            _must("name", "Name in words."),
            _must("kind", f"One of {_words(SecurityKind)}."),
            Column("cusip", "Nine characters; the check digit is verified."),
            Column(
                "asset_class_weights",
                "Asset classes and fractions of one, `us_stock:0.6;us_bond:0.4`; they sum to 1.",
            ),
            Column("issuer", "Company or fund family, for issuer caps."),
            Column("sector", "Industry of a single company, for restrictions on a sector."),
            Column("wash_group", "Securities of one group are treated as substantially identical."),
            Column("replacements", "Symbols to buy instead after a loss sale, best first, `ITOT;SCHB`."),
            Column("status", f"One of {_words(SecurityStatus)}."),
            Column("half_spread_bps", "Half the quoted spread in basis points of price."),
            Column("volume_daily_average", "Average daily volume in shares."),
            Column("fractional", "`yes` where fractions of a share can be traded."),
            Column("increment", "Smallest tradable step in shares."),
            Column("settlement_days", "Business days from trade to settlement."),
            Column("expense_ratio", "Yearly cost as a fraction of value, `0.0003`."),
            Column("yield_ordinary", "Yearly yield taxed at ordinary rates, a fraction of value."),
            Column("yield_qualified", "Yearly yield of qualified dividends, a fraction of value."),
            Column("yield_exempt", "Yearly federally tax-exempt yield, a fraction of value."),
            Column("yield_gain", "Yearly distributed long-term gains, a fraction of value."),
            Column("collectible", "`yes` for metals and other collectibles (IRC 1(h)(4))."),
        ),
        ("symbol",),
    ),
    RowKind.PRICE: Table(
        RowKind.PRICE,
        (
            _must("symbol", "Ticker."),
            _must("on", "Day of the close."),
            _must("price", "Dollars per share, more than zero."),
            Column("source", "Who made the price; `generated` for drawn ones."),
        ),
        ("symbol", "on"),
    ),
    RowKind.ACCOUNT: Table(
        RowKind.ACCOUNT,
        (
            _must("number", "The custodian's account number, as text."),
            Column("label", "What people call the account."),
            _must("household", "The firm's code of the household."),
            Column("household_name", "The household's name."),
            _must("owner", "Who owns it."),
            Column("owner_second", "The joint owner."),
            _must("registration", f"One of {_words(Registration)}."),
            Column("custodian", "`schwab`, `fidelity`, `ibkr` or another code."),
            _must("discretion", f"One of {_words(Discretion)}."),
            Column("agreement_on", "First day of the advisory agreement."),
            Column("agreement_ends_on", "Its last day, where it ended."),
            _must("margin", "`yes` where a margin agreement is in force."),
            Column("lot_method", f"The custodian's standing disposal method: {_words(LotMethod)}."),
            Column("lot_method_since_on", "Since when."),
            Column("cash_minimum", "Dollars that must stay in cash."),
            Column("opened_on", "Day of opening."),
            Column("closed_on", "Day of closing."),
        ),
        ("number",),
    ),
    RowKind.POSITION: Table(
        RowKind.POSITION,
        (
            _must("account", "Account number."),
            _must("as_of", "Day of the statement."),
            _must("symbol", "Ticker."),
            _must("quantity", "Shares; negative for a short position."),
            Column("price", "Dollars per share."),
            Column("value", "Dollars; must be quantity times price, to a dollar."),
            Column("basis_total", "Cost basis in dollars."),
            Column("reinvest", "`yes` where dividends are reinvested."),
        ),
        ("account", "as_of", "symbol"),
    ),
    RowKind.LOT: Table(
        RowKind.LOT,
        (
            _must("account", "Account number."),
            _must("as_of", "Day of the statement."),
            _must("symbol", "Ticker."),
            Column("lot_id", "The custodian's id of the lot."),
            Column("acquired_on", "Trade day of the purchase; empty when unknown."),
            Column("acquired_adjusted_on", "Day from which the holding period counts, if another."),
            _must("quantity", "Shares, more than zero."),
            Column("unit_cost", "Dollars per share."),
            Column("basis_total", "Basis of the lot in dollars, before wash-sale adjustments."),
            _must(
                "basis_status", f"One of {_words(BasisStatus)}; `unknown` exactly where no basis is given."
            ),
            Column("basis_wash_adjusted", "Basis after disallowed losses were added."),
            Column("average_cost", "`yes` where the average-cost method applies."),
            Column("acquired_by", f"One of {_words(Acquisition)}."),
            Column("donor_acquired_on", "The donor's acquisition day, for a gift."),
            Column("donor_basis", "The donor's basis in dollars, for a gift."),
            Column("gift_on", "Day of the gift."),
            Column("gift_value", "Fair market value on that day in dollars."),
        ),
        ("account", "as_of", "lot_id"),
    ),
    RowKind.CASH: Table(
        RowKind.CASH,
        (
            _must("account", "Account number."),
            _must("as_of", "Day of the statement."),
            _must("kind", f"One of {_words(CashKind)}."),
            _must("amount", "Dollars; negative when owed."),
            Column("settles_on", "Day a pending amount settles."),
            Column("sweep_symbol", "The fund the cash rests in."),
        ),
        (),
    ),
    RowKind.TRANSACTION: Table(
        RowKind.TRANSACTION,
        (
            _must("account", "Account number."),
            _must("kind", f"One of {_words(TransactionKind)}."),
            _must("trade_on", "Trade day."),
            Column("settles_on", "Settlement day."),
            _must("transaction_id", "An id that is never used again in the account."),
            Column("symbol", "Ticker, where a security is meant."),
            Column("quantity", "Shares: in is positive, out is negative."),
            Column("price", "Dollars per share."),
            Column("amount", "Dollars: in is positive, out is negative."),
            Column("fees", "Dollars, positive."),
            Column("lot_id", "The lot sold or opened."),
            Column("related_id", "Another transaction, such as the dividend behind a reinvestment."),
            Column("description", "Free text."),
        ),
        ("account", "transaction_id"),
    ),
    RowKind.CLOSED_LOT: Table(
        RowKind.CLOSED_LOT,
        (
            _must("account", "Account number."),
            _must("symbol", "Ticker."),
            _must("quantity", "Shares sold, more than zero."),
            Column("opened_on", "Trade day of the purchase; empty when unknown."),
            _must("closed_on", "Trade day of the sale."),
            _must("proceeds", "Dollars received, after fees."),
            Column("basis_total", "Basis of what was sold in dollars; empty when unknown."),
            Column("loss_disallowed", "Loss that a wash sale disallowed, positive."),
        ),
        (),
    ),
}
