"""Every sample beside the format pages, read whole. The tables are what a person would expect to see."""

from __future__ import annotations

import pytest

from clients.custodians import registry
from clients.custodians.kinds import RowKind
from clients.custodians.rows import Fault, ParsedFile
from tests.clients.custodians.reading import RECEIVED_ON, SAMPLES, assert_drawn, found_in, sample

FILES = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.*"))


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_recognized_by_one_layout_only_and_read_without_a_fault(name: str) -> None:
    path = SAMPLES / name
    upload = registry.Upload(path.name, path.read_bytes(), RECEIVED_ON)
    fitting = [layout.slug for layout in registry.LAYOUTS if layout.reason_not(upload) is None]
    assert len(fitting) == 1
    found = found_in(path.name, path.read_bytes(), received_on=RECEIVED_ON)
    assert isinstance(found, ParsedFile)
    assert (found.layout, found.faults) == (fitting[0], ())
    assert found.row_count > 0


def test_every_layout_has_a_sample_and_a_page() -> None:
    read = {sample(name).layout for name in FILES}
    assert read == {layout.slug for layout in registry.LAYOUTS}
    assert all((SAMPLES.parents[1] / layout.page).is_file() for layout in registry.LAYOUTS)


def test_a_sample_only_brings_kinds_its_layout_promises() -> None:
    for name in FILES:
        found = sample(name)
        kinds = {kind for kind in RowKind if getattr(found, kind.value)}
        assert kinds <= registry.by_slug(found.layout).kinds, name


def test_schwab_positions_hold_out_the_option_and_know_no_incomplete_basis() -> None:
    found = sample("schwab-positions.csv")
    assert_drawn(
        found.positions,
        """
        symbol | quantity | price  | value    | basis_total | kind   | factor | reinvest
        ALPM   | 310.2518 | 82.40  | 25564.75 | 19200.10    | etf    | 1      | True
        HLM.B  | 35       | 410.00 | 14350.00 | -           | stock  | 1      | False
        ALPM   | -2       | 1.15   | -230.00  | -302.00     | option | 100    | -
        """,
    )
    assert [row.held_out is not None for row in found.positions] == [False, False, True]
    assert_drawn(found.cash, "kind | amount\nsettled | 3395.25")
    assert [(t.stated, t.gap) for t in found.totals] == [(found.totals[0].summed, 0)]
    assert found.as_of == RECEIVED_ON


def test_schwab_all_accounts_maps_each_repeated_header_anew() -> None:
    found = sample("schwab-positions-all.csv")
    assert_drawn(
        found.positions,
        """
        symbol | quantity | price | value
        ALPM   | 12       | 82.40 | 988.80
        NVHM   | 100      | 25.00 | 2500.00
        """,
    )
    assert_drawn(found.cash, "kind | amount\nsettled | 11.20\nmargin_debit | -125.40")
    assert [(a.mask, a.label) for a in found.accounts_seen] == [
        ("...526", "Individual"),
        ("...931", "Roth, Contributory"),
    ]


def test_schwab_lots_take_their_symbol_from_the_title() -> None:
    assert_drawn(
        sample("schwab-lots.csv").lots,
        """
        symbol | acquired_on | quantity | unit_cost | basis_total | term
        ALPM   | 2026-10-12  | 10.2518  | 80.00     | 820.14      | short
        ALPM   | 2021-05-03  | 200      | 55.00     | 11000.00    | long
        ALPM   | 2021-05-03  | 100      | 73.7996   | 7379.96     | long
        """,
    )


def test_schwab_transactions_keep_true_duplicates_and_sign_by_action() -> None:
    assert_drawn(
        sample("Joint_XXX526_Transactions_20261120-162001.csv").transactions,
        """
        kind         | trade_on   | symbol | quantity | amount   | fees | ordinal
        sell         | 2026-11-19 | ALPM   | -20      | 1639.95  | 0.05 | 1
        interest     | 2026-11-15 | -      | -        | 1.07     | -    | 1
        reinvestment | 2026-11-03 | ALPM   | 0.2518   | -20.14   | -    | 1
        dividend     | 2026-11-03 | ALPM   | -        | 20.14    | -    | 1
        withdrawal   | 2026-11-02 | -      | -        | -500.00  | -    | 1
        option       | 2026-11-02 | ALPM   | -2       | 302.68   | 1.32 | 1
        buy          | 2026-10-05 | HLM.B  | 5        | -2000.00 | -    | 1
        buy          | 2026-10-05 | HLM.B  | 5        | -2000.00 | -    | 2
        """,
    )


def test_schwab_json_says_the_same_as_the_csv() -> None:
    in_csv = sample("Joint_XXX526_Transactions_20261120-162001.csv").transactions
    assert sample("Joint_XXX526_Transactions_20261120-162002.json").transactions == in_csv[:2]


def test_schwab_realized_lots_take_the_disallowed_loss_without_its_sign() -> None:
    assert_drawn(
        sample("Joint_GainLoss_Realized_Details_20261120-162010.csv").closed_lots,
        """
        symbol | quantity | opened_on  | closed_on  | proceeds | basis_total | wash_sale | loss_disallowed
        ALPM   | 20       | 2021-05-03 | 2026-11-19 | 1639.95  | 1100.00     | False     | -
        NVHM   | 30       | 2026-06-01 | 2026-09-08 | 720.00   | 825.00      | True      | 35.00
        """,
    )


def test_fidelity_positions_keep_core_cash_pending_cash_and_both_sides_of_a_margin_account() -> None:
    found = sample("Portfolio_Positions_Nov-20-2026.csv")
    assert_drawn(
        found.positions,
        """
        account   | symbol | quantity | value   | basis_total | held_in | factor
        Z20526526 | ALPM   | 100.000  | 8240.00 | 5500.00     | cash    | 1
        Z20526526 | NVHM   | 40.5     | 1012.50 | -           | cash    | 1
        Z20526526 | NVHM   | 100      | 2500.00 | -           | margin  | 1
        Z20526526 | ALPM   | -3       | -345.00 | 453.00      | margin  | 100
        217526931 | ALPM   | 10       | 824.00  | 800.00      | cash    | 1
        """,
    )
    assert_drawn(found.cash, "kind | amount | sweep_symbol\nsettled | 2400.00 | SPAXX\npending | -37.50 | -")
    assert found.as_of == RECEIVED_ON


def test_fidelity_closed_lots_read_a_bond_by_the_cusip_in_brackets() -> None:
    assert_drawn(
        sample("Realized_Gain_Loss_Account_Z20526526.csv").closed_lots,
        """
        account   | symbol    | quantity | opened_on  | closed_on  | proceeds | basis_total | gain_short | gain_long
        Z20526526 | ALPM      | 20       | 2021-05-03 | 2026-11-19 | 1639.95  | 1100.00     | -          | 539.95
        Z20526526 | NVHM      | 30       | 2026-06-01 | 2026-09-08 | 720.00   | 825.00      | -105.00    | -
        Z20526526 | 3135G0YY1 | 5000     | 2025-02-03 | 2026-07-01 | 5000.00  | 4900.00     | -          | 100.00
        """,
    )


def test_fidelity_plan_lots_take_their_symbol_from_the_file_name() -> None:
    assert_drawn(
        sample("View open lots NVHM.csv").lots,
        """
        symbol | acquired_on | quantity | unit_cost | basis_total | acquired_by
        NVHM   | 2026-09-15  | 25       | 24.00     | 600.00      | compensation
        NVHM   | 2025-03-16  | 40.5     | -         | -           | compensation
        """,
    )


def test_fidelity_history_matches_actions_by_their_first_words() -> None:
    assert_drawn(
        sample("Accounts_History.csv").transactions,
        """
        account   | kind         | trade_on   | settles_on | symbol | quantity | amount  | fees
        Z20526526 | sell         | 2026-11-19 | 2026-11-20 | ALPM   | -20      | 1639.95 | 0.05
        Z20526526 | reinvestment | 2026-11-03 | -          | ALPM   | 0.2518   | -20.14  | -
        Z20526526 | dividend     | 2026-11-03 | -          | ALPM   | -        | 20.14   | -
        217526931 | interest     | 2026-10-30 | -          | -      | -        | 0.88    | -
        """,
    )


def test_flex_lots_restate_their_position_and_are_never_added_to_it() -> None:
    found = sample("ibkr-flex.xml")
    assert_drawn(
        found.positions,
        """
        account  | symbol | quantity | value | basis_total | kind
        U0052601 | HLM.B  | 14.5     | 5945  | 5150        | stock
        U0052601 | ALPM   | -1       | -115  | -151        | option
        """,
    )
    assert_drawn(
        found.lots,
        """
        symbol | lot_id  | acquired_on | acquired_adjusted_on | quantity | basis_total | term
        HLM.B  | 7710001 | 2021-05-03  | -                    | 10       | 3500        | long
        HLM.B  | 7710002 | 2026-06-08  | 2026-04-11           | 4.5      | 1650        | short
        """,
    )
    assert_drawn(found.cash, "kind | amount\nsettled | 1650.25\npending | 160.00")
    assert_drawn(
        found.transactions,
        "kind | trade_on | settles_on | transaction_id | quantity | amount | fees\n"
        "sell | 2026-11-19 | 2026-11-20 | 7710090 | -2 | 817 | 1",
    )
    assert_drawn(found.closed_lots, "symbol | quantity | proceeds | basis_total\nHLM.B | 2 | 817 | 700")


def test_ofx_102_pads_numbers_and_shows_core_cash_once() -> None:
    found = sample("statement-1.02.ofx")
    assert_drawn(
        found.positions, "symbol | quantity | price | value\nALPM | 100.00000 | 82.400000000 | 8240.0000"
    )
    assert_drawn(found.cash, "kind | amount\nsettled | 2400.0000")
    assert_drawn(
        found.transactions,
        """
        kind         | trade_on   | settles_on | transaction_id | symbol | quantity  | amount    | fees
        reinvestment | 2026-11-03 | -          | X1103A         | ALPM   | 0.25180   | -20.1400  | -
        dividend     | 2026-11-03 | -          | X1103B         | ALPM   | -         | 20.1400   | -
        sell         | 2026-11-19 | 2026-11-20 | X1119A         | ALPM   | -20.00000 | 1639.9500 | 0.0500
        deposit      | 2026-11-05 | -          | X1105A         | -      | -         | 500.0000  | -
        """,
    )


def test_ofx_2_keeps_plan_sources_once_and_takes_a_memo_as_ticker() -> None:
    found = sample("statement-2.qfx")
    assert_drawn(
        found.positions,
        """
        symbol    | quantity | value   | name
        PLN000017 | 120.5    | 2410.00 | PLAN TARGET FUND 2045 & BEYOND
        PLN000017 | 30       | 600.00  | PLAN TARGET FUND 2045 & BEYOND
        NVHM      | -15      | -375.00 | NORTHVALE HARBOR MACHINES
        """,
    )
    # Half past ten in the evening Eastern is already the next day in London.
    assert found.as_of == RECEIVED_ON


def test_a_row_remembers_its_file_and_its_line() -> None:
    assert sample("schwab-lots.csv").lots[0].origin == ("schwab-lots.csv", 4)


def test_a_fault_reads_as_one_sentence_after_the_other() -> None:
    fault = Fault(
        "lots.csv", 7, "quantity", '"1_0"', "The number holds an underscore.", "Write 1000 or 1,000."
    )
    assert str(fault) == (
        'lots.csv, line 7, column quantity: The number holds an underscore. Found "1_0". Write 1000 or 1,000.'
    )
