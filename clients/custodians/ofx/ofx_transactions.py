"""The transactions of an OFX statement: the kind of each tag and the sign of its figures."""

from __future__ import annotations

import re
from decimal import Decimal

from clients.custodians import cells, symbols
from clients.custodians.kinds import TransactionKind as Kind
from clients.custodians.ofx.ofx_tree import day_of
from clients.custodians.reading import NO_DAY, Row
from clients.custodians.rows import TransactionRow
from clients.custodians.statements import symbol_of

# The kind, and the sign of UNITS: 1 in, -1 out, 0 as printed.
TAGS: dict[str, tuple[Kind, int]] = {
    "BUYSTOCK": (Kind.BUY, 1),
    "BUYMF": (Kind.BUY, 1),
    "BUYDEBT": (Kind.BUY, 1),
    "BUYOTHER": (Kind.BUY, 1),
    "BUYOPT": (Kind.OPTION, 1),
    "SELLSTOCK": (Kind.SELL, -1),
    "SELLMF": (Kind.SELL, -1),
    "SELLDEBT": (Kind.SELL, -1),
    "SELLOTHER": (Kind.SELL, -1),
    "SELLOPT": (Kind.OPTION, -1),
    "CLOSUREOPT": (Kind.OPTION, 0),
    "REINVEST": (Kind.REINVESTMENT, 1),
    "INCOME": (Kind.DIVIDEND, 0),
    "INVBANKTRAN": (Kind.OTHER, 0),
    "TRANSFER": (Kind.JOURNAL, 0),
    "SPLIT": (Kind.SPLIT, 0),
    "RETOFCAP": (Kind.RETURN_OF_CAPITAL, 0),
    "JRNLSEC": (Kind.JOURNAL, 0),
    "JRNLFUND": (Kind.JOURNAL, 0),
    "MARGININTEREST": (Kind.MARGIN_INTEREST, 0),
    "INVEXPENSE": (Kind.FEE, 0),
}
_INCOME = {
    "DIV": Kind.DIVIDEND,
    "INTEREST": Kind.INTEREST,
    "CGLONG": Kind.GAIN_LONG,
    "CGSHORT": Kind.GAIN_SHORT,
    "MISC": Kind.OTHER,
}
_BANK = {"INT": Kind.INTEREST, "DIV": Kind.DIVIDEND, "FEE": Kind.FEE, "SRVCHG": Kind.FEE}
# Brokers book events without an OFX tag as a sale, a transfer or income, and name them in the memo.
_SAID: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"\bIN LIEU\b"), Kind.CASH_IN_LIEU),
    (re.compile(r"\bSPIN[ -]?OFF\b"), Kind.SPIN_OFF),
    (re.compile(r"\b(NAME|SYMBOL|CUSIP) CHANGE\b"), Kind.RENAME),
    (re.compile(r"\bMERGER\b"), Kind.MERGER),
    (re.compile(r"\bLIQUIDATI"), Kind.LIQUIDATION),
    (re.compile(r"\b(STOCK|REVERSE|FORWARD) SPLIT\b|\bSTOCK DIV"), Kind.SPLIT),
    (re.compile(r"\b(REDEMPTION|REDEEMED|MATUR|CALLED\b)"), Kind.REDEMPTION),
)
_SALES = frozenset({"SELLSTOCK", "SELLMF", "SELLDEBT", "SELLOTHER"})
_OF_SALES = frozenset({Kind.CASH_IN_LIEU, Kind.LIQUIDATION, Kind.REDEMPTION})


def transaction_of(tag: str, row: Row, symbol_text: str, *, name: str | None = None) -> TransactionRow | None:
    """One transaction; None where a cell was refused, which the row records."""
    kind, sign = TAGS.get(tag, (Kind.OTHER, 0))
    quantity, amount = row.number("UNITS"), row.number("TOTAL")
    if amount is None:
        amount = row.number("TRNAMT")
    if quantity is not None and sign:
        quantity = abs(quantity) * sign
    memo = row.text("MEMO")
    option = symbols.option(symbol_text)
    symbol = option.root if option else None
    if symbol is None and symbol_text:
        symbol = symbol_of(row.reading, symbol_text, account=row.account, name=name or symbol_text)
    if tag == "SPLIT":
        quantity, amount = _split(row, quantity, amount)
    fees = [row.number(caption) for caption in ("COMMISSION", "FEES", "LOAD", "TAXES")]
    charged = [fee for fee in fees if fee is not None]
    traded_on = row.read("DTTRADE", day_of) or row.read("DTPOSTED", day_of)
    if traded_on is None and not row.bad:
        row.refuse("DTTRADE", "The transaction names no day.", "Download the file again.")
    found = TransactionRow(
        account=row.account or "",
        kind=_kind(kind, tag, row, memo),
        trade_on=traded_on or NO_DAY,
        settles_on=row.read("DTSETTLE", day_of),
        transaction_id=row.text("FITID"),
        symbol=symbol,
        quantity=quantity,
        price=row.number("UNITPRICE"),
        amount=amount,
        fees=sum(charged[1:], charged[0]) if charged else None,
        lot_id=None,
        related_id=None,
        description=memo or row.read("NAME", cells.text),
        option=option,
        ordinal=1,
        origin=row.origin(),
        cusip=symbols.cusip_in(row.raw("UNIQUEID")) if row.raw("UNIQUEIDTYPE") == "CUSIP" else None,
    )
    return None if row.bad else found


def _split(
    row: Row, quantity: Decimal | None, amount: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """The shares that a split added, and the cash paid for a fractional share."""
    before, after = row.number("OLDUNITS"), row.number("NEWUNITS")
    if quantity is None and before is not None and after is not None:
        quantity = after - before
    return quantity, row.number("FRACCASH") if amount is None else amount


def _kind(kind: Kind, tag: str, row: Row, memo: str | None) -> Kind:
    if tag == "INVBANKTRAN":
        amount = row.number("TRNAMT")
        if known := _BANK.get(row.raw("TRNTYPE")):
            return known
        return Kind.OTHER if amount is None else Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL
    said = _said(memo)
    if tag == "INCOME":
        found = _INCOME.get(row.raw("INCOMETYPE"), Kind.OTHER)
        return Kind.CASH_IN_LIEU if said is Kind.CASH_IN_LIEU else found
    if tag in _SALES:
        if row.raw("SELLREASON") in {"CALL", "MATURITY"}:
            return Kind.REDEMPTION
        return Kind.CASH_MERGER if said is Kind.MERGER else said if said in _OF_SALES else kind
    if tag in {"TRANSFER", "JRNLSEC"} and said is not None and said not in _OF_SALES:
        return said
    if tag == "TRANSFER":
        return {"IN": Kind.TRANSFER_IN, "OUT": Kind.TRANSFER_OUT}.get(row.raw("TFERACTION"), Kind.JOURNAL)
    # One broker books reinvestments as purchases and names them only in the memo.
    if kind is Kind.BUY and memo and memo.upper().startswith("REINVESTMENT"):
        return Kind.REINVESTMENT
    return kind


def _said(memo: str | None) -> Kind | None:
    words = " ".join((memo or "").upper().split())
    return next((kind for pattern, kind in _SAID if pattern.search(words)), None)
