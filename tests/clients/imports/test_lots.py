"""Lots, sales and transactions of every custodian: known again in the next file, never doubled."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal as D

import pytest

from clients.models import CustodianFile, RealizedGain, Transaction
from compliance.refusals import Blocked
from tests.factories.imports import account, assert_rows, brought_in, sample_bytes, the_accounts

pytestmark = pytest.mark.django_db

LOTS = "security__symbol | acquired_on | quantity | basis | basis_status | closed_on"
SALES = "security__symbol | acquired_on | sold_on | quantity | proceeds | basis | disallowed | term"
REALIZED = "Joint_GainLoss_Realized_Details_20261120-162010.csv"
CLOSED = "Realized_Gain_Loss_Account_Z20526526.csv"
HISTORY = "Joint_XXX526_Transactions_20261120-162001.csv"


@pytest.fixture(autouse=True)
def _accounts(db: None) -> None:
    the_accounts()


def test_schwab_lots_are_known_again_and_only_their_symbol_may_disappear() -> None:
    other = sample_bytes("schwab-lots.csv").replace(b"ALPM Lot", b"NVHM Lot")
    brought_in("schwab-lots.csv", other)
    brought_in("schwab-lots.csv")
    later = sample_bytes("schwab-lots.csv").replace(b"11/20/2026", b"11/21/2026")
    later = later.replace(b"310.2518", b"300").replace(b"$25,564.75", b"$24,720.00")
    later = later.replace(b"$19,200.10", b"$18,379.96")
    later = b"\n".join(line for line in later.splitlines() if b"10.2518" not in line) + b"\n"

    file = brought_in("schwab-lots.csv", later)

    assert file.accounts.get().counts["lots"] == {"new": 0, "changed": 0, "unchanged": 2, "disappeared": 1}
    assert_rows(
        account("4526").lots.order_by("security__symbol", "acquired_on", "key"),
        f"""
        {LOTS}
        ALPM | 2021-05-03 | 200.000000 | 11000.00 | noncovered | -
        ALPM | 2021-05-03 | 100.000000 | 7379.96  | noncovered | -
        ALPM | 2026-10-12 | 10.251800  | 820.14   | noncovered | 2026-11-21
        NVHM | 2021-05-03 | 200.000000 | 11000.00 | noncovered | -
        NVHM | 2021-05-03 | 100.000000 | 7379.96  | noncovered | -
        NVHM | 2026-10-12 | 10.251800  | 820.14   | noncovered | -
        """,
    )


def test_two_lots_of_one_day_and_one_cost_are_two() -> None:
    twins = sample_bytes("schwab-lots.csv").replace(b'"$73.7996"', b'"$55.00"')

    file = brought_in("schwab-lots.csv", twins)

    assert file.faults == []
    assert sorted(account("4526").lots.values_list("key", flat=True)) == [
        "2021-05-03@55#1",
        "2021-05-03@55#2",
        "2026-10-12@80#1",
    ]


def test_positions_without_lots_are_compared_with_the_lots_on_record() -> None:
    brought_in("schwab-lots.csv")

    brought_in("schwab-positions.csv")

    joint = account("4526")
    assert joint.reconciliation == "broken"
    assert joint.reconciliation_note == "HLM.B: lots 0, position 35"
    without = (
        sample_bytes("schwab-positions.csv").replace(b'"HLM/B"', b'"SWVXX"').replace(b'"410.00"', b'"1.00"')
    )
    without = without.replace(b'"35"', b'"14350"').replace(b'"Equity"', b'"Cash and Money Market"')
    brought_in("schwab-positions.csv", without)
    joint.refresh_from_db()
    assert (joint.reconciliation, joint.reconciliation_note) == ("reconciled", "")


def test_plan_lots_are_bound_for_one_file_only_since_any_plan_is_called_so() -> None:
    first = brought_in("View open lots NVHM.csv", to={"Stock plan": "6931"})

    assert_rows(
        account("6931").lots.order_by("acquired_on"),
        f"""
        {LOTS}
        NVHM | 2025-03-16 | 40.500000 | -      | unknown | -
        NVHM | 2026-09-15 | 25.000000 | 600.00 | noncovered | -
        """,
    )
    from tests.factories.households import received

    again = received(sample_bytes("View open lots NVHM.csv") + b"\n", name="View open lots NVHM.csv")
    assert (first.accounts.get().state, again.accounts.get().state) == ("loaded", "unbound")


def test_schwab_sales_become_realized_gains_once_whichever_file_repeats_them() -> None:
    brought_in(REALIZED, to={"Joint Taxable": "4526"})
    again = sample_bytes(REALIZED).replace(b"16:20:10", b"18:20:10").replace(b'"-$35.00"', b'"$40.00"')
    file = brought_in(REALIZED, again, to={"Joint Taxable": "4526"})

    assert file.accounts.get().counts["closed_lots"] == {"new": 0, "changed": 1, "unchanged": 1}
    assert_rows(
        account("4526").realized_gains.order_by("security__symbol"),
        f"""
        {SALES}
        ALPM | 2021-05-03 | 2026-11-19 | 20.000000 | 1639.95 | 1100.00 | 0.00  | long
        NVHM | 2026-06-01 | 2026-09-08 | 30.000000 | 720.00  | 825.00  | 40.00 | short
        """,
    )


def test_two_sales_alike_in_one_file_are_two() -> None:
    lines = sample_bytes(REALIZED).splitlines(keepends=True)

    brought_in(REALIZED, b"".join([*lines, lines[-1]]), to={"Joint Taxable": "4526"})

    assert RealizedGain.objects.filter(security__symbol="NVHM").count() == 2


def test_fidelity_sales_know_a_bond_by_its_cusip_and_an_unknown_basis_stays_unknown() -> None:
    unknown = sample_bytes(CLOSED).replace(b"$825.00,$720.00,-$105.00", b"--,$720.00, --")

    brought_in(CLOSED, unknown)

    assert_rows(
        account("6526").realized_gains.order_by("security__symbol"),
        f"""
        {SALES}
        3135G0YY1 | 2025-02-03 | 2026-07-01 | 5000.000000 | 5000.00 | 4900.00 | 0.00 | long
        ALPM      | 2021-05-03 | 2026-11-19 | 20.000000   | 1639.95 | 1100.00 | 0.00 | long
        NVHM      | 2026-06-01 | 2026-09-08 | 30.000000   | 720.00  | -       | 0.00 | short
        """,
    )


def test_a_sold_option_is_no_sale_of_the_stock_and_a_short_one_ends_when_bought_back() -> None:
    line = b'-ALPM260918C90(8ABCD1234),CALL ALPM,2026-09-10,2026-08-03,1,$40.00,$150.00,"$110.00", --,\n'

    brought_in(CLOSED, sample_bytes(CLOSED) + line)

    assert_rows(
        account("6526").realized_gains.filter(security__kind="option"),
        f"""
        {SALES}
        ALPM 260918C90 | - | 2026-09-10 | 1.000000 | 150.00 | 40.00 | 0.00 | short
        """,
    )


def test_a_sale_without_proceeds_is_shown_and_not_taken_in() -> None:
    without = sample_bytes(CLOSED).replace(b'"$1,639.95"', b"--")

    file = brought_in(CLOSED, without)

    assert [one["sentence"] for one in file.preview["warnings"]] == [
        "The sale of ALPM names no proceeds, so it is not imported."
    ]
    assert RealizedGain.objects.count() == 2


def test_schwab_transactions_keep_true_duplicates_and_join_the_json_of_the_same_days() -> None:
    brought_in(HISTORY)
    brought_in("Joint_XXX526_Transactions_20261120-162002.json")

    assert_rows(
        Transaction.objects.order_by("traded_on", "kind", "key"),
        """
        kind         | traded_on  | security__symbol | quantity   | amount   | fees
        buy          | 2026-10-05 | HLM.B            | 5.000000   | -2000.00 | 0.00
        buy          | 2026-10-05 | HLM.B            | 5.000000   | -2000.00 | 0.00
        option       | 2026-11-02 | ALPM 270319C90   | -2.000000  | 302.68   | 1.32
        withdrawal   | 2026-11-02 | -                | -          | -500.00  | 0.00
        dividend     | 2026-11-03 | ALPM             | -          | 20.14    | 0.00
        reinvestment | 2026-11-03 | ALPM             | 0.251800   | -20.14   | 0.00
        interest     | 2026-11-15 | -                | -          | 1.07     | 0.00
        sell         | 2026-11-19 | ALPM             | -20.000000 | 1639.95  | 0.05
        """,
    )


def test_a_history_and_an_ofx_statement_of_one_account_tell_the_same_movements_once() -> None:
    brought_in("Accounts_History.csv")
    file = brought_in("statement-1.02.ofx")

    assert file.accounts.get().counts["transactions"] == {"new": 1, "unchanged": 3}
    trust = account("6526")
    assert sorted(trust.transactions.values_list("kind", "amount")) == [
        ("deposit", D("500.00")),
        ("dividend", D("20.14")),
        ("reinvestment", D("-20.14")),
        ("sell", D("1639.95")),
    ]
    assert_rows(
        account("6931").transactions,
        "kind | traded_on | security__symbol | quantity | amount\ninterest | 2026-10-30 | - | - | 0.88",
    )


def test_lots_older_than_the_record_are_refused_and_so_are_lots_of_their_symbol_only() -> None:
    brought_in("schwab-lots.csv")
    older = sample_bytes("schwab-lots.csv").replace(b"PM ET, 11/20/2026", b"PM ET, 11/19/2026")

    with pytest.raises(Blocked, match="the record holds those of 2026-11-20 already"):
        brought_in("schwab-lots.csv", older)
    refused = CustodianFile.objects.get(sha256=hashlib.sha256(older).hexdigest())
    another = brought_in("schwab-lots.csv", older.replace(b"ALPM Lot", b"NVHM Lot"))

    assert [one.state for one in refused.accounts.all()] == ["refused"]
    assert refused.faults[0]["rule"] == (
        "The file's lots are of 2026-11-19; the record holds those of 2026-11-20 already."
    )
    assert [one["state"] for one in another.receipt["accounts"]] == ["loaded"]
    assert account("4526").lots.filter(as_of_on=date(2026, 11, 20)).count() == 3


def test_positions_and_lots_of_different_days_are_said_before_anybody_confirms() -> None:
    brought_in("schwab-positions.csv")
    older = sample_bytes("schwab-lots.csv").replace(b"PM ET, 11/20/2026", b"PM ET, 11/18/2026")

    file: CustodianFile = brought_in("schwab-lots.csv", older)

    assert [one["sentence"] for one in file.preview["warnings"]] == [
        "Positions are of 2026-11-20 and lots of 2026-11-18. Trades between the two days show up as a difference."
    ]
