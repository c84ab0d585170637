"""The firm that benches write by SQL is one that the product reads: every household has the outcome that was wanted."""

from __future__ import annotations

from collections import Counter

import pytest

from clients.models import Account, Household
from rebalancing.models import Reading
from rebalancing.portfolios.market import Market
from rebalancing.scans import deciding
from tests.bench import firm
from tests.bench.synthetic import sql
from tests.clock import LAST_FRIDAY, MONDAY

pytestmark = pytest.mark.django_db

Outcome = Reading.Outcome
WANTED = {
    "in_band": Outcome.IN_BAND,
    "broken": Outcome.IN_BAND,
    "flagged": Outcome.PROPOSED,
    "held": Outcome.HELD,
    "cash_due": Outcome.PROPOSED,
    "no_policy": Outcome.NO_POLICY,
}


def test_each_household_of_the_synthetic_firm_is_read_as_it_was_meant(monkeypatch):
    monkeypatch.setattr(
        firm, "OTHERS", (("no_policy", 0.1), ("held", 0.1), ("cash_due", 0.1), ("broken", 0.1))
    )
    made = firm.fill(20, flagged=0.3)
    situations = dict(sql.run("SELECT id, situation FROM bench_household"))
    market = Market(LAST_FRIDAY)

    found = {
        one.pk: deciding.decide_outcome(one, market=market, trade_on=MONDAY).outcome
        for one in Household.objects.order_by("pk")
    }

    assert found == {key: WANTED[situation] for key, situation in situations.items()}
    assert Counter(situations.values()) == made.situations
    assert made.situations.keys() == WANTED.keys()
    assert made.rows["position"] == 20 * 60
    assert not Account.objects.exclude(positions__quantity__gt=0).exists()
    assert Reading.objects.count() == 20
