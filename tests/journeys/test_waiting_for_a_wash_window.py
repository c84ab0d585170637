"""What was sold at a loss is not bought back within thirty days."""

from __future__ import annotations

from datetime import date

import pytest

from tests.journeys.conftest import Firm
from tests.journeys.evenings import a_year_is_confirmed, closes, told, traded, withdrawn

pytestmark = pytest.mark.django_db

MONDAY, THE_DAY = date(2027, 1, 11), date(2027, 1, 27)


def test_what_was_sold_at_a_loss_is_not_bought_back(firm: Firm) -> None:
    a_year_is_confirmed(firm, 2027, on=MONDAY)
    sale = ["11110001,ZUS,100,2025-01-15,2026-12-28,6800.00,9500.00"]

    # Stocks have fallen out of their band. The custodian's file tells of a loss of December 28.
    closes(firm, MONDAY, stock="68", finds="proposed", closed_lots=sale)

    told(
        firm, MONDAY,
        "ZUS is not bought back before January 28: the loss of $2,700 taken on December 28 would be disallowed.",
        "the first day outside the 30 days of the wash-sale rule",
        hold="wash_window",
    )  # fmt: skip
    assert ("buy", "ZUS") not in {(side, symbol) for _, side, symbol in traded(firm)}
    assert ("buy", "ZUB") in {(side, symbol) for _, side, symbol in traded(firm)}
    firm.ana.opens(f"/households/{firm.household.public_id}/wash-calendar/").reads("Jan 28, 2027")

    withdrawn(firm)
    closes(firm, THE_DAY, stock="68", finds="proposed", closed_lots=sale)
    assert ("buy", "ZUS") in {(side, symbol) for _, side, symbol in traded(firm)}
