"""What was sold at a loss is not bought back within thirty days, and what was bought lately keeps a loss from being taken."""

from __future__ import annotations

from datetime import date

import pytest

from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.custody import LOTS, TRANSACTIONS
from tests.journeys.evenings import a_year_is_confirmed, closes, told, traded, withdrawn

pytestmark = pytest.mark.django_db

MONDAY, THE_DAY, LATER = date(2027, 1, 11), date(2027, 1, 27), date(2027, 2, 5)


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


def bought_in_the_ira(day: date) -> dict[str, list[str]]:
    """On January 6 the IRA bought 2,000 shares of the fund that stands at a loss; a sale in January was at a gain."""
    return {
        "positions": [f"11110001,{day},ZUS,3500,no", f"11110001,{day},ZBD,3100,no",
                      f"11110002,{day},ZUS,2000,no", f"11110002,{day},ZBD,500,no"],
        "lots": [*(one.format(day=day) for one in LOTS if ",B1," not in one),
                 f"11110002,{day},ZUS,B1,2027-01-06,2000,168000.00,covered"],
        "transactions": [*TRANSACTIONS, "11110002,buy,2027-01-06,T5,ZUS,2000,84,-168000.00"],
        "closed_lots": ["11110001,ZBD,1000,2021-06-01,2027-01-05,140000.00,80000.00"],
    }  # fmt: skip


def test_what_was_bought_lately_keeps_a_loss_from_being_taken(the_clock: Clock, no_broker: None) -> None:
    firm = a_firm(the_clock, harvests_losses=True)
    a_year_is_confirmed(firm, 2027, on=MONDAY)

    closes(firm, MONDAY, stock="84", finds="in_band", **bought_in_the_ira(MONDAY))
    firm.ana.opens(f"/households/{firm.household.public_id}/days/{MONDAY}/")
    firm.ana.reads(
        "in ZUS is left alone: the same security was bought in IRA", "permanently disallowed (wash sale)"
    )

    # February 6 is a Saturday: from the Monday after on the loss counts.
    closes(firm, LATER, stock="84", finds="proposed", **bought_in_the_ira(LATER))
    told(firm, LATER, "Taxable lots stand $22,017 below their cost", trigger="losses")
    assert traded(firm) == {("Taxable", "sell", "ZUS"), ("Taxable", "buy", "ZUB")}
