"""Enums for custodian rows: kinds of rows, securities, accounts, lots and transactions.

Each format maps its own terms to these; what a file does not say is None.
"""

from __future__ import annotations

from enum import StrEnum


class RowKind(StrEnum):
    """The kinds of rows, in import order."""

    SECURITY = "securities"
    PRICE = "prices"
    ACCOUNT = "accounts"
    POSITION = "positions"
    LOT = "lots"
    CASH = "cash"
    TRANSACTION = "transactions"
    CLOSED_LOT = "closed_lots"


class SecurityKind(StrEnum):
    ETF = "etf"
    MUTUAL_FUND = "mutual_fund"
    STOCK = "stock"
    MONEY_MARKET = "money_market"
    BOND = "bond"
    OPTION = "option"
    OTHER = "other"


class HeldOut(StrEnum):
    """Why a holding counts in the account's value and is never rebalanced. The value is the sentence to show."""

    OPTION = "An option is never rebalanced; it only counts in the account's value."
    SHORT = "A short position is never rebalanced."
    BOND = "A bond quoted per hundred of face is not rebalanced."
    FUTURES = "Futures are never rebalanced; they only count in the account's value."
    NO_QUANTITY = "The file gives no quantity, so the holding is not rebalanced."
    NO_VALUE = "The file gives no value, so what the holding is worth is not known."
    NO_SYMBOL = "The holding has no symbol; it is known by its name and never ordered."
    NO_FIT = "Quantity times price is not the value; the value counts and nothing is traded."
    FOREIGN = "The holding is not in US dollars, so it is not rebalanced."
    DERIVATIVE = "Neither a share nor a fund nor a bond: it is not rebalanced."


class SecurityStatus(StrEnum):
    TRADABLE = "tradable"
    SELL_ONLY = "sell_only"
    FROZEN = "frozen"


class Registration(StrEnum):
    """How an account is titled; the record derives its tax treatment from this."""

    INDIVIDUAL = "individual"
    JOINT = "joint"
    TRANSFER_ON_DEATH = "transfer_on_death"
    COMMUNITY = "community"
    REVOCABLE_TRUST = "revocable_trust"
    IRREVOCABLE_TRUST = "irrevocable_trust"
    CUSTODIAL_MINOR = "custodial_minor"
    TRADITIONAL_IRA = "traditional_ira"
    ROLLOVER_IRA = "rollover_ira"
    ROTH_IRA = "roth_ira"
    SEP_IRA = "sep_ira"
    SIMPLE_IRA = "simple_ira"
    INHERITED_IRA = "inherited_ira"
    INHERITED_ROTH_IRA = "inherited_roth_ira"
    PLAN_401K = "plan_401k"
    PLAN_403B = "plan_403b"
    PLAN_457 = "plan_457"
    ROTH_401K = "roth_401k"
    HSA = "hsa"
    EDUCATION_529 = "education_529"
    GROWTH_530A = "account_530a"
    DONOR_ADVISED_FUND = "donor_advised_fund"
    CHARITY = "charity"
    PRIVATE_FOUNDATION = "private_foundation"
    CORPORATION = "corporation"
    PARTNERSHIP = "partnership"
    ANNUITY = "annuity"


class Discretion(StrEnum):
    FULL = "full"
    LIMITED = "limited"
    NONE = "none"


class LotMethod(StrEnum):
    """The standing disposal method the custodian has on file for an account."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIGHEST_COST = "highest_cost"
    LOWEST_COST = "lowest_cost"
    HIGHEST_COST_LONG_TERM = "highest_cost_long_term"
    HIGHEST_COST_SHORT_TERM = "highest_cost_short_term"
    MIN_TAX = "min_tax"
    SPECIFIC = "specific"
    AVERAGE_COST = "average_cost"


class BasisStatus(StrEnum):
    """COVERED and NONCOVERED say who reports the basis (IRC 6045(g)); UNKNOWN means that no basis was given."""

    COVERED = "covered"
    NONCOVERED = "noncovered"
    UNKNOWN = "unknown"


class Acquisition(StrEnum):
    PURCHASE = "purchase"
    REINVESTMENT = "reinvestment"
    GIFT = "gift"
    INHERITANCE = "inheritance"
    TRANSFER = "transfer"
    SPLIT = "split"
    SPIN_OFF = "spin_off"
    COMPENSATION = "compensation"
    OTHER = "other"


class CashKind(StrEnum):
    """SETTLED may be spent today; PENDING has not settled; MARGIN_DEBIT is owed (negative)."""

    SETTLED = "settled"
    PENDING = "pending"
    MARGIN_DEBIT = "margin_debit"


class TransactionKind(StrEnum):
    BUY = "buy"
    SELL = "sell"
    REDEMPTION = "redemption"  # Called, matured or redeemed by the issuer, against cash.
    CASH_MERGER = "cash_merger"  # All shares for cash; a merger for shares alone is `merger`.
    LIQUIDATION = "liquidation"  # The issuer's liquidating payment for the shares (IRC 331).
    CASH_IN_LIEU = "cash_in_lieu"  # Cash paid for the fractional share left by an exchange or split.
    REINVESTMENT = "reinvestment"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    GAIN_SHORT = "gain_short"
    GAIN_LONG = "gain_long"
    RETURN_OF_CAPITAL = "return_of_capital"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    JOURNAL = "journal"
    FEE = "fee"
    TAX_WITHHELD = "tax_withheld"
    MARGIN_INTEREST = "margin_interest"
    SPLIT = "split"
    SPIN_OFF = "spin_off"
    MERGER = "merger"
    RENAME = "rename"  # The same security under another name, symbol or CUSIP: nothing is realized.
    DISTRIBUTION = "distribution"  # From a retirement account to its owner (IRC 408(d)).
    OPTION = "option"
    OTHER = "other"


DISPOSITIONS = frozenset(
    {
        TransactionKind.SELL,
        TransactionKind.REDEMPTION,
        TransactionKind.CASH_MERGER,
        TransactionKind.LIQUIDATION,
        TransactionKind.CASH_IN_LIEU,
    }
)
"""Shares exchanged for money under any name; each realizes a gain or loss on its day (IRC 1001)."""
