"""An odd row never costs the account: it is kept with its reason, and the rows beside it read as before."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.custodians import symbols
from clients.custodians.kinds import CashKind, HeldOut, SecurityKind
from clients.custodians.rows import ParsedFile
from tests.clients.custodians.odd_rows import FIDELITY, FLEX, ODD_ROWS, OFX, SCHWAB, OddRow
from tests.clients.custodians.reading import assert_drawn, read, sample, sample_text

# Where a row of each layout may stand: before any of these.
PLACES = {
    SCHWAB: ('"ALPM","', '"HLM/B","', '"Cash & Cash'),
    FIDELITY: ("Z20526526,", "217526931,"),
    FLEX: ("<OpenPosition ",),
    OFX: ("<POSSTOCK>", "</INVPOSLIST>"),
}


def places(name: str) -> list[int]:
    text = sample_text(name)
    return sorted(at for start in PLACES[name] for at in range(len(text)) if text.startswith(start, at))


def with_rows(rows: dict[int, str], name: str) -> ParsedFile:
    text = sample_text(name)
    for at in sorted(rows, reverse=True):
        text = text[:at] + rows[at] + text[at:]
    return read(name, text)


@pytest.mark.parametrize("odd", ODD_ROWS, ids=lambda odd: f"{odd.sample}: {odd.name}")
def test_an_odd_row_is_kept_with_its_reason(odd: OddRow) -> None:
    found = with_rows({places(odd.sample)[0]: odd.row}, odd.sample)
    assert (found.faults, found.accounts_refused) == ((), ())
    fresh = [row for row in found.positions if row not in sample(odd.sample).positions]
    assert [(row.symbol, row.value, row.held_out) for row in fresh] == [(odd.symbol, odd.value, odd.held_out)]


@given(st.data())
def test_odd_rows_change_nothing_of_the_rows_beside_them(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(PLACES)))
    of_layout = [odd for odd in ODD_ROWS if odd.sample == name]
    chosen = data.draw(
        st.lists(st.sampled_from(of_layout), min_size=1, max_size=4, unique_by=lambda o: o.symbol)
    )
    spots = data.draw(
        st.lists(st.sampled_from(places(name)), min_size=len(chosen), max_size=len(chosen), unique=True)
        if len(places(name)) >= len(chosen)
        else st.just(places(name))
    )
    rows = {at: odd.row for at, odd in zip(spots, chosen, strict=False)}
    before, found = sample(name), with_rows(rows, name)
    assert found.accounts_refused == ()
    assert [row for row in found.positions if row in before.positions] == list(before.positions)
    assert len(found.positions) == len(before.positions) + len(rows)
    assert (found.lots, found.cash, found.transactions, found.closed_lots) == (
        before.lots,
        before.cash,
        before.transactions,
        before.closed_lots,
    )


def test_what_is_odd_is_said_before_loading() -> None:
    odd = next(odd for odd in ODD_ROWS if odd.name == "escrow without a price")
    found = with_rows({places(FIDELITY)[0]: odd.row}, FIDELITY)
    assert [caution.sentence for caution in found.warnings] == [
        "NORTHVALE ESCROW: The file gives no value, so what the holding is worth is not known."
    ]


def test_a_quantity_that_does_not_fit_its_value_is_held_out_without_a_price() -> None:
    found = read(SCHWAB, sample_text(SCHWAB).replace('"35","410.00"', '"53","410.00"'))
    assert found.accounts_refused == ()
    assert_drawn(
        [found.positions[1]],
        "symbol | quantity | price | value\nHLM.B | 53 | - | 14350.00",
    )
    assert found.positions[1].held_out is HeldOut.NO_FIT


def test_a_pool_keeps_its_symbol_and_two_plans_do_not_share_it() -> None:
    first = symbols.unlisted("Pebble  Midcap pool", tail="526")
    assert first == symbols.unlisted("PEBBLE MIDCAP POOL", tail="526")
    assert first != symbols.unlisted("PEBBLE MIDCAP POOL", tail="931")
    assert symbols.canonical(first) == first


def test_a_bond_at_interactive_brokers_keeps_its_lots() -> None:
    bond = (
        'accountId="U0052601" currency="USD" assetCategory="BOND" symbol="T 3 7/8 08/15/33" position="3000" '
        'markPrice="98.5" positionValue="2955" costBasisMoney="2940" reportDate="20261120" cusip="91282CAA9" '
    )
    rows = (
        f'<OpenPosition {bond}levelOfDetail="SUMMARY" />\n'
        f'<OpenPosition {bond}levelOfDetail="LOT" openDateTime="20240102;100000" originatingTransactionID="7" />\n'
    )
    found = with_rows({places(FLEX)[0]: rows}, FLEX)
    assert_drawn(
        [lot for lot in found.lots if lot.symbol == "91282CAA9"],
        "lot_id | quantity | basis_total | acquired_on | cusip\n7 | 3000 | 2940 | 2024-01-02 | 91282CAA9",
    )


@pytest.mark.parametrize(
    ("said", "cash", "euros"),
    [
        ('endingCash="0"', ["1650.25", "160.00"], []),
        ('endingCash="200" fxRateToBase="1.1"', ["1650.25", "160.00"], [("CASH.EUR", Decimal("220.0"))]),
        ('endingCash="200"', ["1650.25", "160.00"], [("CASH.EUR", None)]),
    ],
)
def test_euros_at_interactive_brokers_count_at_the_rate_of_the_file(
    said: str, cash: list[str], euros: list[tuple[str, Decimal | None]]
) -> None:
    text = sample_text(FLEX)
    row = f'<CashReportCurrency accountId="U0052601" currency="EUR" {said} />\n'
    at = text.index("<CashReportCurrency ")
    found = read(FLEX, text[:at] + row + text[at:])
    assert found.accounts_refused == ()
    assert [row.amount for row in found.cash] == [Decimal(amount) for amount in cash]
    foreign = [row for row in found.positions if row.symbol.startswith("CASH.")]
    assert [(row.symbol, row.value) for row in foreign] == euros
    assert {row.held_out for row in foreign} <= {HeldOut.FOREIGN}


def test_a_rate_into_another_base_currency_gives_no_dollars() -> None:
    text = sample_text(FLEX)
    at = text.index("<CashReport")
    information = '<AccountInformation accountId="U0052601" currency="CHF" />\n'
    row = '<CashReportCurrency accountId="U0052601" currency="EUR" endingCash="200" fxRateToBase="0.9" />\n'
    text = text[:at] + information + text[at:]
    at = text.index("<CashReportCurrency ")
    found = read(FLEX, text[:at] + row + text[at:])
    assert [row.value for row in found.positions if row.symbol == "CASH.EUR"] == [None]


def test_a_currency_conversion_is_left_out_and_told() -> None:
    text = sample_text(FLEX)
    row = (
        '<Trade accountId="U0052601" currency="USD" assetCategory="CASH" symbol="EUR.USD" quantity="200" '
        'tradePrice="1.1" buySell="BUY" tradeDate="20261119" netCash="-220" transactionID="9" />\n'
    )
    at = text.index("<Trade ")
    found = read(FLEX, text[:at] + row + text[at:])
    assert found.transactions == sample(FLEX).transactions
    assert any("currency conversion" in caution.sentence for caution in found.warnings)


def test_a_footer_padded_by_a_spreadsheet_is_a_footer() -> None:
    text = sample_text(FIDELITY).replace("\r\n", "\n")
    lines = [line if line.count(",") > 10 else line + "," * 15 for line in text.splitlines()]
    found = read("positions.csv", "\n".join(lines) + "\n")
    assert (found.faults, found.as_of) == ((), sample(FIDELITY).as_of)
    assert found.positions == sample(FIDELITY).positions


CORE = (
    "<POSMF><INVPOS><SECID><UNIQUEID>316000AB9<UNIQUEIDTYPE>CUSIP</SECID><HELDINACCT>CASH<POSTYPE>LONG"
    "<UNITS>2400<UNITPRICE>1.00<MKTVAL>2400.00</INVPOS></POSMF>\n"
)


def test_core_cash_in_a_fund_of_any_name_is_counted_once() -> None:
    found = with_rows({places(OFX)[0]: CORE}, OFX)
    assert [(row.kind, row.amount) for row in found.cash] == [(CashKind.SETTLED, 0)]
    assert [(row.kind, row.value) for row in found.positions if row.symbol == "316000AB9"] == [
        (SecurityKind.MONEY_MARKET, Decimal("2400.00"))
    ]


def test_a_statement_whose_total_counts_fund_and_cash_holds_both() -> None:
    """8,240 in shares, 2,400 in the fund and 2,400 in cash are the 13,040 that the statement adds up to."""
    total = "<BAL><NAME>Total<DESC>Total<BALTYPE>DOLLAR<VALUE>13040.00</BAL></BALLIST>"
    text = sample_text(OFX).replace("</BALLIST>", total)
    at = text.index("<POSSTOCK>")
    found = read(OFX, text[:at] + CORE + text[at:])
    assert [row.amount for row in found.cash] == [Decimal(2400)]


def test_a_ticker_that_closes_itself_belongs_to_its_own_security() -> None:
    text = sample_text("statement-2.qfx")
    other = (
        "<MFINFO><SECINFO><SECID><UNIQUEID>HBR009999</UNIQUEID><UNIQUEIDTYPE>OTHER</UNIQUEIDTYPE></SECID>"
        "<SECNAME>HARBOR POOL</SECNAME><TICKER/></SECINFO></MFINFO>"
    )
    held = (
        "<POSMF><INVPOS><SECID><UNIQUEID>HBR009999</UNIQUEID><UNIQUEIDTYPE>OTHER</UNIQUEIDTYPE></SECID>"
        "<HELDINACCT>OTHER</HELDINACCT><POSTYPE>LONG</POSTYPE><UNITS>500</UNITS><UNITPRICE>20</UNITPRICE>"
        "<MKTVAL>10000</MKTVAL><MEMO/></INVPOS></POSMF>"
    )
    text = text.replace("<SECLIST>", "<SECLIST>" + other).replace("<INVPOSLIST>", "<INVPOSLIST>" + held)
    found = read("statement.qfx", text)
    before = sample("statement-2.qfx")
    assert found.positions[1:] == before.positions
    assert_drawn(
        [found.positions[0]], "symbol | name | quantity | value\nHBR009999 | HARBOR POOL | 500 | 10000"
    )
