"""One form for a symbol, whatever the custodian's spelling, and the options among them.

Share classes are written `BRK/B` (Schwab), `BRK B` (Interactive Brokers), `BRK.B` or `BRK-B` (feeds)
and `BRKB` (Fidelity). Ours is `BRK.B`. A bare `BRKB` is only joined where it is on the list below,
because four-letter symbols ending in A or B are mostly ordinary ones.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from clients.custodians.cells import CellRefused
from clients.custodians.rows import OptionTerms

# Share classes that some custodians print without a separator.
RUN_TOGETHER = {"BRKA": "BRK.A", "BRKB": "BRK.B", "BFA": "BF.A", "BFB": "BF.B"}

_CLASS = re.compile(r"([A-Z]{1,5})[ ./-]([A-Z]{1,2})")
_PLAIN = re.compile(r"[A-Z0-9][A-Z0-9.]{0,11}")
_CUSIP = re.compile(r"[0-9A-Z]{8}[0-9]")

_SCHWAB = re.compile(r"([A-Z.]{1,6}) ([0-9]{2})/([0-9]{2})/([0-9]{4}) ([0-9]+(?:\.[0-9]+)?) ([CP])")
_COMPACT = re.compile(r"-?([A-Z]{1,6})([0-9]{2})([0-9]{2})([0-9]{2})([CP])([0-9]+(?:\.[0-9]+)?)")
_OCC = re.compile(r"([A-Z]{1,6}) *([0-9]{2})([0-9]{2})([0-9]{2})([CP])([0-9]{8})")


def canonical(symbol: str) -> str:
    """The symbol in our form. Raises CellRefused where it is no symbol, plan code or CUSIP."""
    trimmed = symbol.strip().upper()
    if trimmed in RUN_TOGETHER:
        return RUN_TOGETHER[trimmed]
    if found := _CLASS.fullmatch(trimmed):
        return f"{found[1]}.{found[2]}"
    if _PLAIN.fullmatch(trimmed):
        return trimmed
    raise CellRefused("This is not a security's symbol.", "Write letters and digits, such as VTI or BRK.B.")


def looks_like_cusip(symbol: str) -> bool:
    return len(symbol) == 9 and bool(_CUSIP.fullmatch(symbol)) and any(c.isdigit() for c in symbol[:3])


def option(symbol: str) -> OptionTerms | None:
    """The terms when the symbol is a listed option in one of the known spellings, else None."""
    trimmed = symbol.strip().upper()
    try:
        if found := _SCHWAB.fullmatch(trimmed):
            expires_on = date(int(found[4]), int(found[2]), int(found[3]))
            return OptionTerms(found[1], expires_on, Decimal(found[5]), found[6])
        if found := _OCC.fullmatch(trimmed):
            expires_on = date(2000 + int(found[2]), int(found[3]), int(found[4]))
            return OptionTerms(found[1], expires_on, Decimal(found[6]) / 1000, found[5])
        if found := _COMPACT.fullmatch(trimmed):
            expires_on = date(2000 + int(found[2]), int(found[3]), int(found[4]))
            return OptionTerms(found[1], expires_on, Decimal(found[6]), found[5])
    except ValueError:
        return None
    return None


def option_symbol(terms: OptionTerms) -> str:
    """The one name we give a contract, whichever spelling it came in: `ALPM 270319C90`."""
    strike = f"{terms.strike.normalize():f}"
    return f"{terms.root} {terms.expires_on:%y%m%d}{terms.right}{strike}"


_MONEY_FUND = re.compile(r"[A-Z]{3}XX")
# Codes that custodians print for bank and fund sweeps, beside the funds' own symbols.
SWEEP_CODES = frozenset({"QPIFQ"})


def is_money_market(symbol: str) -> bool:
    """Whether a symbol names a money market fund (five letters ending in XX) or a known sweep."""
    return symbol in SWEEP_CODES or bool(_MONEY_FUND.fullmatch(symbol))


# How each custodian wants a share class spelled in the orders we send.
SEPARATOR_BY_CUSTODIAN = {"schwab": "/", "ibkr": " ", "fidelity": "", "house": "."}


def spelled_for(custodian: str, symbol: str) -> str:
    """Our symbol as this custodian writes it. Raises KeyError for a custodian without a known spelling."""
    return symbol.replace(".", SEPARATOR_BY_CUSTODIAN[custodian])
