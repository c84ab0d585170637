"""Shares bought with money that has not settled: they stay until it has, and the desk reads why."""

from __future__ import annotations

import pytest

from clients.models import Security, TaxLot
from clients.securities import security_facts
from compliance.people.actors import Actor
from rebalancing.models import ProposedLot, Reading
from rebalancing.portfolios import portfolios
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import LOTS, NOVEMBER, TRANSACTIONS, custodian_bundle

pytestmark = pytest.mark.django_db


def test_what_was_bought_with_unsettled_money_is_not_sold_before_it_settles(firm: Firm) -> None:
    # Bonds settle in two days. On Friday somebody sold some at the custodian, and bought stocks with the money.
    security_facts.decide(
        Security.objects.get(symbol="ZBD"), facts={"settlement_days": 2}, reason="Its prospectus.",
        by=Actor.person(firm.people["cora"]), at=SUNDAY_NOON,
    )  # fmt: skip
    lots = [row.format(day=NOVEMBER) for row in LOTS if ",A2," not in row]
    lots.append(f"11110001,{NOVEMBER},ZUS,A9,{NOVEMBER},2000,220000.00,covered")
    trades = [
        f"11110001,sell,{NOVEMBER},T8,ZBD,-2750,80,220000.00",
        f"11110001,buy,{NOVEMBER},T9,ZUS,2000,110,-220000.00",
    ]
    households.loaded(
        custodian_bundle(NOVEMBER, stock="110", lots=lots, transactions=[*TRANSACTIONS, *trades])
    )

    firm.a_scan_at(SUNDAY_NOON)

    # Stocks are above their band. The plan takes older shares, and the document says until when the others stay.
    assert Reading.objects.filter(household=firm.household).exists()
    assert not ProposedLot.objects.filter(lot__key="A9").exists()
    loaded = portfolios.load(firm.household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(loaded, portfolios.Portfolio), loaded
    assert [one.key for one in TaxLot.objects.filter(closed_on=None, key="A9")], "the file brought the lot"
    (kept,) = [one for one in loaded.household.lots if one.lock_reason]
    assert (kept.lock_reason, str(kept.locked_until)) == (
        "It was bought with money that has not settled.",
        "2026-11-24",
    )
