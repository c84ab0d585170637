"""Which of the trades left alone a proposal's page tells first."""

from __future__ import annotations

from rebalancing.pages.proposal.trades import SHOWN_FIRST, SkippedRow, most_telling


def a_row(symbol: str, why: str) -> SkippedRow:
    return SkippedRow(
        account="Brokerage", symbol=symbol, side="sell", lot_on=None, why=why, cost_for_thousand=None
    )


def test_one_of_each_reason_comes_before_a_second_of_any() -> None:
    losses = [a_row(f"L{number}", "losses are not harvested") for number in range(20)]
    gain, barred = a_row("G", "its gain costs more"), a_row("B", "the client forbids it")

    first, more = most_telling([*losses, gain, barred])

    assert [row.symbol for row in first] == ["L0", "G", "B", "L1", "L2"]
    assert [row.symbol for row in more] == [f"L{number}" for number in range(3, 20)]


def test_few_rows_are_all_told() -> None:
    rows = [a_row(f"L{number}", "losses are not harvested") for number in range(SHOWN_FIRST)]

    assert most_telling(rows) == (tuple(rows), ())
