"""A whole firm's bundle comes in within seconds, and its cost grows with its rows, not with queries."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.imports import custodian_files
from clients.models import CustodianFile, Price, TaxLot
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import bundle
from tests.factories.households import SET_UP, received, the_millers

pytestmark = pytest.mark.django_db

ACCOUNTS, LOTS_AN_ACCOUNT, SYMBOLS, DAYS = 200, 40, 24, 2_500
SECONDS_MAX = 15


def a_firm(*, accounts: int, lots_an_account: int, symbols: int, days: int) -> bytes:
    """A bundle of one household with so many accounts, all lots adding up to their positions."""
    names = [f"ZQ{number:02d}" for number in range(symbols)]
    numbers = [f"3{number:07d}" for number in range(accounts)]
    first = date(2026, 11, 20) - timedelta(days=days - 1)
    positions, lots = [], []
    for number in numbers:
        held = names[: min(symbols, 8)]
        for place in range(lots_an_account):
            symbol, bought_on = held[place % len(held)], first + timedelta(days=place)
            lots.append(
                f"{number},2026-11-20,{symbol},{number}-{place},{bought_on},10,{900 + place}.00,covered"
            )
        each = {
            symbol: 10 * sum(1 for place in range(lots_an_account) if held[place % len(held)] == symbol)
            for symbol in held
        }
        positions += [
            f"{number},2026-11-20,{symbol},{shares},no" for symbol, shares in each.items() if shares
        ]
    return bundle(
        securities=[f"{name},Invented {name},etf,us_stock:1,,,1,5000000,no" for name in names],
        prices=[
            f"{name},{first + timedelta(days=place)},{100 + place % 7}.25,generated"
            for name in names
            for place in range(days)
        ],
        accounts=[
            f"{number},Taxable,miller,Mia Miller,individual,house,full,2020-01-02,no,fifo"
            for number in numbers
        ],
        positions=positions,
        lots=lots,
        cash=[f"{number},2026-11-20,settled,1000.00" for number in numbers],
        transactions=[f"{number},buy,2026-11-02,T{number},ZQ00,10,95,-950.00" for number in numbers],
    )


@pytest.mark.slow
def test_a_firm_of_200_accounts_8000_lots_and_60000_prices_loads_in_seconds() -> None:
    the_millers()
    content = a_firm(accounts=ACCOUNTS, lots_an_account=LOTS_AN_ACCOUNT, symbols=SYMBOLS, days=DAYS)
    began, cpu_began = time.monotonic(), time.process_time()

    file = custodian_files.load(received(content), user_id=None, by=SET_UP, at=SUNDAY_NOON)

    seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu_began
    assert (file.state, file.faults) == (CustodianFile.State.LOADED, [])
    assert (TaxLot.objects.count(), Price.objects.count()) == (8_000, 60_000)
    # Processor seconds, since the build's machines are shared.
    assert cpu_seconds <= SECONDS_MAX
    print(f"\n200 accounts, 8,000 lots, 60,000 prices: {seconds:.1f} s, {cpu_seconds:.1f} s of them ours")


def test_another_lot_and_another_price_cost_no_further_query() -> None:
    the_millers()

    def queries(lots: int, days: int) -> int:
        content = a_firm(accounts=2, lots_an_account=lots, symbols=2, days=days)
        file = received(content)
        with CaptureQueriesContext(connection) as captured:
            custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)
        return len(captured)

    queries(4, 20)
    # Both add lots, and restate the days of those that are there.
    assert queries(8, 60) == queries(40, 200)
