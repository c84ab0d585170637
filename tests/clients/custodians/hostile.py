"""The hostile corpus: files that are damaged, deceptive or far too large, made here rather than stored.

Each case is (name, bytes). `SMALL` run in every test; `HUGE` run in a child process whose memory and time
are measured.
"""

from __future__ import annotations

import io
import random
import stat
import zipfile
from collections.abc import Callable

from tests.clients.custodians.reading import SAMPLES

LOTS = (
    "account,as_of,symbol,lot_id,acquired_on,quantity,unit_cost,basis_status\r\n"
    "00417,2026-11-20,ALPM,L-1,2023-03-14,10,51.20,covered\r\n"
    "00417,2026-11-20,ALPM,L-2,2024-03-14,{quantity},{cost},covered\r\n"
)
PRICES = "symbol,on,price\nALPM,2026-11-20,82.40\n"


def lots(*, quantity: str = "5", cost: str = "60.00") -> bytes:
    return LOTS.format(quantity=quantity, cost=cost).encode()


def changed(old: str, new: str) -> bytes:
    text = LOTS.format(quantity="5", cost="60.00")
    assert old in text, old
    return text.replace(old, new).encode()


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def swapped(name: str, old: bytes, new: bytes) -> bytes:
    data = sample(name)
    assert old in data, old
    return data.replace(old, new, 1)


def archive(*members: tuple[str, bytes], link: bool = False, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in members:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.external_attr = (stat.S_IFLNK | 0o777 if link else stat.S_IFREG | 0o644) << 16
            made.writestr(entry, data)
    return out.getvalue()


def _lying_archive() -> bytes:
    """An archive whose directory understates what its member unpacks to."""
    data = bytearray(archive(("lots.csv", b"a" * 100_000)))
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(data)


# name, bytes, and what the refusal must say: line, column, a part of the rule. A line of 0 means the file.
Case = tuple[str, bytes, int, str, str]

SMALL: tuple[Case, ...] = (
    # Numbers (they look like numbers to somebody).
    ("nan.csv", lots(quantity="NaN"), 3, "quantity", "not a finite number"),
    ("minus-nan.csv", lots(quantity="-nan"), 3, "quantity", "not a finite number"),
    ("inf.csv", lots(quantity="inf"), 3, "quantity", "not a finite number"),
    ("infinity.csv", lots(cost="Infinity"), 3, "unit_cost", "not a finite number"),
    ("1e400.csv", lots(quantity="1e400"), 3, "quantity", "out of range"),
    ("1e-400.csv", lots(quantity="1e-400"), 3, "quantity", "out of range"),
    ("1e99999.csv", lots(quantity="1e99999"), 3, "quantity", "not a number"),
    ("underscore.csv", lots(quantity="1_000"), 3, "quantity", "underscore"),
    ("full-width.csv", lots(quantity="１２"), 3, "quantity", "digits other than 0-9"),
    ("arabic-digits.csv", lots(quantity="٣"), 3, "quantity", "digits other than 0-9"),
    ("decimal-comma.csv", lots(cost='"1.000,50"'), 3, "unit_cost", "decimal comma"),
    ("short-comma.csv", lots(cost='"60,5"'), 3, "unit_cost", "decimal comma"),
    ("bad-thousands.csv", lots(cost='"1,00,000"'), 3, "unit_cost", "not a number"),
    ("hex.csv", lots(quantity="0x10"), 3, "quantity", "not a number"),
    ("two-signs.csv", lots(quantity="--5"), 3, "quantity", "two signs"),
    ("open-bracket.csv", lots(quantity="(5"), 3, "quantity", "parenthesis"),
    ("percent.csv", lots(quantity="5%"), 3, "quantity", "percentage"),
    ("31-digits.csv", lots(quantity="1." + "1" * 31), 3, "quantity", "out of range"),
    ("4000-digits.csv", lots(quantity="9" * 4000), 3, "quantity", "out of range"),
    ("negative.csv", lots(quantity="-5"), 3, "quantity", "more than zero"),
    ("bracket-negative.csv", lots(quantity="(250)"), 3, "quantity", "more than zero"),
    ("zero.csv", lots(quantity="0"), 3, "quantity", "more than zero"),
    ("empty-quantity.csv", lots(quantity=""), 3, "quantity", "must be filled"),
    ("words.csv", lots(quantity="ten"), 3, "quantity", "not a number"),
    # Dates.
    ("future-as-of.csv", changed("2026-11-20,ALPM,L-1", "2027-11-20,ALPM,L-1"), 2, "as_of", "future"),
    ("acquired-later.csv", changed("2023-03-14", "2026-12-01"), 2, "acquired_on", "after the statement"),
    ("two-digit-year.csv", changed("2023-03-14", "03/14/23"), 2, "acquired_on", "two digits"),
    ("no-such-day.csv", changed("2023-03-14", "2023-02-29"), 2, "acquired_on", "no such day"),
    ("year-9999.csv", changed("2023-03-14", "9999-01-01"), 2, "acquired_on", "out of range"),
    ("dotted-date.csv", changed("2023-03-14", "14.03.2023"), 2, "acquired_on", "not a date"),
    ("excel-serial.csv", changed("2023-03-14", "45000"), 2, "acquired_on", "not a date"),
    # Identifiers and text.
    (
        "float-account.csv",
        changed("00417,2026-11-20,ALPM,L-1", "1.23E+08,2026-11-20,ALPM,L-1"),
        2,
        "account",
        "spreadsheet",
    ),
    (
        "decimal-account.csv",
        changed("00417,2026-11-20,ALPM,L-1", "417.0,2026-11-20,ALPM,L-1"),
        2,
        "account",
        "spreadsheet",
    ),
    (
        "formula-account.csv",
        changed("00417,2026-11-20,ALPM,L-1", "=1+1,2026-11-20,ALPM,L-1"),
        2,
        "account",
        "formula",
    ),
    (
        "at-account.csv",
        changed("00417,2026-11-20,ALPM,L-1", "@SUM(A1),2026-11-20,ALPM,L-1"),
        2,
        "account",
        "formula",
    ),
    (
        "formula-symbol.csv",
        changed("ALPM,L-1", "=cmd|' /c calc'!A0,L-1"),
        2,
        "symbol",
        "not a security's symbol",
    ),
    ("script-symbol.csv", changed("ALPM,L-1", "<script>,L-1"), 2, "symbol", "not a security's symbol"),
    ("override.csv", changed("L-1", "L-\u202e1"), 2, "lot_id", "control character"),
    ("newline-in-id.csv", changed("L-1", '"L-\n1"'), 2, "lot_id", "control character"),
    (
        "unknown-word.csv",
        changed("51.20,covered", "51.20,coverd"),
        2,
        "basis_status",
        "not one of the allowed ones",
    ),
    ("bad-cusip.csv", b"symbol,name,kind,cusip\nALPM,Alder,etf,037833101\n", 2, "cusip", "check digit"),
    ("float-cusip.csv", b"symbol,name,kind,cusip\nALPM,Alder,etf,1.2345E+112\n", 2, "cusip", "spreadsheet"),
    ("no-basis-covered.csv", lots(cost=""), 3, "basis_status", "No basis is given"),
    (
        "weights.csv",
        b"symbol,name,kind,asset_class_weights\nALPM,A,etf,us:0.6;intl:0.5\n",
        2,
        "asset_class_weights",
        "sum to",
    ),
    # Tables.
    ("extra-field.csv", lots(quantity="5,5"), 3, "9", "cells, but the header has 8"),
    ("missing-field.csv", changed(",60.00", ""), 3, "8", "cells, but the header has 8"),
    ("doubled-header.csv", changed("lot_id", "symbol"), 1, "symbol", "same name"),
    ("unknown-header.csv", changed("lot_id", "lotid"), 1, "lotid", "no such column"),
    ("doubled-lot.csv", changed("L-2", "L-1"), 3, "lot_id", "repeats line 2"),
    ("doubled-price.csv", (PRICES + "ALPM,11/20/2026,83\n").encode(), 3, "on", "repeats line 2"),
    ("lone-quote.csv", changed("L-2", '"L-2'), 3, "", "quotation mark"),
    ("inner-quote.csv", changed("L-2", '"L"-2'), 3, "", "quotation mark"),
    ("cut-off.csv", lots()[:-17], 3, "7", "cells, but the header has 8"),
    ("cut-in-last-cell.csv", lots()[:-4], 3, "", "line break"),
    ("header-with-space.csv", changed("quantity", "quan tity"), 1, "", ""),
    # Encodings.
    ("nul.csv", changed("L-1", "L\x001"), 2, "", "NUL"),
    ("utf-16-nul.csv", changed("L-1", "L\x001").decode().encode("utf-16"), 2, "", "NUL"),
    ("utf-32.csv", lots().decode().encode("utf-32"), 0, "", "UTF-32"),
    (
        "half-character.csv",
        b"symbol,on,price,source\nALPM,2026-11-20,1,\xc3\xa9\nALPM,2026-11-19,1,\xc3",
        3,
        "",
        "middle of a character",
    ),
    ("undefined-1252.csv", changed("L-1", "L").replace(b"L,2023", b"L\x81,2023"), 2, "", "encoding"),
    ("empty.csv", b"", 0, "", "empty"),
    ("blank.csv", b"\r\n \r\n", 0, "", "empty"),
    ("only-bom.csv", b"\xef\xbb\xbf", 0, "", ""),
    # Not what the name says.
    ("report-pdf.csv", b"%PDF-1.7\n%\xe2\xe3", 0, "", "PDF"),
    ("page.csv", b"<!DOCTYPE html><html><body>Session expired</body></html>", 0, "", "web page"),
    ("old-workbook.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64, 0, "", "workbook"),
    ("picture.csv", b"\x89PNG\r\n\x1a\n", 0, "", "picture"),
    ("packed.csv", b"\x1f\x8b\x08" + b"\x00" * 20, 0, "", "compressed"),
    ("program.csv", b"\x7fELF" + b"\x00" * 20, 0, "", "program"),
    ("poem.csv", b"roses are red\nviolets, blue\n", 0, "", "none of the supported layouts"),
    # Archives.
    ("slip.zip", archive(("../lots.csv", lots())), 0, "", "path"),
    ("absolute.zip", archive(("/etc/lots.csv", lots())), 0, "", "path"),
    ("backslash.zip", archive(("..\\lots.csv", lots())), 0, "", "path"),
    ("folder.zip", archive(("bundle/lots.csv", lots())), 0, "", "path"),
    ("link.zip", archive(("lots.csv", b"/etc/passwd"), link=True), 0, "", "link"),
    (
        "macros.xlsx",
        archive(("[Content_Types].xml", b"<a/>"), ("xl/vbaProject.bin", b"x")),
        0,
        "",
        "workbook",
    ),
    (
        "links.xlsx",
        archive(("[Content_Types].xml", b"<a/>"), ("xl/externalLinks/externalLink1.xml", b"<a/>")),
        0,
        "",
        "workbook",
    ),
    ("cut.zip", archive(("lots.csv", lots()))[:-30], 0, "", "damaged"),
    (
        "damaged.zip",
        archive(("lots.csv", lots()), method=zipfile.ZIP_STORED).replace(b"51.20", b"51.21", 1),
        0,
        "",
        "damaged",
    ),
    ("lying.zip", _lying_archive(), 0, "", ""),
    ("lzma.zip", archive(("lots.csv", lots()), method=zipfile.ZIP_LZMA), 0, "", "unsupported compression"),
    (
        "stranger.zip",
        archive(("lots.csv", lots()), ("notes.txt", b"hi")),
        0,
        "",
        "not one of the bundle's tables",
    ),
    ("twins.zip", archive(("lots.csv", lots()), ("LOTS.csv", lots())), 0, "", "same name"),
    ("many.zip", archive(*((f"f{i}.csv", b"x") for i in range(30))), 0, "", "more than 20"),
    ("bad-lot.zip", archive(("lots.csv", lots(quantity="NaN"))), 3, "quantity", "not a finite number"),
    # Custodians' files, damaged.
    (
        "schwab-cut.csv",
        sample("schwab-positions.csv").rsplit(b'"Positions Total"')[0],
        3,
        "",
        "without their total",
    ),
    (
        "schwab-total.csv",
        swapped("schwab-positions.csv", b"$43,080.00", b"$43,080.10"),
        8,
        "Positions Total",
        "a gap of 0.10",
    ),
    (
        "schwab-shifted.csv",
        swapped("schwab-positions.csv", b'"310.2518",', b'"310.2518","x",'),
        4,
        "18",
        "cells, but the header has 17",
    ),
    (
        "schwab-future.csv",
        swapped("schwab-positions.csv", b"2026/11/20", b"2027/11/20"),
        1,
        "title",
        "future",
    ),
    ("schwab-lots-cut.csv", sample("schwab-lots.csv").rsplit(b'"Total"')[0], 0, "", "without their total"),
    (
        "schwab-lots-total.csv",
        swapped("schwab-lots.csv", b'"Total","310.2518"', b'"Total","310.2519"'),
        7,
        "Total Quantity",
        "gap",
    ),
    (
        "renamed-transactions.csv",
        sample("Joint_XXX526_Transactions_20261120-162001.csv"),
        0,
        "",
        "which account",
    ),
    ("Joint_XXX526_Transactions_1.json", b'{"BrokerageTransactions": [', 1, "", "cut off"),
    ("Joint_XXX526_Transactions_2.json", b'{"BrokerageTransactions": {"a": 1}}', 0, "", "no list"),
    ("Joint_XXX526_Transactions_3.json", b'{"BrokerageTransactions": ' + b"[" * 100_000, 0, "", "nested"),
    (
        "Joint_XXX526_Transactions_4.json",
        b'{"BrokerageTransactions": [{"Date": 5}, null]}',
        0,
        "",
        "eight short text values",
    ),
    (
        "fidelity-cut.csv",
        sample("Portfolio_Positions_Nov-20-2026.csv").rsplit(b'"Date downloaded')[0],
        0,
        "",
        "footer",
    ),
    ("renamed-closed-lots.csv", sample("Realized_Gain_Loss_Account_Z20526526.csv"), 0, "", "which account"),
    ("View open lots.csv", sample("View open lots NVHM.csv"), 0, "", "names no security"),
    (
        "flex-entity.xml",
        b'<!DOCTYPE a [<!ENTITY x "y">]><FlexQueryResponse>&x;</FlexQueryResponse>',
        1,
        "",
        "document type",
    ),
    (
        "flex-laughs.xml",
        b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><FlexQueryResponse>&b;</FlexQueryResponse>',
        1,
        "",
        "document type",
    ),
    (
        "flex-outside.xml",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><FlexQueryResponse/>',
        1,
        "",
        "document type",
    ),
    ("flex-cut.xml", sample("ibkr-flex.xml")[:-60], 17, "", "cut off"),
    (
        "flex-sum.xml",
        swapped("ibkr-flex.xml", b'position="4.5"', b'position="4.4"'),
        0,
        "Position HLM.B",
        "a gap of 0.10",
    ),
    (
        "flex-no-account.xml",
        b"<FlexQueryResponse><FlexStatement/></FlexQueryResponse>",
        1,
        "accountId",
        "must be filled",
    ),
    ("ofx-cut.ofx", sample("statement-1.02.ofx")[:-200], 37, "", "cut off"),
    ("ofx-header.ofx", swapped("statement-1.02.ofx", b"VERSION:102", b"VERSION:ABC"), 1, "", "header"),
    (
        "ofx-entity.qfx",
        swapped("statement-2.qfx", b"<OFX>", b'<!DOCTYPE x [<!ENTITY y "z">]><OFX>'),
        1,
        "",
        "entities",
    ),
    (
        "ofx-euro.ofx",
        swapped("statement-1.02.ofx", b"<CURDEF>USD", b"<CURDEF>EUR"),
        14,
        "CURDEF",
        "US dollars",
    ),
    (
        "ofx-units.ofx",
        swapped("statement-1.02.ofx", b"<UNITS>+0000000000100.00000", b"<UNITS>NaN"),
        27,
        "UNITS",
        "finite",
    ),
    (
        "ofx-tags.ofx",
        swapped("statement-1.02.ofx", b"</INVPOSLIST>", b"</INVPOS></INVPOSLIST>"),
        37,
        "",
        "broken",
    ),
    (
        "ofx-day.ofx",
        swapped("statement-1.02.ofx", b"<DTASOF>20261120160000.000", b"<DTASOF>202611201"),
        0,
        "DTASOF",
        "OFX date",
    ),
    (
        "flex-no-currency.xml",
        swapped("ibkr-flex.xml", b'currency="USD"', b'currency="&lt;x&gt;"'),
        0,
        "currency",
        "not a currency",
    ),
    ("ofx-nul.ofx", swapped("statement-1.02.ofx", b"YOU SOLD", b"YOU\x00SOLD"), 0, "", "NUL"),
)


def _wide() -> bytes:
    return b"symbol,on,price," + b",".join(b"c%d" % i for i in range(10_000)) + b"\n"


def _bomb() -> bytes:
    return archive(("lots.csv", b"0" * (600 * 1024 * 1024)))


def _two_large_members() -> bytes:
    """Each member is within every limit, the two together are not."""
    block = random.Random(1).randbytes(300) + b"0" * 39_700
    return archive(("lots.csv", block * 500), ("cash.csv", block * 500))


# Made lazily: together they would take more memory than a test run should.
HUGE: dict[str, Callable[[], bytes]] = {
    "five-million-rows.csv": lambda: b"symbol,on,price\n" + b"A,B\n" * 5_000_000,
    "249-thousand-bad-rows.csv": lambda: b"symbol,on,price\n" + b"A,B,C\n" * 249_000,
    "one-megabyte-cell.csv": lambda: b"symbol,on,price\n" + b"A" * 1_048_576 + b",2026-11-20,1\n",
    "hundred-thousand-character-cell.csv": lambda: b"symbol,on,price\n" + b"A" * 100_000 + b",2026-11-20,1\n",
    "ten-thousand-columns.csv": _wide,
    "thirty-million-commas.csv": lambda: b"symbol,on,price\n" + b"," * 30_000_000,
    "quoted-forever.csv": lambda: b'symbol,on,price\n"' + b"x\n" * 200_000,
    "quoted-commas.csv": lambda: b"symbol,on,price\n" + b'"\n",' * 240_000,
    "forty-megabytes.csv": lambda: b"symbol,on,price\n" + b" " * 40_000_000,
    "bomb.zip": _bomb,
    "two-large-members.zip": _two_large_members,
    "deep.xml": lambda: b"<FlexQueryResponse>" + b"<a>" * 190_000,
    "wide.xml": lambda: b"<FlexQueryResponse " + b" ".join(b'a%d="1"' % i for i in range(400_000)) + b"/>",
    "five-million-tags.ofx": lambda: b"OFXHEADER:100\n<OFX><INVSTMTRS>" + b"<A>1" * 5_000_000 + b"</OFX>",
    "deep.ofx": lambda: sample("statement-1.02.ofx").replace(b"<CURDEF>USD", b"<A>" * 100_000),
    "cdata.ofx": lambda: sample("statement-1.02.ofx").replace(b"<CURDEF>USD", b"<A><![CDATA[" * 100_000),
    "long-number.json": lambda: b'{"BrokerageTransactions": [' + b"9" * 5_000_000 + b"]}",
}
