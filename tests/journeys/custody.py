"""What the Millers' custodian sends: August inside the bands, November with stocks grown out of them."""

from __future__ import annotations

from tests.factories.bundles import MILLERS, bundle

AUGUST, NOVEMBER = "2026-08-21", "2026-11-20"

POSITIONS = [
    "11110001,{day},ZUS,3500,no",
    "11110001,{day},ZBD,3100,no",
    "11110002,{day},ZUS,1500,no",
    "11110002,{day},ZBD,500,no",
]
LOTS = [
    "11110001,{day},ZUS,A1,2020-03-02,1500,60000.00,covered",
    "11110001,{day},ZUS,A2,2025-01-15,2000,190000.00,covered",
    "11110001,{day},ZBD,A3,2021-06-01,3100,263500.00,covered",
    "11110002,{day},ZUS,B1,2020-03-02,1500,60000.00,covered",
    "11110002,{day},ZBD,B2,2021-06-01,500,40000.00,covered",
]
CASH = ["11110001,{day},settled,10000.00", "11110002,{day},settled,5000.00"]
TRANSACTIONS = ["11110001,buy,2025-01-15,T1,ZUS,2000,95,-190000.00"]


def august() -> bytes:
    """Stocks at 84: 58.1% of the household, where the policy wants 58%."""
    return custodian_bundle(AUGUST, stock="84")


def november() -> bytes:
    """Stocks at 110: 64.5%, above the policy's 63%."""
    return custodian_bundle(NOVEMBER, stock="110")


def still_inside() -> bytes:
    """Stocks at 90 in November: 59.8%, inside the band."""
    return custodian_bundle(NOVEMBER, stock="90")


def november_of_a_client_who_decides() -> bytes:
    """The same, of a client who did not hand over discretion."""
    accounts = [row.replace(",full,2020-01-02,", ",none,2020-01-02,") for row in MILLERS["accounts"]]
    return custodian_bundle(NOVEMBER, stock="110", accounts=accounts)


def custodian_bundle(day: str, *, stock: str, **changed: list[str]) -> bytes:
    """The whole bundle of one day at one price of the stock fund."""
    tables = {
        "prices": [
            f"ZUS,{day},{stock},generated",
            f"ZUB,{day},{int(stock) / 2:.2f},generated",
            f"ZBD,{day},80,generated",
        ],
        "positions": [row.format(day=day) for row in POSITIONS],
        "lots": [row.format(day=day) for row in LOTS],
        "cash": [row.format(day=day) for row in CASH],
        "transactions": TRANSACTIONS,
    }
    return bundle(**(MILLERS | tables | changed))
