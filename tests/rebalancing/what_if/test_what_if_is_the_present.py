"""A what-if agrees with the product: without a change it is the present, and with one it is what a reading would measure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from clients.models import Household
from compliance.people.roles import Role
from rebalancing.engine.portfolio.bands import side_left
from rebalancing.firm_scan import facts as firm_facts
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.market import Market
from rebalancing.triggers import measures
from rebalancing.what_if import answers, kept
from rebalancing.what_if.answers import Present
from rebalancing.what_if.changes import Change
from tests import cast, records
from tests.bench import firm
from tests.clock import LAST_FRIDAY, MONDAY

RATE = D("0.238")
HALF = D("0.5")


@pytest.fixture(scope="module")
def present(_records, django_db_blocker):
    """The synthetic firm of 40 households, as arrays and as its single readings measure it."""
    with django_db_blocker.unblock(), records.own_database("a firm to ask about"):
        firm.fill(40, readings=False)
        found = Present.of(firm_facts.read(market_on=LAST_FRIDAY, trade_on=MONDAY))
        market, measured = Market(LAST_FRIDAY), {}
        for household in Household.objects.order_by("pk"):
            portfolio = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY, market=market)
            if isinstance(portfolio, portfolios.Portfolio):
                measured[household.pk] = measures.measure(portfolio).measures
        yield found, measured


def test_without_a_change_both_sides_are_the_present(present):
    found, measured = present
    everybody = found.among(set(measured))

    answer = found.ask(Change(), asked=everybody, rate=RATE)

    assert answers.sum_of(answer.before, everybody) == answers.sum_of(answer.after, everybody)
    assert not (answer.newly | answer.no_longer).any()
    outside = [any(one.is_breached for one in measured[key]) for key in found.facts.households[everybody]]
    assert answer.before.flagged[everybody].tolist() == outside
    assert set(outside) == {True, False}


# Widths to a hundredth of a percent: what an edge is rounded to has no part in it.
widths = st.integers(min_value=1, max_value=2500).map(lambda number: D(number) / 10_000)


@hypothesis_settings(max_examples=60)
@given(
    points=widths,
    share=st.one_of(st.none(), st.integers(min_value=1, max_value=50).map(lambda n: D(n) / 100)),
)
def test_with_other_bands_the_same_households_are_outside_as_by_a_reading(present, points, share):
    found, measured = present
    everybody = found.among(set(measured))

    answer = found.ask(Change(points=points, share=share), asked=everybody, rate=RATE)

    def is_outside(one):
        if one.asset_class == "cash" or one.target == 0:
            return one.is_breached
        width = min(points, HALF * one.target, *([] if share is None else [share * one.target]))
        return side_left(
            one.value,
            of=one.investable,
            lower=one.target - width,
            target=one.target,
            upper=one.target + width,
        )

    wanted = [any(map(is_outside, measured[key])) for key in found.facts.households[everybody]]
    assert answer.after.flagged[everybody].tolist() == wanted


@hypothesis_settings(max_examples=30)
@given(points=widths, wider=st.integers(min_value=1, max_value=500).map(lambda number: D(number) / 10_000))
def test_wider_bands_never_bring_anybody_outside(present, points, wider):
    found, measured = present
    everybody = found.among(set(measured))

    narrow = found.ask(Change(points=points), asked=everybody, rate=RATE).after.flagged
    wide = found.ask(Change(points=points + wider), asked=everybody, rate=RATE).after.flagged

    assert not (wide & ~narrow).any()


def test_a_change_for_some_leaves_all_others_as_they_are(present):
    found, measured = present
    everybody = found.among(set(measured))
    some = everybody & (np.arange(len(everybody)) % 2 == 0)

    answer = found.ask(
        Change(points=D("0.002"), minimum_trade=D(5_000), half_spread=D("0.01")), asked=some, rate=RATE
    )

    others = everybody & ~some
    before, after = (answers.sum_of(side, others) for side in (answer.before, answer.after))
    assert before == after
    assert replace(answers.sum_of(answer.after, some), unknown=0) != replace(
        answers.sum_of(answer.before, some), unknown=0
    )


def test_the_firm_that_is_kept_answers_as_the_whole_one(present):
    found, measured = present
    everybody = found.among(set(measured))
    asked = Change(points=D("0.03"), minimum_trade=D(1_000))

    whole, light = (one.ask(asked, asked=everybody, rate=RATE) for one in (found, kept.lighter(found)))

    assert len(kept.lighter(found).facts.lots.account) == 0
    for side in ("before", "after"):
        one, other = getattr(whole, side), getattr(light, side)
        assert answers.sum_of(one, everybody) == answers.sum_of(other, everybody)
        assert np.array_equal(one.flagged, other.flagged)


def test_the_firm_is_read_again_once_something_has_happened(present, django_db_blocker, monkeypatch):
    reads, read = [], firm_facts.read
    monkeypatch.setattr(firm_facts, "read", lambda **days: reads.append(days) or read(**days))
    days = {"market_on": LAST_FRIDAY, "trade_on": MONDAY}

    with django_db_blocker.unblock():
        assert kept.present(**days) is kept.present(**days)
        assert len(reads) == 1
        cast.someone("Newly Hired", Role.ADVISOR)
        kept.present(**days)

    assert len(reads) == 2
