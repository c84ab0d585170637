"""Small house bundles for tests: a household with a taxable account and an IRA, as a file brings it."""

from __future__ import annotations

HEADERS = {
    "securities": "symbol,name,kind,asset_class_weights,wash_group,replacements,half_spread_bps,"
    "volume_daily_average,fractional",
    "prices": "symbol,on,price,source",
    "accounts": "number,label,household,owner,registration,custodian,discretion,agreement_on,margin,lot_method",
    "positions": "account,as_of,symbol,quantity,reinvest",
    "lots": "account,as_of,symbol,lot_id,acquired_on,quantity,basis_total,basis_status",
    "cash": "account,as_of,kind,amount",
    "transactions": "account,kind,trade_on,transaction_id,symbol,quantity,price,amount",
    "closed_lots": "account,symbol,quantity,opened_on,closed_on,proceeds,basis_total",
}

COMPLETED = {"securities": {"expense_ratio": "0.0003"}}
"""Columns that every row of a table gets besides, so that rules which read them find nothing unknown."""

MILLERS = {
    "securities": [
        "ZUS,Invented US Stock ETF,etf,us_stock:1,us-total,ZUB,1,5000000,no",
        "ZUB,Invented US Broad ETF,etf,us_stock:1,us-broad,ZUS,1,4000000,no",
        "ZBD,Invented Bond ETF,etf,us_bond:1,bond-total,,2,3000000,no",
    ],
    "prices": [
        "ZUS,2026-11-20,100,generated",
        "ZUB,2026-11-20,50,generated",
        "ZBD,2026-11-20,80,generated",
    ],
    "accounts": [
        "11110001,Taxable,miller,Mia Miller,individual,house,full,2020-01-02,no,fifo",
        "11110002,IRA,miller,Mia Miller,traditional_ira,house,full,2020-01-02,no,fifo",
    ],
    "positions": [
        "11110001,2026-11-20,ZUS,5000,no",
        "11110001,2026-11-20,ZBD,1000,no",
        "11110002,2026-11-20,ZUS,2000,no",
        "11110002,2026-11-20,ZBD,1500,no",
    ],
    "lots": [
        "11110001,2026-11-20,ZUS,A1,2020-03-02,3000,120000.00,covered",
        "11110001,2026-11-20,ZUS,A2,2025-01-15,2000,190000.00,covered",
        "11110001,2026-11-20,ZBD,A3,2021-06-01,1000,85000.00,covered",
        "11110002,2026-11-20,ZUS,B1,2020-03-02,2000,80000.00,covered",
        "11110002,2026-11-20,ZBD,B2,2021-06-01,1500,127000.00,covered",
    ],
    "cash": [
        "11110001,2026-11-20,settled,10000.00",
        "11110002,2026-11-20,settled,5000.00",
    ],
    "transactions": [
        "11110001,buy,2025-01-15,T1,ZUS,2000,95,-190000.00",
    ],
}


def table(kind: str, rows: list[str]) -> bytes:
    """One table as the bytes of its CSV file."""
    more = COMPLETED.get(kind, {})
    lines = [",".join([HEADERS[kind], *more]), *(",".join([row, *more.values()]) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def bundle(*, without: str = "", **changed: list[str]) -> bytes:
    """The Millers' bundle as a .zip, with some tables replaced, and `without` one of them."""
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for kind, rows in (MILLERS | changed).items():
            if kind == without:
                continue
            # A fixed date, since the archive's bytes are what a file is recognized by.
            archive.writestr(zipfile.ZipInfo(f"{kind}.csv", (2026, 11, 20, 18, 0, 0)), table(kind, rows))
    return out.getvalue()
