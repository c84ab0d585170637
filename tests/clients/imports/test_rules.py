"""What an import refuses, and what it leaves whole: other accounts, newer facts, the whole record."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from clients.holdings import holdings
from clients.imports import custodian_files
from clients.models import Account, CashBalance, CustodianFile, FileAccount, Position, Price, Security, TaxLot
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Blocked, Conflict
from tests import cast
from tests.clients.custodians import hostile
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import SET_UP, loaded, received, the_millers
from tests.factories.imports import account, bound, brought_in, sample_bytes, the_accounts

pytestmark = pytest.mark.django_db

HOSTILE = {name: data for name, data, *_ in hostile.SMALL}
THROUGH_THE_DOOR = (
    "nul.csv",
    "bad-cusip.csv",
    "float-cusip.csv",
    "extra-field.csv",
    "doubled-header.csv",
    "lone-quote.csv",
    "cut-off.csv",
    "half-character.csv",
    "report-pdf.csv",
    "old-workbook.csv",
    "poem.csv",
    "slip.zip",
    "link.zip",
    "macros.xlsx",
    "links.xlsx",
    "lying.zip",
    "stranger.zip",
    "bad-lot.zip",
    "flex-laughs.xml",
    "flex-outside.xml",
    "ofx-entity.qfx",
    "ofx-nul.ofx",
)
HUGE_THROUGH_THE_DOOR = (
    "bomb.zip",
    "one-megabyte-cell.csv",
    "ten-thousand-columns.csv",
    "deep.xml",
    "cdata.ofx",
)


def nothing_is_kept() -> bool:
    kept = (Security, Price, Account, Position, TaxLot, CashBalance, FileAccount)
    return not any(model.objects.exists() for model in kept)


@pytest.mark.parametrize("name", THROUGH_THE_DOOR)
def test_a_hostile_file_leaves_its_faults_and_nothing_else(name: str) -> None:
    file = received(HOSTILE[name], name=name)

    assert file.state == CustodianFile.State.REFUSED
    assert file.faults
    assert all(fault["rule"] and fault["how_to_fix"] for fault in file.faults)
    assert nothing_is_kept()


@pytest.mark.parametrize("name", HUGE_THROUGH_THE_DOOR)
def test_a_bomb_is_refused_before_it_goes_off(name: str) -> None:
    file = received(hostile.HUGE[name](), name=name)

    assert (file.state, bool(file.faults)) == (CustodianFile.State.REFUSED, True)
    assert nothing_is_kept()


@pytest.mark.parametrize("start", ["=HYPERLINK(1)", "+1", "@SUM(1)", "=1+1"])
def test_a_formula_is_no_lot_id(start: str) -> None:
    rows = [MILLERS["lots"][0].replace(",A1,", f",{start},")]

    file = received(table("lots", rows), name="lots.csv")

    assert file.state == CustodianFile.State.REFUSED
    assert {(fault["line"], fault["column"]) for fault in file.faults} == {(2, "lot_id")}


def test_a_name_with_path_and_control_characters_is_kept_without_them() -> None:
    file = received(table("prices", []) + b"ZUS,2026-11-19,x,y\n", name="..\\..\\etc/pass\x00wd\udcff.csv")

    assert file.name == "passwd.csv"


def test_a_bad_account_leaves_the_others_of_its_file_whole() -> None:
    the_accounts()
    rows = sample_bytes("schwab-positions-all.csv").replace(b'"$2,374.60"', b'"$2,474.60"')

    file = brought_in("schwab-positions-all.csv", rows)

    assert {one.mask: one.state for one in file.accounts.all()} == {"...526": "loaded", "...931": "refused"}
    assert "a gap of 100.00" in file.faults[0]["rule"]
    assert (account("4526").positions.count(), account("0931").positions.count()) == (1, 0)


def test_an_account_that_is_left_out_loses_nothing_in_the_preview() -> None:
    the_accounts()
    brought_in("schwab-positions-all.csv")
    rows = sample_bytes("schwab-positions-all.csv").replace(b'"$2,374.60"', b'"$2,474.60"')

    file = bound(received(rows, name="schwab-positions-all.csv"))

    told = {one.mask: (one.state, one.counts) for one in file.accounts.all()}
    assert told["...931"] == ("refused", {})
    assert told["...526"][1]["positions"] == {"new": 0, "changed": 0, "unchanged": 1, "disappeared": 0}


def test_an_account_that_is_left_out_by_the_load_brings_nothing_in_the_receipt() -> None:
    the_accounts()
    brought_in("schwab-lots.csv")
    older = sample_bytes("schwab-lots.csv").replace(b"PM ET, 11/20/2026", b"PM ET, 11/19/2026")

    with pytest.raises(Blocked, match="None of this file's accounts can be loaded"):
        brought_in("schwab-lots.csv", older)

    file = CustodianFile.objects.first()
    assert file is not None
    assert [(one.state, one.counts) for one in file.accounts.all()] == [("refused", {})]
    assert not Security.objects.filter(symbol="NVHM").exists()


def test_a_row_that_the_database_refuses_leaves_nothing_of_its_account() -> None:
    the_accounts()
    rows = (
        b"account,as_of,symbol,quantity\n60024526,2026-11-20,ALPM,10\n60024526,2026-11-20,NVHM,5000000000000\n"
        b"60020931,2026-11-20,ALPM,7\n"
    )

    file = brought_in("positions.csv", rows)

    assert {one.mask: one.state for one in file.accounts.all()} == {
        "····4526": "refused",
        "····0931": "loaded",
    }
    assert "The record refused a row of this file" in file.faults[0]["rule"]
    assert (account("4526").positions.count(), account("0931").positions.count()) == (0, 1)


def test_a_value_that_no_account_owns_and_the_record_cannot_hold_is_refused_as_a_sentence() -> None:
    the_millers()
    file = received(table("prices", ["ZUS,2026-11-20,900000000000,x"]), name="prices.csv")
    loaded(table("securities", MILLERS["securities"]), name="securities.csv")

    with pytest.raises(BadInput, match="The record refused a row of this file"):
        custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)

    assert not Price.objects.exists()
    assert CustodianFile.objects.get(pk=file.pk).state == CustodianFile.State.PREVIEWED


def test_a_crash_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    the_millers()
    file = received(bundle())
    reconcile, calls = holdings.reconcile, []

    def crash(*args: Any, **facts: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("the machine went away")
        reconcile(*args, **facts)

    monkeypatch.setattr(holdings, "reconcile", crash)
    with pytest.raises(RuntimeError):
        custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)

    assert not any(model.objects.exists() for model in (Security, Price, Account, Position, TaxLot))
    assert CustodianFile.objects.get(pk=file.pk).state == CustodianFile.State.PREVIEWED
    monkeypatch.undo()
    assert custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON).state == "loaded"


def test_the_same_bytes_under_another_name_are_the_same_file() -> None:
    the_accounts()
    first = brought_in("schwab-positions.csv")

    again = custodian_files.receive(
        sample_bytes("schwab-positions.csv"),
        name="renamed.csv",
        channel=CustodianFile.Channel.BROWSER,
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    assert (again.is_known, again.file) == (True, first)
    assert audit.Action.FILE_RECOGNIZED in [event.action for event in audit.trail(about=first)]


def test_a_cusip_is_the_security_that_has_it_on_record() -> None:
    the_accounts()
    described = (
        b"symbol,name,kind,cusip,asset_class_weights\nAGNY28,Agency Note 2028,bond,3135G0YY1,us_bond:1\n"
    )
    file = received(described, name="securities.csv")
    if file.state == CustodianFile.State.REFUSED:
        described = described.replace(b"3135G0YY1", valid_cusip("3135G0YY").encode())
        file = received(described, name="securities.csv")
    custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)
    cusip = Security.objects.get(symbol="AGNY28").cusip
    closed = "Realized_Gain_Loss_Account_Z20526526.csv"

    brought_in(closed, sample_bytes(closed).replace(b"3135G0YY1", cusip.encode()))

    assert account("6526").realized_gains.filter(security__symbol="AGNY28").count() == 1
    assert not Security.objects.filter(symbol=cusip).exists()


def valid_cusip(base: str) -> str:
    from clients.custodians.cells import cusip_check_digit

    return base + cusip_check_digit(base)


def test_an_unknown_symbol_is_put_on_record_without_a_class_and_only_for_accounts_taken_in() -> None:
    the_accounts()
    file = received(sample_bytes("schwab-positions.csv"), name="schwab-positions.csv")

    with pytest.raises(Blocked):
        custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)
    before = Security.objects.count()
    custodian_files.load(bound(file), user_id=None, by=SET_UP, at=SUNDAY_NOON)

    assert (before, Security.objects.count()) == (0, 3)
    assert not Security.objects.get(symbol="ALPM").class_weights.exists()


def test_a_mask_bound_to_another_account_stays_bound() -> None:
    the_accounts()
    brought_in("schwab-positions-all.csv")
    file = received(sample_bytes("schwab-positions-all.csv") + b"\n", name="again.csv")

    row = file.accounts.get(mask="...931")

    assert row.account == account("0931")
    with pytest.raises(Conflict, match="bound to"):
        custodian_files.bind(
            row, account=account("4526"), user_id=cast.tom().pk, by=Actor.person(cast.tom()), at=SUNDAY_NOON
        )


def test_two_accounts_of_one_file_cannot_be_the_same_account() -> None:
    the_accounts()
    file = received(sample_bytes("schwab-positions-all.csv"), name="all.csv")
    first, second = file.accounts.order_by("mask")
    facts: dict[str, Any] = {"user_id": cast.tom().pk, "by": Actor.person(cast.tom()), "at": SUNDAY_NOON}
    custodian_files.bind(first, account=account("4526"), **facts)

    with pytest.raises(Conflict, match="Another account of this file"):
        custodian_files.bind(second, account=account("4526"), **facts)

    assert [one.state for one in file.accounts.order_by("mask")] == ["ready", "unbound"]


def test_a_whole_number_is_never_bound_by_hand() -> None:
    the_accounts()
    content = sample_bytes("statement-1.02.ofx").replace(b"Z20526526", b"Z99999999")
    row = received(content, name="statement.ofx").accounts.get()

    with pytest.raises(BadInput, match="full account number"):
        custodian_files.bind(
            row, account=account("6526"), user_id=cast.tom().pk, by=Actor.person(cast.tom()), at=SUNDAY_NOON
        )


def test_an_account_of_another_household_is_not_moved_by_a_file() -> None:
    the_millers()
    the_millers("muller")
    loaded(bundle())

    file = received(
        table("accounts", [MILLERS["accounts"][0].replace("miller", "muller")]), name="accounts.csv"
    )

    assert [one.state for one in file.accounts.all()] == ["refused"]
    assert file.faults[0]["rule"] == "The account ····0001 already belongs to household miller."
    assert Account.objects.get(number_last4="0001").household.code == "miller"


def test_cash_older_than_the_record_is_refused_like_positions() -> None:
    the_millers()
    loaded(bundle())

    file = received(table("cash", ["11110001,2026-11-13,settled,1.00"]), name="cash.csv")

    assert [one.state for one in file.accounts.all()] == ["refused"]
    assert Account.objects.get(number_last4="0001").cash.settled == D("10000.00")


def test_positions_that_are_all_gone_leave_lots_that_differ() -> None:
    the_millers()
    loaded(bundle())
    gone = [row for row in MILLERS["positions"] if not row.startswith("11110001")]

    later = [row.replace("2026-11-20", "2026-11-21") for row in gone]
    file = received(bundle(positions=later), name="later.zip")
    custodian_files.load(file, confirmed=file.preview["confirm"], user_id=None, by=SET_UP, at=SUNDAY_NOON)

    assert Account.objects.get(number_last4="0001").reconciliation == Account.Reconciliation.BROKEN
