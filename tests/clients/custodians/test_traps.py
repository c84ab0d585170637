"""The traps that custodian files set, one by one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clients.custodians import registry
from clients.custodians.kinds import BasisStatus, CashKind, HeldOut
from clients.custodians.rows import ParsedFile
from clients.custodians.statements import factor_of
from tests.clients.custodians.reading import RECEIVED_ON, assert_drawn, found_in, read, sample, sample_text

SCHWAB = "schwab-positions.csv"
FIDELITY = "Portfolio_Positions_Nov-20-2026.csv"


def test_a_file_saved_again_by_a_spreadsheet_reads_the_same() -> None:
    """Quotes gone, brackets for minus, blanks after amounts."""
    text = sample_text(SCHWAB).replace('"-$230.00"', '"($230.00)"').replace('"$3,395.25"', '"$3,395.25 "')
    text = text.replace('"ALPM","ALDER PARK TOTAL MARKET ETF"', "ALPM,ALDER PARK TOTAL MARKET ETF")
    assert read(SCHWAB, text).positions == sample(SCHWAB).positions


def test_older_captions_mean_the_same_columns() -> None:
    text = sample_text(SCHWAB)
    for old, new in (
        ("Qty (Quantity)", "Quantity"),
        ("Mkt Val (Market Value)", "Market Value"),
        ("Asset Type", "Security Type"),
        ("Positions Total", "Account Total"),
    ):
        assert old in text
        text = text.replace(old, new)
    assert read(SCHWAB, text).positions == sample(SCHWAB).positions


def test_a_caption_that_stands_twice_is_refused() -> None:
    found = read(SCHWAB, sample_text(SCHWAB).replace("Ratings", "Price"))
    assert found.refused
    assert found.faults[0].rule == "Two columns have the same name."


def test_one_bad_account_of_an_all_accounts_file_leaves_the_other() -> None:
    found = read("all.csv", sample_text("schwab-positions-all.csv").replace('"$988.80"', '"$989.80"'))
    assert found.accounts_refused == ("...526 | Individual",)
    assert {row.account for row in (*found.positions, *found.cash)} == {"...931 | Roth, Contributory"}


@pytest.mark.parametrize(("stated", "gap"), [("$43,080.04", "0.04"), ("$43,079.96", "-0.04")])
def test_a_rounding_gap_of_a_cent_a_row_is_shown_and_accepted(stated: str, gap: str) -> None:
    found = read(SCHWAB, sample_text(SCHWAB).replace("$43,080.00", stated))
    assert not found.faults
    assert [total.gap for total in found.totals] == [Decimal(gap)]
    assert f"a gap of {gap}" in found.warnings[0].sentence


def test_a_gap_of_one_cent_more_refuses_the_account() -> None:
    found = read(SCHWAB, sample_text(SCHWAB).replace("$43,080.00", "$43,080.05"))
    assert found.refused
    assert "a gap of 0.05" in found.faults[0].rule


def test_a_short_share_position_is_kept_with_its_sign_and_held_out() -> None:
    text = sample_text(SCHWAB).replace('"35","410.00"', '"-35","410.00"')
    text = text.replace('"$14,350.00"', '"-$14,350.00"').replace("$43,080.00", "$14,380.00")
    short = read(SCHWAB, text).positions[1]
    assert (short.quantity, short.value) == (-35, Decimal("-14350.00"))
    assert short.held_out is HeldOut.SHORT


def test_a_bond_is_worth_its_face_times_the_price_per_hundred() -> None:
    assert factor_of(Decimal(5000), Decimal("99.10"), Decimal("4955.00")) == Decimal("0.01")
    assert factor_of(Decimal(-2), Decimal("1.15"), Decimal("-230.00")) == 100
    assert factor_of(Decimal("120.4417"), Decimal("75.00"), Decimal("9033.13")) == 1
    assert factor_of(Decimal(35), Decimal("410.00"), Decimal("15000.00")) is None


@pytest.mark.parametrize("word", ["Incomplete", "Missing", "N/A", "--", ""])
def test_a_missing_basis_is_unknown_and_never_zero(word: str) -> None:
    found = read(SCHWAB, sample_text(SCHWAB).replace('"Incomplete"', f'"{word}"'))
    assert found.positions[1].basis_total is None


def test_an_unknown_action_is_kept_as_other_and_named() -> None:
    name = "Joint_XXX526_Transactions_20261120-162001.csv"
    found = read(name, sample_text(name).replace('"Sell"', '"Sale by Carrier Pigeon"'))
    assert found.transactions[0].kind == "other"
    assert [(w.line, "Carrier Pigeon" in w.sentence) for w in found.warnings] == [(2, True)]


def test_a_sale_is_negative_however_the_file_signs_it() -> None:
    name = "Joint_XXX526_Transactions_20261120-162001.csv"
    found = read(name, sample_text(name).replace('"20","$82.00"', '"-20","$82.00"'))
    assert found.transactions == sample(name).transactions


def test_an_older_transaction_file_has_a_title_and_trailing_commas() -> None:
    name = "Joint_XXX526_Transactions_20261120-162001.csv"
    lines = sample_text(name).splitlines()
    old = '"Transactions  for account Joint ...526 as of 11/20/2026 04:20:01 PM ET"\n'
    old += "".join(line + ",\n" for line in lines) + '"Transactions Total","","","","","","","$1,661.16"\n'
    found = read("download_Transactions_.csv", old)
    assert [(t.kind, t.amount) for t in found.transactions] == [
        (t.kind, t.amount) for t in sample(name).transactions
    ]
    assert found.accounts_seen[0].mask == "...526"


def test_a_dividend_view_without_cost_columns_is_read_with_a_caution() -> None:
    text = sample_text(FIDELITY).replace("Cost Basis Total,Average Cost Basis", "Yield,Pay date")
    text = text.replace("Account Number", "Account number").replace("Last Price,", "Last price,")
    found = read(FIDELITY, text)
    assert all(row.basis_total is None for row in found.positions)
    assert "without cost columns" in found.warnings[0].sentence


def test_the_day_of_a_fidelity_file_is_in_its_footer_not_in_its_name() -> None:
    found = read("Portfolio_Positions_Nov-19-2026.csv", sample_text(FIDELITY))
    assert found.as_of == RECEIVED_ON


def test_core_cash_is_cash_and_the_same_fund_bought_is_a_position() -> None:
    line = "Z20526526,Trust: Under Agreement,SPAXX,FIDELITY FUND,100,$1.00,$0.00,$100.00,,,,,,$100.00,$1.00,Cash,\r\n"
    text = sample_text(FIDELITY).replace("217526931,", line + "217526931,", 1)
    found = read(FIDELITY, text)
    assert [row.symbol for row in found.positions].count("SPAXX") == 1
    assert [row.sweep_symbol for row in found.cash] == ["SPAXX", None]


def test_older_closed_lots_have_other_columns_and_dates() -> None:
    found = read(
        "Realized_Gain_Loss_Account_X52600001.csv",
        "Symbol(CUSIP),Security Description,Quantity,Date Acquired,Date Sold,Proceeds,Cost Basis,"
        "Short Term Gain/Loss,Long Term Gain/Loss\n"
        'ALPM(222333AB4),ALDER PARK,20,05/03/2021,11/19/2026,"$1,639.95 ","$1,100.00 ",-,$539.95 \n',
    )
    assert_drawn(
        found.closed_lots,
        "symbol | opened_on | closed_on | proceeds | gain_short | gain_long\n"
        "ALPM | 2021-05-03 | 2026-11-19 | 1639.95 | - | 539.95",
    )


def test_an_open_lot_export_with_a_symbol_column_is_not_confirmed_and_is_refused() -> None:
    found = found_in(
        "lots.csv", b"Symbol,Date acquired,Quantity,Cost basis,Cost basis/share\nALPM,Nov-01-2026,1,$5,$5\n"
    )
    assert isinstance(found, registry.NotRecognized)
    assert any("not confirmed" in reason for _, reason in found.reasons)


def test_the_lots_of_all_symbols_in_one_schwab_file_are_not_confirmed_and_are_refused() -> None:
    text = sample_text("schwab-lots.csv").replace('"Open Date",', '"Symbol","Opened",')
    found = read("lots.csv", text)
    assert found.refused
    assert "not the confirmed one" in found.faults[0].rule


def test_wash_sale_columns_of_a_lot_file_bring_a_caution() -> None:
    text = sample_text("schwab-lots.csv").replace('"Holding Period",', '"Holding Period","Disallowed Loss",')
    lines = text.splitlines()
    lines[3:] = [line + '"--",' for line in lines[3:]]
    found = read("lots.csv", "\n".join(lines))
    assert len(found.lots) == 3
    assert "not confirmed" in found.warnings[0].sentence


def test_a_flex_file_with_orders_and_executions_keeps_the_executions() -> None:
    text = sample_text("ibkr-flex.xml")
    start = text.index("<Trade ")
    execution = text[start : text.index("/>", start) + 2]
    order = execution.replace("EXECUTION", "ORDER").replace("7710090", "1")
    found = read("flex.xml", text.replace(execution, order + "\n" + execution))
    assert [t.transaction_id for t in found.transactions] == ["7710090"]


def test_flex_lots_without_a_summary_add_up_to_the_position() -> None:
    text = sample_text("ibkr-flex.xml")
    start = text.index("<OpenPosition ")
    found = read("flex.xml", text.replace(text[start : text.index("/>", start) + 3], "", 1))
    assert [(row.symbol, row.quantity) for row in found.positions] == [
        ("ALPM", -1),
        ("HLM.B", Decimal("14.5")),
    ]
    assert "no summary row" in found.warnings[0].sentence


def test_a_masked_account_keeps_its_mask_and_no_number() -> None:
    found = read("flex.xml", sample_text("ibkr-flex.xml").replace("U0052601", "U***2601"))
    assert [(a.number, a.mask) for a in found.accounts_seen] == [(None, "U***2601")]


def test_core_cash_that_is_also_a_position_is_counted_once() -> None:
    text = sample_text("statement-1.02.ofx")
    text = text.replace("<AVAILCASH>+00000000002400.0000", "<AVAILCASH>+00000000008240.0000")
    text = text.replace("<UNITS>+0000000000100.00000", "<UNITS>+0000000008240.00000")
    text = text.replace("<UNITPRICE>000000082.400000000", "<UNITPRICE>000000001.000000000")
    text = text.replace("<SECNAME>ALDER PARK TOTAL MARKET ETF", "<SECNAME>INVENTED MONEY MARKET FUND")
    found = read("statement.ofx", text)
    assert [(c.kind, c.amount) for c in found.cash] == [(CashKind.SETTLED, 0)]
    assert "counted once" in found.warnings[0].sentence


def test_one_id_for_two_different_things_becomes_two_ids() -> None:
    found = read("statement.ofx", sample_text("statement-1.02.ofx").replace("X1103B", "X1103A"))
    assert [t.transaction_id for t in found.transactions[:2]] == ["X1103A", "X1103A#2"]


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("20261120", date(2026, 11, 20)),
        ("20261120160000", date(2026, 11, 20)),
        ("202611201600", date(2026, 11, 20)),
        ("202611210300[0:GMT]", date(2026, 11, 20)),
        ("20261121030000[0:GMT]", date(2026, 11, 20)),
        ("20261120000000[0:GMT]", date(2026, 11, 20)),
        ("20261120161500.000[-:EST]", date(2026, 11, 20)),
        ("20261120233000.123[-5:EST]", date(2026, 11, 20)),
    ],
)
def test_an_ofx_moment_is_a_day_in_new_york(written: str, means: date) -> None:
    text = sample_text("statement-1.02.ofx").replace(
        "<DTASOF>20261120160000.000[-5:EST]", f"<DTASOF>{written}"
    )
    assert read("statement.ofx", text).as_of == means


def test_a_price_of_zero_is_missing_and_the_value_stays() -> None:
    text = sample_text("statement-1.02.ofx").replace("<UNITPRICE>000000082.400000000", "<UNITPRICE>0")
    position = read("statement.ofx", text).positions[0]
    assert (position.price, position.value) == (None, Decimal("8240.0000"))


def test_a_bank_statement_is_not_an_investment_statement() -> None:
    found = found_in("bank.ofx", b"OFXHEADER:100\n<OFX><BANKMSGSRSV1></BANKMSGSRSV1></OFX>")
    assert isinstance(found, registry.NotRecognized)
    assert any("bank and card statements" in reason for _, reason in found.reasons)


def test_a_custodian_that_does_not_say_who_reports_the_basis_leaves_it_open() -> None:
    """Unknown basis is a fact about the lot; a custodian's silence about covered lots is not."""
    assert {lot.basis_status for lot in sample("schwab-lots.csv").lots} == {None}
    assert BasisStatus.UNKNOWN in {lot.basis_status for lot in sample("house-bundle/lots.csv").lots}


def test_the_same_bytes_under_another_name_are_the_same_rows() -> None:
    renamed = read("anything.txt", sample_text(SCHWAB))
    assert isinstance(renamed, ParsedFile)
    assert renamed.positions == sample(SCHWAB).positions
