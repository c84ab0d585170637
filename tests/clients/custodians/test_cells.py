"""How single cells are read: drawn tables of what stands in files and what it means."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.custodians import cells, symbols
from clients.custodians.cells import CellRefused
from clients.custodians.rows import OptionTerms
from tests.clients.custodians.reading import table


def test_numbers_are_read_as_they_are_printed() -> None:
    drawing = """
        printed         | means
        $1,234.50       | 1234.50
        -$1,234.50      | -1234.50
        $-1,234.50      | -1234.50
        ($1,234.50)     | -1234.50
        (250)           | -250
        +$3.10          | 3.10
        1.2E-05         | 0.000012
        .5              | 0.5
        5.              | 5
        1,000,000       | 1000000
        -0              | 0
        +0000000100.500 | 100.500
    """
    assert [[printed, f"{cells.number(printed):f}"] for printed, _ in table(drawing)] == table(drawing)


@pytest.mark.parametrize(
    "word", ["", "  ", "-", " - ", "--", "N/A", "n/a", "not applicable", "Incomplete", "Missing"]
)
def test_what_is_missing_is_none_and_never_zero(word: str) -> None:
    assert cells.number(word) is None
    assert cells.day(word) is None


def test_a_trailing_blank_inside_the_quotes_is_nothing() -> None:
    assert cells.number("$550.50 ") == Decimal("550.50")


@pytest.mark.parametrize("symbol", ["NA", "NULL", "None", "nan", "TRUE", "N/A"])
def test_words_that_tables_take_for_missing_stay_text(symbol: str) -> None:
    assert cells.text(symbol) == symbol


def test_leading_zeros_stay() -> None:
    assert cells.identifier("00123456") == "00123456"


def test_dates_are_read_in_every_order_custodians_use() -> None:
    drawing = """
        printed     | means
        2026-11-20  | 2026-11-20
        2026/11/20  | 2026-11-20
        11/20/2026  | 2026-11-20
        1/2/2026    | 2026-01-02
        20261120    | 2026-11-20
        Nov-20-2026 | 2026-11-20
        SEP/15/2026 | 2026-09-15
        Dec 31 2026 | 2026-12-31
    """
    assert [[printed, str(cells.day(printed))] for printed, _ in table(drawing)] == table(drawing)


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_missing_or_refused(text: str) -> None:
    try:
        value = cells.number(text)
    except CellRefused:
        return
    assert value is None or (value.is_finite() and any(c in "0123456789" for c in text))


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=6))
def test_a_decimal_written_plainly_reads_back(value: Decimal) -> None:
    assert cells.number(f"{value:f}") == value


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_a_date_reads_back_from_both_common_forms(day: date) -> None:
    assert cells.day(day.isoformat()) == day
    assert cells.day(f"{day:%m/%d/%Y}") == day


@given(st.text(max_size=200))
def test_what_is_shown_is_short_and_printable(text: str) -> None:
    assert cells.shown(text).isprintable()
    assert len(cells.shown(text)) <= 10 * cells.SHOWN_CHARACTERS_MAX + 3


@pytest.mark.parametrize("cusip", ["037833100", "17275R102", "38259P508"])
def test_a_cusip_with_its_right_check_digit_is_taken(cusip: str) -> None:
    assert cells.cusip(cusip) == cusip


def test_a_share_class_has_one_form_whatever_the_spelling() -> None:
    assert {symbols.canonical(s) for s in ("BRK/B", "BRK B", "BRK.B", "BRK-B", "BRKB", "brk/b ")} == {"BRK.B"}
    assert symbols.canonical("NVHB") == "NVHB"


def test_a_share_class_goes_out_in_the_custodians_spelling() -> None:
    assert [symbols.spelled_for(c, "BRK.B") for c in ("schwab", "ibkr", "fidelity", "house")] == [
        "BRK/B",
        "BRK B",
        "BRKB",
        "BRK.B",
    ]


def test_a_preferred_share_has_one_form_and_goes_out_in_the_custodians_spelling() -> None:
    spellings = ("GBLW/PRL", "GBLW PRL", "GBLW.PRL", "GBLW-PRL", "GBLWPRL")
    assert {symbols.canonical(s) for s in spellings} == {"GBLW.PRL"}
    assert [symbols.spelled_for(c, "GBLW.PRL") for c in ("schwab", "ibkr", "fidelity", "house")] == [
        "GBLW/PRL",
        "GBLW PRL",
        "GBLWPRL",
        "GBLW.PRL",
    ]
    # Five letters are an ordinary symbol, whatever they end in.
    assert symbols.canonical("CAPRX") == "CAPRX"


@pytest.mark.parametrize("word", ["Various", "VARIOUS ", "Multiple", "Inherited", "--", ""])
def test_a_lot_of_no_one_day_has_none(word: str) -> None:
    assert cells.day_acquired(word) is None


@pytest.mark.parametrize(
    "printed",
    ["ALPM 03/19/2027 90.00 C", " -ALPM270319C90", "ALPM  270319C00090000"],
)
def test_an_option_is_the_same_option_in_every_spelling(printed: str) -> None:
    assert symbols.option(printed) == OptionTerms("ALPM", date(2027, 3, 19), Decimal(90), "C")


@pytest.mark.parametrize("printed", ["ALPM", "BRK B", "ALPM 13/40/2027 90.00 C", "3135G0YY1", ""])
def test_what_is_no_option_is_none(printed: str) -> None:
    assert symbols.option(printed) is None
