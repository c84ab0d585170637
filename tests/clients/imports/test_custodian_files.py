"""Facts come in: previewed, confirmed, all or nothing for each account, never twice."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.imports import custodian_files
from clients.models import Account, CustodianFile, FileAccount, Position, Security, TaxLot, Transaction
from compliance.audit_trail import audit
from compliance.refusals import BadInput, Blocked, Conflict
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import SET_UP, loaded, received, the_millers

pytestmark = pytest.mark.django_db


def test_a_bundle_brings_a_whole_household_in() -> None:
    the_millers()
    file = loaded(bundle())

    assert file.state == CustodianFile.State.LOADED, file.faults
    taxable = Account.objects.get(number_last4="0001")
    assert [(lot.key, lot.quantity, lot.basis) for lot in taxable.lots.order_by("key")] == [
        ("A1", D(3000), D("120000.00")),
        ("A2", D(2000), D("190000.00")),
        ("A3", D(1000), D("85000.00")),
    ]
    assert (taxable.tax_treatment, taxable.tax_unit.code) == ("taxable", "mia")
    assert (taxable.cash.settled, taxable.reconciliation) == (D("10000.00"), "reconciled")
    ira = Account.objects.get(number_last4="0002")
    assert (ira.tax_treatment, ira.tax_unit) == ("tax_deferred", None)
    assert Transaction.objects.get().lot_key == ""
    assert [one["state"] for one in file.receipt["accounts"]] == ["loaded", "loaded"]


def test_the_same_bytes_twice_are_recognized_and_change_nothing() -> None:
    the_millers()
    first = loaded(bundle())

    again = custodian_files.receive(
        bundle(), name="copy.zip", channel="browser", user_id=None, by=SET_UP, at=MONDAY_NOON
    )

    assert (again.is_known, again.file) == (True, first)
    assert CustodianFile.objects.count() == 1
    with pytest.raises(Conflict):
        custodian_files.load(again.file, user_id=None, by=SET_UP, at=MONDAY_NOON)


def test_whole_account_numbers_are_stored_nowhere_in_the_clear() -> None:
    the_millers()
    file = loaded(bundle())

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT number, number_index FROM clients_account ORDER BY id")
        stored = cursor.fetchall()
    assert all("1111000" not in part for row in stored for part in row)
    assert "1111000" not in str([file.preview, file.receipt, file.faults])
    assert not FileAccount.objects.filter(mask__contains="1111").exists()


def test_a_later_file_adds_restates_and_closes_lots() -> None:
    the_millers()
    loaded(bundle())
    later = [row.replace("2026-11-20", "2026-11-23") for row in MILLERS["lots"][1:]]
    later[0] = later[0].replace(",2000,190000.00", ",1500,142500.00")
    new = "11110001,2026-11-23,ZUS,A9,2026-11-20,100,10000.00,covered"
    positions = [row.replace("2026-11-20", "2026-11-23") for row in MILLERS["positions"]]
    positions[0] = positions[0].replace(",5000,", ",1600,")

    file = received(bundle(lots=[*later, new], positions=positions))

    counts = {one.mask: one.counts["lots"] for one in file.accounts.all()}
    assert counts["····0001"] == {"new": 1, "changed": 1, "unchanged": 1, "disappeared": 1}
    custodian_files.load(file, user_id=None, by=SET_UP, at=MONDAY_NOON)
    open_lots = TaxLot.objects.filter(account__number_last4="0001", closed_on=None)
    assert {lot.key: lot.quantity for lot in open_lots} == {"A2": D(1500), "A3": D(1000), "A9": D(100)}
    assert TaxLot.objects.get(key="A1").closed_on is not None


def test_an_account_whose_lots_do_not_add_up_is_marked_and_says_where() -> None:
    the_millers()
    positions = [MILLERS["positions"][0].replace(",5000,", ",5010,"), *MILLERS["positions"][1:]]
    loaded(bundle(positions=positions))

    broken = Account.objects.get(number_last4="0001")

    assert broken.reconciliation == Account.Reconciliation.BROKEN
    assert broken.reconciliation_note == "ZUS: lots 5000, position 5010"
    assert Account.objects.get(number_last4="0002").reconciliation == Account.Reconciliation.RECONCILED
    assert audit.Action.ACCOUNT_UNRECONCILED in [event.action for event in audit.trail(about=broken)]


def test_one_account_of_a_stranger_leaves_the_others_whole() -> None:
    the_millers()
    accounts = [MILLERS["accounts"][0], MILLERS["accounts"][1].replace("Mia Miller", "Nobody Known")]

    file = loaded(bundle(accounts=accounts))

    assert {one.mask: one.state for one in file.accounts.all()} == {
        "····0001": FileAccount.State.LOADED,
        "····0002": FileAccount.State.REFUSED,
    }
    assert [fault["rule"] for fault in file.faults] == ["Nobody Known is not a person of household miller."]
    assert Position.objects.filter(account__number_last4="0002").count() == 0


def test_nothing_is_kept_of_a_refused_file_but_the_file_and_its_faults() -> None:
    the_millers()
    rows = [*MILLERS["prices"], "ZUS,2026-11-19,1_000,generated"]

    file = received(table("prices", rows), name="prices.csv")

    assert file.state == CustodianFile.State.REFUSED
    assert [(fault["line"], fault["column"]) for fault in file.faults] == [(5, "price")]
    assert Security.objects.count() == 0
    with pytest.raises(Conflict):
        custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)


def test_an_older_file_never_overwrites_newer_holdings() -> None:
    the_millers()
    loaded(bundle())
    older = [row.replace("2026-11-20", "2026-11-13") for row in MILLERS["positions"]]

    file = received(table("positions", older), name="positions.csv")
    with pytest.raises(Blocked, match="None of this file's accounts can be loaded"):
        custodian_files.load(file, user_id=None, by=SET_UP, at=MONDAY_NOON)

    file.refresh_from_db()
    assert file.state == CustodianFile.State.PREVIEWED
    assert {one.state for one in file.accounts.all()} == {FileAccount.State.REFUSED}
    assert "would overwrite newer data" in file.faults[0]["how_to_fix"]
    assert Position.objects.get(account__number_last4="0001", security__symbol="ZUS").quantity == D(5000)


@pytest.mark.parametrize("content", [b"", b"x" * (custodian_files.SIZE_MAX + 1)], ids=["empty", "too large"])
def test_an_upload_that_cannot_be_a_file_is_refused_at_the_door(content: bytes) -> None:
    with pytest.raises(BadInput):
        received(content)
    assert not CustodianFile.objects.exists()


def test_a_price_of_something_unknown_is_left_out_and_said() -> None:
    the_millers()
    loaded(bundle())
    rows = ["ZUS,2026-11-20,100,generated", "ZBD,2026-11-20,80,generated", "ZZQQ,2026-11-20,7,generated"]

    file = loaded(table("prices", rows), name="prices.csv")

    assert file.state == CustodianFile.State.LOADED
    assert file.receipt["prices"] == 2
    assert [warning["sentence"] for warning in file.preview["warnings"]] == [
        "No security ZZQQ is on record, so its prices are left out. Describe it first."
    ]
