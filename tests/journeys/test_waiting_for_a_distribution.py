"""A fund pays a distribution in two weeks: it is not bought in a taxed account before, unless that was an error."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clients.models import FundDistribution
from tests.journeys.conftest import Firm
from tests.journeys.evenings import (
    a_year_is_confirmed,
    closes,
    ended,
    proposed,
    told,
    traded,
    typed,
    withdrawn,
)

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, EX_DAY = date(2027, 1, 11), date(2027, 1, 12), date(2027, 1, 22)
WAITS = "pays about 5.9% of its price on January 22 (an estimate): it is not bought in taxed accounts before."


def only_taxed(day: date) -> dict[str, list[str]]:
    """What stocks are short of can only be bought where distributions are taxed."""
    return {
        "positions": [f"11110001,{day},ZUS,2500,no", f"11110001,{day},ZBD,3600,no", f"11110002,{day},ZUS,2500,no"],
        "lots": [
            f"11110001,{day},ZUS,A1,2020-03-02,2500,100000.00,covered",
            f"11110001,{day},ZBD,A3,2021-06-01,3600,300000.00,covered",
            f"11110002,{day},ZUS,B1,2020-03-02,2500,100000.00,covered",
        ],
    }  # fmt: skip


@pytest.fixture
def firm(firm: Firm) -> Firm:
    """Tom enters what both funds have announced."""
    a_year_is_confirmed(firm, 2027, on=MONDAY)
    for symbol, gain in (("ZUS", "4.00"), ("ZUB", "2.00")):
        page = firm.tom.opens("/fund-distributions/add/")
        typed(
            page,
            "Enter a fund distribution",
            symbol=symbol,
            ex_on=str(EX_DAY),
            long_gain=gain,
            source="Its page",
        )
    return firm


def test_a_fund_is_not_bought_before_its_distribution(firm: Firm) -> None:
    closes(firm, MONDAY, stock="68", finds="proposed", **only_taxed(MONDAY))
    told(firm, MONDAY, f"ZUS {WAITS}", f"ZUB {WAITS}", hold="distribution_coming")
    # The IRA buys for the little cash that it has; in the taxable account nothing is bought.
    assert "Taxable" not in {account for account, side, _ in traded(firm) if side == "buy"}
    firm.rui.opens(f"/proposals/{proposed(firm).public_id}/").reads(f"ZUS {WAITS}")
    withdrawn(firm)

    # In the evening before the ex-day nothing of it would be bought along any more.
    closes(firm, date(2027, 1, 21), stock="68", finds="proposed", **only_taxed(date(2027, 1, 21)))
    ended(firm, date(2027, 1, 21), WAITS)
    assert ("Taxable", "buy", "ZUS") in traded(firm)


def test_a_distribution_that_was_entered_by_mistake_holds_nothing(firm: Firm) -> None:
    closes(firm, MONDAY, stock="68", finds="proposed", **only_taxed(MONDAY))
    withdrawn(firm)

    firm.clock.at = datetime(2027, 1, 12, 17, tzinfo=UTC)
    for one in FundDistribution.objects.all():
        firm.tom.opens(f"/fund-distributions/{one.public_id}/end/")
        firm.tom.presses("Take back a fund distribution", reason="It was last year's.")
    closes(firm, TUESDAY, stock="68", finds="proposed", **only_taxed(TUESDAY))
    ended(firm, TUESDAY, WAITS)
    assert ("Taxable", "buy", "ZUS") in traded(firm)
