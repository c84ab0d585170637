"""A rebalance whose tax is more than the drift is worth: both are told, smaller plans stand beside it, and a person weighs it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.journeys.conftest import Firm
from tests.journeys.evenings import a_year_is_confirmed, closes, not_told, proposed, told, typed, withdrawn

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2027, 1, 11), date(2027, 1, 12)


def only_taxed(day: date) -> dict[str, list[str]]:
    """All stocks lie where their sale is taxed, bought long ago for $10."""
    return {
        "positions": [f"11110001,{day},ZUS,5000,no", f"11110002,{day},ZBD,3600,no"],
        "lots": [
            f"11110001,{day},ZUS,A1,2020-03-02,5000,50000.00,covered",
            f"11110002,{day},ZBD,B2,2021-06-01,3600,300000.00,covered",
        ],
        "transactions": [],
    }


def test_the_tax_of_a_rebalance_is_weighed_against_its_benefit(firm: Firm) -> None:
    a_year_is_confirmed(firm, 2027, on=MONDAY)
    closes(firm, MONDAY, stock="110", finds="proposed", **only_taxed(MONDAY))

    # What the drift costs cannot be said yet; what the sale costs, and what waiting saves, can.
    told(
        firm, MONDAY, "of tax on $", "Paying it 1 year later would save about $",
        "What the drift costs cannot be said: the firm has not assumed how its classes move.",
        hold="tax_exceeds_benefit",
    )  # fmt: skip
    # A person of the firm answers for the cost, and Rui weighs what both sides come to before he approves.
    address = f"/proposals/{proposed(firm).public_id}/"
    firm.cora.opens(address).presses(
        "Answer for PTC-33", reason="tax_cost_accepted", text="It lowers a larger risk."
    )
    rui = firm.rui.opens(address).reads("To weigh", "The reviewer weighs it: the alternatives show")
    rui.reads("Tax cost accepted for a named benefit. It lowers a larger risk.")
    rui.presses("Check and approve", text="The drift weighs more.")
    rui.presses("Approve exactly this", acknowledge="on").reads("Approved")


def test_once_the_benefit_is_on_record_and_larger_nothing_is_to_be_weighed(firm: Firm) -> None:
    a_year_is_confirmed(firm, 2027, on=MONDAY)
    closes(firm, MONDAY, stock="110", finds="proposed", **only_taxed(MONDAY))
    withdrawn(firm)

    # Cora enters how much the classes move: the drift is worth more than what a year's delay of the tax saves.
    for code, volatility, correlation in (
        ("us_stock", "0.30", "0.95"),
        ("us_bond", "0.05", "0.1"),
        ("cash", "0", "0"),
    ):
        firm.cora.opens(f"/models/classes/{code}/assumptions/")
        typed(
            firm.cora, "Assumptions about a class",
            volatility=volatility, market_correlation=correlation, reason="Ten years of returns.",
        )  # fmt: skip
    closes(firm, TUESDAY, stock="110", finds="proposed", **only_taxed(TUESDAY))
    not_told(firm, TUESDAY, hold="tax_exceeds_benefit")
