"""Positions exports of every custodian, from the bytes to the rows."""

from __future__ import annotations

import pytest

from clients.custodians import symbols
from clients.models import CustodianFile, FileAccount, Price, Security
from tests.factories.imports import account, assert_rows, brought_in, sample_bytes, the_accounts

pytestmark = pytest.mark.django_db

POSITIONS = "security__symbol | quantity | market_value | held_out | reinvests_dividends"
OPTION = "An option is never rebalanced; it only counts in the account's value."
SHORT = "A short position is never rebalanced."


@pytest.fixture(autouse=True)
def _accounts(db: None) -> None:
    the_accounts()


def test_schwab_positions_keep_the_option_apart_from_its_stock() -> None:
    file = brought_in("schwab-positions.csv")

    assert (file.state, file.faults) == (CustodianFile.State.LOADED, [])
    assert_rows(
        account("4526").positions.order_by("security__symbol"),
        f"""
        {POSITIONS}
        ALPM             | 310.251800 | 25564.75 |          | True
        ALPM 270319C90   | -2.000000  | -230.00  | {OPTION} | -
        HLM.B            | 35.000000  | 14350.00 |          | False
        """,
    )
    assert (account("4526").cash.settled, account("4526").cash.unsettled) == (
        pytest.approx(3395.25),
        pytest.approx(0),
    )
    option = Security.objects.get(symbol="ALPM 270319C90")
    assert (option.kind, option.trading) == ("option", "frozen")
    assert Security.objects.get(symbol="ALPM").kind == "etf"


def test_prices_come_out_of_a_positions_file_for_one_unit_of_quantity() -> None:
    brought_in("schwab-positions.csv")

    assert_rows(
        Price.objects.order_by("security__symbol"),
        """
        security__symbol | as_of_on   | price      | source
        ALPM             | 2026-11-20 | 82.400000  | schwab
        ALPM 270319C90   | 2026-11-20 | 115.000000 | schwab
        HLM.B            | 2026-11-20 | 410.000000 | schwab
        """,
    )


def test_schwab_all_accounts_bring_each_account_its_own_rows_and_a_debit_as_negative_cash() -> None:
    file = brought_in("schwab-positions-all.csv")

    assert [one["state"] for one in file.receipt["accounts"]] == ["loaded", "loaded"]
    assert_rows(account("4526").positions, "security__symbol | quantity\nALPM | 12.000000")
    assert_rows(account("0931").positions, "security__symbol | quantity\nNVHM | 100.000000")
    assert [str(account(tail).cash.settled) for tail in ("4526", "0931")] == ["11.20", "-125.40"]


def test_fidelity_positions_join_cash_and_margin_and_keep_pending_cash_apart() -> None:
    file = brought_in("Portfolio_Positions_Nov-20-2026.csv")

    assert [one["state"] for one in file.receipt["accounts"]] == ["loaded", "loaded"]
    trust = account("6526")
    assert_rows(
        trust.positions.order_by("security__symbol"),
        f"""
        {POSITIONS}
        ALPM           | 100.000000 | 8240.00 |          | -
        ALPM 270319C90 | -3.000000  | -345.00 | {OPTION} | -
        NVHM           | 140.500000 | 3512.50 |          | -
        """,
    )
    assert (str(trust.cash.settled), str(trust.cash.unsettled)) == ("2400.00", "-37.50")
    assert str(account("6931").cash.settled) == "0.00"


def test_flex_positions_and_lots_are_never_added_together() -> None:
    brought_in("ibkr-flex.xml")

    flex = account("2601")
    assert_rows(
        flex.positions.order_by("security__symbol"),
        f"""
        {POSITIONS}
        ALPM 270319C90 | -1.000000 | -115.00 | {OPTION} | -
        HLM.B          | 14.500000 | 5945.00 |          | -
        """,
    )
    assert_rows(
        flex.lots.order_by("key"),
        """
        key     | acquired_on | adjusted_acquired_on | quantity  | basis   | closed_on
        7710001 | 2021-05-03  | -                    | 10.000000 | 3500.00 | -
        7710002 | 2026-06-08  | 2026-04-11           | 4.500000  | 1650.00 | -
        """,
    )
    assert (str(flex.cash.settled), str(flex.cash.unsettled)) == ("1650.25", "160.00")
    assert (flex.reconciliation, flex.reconciliation_note) == ("reconciled", "")
    assert_rows(
        flex.transactions,
        """
        key     | kind | traded_on  | settles_on | security__symbol | quantity  | amount | fees
        7710090 | sell | 2026-11-19 | 2026-11-20 | HLM.B            | -2.000000 | 817.00 | 1.00
        """,
    )
    assert_rows(
        flex.realized_gains,
        """
        security__symbol | acquired_on | sold_on    | quantity | proceeds | basis  | disallowed | term
        HLM.B            | 2021-05-03  | 2026-11-19 | 2.000000 | 817.00   | 700.00 | 0.00       | long
        """,
    )


def test_flex_closes_the_lots_of_a_holding_that_is_gone() -> None:
    brought_in("ibkr-flex.xml")
    gone = sample_bytes("ibkr-flex.xml").replace(b"20261120", b"20261121")
    lines = [line for line in gone.splitlines() if b'assetCategory="STK" symbol="HLM B" desc' not in line]
    lots = b'<OpenPosition accountId="U0052601" currency="USD" assetCategory="STK" symbol="ZUS" position="1" '
    lots += (
        b'markPrice="10" positionValue="10" costBasisMoney="9" levelOfDetail="%s" openDateTime="20260105" '
    )
    lots += b'originatingTransactionID="%s" reportDate="20261121" />'
    at = lines.index(b"<OpenPositions>") + 1
    lines[at:at] = [lots % (b"SUMMARY", b""), lots % (b"LOT", b"88")]

    file = brought_in("ibkr-flex.xml", b"\n".join(lines))

    assert file.faults == []
    assert_rows(
        account("2601").lots.order_by("key"),
        "key | closed_on\n7710001 | 2026-11-21\n7710002 | 2026-11-21\n88 | -",
    )
    assert account("2601").reconciliation == "reconciled"


def test_ofx_brings_positions_cash_and_transactions() -> None:
    brought_in("statement-1.02.ofx")

    trust = account("6526")
    assert_rows(trust.positions, "security__symbol | quantity | market_value\nALPM | 100.000000 | 8240.00")
    assert str(trust.cash.settled) == "2400.00"
    assert_rows(
        trust.transactions.order_by("key"),
        """
        key    | kind         | traded_on  | security__symbol | quantity   | amount   | fees
        X1103A | reinvestment | 2026-11-03 | ALPM             | 0.251800   | -20.14   | 0.00
        X1103B | dividend     | 2026-11-03 | ALPM             | -          | 20.14    | 0.00
        X1105A | deposit      | 2026-11-05 | -                | -          | 500.00   | 0.00
        X1119A | sell         | 2026-11-19 | ALPM             | -20.000000 | 1639.95  | 0.05
        """,
    )


def test_ofx_adds_a_plans_sources_and_keeps_the_short_with_its_reason() -> None:
    brought_in("statement-2.qfx")

    assert_rows(
        account("0931", at="house").positions.order_by("security__symbol"),
        f"""
        {POSITIONS}
        NVHM      | -15.000000 | -375.00 | {SHORT} | -
        PLN000017 | 150.500000 | 3010.00 |         | True
        """,
    )


def test_a_house_bundle_named_by_whole_numbers_needs_no_binding() -> None:
    rows = (
        b"account,as_of,symbol,quantity,price,value,reinvest\n60024526,2026-11-20,ALPM,10,82.40,824.00,yes\n"
    )

    file = brought_in("positions.csv", rows)

    assert file.accounts.get().state == FileAccount.State.LOADED
    assert_rows(Price.objects.all(), "security__symbol | price | source\nALPM | 82.400000 | house")


def test_two_accounts_with_the_same_last_digits_are_two() -> None:
    rows = b"account,as_of,symbol,quantity\n60020931,2026-11-20,ALPM,10\n52600931,2026-11-20,ALPM,20\n"

    file = brought_in("positions.csv", rows)

    assert [one.state for one in file.accounts.all()] == ["loaded", "loaded"]
    assert_rows(account("0931").positions, "quantity\n10.000000")
    assert_rows(account("0931", at="house").positions, "quantity\n20.000000")


def test_cautions_name_their_account_without_its_whole_number() -> None:
    file = brought_in("statement-2.qfx")

    told = [(one["account"], one["sentence"][:44]) for one in file.preview["warnings"]]
    assert ("····0931 plan.example", "A plan's aggregate row restates its sources ") in told
    assert "52600931" not in str(file.preview)


def test_a_holding_without_a_price_is_kept_with_its_value_unknown() -> None:
    rows = sample_bytes("Portfolio_Positions_Nov-20-2026.csv").replace(
        b"217526931,",
        b"217526931,Rollover IRA,98XESC024,NORTHVALE ESCROW,12,--,--,--,--,--,--,--,--,$90.00,$7.50,Cash,\r\n"
        b"217526931,Rollover IRA,,PEBBLE MIDCAP POOL,10.5,$20.00,$0.00,$210.00,,,,,1%,$200.00,$19.05,,\r\n"
        b"217526931,",
        1,
    )
    file = brought_in("Portfolio_Positions_Nov-20-2026.csv", rows)

    assert [one["state"] for one in file.receipt["accounts"]] == ["loaded", "loaded"]
    pool = symbols.unlisted("PEBBLE MIDCAP POOL", tail="217526931")
    unknown = "The file gives no value, so what the holding is worth is not known."
    unnamed = "The holding has no symbol; it is known by its name and never ordered."
    assert_rows(
        account("6931", at="fidelity").positions.order_by("security__symbol"),
        f"""
        {POSITIONS}
        98XESC024 | 12.000000 | -      | {unknown} | -
        ALPM      | 10.000000 | 824.00 |           | -
        {pool}    | 10.500000 | 210.00 | {unnamed} | -
        """,
    )
    escrow, unlisted = Security.objects.get(symbol="98XESC024"), Security.objects.get(symbol=pool)
    assert (escrow.trading, escrow.cusip, escrow.name) == ("frozen", "98XESC024", "NORTHVALE ESCROW")
    assert (unlisted.trading, unlisted.name) == ("frozen", "PEBBLE MIDCAP POOL")
    assert not Price.objects.filter(security=escrow).exists()
    said = [warning["sentence"] for warning in file.preview["warnings"]]
    assert f"NORTHVALE ESCROW: {unknown}" in said


def test_the_bond_of_a_flex_file_is_its_cusip_with_its_lots() -> None:
    bond = (
        b'accountId="U0052601" currency="USD" assetCategory="BOND" symbol="T 3 7/8 08/15/33" position="3000" '
        b'markPrice="98.5" positionValue="2955" costBasisMoney="2940" reportDate="20261120" cusip="91282CAA9" '
    )
    rows = (
        b"<OpenPosition " + bond + b'levelOfDetail="SUMMARY" />\n'
        b"<OpenPosition "
        + bond
        + b'levelOfDetail="LOT" openDateTime="20240102" originatingTransactionID="7" />\n'
    )
    content = sample_bytes("ibkr-flex.xml").replace(b"<OpenPosition ", rows + b"<OpenPosition ", 1)
    file = brought_in("ibkr-flex.xml", content)

    assert [one["state"] for one in file.receipt["accounts"]] == ["loaded"]
    treasury = Security.objects.get(symbol="91282CAA9")
    assert (treasury.kind, treasury.trading, treasury.cusip) == ("bond", "frozen", "91282CAA9")
    assert_rows(treasury.positions, "quantity | market_value\n3000.000000 | 2955.00")
    assert_rows(treasury.lots, "key | quantity | basis\n7 | 3000.000000 | 2940.00")
    assert_rows(treasury.prices, "as_of_on | price\n2026-11-20 | 0.985000")
