"""A file is compared with the record at once, and only what changed is written: the same rows as the obvious way leaves.

The obvious way is a few lines over plain values, lot by lot. Days of files are drawn, loaded one after the other, and each
time the record is what the obvious way says, down to the days, and a lot that was there keeps its row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.holdings import listings
from clients.imports import custodian_files, file_loading
from clients.models import Account, CustodianFile, FileChange, LotListing, Position, TaxLot
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import SET_UP, loaded, received, the_millers

pytestmark = pytest.mark.django_db

FIRST = date(2026, 11, 16)
NUMBERS = ("11110001", "11110002")


@dataclass(frozen=True)
class Lot:
    """A lot of a drawn day."""

    account: str
    symbol: str
    key: str
    shares: int
    basis: int


@dataclass
class Known:
    """What the obvious way knows of a lot."""

    said: Lot
    listed_on: date
    closed_on: date | None = None


def obvious(book: dict[tuple[str, str, str], Known], lots: list[Lot], *, on: date) -> None:
    """Restate a book by a file of a day: what is listed is open as listed, what is no longer listed is closed."""
    listed = {(one.account, one.symbol, one.key): one for one in lots}
    for key, known in book.items():
        if key not in listed and known.closed_on is None:
            known.closed_on = on
    for key, one in listed.items():
        book[key] = Known(one, on)


def the_book() -> dict[tuple[str, str, str], Known]:
    lots = listings.with_days(TaxLot.objects.select_related("account", "security"))
    return {
        (f"1111{lot.account.number_last4}", lot.security.symbol, lot.key): Known(
            Lot(
                f"1111{lot.account.number_last4}",
                lot.security.symbol,
                lot.key,
                int(lot.quantity),
                int(lot.basis or 0),
            ),
            listings.day_of(lot),
            lot.closed_on,
        )
        for lot in lots
    }


def a_file(lots: list[Lot], *, on: date) -> bytes:
    shares: dict[tuple[str, str], int] = {}
    for one in lots:
        shares[one.account, one.symbol] = shares.get((one.account, one.symbol), 0) + one.shares
    return bundle(
        prices=[],
        transactions=[],
        cash=[f"{number},{on},settled,10000.00" for number in NUMBERS],
        positions=[f"{account},{on},{symbol},{held},no" for (account, symbol), held in shares.items()],
        lots=[
            f"{one.account},{on},{one.symbol},{one.key},2020-03-02,{one.shares},{one.basis}.00,covered"
            for one in lots
        ],
    )


a_lot = st.builds(
    Lot,
    account=st.sampled_from(NUMBERS),
    symbol=st.sampled_from(("ZUS", "ZBD")),
    key=st.sampled_from(("A1", "A2", "A3")),
    shares=st.integers(1, 3),
    basis=st.integers(1, 3).map(lambda thousands: thousands * 1000),
)
a_day = st.lists(a_lot, min_size=1, max_size=6, unique_by=lambda one: (one.account, one.key))


def bring_in(content: bytes, *, name: str) -> CustodianFile:
    file = received(content, name=name)
    if file.state == CustodianFile.State.LOADED:
        return file
    confirm = file.preview.get("confirm", "")
    return custodian_files.load(file, confirmed=confirm, user_id=None, by=SET_UP, at=SUNDAY_NOON)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(days=st.lists(a_day, min_size=2, max_size=4))
def test_files_leave_the_rows_that_the_obvious_way_leaves(days: list[list[Lot]]) -> None:
    from django.db import transaction

    with transaction.atomic():
        the_millers()
        book: dict[tuple[str, str, str], Known] = {}
        rows: dict[tuple[int, str, str], int] = {}
        for number, lots in enumerate(days):
            on = FIRST + timedelta(days=number)
            file = bring_in(a_file(lots, on=on), name=f"{on}.zip")
            assert [one["state"] for one in file.receipt["accounts"]] == ["loaded", "loaded"]
            obvious(book, lots, on=on)
            assert the_book() == book
            held = {
                (f"1111{one.account.number_last4}", one.security.symbol): one.quantity
                for one in Position.objects.select_related("account", "security")
            }
            assert held == {
                (account, symbol): D(
                    sum(o.shares for o in lots if (o.account, o.symbol) == (account, symbol))
                )
                for account, symbol in {(one.account, one.symbol) for one in lots}
            }
            now = {
                (lot.account_id, lot.security.symbol, lot.key): lot.pk
                for lot in TaxLot.objects.select_related("security")
            }
            assert rows.items() <= now.items(), "a lot that was there keeps its row"
            rows = now
            assert set(Account.objects.values_list("reconciliation", flat=True)) == {"reconciled"}
        transaction.set_rollback(True)


def versions() -> dict[int, str]:
    """The version of each lot's row: another after every write."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text || '/' || ctid::text FROM clients_taxlot")
        return dict(cursor.fetchall())


def next_day(rows: list[str]) -> list[str]:
    return [row.replace("2026-11-20", "2026-11-21") for row in rows]


def test_a_file_that_repeats_the_lots_writes_none_of_them_and_says_so_once() -> None:
    the_millers()
    loaded(bundle())
    before = versions()

    file = loaded(table("lots", next_day(MILLERS["lots"])), name="lots.csv")

    assert versions() == before
    assert not FileChange.objects.filter(file=file, table="clients_taxlot").exists()
    assert [(one.security_id, str(one.as_of_on)) for one in LotListing.objects.all()] == [
        (None, "2026-11-21"),
        (None, "2026-11-21"),
    ]
    lots = listings.with_days(TaxLot.objects.all())
    assert {str(listings.day_of(lot)) for lot in lots} == {"2026-11-21"}
    assert {str(listings.day_of(lot)) for lot in TaxLot.objects.all()} == {"2026-11-21"}


def test_an_older_file_is_refused_though_no_lot_was_written_since() -> None:
    the_millers()
    loaded(bundle())
    loaded(table("lots", next_day(MILLERS["lots"])), name="lots.csv")
    between = [row.replace(",5000,", ",4000,") for row in MILLERS["lots"]]

    file = received(
        table("lots", [row.replace("3000,120000", "2999,119000") for row in between]), name="older.csv"
    )

    assert {one.state for one in file.accounts.all()} == {"refused"}
    assert "the record holds those of 2026-11-21 already" in file.faults[0]["rule"]


def a_firm(numbers: range, *, on: str, shares: int = 10) -> bytes:
    return bundle(
        accounts=[
            f"2{number:07d},Taxable,miller,Mia Miller,individual,house,full,2020-01-02,no,fifo"
            for number in numbers
        ],
        positions=[f"2{number:07d},{on},ZUS,{shares},no" for number in numbers],
        lots=[
            f"2{number:07d},{on},ZUS,L{number},2020-03-02,{shares},{shares * 50}.00,covered"
            for number in numbers
        ],
        cash=[f"2{number:07d},{on},settled,1000.00" for number in numbers],
        transactions=[
            f"2{number:07d},buy,2020-03-02,T{number},ZUS,{shares},50,-500.00" for number in numbers
        ],
    )


def test_one_account_that_the_record_cannot_hold_costs_none_of_the_others() -> None:
    the_millers()
    content = a_firm(range(9), on="2026-11-20")
    odd = bundle(
        **{
            kind: [
                row.replace(",10,", ",5000000000000,") if row.startswith("20000004") else row for row in rows
            ]
            for kind, rows in _tables(content).items()
        }
    )

    file = bring_in(odd, name="odd.zip")

    states = {one["mask"]: one["state"] for one in file.receipt["accounts"]}
    assert states.pop("····0004") == "refused"
    assert set(states.values()) == {"loaded"}
    assert (Account.objects.count(), TaxLot.objects.count(), Position.objects.count()) == (9, 8, 8)
    assert [fault["rule"][:40] for fault in file.faults] == ["The record refused a row of this file: n"]


def _tables(content: bytes) -> dict[str, list[str]]:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            kind: [
                line.rsplit(",", 1)[0] if kind == "securities" else line
                for line in archive.read(f"{kind}.csv").decode().splitlines()[1:]
            ]
            for kind in MILLERS
        }


def test_many_accounts_cost_as_many_queries_as_few_and_as_many_at_a_time_as_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    the_millers()

    def queries(numbers: range) -> int:
        bring_in(a_firm(numbers, on="2026-11-20"), name=f"{numbers}.zip")
        file = received(a_firm(numbers, on="2026-11-21", shares=11), name=f"{numbers}-next.zip")
        with CaptureQueriesContext(connection) as captured:
            custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)
        return len(captured)

    assert queries(range(3)) == queries(range(3, 33))
    monkeypatch.setattr(file_loading, "TOGETHER", 4)
    bring_in(a_firm(range(33), on="2026-11-22", shares=12), name="all.zip")
    assert set(TaxLot.objects.values_list("quantity", flat=True)) == {D(12)}


def test_the_preview_counts_what_the_load_then_does() -> None:
    the_millers()
    loaded(bundle())
    sold = [row.replace("2000,190000.00", "1500,142500.00") for row in next_day(MILLERS["lots"])[:-1]]
    file = received(bundle(lots=sold, positions=next_day(MILLERS["positions"])), name="next.zip")

    foreseen: dict[str, Any] = {one.mask: one.counts for one in file.accounts.all()}
    done = custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)

    assert {one["mask"]: one["counts"] for one in done.receipt["accounts"]} == foreseen
    assert foreseen["····0001"]["lots"] == {"new": 0, "changed": 1, "unchanged": 2, "disappeared": 0}
