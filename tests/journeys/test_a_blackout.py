"""An officer of a company that the household holds: nothing of it is traded in the blackout, and all of it afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clients.models import Security
from clients.securities import security_facts
from compliance.people.actors import Actor
from rebalancing.models import ProposedOrder, Reading
from rebalancing.portfolios import portfolios
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db


def typed(visitor: Any, button: str, **filled: str) -> Any:
    """Fill in a door, look at its check page, and go on."""
    return visitor.presses(button, **filled).reads("Check before you go on").presses(button)


def sold(symbol: str) -> bool:
    return ProposedOrder.objects.filter(security__symbol=symbol, side="sell").exists()


def locked(firm: Firm, *, trade_on: date) -> set[str]:
    """What the plan of a day may not sell, by symbol."""
    loaded = portfolios.load(firm.household, as_of_on=LAST_FRIDAY, trade_on=trade_on)
    assert isinstance(loaded, portfolios.Portfolio), loaded
    return {one.security for one in loaded.household.lots if one.lock_reason}


def test_nothing_of_an_officers_company_is_traded_in_the_blackout(firm: Firm) -> None:
    security_facts.decide(
        Security.objects.get(symbol="ZUS"), facts={"issuer": "Zed Corp"}, reason="Its registration.",
        by=Actor.person(firm.people["cora"]), at=SUNDAY_NOON,
    )  # fmt: skip

    # Mia Miller is an officer of Zed Corp. Ana records it with what the company has sent her.
    ana = firm.ana.opens(f"/households/{firm.household.public_id}/insider/")
    typed(
        ana, "Enter an insider or affiliate",
        issuer="zed corp", role="officer", starts_on="2020-01-02", source="Questionnaire of January",
    )  # fmt: skip
    ana.reads("Mia Miller, officer of Zed Corp", "In force").follows("Enter a blackout or clearance")
    typed(
        ana, "Enter a blackout or clearance",
        kind="blackout", starts_on="2026-11-01", ends_on="2026-11-23", source="Notice of the company",
    )  # fmt: skip
    ana.reads("Blackout", "Nov 23, 2026")

    # Stocks have grown out of their band, and still nothing of Zed Corp is sold.
    households.loaded(november())
    firm.a_scan_at(SUNDAY_NOON)
    assert Reading.objects.filter(household=firm.household).exists()
    assert not sold("ZUS")

    # The company clears trades from Tuesday on: from then the plan may sell it again.
    ana.opens("/insiders/").follows("Mia Miller").follows("Enter a blackout or clearance")
    typed(
        ana, "Enter a blackout or clearance",
        kind="clearance", starts_on="2026-11-24", ends_on="2026-12-04", source="Clearance of the company",
    )  # fmt: skip
    assert locked(firm, trade_on=MONDAY)
    assert not locked(firm, trade_on=date(2026, 11, 24))
