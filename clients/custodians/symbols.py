"""Canonical symbols from every custodian's spelling; options, and securities without a symbol.

Share classes are written `BRK/B` (Schwab), `BRK B` (Interactive Brokers), `BRK.B` or `BRK-B` (feeds) and
`BRKB` (Fidelity). Ours is `BRK.B`. A bare `BRKB` is only converted if it is on the list below, because most
four-letter symbols ending in A or B are ordinary. Preferred shares are `BAC/PRL`, `BAC PRL` and `BACPRL`
there, and `BAC.PRL` here.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from clients.custodians.cells import CellRefused
from clients.custodians.rows import OptionTerms

# Share classes that some custodians print without a separator.
RUN_TOGETHER = {"BRKA": "BRK.A", "BRKB": "BRK.B", "BFA": "BF.A", "BFB": "BF.B"}

_CLASS = re.compile(r"([A-Z]{1,5})[ ./-]([A-Z]{1,2})")
_PREFERRED = re.compile(r"([A-Z]{1,5})[ ./-](PR[A-Z]?)")
# No ordinary symbol has six letters, so a bare one of that length is recognizable.
_PREFERRED_BARE = re.compile(r"([A-Z]{3,5})(PR[A-Z])")
_PLAIN = re.compile(r"[A-Z0-9][A-Z0-9.]{0,11}")
_CUSIP = re.compile(r"[0-9A-Z]{8}[0-9]")

_SCHWAB = re.compile(r"([A-Z.]{1,6}) ([0-9]{2})/([0-9]{2})/([0-9]{4}) ([0-9]+(?:\.[0-9]+)?) ([CP])")
_COMPACT = re.compile(r"-?([A-Z]{1,6})([0-9]{2})([0-9]{2})([0-9]{2})([CP])([0-9]+(?:\.[0-9]+)?)")
_OCC = re.compile(r"([A-Z]{1,6}) *([0-9]{2})([0-9]{2})([0-9]{2})([CP])([0-9]{8})")


@lru_cache(maxsize=4096)  # A firm's files name a few hundred symbols tens of thousands of times.
def canonical(symbol: str) -> str:
    """The symbol in our form. Raises CellRefused where it is not a symbol, plan code or CUSIP."""
    trimmed = symbol.strip().upper()
    if trimmed in RUN_TOGETHER:
        return RUN_TOGETHER[trimmed]
    found = _CLASS.fullmatch(trimmed) or _PREFERRED.fullmatch(trimmed) or _PREFERRED_BARE.fullmatch(trimmed)
    if found:
        return f"{found[1]}.{found[2]}"
    if _PLAIN.fullmatch(trimmed):
        return trimmed
    raise CellRefused("This is not a security's symbol.", "Write letters and digits, such as VTI or BRK.B.")


UNLISTED = "PLAN."


def unlisted(name: str, *, tail: str) -> str:
    """A generated symbol for a security with only a name, stable across files for this account.

    `tail` are the account's last digits, so that two plans' funds of the same name stay distinct.
    """
    words = " ".join(name.casefold().split())
    return UNLISTED + hashlib.sha256(f"{tail}|{words}".encode()).hexdigest()[:7].upper()


def of_conid(conid: str) -> str:
    """A generated symbol for a security that Interactive Brokers identifies only by contract number."""
    return f"IB.{conid}"


def cusip_in(text: str) -> str | None:
    """The CUSIP in a cell, None for anything else."""
    trimmed = text.strip().upper()
    return trimmed if looks_like_cusip(trimmed) else None


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
    """The canonical name of a contract, from any spelling: `ALPM 270319C90`."""
    strike = f"{terms.strike.normalize():f}"
    return f"{terms.root} {terms.expires_on:%y%m%d}{terms.right}{strike}"


_MONEY_FUND = re.compile(r"[A-Z]{3}XX")
# Codes that custodians print for bank and fund sweeps, in addition to the funds' symbols.
SWEEP_CODES = frozenset({"QPIFQ"})


def is_money_market(symbol: str) -> bool:
    """Whether a symbol names a money market fund (five letters ending in XX) or a known sweep."""
    return symbol in SWEEP_CODES or bool(_MONEY_FUND.fullmatch(symbol))


# Each custodian's spelling of a share class in the orders we send.
SEPARATOR_BY_CUSTODIAN = {"schwab": "/", "ibkr": " ", "fidelity": "", "house": "."}


def spelled_for(custodian: str, symbol: str) -> str:
    """Our symbol in this custodian's spelling. Raises KeyError for a custodian without a known spelling."""
    return symbol.replace(".", SEPARATOR_BY_CUSTODIAN[custodian])
