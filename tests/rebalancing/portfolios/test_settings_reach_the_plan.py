"""What the firm decides reaches the engine's document, the rules' case and a revision, of the trade day it counts on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Security
from compliance.firm import policy_defaults
from compliance.firm.catalog import BY_CODE
from compliance.firm.desk_figures import APPROVAL_GOOD_FOR
from compliance.models import FindingRow
from rebalancing import market_days
from rebalancing.portfolios import portfolios
from rebalancing.proposals import proposals, revisions
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories import desk as desks
from tests.factories.firm_settings import decided

pytestmark = pytest.mark.django_db
RECORD = "the desk"


@pytest.fixture
def desk() -> Any:
    return desks.on_record()


def loaded(desk: Any, *, trade_on: date = MONDAY) -> Any:
    found = portfolios.load(desk.household, as_of_on=LAST_FRIDAY, trade_on=trade_on)
    assert isinstance(found, portfolios.Portfolio), found
    return found.household


def test_the_wait_for_long_term_and_the_assumed_spread_reach_the_document(desk: Any) -> None:
    Security.objects.update(half_spread=None)
    before = loaded(desk)
    decided(BY_CODE["rules.long_term_window_days"], 20)
    decided(policy_defaults.HALF_SPREAD, D("0.001"))

    after = loaded(desk)

    assert (before.rules.wait_for_long_term_days, after.rules.wait_for_long_term_days) == (45, 20)
    assert {one.half_spread for one in before.securities} == {D(0)}
    assert {one.half_spread for one in after.securities} == {D("0.001")}


def test_the_smallest_trade_in_percent_of_the_account_reaches_the_document(desk: Any) -> None:
    before = loaded(desk)
    decided(BY_CODE["rules.trade_min_fraction"], D("0.005"))
    after = loaded(desk)
    decided(BY_CODE["rules.trade_min_fraction"], D(0))

    assert [one.rules.minimum_trade_weight for one in (before, after, loaded(desk))] == [
        D("0.001"),
        D("0.005"),
        None,
    ]


def test_a_known_spread_is_not_assumed(desk: Any) -> None:
    Security.objects.update(half_spread=D(0))
    decided(policy_defaults.HALF_SPREAD, D("0.001"))

    assert {one.half_spread for one in loaded(desk).securities} == {D(0)}


def test_a_scheduled_change_counts_from_its_trade_day(desk: Any) -> None:
    decided(BY_CODE["rules.long_term_window_days"], 20, on=MONDAY + timedelta(days=1))

    days = [loaded(desk, trade_on=MONDAY + timedelta(days=ahead)) for ahead in (0, 1)]

    assert [one.rules.wait_for_long_term_days for one in days] == [45, 20]


def test_the_rules_compare_with_what_is_in_force_and_keep_it(desk: Any) -> None:
    decided(BY_CODE["rules.order_fraction"], D("0.02"))

    desk.propose()

    row = FindingRow.objects.filter(rule="PTC-43", severity__gt=0).first()
    assert row is not None
    assert '"0.02"' in row.thresholds


def test_a_proposal_can_be_decided_for_as_long_as_the_firm_says(desk: Any) -> None:
    decided(APPROVAL_GOOD_FOR, 3)

    proposal = desk.propose()

    revision = proposals.current(proposal)
    # From Monday three market days on: Thanksgiving is none, and the day after closes early.
    assert revision.expires_at == market_days.closed_at(date(2026, 11, 27))
    assert revisions.review_of(revision).expires_at == revision.expires_at


def test_a_stored_plan_does_not_change_with_the_settings(desk: Any) -> None:
    revision = proposals.current(desk.propose())
    before = (revision.household_document, revisions.fingerprint_of(revision))
    decided(BY_CODE["rules.long_term_window_days"], 20)
    revision.refresh_from_db()

    assert (revision.household_document, revisions.fingerprint_of(revision)) == before
    assert revisions.household_of(revision).rules.wait_for_long_term_days == 45
