"""Made-up bundles of three mornings, for ``./evenkeel bench imports``."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

LOTS, SYMBOLS, MOVEMENTS = 52, 26, 17
SECURITIES = 120
FIRST, SECOND, THIRD = DAYS = date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)

COLUMNS = {
    "securities": "symbol,name,kind,asset_class_weights,half_spread_bps,volume_daily_average,fractional,expense_ratio",
    "prices": "symbol,on,price,source",
    "accounts": "number,label,household,owner,registration,custodian,discretion,agreement_on,margin,lot_method",
    "positions": "account,as_of,symbol,quantity,price,value,reinvest",
    "lots": "account,as_of,symbol,lot_id,acquired_on,quantity,basis_total,basis_status",
    "cash": "account,as_of,kind,amount",
    "transactions": "account,kind,trade_on,transaction_id,symbol,quantity,price,amount",
}


def _symbol(number: int) -> str:
    return f"ZQ{number:03d}"


def _price(number: int, day: date) -> int:
    """In cents."""
    return 5_000 + number * 137 + (0, 25 + number % 7, 60 - number % 5)[DAYS.index(day)]


def tables(numbers: range, day: date) -> dict[str, list[str]]:
    """The rows of one day's bundle of these accounts, by table."""
    found: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for one in range(SECURITIES):
        found["securities"].append(f"{_symbol(one)},Invented {one} ETF,etf,us_stock:1,1,5000000,no,0.0003")
        found["prices"].append(f"{_symbol(one)},{day},{_price(one, day) / 100:.2f},generated")
    for number in numbers:
        _account(found, number, day)
    return found


def _account(found: dict[str, list[str]], number: int, day: date) -> None:
    key = f"3{number:07d}"
    found["accounts"].append(
        f"{key},Taxable,bench{number // 3},Mia Bench,individual,house,full,2020-01-02,no,fifo"
    )
    shares: dict[int, int] = {}
    for place in range(LOTS + DAYS.index(day)):
        security = (number * 7 + place % SYMBOLS) % SECURITIES
        fate = (number * LOTS + place) % 300
        bought = date(2019, 1, 2) + timedelta(days=place * 40 + number % 30)
        if place >= LOTS:  # A lot bought on the second or third day, in about half of the accounts.
            if fate % 100 >= 52:
                continue
            bought = DAYS[place - LOTS + 1]
        is_sold = (day > FIRST and fate == 7) or (day > SECOND and fate in {17, 117})
        quantity = 10 + place % 5 - (1 if fate == 11 and day > FIRST else 0)
        price = _price(security, day)
        name = f"L{number}-{place}"
        if day == THIRD and (fate in {17, 117} or bought == THIRD):
            kind, sign = ("buy", 1) if bought == THIRD else ("sell", -1)
            found["transactions"].append(
                f"{key},{kind},{day},T{name},{_symbol(security)},{sign * quantity},{price / 100:.2f},"
                f"{-sign * quantity * price / 100:.2f}"
            )
        if is_sold:
            continue
        basis = quantity * 4_000 + place * 100 + (50 if fate == 13 and day > FIRST else 0)
        shares[security] = shares.get(security, 0) + quantity
        found["lots"].append(
            f"{key},{day},{_symbol(security)},{name},{bought},{quantity},{basis / 100:.2f},covered"
        )
    for security, held in shares.items():
        price = _price(security, day)
        found["positions"].append(
            f"{key},{day},{_symbol(security)},{held},{price / 100:.2f},{held * price / 100:.2f},no"
        )
    moves = DAYS.index(day) if number % 10 == 0 else 0
    found["cash"].append(f"{key},{day},settled,{10_000 + number % 977 + 250 * moves}.00")
    for place in range(MOVEMENTS + 2 * moves):
        traded = FIRST - timedelta(days=place) if place < MOVEMENTS else DAYS[1 + (place - MOVEMENTS) // 2]
        security = (number * 7 + place) % SECURITIES
        found["transactions"].append(
            f"{key},dividend,{traded},T{number}-{place},{_symbol(security)},,,{place + 1}.25"
        )


def bundle(rows: dict[str, list[str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, caption in COLUMNS.items():
            archive.writestr(f"{name}.csv", "\n".join([caption, *rows[name], ""]))
    return out.getvalue()
