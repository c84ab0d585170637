"""What a rule forbids the engine knows: nothing is drafted that its own rule book then blocks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients import households
from clients.models import Account, CashFlow, Household
from compliance.models import FindingRow, SeverityLevel
from rebalancing.models import Proposal, Reading
from tests import cast
from tests.clients.bundles import MILLERS, bundle
from tests.clock import SUNDAY_NOON
from tests.factories import SET_UP, a_managed_household
from tests.rebalancing.test_proposals import scan

pytestmark = pytest.mark.django_db


def the_millers(**changed: list[str]) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=bundle(**changed))


def blocked() -> list[tuple[str, str]]:
    found = FindingRow.objects.filter(severity=SeverityLevel.BLOCK, examination__stage="build")
    return list(found.values_list("rule", "sentence"))


def test_money_that_is_only_expected_pays_for_nothing() -> None:
    household = the_millers()
    taxable = Account.objects.get(household=household, number_last4="0001")
    households.expect_cash_flow(
        taxable,
        kind=CashFlow.Kind.CONTRIBUTION,
        amount=D(50_000),
        due_on=date(2026, 11, 30),
        note="",
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    scan()

    assert Proposal.objects.count() == 1
    assert blocked() == []


def test_a_household_is_without_policy_by_what_it_lacks_and_not_by_a_word_in_a_name() -> None:
    """A trust called after policyholders lacks a tax profile, which is a gap in the data."""
    household = the_millers()
    unit = household.tax_units.get()
    unit.name = "The policyholder trust"
    unit.save(update_fields=["name"])
    unit.profiles.all().delete()

    scan()

    reading = Reading.objects.get()
    assert (reading.outcome, "policyholder trust" in reading.reason) == (Reading.Outcome.DATA, True)
