"""The ledger from custodians' own files: in any order, loaded again, and in a known number of queries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Household
from rebalancing.tax_ledger import form_8949, ledgers
from tests.factories.imports import account, brought_in, sample_bytes, the_accounts

pytestmark = pytest.mark.django_db
SUNDAY = date(2026, 11, 22)
SCHWAB = "Joint_GainLoss_Realized_Details_20261120-162010.csv"
FIDELITY = "Realized_Gain_Loss_Account_Z20526526.csv"
HISTORY = "Accounts_History.csv"


@pytest.fixture(autouse=True)
def _accounts(db: None) -> None:
    the_accounts()


def loaded_in(name: str, content: bytes | None = None) -> None:
    """A custodian's file, bound to the accounts that it means and loaded."""
    brought_in(name, content, to={"Joint Taxable": "4526"})


def lines() -> list[tuple[Any, ...]]:
    """The household's year, apart from the keys under which rows are stored."""
    found = ledgers.of(Household.objects.get(), 2026, on=SUNDAY)
    return sorted(
        (
            row.sold_on,
            row.description,
            row.entry.piece.place.name,
            row.proceeds,
            row.basis,
            row.adjustment,
            row.gain,
        )
        for row in form_8949.rows(found.entries)
    )


def test_what_schwab_reports_is_in_the_ledger_with_what_it_disallowed() -> None:
    loaded_in(SCHWAB)

    found = ledgers.of(Household.objects.get(), 2026, on=SUNDAY)

    told = {
        row.entry.piece.symbol: (row.gain, row.adjustment, row.box) for row in form_8949.rows(found.entries)
    }
    assert told["ALPM"] == (D("539.95"), D(0), "D or E")
    assert told["NVHM"] == (D("-70.00"), D("35.00"), "A or B")


@pytest.mark.parametrize("order", list(permutations((SCHWAB, FIDELITY, HISTORY))), ids="-".join)
def test_the_order_in_which_files_come_changes_nothing(order: tuple[str, ...]) -> None:
    for name in order:
        loaded_in(name)

    assert [line[:2] + line[3:] for line in lines()] == [
        (date(2026, 7, 1), "5000 sh. 3135G0YY1", D("5000.00"), D("4900.00"), D(0), D("100.00")),
        (date(2026, 9, 8), "30 sh. NVHM", D("720.00"), D("825.00"), D("35.00"), D("-70.00")),
        (date(2026, 9, 8), "30 sh. NVHM", D("720.00"), D("825.00"), D(0), D("-105.00")),
        (date(2026, 11, 19), "20 sh. ALPM", D("1639.95"), D("1100.00"), D(0), D("539.95")),
        (date(2026, 11, 19), "20 sh. ALPM", D("1639.95"), D("1100.00"), D(0), D("539.95")),
    ]


def test_a_file_that_comes_again_changes_nothing() -> None:
    loaded_in(SCHWAB)
    before = lines()

    # The same sales in another file: its bytes differ, its lines do not.
    loaded_in(SCHWAB, sample_bytes(SCHWAB).replace(b"16:20:10", b"16:25:10"))

    assert lines() == before


def test_the_sums_of_a_return_are_those_of_its_pieces() -> None:
    loaded_in(SCHWAB)
    loaded_in(FIDELITY)

    (unit,) = ledgers.of(Household.objects.get(), 2026, on=SUNDAY).units

    recognized = [entry.recognized for entry in unit.entries if entry.recognized is not None]
    assert unit.sums.net == sum(recognized, D(0))
    assert unit.sums.disallowed == sum((entry.disallowed for entry in unit.entries), D(0))


def test_a_ledger_costs_the_same_queries_however_much_was_sold() -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            ledgers.of(Household.objects.get(), 2026, on=SUNDAY)
        return len(seen)

    loaded_in(SCHWAB)
    few = queries()
    loaded_in(FIDELITY)
    assert account("6526").realized_gains.exists()

    assert queries() == few
