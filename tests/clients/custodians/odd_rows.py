"""Rows that real files hold and no rule foresees, by layout: each is one row more in a sample that is sound.

Each case is the layout's sample, the text before which the row may stand, the row, and how the rest of the
record knows it: why it is held out (None: it is not), and what is shown of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clients.custodians import symbols
from clients.custodians.kinds import HeldOut

SCHWAB = "schwab-positions.csv"
FIDELITY = "Portfolio_Positions_Nov-20-2026.csv"
FLEX = "ibkr-flex.xml"
OFX = "statement-1.02.ofx"
POOL = symbols.unlisted("PEBBLE MIDCAP POOL", tail="20526526")


@dataclass(frozen=True, slots=True)
class OddRow:
    name: str
    sample: str
    row: str
    symbol: str
    value: Decimal | None
    held_out: HeldOut | None


def _fidelity(name: str, cells: str, symbol: str, value: str | None, held_out: HeldOut | None) -> OddRow:
    row = f"Z20526526,Trust: Under Agreement,{cells}\r\n"
    return OddRow(name, FIDELITY, row, symbol, None if value is None else Decimal(value), held_out)


def _schwab(name: str, cells: dict[str, str], symbol: str, value: str | None, held_out: HeldOut) -> OddRow:
    captions = (
        "symbol",
        "name",
        "quantity",
        "price",
        "",
        "",
        "value",
        "",
        "",
        "basis",
        "",
        "",
        "",
        "",
        "",
        "",
    )
    row = ",".join(f'"{cells.get(caption, "--")}"' for caption in captions) + ',"Equity",\n'
    return OddRow(name, SCHWAB, row, symbol, None if value is None else Decimal(value), held_out)


def _flex(name: str, said: str, symbol: str, value: str | None, held_out: HeldOut | None) -> OddRow:
    row = f'<OpenPosition accountId="U0052601" levelOfDetail="SUMMARY" reportDate="20261120" {said} />\n'
    return OddRow(name, FLEX, row, symbol, None if value is None else Decimal(value), held_out)


def _ofx(name: str, tag: str, said: str, symbol: str, value: str | None, held_out: HeldOut | None) -> OddRow:
    row = (
        f"<{tag}><INVPOS><SECID><UNIQUEID>{symbol}<UNIQUEIDTYPE>CUSIP</SECID><HELDINACCT>CASH<POSTYPE>LONG"
        f"{said}</INVPOS></{tag}>\n"
    )
    return OddRow(name, OFX, row, symbol, None if value is None else Decimal(value), held_out)


ODD_ROWS: tuple[OddRow, ...] = (
    _fidelity(
        "escrow without a price", "98XESC024,NORTHVALE ESCROW,12,--,--,--,--,--,--,--,--,$90.00,$7.50,Cash,",
        "98XESC024", None, HeldOut.NO_VALUE,
    ),
    _fidelity(
        "plan pool without a symbol", ",PEBBLE MIDCAP POOL,10.5,$20.00,$0.00,$210.00,,,,,1%,$200.00,$19.05,,",
        POOL, "210.00", HeldOut.NO_SYMBOL,
    ),
    _fidelity(
        "ticker in words", "PEBBLE MIDCAP POOL CLASS R6,PEBBLE MIDCAP POOL,10.5,$20.00,$0.00,$210.00,,,,,1%,,,,",
        POOL, "210.00", HeldOut.NO_SYMBOL,
    ),
    _fidelity(
        "preferred share run together", "GBLWPRL,GABLEWICK PFD L,4,$25.00,$0.00,$100.00,,,,,1%,,,Cash,",
        "GBLW.PRL", "100.00", None,
    ),
    _fidelity(
        "price that gives another value", "36202XYZ9,GNMA POOL 2.5%,10000,$98.00,$0.00,$4214.00,,,,,1%,,,Cash,",
        "36202XYZ9", "4214.00", HeldOut.NO_FIT,
    ),
    _fidelity(
        "no quantity", "NVPX,NORTHVALE PLAN,,,,$55.00,,,,,1%,,,Cash,", "NVPX", "55.00", HeldOut.NO_QUANTITY
    ),
    _schwab(
        "delisted without a price", {"symbol": "OLDQ", "name": "OLDCO", "quantity": "37", "value": "N/A"},
        "OLDQ", None, HeldOut.NO_VALUE,
    ),
    _schwab(
        "a CD in words",
        {"symbol": "CD FDIC INS 4.1% 2027", "name": "PEBBLE BANK CD", "quantity": "5", "price": "0.00",
         "value": "$0.00"},
        symbols.unlisted("PEBBLE BANK CD", tail="526"), "0.00", HeldOut.NO_SYMBOL,
    ),
    _flex(
        "Treasury by its text",
        'currency="USD" assetCategory="BOND" symbol="T 3 7/8 08/15/33" position="3000" markPrice="98.5" '
        'positionValue="2955" cusip="91282CAA9"',
        "91282CAA9", "2955", HeldOut.BOND,
    ),
    _flex(
        "bond with a contract number only",
        'currency="USD" assetCategory="BOND" symbol="PBL 5 1/4 06/01/30" position="2000" markPrice="101" '
        'positionValue="2020" conid="551234"',
        "IB.551234", "2020", HeldOut.BOND,
    ),
    _flex(
        "preferred share with a blank",
        'currency="USD" assetCategory="STK" symbol="GBLW PRL" position="4" markPrice="25" positionValue="100"',
        "GBLW.PRL", "100", None,
    ),
    _flex(
        "euros",
        'currency="EUR" assetCategory="STK" symbol="HBN" position="10" markPrice="30" positionValue="300" '
        'fxRateToBase="1.08"',
        "HBN", "324", HeldOut.FOREIGN,
    ),
    _flex(
        "pounds without a rate",
        'currency="GBP" assetCategory="STK" symbol="HBL" position="10" markPrice="30" positionValue="300"',
        "HBL", None, HeldOut.FOREIGN,
    ),
    _flex(
        "future",
        'currency="USD" assetCategory="FUT" symbol="ZZZ6" position="1" markPrice="5000" multiplier="50" '
        'positionValue="250000"',
        "ZZZ6", "0", HeldOut.FUTURES,
    ),
    _ofx("no value", "POSSTOCK", "<UNITS>37", "98XESC024", None, HeldOut.NO_VALUE),
    _ofx("no units", "POSMF", "<MKTVAL>55.00", "316000AA9", "55.00", HeldOut.NO_QUANTITY),
    _ofx("self-closed memo", "POSSTOCK", "<UNITS>2<UNITPRICE>5<MKTVAL>10<MEMO/>", "316000AA9", "10", None),
    _ofx(
        "a kind of position from a later version", "POSCRYPTO", "<UNITS>2<UNITPRICE>5<MKTVAL>10", "316000AA9",
        "10", HeldOut.DERIVATIVE,
    ),
    _ofx(
        "euros", "POSSTOCK",
        "<UNITS>2<UNITPRICE>5<MKTVAL>10<CURRENCY><CURRATE>1.5<CURSYM>EUR</CURRENCY>", "316000AA9", "15",
        HeldOut.FOREIGN,
    ),
)  # fmt: skip
