"""The meaning of Fidelity's Action column, decided by its first words and, for reorganizations, the rest."""

from __future__ import annotations

import re
from decimal import Decimal

from clients.custodians.kinds import TransactionKind as Kind

# The first words of the action; where one is a prefix of another, the longer comes first.
_PREFIXES: tuple[tuple[str, Kind], ...] = (
    ("YOU BOUGHT", Kind.BUY),
    ("YOU SOLD", Kind.SELL),
    ("REINVESTMENT", Kind.REINVESTMENT),
    ("DIVIDEND RECEIVED", Kind.DIVIDEND),
    ("LONG-TERM CAP GAIN", Kind.GAIN_LONG),
    ("SHORT-TERM CAP GAIN", Kind.GAIN_SHORT),
    ("INTEREST", Kind.INTEREST),
    ("MUNI EXEMPT INT", Kind.INTEREST),
    ("MARGIN INTEREST", Kind.MARGIN_INTEREST),
    ("RETURN OF CAPITAL", Kind.RETURN_OF_CAPITAL),
    ("ELECTRONIC FUNDS TRANSFER RECEIVED", Kind.DEPOSIT),
    ("ELECTRONIC FUNDS TRANSFER PAID", Kind.WITHDRAWAL),
    ("DIRECT DEPOSIT", Kind.DEPOSIT),
    ("DIRECT DEBIT", Kind.WITHDRAWAL),
    ("CHECK RECEIVED", Kind.DEPOSIT),
    ("CHECK PAID", Kind.WITHDRAWAL),
    ("BILL PAYMENT", Kind.WITHDRAWAL),
    ("DEBIT CARD PURCHASE", Kind.WITHDRAWAL),
    ("WIRE TRANSFER FROM", Kind.DEPOSIT),
    ("WIRE TRANSFER TO", Kind.WITHDRAWAL),
    ("CASH CONTRIBUTION", Kind.DEPOSIT),
    ("CO CONTR", Kind.DEPOSIT),
    ("PARTIC CONTR", Kind.DEPOSIT),
    ("ROLLOVER CASH", Kind.DEPOSIT),
    ("NORMAL DISTR", Kind.DISTRIBUTION),
    ("EARLY DISTR", Kind.DISTRIBUTION),
    ("PREMATURE DISTR", Kind.DISTRIBUTION),
    ("DEATH DISTR", Kind.DISTRIBUTION),
    ("DISABILITY DISTR", Kind.DISTRIBUTION),
    ("REQUIRED MINIMUM DISTR", Kind.DISTRIBUTION),
    ("TRANSFERRED FROM", Kind.TRANSFER_IN),
    ("TRANSFERRED TO", Kind.TRANSFER_OUT),
    ("TRANSFER OF ASSETS", Kind.TRANSFER_IN),
    ("JOURNALED", Kind.JOURNAL),
    ("FOREIGN TAX PAID", Kind.TAX_WITHHELD),
    ("FED TAX W/H", Kind.TAX_WITHHELD),
    ("STATE TAX W/H", Kind.TAX_WITHHELD),
    ("FEE CHARGED", Kind.FEE),
    ("ADVISOR FEE", Kind.FEE),
    # Moving core cash to and from its sweep fund is not a sale.
    ("REDEMPTION FROM CORE ACCOUNT", Kind.JOURNAL),
    ("PURCHASE INTO CORE ACCOUNT", Kind.JOURNAL),
    ("REDEMPTION", Kind.REDEMPTION),
    ("REDEEMED", Kind.REDEMPTION),
    ("IN LIEU OF", Kind.CASH_IN_LIEU),
    ("CASH IN LIEU", Kind.CASH_IN_LIEU),
    ("LIQUIDATION", Kind.LIQUIDATION),
    ("LIQUIDATING", Kind.LIQUIDATION),
    ("NAME CHANGE", Kind.RENAME),
    ("SYMBOL CHANGE", Kind.RENAME),
    ("CUSIP CHANGE", Kind.RENAME),
    ("SPINOFF", Kind.SPIN_OFF),
    ("SPIN-OFF", Kind.SPIN_OFF),
    ("DISTRIBUTION", Kind.SPLIT),
    ("REVERSE SPLIT", Kind.SPLIT),
    ("STOCK SPLIT", Kind.SPLIT),
    ("STOCK DIVIDEND", Kind.SPLIT),
    ("MERGER MER PAYOUT", Kind.CASH_MERGER),
    ("MERGER", Kind.MERGER),
    ("ASSIGNED", Kind.OPTION),
    ("EXPIRED", Kind.OPTION),
)
_SPIN_OFF = re.compile(r"\bSPIN[ -]?OFF\b")
_FROM = re.compile(r"\bFROM:?\s*\(?\s*(?P<symbol>[A-Z0-9][A-Z0-9./-]{0,11})\s*\)?")


def kind_of(action: str, *, quantity: Decimal | None, amount: Decimal | None) -> Kind | None:
    """The kind of an action; None for an unknown one."""
    words = " ".join(action.upper().split())
    kind = next((kind for prefix, kind in _PREFIXES if words.startswith(prefix)), None)
    if kind is Kind.SPLIT and _SPIN_OFF.search(words):
        # Shares of the new company; a distribution of the same company's shares is a split.
        return Kind.SPIN_OFF
    if kind is Kind.MERGER and quantity is not None and amount is not None and quantity < 0 < amount:
        return Kind.CASH_MERGER
    if kind is Kind.CASH_MERGER and not amount:
        return Kind.MERGER
    return kind


def parent_in(action: str) -> str | None:
    """The security that a spin-off, a split or an exchange came from, `FROM:(ZZNV )`, as printed."""
    found = _FROM.search(action.upper())
    return found["symbol"] if found else None
